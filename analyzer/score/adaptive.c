#include "analyzer/score/adaptive.h"

#include <math.h>
#include <string.h>

#define MAY_BE_LATE (ADAPTIVE_WINDOW / 100)
#define SHRINK_MS   0.2 /* a packet */

void adaptive_init(struct adaptive *a)
{
	memset(a, 0, sizeof *a);
	a->depth_ms = ADAPTIVE_START_MS;
}

void adaptive_forget(struct adaptive *a)
{
	memset(a->count, 0, sizeof a->count);
	memset(a->window, 0, sizeof a->window);
	a->beyond = 0;
}

static double target_ms(const struct adaptive *a)
{
	unsigned later = 0;

	if (a->beyond <= MAY_BE_LATE)
		return ADAPTIVE_LEAST_MS;
	for (unsigned bin = ADAPTIVE_BINS - 1; bin > 0; bin--) {
		later += a->count[bin];
		if (later > MAY_BE_LATE)
			return fmin(ADAPTIVE_LEAST_MS + bin, ADAPTIVE_MOST_MS);
	}
	return ADAPTIVE_LEAST_MS;
}

static void push(struct adaptive *a, uint8_t bin)
{
	uint8_t *place = &a->window[a->at];

	a->sum_ms += a->depth_ms;
	a->packets++;
	a->at = (a->at + 1) % ADAPTIVE_WINDOW;
	if (*place) {
		a->count[*place]--;
		a->beyond--;
	}
	*place = bin;
	if (bin) {
		a->count[bin]++;
		a->beyond++;
	}
	double target = target_ms(a);
	a->depth_ms = fmax(target, a->depth_ms - SHRINK_MS);
}

void adaptive_pass(struct adaptive *a, uint64_t packets)
{
	for (; packets && (a->beyond || a->depth_ms > ADAPTIVE_LEAST_MS); packets--)
		push(a, 0);
	/* Nothing changes any more. */
	a->sum_ms += a->depth_ms * (double)packets;
	a->packets += packets;
	a->at = (unsigned)((a->at + packets) % ADAPTIVE_WINDOW);
}

void adaptive_push(struct adaptive *a, double behind_ms)
{
	double beyond = ceil(behind_ms - ADAPTIVE_LEAST_MS);

	push(a, (uint8_t)fmin(fmax(beyond, 0), ADAPTIVE_BINS - 1));
}
