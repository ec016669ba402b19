/* Family C: codec and SDP. */
#include "analyzer/findings/rules.h"

const struct rule rules_codec[] = {
	{
	        .id = "C8",
	        .name = "dtmf-fault",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_BOTH_DIRECTIONS | RULE_NEEDS_NO_DROPS,
	        .noun = "calls",
	        .section = "RFC 4733 2.5, RFC 4733 3.2",
	        .meaning = "digits that the other side may not read: by a method it does not "
	                   "take, refused, too short, without an end, twice, or lost or changed "
	                   "on the way to the next leg",
	        .fix = "one method on all legs, telephone-event negotiated by both sides; digits "
	               "and pauses of 40 ms at least",
	        .disproof = "the IVR acted on all of them, or a server between keeps them for "
	                    "itself (feature codes)",
	        .settings = { { "least", "ms", 40, 10, 1000, NULL },
	                      { "stretch", "ratio", 0.5, 0.1, 1, NULL },
	                      { "tones", "", 2, 1, 1000, NULL } },
	},
};
