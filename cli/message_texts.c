#include "cli/message_texts.h"

#include "analyzer/export/mask.h"
#include "analyzer/search/sip_messages.h"
#include "base/mem.h"
#include "cli/recorded.h"
#include "reports/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HELD (256 * 1024)

/* A row of `messages` that belongs to a call, and where its text lies in the file. */
struct text_place {
	int64_t id, bytes;
	uint64_t frame;
	uint32_t file; /* index of recorded_files */
	uint32_t length; /* in the temporary file */
	int64_t at; /* -1: not found */
	bool digits; /* its body may name some */
};

struct message_file {
	struct message_texts texts;
	struct err why; /* behind texts.absent */
	struct recorded_files captures;
	uint32_t *files; /* of those that are read: their index among all */
	struct recorded_capture *there;
	size_t there_count;
	struct text_place *places; /* by file and frame while reading, then by id */
	size_t count;
	bool mask_digits;
	FILE *file;
	uint8_t *held; /* what is not written yet */
	size_t held_count;
	int64_t length; /* of the temporary file, with what is held */
	struct err *err; /* of the reading */
};

/* --- the messages that are wanted ------------------------------------------------------------------------------ */

static bool add_place(struct message_file *f, struct query *q, struct err *err)
{
	struct text_place p = { .id = query_int(q, 0),
		                .bytes = query_int(q, 3),
		                .frame = (uint64_t)query_int(q, 2),
		                .at = -1,
		                .digits = query_int(q, 4) == 1 };

	if (!recorded_files_find(&f->captures, query_int(q, 1), &p.file))
		return true;
	if (!(f->count & (f->count - 1))) {
		size_t room = f->count ? 2 * f->count : 1;
		void *grown = mem_resize(f->places, room * sizeof *f->places);
		if (!grown)
			return err_memory(err, "the texts of messages");
		f->places = grown;
	}
	f->places[f->count++] = p;
	return true;
}

