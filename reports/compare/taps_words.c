#include "reports/compare/taps_words.h"

#include "base/clock.h"
#include "reports/rows.h"

#include <inttypes.h>

const char *taps_way_text(enum tap_way way)
{
	return way == WAY_A_TO_B ? "A -> B" : "B -> A";
}

char taps_first(enum tap_way way)
{
	return way == WAY_A_TO_B ? 'A' : 'B';
}

char taps_second(enum tap_way way)
{
	return way == WAY_A_TO_B ? 'B' : 'A';
}

void taps_add_kind(struct text *out, const struct taps_kind *kind)
{
	if (kind->status == RECORD_NULL)
		text_add(out, kind->method);
	else
		text_addf(out, "%" PRId64 " (%.*s)", kind->status, SLICE_ARG(kind->method));
}

void taps_add_parties(struct text *out, const struct taps *t, uint32_t call)
{
	const struct tap_call *c = &t->side[TAP_A].calls[call];

	text_add(out, c->caller.n ? c->caller : SLICE_LIT("?"));
	text_addf(out, " -> ");
	text_add(out, c->callee.n ? c->callee : SLICE_LIT("?"));
}

static void add_endpoint(struct text *out, struct slice address, int64_t port)
{
	bool v6 = slice_find(address, ':') != SLICE_NPOS;

	text_addf(out, v6 ? "[%.*s]:%" PRId64 : "%.*s:%" PRId64, SLICE_ARG(address), port);
}

void taps_add_endpoints(struct text *out, const struct tap_stream *s)
{
	add_endpoint(out, s->src_addr, s->src_port);
	text_addf(out, " -> ");
	add_endpoint(out, s->dst_addr, s->dst_port);
}

static double share(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : NAN;
}

double taps_flow_loss(const struct taps_flow *f)
{
	return share(f->lost_between, f->first);
}

double taps_pair_loss(const struct taps_pair *p)
{
	return share(p->lost_between, p->first);
}

int64_t taps_messages_lost(const struct taps *t, enum tap_way way)
{
	int64_t lost = 0;

	for (unsigned i = 0; i < t->kind_count; i++)
		if (t->kinds[i].way == way && !t->kinds[i].hop)
			lost += t->kinds[i].only_first;
	return lost;
}

/* ---- the clock ---- */

static void add_offset(struct text *out, const struct taps_clock *c)
{
	if (c->offset_us == 0)
		text_addf(out, "B's clock says the same as A's");
	else
		text_addf(out, "B's clock is %.3f ms %s A's", fabs(c->offset_us) / 1e3,
		          c->offset_us > 0 ? "ahead of" : "behind");
}

static void add_drift(struct text *out, const struct taps_clock *c)
{
	if (isnan(c->drift_uncertainty_ppm))
		text_addf(out, " Whether it drifts cannot be told from so little.");
	else if (c->drift_ppm == 0)
		text_addf(out, " No drift is seen (less than %.2f ppm).",
		          c->drift_uncertainty_ppm > 0.01 ? c->drift_uncertainty_ppm : 0.01);
	else
		text_addf(out, " It %s %.2f ppm (give or take %.2f).",
		          c->drift_ppm > 0 ? "gains" : "loses", fabs(c->drift_ppm),
		          c->drift_uncertainty_ppm);
}

void taps_add_clock(struct text *out, const struct taps *t)
{
	const struct taps_clock *c = &t->clock;

	if (!c->known) {
		text_addf(out, "Nothing that both taps saw tells how far their clocks are apart.");
		return;
	}
	add_offset(out, c);
	if (!c->both_ways) {
		text_addf(out, ", if the fastest packet took no time at all: packets went one way "
		               "only.");
		add_drift(out, c);
		return;
	}
	text_addf(out, ", give or take %.3f ms (half the least round trip), at ",
	          c->uncertainty_us / 1e3);
	rows_add_time(out, (int64_t)c->at_us);
	text_addf(out, " by A's clock: by %s, if the fastest of both ways took equally long.",
	          c->by_rtp ? "RTP" : "SIP messages");
	add_drift(out, c);
	if (c->contradictory)
		text_addf(out, " By any offset some packets arrive before they were sent: a clock "
		               "was set, or these are not the same packets.");
}

void taps_add_missing_marks(struct text *out, const struct taps *t)
{
	bool a = t->side[TAP_A].marks, b = t->side[TAP_B].marks;

	if (!t->pair_count || (a && b))
		return;
	text_addf(
	        out,
	        "What RTP takes from tap to tap, and which packets exactly vanished, is not known: "
	        "%s no marks of them. Analyze %s with 'milliwatt analyze --marks', or give "
	        "the captures to 'milliwatt compare'.",
	        a || b ? (a ? "B has" : "A has") : "both databases have",
	        a || b ? "that capture again" : "both captures again");
}

size_t taps_worst(const struct taps *t, const struct taps_pair **out, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < t->pair_count; i++) {
		const struct taps_pair *p = &t->pairs[i];
		size_t at = count;
		if (p->lost_between <= 0)
			continue;
		while (at && out[at - 1]->lost_between < p->lost_between)
			at--;
		if (at == n)
			continue;
		count += count < n;
		for (size_t j = count - 1; j > at; j--)
			out[j] = out[j - 1];
		out[at] = p;
	}
	return count;
}
