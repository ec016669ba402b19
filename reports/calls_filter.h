/* Which calls, in which order: `milliwatt calls`. What is absent, 0, NAN or RECORD_NULL does not matter; the rest must all hold. */
#ifndef REPORTS_CALLS_FILTER_H
#define REPORTS_CALLS_FILTER_H

#include "reports/rows.h"

enum calls_sort {
	CALLS_BY_START,
	CALLS_BY_DURATION,
	CALLS_BY_MOS,
	CALLS_BY_SETUP,
	CALLS_BY_PDD,
	CALLS_BY_STATUS,
	CALLS_BY_CALLER,
	CALLS_BY_CALLEE,
	CALLS_BY_OUTCOME,
	CALLS_BY_LEGS,
	CALLS_SORTS
};
extern const char *const calls_sort_names[CALLS_SORTS];

/* Slices borrow. Texts are compared without regard to ASCII case. */
struct calls_filter {
	struct slice caller, callee; /* anywhere in it */
	struct slice text; /* anywhere in the caller, the callee, the Call-ID or the reason */
	struct slice
	        number; /* the caller or the callee begins with it; "+", "00" and nothing in front are the same */
	struct slice
	        peer; /* an address, or address:port, that a leg's first request came from or went to */
	struct slice trunk; /* an address that a leg's first INVITE went to */
	struct slice user_agent; /* anywhere in that of a leg's caller or callee */
	struct slice finding; /* a rule ("D1" or its name), a finding's number, or "any" */
	struct slice ids; /* JSON array of call numbers */
	unsigned outcomes; /* bit i: summary_outcomes[i] */
	int status_from, status_to;
	double min_talk_ms, max_talk_ms, mos_below;
	int64_t from_us, to_us; /* when it began */
	enum calls_sort sort;
	bool reverse;
	int64_t limit; /* lines to print; 0: all */
};

/* Lets everything through. */
void calls_filter_init(struct calls_filter *f);

/* Prepares `select` (which ends in FROM ... calls c ...) with the filter's WHERE and ORDER BY, everything bound. NULL: err. */
struct query *calls_filter_query(const struct calls_filter *f, struct records *r,
                                 const char *select, struct err *err);

#endif
