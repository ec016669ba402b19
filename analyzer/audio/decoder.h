/* One codec's decoder: payloads of RTP in, 16-bit linear samples of one channel out.
 *
 *   spandsp.c  G.711, G.722, G.726 (all rates, both packings), GSM 06.10, and concealment for codecs that have none
 *   linear.c   L16
 *   opus.c     Opus, by libopus
 *   g729.c     G.729, by libbcg729 where that is installed: it is under GPL, so it is loaded when it is needed and never linked
 *
 * No codec here needs fmtp to be decoded. What cannot be decoded is a result with its reason, for the user to see. */
#ifndef ANALYZER_AUDIO_DECODER_H
#define ANALYZER_AUDIO_DECODER_H

#include "base/slice.h"

struct decoder;

/* Several channels become one. */
struct decoder_format {
	const char *name; /* as struct codec has it; NULL: unknown */
	uint32_t clock_hz; /* of RTP */
	unsigned channels; /* 0: one */
};

/* What one call gives at most: 120 ms of Opus. */
#define DECODER_MAX_SAMPLES 5760

/* NULL: *why says why not; or memory is out, then *why is NULL. */
struct decoder *decoder_new(const struct decoder_format *format, const char **why);
void decoder_free(struct decoder *d); /* NULL allowed */

/* Samples per second, 4000 to 192000. */
unsigned decoder_rate(const struct decoder *d);

/* Decodes the beginning of *payload and takes it off; 0 samples: nothing in the rest can be decoded. */
size_t decoder_decode(struct decoder *d, struct slice *payload,
                      int16_t out[static DECODER_MAX_SAMPLES]);

/* n <= DECODER_MAX_SAMPLES samples in place of a lost packet, fading as they become many. What comes next is blended in. */
void decoder_conceal(struct decoder *d, int16_t *out, size_t n);

#endif
