/* One channel of sound on its way into a file: pieces laid at their places, in any order, those that overlap added. It lies in a
 * temporary file without a name, so hours of it need no memory, and silence no disk. */
#ifndef CLI_SPOOL_H
#define CLI_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SPOOL_HELD 32768

struct spool {
	FILE *file;
	int64_t length; /* samples up to the last one laid */
	int64_t held_at; /* the newest ones, not written yet */
	size_t held;
	int16_t *pieces; /* SPOOL_HELD of them */
};

/* False: err. spool_release() in any case. */
bool spool_init(struct spool *s, struct err *err);
void spool_release(struct spool *s);

/* Adds n samples from sample `at` >= 0 on. */
bool spool_mix(struct spool *s, int64_t at, const int16_t *samples, size_t n, struct err *err);
/* Silence from `from` up to `to`. */
bool spool_mute(struct spool *s, int64_t from, int64_t to, struct err *err);
/* n samples from `at` on; silence behind the end. */
bool spool_read(struct spool *s, int64_t at, int16_t *samples, size_t n, struct err *err);

#endif
