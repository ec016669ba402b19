#include "analyzer/findings/quality.h"

#include "analyzer/streams/stream.h"
#include "base/mem.h"

#include <math.h>

static void read_settings(struct quality *q)
{
	const struct draft *d = &q->draft;

	q->set = (struct quality_settings){
		.packets = (uint64_t)draft_number(d, RULE_B1, "packets"),
		.loss = draft_number(d, RULE_B1, "loss"),
		.bad_loss = draft_number(d, RULE_B1, "bad"),
		.burst_r = draft_number(d, RULE_B1, "burst-r"),
		.least_lost = draft_number(d, RULE_B1, "least"),
		.run_packets = draft_number(d, RULE_B2, "run"),
		.run_ms = draft_number(d, RULE_B2, "length"),
		.late = draft_number(d, RULE_B3, "late"),
		.late_second = draft_number(d, RULE_B3, "second"),
		.repeats = draft_number(d, RULE_B4, "repeats"),
		.shortest_s = draft_number(d, RULE_B4, "shortest"),
		.longest_s = draft_number(d, RULE_B4, "longest"),
		.tolerance = draft_number(d, RULE_B4, "tolerance"),
		.skew_ppm = draft_number(d, RULE_B5, "ppm"),
		.residual_ms = draft_number(d, RULE_B5, "residual"),
		.increment = draft_number(d, RULE_B6, "factor"),
		.reordered = draft_number(d, RULE_B7, "reordered"),
		.copies = draft_number(d, RULE_B8, "copies"),
		.grouped = draft_number(d, RULE_B9, "grouped"),
		.silent = draft_number(d, RULE_B10, "silent"),
		.noise_packets = draft_number(d, RULE_B11, "packets"),
		.marks = rules_list(findings_rules(d->home), RULE_B12, "marks"),
		.always_mark = draft_number(d, RULE_B12, "always") > 0,
		.long_ms = draft_number(d, RULE_B13, "long"),
		.very_long_ms = draft_number(d, RULE_B13, "very-long"),
		.buffer_ms = draft_number(d, RULE_B13, "buffer"),
		.reports = (uint64_t)draft_number(d, RULE_B14, "reports"),
		.much_loss = draft_number(d, RULE_B14, "much"),
		.little_loss = draft_number(d, RULE_B14, "little"),
		.short_ptime_ms = draft_number(d, RULE_B15, "ptime"),
	};
}

struct quality *quality_new(struct findings *f)
{
	struct quality *q = mem_zalloc(sizeof *q);

	if (!q) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&q->draft, f);
	lru_init(&q->unmarked, QUALITY_MAX_SOURCES);
	read_settings(q);
	return q;
}

void quality_free(struct quality *q)
{
	if (!q)
		return;
	lru_release(&q->unmarked);
	mem_free(q->clocks);
	draft_release(&q->draft);
	mem_free(q);
}

/* --- what the files share --------------------------------------------------------------------------------------------- */

double quality_ptime_ms(const struct stream *st)
{
	uint32_t clock_hz = stream_clock_hz(st);

	return clock_hz && st->step_ticks ? st->step_ticks * 1e3 / clock_hz : (double)NAN;
}

static void say_end(struct text *t, struct endpoint e, bool with_port)
{
	if (with_port)
		text_add_endpoint(t, e);
	else
		text_add_address(t, e.addr);
}

void quality_say_way(struct text *t, const struct stream *st, bool ports)
{
	text_addf(t, " from ");
	say_end(t, (struct endpoint){ st->key.src, st->key.sport }, ports);
	text_addf(t, " to ");
	say_end(t, (struct endpoint){ st->key.dst, st->key.dport }, ports);
}

struct sighting quality_hole(const struct stream *st)
{
	const struct bad_moments *m = st->cold->moments;

	if (!m || m->missing != st->seq.burst.longest_lost)
		return (struct sighting){ 0 };
	return (struct sighting){ m->hole.capture_id, m->hole.frame, m->hole.time_ns };
}

bool quality_tell(struct quality *q, const struct stream *st, enum rule_id rule, struct sighting at)
{
	struct draft *d = &q->draft;

	if (sighting_is_set(at))
		evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){
	                            .rule = rule,
	                            .call_id = st->media ? st->media->call_id : 0,
	                            .dialog_id = st->media ? st->cold->dialog_id : 0,
	                            .stream_id = st->cold->id,
	                            .first = at,
	                            .last = at,
	                    });
}

/* --- who is told what --------------------------------------------------------------------------------------------------- */

bool quality_media(struct quality *q, const struct leg *leg)
{
	return quality_delay(q, leg);
}

static bool is_audio(const struct stream *st)
{
	const struct stream_cold *cold = st->cold;

	return !cold->is_video && cold->format_count &&
	       stream_format(st, cold->audio)->role == PAYLOAD_ROLE_AUDIO;
}

bool quality_stream(struct quality *q, const struct stream *st)
{
	if (!quality_disagreement(q, st))
		return false;
	if (!is_audio(st) || seq_expected(&st->seq) < q->set.packets)
		return true;
	return quality_random_loss(q, st) && quality_loss_burst(q, st) && quality_order(q, st) &&
	       quality_copies(q, st) && quality_jitter(q, st) && quality_period(q, st) &&
	       quality_groups(q, st) && quality_increment(q, st) && quality_silence(q, st) &&
	       quality_noise(q, st) && quality_overhead(q, st) && quality_clock(q, st) &&
	       quality_marking(q, st);
}

bool quality_finish(struct quality *q)
{
	return quality_clocks_finish(q) && quality_marking_finish(q);
}
