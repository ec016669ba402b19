#include "cli/score_points.h"

#include "analyzer/score/emodel.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>

/* G.711 whose receiver plays silence for what is missing, G.113 App. I. */
#define BPL_NO_PLC 4.3

static const char *full_scale(const struct codec *c)
{
	return c->scale == MOS_FB ? "132" : "95";
}

static bool is_g711(const struct codec *c)
{
	return slice_ieq_str(slice_str(c->name), "PCMU") ||
	       slice_ieq_str(slice_str(c->name), "PCMA");
}

/* ---- text ---- */

/* Points as a walk down from R to R: each line prints the difference of two rounded values, so that what is printed adds up. */
struct walk {
	struct text *out;
	double r; /* not rounded */
};

static double rounded(double r)
{
	return round(r * 100) / 100;
}

static void begin(struct walk *w, double r, const char *what)
{
	w->r = r;
	text_addf(w->out, "  %8.2f  %s\n", rounded(r), what);
}

static bool has_points(double points)
{
	return fabs(points) >= 1e-9;
}

/* The line is begun; the caller says what it was and ends it. */
static void lose(struct walk *w, double points)
{
	double before = rounded(w->r);

	w->r -= points;
	text_addf(w->out, "  %+8.2f  ", rounded(w->r) - before);
}

static void add_codec(struct walk *w, const struct stream_facts *f, const struct score *s)
{
	lose(w, s->codec);
	text_addf(w->out, "codec: Ie of %s", f->codec->name);
	if (f->has_use) {
		const char *apart = " (speech frames: ";
		for (unsigned i = 0; i < CODEC_MODES; i++) {
			const struct codec_mode *m = codec_mode(f->codec, i);
			if (!m || !f->use.frames[i])
				continue;
			text_addf(w->out, "%s%" PRIu64 " at %s kbit/s, Ie %g", apart,
			          f->use.frames[i], m->name, m->ie);
			apart = "; ";
		}
		text_addf(w->out, "%s", *apart == ';' ? ")" : "");
	}
	text_addf(w->out, ". %s\n", f->codec->source);
}

static void add_loss(struct walk *w, const struct stream_facts *f, const struct score *s)
{
	const struct codec *c = &f->sent;
	double lost = 100.0 * (double)f->lost / (double)f->expected;

	if (has_points(s->random_loss)) {
		lose(w, s->random_loss);
		text_addf(w->out,
		          "loss: %" PRId64 " of %" PRId64
		          " packets never came, %.3f %%: (%s - %.4g) * %.3f / (%.3f + Bpl %.4g)\n",
		          f->lost, f->expected, lost, full_scale(c), c->ie, lost, lost, c->bpl);
	}
	if (has_points(s->late)) {
		lose(w, s->late);
		text_addf(w->out,
		          "late: %" PRId64 " came too late for the jitter buffer %.*s, together "
		          "%.3f %%: the same with %.3f for %.3f\n",
		          f->late, SLICE_ARG(f->buffer_name), s->ppl, s->ppl, lost);
	}
	if (has_points(s->bursts)) {
		lose(w, s->bursts);
		text_addf(w->out,
		          "bursts: they came in runs, BurstR %.3f: Ppl / BurstR in the "
		          "denominator, %.3f / %.3f + %.4g\n",
		          s->burst_r, s->ppl, s->burst_r, c->bpl);
	}
	if (has_points(s->below_zero)) {
		lose(w, -s->below_zero);
		text_addf(w->out, "R ends at 0\n");
	}
}

static void add_delay(struct walk *w, const struct stream_facts *f, const struct score *s)
{
	double packet = stream_facts_packet_ms(f, f->codec);
	double network = f->delay_ms - f->buffer_ms - packet;

	lose(w, s->delay);
	text_addf(w->out, "delay: Idd of %.1f ms one way", f->delay_ms);
	if (slice_eq_str(f->delay_source, "xr"))
		text_addf(w->out, ", as the receiver reports it (RTCP XR)\n");
	else
		text_addf(w->out,
		          " = network %.1f (%.*s) + buffer %.1f + packet and look-ahead %.1f\n",
		          network, SLICE_ARG(f->delay_source), f->buffer_ms, packet);
}

