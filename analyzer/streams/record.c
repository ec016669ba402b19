#include "analyzer/streams/record.h"

#include "analyzer/score/emodel.h"
#include "analyzer/score/score.h"
#include "analyzer/streams/rtcp.h"
#include "analyzer/streams/secure.h"
#include "base/duration.h"

#define EARLY_END_NS (2 * NS_PER_S)

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : NAN;
}

/* Of one packet nobody can say how the stream was. */
static bool is_judged(const struct stream *st)
{
	return st->late_known && seq_expected(&st->seq) > 1;
}

static double ptime_ms(const struct stream *st, const struct payload_format *f)
{
	if (f->role != PAYLOAD_ROLE_AUDIO || !f->clock_hz || !st->step_ticks)
		return NAN;
	return st->step_ticks * 1e3 / f->clock_hz;
}

/* With the Ie and Bpl of the bit rates that were sent. bad: packets that did not play. */
static struct codec sent_codec(const struct stream *st, const struct payload_format *f, int64_t bad)
{
	double kbps = codec_kbps((int64_t)st->octets, (int64_t)st->seq.packets, ptime_ms(st, f));

	return codec_as_sent(f->codec, st->cold->use, kbps, bad > 0);
}

/* ---- stream_intervals ---- */

static struct interval_totals totals_of(const struct stream *st)
{
	return (struct interval_totals){
		.packets = st->seq.packets,
		.late = st->late,
		.jitter_count = st->jitter.count,
		.lost = (int64_t)st->seq.lost,
		.jitter_sum_ns = st->jitter.sum_ns,
		.newest = st->seq.max,
	};
}

/* By the bit rates sent so far. */
static double interval_mos(const struct stream *st, const struct interval_row *row)
{
	const struct payload_format *f =
	        st->cold->format_count ? stream_format(st, st->cold->audio) : NULL;
	struct score score;

	if (!f || !f->codec || !f->codec->scored || !row->late_known || !is_judged(st))
		return NAN;
	score_of(&(struct score_input){ .codec = sent_codec(st, f, row->lost + (int64_t)row->late),
	                                .expected = (uint64_t)row->lost + row->packets,
	                                .lost = (uint64_t)row->lost,
	                                .late = row->late,
	                                .burst_r = 1,
	                                .delay_ms = -1 },
	         &score);
	return score.mos_lq;
}

static bool write_interval(const struct stream *st, struct analysis *a,
                           const struct interval_row *row)
{
	struct record_interval r = {
		.stream_id = st->cold->id,
		.start_us = clock_us(row->start_ns),
		.packets = (int64_t)row->packets,
		.lost = row->lost,
		.late = row->late_known ? (int64_t)row->late : RECORD_NULL,
		.jitter_ms = row->jitter_count
		                     ? row->jitter_sum_ns / (double)row->jitter_count / 1e6
		                     : NAN,
		.mos = interval_mos(st, row),
	};
	return store_interval(a->store, &r, a->err);
}

bool record_interval_turn(struct stream *st, struct analysis *a, int64_t start_ns)
{
	struct interval_totals totals = totals_of(st);
	struct interval_row full;

	if (!intervals_turn(&st->cold->intervals, &totals, st->late_known, start_ns, &full))
		return true;
	if (st->accepted)
		return write_interval(st, a, &full);
	intervals_merge_back(&st->cold->intervals, &full);
	return true;
}

bool record_intervals_finish(struct stream *st, struct analysis *a)
{
	struct interval_row row;

	if (!st->cold->intervals.begun)
		return true;
	if (!record_interval_turn(st, a, st->interval_start_ns))
		return false;
	while (intervals_take(&st->cold->intervals, &row))
		if (!write_interval(st, a, &row))
			return false;
	return true;
}

/* ---- streams ---- */

static bool ranks_before(const struct payload_format *a, const struct payload_format *b)
{
	bool a_media = a->role == PAYLOAD_ROLE_AUDIO || a->role == PAYLOAD_ROLE_VIDEO;
	bool b_media = b->role == PAYLOAD_ROLE_AUDIO || b->role == PAYLOAD_ROLE_VIDEO;

	return a_media != b_media ? a_media : a->packets > b->packets;
}

