#include "analyzer/search/sip_messages.h"

#include "analyzer/reassembly/ip_defrag.h"
#include "analyzer/reassembly/tcp_stream.h"
#include "base/mem.h"
#include "dissectors/classify.h"

#define PROGRESS_EVERY 0x10000u

struct reading {
	sip_found_fn *take;
	void *context;
	struct ip_defrag *defrag;
	struct tcp_streams *tcp;
	int64_t now_ns; /* never backwards */
};

static bool take(struct reading *r, struct slice bytes, const struct packet_place *at)
{
	struct sip_found found = { at->file, at->frame, bytes };

	return r->take(r->context, &found);
}

static bool tcp_message(void *context, const struct packet_view *view,
                        const struct tcp_message *message)
{
	(void)view;
	return take(context, message->bytes, &message->last);
}

static bool tcp_pushed(enum tcp_push_status status, struct err *err)
{
	switch (status) {
	case TCP_PUSH_NO_MEMORY: return err_memory(err, "TCP reassembly");
	case TCP_PUSH_STOPPED: return false;
	default: return true;
	}
}

static bool read_packet(struct reading *r, const struct packet *packet, struct err *err)
{
	struct packet_place at = { packet->frame, packet->offset, packet->file };
	struct packet_view view;

	if (packet->time_ns > r->now_ns)
		r->now_ns = packet->time_ns;
	if (packet_dissect(packet->link_type, packet->data, &view) != PARSE_OK)
		return true;
	if (view.transport == TRANSPORT_FRAGMENT)
		switch (ip_defrag_push(r->defrag, r->now_ns, at, &view)) {
		case IP_DEFRAG_DONE: break;
		case IP_DEFRAG_NO_MEMORY: return err_memory(err, "IP reassembly");
		default: return true;
		}
	if (view.transport == TRANSPORT_TCP)
		return tcp_pushed(tcp_streams_push(r->tcp, r->now_ns, at, &view), err);
	if (view.transport != TRANSPORT_UDP || classify_udp(view.payload) != PAYLOAD_SIP)
		return true;
	return take(r, view.payload, &at);
}

static bool read_all(struct reading *r, struct capture *c, const struct recorded_capture *files,
                     bool show_progress, struct err *err)
{
	enum capture_status status = CAPTURE_FAILED;
	struct progress progress;
	struct packet packet;
	uint64_t n = 0;
	bool ok = true;

	progress_init(&progress, show_progress);
	while (ok && (status = capture_next(c, &packet, err)) == CAPTURE_PACKET) {
		ok = read_packet(r, &packet, err);
		if (++n % PROGRESS_EVERY == 0)
			progress_update(&progress, c, n);
	}
	progress_done(&progress);
	ok = ok && status == CAPTURE_END && tcp_pushed(tcp_streams_finish(r->tcp), err);
	for (size_t i = 0; ok && i < capture_file_count(c); i++)
		ok = recorded_capture_check_times(&files[i], capture_file(c, i), err);
	return ok;
}

bool sip_messages_read(const struct recorded_capture *files, size_t count, bool progress,
                       sip_found_fn *take_fn, void *context, struct err *err)
{
	struct reading r = { .take = take_fn, .context = context, .now_ns = INT64_MIN / 2 };

	for (size_t i = 0; i < count; i++)
		if (!recorded_capture_check(&files[i], err))
			return false;
	if (count == 0)
		return true;
	r.defrag = ip_defrag_new();
	r.tcp = tcp_streams_new(tcp_message, &r);
	struct capture *c = NULL;
	if (r.defrag && r.tcp)
		c = recorded_captures_open(files, count, err);
	else
		err_memory(err, "the reading of messages");
	bool ok = c && read_all(&r, c, files, progress, err);
	capture_close(c);
	ip_defrag_free(r.defrag);
	tcp_streams_free(r.tcp);
	return ok;
}
