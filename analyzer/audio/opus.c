/* Opus, RFC 6716 and RFC 7587: decoded at 48 kHz, which is its RTP clock, to one channel, with libopus' own concealment. The only file
 * that sees libopus. */
#include "analyzer/audio/decoder_method.h"

#include <opus/opus.h>

#define RATE 48000
#define GRID 120 /* samples of 2.5 ms: libopus conceals whole ones */

static size_t decode(void *state, struct slice *payload, int16_t *out)
{
	int n = opus_decode(state, payload->p, (opus_int32)payload->n, out, DECODER_MAX_SAMPLES, 0);

	*payload = SLICE_NONE;
	return n > 0 ? (size_t)n : 0;
}

static void conceal(void *state, int16_t *out, size_t n)
{
	int whole = (int)(n - n % GRID);
	int done = whole ? opus_decode(state, NULL, 0, out, whole, 0) : 0;
	size_t made = done > 0 ? (size_t)done : 0;

	if (made < n)
		memset(out + made, 0, (n - made) * sizeof *out);
}

static void release(void *state)
{
	opus_decoder_destroy(state);
}

bool decoder_open_opus(const struct decoder_format *format, struct decoder_part *out,
                       const char **why)
{
	static const struct decoder_method method = { .decode = decode,
		                                      .conceal = conceal,
		                                      .free = release };

	(void)format;
	(void)why;
	out->state = opus_decoder_create(RATE, 1, NULL);
	out->method = out->state ? &method : NULL;
	out->rate = RATE;
	return out->state != NULL;
}
