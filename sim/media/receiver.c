/* What came in, counted by sequence number: unique, lost, out of order, twice (RFC 3550 A.1 and A.3, with a window of 64). Quality is not
 * judged here: the analyzer does that, behind the tap. */
#include "sim/media/machine.h"

#define WINDOW      64
#define MAX_FORWARD 3000 /* RFC 3550 A.1: MAX_DROPOUT; beyond it the source began anew */

/* The first packet of a source, or of one that began anew. */
static void begin(struct receiver *r, struct media_counts *counts, const struct rtp_packet *packet)
{
	if (!r->any)
		counts->streams_in++;
	r->any = true;
	r->ssrc = packet->ssrc;
	r->highest = packet->seq;
	r->cycles = 0;
	r->base = packet->seq;
	r->seen = 1;
	r->received = 1;
	r->duplicates = 0;
	r->expected_before = r->received_before = 0;
}

static void forward(struct receiver *r, struct media_counts *counts, uint16_t by)
{
	counts->lost_in += by - 1u;
	if ((uint16_t)(r->highest + by) < r->highest)
		r->cycles += 1u << 16;
	r->highest = (uint16_t)(r->highest + by);
	r->seen = by < WINDOW ? r->seen << by | 1 : 1;
	r->received++;
}

/* Late, or there already. Behind the window it is taken for late: it was counted as lost when it was passed. Of what came before the first
 * one nothing was. */
static void backward(struct receiver *r, struct media_counts *counts, unsigned by)
{
	uint64_t bit = by < WINDOW ? UINT64_C(1) << by : 0;

	if (bit && r->seen & bit) {
		counts->duplicates_in++;
		r->duplicates++;
		return;
	}
	r->seen |= bit;
	r->received++;
	counts->reordered_in++;
	int64_t number = (int64_t)r->cycles + r->highest - by;
	if (number < r->base)
		r->base = number;
	else if (counts->lost_in)
		counts->lost_in--;
}

void receiver_time(struct receiver *r, const struct rtp_packet *packet, uint32_t clock_hz,
                   int64_t time_ns)
{
	uint32_t arrival = (uint32_t)((__int128)time_ns * clock_hz / NS_PER_S);
	uint32_t transit = arrival - packet->timestamp;
	int32_t d = (int32_t)(transit - r->transit);

	/* A.8, sixteen times as large, so that nothing is lost by rounding. */
	if (r->received > 1)
		r->jitter16 += (uint32_t)(d < 0 ? -d : d) - ((r->jitter16 + 8) >> 4);
	r->transit = transit;
}

void receiver_arrived(struct receiver *r, struct media_counts *counts,
                      const struct rtp_packet *packet)
{
	uint16_t ahead = (uint16_t)(packet->seq - r->highest);

	if (__builtin_expect(ahead == 1 && r->any && packet->ssrc == r->ssrc, 1))
		forward(r, counts, 1);
	else if (!r->any || packet->ssrc != r->ssrc)
		begin(r, counts, packet);
	else if (ahead && ahead < MAX_FORWARD)
		forward(r, counts, ahead);
	else if ((uint16_t)-ahead < MAX_FORWARD)
		backward(r, counts, (uint16_t)-ahead);
	else
		begin(r, counts, packet);
}
