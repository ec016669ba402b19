/* The comparison as verdicts: what may not be between two taps. */
#include "reports/compare/taps_words.h"

#include <inttypes.h>
#include <stdio.h>

static struct verdict *add(struct verdicts *v, const char *group, const char *name, bool holds)
{
	return verdicts_add(v, slice_str(group), slice_str(name),
	                    holds ? VERDICT_PASSED : VERDICT_FAILED);
}

static void skip(struct verdicts *v, const char *group, const char *name, const char *note)
{
	struct verdict *one = verdicts_add(v, slice_str(group), slice_str(name), VERDICT_SKIPPED);

	verdicts_say(v, &one->note, "%s", note);
}

/* ---- calls ---- */

static void blame_calls(struct verdicts *v, struct verdict *one, const struct taps *t,
                        enum tap_side side)
{
	const struct tap *tap = &t->side[side];

	for (uint32_t i = 0; i < tap->call_count; i++) {
		const struct tap_call *c = &tap->calls[i];
		char text[160];
		if (c->partner != TAPS_NONE || c->ambiguous)
			continue;
		snprintf(text, sizeof text, "at %c only: %.*s -> %.*s (its call %" PRId64 ")",
		         side == TAP_A ? 'A' : 'B', SLICE_ARG(slice_sub(c->caller, 0, 40)),
		         SLICE_ARG(slice_sub(c->callee, 0, 40)), c->id);
		verdicts_blame(v, one, side == TAP_A ? c->id : RECORD_NULL, slice_str(text));
	}
}

static void judge_calls(struct verdicts *v, const struct taps *t)
{
	int64_t alone = t->alone[TAP_A] + t->alone[TAP_B];
	struct verdict *one =
	        verdicts_add(v, SLICE_LIT("calls"), SLICE_LIT("any call is seen at both taps"),
	                     t->matched ? VERDICT_PASSED : VERDICT_ERROR);

	verdicts_say(v, &one->actual, "%" PRId64, t->matched);
	if (!t->matched)
		verdicts_say(v, &one->note, "no call of one capture is in the other");
	one = add(v, "calls", "every call is seen at both taps", !alone);
	verdicts_say(v, &one->expected, "0 at one tap only");
	verdicts_say(v, &one->actual, "%" PRId64 " at A only, %" PRId64 " at B only",
	             t->alone[TAP_A], t->alone[TAP_B]);
	if (alone) {
		blame_calls(v, one, t, TAP_A);
		blame_calls(v, one, t, TAP_B);
	}
	if (t->ambiguous[TAP_A] + t->ambiguous[TAP_B]) {
		one = verdicts_add(v, SLICE_LIT("calls"), SLICE_LIT("calls can be told apart"),
		                   VERDICT_SKIPPED);
		verdicts_say(v, &one->note,
		             "%" PRId64 " calls of A and %" PRId64 " of B are alike to more than "
		             "one of the other and were not compared",
		             t->ambiguous[TAP_A], t->ambiguous[TAP_B]);
	}
}

/* ---- messages ---- */

static void judge_messages(struct verdicts *v, const struct taps *t, enum tap_way way)
{
	int64_t lost = taps_messages_lost(t, way);
	char name[64];

	snprintf(name, sizeof name, "no message vanishes %s", taps_way_text(way));
	struct verdict *one = add(v, "messages", name, !lost);
	verdicts_say(v, &one->expected, "0");
	verdicts_say(v, &one->actual, "%" PRId64, lost);
	for (unsigned i = 0; i < t->kind_count; i++) {
		const struct taps_kind *k = &t->kinds[i];
		char text[96];
		if (k->way != way || k->hop || !k->only_first)
			continue;
		if (k->status == RECORD_NULL)
			snprintf(text, sizeof text, "%.*s: %" PRId64,
			         SLICE_ARG(slice_sub(k->method, 0, 40)), k->only_first);
		else
			snprintf(text, sizeof text, "%" PRId64 " (%.*s): %" PRId64, k->status,
			         SLICE_ARG(slice_sub(k->method, 0, 40)), k->only_first);
		verdicts_blame(v, one, k->example_first, slice_str(text));
	}
}

