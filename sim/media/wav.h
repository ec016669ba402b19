/* WAV files (RIFF, PCM of 8 to 32 bits, float, A-law, mu-law): a tolerant reader. What is cut is played as far as it goes. */
#ifndef SIM_MEDIA_WAV_H
#define SIM_MEDIA_WAV_H

#include "base/err.h"
#include "base/slice.h"

enum wav_format { WAV_PCM = 1, WAV_FLOAT = 3, WAV_ALAW = 6, WAV_ULAW = 7 };

struct wav {
	enum wav_format format;
	unsigned channels, rate, bits;
	struct slice data; /* borrows */
};

/* Does it begin as one? */
bool wav_is(struct slice file);
/* False: err says what is wrong or not read. */
bool wav_parse(struct slice file, struct wav *out, struct err *err);
/* All channels into one, 16 bits. NULL: no memory. mem_free() it; *count may be 0. */
int16_t *wav_samples(const struct wav *w, size_t *count);

#endif
