#include "analyzer/streams/far_loss.h"

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

/* The first report counts from the beginning if nothing had been lost then: else the receiver may have missed it before the capture
 * began. */
static void begin(struct far_loss *l, int64_t expected, int64_t ours, int64_t theirs)
{
	l->begun = true;
	if (theirs == 0)
		return;
	l->expected = expected;
	l->ours = ours;
	l->theirs = theirs;
}

void far_loss_push(struct far_loss *l, int64_t expected, int64_t ours, int64_t cumulative_lost)
{
	if (!l->begun)
		begin(l, expected, ours, cumulative_lost);
	/* Duplicates count against the receiver's loss (RFC 3550 6.4.1), stragglers against ours. */
	int64_t more_ours = at_least_0(ours - l->ours);
	int64_t more_theirs = at_least_0(cumulative_lost - l->theirs);

	l->received += at_least_0(l->owed - more_theirs);
	more_theirs = at_least_0(more_theirs - l->owed);
	l->owed = at_least_0(more_ours - more_theirs);
	l->sum_expected += at_least_0(expected - l->expected);
	l->sum_ours += more_ours;
	l->sum_theirs += at_least_0(cumulative_lost - l->theirs);
	l->expected = expected;
	l->ours = ours;
	l->theirs = cumulative_lost;
}
