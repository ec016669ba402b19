#include "reports/kpi_definitions.h"

#include <stddef.h>

#define RFC(section) "RFC 6076 " section

const struct kpi_definition kpi_definitions[KPI_DEFINITIONS] = {
	{ "ATTEMPTS_MERGED", KPI_COUNT, "Call attempts",
	  "INVITEs of one call: challenges, followed redirections and forks merged", NULL,
	  RFC("3") },
	{ "ATTEMPTS_RAW", KPI_COUNT, "Bids",
	  "the same, and each followed redirection or refusal again", NULL, NULL },
	{ "CUT_START", KPI_COUNT, "Cut by the capture's beginning",
	  "INVITE not seen; in no ratio, no time", NULL, NULL },
	{ "CUT_END", KPI_COUNT, "Cut by the capture's end",
	  "final response or BYE not seen; in no ratio, no time", NULL, NULL },
	{ "CLOCK_ERRORS", KPI_COUNT, "Clock errors", "a time ran backwards, and is left out", NULL,
	  NULL },
	{ "MINUTES_LEFT_OUT", KPI_COUNT, "Minutes left out",
	  "calls of minutes beyond 10,080, which are not kept apart", NULL, NULL },
	{ "ASR", KPI_RATIO, "Answer-seizure ratio", "answered", "attempts", "ITU-T E.411" },
	{ "ASR_SEEN", KPI_RATIO, "The same, as far as seen", "answered, their ends seen or not",
	  "attempts with a final response", NULL },
	{ "ABR", KPI_RATIO, "Answer-bid ratio", "answered", "bids", "ITU-T E.411" },
	{ "CCR", KPI_RATIO, "Call completion ratio",
	  "answered, or refused by other than 408, 5xx, 6xx, silence", "attempts", NULL },
	{ "NER", KPI_RATIO, "Network effectiveness ratio",
	  "answered, 480, 486, 600, 603, 606, 607, or 487 after ringing", "attempts",
	  "ITU-T E.425" },
	{ "NER_CALLER", KPI_RATIO, "NER, caller's errors forgiven",
	  "the same, or 404, 410, 484, 604", "attempts", NULL },
	{ "NER_INFRA", KPI_RATIO, "NER as 100 - ISA", "all but 408, 500, 503, 504, silence",
	  "attempts", "GSMA IR.42" },
	{ "SER", KPI_RATIO, "Session establishment ratio", "answered", "attempts without 3xx",
	  RFC("4.6") },
	{ "SEER", KPI_RATIO, "Session establishment effectiveness ratio",
	  "answered, 480, 486, 600, 603", "attempts without 3xx", RFC("4.7") },
	{ "ISA", KPI_RATIO, "Ineffective session attempts", "408, 500, 503, 504, silence",
	  "attempts", RFC("4.8") },
	{ "SCR", KPI_RATIO, "Session completion ratio", "answered, and ended by a BYE with 2xx",
	  "attempts", RFC("4.9") },
	{ "ACD", KPI_RATIO, "Average call duration", "seconds from 2xx to BYE", "answered calls",
	  NULL },
	{ "SHORT_CALLS", KPI_RATIO, "Short calls", "answered for less than 6 s", "answered calls",
	  NULL },
	{ "FAS", KPI_RATIO, "False answer suspected",
	  "no RTP from the callee in the first 10 s after the 2xx",
	  "answered calls of 3 s or longer with RTP", NULL },
	{ "NO_RINGBACK", KPI_RATIO, "Answered without ringing", "2xx without 18x before it",
	  "answered", NULL },
	{ "CPS_MEAN", KPI_RATIO, "Attempts per second, mean", "attempts begun, cut ones too",
	  "seconds of capture", NULL },
	{ "CPS_P95", KPI_RATIO, "Attempts per second, p95", "95 % of all seconds have no more",
	  "seconds of capture", NULL },
	{ "CPS_MAX", KPI_RATIO, "Attempts per second, highest", "the busiest second",
	  "seconds of capture", NULL },
	{ "BHCA", KPI_RATIO, "Busy hour call attempts", "attempts in the busiest 60 minutes",
	  "its seconds", "ITU-T E.600" },
	{ "BHCA_EST", KPI_RATIO, "BHCA, extrapolated", "attempts, where the capture is under 1 h",
	  "seconds of capture", NULL },
	{ "CONCURRENT_PEAK", KPI_COUNT, "Concurrent calls, highest",
	  "between their 2xx and their end at the same time", NULL, NULL },
	{ "CONCURRENT_MEAN", KPI_RATIO, "Concurrent calls, mean",
	  "seconds of all calls within the capture, cut ones too", "seconds of capture", NULL },
	{ "ERLANG", KPI_RATIO, "Traffic carried",
	  "seconds of calls begun in the busiest 60 minutes",
	  "their seconds, or a shorter capture's", "ITU-T E.600" },
	{ "REG_ATTEMPTS", KPI_COUNT, "REGISTER attempts", "challenges and their retries are one",
	  NULL, NULL },
	{ "REG_CUT", KPI_COUNT, "Cut by the capture's end", "no final response yet; in no ratio",
	  NULL, NULL },
	{ "REG_SUCCESS", KPI_RATIO, "Registration success", "2xx",
	  "attempts to register or refresh", NULL },
	{ "IRA", KPI_RATIO, "Ineffective registration attempts",
	  "4xx but 401, 402, 407; 5xx, 6xx, silence", "REGISTER attempts", RFC("4.2") },
	{ "REG_PER_S", KPI_RATIO, "REGISTER attempts per second", "REGISTER attempts",
	  "seconds of capture", NULL },
	{ "REG_ACTIVE", KPI_COUNT, "Bindings at the end",
	  "registrations that were not renewed, removed or expired", NULL, NULL },
	{ "PDD", KPI_TIMES, "Post-dial delay", "first INVITE", "180 or 183, else the 2xx", NULL },
	{ "SETUP", KPI_TIMES, "Setup time", "first INVITE", "2xx", NULL },
	{ "SRD", KPI_TIMES, "Session request delay, answered", "first INVITE",
	  "180 or 183, else the 2xx", RFC("4.3.1") },
	{ "SRD_FAILED", KPI_TIMES, "Session request delay, failed", "first INVITE",
	  "4xx but 401, 402, 407; 5xx, 6xx", RFC("4.3.2") },
	{ "SDD", KPI_TIMES, "Session disconnect delay", "BYE", "its 2xx", RFC("4.4") },
	{ "SDT", KPI_TIMES, "Session duration, completed", "2xx", "BYE that got a 2xx",
	  RFC("4.5.1") },
	{ "SDT_FAILED", KPI_TIMES, "Session duration, completion failed", "2xx",
	  "BYE unanswered or refused, or an end inferred", RFC("4.5.2") },
	{ "RING", KPI_TIMES, "Ring time", "180 or 183", "2xx, or the final response", NULL },
	{ "TTR", KPI_TIMES, "Time to the first response", "first INVITE", "100 or any other",
	  NULL },
	{ "RRD", KPI_TIMES, "Registration request delay", "first REGISTER", "2xx", RFC("4.1") },
};

static struct slice base_of(struct slice name)
{
	static const char *const suffixes[] = { "_MIN", "_MEAN", "_P50", "_P90",
		                                "_P95", "_P99",  "_MAX" };

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		struct slice suffix = slice_str(suffixes[i]);
		if (name.n > suffix.n && slice_eq(slice_from(name, name.n - suffix.n), suffix))
			return slice_sub(name, 0, name.n - suffix.n);
	}
	return SLICE_NONE;
}

const struct kpi_definition *kpi_definition_of(struct slice name)
{
	struct slice base = base_of(name);

	for (size_t i = 0; i < KPI_DEFINITIONS; i++) {
		const struct kpi_definition *d = &kpi_definitions[i];
		if (slice_eq_str(d->kind == KPI_TIMES ? base : name, d->name))
			return d;
	}
	return NULL;
}
