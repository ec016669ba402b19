/* Radix sort from the least octet on, over the octets in which the values differ at all. */
#include "base/sort.h"

#include "base/mem.h"

#include <string.h>

#define FEW 48 /* up to here, insertion is quicker */

static void insert_each(int64_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		int64_t value = values[i];
		size_t k = i;

		for (; k > 0 && values[k - 1] > value; k--)
			values[k] = values[k - 1];
		values[k] = value;
	}
}

/* With the sign turned over, negative values come first. */
static unsigned octet_of(int64_t value, unsigned shift)
{
	return (unsigned)(((uint64_t)value ^ UINT64_C(1) << 63) >> shift) & 0xFF;
}

static void distribute(const int64_t *from, int64_t *to, size_t n, unsigned shift)
{
	size_t place[256] = { 0 };

	for (size_t i = 0; i < n; i++)
		place[octet_of(from[i], shift)]++;
	for (size_t octet = 0, next = 0; octet < 256; octet++) {
		size_t count = place[octet];
		place[octet] = next;
		next += count;
	}
	for (size_t i = 0; i < n; i++)
		to[place[octet_of(from[i], shift)]++] = from[i];
}

static bool is_sorted(const int64_t *values, size_t n)
{
	size_t i = 1;

	while (i < n && values[i - 1] <= values[i])
		i++;
	return i >= n;
}

bool sort_int64(int64_t *values, size_t n)
{
	uint64_t differ = 0;
	int64_t *from = values, *room;

	if (n <= FEW) {
		insert_each(values, n);
		return true;
	}
	if (is_sorted(values, n))
		return true;
	room = mem_alloc(n * sizeof *room);
	if (!room)
		return false;
	for (size_t i = 1; i < n; i++)
		differ |= (uint64_t)values[i] ^ (uint64_t)values[0];
	for (unsigned shift = 0; shift < 64; shift += 8) {
		int64_t *to = from == values ? room : values;
		if (!(differ >> shift & 0xFF))
			continue;
		distribute(from, to, n, shift);
		from = to;
	}
	if (from != values)
		memcpy(values, from, n * sizeof *values);
	mem_free(room);
	return true;
}
