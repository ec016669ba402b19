/* Small things that the parts share. taps_internal.h */
#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdlib.h>

bool taps_room(void **array, size_t *capacity, size_t count, size_t size)
{
	if (count < *capacity)
		return true;
	size_t wanted = *capacity ? 2 * *capacity : 64;
	void *bigger = mem_resize(*array, wanted * size);
	if (!bigger)
		return false;
	*array = bigger;
	*capacity = wanted;
	return true;
}

struct slice taps_host(struct slice address)
{
	size_t end = slice_find(address, ']');

	if (address.n && address.p[0] == '[' && end != SLICE_NPOS)
		return slice_sub(address, 1, end - 1);
	size_t colon = slice_find(address, ':');
	return colon == SLICE_NPOS ? address : slice_sub(address, 0, colon);
}

/* "sip:alice@host:5060;x=y" or "<sip:...>": what stands between scheme and parameters. */
static struct slice uri_core(struct slice uri)
{
	size_t angle = slice_find(uri, '<');

	if (angle != SLICE_NPOS)
		uri = slice_from(uri, angle + 1);
	size_t colon = slice_find(uri, ':');
	if (colon != SLICE_NPOS && colon <= 4)
		uri = slice_from(uri, colon + 1);
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] == '>' || uri.p[i] == '?')
			return slice_sub(uri, 0, i);
	return uri;
}

struct slice taps_uri_host(struct slice uri)
{
	struct slice core = uri_core(uri);
	size_t at = slice_find(core, '@');

	if (at != SLICE_NPOS)
		core = slice_from(core, at + 1);
	size_t semicolon = slice_find(core, ';');
	return taps_host(semicolon == SLICE_NPOS ? core : slice_sub(core, 0, semicolon));
}

struct slice taps_uri_user(struct slice uri)
{
	struct slice core = uri_core(uri);
	size_t at = slice_find(core, '@');

	if (at == SLICE_NPOS)
		return SLICE_NONE;
	core = slice_sub(core, 0, at);
	size_t semicolon = slice_find(core, ';');
	return semicolon == SLICE_NPOS ? core : slice_sub(core, 0, semicolon);
}

static bool is_number(struct slice s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (ascii_is_digit(s.p[i]))
			digits++;
		else if (s.p[i] != '+' && s.p[i] != '-' && s.p[i] != '.')
			return false;
	}
	return digits > 0;
}

/* The last digit before *end; 0: none. */
static uint8_t digit_before(struct slice s, size_t *end)
{
	while (*end)
		if (ascii_is_digit(s.p[--*end]))
			return s.p[*end];
	return 0;
}

#define FEW_DIGITS  3
#define MANY_DIGITS 7

unsigned taps_numbers_alike(struct slice a, struct slice b)
{
	size_t at_a = a.n, at_b = b.n;
	unsigned same = 0;

	if (!a.n || !b.n)
		return 0;
	if (slice_ieq(a, b))
		return 2;
	if (!is_number(a) || !is_number(b))
		return 0;
	for (;;) {
		uint8_t x = digit_before(a, &at_a), y = digit_before(b, &at_b);
		if (!x || !y)
			break;
		if (x != y)
			return same >= MANY_DIGITS ? 2 : 0;
		same++;
	}
	return same >= MANY_DIGITS ? 2 : same >= FEW_DIGITS;
}

bool taps_values_add(struct taps_values *v, double value)
{
	if (!TAPS_ROOM(v->v, v->capacity, v->count))
		return false;
	v->v[v->count++] = value;
	return true;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void taps_values_sort(struct taps_values *v)
{
	if (v->count)
		qsort(v->v, v->count, sizeof *v->v, ascending);
}

double taps_values_quantile(const struct taps_values *v, double share)
{
	return v->count ? v->v[(size_t)(share * (double)(v->count - 1) + 0.5)] : NAN;
}

void taps_values_release(struct taps_values *v)
{
	mem_free(v->v);
	*v = (struct taps_values){ 0 };
}