/* The one that speaks for the stream: media with most packets, else whatever there was most of. */
static const struct payload_format *dominant_format(const struct stream *st)
{
	const struct payload_format *best = stream_format(st, 0);

	for (unsigned i = 1; i < st->cold->format_count; i++)
		if (ranks_before(stream_format(st, i), best))
			best = stream_format(st, i);
	return best;
}

static void fill_timing(struct record_stream *r, const struct stream *st)
{
	const struct jitter *j = &st->jitter;

	r->max_delta_ms = st->taken > 1 ? (double)st->cold->max_delta_ns / 1e6 : NAN;
	r->jitter_max_ms = r->jitter_mean_ms = r->jitter_p95_ms = NAN;
	if (j->count) {
		r->jitter_max_ms = j->max_ns / 1e6;
		r->jitter_mean_ms = j->sum_ns / (double)j->count / 1e6;
		double p95_ms = histogram_quantile(&st->cold->jitter_us, 0.95) / 1e3;
		r->jitter_p95_ms = p95_ms < r->jitter_max_ms ? p95_ms : r->jitter_max_ms;
	}
	r->clock_skew_ppm = skew_ppm(&st->cold->skew);
	r->silence_ratio = st->step_ticks && st->ticks ? ratio(st->silent_ticks, st->ticks) : NAN;
	r->ptime_ms = NAN;
}

static void fill_delay(struct record_stream *r, struct stream *st, const struct analysis *a,
                       const struct codec *codec)
{
	double ptime = isnan(r->ptime_ms) ? codec->frame_ms : r->ptime_ms;
	double buffer_ms =
	        receiver_depth_ms(&st->cold->listener, a->media.buffer, st->buffer.pushed);

	static const struct delay none = { 0 };
	r->delay_ms = delay_ms(st->cold->rtcp ? &st->cold->rtcp->delay : &none, &a->media,
	                       buffer_ms + ptime + codec->lookahead_ms, &r->delay_source);
}

static void fill_score(struct record_stream *r, struct stream *st, const struct analysis *a,
                       const struct payload_format *f)
{
	const struct codec *codec = f->codec;

	r->r_factor = r->mos_lq = r->mos_cq = r->delay_ms = NAN;
	r->mos_estimated = RECORD_NULL;
	if (!codec || !codec->scored || f->role != PAYLOAD_ROLE_AUDIO || !is_judged(st))
		return;
	struct score_input in = {
		.codec = sent_codec(st, f, (int64_t)(st->seq.lost + st->late)),
		.expected = seq_expected(&st->seq),
		.lost = st->seq.lost,
		.late = st->late,
		.burst_r = r->burst_r,
	};
	struct score score;
	fill_delay(r, st, a, codec);
	in.delay_ms = r->delay_ms;
	score_of(&in, &score);
	r->r_factor = score.r_lq;
	r->mos_lq = score.mos_lq;
	r->mos_cq = score.mos_cq;
	r->mos_scale = slice_str(mos_scale_name(codec->scale));
	r->mos_estimated = in.codec.estimated;
}

static int64_t ended_early(const struct stream *st)
{
	if (!st->media || st->media->end_ns == TIME_NONE)
		return RECORD_NULL;
	return !st->media->held && !st->cold->superseded &&
	       duration_between(st->last_ns, st->media->end_ns) > EARLY_END_NS;
}

static void fill_counts(struct record_stream *r, const struct stream *st)
{
	uint64_t expected = seq_expected(&st->seq);

	r->packets = (int64_t)st->seq.packets;
	r->expected = (int64_t)expected;
	r->lost = (int64_t)st->seq.lost;
	r->duplicates = (int64_t)st->seq.duplicates;
	r->reordered = (int64_t)st->seq.reordered;
	r->late = st->late_known ? (int64_t)st->late : RECORD_NULL;
	r->bytes = (int64_t)st->octets;
	r->segments = st->seq.segments;
	r->ignored = (int64_t)st->seq.ignored;
	r->loss_ratio = ratio(st->seq.lost, expected);
	r->burst_r = burst_ratio(&st->seq.burst, expected);
	r->longest_loss = (int64_t)st->seq.burst.longest_lost;
}

