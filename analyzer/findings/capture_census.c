/* What streams that miss packets at once have in common, and which others went on meanwhile. */
#include "analyzer/findings/capture_faults.h"

#include "analyzer/findings/state.h"
#include "analyzer/streams/stream.h"
#include "base/mem.h"

#include <stdlib.h>

#define IN_TEN 9 /* of ten pairs must touch a prefix that stands for them */

static const unsigned lengths_v4[] = { 128, 120, 112 }; /* /32, /24, /16 behind the mapped prefix */
static const unsigned lengths_v6[] = { 128, 64, 48 };
#define LENGTHS 3

/* The first `bits` in wire order, of 64. */
static uint64_t mask_of(unsigned bits)
{
	uint64_t mask = bits ? UINT64_MAX << (64 - (bits < 64 ? bits : 64)) : 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(mask);
#else
	return mask;
#endif
}

struct prefix prefix_of(struct ip_addr a, unsigned bits)
{
	a.word[0] &= mask_of(bits);
	a.word[1] &= mask_of(bits > 64 ? bits - 64 : 0);
	return (struct prefix){ a, bits };
}

bool prefix_holds(struct prefix p, struct ip_addr a)
{
	return ip_addr_eq(prefix_of(a, p.bits).addr, p.addr);
}

void prefix_add(struct text *out, struct prefix p)
{
	bool v4 = ip_addr_is_v4(p.addr) && p.bits >= 96;

	text_add_address(out, p.addr);
	if (p.bits < 128)
		text_addf(out, "/%u", v4 ? p.bits - 96 : p.bits);
}

/* ---- what pairs have in common ---- */

static int compare_addr(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ip_addr));
}

static int compare_pair(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pair));
}

static unsigned length_of(struct ip_addr a, unsigned level)
{
	return (ip_addr_is_v4(a) ? lengths_v4 : lengths_v6)[level];
}

/* The prefixes of one level that the pairs touch; a pair within one counts once. */
static size_t gather(const struct pair *pairs, size_t n, unsigned level, struct ip_addr *out)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct prefix src = prefix_of(pairs[i].src, length_of(pairs[i].src, level));
		struct prefix dst = prefix_of(pairs[i].dst, length_of(pairs[i].dst, level));
		out[count++] = src.addr;
		if (!ip_addr_eq(src.addr, dst.addr))
			out[count++] = dst.addr;
	}
	return count;
}

size_t census_common(const struct pair *pairs, size_t n, struct prefix out[static CENSUS_PREFIXES])
{
	struct ip_addr *touched = mem_alloc(2 * n * sizeof *touched);
	size_t found = 0;

	if (!touched)
		return SIZE_MAX;
	for (unsigned level = 0; level < LENGTHS; level++) {
		size_t count = gather(pairs, n, level, touched), run;
		qsort(touched, count, sizeof *touched, compare_addr);
		for (size_t i = 0; i < count; i += run) {
			for (run = 1; i + run < count && ip_addr_eq(touched[i + run], touched[i]);)
				run++;
			if (run * 10 >= n * IN_TEN && found < CENSUS_PREFIXES)
				out[found++] =
				        (struct prefix){ touched[i], length_of(touched[i], level) };
		}
	}
	mem_free(touched);
	return found;
}

size_t census_host_pairs(const struct pair *pairs, size_t n)
{
	struct pair *sorted = mem_alloc(n * sizeof *sorted);
	size_t different = 0;

	if (!sorted)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		bool swap = compare_addr(&pairs[i].src, &pairs[i].dst) > 0;
		sorted[i] = swap ? (struct pair){ pairs[i].dst, pairs[i].src } : pairs[i];
	}
	qsort(sorted, n, sizeof *sorted, compare_pair);
	for (size_t i = 0; i < n; i++)
		different += i == 0 || compare_pair(&sorted[i], &sorted[i - 1]) != 0;
	mem_free(sorted);
	return different;
}

/* ---- who went on ---- */

void census_count(struct census *c, struct ip_addr src, struct ip_addr dst)
{
	c->active++;
	for (size_t i = 0; i < c->prefix_count; i++)
		c->touching[i] +=
		        prefix_holds(c->prefixes[i], src) || prefix_holds(c->prefixes[i], dst);
}

static void visit(void *context, const struct stream *st)
{
	struct census *c = context;

	if (st->cold->first_ns < c->time_ns && st->last_ns > c->time_ns)
		census_count(c, st->key.src, st->key.dst);
}

void census_take(struct census *c, const struct streams *streams)
{
	c->active = 0;
	memset(c->touching, 0, sizeof c->touching);
	streams_each(streams, visit, c);
}
