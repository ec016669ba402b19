/* Decompression as input.c wants it: octets in, octets out, in steps of any size, and everything that can be decompressed is given
 * before damage is told. A file may hold several members (gzip, RFC 1952 section 2.2) or frames (zstd, RFC 8878 section 3) behind
 * each other; zero octets behind one are padding. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_DECOMPRESSOR_H
#define ANALYZER_CAPTURE_DECOMPRESSOR_H

#include "base/err.h"
#include "base/slice.h"

/* A step moves `in` and `out`. */
struct decompression {
	const uint8_t *in, *in_end;
	uint8_t *out, *out_end;
	const char *why; /* of DECOMPRESS_BROKEN; constant text */
};

enum decompress_status {
	DECOMPRESS_OK, /* the input is used up or the output full */
	DECOMPRESS_BROKEN, /* the input is damaged here; what came before is in the output */
	DECOMPRESS_NO_MEMORY,
};

struct decompressor {
	const char *name;
	void *(*new)(void); /* NULL: no memory */
	void (*free)(void *state); /* NULL allowed */
	enum decompress_status (*step)(void *state, struct decompression *d);
	/* Whether the input may end here: no member is open. */
	bool (*may_end)(const void *state);
};

extern const struct decompressor input_gzip, input_zstd;

/* Octets of padding between members. */
static inline void decompression_skip_zeros(struct decompression *d)
{
	while (d->in < d->in_end && *d->in == 0)
		d->in++;
}

#endif
