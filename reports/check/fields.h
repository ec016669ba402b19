/* What assertions can be about: populations (calls, streams, registrations, simulated calls) and what is known of each of their members. The
 * names are the columns' where there is one. */
#ifndef REPORTS_CHECK_FIELDS_H
#define REPORTS_CHECK_FIELDS_H

#include "base/nearest.h"
#include "reports/check/bound.h"

struct field {
	const char *name;
	enum value_kind kind;
	const char *sql; /* of texts: perhaps several, U+001F between them */
	const char *join; /* behind FROM, where it needs more than that; NULL: it does not */
	const char *no_statistic; /* why there is no .p95 of it; NULL: there is */
};

struct population {
	const char *name; /* "calls": the section */
	const char *one, *several; /* "call", "calls" */
	const char *from;
	const char *key; /* tells a member from the others */
	const char *call; /* its call, or NULL */
	const char *shown; /* who it is, to people */
	const char *outcome; /* the column with these words */
	const char *const *outcomes; /* NULL ends them */
	const struct field *fields; /* a name of NULL ends them */
};

enum { CALLS, STREAMS, REGISTRATIONS, SIMULATION, POPULATIONS };
extern const struct population populations[POPULATIONS];

/* NULL: no such field; the nearest of its names is tried. */
const struct field *field_of(const struct population *p, struct slice name,
                             struct nearest *nearest);

enum statistic {
	STATISTIC_COUNT,
	STATISTIC_MIN,
	STATISTIC_MAX,
	STATISTIC_MEAN,
	STATISTIC_SUM,
	STATISTIC_PERCENTILE
};

/* "p95" "p99.9" "p05" "median" "min" ...; the percentile as rank = members * numerator / denominator. False: it is none. */
struct percentile {
	int64_t numerator, denominator;
};
bool statistic_parse(struct slice name, enum statistic *out, struct percentile *p);

#endif
