/* What the capture could show at all (the catalogue's K1, K3, K5). */
#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"

/* K5. Fewer legs than this prove nothing: a single odd route looks the same. */
#define ONE_SIDED_LEAST 5

/* A leg of which one party sent nothing although it must have: the other one acknowledged, or went on in the dialog. An INVITE that
 * nobody answered shows neither: that may be a dead peer. */
void view_leg(struct findings *f, const struct leg *leg)
{
	bool caller = leg->seen_from & LEG_SEEN_CALLER, callee = leg->seen_from & LEG_SEEN_CALLEE;

	if (caller && callee)
		f->sides.two_sided++;
	else if (callee || leg->seen_from & LEG_SEEN_IN_DIALOG)
		f->sides.one_sided++;
}

static bool is_one_direction(const struct findings *f)
{
	uint64_t one = f->sides.one_sided, all = one + f->sides.two_sided;

	return one >= ONE_SIDED_LEAST && one > all / 10 * 9 + all % 10 * 9 / 10;
}

const char *view_obstacle(const struct findings *f, const struct rule *rule,
                          const struct capture_view *view)
{
	if (rule->needs & RULE_NEEDS_BOTH_DIRECTIONS && is_one_direction(f))
		return "the capture shows one direction only";
	if (rule->needs & RULE_NEEDS_NO_DROPS && view->dropped)
		return "the capture lost packets";
	if (rule->needs & RULE_NEEDS_WHOLE_MESSAGES && view->cut_messages)
		return "the capture's snap length cut SIP messages";
	return NULL;
}
