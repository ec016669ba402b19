/* accuracy OUT.pcap: writes the named streams of truth_cases.c as calls, and prints what must be said of each, a line a stream:
 * SSRC, name, expected, received, lost, duplicates, reordered, late, greatest and mean jitter in ms, MOS (empty: not scored), packets on
 * the wire. Columns are separated by tabs. */
#include "tests/helpers/truth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void print_truth(size_t i, const struct truth_plan *plan, const struct truth *t)
{
	printf("%u\t%s\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%.6f\t%.6f\t", TRUTH_SSRC + (unsigned)i,
	       plan->name, (unsigned long long)t->expected, (unsigned long long)t->received,
	       (unsigned long long)t->lost, (unsigned long long)t->duplicates,
	       (unsigned long long)t->reordered, (unsigned long long)t->late, t->jitter_max_ms,
	       t->jitter_mean_ms);
	if (!isnan(t->mos))
		printf("%.6f", t->mos);
	printf("\t%zu\n", t->count);
}

int main(int argc, char **argv)
{
	size_t count;
	const struct truth_plan *plans = truth_cases(&count);
	struct truth *truths = calloc(count, sizeof *truths);
	struct err err = ERR_INIT;

	if (argc != 2 || !truths) {
		fprintf(stderr, "Usage: accuracy OUT.pcap\n");
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		truth_make(&plans[i], &truths[i]);
		print_truth(i, &plans[i], &truths[i]);
	}
	bool ok = truth_write(plans, truths, count, argv[1], &err);
	if (!ok)
		fprintf(stderr, "accuracy: %s\n", err.text);
	for (size_t i = 0; i < count; i++)
		truth_release(&truths[i]);
	free(truths);
	return ok ? 0 : 1;
}
