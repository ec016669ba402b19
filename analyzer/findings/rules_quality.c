/* Family B: media quality. */
#include "analyzer/findings/rules.h"

const struct rule rules_quality[] = {
	{
	        .id = "B13",
	        .name = "high-delay",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .noun = "calls",
	        .section = "RFC 3550 6.4.1",
	        .meaning =
	                "half of the round trips that RTCP tells, on both sides of the capture, "
	                "and a "
	                "jitter buffer come to more than the one-way delay people talk well with "
	                "(ITU-T G.114)",
	        .fix = "look for the long way: a media relay on another continent, a satellite "
	               "hop, a "
	               "queue that is full; make jitter buffers adaptive",
	        .disproof = "an endpoint that reports a wrong DLSR makes round trips up: compare "
	                    "with ping",
	        .settings = { { "long", "ms", 150, 1, 10000, NULL },
	                      { "very-long", "ms", 300, 1, 10000, NULL },
	                      { "buffer", "ms", 60, 0, 1000, NULL } },
	},
	{
	        .id = "B14",
	        .name = "rtcp-disagrees",
	        .severity = SEVERITY_WARNING,
	        .confidence = CONFIDENCE_MEDIUM,
	        .needs = RULE_NEEDS_NO_DROPS,
	        .noun = "streams",
	        .section = "RFC 3550 6.4.1",
	        .meaning =
	                "between two reports the receiver lost much of a stream of which little is "
	                "missing here, or the other way round",
	        .fix = "lost behind the capture point: capture closer to the receiver, look at the "
	               "last "
	               "hop; missing here only: the capture lost packets, see its drop counters",
	        .disproof = "some endpoints count what their jitter buffer discards as lost",
	        .settings = { { "much", "ratio", 0.02, 0, 1, NULL },
	                      { "little", "ratio", 0.002, 0, 1, NULL },
	                      { "reports", "", 1, 1, 1000, NULL } },
	},
};
