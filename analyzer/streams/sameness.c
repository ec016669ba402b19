#include "analyzer/streams/sameness.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

#define LOUD_SQUARE (32.768 * 32.768) /* -60 dBov */

static void adopt(struct sameness *s, struct slice payload, uint64_t hash)
{
	struct slice head = slice_sub(payload, 0, SAMENESS_HEAD);

	s->hash = hash;
	s->same = 0;
	s->octet = payload.p[0];
	s->constant = memcmp(payload.p, payload.p + 1, payload.n - 1) == 0;
	s->head_n = (uint8_t)head.n;
	memcpy(s->head, head.p, head.n);
}

void sameness_push(struct sameness *s, struct slice payload)
{
	if (payload.n < SAMENESS_LEAST)
		return;
	uint64_t hash = hash_slice(payload, 0);
	s->samples++;
	if (!s->votes)
		adopt(s, payload, hash);
	if (hash == s->hash) {
		s->votes++;
		s->same++;
	} else {
		s->votes--;
	}
}

/* ITU-T G.711, 16 bits. */
static int linear_of(uint8_t octet, bool alaw)
{
	int x = alaw ? octet ^ 0x55 : ~octet & 0xff, exponent = (x >> 4) & 7, mantissa = x & 15;
	int magnitude;

	if (!alaw)
		magnitude = (((2 * mantissa + 33) << exponent) - 33) * 4;
	else
		magnitude =
		        exponent ? (2 * mantissa + 33) << (exponent + 2) : (2 * mantissa + 1) * 8;
	return (x & 0x80) ? -magnitude : magnitude;
}

/* What stands still is silence, however far from zero. */
bool sameness_is_loud(const struct sameness *s, bool alaw)
{
	double sum = 0, squares = 0;

	if (s->constant || !s->head_n)
		return false;
	for (unsigned i = 0; i < s->head_n; i++) {
		double x = linear_of(s->head[i], alaw);
		sum += x;
		squares += x * x;
	}
	return squares / s->head_n - sum * sum / s->head_n / s->head_n > LOUD_SQUARE;
}
