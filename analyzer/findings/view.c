/* What the capture could show at all (the catalogue's K1, K3, K5). */
#include "analyzer/findings/capture_faults.h"
#include "analyzer/findings/state.h"

const char *view_obstacle(const struct findings *f, const struct rule *rule,
                          const struct capture_view *view)
{
	if (rule->needs & RULE_NEEDS_BOTH_DIRECTIONS && capture_one_direction(f->capture))
		return "the capture shows one direction only";
	if (rule->needs & RULE_NEEDS_NO_DROPS && (view->dropped || capture_lost(f->capture)))
		return "the capture lost packets";
	if (rule->needs & RULE_NEEDS_WHOLE_MESSAGES && view->cut_messages)
		return "the capture's snap length cut SIP messages";
	if (rule->needs & RULE_NEEDS_STEADY_CLOCK && findings_common_skew(f, NULL))
		return "the capture's clock drifts";
	return NULL;
}
