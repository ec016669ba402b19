#include "analyzer/search/header_text.h"

#include "analyzer/reassembly/ip_defrag.h"
#include "analyzer/reassembly/tcp_stream.h"
#include "base/mem.h"
#include "dissectors/classify.h"
#include "dissectors/sip_msg.h"

struct search {
	const char *text;
	header_hit_fn *hit;
	void *context;
	struct ip_defrag *defrag;
	struct tcp_streams *tcp;
	int64_t now_ns; /* never backwards */
	struct sip_msg msg; /* large, so it lives here and not on the stack */
};

/* From the start line to the empty line. */
static struct slice head_of(const struct sip_msg *msg)
{
	size_t body = msg->body.p ? (size_t)(msg->body.p - msg->whole.p) : msg->whole.n;

	return slice_sub(msg->whole, 0, body);
}

static bool look(struct search *s, struct slice message, const struct packet_place *at)
{
	/* The text is rarer than messages: it is looked for before anything is parsed. */
	if (slice_ifind_str(message, s->text) == SLICE_NPOS ||
	    sip_msg_parse(message, &s->msg) != PARSE_OK ||
	    slice_ifind_str(head_of(&s->msg), s->text) == SLICE_NPOS)
		return true;
	struct header_hit hit = { at->file, at->frame, s->msg.call_id };
	return s->hit(s->context, &hit);
}

static bool tcp_message(void *context, const struct packet_view *view,
                        const struct tcp_message *message)
{
	(void)view;
	return look(context, message->bytes, &message->last);
}

static bool tcp_pushed(enum tcp_push_status status, struct err *err)
{
	switch (status) {
	case TCP_PUSH_NO_MEMORY: return err_memory(err, "TCP reassembly");
	case TCP_PUSH_STOPPED: return false;
	default: return true;
	}
}

static bool search_packet(struct search *s, const struct packet *packet, struct err *err)
{
	struct packet_place at = { packet->frame, packet->offset, packet->file };
	struct packet_view view;

	if (packet->time_ns > s->now_ns)
		s->now_ns = packet->time_ns;
	if (packet_dissect(packet->link_type, packet->data, &view) != PARSE_OK)
		return true;
	if (view.transport == TRANSPORT_FRAGMENT)
		switch (ip_defrag_push(s->defrag, s->now_ns, at, &view)) {
		case IP_DEFRAG_DONE: break;
		case IP_DEFRAG_NO_MEMORY: return err_memory(err, "IP reassembly");
		default: return true;
		}
	if (view.transport == TRANSPORT_TCP)
		return tcp_pushed(tcp_streams_push(s->tcp, s->now_ns, at, &view), err);
	if (view.transport != TRANSPORT_UDP || classify_udp(view.payload) != PAYLOAD_SIP)
		return true;
	return look(s, view.payload, &at);
}

static bool search_all(struct search *s, struct capture *c, const struct recorded_capture *files,
                       struct err *err)
{
	enum capture_status status = CAPTURE_FAILED;
	struct packet packet;
	bool ok = true;

	while (ok && (status = capture_next(c, &packet, err)) == CAPTURE_PACKET)
		ok = search_packet(s, &packet, err);
	ok = ok && status == CAPTURE_END && tcp_pushed(tcp_streams_finish(s->tcp), err);
	for (size_t i = 0; ok && i < capture_file_count(c); i++)
		ok = recorded_capture_check_times(&files[i], capture_file(c, i), err);
	return ok;
}

static void search_free(struct search *s)
{
	if (!s)
		return;
	ip_defrag_free(s->defrag);
	tcp_streams_free(s->tcp);
	mem_free(s);
}

static struct search *search_new(const char *text, header_hit_fn *hit, void *context,
                                 struct err *err)
{
	struct search *s = mem_zalloc(sizeof *s);

	if (s) {
		s->text = text;
		s->hit = hit;
		s->context = context;
		s->now_ns = INT64_MIN / 2;
		s->defrag = ip_defrag_new();
		s->tcp = tcp_streams_new(tcp_message, s);
	}
	if (s && s->defrag && s->tcp)
		return s;
	search_free(s);
	err_memory(err, "a search");
	return NULL;
}

bool header_text_search(const struct recorded_capture *files, size_t count, const char *text,
                        header_hit_fn *hit, void *context, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!recorded_capture_check(&files[i], err))
			return false;
	if (count == 0)
		return true;
	struct search *s = search_new(text, hit, context, err);
	struct capture *c = s ? recorded_captures_open(files, count, err) : NULL;
	bool ok = c && search_all(s, c, files, err);
	capture_close(c);
	search_free(s);
	return ok;
}
