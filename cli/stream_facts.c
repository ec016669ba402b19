#include "cli/stream_facts.h"

#include "analyzer/score/rescore.h"
#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char facts_sql[] =
        "SELECT s.id, s.call_id, s.direction, s.src_addr || ' port ' || s.src_port, "
        "s.dst_addr || ' port ' || s.dst_port, s.codec, s.clock_hz, s.ptime_ms, s.packets, "
        "s.expected, s.lost, s.late, s.bytes, s.burst_r, s.r_factor, s.mos_lq, s.mos_cq, "
        "s.mos_estimated, s.delay_ms, s.delay_source, r.jitter_buffer, e.trace, "
        "coalesce(e.complete, 1) FROM streams s JOIN runs r ON r.id = s.run_id "
        "LEFT JOIN stream_events e ON e.stream_id = s.id WHERE s.r_factor IS NOT NULL "
        "AND (?1 IS NULL OR s.id = ?1) AND (?2 IS NULL OR s.call_id = ?2) ORDER BY s.id";

enum {
	ID,
	CALL_ID,
	DIRECTION,
	SRC,
	DST,
	CODEC,
	CLOCK_HZ,
	PTIME_MS,
	PACKETS,
	EXPECTED,
	LOST,
	LATE,
	BYTES,
	BURST_R,
	R_FACTOR,
	MOS_LQ,
	MOS_CQ,
	ESTIMATED,
	DELAY_MS,
	DELAY_SOURCE,
	BUFFER,
	TRACE,
	COMPLETE
};

static int64_t count_of(struct query *q, int column)
{
	return query_is_null(q, column) ? 0 : query_int(q, column);
}

static void read_row(struct query *q, struct stream_facts *f)
{
	*f = (struct stream_facts){
		.id = query_int(q, ID),
		.call_id = query_int(q, CALL_ID),
		.direction = query_text(q, DIRECTION),
		.src = query_text(q, SRC),
		.dst = query_text(q, DST),
		.codec_name = query_text(q, CODEC),
		.ptime_ms = query_real(q, PTIME_MS),
		.packets = count_of(q, PACKETS),
		.expected = count_of(q, EXPECTED),
		.lost = count_of(q, LOST),
		.late = count_of(q, LATE),
		.burst_r = query_real(q, BURST_R),
		.r_factor = query_real(q, R_FACTOR),
		.mos_lq = query_real(q, MOS_LQ),
		.mos_cq = query_real(q, MOS_CQ),
		.estimated = count_of(q, ESTIMATED) != 0,
		.delay_ms = query_real(q, DELAY_MS),
		.delay_source = query_text(q, DELAY_SOURCE),
		.buffer_name = query_text(q, BUFFER),
		.trace = query_octets(q, TRACE),
		.complete = query_int(q, COMPLETE) != 0,
	};
	f->kbps = codec_kbps(count_of(q, BYTES), f->packets, f->ptime_ms);
	f->codec = codec_by_name(f->codec_name, (uint32_t)count_of(q, CLOCK_HZ));
	if (!buffer_setting_parse(f->buffer_name, &f->buffer))
		f->buffer = (struct buffer_setting){ 0 };
}

static void take_mode(struct stream_facts *f, struct slice name, int64_t frames)
{
	for (unsigned i = 0; i < CODEC_MODES; i++) {
		const struct codec_mode *m = codec_mode(f->codec, i);
		if (m && slice_eq_str(name, m->name) && frames > 0)
			f->use.frames[i] = (uint64_t)frames;
	}
}

static bool read_modes(struct records *r, struct stream_facts *f, struct err *err)
{
	if (!codec_mode(f->codec, 0))
		return true;
	struct query *q = rows_query(
	        r, "SELECT mode, frames FROM stream_modes WHERE stream_id = ?1", f->id, err);
	if (!q)
		return false;
	while (query_step(q, err)) {
		f->has_use = true;
		take_mode(f, query_text(q, 0), query_int(q, 1));
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static bool complete_facts(struct records *r, struct stream_facts *f, struct err *err)
{
	struct rescored again;

	if (!read_modes(r, f, err))
		return false;
	f->sent = codec_as_sent(f->codec, f->has_use ? &f->use : NULL, f->kbps,
	                        f->lost + f->late > 0);
	if (!rescore(f->trace, (uint64_t)f->expected, f->buffer, &again, err))
		return false;
	f->buffer_ms = again.depth_ms;
	f->bursts = burst_gaps(&again.burst);
	f->bursts_a2 = burst_gaps_a2(&again.burst);
	return true;
}

bool stream_facts_each(struct records *r, int64_t stream_id, int64_t call_id,
                       stream_facts_taker *take, void *context, uint64_t *count, struct err *err)
{
	struct query *q = query_new(r, err, facts_sql);
	struct stream_facts f;
	bool ok = q != NULL;

	*count = 0;
	if (!q)
		return false;
	query_bind_int(q, 1, stream_id);
	query_bind_int(q, 2, call_id);
	while (ok && query_step(q, err)) {
		read_row(q, &f);
		if (!f.codec || !f.codec->scored)
			continue; /* by tables that knew another codec */
		ok = complete_facts(r, &f, err) && take(context, &f, err);
		++*count;
	}
	query_free(q);
	return ok && err->code == ERR_NONE;
}

struct score_input stream_facts_input(const struct stream_facts *f)
{
	return (struct score_input){
		.codec = f->sent,
		.expected = (uint64_t)f->expected,
		.lost = (uint64_t)f->lost,
		.late = (uint64_t)f->late,
		.burst_r = f->burst_r,
		.delay_ms = f->delay_ms,
	};
}

double stream_facts_packet_ms(const struct stream_facts *f, const struct codec *codec)
{
	return (isnan(f->ptime_ms) ? codec->frame_ms : f->ptime_ms) + codec->lookahead_ms;
}

bool stream_facts_number(const char *text, int64_t *id)
{
	static const struct slice prefix = SLICE_LIT("stream:");
	struct slice s = slice_str(text);
	uint64_t number;

	if (slice_eq(slice_sub(s, 0, prefix.n), prefix))
		s = slice_from(s, prefix.n);
	if (!slice_u64(s, INT64_MAX, &number))
		return false;
	*id = (int64_t)number;
	return true;
}

bool stream_facts_missing(struct records *r, int64_t stream_id, struct err *err)
{
	int64_t found;

	if (!rows_int(r, "SELECT id FROM streams WHERE id = ?1", stream_id, &found, err))
		return false;
	if (found == RECORD_NULL)
		return err_set(err, ERR_USAGE,
		               "no stream %" PRId64 "; 'milliwatt show' lists those of a call",
		               stream_id);
	return err_set(err, ERR_USAGE,
	               "stream %" PRId64 " has no score: nobody has rated its codec, or it is too "
	               "short",
	               stream_id);
}
