/* Runs of packets that never played, in sequence order. A packet that came too late for the jitter buffer is as bad as a lost one (RFC
 * 3611 section 4.7.2: lost or discarded); only the longest run counts lost ones alone. Out come BurstR of ITU-T G.107, and bursts
 * and gaps of RFC 3611 with Gmin 16:
 *
 *   a burst begins and ends with a bad packet, has two at least, and nowhere Gmin or more good ones in a row;
 *   a gap is what lies before, between and after bursts: a bad packet in it has Gmin good ones on both sides. The session is
 *   taken to be preceded and followed by that many.
 *
 * Only bad packets need be told, by their extended sequence numbers; what lies between them was good. */
#ifndef ANALYZER_SCORE_BURST_H
#define ANALYZER_SCORE_BURST_H

#include <stdbool.h>
#include <stdint.h>

#define BURST_GMIN 16

/* All zero: nothing seen. The counters c.. are those of RFC 3611 appendix A.2, as it has them. */
struct burst {
	int64_t next; /* after the last bad one, if `placed` */
	uint64_t runs, bad; /* bad: packets in all runs */
	uint64_t longest_lost, lost_run; /* lost_run: the one that is open */
	uint64_t good; /* since the last bad one, in segments that are over */
	uint64_t c11, c22;
	uint32_t c13, c14, c23, c33;
	uint32_t open; /* `lost` of A.2: bad packets since the last Gmin good ones */
	uint64_t lead; /* good packets before the first bad one */
	bool placed; /* there was a bad one in this segment */
	bool starts_bad; /* the first burst begins with the first packet */
};

/* `count` numbers from `number` on never came (lost), or one came too late (count 1). In ascending order; `first`: of the segment. */
void burst_bad(struct burst *b, int64_t first, int64_t number, uint64_t count, bool lost);
/* A segment is over: its first and last number. */
void burst_segment(struct burst *b, int64_t first, int64_t last);

/* The next number in sequence order, in the usual case a good one. */
static inline void burst_next(struct burst *b, bool came, bool late, int64_t first, int64_t number)
{
	if (!came || late)
		burst_bad(b, first, number, 1, !came);
}

/* Mean run length x (1 - loss fraction), at least 1; 1 below 5 bad packets, where it means nothing. */
double burst_ratio(const struct burst *b, uint64_t expected);

/* RFC 3611 section 4.7.2: densities are the share of bad packets, durations the mean in packets; 0 where there is none. */
struct burst_gap {
	uint64_t bursts, gaps;
	double burst_density, burst_packets, gap_density, gap_packets;
};
/* By the definitions above. After the last burst_segment(). */
struct burst_gap burst_gaps(const struct burst *b);
/* What the sample code of appendix A.2 makes of the same, densities clamped to 255 / 256: receivers that send RTCP XR use it. It takes a
 * lone first loss for a burst and leaves out what follows the last bad packet. */
struct burst_gap burst_gaps_a2(const struct burst *b);

#endif
