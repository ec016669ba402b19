/* zstd (RFC 8878), by libzstd, which only this file sees. When ZSTD_decompressStream() fails it does not say how much it had put out
 * before. So each call gets what one piece needs (a frame or block header, a block, a checksum) and no octet of the next one: the piece
 * that fails is then the only one of its call. */
#include "analyzer/capture/decompressor.h"
#include "base/mem.h"

#include <zstd.h>
#include <zstd_errors.h>

#define BLOCK_HEADER 3u

struct zstd {
	ZSTD_DStream *stream;
	size_t hint; /* octets that libzstd would like next; 0 between frames */
};

static void zstd_free(void *state)
{
	struct zstd *z = state;

	if (!z)
		return;
	ZSTD_freeDStream(z->stream);
	mem_free(z);
}

static void *zstd_new(void)
{
	struct zstd *z = mem_zalloc(sizeof *z);

	if (!z)
		return NULL;
	z->stream = ZSTD_createDStream();
	if (z->stream)
		return z;
	zstd_free(z);
	return NULL;
}

/* The hint for a block counts the header of the block behind it; for a header or checksum, giving less only means another call. */
static size_t piece(const struct zstd *z, size_t have)
{
	size_t n = z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : z->hint;

	if (z->hint == 0)
		n = 1;
	return n < have ? n : have;
}

static enum decompress_status failure(struct decompression *d, size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation: return DECOMPRESS_NO_MEMORY;
	case ZSTD_error_frameParameter_windowTooLarge:
		d->why = "window over 128 MiB (decompress it first with: zstd -d --long=31)";
		return DECOMPRESS_BROKEN;
	default: d->why = ZSTD_getErrorName(code); return DECOMPRESS_BROKEN;
	}
}

static enum decompress_status zstd_step(void *state, struct decompression *d)
{
	struct zstd *z = state;

	for (;;) {
		if (z->hint == 0)
			decompression_skip_zeros(d);
		size_t n = piece(z, (size_t)(d->in_end - d->in));
		if (z->hint == 0 && n == 0)
			return DECOMPRESS_OK;
		ZSTD_inBuffer in = { d->in, n, 0 };
		ZSTD_outBuffer out = { d->out, (size_t)(d->out_end - d->out), 0 };
		size_t code = ZSTD_decompressStream(z->stream, &out, &in);
		if (ZSTD_isError(code))
			return failure(d, code);
		z->hint = code;
		d->in += in.pos;
		d->out += out.pos;
		/* Nothing left to put in, and what was decoded is out. */
		if (d->out == d->out_end || (d->in == d->in_end && out.pos == 0))
			return DECOMPRESS_OK;
	}
}

static bool zstd_may_end(const void *state)
{
	const struct zstd *z = state;

	return z->hint == 0;
}

const struct decompressor input_zstd = { "zstd", zstd_new, zstd_free, zstd_step, zstd_may_end };