static bool load_places(struct message_file *f, struct records *r, struct err *err)
{
	struct query *q = rows_query(
	        r,
	        "SELECT id, capture_id, frame, bytes, cseq_method IN ('INFO', 'NOTIFY') FROM "
	        "messages WHERE dialog_id IS NOT NULL ORDER BY capture_id, frame, id",
	        RECORD_NULL, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add_place(f, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* Of those in this frame the first of this length that has no text yet: several messages of one segment come in order. */
static struct text_place *find_place(struct message_file *f, uint32_t file, uint64_t frame,
                                     size_t bytes)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct text_place *p = &f->places[middle];
		if (p->file < file || (p->file == file && p->frame < frame))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < f->count; low++) {
		struct text_place *p = &f->places[low];
		if (p->file != file || p->frame != frame)
			return NULL;
		if (p->at < 0 && p->bytes == (int64_t)bytes)
			return p;
	}
	return NULL;
}

/* --- the temporary file ---------------------------------------------------------------------------------------- */

static bool failed(const char *what, struct err *err)
{
	return err_set(err, ERR_IO, "cannot %s a temporary file: %s", what, strerror(errno));
}

static bool flush(struct message_file *f)
{
	const uint8_t *p = f->held;

	while (f->held_count) {
		ssize_t done = write(fileno(f->file), p, f->held_count);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return failed("write", f->err);
		p += done;
		f->held_count -= (size_t)done;
	}
	return true;
}

/* Of a longer one what is shown. */
static bool take(void *context, const struct sip_found *found)
{
	struct message_file *f = context;
	struct text_place *p = find_place(f, f->files[found->file], found->frame, found->bytes.n);
	struct slice kept = slice_sub(found->bytes, 0, MESSAGE_TEXT_MAX);

	if (!p)
		return true;
	if (kept.n > HELD - f->held_count && !flush(f))
		return false;
	if (kept.n)
		memcpy(f->held + f->held_count, kept.p, kept.n);
	mask_shown_message(f->held + f->held_count, kept.n, p->digits && f->mask_digits);
	f->held_count += kept.n;
	p->at = f->length;
	p->length = (uint32_t)kept.n;
	f->length += (int64_t)kept.n;
	return true;
}

static bool read_text(void *p, size_t n, int64_t at, const struct message_file *f, struct err *err)
{
	char *to = p;

	while (n) {
		ssize_t done = pread(fileno(f->file), to, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return failed("read", err);
		to += done;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

/* --- the door -------------------------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct text_place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static bool text_of(void *context, int64_t id, struct text *out, struct err *err)
{
	const struct message_file *f = context;
	const struct text_place key = { .id = id };
	const struct text_place *p =
	        f->count ? bsearch(&key, f->places, f->count, sizeof key, by_id) : NULL;
	uint8_t octets[MESSAGE_TEXT_MAX];

	if (!p || p->at < 0)
		return true;
	if (!read_text(octets, p->length, p->at, f, err))
		return false;
	text_add(out, slice_of(octets, p->length));
	return !out->failed || err_memory(err, "the text of a message");
}

/* What can be read; the first reason why something cannot. */
static bool choose_files(struct message_file *f, struct err *err)
{
	size_t count = f->captures.count;

	f->files = mem_alloc((count + 1) * sizeof *f->files);
	f->there = mem_alloc((count + 1) * sizeof *f->there);
	if (!f->files || !f->there)
		return err_memory(err, "the captures of a database");
	for (size_t i = 0; i < count; i++) {
		struct err why = ERR_INIT;
		if (!recorded_file_is_there(&f->captures.files[i], &why) ||
		    !recorded_capture_check(&f->captures.files[i], &why)) {
			if (f->why.code == ERR_NONE)
				f->why = why;
			continue;
		}
		f->files[f->there_count] = (uint32_t)i;
		f->there[f->there_count++] = f->captures.files[i];
	}
	return true;
}

static bool read_captures(struct message_file *f, bool progress, struct err *err)
{
	struct err why = ERR_INIT;

	f->err = &why;
	f->held = mem_alloc(HELD);
	if (!f->held)
		return err_memory(err, "the texts of messages");
	f->file = tmpfile();
	bool ok = f->file ? sip_messages_read(f->there, f->there_count, progress, take, f, &why) &&
	                            flush(f)
	                  : failed("make", &why);
	mem_free(f->held);
	f->held = NULL;
	f->err = NULL;
	if (why.code == ERR_MEMORY)
		return err_set(err, ERR_MEMORY, "%s", why.text);
	if (!ok)
		f->why = why;
	if (!ok || !f->there_count)
		f->texts.absent = f->why.text;
	else if (f->why.code != ERR_NONE)
		f->texts.missing = f->why.text;
	return true;
}

static bool read_texts(struct message_file *f, struct records *r, const char *directory,
                       bool progress, struct err *err)
{
	int64_t kept;

	if (!rows_int(r, "SELECT count(*) FROM captures WHERE format <> 'none'", RECORD_NULL, &kept,
	              err) ||
	    !recorded_files_load(&f->captures, r, directory, err) ||
	    !recorded_masking(r, MASK_AS_RECORDED, &f->mask_digits, err) ||
	    !load_places(f, r, err) || !choose_files(f, err))
		return false;
	if (!kept) {
		f->texts.absent = "no capture was kept of this run";
		return true;
	}
	if (f->count && !read_captures(f, progress, err))
		return false;
	if (f->count)
		qsort(f->places, f->count, sizeof *f->places, by_id);
	return true;
}

struct message_file *message_file_new(struct records *r, const char *directory, bool progress,
                                      struct err *err)
{
	struct message_file *f = mem_zalloc(sizeof *f);

	if (!f) {
		err_memory(err, "the texts of messages");
		return NULL;
	}
	f->texts = (struct message_texts){ .context = f, .of = text_of };
	if (read_texts(f, r, directory, progress, err))
		return f;
	message_file_free(f);
	return NULL;
}

const struct message_texts *message_file_texts(const struct message_file *f)
{
	return &f->texts;
}

void message_file_free(struct message_file *f)
{
	if (!f)
		return;
	if (f->file)
		fclose(f->file);
	recorded_files_release(&f->captures);
	mem_free(f->files);
	mem_free(f->there);
	mem_free(f->places);
	mem_free(f->held);
	mem_free(f);
}
