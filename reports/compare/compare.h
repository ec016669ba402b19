/* `milliwatt compare BASE.db TONIGHT.db`: are these the same population of calls? Distributions, per trunk and per scenario, each difference
 * tested and weighed against what differs between baselines anyway; docs/compare.md explains the tests. */
#ifndef REPORTS_COMPARE_COMPARE_H
#define REPORTS_COMPARE_COMPARE_H

#include "reports/compare/metric.h"
#include "reports/records/query.h"
#include "reports/verdicts.h"

struct comparison;

/* More baselines are not taken: a quarter of nights says what nights do. */
#define COMPARE_MAX_BASELINES 100

struct compare_options {
	struct records *const *
	        baselines; /* for the noise band; may be none. A NULL `base` is all of these as one */
	size_t baseline_count;
	double alpha; /* family-wise error rate of "not the same"; 0: what the limits say */
	const struct compare_limits *limits; /* NULL: the defaults */
	const char *base_name, *tonight_name; /* as shown; NULL: their paths */
};
#define COMPARE_ALPHA 0.001

/* Gives a comparison, which needs neither database any more; NULL: err. */
struct comparison *comparison_new(struct records *base, struct records *tonight,
                                  const struct compare_options *options, struct err *err);
void comparison_free(struct comparison *c); /* NULL allowed */

/* worse: VERDICT_FAILED with the calls that show it; better and same: VERDICT_PASSED; too few to tell: VERDICT_SKIPPED. Where nothing at
 * all could be told there is one VERDICT_ERROR. */
bool comparison_verdicts(const struct comparison *c, struct verdicts *out, struct err *err);

bool comparison_text(const struct comparison *c, bool colour, struct text *out, struct err *err);
bool comparison_markdown(const struct comparison *c, struct text *out, struct err *err);
bool comparison_json(const struct comparison *c, struct text *out, struct err *err);
bool comparison_html(const struct comparison *c, struct text *out,
                     struct err *err); /* a whole page */

#endif