/* ---- streams ---- */

static void judge_streams(struct verdicts *v, const struct taps *t)
{
	int64_t alone = t->streams_alone[TAP_A] + t->streams_alone[TAP_B];
	struct verdict *one = add(v, "streams", "every RTP stream is seen at both taps", !alone);

	verdicts_say(v, &one->expected, "0 at one tap only");
	verdicts_say(v, &one->actual, "%" PRId64 " at A only, %" PRId64 " at B only",
	             t->streams_alone[TAP_A], t->streams_alone[TAP_B]);
}

static void blame_streams(struct verdicts *v, struct verdict *one, const struct taps *t,
                          enum tap_way way)
{
	struct text text;

	text_init(&text);
	for (size_t i = 0; i < t->pair_count; i++) {
		const struct taps_pair *p = &t->pairs[i];
		const struct tap_stream *s = &t->side[TAP_A].streams[p->a];
		if (p->way != way || !(taps_pair_loss(p) > t->max_loss_ratio))
			continue;
		text_reset(&text);
		taps_add_endpoints(&text, s);
		text_addf(&text, ", %" PRId64 " of %" PRId64 " packets lost (%.2f %%)",
		          p->lost_between, p->first, 100 * taps_pair_loss(p));
		verdicts_blame(v, one,
		               s->call == TAPS_NONE ? RECORD_NULL
		                                    : t->side[TAP_A].calls[s->call].id,
		               slice_of(text_cstr(&text), text.n));
	}
	v->failed = v->failed || text.failed;
	text_release(&text);
}

static int64_t lossy_streams(const struct taps *t, enum tap_way way)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->pair_count; i++)
		n += t->pairs[i].way == way && taps_pair_loss(&t->pairs[i]) > t->max_loss_ratio;
	return n;
}

static void judge_loss(struct verdicts *v, const struct taps *t, enum tap_way way)
{
	const struct taps_flow *f = &t->flows[way];
	char group[32], name[96];

	snprintf(group, sizeof group, "loss:%s", taps_way_text(way));
	if (isnan(t->max_loss_ratio)) {
		skip(v, group, "loss between the taps", "no limit was given");
		return;
	}
	if (!f->streams) {
		skip(v, group, "loss between the taps", "no RTP stream goes this way");
		return;
	}
	snprintf(name, sizeof name, "loss of all packets <= %g %%", 100 * t->max_loss_ratio);
	struct verdict *one = add(v, group, name, !(taps_flow_loss(f) > t->max_loss_ratio));
	verdicts_say(v, &one->expected, "<= %g %%", 100 * t->max_loss_ratio);
	verdicts_say(v, &one->actual, "%.3f %% (%" PRId64 " of %" PRId64 " packets)",
	             100 * taps_flow_loss(f), f->lost_between, f->first);
	int64_t lossy = lossy_streams(t, way);
	snprintf(name, sizeof name, "loss of each stream <= %g %%", 100 * t->max_loss_ratio);
	one = add(v, group, name, !lossy);
	verdicts_say(v, &one->expected, "<= %g %%", 100 * t->max_loss_ratio);
	verdicts_say(v, &one->actual, "%" PRId64 " of %" PRId64 " streams lose more", lossy,
	             f->streams);
	blame_streams(v, one, t, way);
}

bool taps_verdicts(const struct taps *t, struct verdicts *out, struct err *err)
{
	judge_calls(out, t);
	if (t->matched) {
		judge_messages(out, t, WAY_A_TO_B);
		judge_messages(out, t, WAY_B_TO_A);
	}
	judge_streams(out, t);
	judge_loss(out, t, WAY_A_TO_B);
	judge_loss(out, t, WAY_B_TO_A);
	return !out->failed || err_memory(err, "the verdicts");
}
