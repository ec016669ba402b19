/* Runs of packets that never played, in sequence order: how bursty the loss is (BurstR of ITU-T G.107) and its longest run. A packet
 * that came too late for the jitter buffer is as bad as a lost one for BurstR; the longest run counts lost ones only. */
#ifndef ANALYZER_SCORE_BURST_H
#define ANALYZER_SCORE_BURST_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing seen. */
struct burst {
	uint64_t run, lost_run; /* the ones that are open now; every number asks for `run` */
	uint64_t runs, bad; /* bad: packets in all runs begun so far */
	uint64_t longest_lost;
};

/* `count` numbers in a row that never came. */
void burst_lost(struct burst *b, uint64_t count);
/* One that came too late. */
void burst_late(struct burst *b);
/* Ends the open runs: a packet that played, or the end of a segment. */
void burst_end(struct burst *b);

/* The next number in sequence order, in the usual case a good one. */
static inline void burst_next(struct burst *b, bool came, bool late)
{
	if (!came)
		burst_lost(b, 1);
	else if (late)
		burst_late(b);
	else if (b->run)
		burst_end(b);
}

/* Mean run length x (1 - loss fraction), at least 1; 1 below 5 bad packets, where it means nothing. After burst_end(). */
double burst_ratio(const struct burst *b, uint64_t expected);

#endif