static void fill_identity(struct record_stream *r, const struct stream *st,
                          const struct payload_format *f)
{
	r->call_id = r->dialog_id = RECORD_NULL;
	if (st->media) {
		r->call_id = st->media->call_id;
		r->dialog_id = st->cold->dialog_id;
		r->direction = st->cold->receiver == PARTY_CALLEE ? SLICE_LIT("caller_to_callee")
		                                                  : SLICE_LIT("callee_to_caller");
	}
	r->src = (struct endpoint){ st->key.src, st->key.sport };
	r->dst = (struct endpoint){ st->key.dst, st->key.dport };
	r->ssrc = st->key.ssrc;
	r->payload_type = f->payload_type;
	r->codec = format_name(f);
	r->clock_hz = f->clock_hz ? (int64_t)f->clock_hz : RECORD_NULL;
	/* Of ZRTP, or without SDP, only the packets' size tells. */
	r->encrypted = st->cold->encrypted || secure_tag_shown(st);
	r->first_us = clock_us(st->cold->first_ns);
	r->last_us = clock_us(st->last_ns);
	r->dscp = st->cold->dscp;
	r->ended_early = ended_early(st);
}

bool record_stream_row(struct stream *st, struct analysis *a)
{
	const struct payload_format *f = dominant_format(st);
	struct record_stream r = { .id = st->cold->id, .run_id = a->run_id };

	fill_identity(&r, st, f);
	fill_counts(&r, st);
	fill_timing(&r, st);
	r.ptime_ms = ptime_ms(st, f);
	fill_score(&r, st, a, f);
	if (st->media && !isnan(r.mos_lq) && !(st->media->mos_min <= r.mos_lq))
		st->media->mos_min = r.mos_lq;
	return store_stream(a->store, &r, a->err);
}

/* ---- stream_events ---- */

bool record_stream_events(const struct stream *st, struct analysis *a)
{
	const struct trace *trace = &st->cold->trace;
	struct burst_gap g = burst_gaps(&st->seq.burst);
	double ptime = ptime_ms(st, dominant_format(st));
	struct record_stream_events r = {
		.stream_id = st->cold->id,
		.bursts = (int64_t)g.bursts,
		.burst_density = g.burst_density,
		.burst_ms = g.burst_packets * ptime,
		.gap_density = g.gap_density,
		.gap_ms = g.gap_packets * ptime,
		.trace = trace->n ? slice_of(trace->octets, trace->n) : SLICE_NONE,
		.complete = !trace->full,
	};

	if (trace->failed)
		return err_memory(a->err, "what went wrong with a stream");
	if (!trace->n && !trace->full && !st->seq.burst.bad)
		return true;
	return store_stream_events(a->store, &r, a->err);
}

/* ---- stream_modes ---- */

static bool write_mode(const struct stream *st, struct analysis *a, const char *name,
                       uint64_t frames, double ie, double bpl)
{
	struct record_stream_mode r = {
		.stream_id = st->cold->id,
		.mode = slice_str(name),
		.frames = (int64_t)frames,
		.ie = ie,
		.bpl = bpl,
	};

	return !frames || store_stream_mode(a->store, &r, a->err);
}

bool record_stream_modes(const struct stream *st, struct analysis *a)
{
	const struct codec_use *use = st->cold->use;
	const struct codec *codec = dominant_format(st)->codec;

	if (!use || !codec)
		return true;
	for (unsigned i = 0; i < CODEC_MODES; i++) {
		const struct codec_mode *m = codec_mode(codec, i);
		if (m && !write_mode(st, a, m->name, use->frames[i], m->ie, m->bpl))
			return false;
	}
	return write_mode(st, a, "silence", use->silence, NAN, NAN) &&
	       write_mode(st, a, "unknown", use->unknown, NAN, NAN);
}

/* ---- stream_marks ---- */

bool record_stream_marks(struct stream *st, struct analysis *a)
{
	struct marks *m = st->cold->marks;

	if (!m)
		return true;
	if (!marks_finish(m, &st->cold->owner->mark_octets))
		return err_memory(a->err, "the marks of a stream");
	struct record_stream_marks r = {
		.stream_id = st->cold->id,
		.marks = slice_of(m->octets, m->n),
		.count = m->count,
		.complete = !m->full,
	};
	return !m->n || store_stream_marks(a->store, &r, a->err);
}
