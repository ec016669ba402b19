#include "analyzer/capture/input.h"

#include "analyzer/capture/decompressor.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ                                                                                 \
	16384u /* enough to learn the first packet's time; most files of a set are opened for that first */
#define RAW_BYTES (128u << 10)
#define REST_MAX  (INT64_C(256) << 20)

static const struct {
	const char *magic;
	size_t magic_bytes;
	const struct decompressor *decompressor;
} compressions[] = {
	{ "\x1f\x8b", 2, &input_gzip },
	{ "\x28\xb5\x2f\xfd", 4, &input_zstd },
	{ "\x50\x2a\x4d\x18", 4, &input_zstd }, /* the skippable frame that pzstd begins with */
};

struct input_file {
	const char *path; /* borrows */
	int fd; /* -1: memory, or parked */
	bool is_stdin, is_regular, is_memory, eof;
	dev_t device; /* to notice another file under the same name when a parked one is opened again */
	ino_t inode;
	int64_t stored_bytes, stored_done;
	uint8_t *buffer;
	size_t capacity;
	size_t read_limit; /* of the next read() */
	const struct decompressor *decompressor; /* NULL: plain */
	void *decompressor_state;
	uint8_t *raw; /* compressed octets; those of them not yet decompressed: */
	const uint8_t *raw_next, *raw_end;
	bool is_broken;
	char broken[100];
};

/* EINTR is a failure: only the signals that end a run interrupt a read (others are ignored, or end the process), and one that waits
 * for a pipe must hear them. */
