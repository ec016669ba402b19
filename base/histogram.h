/* A histogram of non-negative integers that answers "what is the 95th percentile?" within 1 %, and takes memory only where its values
 * are.
 *
 * Values below 64 have a counter each; above, every octave has 64 counters, so a counter is at most 1/64 of its value wide and its
 * middle is within 0.8 % of everything it counts. A counter that would overflow halves all of them: the shape stays.
 *
 *     counters  0..26 | 27..53 | 54..80 | ... | 1134..1151       a page of 64 octets each, there from its first value on
 *
 * Pages come from a pool that many histograms share. A new histogram is promised a few of them, so that adding to it allocates nothing
 * until its values spread over more than that. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB      64
#define HISTOGRAM_OCTAVES  17
#define HISTOGRAM_COUNTERS (HISTOGRAM_SUB * (HISTOGRAM_OCTAVES + 1))
/* Greater values are counted as this one. */
#define HISTOGRAM_MAX (((uint64_t)HISTOGRAM_SUB << HISTOGRAM_OCTAVES) - 1)

#define HISTOGRAM_PER_PAGE 27
#define HISTOGRAM_PAGES    ((HISTOGRAM_COUNTERS + HISTOGRAM_PER_PAGE - 1) / HISTOGRAM_PER_PAGE)
#define HISTOGRAM_PROMISED 6

struct histogram_page {
	struct histogram_page *next;
	uint16_t number;
	uint16_t counters[HISTOGRAM_PER_PAGE];
};

/* unused >= promised, always. */
struct histogram_pool {
	struct histogram_slab *slabs;
	struct histogram_page *first_unused;
	size_t unused, promised;
};

struct histogram {
	struct histogram_page
	        *pages; /* used last first: values that follow each other are near each other */
	unsigned promised;
};

void histogram_pool_init(struct histogram_pool *pool);
/* Its histograms are gone with it. */
void histogram_pool_release(struct histogram_pool *pool);
bool histogram_pool_check(const struct histogram_pool *pool);

/* False: out of memory, there is nothing to release. */
bool histogram_init(struct histogram *h, struct histogram_pool *pool);
/* Gives its pages back to the pool. */
void histogram_release(struct histogram *h, struct histogram_pool *pool);

/* The counter of a value, for those who collect some before they add them. */
uint16_t histogram_counter_of(uint64_t value);

/* False: out of memory, nothing was added. */
bool histogram_count(struct histogram *h, struct histogram_pool *pool, uint16_t counter);
bool histogram_add(struct histogram *h, struct histogram_pool *pool, uint64_t value);

/* The least value that at least `share` (0..1) of the added values do not exceed, within 1 %; 0 if nothing was added. */
double histogram_quantile(const struct histogram *h, double share);

#endif
