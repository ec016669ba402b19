/* Between the files of reports/check. A file is walked twice: without records, so that all of it is right before anything is judged, and
 * with them. Functions that return bool: false means that err is set, never that something falls short. */
#ifndef REPORTS_CHECK_CHECK_INTERNAL_H
#define REPORTS_CHECK_CHECK_INTERNAL_H

#include "reports/check/check.h"
#include "reports/check/fields.h"
#include "reports/rows.h"

struct check {
	const struct yaml *file;
	struct records *records; /* NULL: only the file is read */
	const struct check_options *options;
	struct verdicts *out;
	struct arena arena; /* of the walk */
	bool masked; /* digits of some run have no names */
	struct err *err;
};

/* items.c: an assertion as it stands in the file: `subject: bound` of a mapping, "subject bound" of a list. */
struct item {
	const struct yaml_node *node; /* the value, or the string */
	struct slice subject, bound;
	bool is_key; /* of a mapping */
	unsigned line;
};
typedef bool item_taker(struct check *k, void *context, const struct item *item);
/* Gives every item below the node: of a string, a list, a mapping, a list of mappings. */
bool items_each(struct check *k, const struct yaml_node *n, item_taker *take, void *context);
/* Of one key with its value, of one string. */
bool item_of_key(struct check *k, const struct yaml_node *n, struct item *item);
bool item_bound(struct check *k, const struct item *item, enum value_kind kind, struct bound *b);
/* Sets err to the place of the subject, and the text. Always false. */
bool item_wrong(struct check *k, const struct item *item, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* "there is no 'X'; did you mean 'Y'?" Always false. */
bool item_unknown(struct check *k, const struct item *item, const char *what,
                  const struct nearest *nearest);
/* A verdict named "subject bound" with its place; only where there are records. */
struct verdict *item_verdict(struct check *k, struct slice group, const struct item *item,
                             const struct bound *b, bool holds);
/* The same, which could not be judged, or falls short, for a reason. */
struct verdict *item_verdict_why(struct check *k, struct slice group, const struct item *item,
                                 const struct bound *b, enum verdict_result result,
                                 const char *format, ...) __attribute__((format(printf, 6, 7)));
void say_value(struct check *k, struct verdict *v, enum value_kind kind, double value,
               const struct bound *b);

/* selection.c: members of a population for which all conditions hold. */
struct condition {
	const struct field *field;
	struct bound bound;
	struct condition *next;
};
struct selection {
	const struct population *of;
	struct condition *conditions, *last;
	const int64_t *ids; /* calls that it is limited to, ascending; NULL: it is not */
	size_t id_count;
	struct slice group; /* of its verdicts */
	bool may_be_empty;
};
bool selection_add(struct check *k, struct selection *s, const struct field *f,
                   const struct bound *b);
/* It is by digits, which have no names in these records: nothing about it can be judged. */
bool is_about_masked_digits(const struct check *k, const struct selection *s);
#define SAY_MASKED "the digits are masked (--mask-dtmf): nobody knows which they were"
/* A section of a population: assertions about all of it, or a list of those and of selections. */
bool selections_check(struct check *k, const struct population *p, const struct yaml_node *n);

/* members.c: going through a selection. */
enum { MEMBER_KEY, MEMBER_CALL, MEMBER_VALUE, MEMBER_CONDITIONS };
struct members {
	const struct selection *of;
	struct query *query;
};
/* `value`: SQL of what is wanted of each, with the join it needs (NULL: none). */
bool members_open(struct check *k, struct members *m, const struct selection *s, const char *value,
                  const char *join);
bool members_next(struct check *k, struct members *m); /* false: the end, or err */
void members_close(struct members *m);
bool members_count(struct check *k, const struct selection *s, int64_t *count);

struct member {
	double value;
	int64_t key;
};
/* The worst few of those that break a bound. */
struct worst {
	struct worst_member {
		double badness;
		int64_t key;
	} members[VERDICT_MAX_BLAME];
	int kept;
	int64_t count;
};
/* How far a value is beyond the bound; what was not observed is less bad than what was. */
double badness_of(const struct bound *b, double value);
void worst_add(struct worst *w, double badness, int64_t key);
/* Names them in the verdict, with the value of the field (NULL: without). */
bool worst_blame(struct check *k, const struct worst *w, const struct selection *s,
                 const struct field *f, struct verdict *v);

/* statistics.c: "count", "answered", "answered_ratio", "pdd_ms.p95" of a selection. */
struct subject {
	enum { SUBJECT_COUNT, SUBJECT_OUTCOME, SUBJECT_RATIO, SUBJECT_STATISTIC } what;
	const char *outcome;
	const struct field *field;
	enum statistic statistic;
	struct percentile percentile;
};
/* 1: it is one; 0: it is none, and `nearest` was tried with what there is; -1: err. */
int subject_parse(struct check *k, const struct population *p, const struct item *item,
                  struct subject *subject, struct nearest *nearest);
bool subject_check(struct check *k, const struct selection *s, const struct subject *subject,
                   const struct item *item);
/* The number itself; NAN: there is none. */
bool subject_value(struct check *k, const struct selection *s, const struct subject *subject,
                   double *value);

/* totals.c: numbers of everything. */
bool totals_check(struct check *k, const struct yaml_node *n);
bool total_check_item(struct check *k, void *context, const struct item *item);

/* check_findings.c, check_kpi.c, check_sql.c: the other sections. */
bool findings_check(struct check *k, const struct yaml_node *n);
bool kpi_check(struct check *k, const struct yaml_node *n);
bool trunks_check(struct check *k, const struct yaml_node *n);
bool sql_check(struct check *k, const struct yaml_node *n);
bool truth_check(struct check *k, const struct yaml_node *n);

#endif