static ssize_t read_some(int fd, void *buffer, size_t n)
{
	return read(fd, buffer, n);
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static bool open_descriptor(struct input_file *f, struct err *err)
{
	struct stat st;

	f->is_stdin = strcmp(f->path, "-") == 0;
	f->fd = f->is_stdin ? STDIN_FILENO : open(f->path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return err_set(err, ERR_IO, "cannot open: %s", strerror(errno));
	if (fstat(f->fd, &st) != 0)
		return err_set(err, ERR_IO, "cannot be read: %s", strerror(errno));
	f->is_regular = S_ISREG(st.st_mode) && !f->is_stdin;
	f->stored_bytes = f->is_regular ? st.st_size : 0;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return true;
}

static bool reopen_parked(struct input_file *f, struct err *err)
{
	struct stat st;

	f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return err_set(err, ERR_IO, "cannot open again: %s", strerror(errno));
	if (fstat(f->fd, &st) != 0 || lseek(f->fd, f->stored_done, SEEK_SET) < 0)
		return err_set(err, ERR_IO, "cannot be read: %s", strerror(errno));
	if (st.st_dev != f->device || st.st_ino != f->inode)
		return err_set(err, ERR_IO, "was replaced by another file while it was read");
	return true;
}

static const struct decompressor *decompressor_find(const struct input *in)
{
	for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++)
		if (input_have(in) >= compressions[i].magic_bytes &&
		    memcmp(in->p, compressions[i].magic, compressions[i].magic_bytes) == 0)
			return compressions[i].decompressor;
	return NULL;
}

/* What was read to recognise the file is the first that is decompressed. */
static bool decompression_start(struct input *in, struct err *err)
{
	struct input_file *f = in->file;
	size_t have = input_have(in);

	assert(have <= FIRST_READ && FIRST_READ <= RAW_BYTES);
	f->raw = mem_alloc(RAW_BYTES);
	f->decompressor_state = f->raw ? f->decompressor->new () : NULL;
	if (!f->decompressor_state)
		return err_memory(err, "decompression");
	memcpy(f->raw, in->p, have);
	f->raw_next = f->raw;
	f->raw_end = f->raw + have;
	in->p = in->end = f->buffer;
	in->end_offset = 0;
	f->eof = false;
	return true;
}

static bool start(struct input *in, struct err *err)
{
	struct input_file *f = in->file;

	if (!open_descriptor(f, err))
		return false;
	if (f->is_regular)
		(void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (input_fill(in, 8, err) == INPUT_FAILED)
		return false;
	f->decompressor = decompressor_find(in);
	return !f->decompressor || decompression_start(in, err);
}

bool input_open(struct input *in, const char *path, size_t buffer_bytes, struct err *err)
{
	struct input_file *f = mem_zalloc(sizeof *f);

	*in = (struct input){ .file = f };
	if (!f)
		return err_memory(err, "an input file");
	f->path = path;
	f->fd = -1;
	f->capacity = buffer_bytes < (64u << 10) ? 64u << 10 : buffer_bytes;
	f->read_limit = FIRST_READ;
	f->buffer = mem_alloc(f->capacity);
	in->p = in->end = f->buffer;
	if (!f->buffer)
		err_memory(err, "an input buffer");
	else if (start(in, err))
		return true;
	input_close(in);
	return false;
}

bool input_open_memory(struct input *in, struct slice octets, struct err *err)
{
	struct input_file *f = mem_zalloc(sizeof *f);

	*in = (struct input){ .file = f };
	if (!f)
		return err_memory(err, "an input file");
	f->fd = -1;
	f->is_memory = f->eof = true;
	f->stored_bytes = f->stored_done = (int64_t)octets.n;
	in->p = octets.p;
	in->end = octets.n ? octets.p + octets.n : octets.p;
	in->end_offset = (int64_t)octets.n;
	return true;
}

void input_close(struct input *in)
{
	struct input_file *f = in->file;

	*in = (struct input){ .file = NULL };
	if (!f)
		return;
	if (f->decompressor)
		f->decompressor->free(f->decompressor_state);
	if (f->fd >= 0 && !f->is_stdin)
		close(f->fd);
	mem_free(f->raw);
	mem_free(f->buffer);
	mem_free(f);
}

void input_park(struct input *in)
{
	struct input_file *f = in->file;

	if (f->fd < 0 || !f->is_regular || f->decompressor || f->eof)
		return;
	close(f->fd);
	f->fd = -1;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

/* Moves what is left to the front of the buffer and makes the buffer large enough for n octets. */
static bool make_room(struct input *in, size_t n, struct err *err)
{
	struct input_file *f = in->file;
	size_t have = input_have(in);

	if (in->p != f->buffer)
		memmove(f->buffer, in->p, have);
	if (n > f->capacity) {
		size_t capacity = f->capacity;
		while (capacity < n)
			capacity *= 2;
		uint8_t *grown = mem_resize(f->buffer, capacity);
		if (!grown) {
			in->p = f->buffer;
			in->end = f->buffer + have;
			return err_memory(err, "a large packet");
		}
		f->buffer = grown;
		f->capacity = capacity;
	}
	in->p = f->buffer;
	in->end = f->buffer + have;
	return true;
}

static bool read_plain(struct input_file *f, uint8_t *to, size_t room, size_t *got, struct err *err)
{
	if (f->fd < 0 && !reopen_parked(f, err))
		return false;
	ssize_t n = read_some(f->fd, to, room < f->read_limit ? room : f->read_limit);
	if (n < 0)
		return err_set(err, ERR_IO, "read error: %s", strerror(errno));
	f->read_limit = SIZE_MAX;
	f->eof = n == 0;
	f->stored_done += n;
	*got = (size_t)n;
	return true;
}

/* The rest of the file is lost, and that is a fact about the file. */
static void give_up(struct input_file *f, const char *why)
{
	f->eof = true;
	f->is_broken = true;
	snprintf(f->broken, sizeof f->broken, "%s data: %s", f->decompressor->name, why);
}

static bool read_raw(struct input_file *f, struct err *err)
{
	ssize_t got = read_some(f->fd, f->raw, RAW_BYTES);

	if (got < 0)
		return err_set(err, ERR_IO, "read error: %s", strerror(errno));
	f->stored_done += got;
	f->raw_next = f->raw;
	f->raw_end = f->raw + got;
	if (got == 0 && f->decompressor->may_end(f->decompressor_state))
		f->eof = true;
	else if (got == 0)
		give_up(f, "truncated");
	return true;
}

/* The decompressor has its say before more is read: it may hold back what found no room before. */
static bool read_compressed(struct input_file *f, uint8_t *to, size_t room, size_t *got,
                            struct err *err)
{
	do {
		struct decompression d = { f->raw_next, f->raw_end, to, to + room, NULL };
		enum decompress_status status = f->decompressor->step(f->decompressor_state, &d);
		f->raw_next = d.in;
		*got = (size_t)(d.out - to);
		if (status == DECOMPRESS_NO_MEMORY)
			return err_memory(err, "decompression");
		if (status == DECOMPRESS_BROKEN)
			give_up(f, d.why);
		else if (*got == 0 && !read_raw(f, err))
			return false;
	} while (*got == 0 && !f->eof);
	return true;
}

static bool read_more(struct input *in, struct err *err)
{
	struct input_file *f = in->file;
	size_t have = input_have(in), got = 0;
	uint8_t *to = f->buffer + have;
	size_t room = f->capacity - have;

	if (!(f->decompressor ? read_compressed : read_plain)(f, to, room, &got, err))
		return false;
	in->end += got;
	in->end_offset += (int64_t)got;
	return true;
}

enum input_status input_fill(struct input *in, size_t n, struct err *err)
{
	assert(n <= INPUT_WINDOW_MAX);
	if (input_have(in) >= n)
		return INPUT_OK;
	if (in->file->eof)
		return INPUT_END;
	if (!make_room(in, n, err))
		return INPUT_FAILED;
	while (input_have(in) < n && !in->file->eof)
		if (!read_more(in, err))
			return INPUT_FAILED;
	return input_have(in) >= n ? INPUT_OK : INPUT_END;
}

enum input_status input_skip(struct input *in, uint64_t n, struct err *err)
{
	while (n > input_have(in)) {
		n -= input_have(in);
		in->p = in->end;
		enum input_status status = input_fill(in, 1, err);
		if (status != INPUT_OK)
			return status;
	}
	in->p += n;
	return INPUT_OK;
}

/* --- what it is ------------------------------------------------------------------------------------------------ */

const char *input_compression(const struct input *in)
{
	return in->file->decompressor ? in->file->decompressor->name : NULL;
}

const char *input_broken(const struct input *in)
{
	return in->file->is_broken ? in->file->broken : NULL;
}

bool input_is_regular(const struct input *in)
{
	return in->file->is_regular;
}

int64_t input_stored_bytes(const struct input *in)
{
	return in->file->stored_bytes;
}

int64_t input_stored_done(const struct input *in)
{
	return in->file->stored_done;
}

int64_t input_rest(struct input *in, int64_t offset)
{
	const struct input_file *f = in->file;
	struct err ignored = ERR_INIT; /* a disk that fails here only makes the number smaller */
	int64_t end = f->stored_bytes;

	if (f->decompressor || !f->is_regular) {
		in->p = in->end;
		while (in->end_offset - offset < REST_MAX &&
		       input_fill(in, 1, &ignored) == INPUT_OK)
			in->p = in->end;
		end = in->end_offset;
	}
	if (end < in->end_offset)
		end = in->end_offset; /* it grew while we read */
	return end > offset ? end - offset : 1;
}
