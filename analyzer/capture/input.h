/* Octets of one file, front to back, as a window that the block readers work in without copying. Plain files go through read()
 * into one buffer that stays in the processor's cache (faster than mmap, which pays a page fault every 4 KiB); gzip and zstd are
 * recognised by their first octets and decompressed by input_gzip.c and input_zstd.c, the only files that see zlib and libzstd.
 * Whatever can be decompressed of a damaged file is given.
 *
 *            p           end
 *   [ taken  | to be read | free ]      offset(p) counts decompressed octets from the start of the file
 *
 * What lies between p and end stays where it is until the next input_fill() or input_skip(). */
#ifndef ANALYZER_CAPTURE_INPUT_H
#define ANALYZER_CAPTURE_INPUT_H

#include "base/err.h"
#include "base/slice.h"

#define INPUT_BUFFER_BYTES (256u << 10) /* stays in a second-level cache */
#define INPUT_WINDOW_MAX   (2u << 20) /* the most octets that can be asked to be together */

enum input_status {
	INPUT_OK,
	INPUT_END, /* the file ends before that; input_broken() says whether it should have */
	INPUT_FAILED, /* the environment: read error, memory */
};

struct input_file;

struct input {
	const uint8_t *p, *end;
	int64_t end_offset; /* of `end` */
	struct input_file *file;
};

/* Opens a file, FIFO or device, or stdin for "-", and reads the first octets. False and err if it cannot be read; the text names
 * no path. The buffer holds buffer_bytes (at least 64 KiB). */
bool input_open(struct input *in, const char *path, size_t buffer_bytes, struct err *err);
/* Borrows the octets: for tests. */
bool input_open_memory(struct input *in, struct slice octets, struct err *err);
void input_close(struct input *in); /* closing twice is allowed, and a zeroed one */

static inline size_t input_have(const struct input *in)
{
	return (size_t)(in->end - in->p);
}

static inline int64_t input_offset(const struct input *in)
{
	return in->end_offset - (int64_t)input_have(in);
}

/* Reads on until n octets are in the window; n <= INPUT_WINDOW_MAX. */
enum input_status input_fill(struct input *in, size_t n, struct err *err);

static inline enum input_status input_need(struct input *in, size_t n, struct err *err)
{
	if (__builtin_expect(input_have(in) >= n, 1))
		return INPUT_OK;
	return input_fill(in, n, err);
}

/* Steps over n octets; INPUT_END when there are fewer (then all of them are taken). */
enum input_status input_skip(struct input *in, uint64_t n, struct err *err);

/* "gzip", "zstd", ... or NULL for a plain file. */
const char *input_compression(const struct input *in);
/* Why the decompressor gave up before the end, or NULL. */
const char *input_broken(const struct input *in);
/* A regular file can be closed and opened again; stdin, FIFOs and devices cannot. */
bool input_is_regular(const struct input *in);
/* Octets of the file as stored: in all (0 if unknown) and read so far. */
int64_t input_stored_bytes(const struct input *in);
int64_t input_stored_done(const struct input *in);

/* Octets from `offset` to the end, at least 1. Of a plain regular file by its size; otherwise by reading on, up to 256 MiB, which
 * takes everything in the window. */
int64_t input_rest(struct input *in, int64_t offset);

/* Gives the descriptor of a plain regular file back until the next input_fill(); does nothing for others. */
void input_park(struct input *in);

#endif
