#include "cli/export_records.h"

#include "base/mem.h"
#include "base/text.h"
#include "reports/call_messages.h"
#include "reports/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

/* Room for one more in an array of *count items; NULL: out of memory. Doubles at powers of two. */
static void *room(void *array, size_t count, size_t size)
{
	if (count && (count & (count - 1)))
		return array;
	return mem_resize(array, (count ? 2 * count : 1) * size);
}

static void note_time(struct export_records *e, int64_t us)
{
	if (e->first_us == RECORD_NULL || us < e->first_us)
		e->first_us = us;
	if (e->last_us == RECORD_NULL || us > e->last_us)
		e->last_us = us;
}

/* "192.0.2.1:5060" */
static bool parse_endpoint(struct slice text, struct endpoint *out)
{
	size_t colon = text.n;
	uint64_t port;

	while (colon && text.p[colon - 1] != ':')
		colon--;
	if (!colon || !slice_u64(slice_from(text, colon), UINT16_MAX, &port))
		return false;
	out->port = (uint16_t)port;
	return ip_addr_parse(slice_sub(text, 0, colon - 1), &out->addr);
}

static bool odd_record(const char *what, int64_t id, struct err *err)
{
	return err_set(err, ERR_FORMAT, "the database's %s %" PRId64 " makes no sense", what, id);
}

/* --- messages -------------------------------------------------------------------------------------------------- */

static bool find_file(const struct export_records *e, int64_t capture_id, uint32_t *file)
{
	size_t low = 0, high = e->job.file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (e->capture_ids[middle] < capture_id)
			low = middle + 1;
		else
			high = middle;
	}
	*file = (uint32_t)low;
	return low < e->job.file_count && e->capture_ids[low] == capture_id;
}

static bool add_message(struct export_records *e, struct query *q, struct err *err)
{
	if (e->job.message_count == EXPORT_MAX_MESSAGES)
		return err_set(err, ERR_USAGE, "the call has more than %d messages",
		               EXPORT_MAX_MESSAGES);
	void *grown = room(e->messages, e->job.message_count, sizeof *e->messages);
	if (!grown)
		return err_memory(err, "the messages of a call");
	e->messages = grown;
	struct export_message *m = &e->messages[e->job.message_count++];
	*m = (struct export_message){
		.frame = (uint64_t)query_int(q, 2),
		.first_frame = (uint64_t)query_int(q, 3),
		.time_us = query_int(q, 4),
		.tcp = !slice_eq(query_text(q, 7), SLICE_LIT("UDP")),
		.bytes = query_int(q, 8),
	};
	note_time(e, m->time_us);
	return (find_file(e, query_int(q, 1), &m->file) &&
	        parse_endpoint(query_text(q, 5), &m->src) &&
	        parse_endpoint(query_text(q, 6), &m->dst)) ||
	       odd_record("message", query_int(q, 0), err);
}

