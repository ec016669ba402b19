/* gzip (RFC 1952), by zlib, which only this file sees. inflate() hands out every octet before the one that is damaged, and tells a
 * wrong checksum or length only behind the last. */
#include "analyzer/capture/decompressor.h"
#include "base/mem.h"

#include <limits.h>
#define ZLIB_CONST /* inflate() reads its input only */
#include <zlib.h>

#define GZIP_ONLY   16 /* added to the window bits: a gzip header is expected, not zlib's */
#define WINDOW_BITS 15

struct gzip {
	z_stream z;
	bool is_open; /* inside a member */
};

static void *allocate(void *unused, unsigned count, unsigned size)
{
	(void)unused;
	return mem_alloc((size_t)count * size);
}

static void release(void *unused, void *memory)
{
	(void)unused;
	mem_free(memory);
}

static void *gzip_new(void)
{
	struct gzip *g = mem_zalloc(sizeof *g);

	if (!g)
		return NULL;
	g->z.zalloc = allocate;
	g->z.zfree = release;
	if (inflateInit2(&g->z, GZIP_ONLY + WINDOW_BITS) == Z_OK)
		return g;
	mem_free(g);
	return NULL;
}

static void gzip_free(void *state)
{
	struct gzip *g = state;

	if (!g)
		return;
	inflateEnd(&g->z);
	mem_free(g);
}

static unsigned at_most_uint(ptrdiff_t n)
{
	return n > INT_MAX ? INT_MAX : (unsigned)n;
}

static int inflate_step(struct gzip *g, struct decompression *d)
{
	unsigned in = at_most_uint(d->in_end - d->in), out = at_most_uint(d->out_end - d->out);

	g->z.next_in = d->in;
	g->z.avail_in = in;
	g->z.next_out = d->out;
	g->z.avail_out = out;
	int code = inflate(&g->z, Z_SYNC_FLUSH);
	d->in += in - g->z.avail_in;
	d->out += out - g->z.avail_out;
	return code;
}

/* Steps over padding to the next member; false: there is none. */
static bool next_member(struct gzip *g, struct decompression *d)
{
	decompression_skip_zeros(d);
	if (d->in == d->in_end)
		return false;
	g->is_open = inflateReset(&g->z) == Z_OK;
	return g->is_open;
}

static enum decompress_status gzip_step(void *state, struct decompression *d)
{
	struct gzip *g = state;

	for (;;) {
		if (!g->is_open && !next_member(g, d))
			return DECOMPRESS_OK;
		int code = inflate_step(g, d);
		if (code == Z_STREAM_END) {
			g->is_open = false;
			continue;
		}
		if (code == Z_OK && d->in < d->in_end && d->out < d->out_end)
			continue;
		if (code == Z_OK || code == Z_BUF_ERROR) /* the latter: nothing to do */
			return DECOMPRESS_OK;
		if (code == Z_MEM_ERROR)
			return DECOMPRESS_NO_MEMORY;
		d->why = g->z.msg ? g->z.msg : "a preset dictionary";
		return DECOMPRESS_BROKEN;
	}
}

static bool gzip_may_end(const void *state)
{
	const struct gzip *g = state;

	return !g->is_open;
}

const struct decompressor input_gzip = { "gzip", gzip_new, gzip_free, gzip_step, gzip_may_end };
