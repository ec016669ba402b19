/* K5: the capture holds one direction only. */
#include "analyzer/findings/capture_faults.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "analyzer/streams/stream.h"

/* A leg of which one party sent nothing although it must have: the other one acknowledged, or went on in the dialog. An INVITE that
 * nobody answered shows neither: that may be a dead peer. */
void sides_leg(struct capture_faults *k, const struct leg *leg)
{
	bool caller = leg->seen_from & LEG_SEEN_CALLER, callee = leg->seen_from & LEG_SEEN_CALLEE;

	if (caller && callee)
		k->sides.two++;
	else if (callee || leg->seen_from & LEG_SEEN_IN_DIALOG)
		k->sides.one++;
}

/* RTP between two endpoints; `ways`: which of them was seen to send. */
struct flow_sides {
	struct lru_node node;
	unsigned ways;
};

static void judge_flow(struct capture_faults *k, const struct flow_sides *flow)
{
	if (flow->ways == 3)
		k->sides.flows_two++;
	else
		k->sides.flows_one++;
}

bool sides_stream(struct capture_faults *k, const struct stream *st)
{
	uint64_t a = endpoint_hash((struct endpoint){ st->key.src, st->key.sport }),
	         b = endpoint_hash((struct endpoint){ st->key.dst, st->key.dport });
	uint64_t hash = hash_mix(a < b ? a : b, a < b ? b : a);
	struct flow_sides *flow = lru_get(&k->sides.flows, hash), *full;

	if (!flow) {
		full = lru_full(&k->sides.flows);
		if (full)
			judge_flow(k, full);
		lru_drop(&k->sides.flows, full);
		flow = lru_add(&k->sides.flows, hash, sizeof *flow);
	}
	if (!flow)
		return err_memory(k->findings->analysis->err, "the findings");
	flow->ways |= a < b ? 1 : 2;
	return true;
}

static bool is_one_sided(const struct capture_faults *k, uint64_t one, uint64_t two)
{
	return one >= k->set.sides && (double)one > k->set.one_sided * (double)(one + two);
}

bool capture_one_direction(const struct capture_faults *k)
{
	return is_one_sided(k, k->sides.one, k->sides.two);
}

bool sides_finish(struct capture_faults *k, const struct capture_view *view)
{
	struct draft *d = &k->draft;
	uint64_t one = k->sides.one, two = k->sides.two;
	const char *what = "calls";
	struct flow_sides *flow;

	while ((flow = lru_first(&k->sides.flows))) {
		judge_flow(k, flow);
		lru_drop(&k->sides.flows, flow);
	}
	if (!view->sip_messages) {
		one = k->sides.flows_one;
		two = k->sides.flows_two;
		what = "RTP flows";
	}
	if (!is_one_sided(k, one, two))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "one direction captured");
	text_addf(&d->text, "Of %" PRIu64 " in %" PRIu64 " %s the capture holds one direction only",
	          one, one + two, what);
	evidence_int(&d->evidence, "one_sided", (int64_t)one);
	evidence_int(&d->evidence, "both_sides", (int64_t)two);
	evidence_real(&d->evidence, "threshold", k->set.one_sided);
	evidence_frame(&d->evidence, k->first);
	return capture_tell(k, RULE_K5, k->first, view->last, NULL, false);
}