static bool load_messages(struct export_records *e, struct records *r, int64_t call_id,
                          struct err *err)
{
	struct query *q = rows_query(r,
	                             WITH_CALL_MESSAGES
	                             "SELECT id, capture_id, frame, coalesce(first_frame, frame), "
	                             "time_us, src, dst, transport, bytes FROM m ORDER BY id",
	                             call_id, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add_message(e, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* --- streams --------------------------------------------------------------------------------------------------- */

static bool add_stream(struct export_records *e, struct query *q, struct err *err)
{
	if (e->job.stream_count == EXPORT_MAX_STREAMS)
		return err_set(err, ERR_USAGE, "the call has more than %d streams",
		               EXPORT_MAX_STREAMS);
	void *grown = room(e->streams, e->job.stream_count, sizeof *e->streams);
	if (!grown)
		return err_memory(err, "the streams of a call");
	e->streams = grown;
	struct export_stream *t = &e->streams[e->job.stream_count++];
	*t = (struct export_stream){
		.src.port = (uint16_t)query_int(q, 2),
		.dst.port = (uint16_t)query_int(q, 4),
		.ssrc = (uint32_t)query_int(q, 5),
		.first_us = query_int(q, 6),
		.last_us = query_int(q, 7),
	};
	note_time(e, t->first_us);
	note_time(e, t->last_us);
	return (ip_addr_parse(query_text(q, 1), &t->src.addr) &&
	        ip_addr_parse(query_text(q, 3), &t->dst.addr)) ||
	       odd_record("stream", query_int(q, 0), err);
}

static bool load_streams(struct export_records *e, struct records *r, int64_t call_id,
                         struct err *err)
{
	struct query *q = rows_query(r,
	                             "SELECT id, src_addr, src_port, dst_addr, dst_port, ssrc, "
	                             "first_us, last_us FROM streams WHERE call_id = ?1",
	                             call_id, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add_stream(e, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* --- captures -------------------------------------------------------------------------------------------------- */

static struct slice base_name(struct slice path)
{
	size_t start = path.n;

	while (start && path.p[start - 1] != '/')
		start--;
	return slice_from(path, start);
}

/* Where it lies now, as a string of its own; NULL: out of memory. */
static char *path_now(struct slice path, const char *directory)
{
	struct slice name = directory ? base_name(path) : path;
	size_t before = directory ? strlen(directory) + 1 : 0;
	char *out = mem_alloc(before + name.n + 1);

	if (!out)
		return NULL;
	if (directory) {
		memcpy(out, directory, before - 1);
		out[before - 1] = '/';
	}
	memcpy(out + before, name.p, name.n);
	out[before + name.n] = '\0';
	return out;
}

static bool add_capture(struct export_records *e, struct query *q, const char *directory,
                        struct err *err)
{
	size_t n = e->job.file_count;
	void *files = room(e->files, n, sizeof *e->files);
	if (files)
		e->files = files;
	void *ids = files ? room(e->capture_ids, n, sizeof *e->capture_ids) : NULL;
	if (ids)
		e->capture_ids = ids;
	char *path = ids ? path_now(query_text(q, 1), directory) : NULL;
	if (!path)
		return err_memory(err, "the captures of a call");
	e->capture_ids[n] = query_int(q, 0);
	e->files[n] = (struct export_file){
		.path = path,
		.bytes = query_int(q, 2),
		.first_us = query_int(q, 3),
		.last_us = query_int(q, 4),
	};
	e->all_files = ++e->job.file_count;
	return true;
}

static bool load_captures(struct export_records *e, struct records *r, const char *directory,
                          struct err *err)
{
	struct query *q = rows_query(
	        r, "SELECT id, path, bytes, first_us, last_us FROM captures ORDER BY id", 0, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add_capture(e, q, directory, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

static bool is_there(const struct export_file *f, struct err *err)
{
	struct text name;

	if (strcmp(f->path, "-") == 0)
		return err_set(err, ERR_IO,
		               "the database was made from standard input, which cannot be read "
		               "again: there is nothing to export from");
	if (access(f->path, R_OK) == 0)
		return true;
	int why = errno;
	text_init(&name);
	text_add_terminal(&name, slice_str(f->path));
	err_set(err, ERR_IO,
	        "cannot open '%s', from which the database was made: %s; --captures DIR says where "
	        "it lies now",
	        text_cstr(&name), strerror(why));
	text_release(&name);
	return false;
}

/* Only files of the call's time are read, and have to be there; fragments and segments may lie in the one before. */
static bool keep_needed(struct export_records *e, struct err *err)
{
	const int64_t margin = EXPORT_PARTS_MARGIN_S * NS_PER_S / NS_PER_US;
	size_t kept = 0;
	uint32_t *now = mem_zalloc((e->job.file_count + 1) * sizeof *now);

	if (!now)
		return err_memory(err, "the captures of a call");
	for (size_t i = 0; i < e->job.message_count; i++)
		now[e->messages[i].file] = 1;
	bool ok = true;
	for (size_t i = 0; i < e->job.file_count && ok; i++) {
		struct export_file f = e->files[i];
		bool of_its_time = f.first_us != RECORD_NULL && e->first_us != RECORD_NULL &&
		                   f.first_us <= e->last_us + margin &&
		                   f.last_us >= e->first_us - margin;
		if (!now[i] && !of_its_time)
			continue;
		ok = is_there(&f, err);
		now[i] = (uint32_t)kept;
		e->files[i] = e->files[kept]; /* its path is freed at the end all the same */
		e->files[kept++] = f;
	}
	for (size_t i = 0; i < e->job.message_count; i++)
		e->messages[i].file = now[e->messages[i].file];
	mem_free(now);
	e->job.file_count = kept;
	return ok;
}

bool export_records_load(struct export_records *e, struct records *r, int64_t call_id,
                         const char *directory, bool media, struct err *err)
{
	*e = (struct export_records){ .first_us = RECORD_NULL, .last_us = RECORD_NULL };
	if (!load_captures(e, r, directory, err) || !load_messages(e, r, call_id, err) ||
	    (media && !load_streams(e, r, call_id, err)) || !keep_needed(e, err))
		return false;
	e->job.files = e->files;
	e->job.messages = e->messages;
	e->job.streams = e->streams;
	return e->job.file_count > 0 ||
	       err_set(err, ERR_FORMAT, "no packets of call %" PRId64 " are recorded", call_id);
}

void export_records_release(struct export_records *e)
{
	for (size_t i = 0; i < e->all_files; i++)
		mem_free((char *)e->files[i].path);
	mem_free(e->files);
	mem_free(e->capture_ids);
	mem_free(e->messages);
	mem_free(e->streams);
}
