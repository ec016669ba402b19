#include "analyzer/capture/input.h"

#include "base/mem.h"

#include <archive.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ                                                                                 \
	16384u /* enough to learn the first packet's time; most files of a set are opened for that first */
#define RAW_BYTES (128u << 10)
#define REST_MAX  (INT64_C(256) << 20)

struct compression {
	const char *name;
	uint8_t magic[6];
	uint8_t magic_bytes;
	int (*support)(struct archive *);
};

static const struct compression compressions[] = {
	{ "gzip", { 0x1f, 0x8b }, 2, archive_read_support_filter_gzip },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, archive_read_support_filter_zstd },
	{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, 4, archive_read_support_filter_lz4 },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, archive_read_support_filter_xz },
	{ "bzip2", { 'B', 'Z', 'h' }, 3, archive_read_support_filter_bzip2 },
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
	const struct compression *compression;
	struct archive *archive;
	uint8_t *raw; /* compressed octets on their way into libarchive */
	size_t raw_head; /* octets in `raw` that were read before libarchive came in */
	int raw_errno; /* of a read() under libarchive */
	bool is_broken;
	char broken[100];
};

static ssize_t read_some(int fd, void *buffer, size_t n)
{
	ssize_t got;

	do
		got = read(fd, buffer, n);
	while (got < 0 && errno == EINTR);
	return got;
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

static const struct compression *compression_find(const struct input *in)
{
	for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++) {
		const struct compression *c = &compressions[i];
		if (input_have(in) >= c->magic_bytes &&
		    memcmp(in->p, c->magic, c->magic_bytes) == 0)
			return c;
	}
	return NULL;
}

/* libarchive asks for compressed octets: first those that were read to recognise the file. */
static la_ssize_t raw_read(struct archive *a, void *data, const void **out)
{
	struct input_file *f = data;
	size_t head = f->raw_head;

	*out = f->raw;
	f->raw_head = 0;
	if (head > 0)
		return (la_ssize_t)head;
	ssize_t got = read_some(f->fd, f->raw, RAW_BYTES);
	if (got < 0) {
		f->raw_errno = errno;
		archive_set_error(a, errno, "read error");
		return -1;
	}
	f->stored_done += got;
	return got;
}

/* The rest of the file is lost, and that is a fact about the file. */
static void give_up(struct input_file *f)
{
	const char *why = archive_error_string(f->archive);

	f->eof = true;
	f->is_broken = true;
	snprintf(f->broken, sizeof f->broken, "%s data: %s", f->compression->name,
	         why ? why : "damaged");
}

/* The outcome of a libarchive call: false for the environment. */
static bool archive_outcome(struct input_file *f, int code, struct err *err)
{
	if (code >= ARCHIVE_OK)
		return true;
	if (f->raw_errno != 0)
		return err_set(err, ERR_IO, "read error: %s", strerror(f->raw_errno));
	if (archive_errno(f->archive) == ENOMEM)
		return err_memory(err, "decompression");
	give_up(f);
	return true;
}

static bool decompression_start(struct input *in, struct err *err)
{
	struct input_file *f = in->file;
	struct archive_entry *entry;

	f->raw = mem_alloc(RAW_BYTES);
	f->archive = f->raw ? archive_read_new() : NULL;
	if (!f->archive)
		return err_memory(err, "decompression");
	f->raw_head = input_have(in);
	memcpy(f->raw, in->p, f->raw_head);
	in->p = in->end = f->buffer;
	in->end_offset = 0;
	/* ARCHIVE_WARN here would mean "by running an external program", which we do not. */
	if (f->compression->support(f->archive) != ARCHIVE_OK)
		return err_set(err, ERR_FORMAT, "is %s-compressed, which this build cannot read",
		               f->compression->name);
	archive_read_support_format_raw(f->archive);
	archive_read_support_format_empty(f->archive);
	int code = archive_read_open(f->archive, f, NULL, raw_read, NULL);
	if (code == ARCHIVE_OK)
		code = archive_read_next_header(f->archive, &entry);
	if (code == ARCHIVE_EOF)
		f->eof = true;
	return archive_outcome(f, code, err);
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
	f->compression = compression_find(in);
	return !f->compression || decompression_start(in, err);
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
	if (f->archive)
		archive_read_free(f->archive);
	if (f->fd >= 0 && !f->is_stdin)
		close(f->fd);
	mem_free(f->raw);
	mem_free(f->buffer);
	mem_free(f);
}

void input_park(struct input *in)
{
	struct input_file *f = in->file;

	if (f->fd < 0 || !f->is_regular || f->archive || f->eof)
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
	f->stored_done += n;
	*got = (size_t)n;
	return true;
}

static bool read_archive(struct input_file *f, uint8_t *to, size_t room, size_t *got,
                         struct err *err)
{
	la_ssize_t n = archive_read_data(f->archive, to, room);

	*got = n > 0 ? (size_t)n : 0;
	return archive_outcome(f, n < 0 ? (int)n : ARCHIVE_OK, err);
}

static bool read_more(struct input *in, struct err *err)
{
	struct input_file *f = in->file;
	size_t have = input_have(in), got = 0;
	uint8_t *to = f->buffer + have;
	size_t room = f->capacity - have;

	if (!(f->archive ? read_archive : read_plain)(f, to, room, &got, err))
		return false;
	if (got == 0)
		f->eof = true;
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
	return in->file->compression ? in->file->compression->name : NULL;
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

	if (f->archive || !f->is_regular) {
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
