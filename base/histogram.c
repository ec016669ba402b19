#include "base/histogram.h"

#include "base/mem.h"

#include <math.h>

#define PAGES_PER_SLAB 256

struct histogram_slab {
	struct histogram_slab *next;
	struct histogram_page pages[PAGES_PER_SLAB];
};

/* ---- the pool ---- */

void histogram_pool_init(struct histogram_pool *pool)
{
	*pool = (struct histogram_pool){ 0 };
}

void histogram_pool_release(struct histogram_pool *pool)
{
	while (pool->slabs) {
		struct histogram_slab *slab = pool->slabs;
		pool->slabs = slab->next;
		mem_free(slab);
	}
	histogram_pool_init(pool);
}

bool histogram_pool_check(const struct histogram_pool *pool)
{
	size_t unused = 0;

	for (const struct histogram_page *p = pool->first_unused; p; p = p->next)
		unused++;
	return unused == pool->unused && pool->promised <= unused;
}

static void give_back(struct histogram_pool *pool, struct histogram_page *page)
{
	page->next = pool->first_unused;
	pool->first_unused = page;
	pool->unused++;
}

/* So that at least `count` more pages can be had, those promised to others aside. */
static bool reserve(struct histogram_pool *pool, size_t count)
{
	if (pool->unused - pool->promised >= count)
		return true;
	struct histogram_slab *slab = mem_alloc(sizeof *slab);
	if (!slab)
		return false;
	slab->next = pool->slabs;
	pool->slabs = slab;
	for (unsigned i = PAGES_PER_SLAB; i-- > 0;)
		give_back(pool, &slab->pages[i]);
	return true;
}

static struct histogram_page *take(struct histogram *h, struct histogram_pool *pool)
{
	if (h->promised) {
		h->promised--;
		pool->promised--;
	} else if (!reserve(pool, 1)) {
		return NULL;
	}
	struct histogram_page *page = pool->first_unused;
	pool->first_unused = page->next;
	pool->unused--;
	return page;
}

bool histogram_init(struct histogram *h, struct histogram_pool *pool)
{
	*h = (struct histogram){ 0 };
	if (!reserve(pool, HISTOGRAM_PROMISED))
		return false;
	h->promised = HISTOGRAM_PROMISED;
	pool->promised += HISTOGRAM_PROMISED;
	return true;
}

void histogram_release(struct histogram *h, struct histogram_pool *pool)
{
	while (h->pages) {
		struct histogram_page *page = h->pages;
		h->pages = page->next;
		give_back(pool, page);
	}
	pool->promised -= h->promised;
	h->promised = 0;
}

/* ---- values and counters ---- */

static unsigned octave_of(uint64_t value)
{
	return value < HISTOGRAM_SUB ? 0 : (unsigned)(63 - __builtin_clzll(value)) - 6;
}

/* From 64 on: counter 64 * (octave + 1) + the six bits behind the leading one. */
uint16_t histogram_counter_of(uint64_t value)
{
	uint64_t cut = value < HISTOGRAM_MAX ? value : HISTOGRAM_MAX;
	unsigned octave = octave_of(cut);

	return (uint16_t)(octave * HISTOGRAM_SUB + (unsigned)(cut >> octave));
}

static double middle_of(unsigned counter)
{
	if (counter < 2 * HISTOGRAM_SUB)
		return counter;
	unsigned octave = counter / HISTOGRAM_SUB - 1;
	uint64_t low = (uint64_t)(counter - octave * HISTOGRAM_SUB) << octave;
	return (double)low + (double)(((uint64_t)1 << octave) - 1) / 2;
}

/* ---- counting ---- */

static struct histogram_page *page_of(struct histogram *h, struct histogram_pool *pool,
                                      unsigned number)
{
	struct histogram_page *page, **link = &h->pages;

	while (*link && (*link)->number != number)
		link = &(*link)->next;
	page = *link;
	if (page) {
		*link = page->next;
	} else {
		page = take(h, pool);
		if (!page)
			return NULL;
		*page = (struct histogram_page){ .number = (uint16_t)number };
	}
	page->next = h->pages;
	h->pages = page;
	return page;
}

static void halve(struct histogram *h)
{
	for (struct histogram_page *p = h->pages; p; p = p->next)
		for (unsigned i = 0; i < HISTOGRAM_PER_PAGE; i++)
			p->counters[i] = (uint16_t)(p->counters[i] / 2 + p->counters[i] % 2);
}

bool histogram_count(struct histogram *h, struct histogram_pool *pool, uint16_t counter)
{
	unsigned number = counter / HISTOGRAM_PER_PAGE;
	struct histogram_page *page = h->pages;

	if (!page || page->number != number)
		page = page_of(h, pool, number);
	if (!page)
		return false;
	uint16_t *count = &page->counters[counter % HISTOGRAM_PER_PAGE];
	if (*count == UINT16_MAX)
		halve(h);
	++*count;
	return true;
}

bool histogram_add(struct histogram *h, struct histogram_pool *pool, uint64_t value)
{
	return histogram_count(h, pool, histogram_counter_of(value));
}

/* ---- asking ---- */

static uint64_t sum_of(const struct histogram_page *page)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < HISTOGRAM_PER_PAGE; i++)
		sum += page->counters[i];
	return sum;
}

/* By their values; there are a few of them, seldom more. */
static unsigned sort_pages(const struct histogram *h,
                           const struct histogram_page *sorted[static HISTOGRAM_PAGES])
{
	unsigned n = 0;

	for (const struct histogram_page *p = h->pages; p; p = p->next) {
		unsigned i = n++;
		for (; i && sorted[i - 1]->number > p->number; i--)
			sorted[i] = sorted[i - 1];
		sorted[i] = p;
	}
	return n;
}

static double quantile_in(const struct histogram_page *page, uint64_t seen, double wanted)
{
	unsigned i = 0;

	for (; i < HISTOGRAM_PER_PAGE - 1; i++) {
		seen += page->counters[i];
		if (seen && (double)seen >= wanted)
			break;
	}
	return middle_of(page->number * (unsigned)HISTOGRAM_PER_PAGE + i);
}

double histogram_quantile(const struct histogram *h, double share)
{
	const struct histogram_page *sorted[HISTOGRAM_PAGES];
	uint64_t sums[HISTOGRAM_PAGES], total = 0, seen = 0;
	unsigned n = sort_pages(h, sorted);

	for (unsigned i = 0; i < n; i++)
		total += sums[i] = sum_of(sorted[i]);
	double wanted = ceil(share * (double)total);
	for (unsigned i = 0; i < n; i++) {
		if ((double)(seen + sums[i]) >= wanted)
			return quantile_in(sorted[i], seen, wanted);
		seen += sums[i];
	}
	return 0;
}
