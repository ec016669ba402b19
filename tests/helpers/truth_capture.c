#include "base/clock.h"
#include "tests/helpers/craft.h"
#include "tests/helpers/truth.h"

#include <stdio.h>
#include <stdlib.h>

#define EPOCH_NS (INT64_C(1767225600) * NS_PER_S)
#define SETUP_NS (NS_PER_S / 2)

/* A packet of any stream, or a message of a call. */
struct event {
	int64_t time_ns;
	uint32_t plan, packet; /* MESSAGE + i: a message */
};
#define MESSAGE 0xfffffff0u
enum { INVITE, OK, ACK, BYE, MESSAGES };

struct writer {
	const struct truth_plan *plans;
	const struct truth *truths;
	struct craft craft;
	struct craft_file file;
	uint32_t ip_id;
};

static struct ip_addr caller_addr(void)
{
	return ip_addr_v4((const uint8_t[4]){ 192, 0, 2, 10 });
}

static struct ip_addr callee_addr(void)
{
	return ip_addr_v4((const uint8_t[4]){ 198, 51, 100, 20 });
}

static int sdp_of(const struct writer *w, uint32_t plan, bool caller, char *out, size_t size)
{
	const struct truth_plan *p = &w->plans[plan];
	const char *addr = caller ? "192.0.2.10" : "198.51.100.20";

	return snprintf(out, size,
	                "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
	                "m=%s %u RTP/AVP %u\r\na=rtpmap:%u %s/%u\r\na=ptime:%u\r\n",
	                addr, addr, p->media, TRUTH_PORT + 2 * plan, p->payload_type,
	                p->payload_type, p->encoding, (unsigned)p->clock_hz, p->ptime_ms);
}

static void send_message(struct writer *w, const struct event *e)
{
	static const struct {
		const char *line, *method;
		unsigned cseq;
		bool sdp, to_tag;
	} kinds[MESSAGES] = {
		{ "INVITE sip:bob@example.com SIP/2.0", "INVITE", 1, true, false },
		{ "SIP/2.0 200 OK", "INVITE", 1, true, true },
		{ "ACK sip:bob@198.51.100.20 SIP/2.0", "ACK", 1, false, true },
		{ "BYE sip:bob@198.51.100.20 SIP/2.0", "BYE", 2, false, true },
	};
	unsigned k = e->packet - MESSAGE;
	bool caller = k != OK;
	char sdp[400] = "", text[1200];
	int length = kinds[k].sdp ? sdp_of(w, e->plan, caller, sdp, sizeof sdp) : 0;
	int n = snprintf(text, sizeof text,
	                 "%s\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK%u-%u\r\n"
	                 "From: <sip:alice%u@example.com>;tag=a\r\n"
	                 "To: <sip:bob@example.com>%s\r\nCall-ID: truth-%u\r\nCSeq: %u %s\r\n"
	                 "Contact: <sip:%s>\r\n%sContent-Length: %d\r\n\r\n%s",
	                 kinds[k].line, e->plan, k == ACK ? 3 : kinds[k].cseq, e->plan,
	                 kinds[k].to_tag ? ";tag=b" : "", e->plan, kinds[k].cseq, kinds[k].method,
	                 caller ? "alice@192.0.2.10" : "bob@198.51.100.20",
	                 length ? "Content-Type: application/sdp\r\n" : "", length, sdp);
	struct craft_flow flow = { caller ? caller_addr() : callee_addr(),
		                   caller ? callee_addr() : caller_addr(), 5060, 5060, w->ip_id++ };

	craft_udp(&w->craft, EPOCH_NS + e->time_ns, &flow, slice_of(text, (size_t)n));
}

static void send_rtp(struct writer *w, const struct event *e)
{
	const struct truth_plan *plan = &w->plans[e->plan];
	const struct truth_packet *p = &w->truths[e->plan].packets[e->packet];
	uint16_t port = (uint16_t)(TRUTH_PORT + 2 * e->plan);
	struct craft_rtp rtp = { plan->payload_type, p->marker, p->seq, p->timestamp,
		                 TRUTH_SSRC + e->plan };
	struct craft_flow flow = { caller_addr(), callee_addr(), port, port, w->ip_id++ };
	uint8_t octets[CRAFT_RTP_HEADER + 1400] = { 0 };

	craft_rtp_header(&rtp, octets);
	memset(octets + CRAFT_RTP_HEADER, 0xd5, plan->octets);
	craft_udp(&w->craft, EPOCH_NS + e->time_ns, &flow,
	          slice_of(octets, CRAFT_RTP_HEADER + plan->octets));
}

static int in_order_of_time(const void *a, const void *b)
{
	const struct event *p = a, *q = b;

	if (p->time_ns != q->time_ns)
		return p->time_ns < q->time_ns ? -1 : 1;
	if (p->plan != q->plan)
		return p->plan < q->plan ? -1 : 1;
	return p->packet < q->packet ? -1 : p->packet > q->packet;
}

static size_t add_call(const struct truth *t, uint32_t plan, struct event *out)
{
	int64_t start_ns = (int64_t)plan * 7 * NS_PER_MS;
	int64_t last_ns = t->count ? t->packets[t->count - 1].time_ns : 0;
	int64_t media_ns = start_ns + SETUP_NS + 20 * NS_PER_MS;
	int64_t at[MESSAGES] = { start_ns, start_ns + SETUP_NS, start_ns + SETUP_NS + NS_PER_MS,
		                 media_ns + last_ns + 100 * NS_PER_MS };
	size_t n = 0;

	for (uint32_t k = 0; k < MESSAGES; k++)
		out[n++] = (struct event){ at[k], plan, MESSAGE + k };
	for (uint32_t i = 0; i < t->count; i++)
		out[n++] = (struct event){ media_ns + t->packets[i].time_ns, plan, i };
	return n;
}

bool truth_write(const struct truth_plan *plans, const struct truth *truths, size_t count,
                 const char *path, struct err *err)
{
	struct writer w = { .plans = plans, .truths = truths };
	size_t n = 0, total = 0;

	for (size_t i = 0; i < count; i++)
		total += truths[i].count + MESSAGES;
	struct event *events = calloc(total, sizeof *events);
	if (!events)
		abort();
	for (size_t i = 0; i < count; i++)
		n += add_call(&truths[i], (uint32_t)i, events + n);
	qsort(events, n, sizeof *events, in_order_of_time);
	bool ok = craft_file_open(&w.file, path, CRAFT_PCAP_NS, false, LINK_ETHERNET, 0, err);
	if (ok) {
		craft_init(&w.craft, &w.file, LINK_ETHERNET);
		for (size_t i = 0; i < n; i++)
			(events[i].packet >= MESSAGE ? send_message : send_rtp)(&w, &events[i]);
		ok = craft_file_close(&w.file, err);
	}
	free(events);
	return ok;
}
