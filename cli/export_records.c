#include "cli/export_records.h"

#include "base/mem.h"
#include "reports/call_messages.h"
#include "reports/rows.h"

#include <inttypes.h>

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
		.masked = slice_eq(query_text(q, 9), SLICE_LIT("INFO")) ||
		          slice_eq(query_text(q, 9), SLICE_LIT("NOTIFY")),
	};
	note_time(e, m->time_us);
	return (recorded_files_find(&e->captures, query_int(q, 1), &m->file) &&
	        parse_endpoint(query_text(q, 5), &m->src) &&
	        parse_endpoint(query_text(q, 6), &m->dst)) ||
	       odd_record("message", query_int(q, 0), err);
}

static bool load_messages(struct export_records *e, struct records *r, int64_t call_id,
                          struct err *err)
{
	struct query *q =
	        rows_query(r,
	                   WITH_CALL_MESSAGES
	                   "SELECT id, capture_id, frame, coalesce(first_frame, frame), "
	                   "time_us, src, dst, transport, bytes, cseq_method FROM m ORDER BY id",
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

/* --- digits ---------------------------------------------------------------------------------------------------- */

/* Heard tones begin before they are recognized, and ring on. */
#define TONE_MARGIN_US 100000

static bool add_tone(struct export_records *e, struct query *q, struct err *err)
{
	void *grown = room(e->tones, e->job.tone_count, sizeof *e->tones);

	if (!grown)
		return err_memory(err, "the digits of a call");
	e->tones = grown;
	struct export_stream *t = &e->tones[e->job.tone_count++];
	*t = (struct export_stream){
		.src.port = (uint16_t)query_int(q, 2),
		.dst.port = (uint16_t)query_int(q, 4),
		.ssrc = (uint32_t)query_int(q, 5),
		.first_us = query_int(q, 6) - TONE_MARGIN_US,
		.last_us = query_int(q, 6) + query_int(q, 7) + TONE_MARGIN_US,
	};
	return (ip_addr_parse(query_text(q, 1), &t->src.addr) &&
	        ip_addr_parse(query_text(q, 3), &t->dst.addr)) ||
	       odd_record("stream", query_int(q, 0), err);
}

/* What each method gave away: the payload types of events, the times of tones. */
static bool load_digits(struct export_records *e, struct records *r, int64_t call_id,
                        struct err *err)
{
	struct query *q = rows_query(
	        r,
	        "SELECT s.id, s.src_addr, s.src_port, s.dst_addr, s.dst_port, s.ssrc, d.time_us, "
	        "CAST(coalesce(d.duration_ms, 0) * 1000 AS INTEGER), d.payload_type FROM dtmf d "
	        "JOIN streams s ON s.id = d.stream_id WHERE d.call_id = ?1 ORDER BY d.id",
	        call_id, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err)) {
		unsigned type = (unsigned)query_int(q, 8) & 127;
		if (query_is_null(q, 8))
			ok = add_tone(e, q, err);
		else
			e->job.event_types[type >> 6] |= UINT64_C(1) << (type & 63);
	}
	query_free(q);
	return ok && err->code == ERR_NONE;
}

bool export_records_mask(struct export_records *e, struct records *r, int64_t call_id,
                         enum masking masking, struct err *err)
{
	if (!recorded_masking(r, masking, &e->job.mask, err))
		return false;
	if (!e->job.mask)
		return true;
	bool ok = load_digits(e, r, call_id, err);
	e->job.tones = e->tones;
	return ok;
}

/* --- captures -------------------------------------------------------------------------------------------------- */

static bool is_of_its_time(const struct export_records *e, const struct recorded_capture *f)
{
	const int64_t margin = EXPORT_PARTS_MARGIN_S * NS_PER_S / NS_PER_US;

	return f->first_us != RECORD_NULL && e->first_us != RECORD_NULL &&
	       f->first_us <= e->last_us + margin && f->last_us >= e->first_us - margin;
}

/* Only files of the call's time are read, and have to be there; fragments and segments may lie in the one before. */
static bool keep_needed(struct export_records *e, struct err *err)
{
	size_t count = e->captures.count;
	uint32_t *place = mem_zalloc((count + 1) * sizeof *place);

	e->files = mem_alloc((count + 1) * sizeof *e->files);
	if (!place || !e->files) {
		mem_free(place);
		return err_memory(err, "the captures of a call");
	}
	for (size_t i = 0; i < e->job.message_count; i++)
		place[e->messages[i].file] = 1;
	bool ok = true;
	for (size_t i = 0; i < count && ok; i++) {
		const struct recorded_capture *f = &e->captures.files[i];
		if (!place[i] && !is_of_its_time(e, f))
			continue;
		ok = recorded_file_is_there(f, err);
		place[i] = (uint32_t)e->job.file_count;
		e->files[e->job.file_count++] = *f;
	}
	for (size_t i = 0; i < e->job.message_count; i++)
		e->messages[i].file = place[e->messages[i].file];
	mem_free(place);
	return ok;
}

static bool finish(struct export_records *e, struct err *err)
{
	if (!keep_needed(e, err))
		return false;
	e->job.files = e->files;
	e->job.messages = e->messages;
	e->job.streams = e->streams;
	return e->job.file_count > 0 || err_set(err, ERR_FORMAT, "no packets of it are recorded");
}

bool export_records_load_calls(struct export_records *e, struct records *r, const int64_t *call_ids,
                               size_t count, const char *directory, bool media, struct err *err)
{
	*e = (struct export_records){ .first_us = RECORD_NULL, .last_us = RECORD_NULL };
	bool ok = recorded_files_load(&e->captures, r, directory, err);

	for (size_t i = 0; i < count && ok; i++)
		ok = load_messages(e, r, call_ids[i], err) &&
		     (!media || load_streams(e, r, call_ids[i], err));
	return ok && finish(e, err);
}

bool export_records_load(struct export_records *e, struct records *r, int64_t call_id,
                         const char *directory, bool media, struct err *err)
{
	return export_records_load_calls(e, r, &call_id, 1, directory, media, err);
}

static bool keep_streams(struct export_records *e, const struct export_stream *streams,
                         size_t count, struct err *err)
{
	e->streams = mem_alloc((count + 1) * sizeof *e->streams);
	if (!e->streams)
		return err_memory(err, "the streams of a call");
	for (size_t i = 0; i < count; i++) {
		e->streams[i] = streams[i];
		note_time(e, streams[i].first_us);
		note_time(e, streams[i].last_us);
	}
	e->job.stream_count = count;
	return true;
}

bool export_records_load_some(struct export_records *e, struct records *r, const int64_t *call_ids,
                              size_t calls, const char *directory,
                              const struct export_stream *streams, size_t count, struct err *err)
{
	*e = (struct export_records){ .first_us = RECORD_NULL, .last_us = RECORD_NULL };
	bool ok = recorded_files_load(&e->captures, r, directory, err);

	for (size_t i = 0; ok && i < calls; i++)
		ok = load_messages(e, r, call_ids[i], err);
	return ok && keep_streams(e, streams, count, err) && finish(e, err);
}

bool export_records_load_streams(struct export_records *e, struct records *r, int64_t call_id,
                                 const char *directory, const struct export_stream *streams,
                                 size_t count, struct err *err)
{
	return export_records_load_some(e, r, &call_id, call_id != RECORD_NULL, directory, streams,
	                                count, err);
}

void export_records_release(struct export_records *e)
{
	recorded_files_release(&e->captures);
	mem_free(e->files);
	mem_free(e->messages);
	mem_free(e->streams);
	mem_free(e->tones);
}
