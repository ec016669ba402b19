#include "analyzer/score/burst.h"

#define FEWEST_BAD 5

static void extend(struct burst *b, uint64_t count)
{
	if (!b->run)
		b->runs++;
	b->run += count;
	b->bad += count;
}

void burst_lost(struct burst *b, uint64_t count)
{
	if (!count)
		return;
	extend(b, count);
	b->lost_run += count;
	if (b->lost_run > b->longest_lost)
		b->longest_lost = b->lost_run;
}

void burst_late(struct burst *b)
{
	extend(b, 1);
	b->lost_run = 0;
}

void burst_end(struct burst *b)
{
	b->run = 0;
	b->lost_run = 0;
}

double burst_ratio(const struct burst *b, uint64_t expected)
{
	if (b->bad < FEWEST_BAD || !expected)
		return 1;
	double mean = (double)b->bad / (double)b->runs;
	double ratio = mean * (1 - (double)b->bad / (double)expected);
	return ratio > 1 ? ratio : 1;
}
