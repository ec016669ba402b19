#include "base/nearest.h"

#define MOST 31

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the edit matrix are enough. */
unsigned nearest_distance(struct slice a, struct slice b)
{
	unsigned rows[3][MOST + 1] = { { 0 } };

	a = slice_sub(a, 0, MOST);
	b = slice_sub(b, 0, MOST);
	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3],
		         *two_before = rows[(i + 1) % 3];
		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			uint8_t x = ascii_lower(a.p[i - 1]), y = ascii_lower(b.p[j - 1]);
			now[j] = least(least(before[j] + 1, now[j - 1] + 1),
			               before[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == ascii_lower(b.p[j - 2]) &&
			    y == ascii_lower(a.p[i - 2]))
				now[j] = least(now[j], two_before[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

struct nearest nearest_to(struct slice name)
{
	unsigned allowed = name.n / 3 ? (unsigned)(name.n / 3) : 1;

	return (struct nearest){ .name = name, .mistakes = allowed + 1 };
}

void nearest_try(struct nearest *n, const char *candidate)
{
	unsigned mistakes = nearest_distance(n->name, slice_str(candidate));

	if (mistakes < n->mistakes) {
		n->mistakes = mistakes;
		n->best = candidate;
	}
}
