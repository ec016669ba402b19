/* A comparison: rows, each one measure in one scope, with what was found, how certain that is, and what it comes to. */
#ifndef REPORTS_COMPARE_ROWS_H
#define REPORTS_COMPARE_ROWS_H

#include "reports/compare/compare.h"
#include "reports/compare/population.h"

enum scope { SCOPE_ALL, SCOPE_TRUNK, SCOPE_SCENARIO, SCOPES };

enum row_verdict { ROW_SAME, ROW_WORSE, ROW_BETTER, ROW_TOO_FEW, ROW_VERDICTS };
extern const char
        *const row_verdicts[ROW_VERDICTS]; /* "same", "worse", "better", "too few to tell" */

/* Fewer units than this on a side say nothing. */
#define COMPARE_LEAST_UNITS 8
/* So many nights are needed for a noise band. */
#define COMPARE_LEAST_NIGHTS 3
/* Points of a distribution function that are kept for its plot. */
#define CURVE_POINTS 101

/* A difference, tonight less the baseline, at one place of the distribution. */
struct difference {
	double base, tonight, by; /* NAN: not seen */
	struct interval interval; /* 95 % */
	double limit; /* the least that matters */
	double band; /* what nights differ by anyway; NAN: not known */
};

/* Least to greatest, in steps of a hundredth. */
struct curve {
	float points[CURVE_POINTS];
};

struct row_blame {
	int64_t call_id;
	double value; /* of a metric; NAN else */
	struct slice text;
};

struct row {
	enum scope scope;
	uint16_t scope_number; /* of a trunk or scenario */
	bool is_share;
	enum metric metric; /* of values */
	enum share share; /* of shares */
	uint16_t which; /* outcome, status, rule */
	bool neutral; /* more of it is neither better nor worse: told, never judged */
	uint32_t units[2], hits[2]; /* base, tonight; hits of shares */
	/* Median, 95th percentile (5th of MOS), mean of ratios; of shares the middle alone. */
	struct difference middle, tail, mean;
	struct rank_effect effect; /* of values */
	double p_ranks, p_shape, p_tail; /* of values: Mann-Whitney, Kolmogorov-Smirnov, tails */
	double p, adjusted; /* of the row; after Holm. NAN: not tested */
	enum row_verdict verdict;
	const char *why; /* ours, a phrase */
	const struct curve *curves[2]; /* NULL: not kept */
	struct row_blame *blame; /* worst first */
	unsigned blame_count;
	int64_t blame_all; /* kept or not */
};

struct comparison {
	const char *names[2]; /* paths; "N baselines" */
	struct compare_limits limits;
	struct vocabulary vocabulary;
	struct population sides[2]; /* base, tonight */
	struct row *rows;
	size_t count, room;
	size_t tested; /* size of the family */
	size_t nights; /* behind the noise band */
	size_t verdicts[ROW_VERDICTS];
	struct arena arena;
	struct text base_name;
	struct gathering gathered[2];
};

/* What the row is of, on one side. */
struct view row_view(const struct row *r, const struct population *side);
/* "all", "trunk:192.0.2.1", "scenario:uac" */
void row_add_scope(struct text *out, const struct comparison *c, const struct row *r);
/* "loss_ratio caller_to_callee", "outcome failed", "finding B1 packet-loss" */
void row_add_name(struct text *out, const struct comparison *c, const struct row *r);
/* From a difference's numbers to what is shown, with its unit. */
double row_factor(const struct row *r);
const char *row_unit(const struct row *r);
unsigned row_decimals(const struct row *r);
/* More of it is worse: 1; less: -1. */
int row_bad_sign(const struct row *r);

/* The steps of comparison_new(), in this order; rows_*.c. False: err. */
bool rows_collect(struct comparison *c, struct err *err);
bool rows_measure(struct comparison *c, struct err *err);
bool rows_learn(struct comparison *c, struct records *const *nights, size_t count, struct err *err);
bool rows_judge(struct comparison *c, struct err *err);
bool rows_show(struct comparison *c, struct records *tonight, struct err *err);

/* Does a unit count for a share, and has it the share? */
bool share_counts(const struct row *r, const struct frame *f, uint32_t unit);
bool share_has(const struct row *r, const struct frame *f, uint32_t unit);
/* Counts both over the view. */
void share_count(const struct row *r, const struct view *v, uint32_t *units, uint32_t *hits);

#endif
