#include "tests/helpers/compress.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

static void must(bool done)
{
	if (!done)
		abort();
}

static size_t chunk(struct slice octets, size_t flush)
{
	return octets.n < flush ? octets.n : flush;
}

static void add(struct text *out, const uint8_t *p, size_t n)
{
	text_add(out, slice_of(p, n));
	must(!out->failed);
}

static void gzip_by(struct slice octets, size_t flush, struct text *out)
{
	static uint8_t room[1 << 16];
	z_stream z = { 0 };
	int code;

	must(deflateInit2(&z, 6, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	do {
		size_t n = chunk(octets, flush);
		struct slice rest = slice_from(octets, n);
		z.next_in = (Bytef *)(uintptr_t)octets.p;
		z.avail_in = (unsigned)n;
		do {
			z.next_out = room;
			z.avail_out = sizeof room;
			code = deflate(&z, rest.n ? Z_FULL_FLUSH : Z_FINISH);
			add(out, room, sizeof room - z.avail_out);
		} while (z.avail_out == 0);
		octets = rest;
	} while (code != Z_STREAM_END);
	must(deflateEnd(&z) == Z_OK);
}

static void zstd_by(struct slice octets, size_t flush, struct text *out)
{
	static uint8_t room[1 << 16];
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t left;

	must(z && !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)));
	do {
		size_t n = chunk(octets, flush);
		struct slice rest = slice_from(octets, n);
		ZSTD_inBuffer in = { octets.p, n, 0 };
		do {
			ZSTD_outBuffer to = { room, sizeof room, 0 };
			left = ZSTD_compressStream2(z, &to, &in,
			                            rest.n ? ZSTD_e_flush : ZSTD_e_end);
			must(!ZSTD_isError(left));
			add(out, room, to.pos);
		} while (left > 0);
		octets = rest;
	} while (octets.n > 0);
	ZSTD_freeCCtx(z);
}

void compress_by(const char *filter, struct slice octets, size_t flush, struct text *out)
{
	(strcmp(filter, "gzip") == 0 ? gzip_by : zstd_by)(octets, flush, out);
}

static bool gunzip_by(struct slice octets, struct text *out)
{
	static uint8_t room[1 << 17];
	z_stream z = { 0 };
	bool between = true;
	int code = Z_OK;

	must(inflateInit2(&z, 16 + 15) == Z_OK);
	for (size_t i = 0; i < octets.n && (code == Z_OK || code == Z_BUF_ERROR); i++) {
		if (between && octets.p[i] == 0)
			continue;
		uint8_t one = octets.p[i];
		z.next_in = &one;
		z.avail_in = 1;
		z.next_out = room;
		z.avail_out = sizeof room;
		code = inflate(&z, Z_SYNC_FLUSH);
		add(out, room, sizeof room - z.avail_out);
		between = code == Z_STREAM_END;
		if (between)
			code = inflateReset(&z);
	}
	inflateEnd(&z);
	return between && code == Z_OK;
}

static bool unzstd_by(struct slice octets, struct text *out)
{
	static uint8_t room[1 << 18];
	ZSTD_DCtx *z = ZSTD_createDCtx();
	size_t code = 0;

	must(z != NULL);
	for (size_t i = 0; i < octets.n && !ZSTD_isError(code); i++) {
		if (code == 0 && octets.p[i] == 0)
			continue;
		ZSTD_inBuffer in = { &octets.p[i], 1, 0 };
		ZSTD_outBuffer to = { room, sizeof room, 0 };
		code = ZSTD_decompressStream(z, &to, &in);
		if (!ZSTD_isError(code))
			add(out, room, to.pos);
	}
	ZSTD_freeDCtx(z);
	return code == 0;
}

bool decompress_by(const char *filter, struct slice octets, struct text *out)
{
	return (strcmp(filter, "gzip") == 0 ? gunzip_by : unzstd_by)(octets, out);
}