static void add_burst_line(struct text *out, const char *label, const struct burst_gap *g,
                           double ptime_ms)
{
	text_addf(out,
	          "  %-10s %" PRIu64
	          " bursts, density %.3f, mean %.0f ms; gaps: density %.4f, mean "
	          "%.0f ms\n",
	          label, g->bursts, g->burst_density, g->burst_packets * ptime_ms, g->gap_density,
	          g->gap_packets * ptime_ms);
}

static void add_bursts(const struct stream_facts *f, struct text *out)
{
	if (!(f->lost + f->late) || isnan(f->ptime_ms))
		return;
	text_addf(out, "\nBursts and gaps (RFC 3611, Gmin %d)\n", BURST_GMIN);
	add_burst_line(out, "measured", &f->bursts, f->ptime_ms);
	add_burst_line(out, "XR sender", &f->bursts_a2, f->ptime_ms);
}

static double without_plc(const struct stream_facts *f)
{
	struct score_input in = stream_facts_input(f);
	struct score s;

	in.codec.bpl = BPL_NO_PLC;
	score_of(&in, &s);
	return s.r_lq;
}

static void add_assumptions(const struct stream_facts *f, struct text *out)
{
	text_addf(out, "\nWhat it rests on\n");
	text_addf(out,
	          "  buffer     %.*s is what we assume of the receiver; 'milliwatt score' tries "
	          "another one\n",
	          SLICE_ARG(f->buffer_name));
	if (slice_eq_str(f->delay_source, "assumed"))
		text_addf(out, "  delay      nothing tells the network's share: a lower bound\n");
	if (slice_eq_str(f->delay_source, "configured"))
		text_addf(out, "  delay      the network's share was given with --delay\n");
	if (is_g711(f->codec) && f->lost + f->late)
		text_addf(
		        out,
		        "  loss       the receiver conceals it (G.711 App. I); if it plays silence "
		        "(Bpl %g), R is %.2f\n",
		        BPL_NO_PLC, without_plc(f));
	if (f->estimated)
		text_addf(out,
		          "  codec      estimated: ITU-T has no value, or the packets do not tell "
		          "the bit rate it is of\n");
	if (!f->complete)
		text_addf(out,
		          "  trace      there was too much to keep: bursts are of its beginning\n");
}

/* The tables may have changed since. */
static void add_difference(const struct stream_facts *f, const struct score *s, struct text *out)
{
	if (fabs(s->r_lq - f->r_factor) < 1e-6)
		return;
	text_addf(out,
	          "\nThe record says R %.2f: it was made with other tables. What is above is by "
	          "these.\n",
	          f->r_factor);
}

void score_points_text(const struct stream_facts *f, struct text *out)
{
	struct score_input in = stream_facts_input(f);
	struct walk w = { .out = out };
	struct score s;

	score_of(&in, &s);
	text_addf(out, "Stream %" PRId64, f->id);
	if (f->call_id != RECORD_NULL)
		text_addf(out, " of call %" PRId64 ", %.*s", f->call_id, SLICE_ARG(f->direction));
	text_addf(out, ": %s, %.*s -> %.*s\n\nWhere the points went (scale %s)\n", f->codec->name,
	          SLICE_ARG(f->src), SLICE_ARG(f->dst), mos_scale_name(f->codec->scale));
	begin(&w, s.clean, "R of a connection that nothing impairs");
	add_codec(&w, f, &s);
	add_loss(&w, f, &s);
	text_addf(out, "  %8.2f  R as listened to, MOS-LQ %.3f\n", rounded(w.r), s.mos_lq);
	add_delay(&w, f, &s);
	text_addf(out, "  %8.2f  R as talked over, MOS-CQ %.3f\n", rounded(w.r), s.mos_cq);
	add_bursts(f, out);
	add_assumptions(f, out);
	add_difference(f, &s, out);
}

