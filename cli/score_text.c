#include "cli/score_text.h"

#include "reports/records/store.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <stdio.h>

#define LABEL  "  %-16s "
#define COLUMN 22

/* ---- text ---- */

static void add_pair(struct text *out, const char *label, int decimals, const char *unit,
                     double before, double after)
{
	text_addf(out, LABEL, label);
	size_t start = out->n;
	text_addf(out, "%.*f%s", decimals, before, unit);
	rows_pad(out, start, COLUMN);
	text_addf(out, "%.*f%s\n", decimals, after, unit);
}

static void add_words(struct text *out, const char *label, const char *before, const char *after)
{
	text_addf(out, LABEL, label);
	size_t start = out->n;
	text_addf(out, "%s", before);
	rows_pad(out, start, COLUMN);
	text_addf(out, "%s\n", after);
}

static double bursts_of(const struct what_if_side *s)
{
	return (double)s->bursts.bursts;
}

static void add_score(const struct score *b, const struct score *a, struct text *out)
{
	add_pair(out, "Ppl", 3, " %", b->ppl, a->ppl);
	add_pair(out, "BurstR", 3, "", b->burst_r, a->burst_r);
	add_pair(out, "Ie,eff", 2, "", b->ie_eff, a->ie_eff);
	add_pair(out, "Idd", 2, "", b->idd, a->idd);
	add_pair(out, "R listening", 2, "", b->r_lq, a->r_lq);
	add_pair(out, "MOS-LQ", 3, "", b->mos_lq, a->mos_lq);
	add_pair(out, "MOS-CQ", 3, "", b->mos_cq, a->mos_cq);
}

void score_text_stream(const struct stream_facts *f, const struct what_if_result *r,
                       struct text *out)
{
	const struct what_if_side *b = &r->before, *a = &r->after;
	char before[BUFFER_SETTING_NAME], after[BUFFER_SETTING_NAME];

	text_addf(out, "Stream %" PRId64, f->id);
	if (f->call_id != RECORD_NULL)
		text_addf(out, " of call %" PRId64 ", %.*s", f->call_id, SLICE_ARG(f->direction));
	text_addf(out, ": %s, %.*s -> %.*s\n", f->codec->name, SLICE_ARG(f->src),
	          SLICE_ARG(f->dst));
	add_words(out, "", "as recorded", "what if");
	add_words(out, "codec", b->in.codec.name, a->in.codec.name);
	add_words(out, "scale", mos_scale_name(b->in.codec.scale),
	          mos_scale_name(a->in.codec.scale));
	add_pair(out, "Ie", 2, "", b->in.codec.ie, a->in.codec.ie);
	add_pair(out, "Bpl", 2, "", b->in.codec.bpl, a->in.codec.bpl);
	add_words(out, "jitter buffer", buffer_setting_name(b->buffer, before),
	          buffer_setting_name(a->buffer, after));
	add_pair(out, "expected", 0, "", (double)b->in.expected, (double)a->in.expected);
	add_pair(out, "lost", 0, "", (double)b->in.lost, (double)a->in.lost);
	add_pair(out, "late", 0, "", (double)b->in.late, (double)a->in.late);
	add_pair(out, "bursts", 0, "", bursts_of(b), bursts_of(a));
	add_pair(out, "delay", 1, " ms", b->in.delay_ms, a->in.delay_ms);
	add_score(&b->score, &a->score, out);
	if (!r->exact)
		text_addf(out,
		          "  Approximate: the record does not keep every packet that this buffer "
		          "may have thrown away.\n");
}

void score_text_summary(const struct score_summary *s, struct text *out)
{
	double n = s->streams ? (double)s->streams : 1;
	char label[32];

	text_addf(out, "%" PRIu64 " streams of %" PRIu64 " calls\n", s->streams, s->calls);
	add_words(out, "", "as recorded", "what if");
	snprintf(label, sizeof label, "calls below %g", s->threshold);
	add_pair(out, label, 0, "", (double)s->below_before, (double)s->below_after);
	add_pair(out, "mean MOS-CQ", 3, "", s->mos_before / n, s->mos_after / n);
	text_addf(out, "  A call is as good as its worst stream's MOS-LQ.\n");
	if (s->inexact)
		text_addf(out,
		          "  Approximate for %" PRIu64 " streams: their records do not keep every "
		          "packet that this buffer may have thrown away.\n",
		          s->inexact);
}

/* ---- JSON ---- */

static void add_number(struct text *out, const char *key, double value)
{
	text_addf(out, ", \"%s\": ", key);
	rows_add_json_real(out, value);
}

static void add_side(struct text *out, const char *name, const struct what_if_side *s)
{
	char buffer[BUFFER_SETTING_NAME];

	text_addf(out,
	          ", \"%s\": {\"codec\": \"%s\", \"scale\": \"%s\", \"jitter_buffer\": \"%s\", "
	          "\"expected\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"late\": %" PRIu64
	          ", \"bursts\": %" PRIu64,
	          name, s->in.codec.name, mos_scale_name(s->in.codec.scale),
	          buffer_setting_name(s->buffer, buffer), s->in.expected, s->in.lost, s->in.late,
	          s->bursts.bursts);
	add_number(out, "ie", s->in.codec.ie);
	add_number(out, "bpl", s->in.codec.bpl);
	add_number(out, "ppl", s->score.ppl);
	add_number(out, "burst_r", s->score.burst_r);
	add_number(out, "ie_eff", s->score.ie_eff);
	add_number(out, "idd", s->score.idd);
	add_number(out, "delay_ms", s->in.delay_ms);
	add_number(out, "r_factor", s->score.r_lq);
	add_number(out, "mos_lq", s->score.mos_lq);
	add_number(out, "mos_cq", s->score.mos_cq);
	text_addf(out, "}");
}

void score_json_stream(const struct stream_facts *f, const struct what_if_result *r,
                       struct text *out)
{
	text_addf(out, "{\"stream_id\": %" PRId64, f->id);
	if (f->call_id != RECORD_NULL)
		text_addf(out, ", \"call_id\": %" PRId64, f->call_id);
	text_addf(out, ", \"exact\": %s", r->exact ? "true" : "false");
	add_side(out, "before", &r->before);
	add_side(out, "after", &r->after);
	text_addf(out, "}");
}

void score_json_summary(const struct score_summary *s, struct text *out)
{
	double n = s->streams ? (double)s->streams : 1;

	text_addf(out,
	          "{\"streams\": %" PRIu64 ", \"calls\": %" PRIu64 ", \"approximate\": %" PRIu64
	          ", \"below_before\": %" PRIu64 ", \"below_after\": %" PRIu64,
	          s->streams, s->calls, s->inexact, s->below_before, s->below_after);
	add_number(out, "threshold", s->threshold);
	add_number(out, "mean_mos_cq_before", s->mos_before / n);
	add_number(out, "mean_mos_cq_after", s->mos_after / n);
	text_addf(out, "}\n");
}
