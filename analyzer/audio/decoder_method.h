/* How decode.c sees a codec. The files behind it are named in decoder.h. */
#ifndef ANALYZER_AUDIO_DECODER_METHOD_H
#define ANALYZER_AUDIO_DECODER_METHOD_H

#include "analyzer/audio/decoder.h"

struct decoder_method {
	/* As decoder_decode(). */
	size_t (*decode)(void *state, struct slice *payload, int16_t *out);
	/* As decoder_conceal(); NULL: the codec has nothing of its own for that. */
	void (*conceal)(void *state, int16_t *out, size_t n);
	void (*free)(void *state); /* NULL: nothing to free */
	bool interleaved; /* decode gives all channels, sample by sample */
};

/* An opened codec. */
struct decoder_part {
	const struct decoder_method *method;
	void *state;
	unsigned rate;
};

/* False: *why says why, NULL if memory is out. *out is all zero before. */
typedef bool decoder_open(const struct decoder_format *format, struct decoder_part *out,
                          const char **why);

decoder_open decoder_open_spandsp, decoder_open_linear, decoder_open_opus, decoder_open_g729;

/* Concealment by repeating the last pitch period, for whoever has none: told what was heard (and blending its beginning after a loss),
 * asked for what was not. */
struct concealer;
struct concealer *concealer_new(unsigned rate); /* NULL: out of memory */
void concealer_free(struct concealer *c); /* NULL allowed */
void concealer_heard(struct concealer *c, int16_t *samples, size_t n);
void concealer_fill(struct concealer *c, int16_t *out, size_t n);

#endif