/* ---- JSON ---- */

static void add_number(struct text *out, const char *key, double value)
{
	text_addf(out, ", \"%s\": ", key);
	rows_add_json_real(out, value);
}

static void add_string(struct text *out, const char *key, struct slice value)
{
	text_addf(out, ", \"%s\": \"", key);
	text_add_json(out, value);
	text_addf(out, "\"");
}

static void add_item(struct text *out, bool first, const char *name, double points)
{
	text_addf(out, "%s\n\t\t{\"item\": \"%s\"", first ? "" : ",", name);
	add_number(out, "points", points == 0 ? 0 : points); /* no -0 */
	text_addf(out, "}");
}

static void add_json_bursts(struct text *out, const char *key, const struct burst_gap *g,
                            double ptime_ms)
{
	text_addf(out, ",\n\t\"%s\": {\"bursts\": %" PRIu64, key, g->bursts);
	add_number(out, "burst_density", g->burst_density);
	add_number(out, "burst_ms", g->burst_packets * ptime_ms);
	add_number(out, "gap_density", g->gap_density);
	add_number(out, "gap_ms", g->gap_packets * ptime_ms);
	text_addf(out, "}");
}

static void add_json_inputs(const struct stream_facts *f, const struct score *s, struct text *out)
{
	text_addf(out,
	          ",\n\t\"inputs\": {\"expected\": %" PRId64 ", \"lost\": %" PRId64
	          ", \"late\": %" PRId64,
	          f->expected, f->lost, f->late);
	add_string(out, "jitter_buffer", f->buffer_name);
	add_number(out, "ppl", s->ppl);
	add_number(out, "burst_r", f->burst_r);
	add_number(out, "burst_r_used", s->burst_r);
	add_number(out, "ie", f->sent.ie);
	add_number(out, "bpl", f->sent.bpl);
	add_string(out, "source", slice_str(f->codec->source));
	text_addf(out, ", \"estimated\": %s", f->estimated ? "true" : "false");
	add_number(out, "delay_ms", f->delay_ms);
	add_string(out, "delay_source", f->delay_source);
	add_number(out, "buffer_ms", f->buffer_ms);
	text_addf(out, "}");
}

void score_points_json(const struct stream_facts *f, struct text *out)
{
	struct score_input in = stream_facts_input(f);
	struct score s;

	score_of(&in, &s);
	text_addf(out, "{\n\t\"stream_id\": %" PRId64, f->id);
	if (f->call_id != RECORD_NULL)
		text_addf(out, ", \"call_id\": %" PRId64, f->call_id);
	add_string(out, "codec", slice_str(f->codec->name));
	add_string(out, "scale", slice_str(mos_scale_name(f->codec->scale)));
	text_addf(out, ",\n\t\"points\": [");
	add_item(out, true, "clean", s.clean);
	add_item(out, false, "codec", -s.codec);
	add_item(out, false, "loss", -s.random_loss);
	add_item(out, false, "late", -s.late);
	add_item(out, false, "bursts", -s.bursts);
	add_item(out, false, "below_zero", s.below_zero);
	text_addf(out, "\n\t]");
	add_number(out, "r_factor", s.r_lq);
	add_number(out, "mos_lq", s.mos_lq);
	add_number(out, "delay_points", s.delay > 0 ? -s.delay : 0);
	add_number(out, "r_cq", s.r_cq);
	add_number(out, "mos_cq", s.mos_cq);
	add_json_inputs(f, &s, out);
	add_json_bursts(out, "bursts", &f->bursts, f->ptime_ms);
	add_json_bursts(out, "bursts_rfc3611_a2", &f->bursts_a2, f->ptime_ms);
	text_addf(out, "\n}\n");
}
