/* A capture of one stream: each datagram has an octet of milliseconds since the one before and an octet of length in front. All that
 * parses goes to the digit decoder. Held: slices stay in the datagram, and every event report ends in exactly one press or is
 * counted as late. */
#include "analyzer/audio/dtmf.h"
#include "dissectors/rtp.h"

#include <stdlib.h>

#define HOLD(condition) ((condition) ? (void)0 : abort())

struct sums {
	uint64_t reports, in_presses;
};

static bool inside(struct slice part, struct slice whole)
{
	return part.p == NULL ? part.n == 0
	                      : part.p >= whole.p && part.n <= (size_t)(whole.p + whole.n - part.p);
}

static void check_presses(const struct dtmf_press *presses, unsigned count, struct sums *sums)
{
	HOLD(count <= DTMF_MAX_OUT);
	for (unsigned i = 0; i < count; i++) {
		const struct dtmf_press *p = &presses[i];
		HOLD(p->packets > 0 && p->end_packets <= p->packets && p->segments > 0);
		HOLD(p->end_lost == (p->end_packets == 0) && p->last_ns >= p->start_ns);
		sums->in_presses += p->packets;
	}
}

static void push(struct dtmf_decoder *d, int64_t time_ns, const struct rtp_packet *rtp,
                 struct sums *sums)
{
	struct rtp_event events[RTP_EVENT_MAX];
	struct dtmf_press out[DTMF_MAX_OUT];
	unsigned count;

	if (rtp_event_parse(rtp->payload, events, &count) == PARSE_OK) {
		HOLD(count > 0 && count <= RTP_EVENT_MAX);
		sums->reports += count;
	} else {
		HOLD(count == 0);
	}
	if (rtp->seq & 1)
		check_presses(out, dtmf_expire(d, time_ns, out), sums);
	check_presses(out, dtmf_push(d, time_ns, rtp->timestamp, rtp->marker, rtp->payload, out),
	              sums);
	HOLD(dtmf_check(d));
	HOLD(d->open == (dtmf_deadline(d) != TIME_NONE));
}

static void parse(struct dtmf_decoder *d, int64_t time_ns, struct slice datagram, struct sums *sums)
{
	struct rtp_packet rtp, slow;
	enum parse_status status = rtp_parse(datagram, &rtp);

	HOLD(status == rtp_parse_slow(datagram, &slow));
	if (status == PARSE_NOT_MINE)
		return;
	HOLD(rtp.seq == slow.seq && rtp.timestamp == slow.timestamp && rtp.ssrc == slow.ssrc);
	HOLD(rtp.payload_type < 128 && rtp.marker == slow.marker &&
	     slice_eq(rtp.payload, slow.payload));
	if (status != PARSE_OK)
		return;
	HOLD(inside(rtp.payload, datagram) && inside(rtp.extension, datagram));
	HOLD(12u + 4u * rtp.csrc_count + rtp.extension.n + rtp.payload.n <= datagram.n);
	push(d, time_ns, &rtp, sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(slice_of(data, size));
	struct dtmf_decoder d;
	struct dtmf_press last;
	struct sums sums = { 0, 0 };
	int64_t time_ns = 0;

	dtmf_init(&d);
	dtmf_set_clock(&d, size & 1 ? 8000 : 48000);
	while (cursor_left(&c) >= 2) {
		time_ns += cursor_u8(&c) * 8 * NS_PER_MS;
		size_t n = cursor_u8(&c);
		parse(&d, time_ns, cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c)),
		      &sums);
	}
	check_presses(&last, dtmf_finish(&d, &last), &sums);
	HOLD(!d.open && sums.reports == sums.in_presses + d.late_or_repeated);
	return 0;
}
