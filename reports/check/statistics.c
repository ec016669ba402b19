/* Numbers of a selection: how many, how many with an outcome, which share of all, and statistics of a field. */
#include "reports/check/check_internal.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

#define RATIO "_ratio"

static const char *outcome_of(const struct population *p, struct slice name,
                              struct nearest *nearest)
{
	for (const char *const *o = p->outcomes; *o; o++) {
		if (slice_eq_str(name, *o))
			return *o;
		nearest_try(nearest, *o);
	}
	return NULL;
}

static bool parse_statistic(struct check *k, const struct item *item, struct slice name,
                            struct subject *subject)
{
	const struct field *f = subject->field;

	if (f->kind == KIND_TEXT || f->kind == KIND_DIGITS || f->kind == KIND_FLAG)
		return item_wrong(k, item,
		                  "%s is no number: there are no statistics of it; 'where' "
		                  "and 'each' can ask for it",
		                  f->name);
	if (f->no_statistic)
		return item_wrong(k, item, "%s has no statistics: %s", f->name, f->no_statistic);
	if (statistic_parse(name, &subject->statistic, &subject->percentile))
		return true;
	return item_wrong(k, item,
	                  "which number of %s? %s.p95 (or another percentile), .min, .max, "
	                  ".mean, .median, .sum or .count",
	                  f->name, f->name);
}

int subject_parse(struct check *k, const struct population *p, const struct item *item,
                  struct subject *subject, struct nearest *nearest)
{
	struct slice name = item->subject;
	size_t dot = slice_find(name, '.'), ratio = sizeof RATIO - 1;

	*subject = (struct subject){ .what = SUBJECT_COUNT };
	if (slice_eq_str(name, "count"))
		return 1;
	subject->what = SUBJECT_STATISTIC;
	subject->field = field_of(p, slice_sub(name, 0, dot), nearest);
	if (subject->field) {
		struct slice statistic =
		        dot == SLICE_NPOS ? SLICE_LIT("") : slice_from(name, dot + 1);
		return parse_statistic(k, item, statistic, subject) ? 1 : -1;
	}
	bool share = slice_find(item->bound, '%') != SLICE_NPOS;
	if (name.n > ratio && slice_eq_str(slice_from(name, name.n - ratio), RATIO)) {
		name = slice_sub(name, 0, name.n - ratio);
		share = true;
	}
	subject->what = share ? SUBJECT_RATIO : SUBJECT_OUTCOME;
	subject->outcome = outcome_of(p, name, nearest);
	return subject->outcome != NULL;
}

static bool check_count(struct check *k, const struct selection *s, const struct item *item,
                        const struct bound *b)
{
	int64_t count;

	if (!members_count(k, s, &count))
		return false;
	struct verdict *v = item_verdict(k, s->group, item, b, bound_holds(b, (double)count));
	say_value(k, v, KIND_COUNT, (double)count, b);
	if (!count && v->result == VERDICT_FAILED && s->conditions)
		verdicts_say(k->out, &v->note, "no %s matches", s->of->one);
	return true;
}

struct shares {
	int64_t count, with, unfinished;
	struct worst with_it, without; /* in order */
};

static bool count_outcomes(struct check *k, const struct selection *s, const char *outcome,
                           struct shares *n)
{
	struct members m;

	*n = (struct shares){ 0 };
	if (!members_open(k, &m, s, s->of->outcome, NULL))
		return false;
	while (members_next(k, &m)) {
		struct slice value = query_text(m.query, MEMBER_VALUE);
		bool has_it = slice_eq_str(value, outcome);
		n->count++;
		n->with += has_it;
		n->unfinished +=
		        slice_eq_str(value, "incomplete") || slice_eq_str(value, "in_progress");
		worst_add(has_it ? &n->with_it : &n->without, 0, query_int(m.query, MEMBER_KEY));
	}
	members_close(&m);
	return k->err->code == ERR_NONE;
}

/* More of a good thing was wanted: those that are not; less of a bad one: those that are. */
static bool blame_outcome(struct check *k, const struct selection *s, const struct shares *n,
                          const struct bound *b, double value, struct verdict *v)
{
	bool too_few = bound_wants_more(b) || value < b->low;

	if (v->result == VERDICT_PASSED)
		return true;
	return worst_blame(k, too_few ? &n->without : &n->with_it, s, NULL, v);
}

static bool check_outcome(struct check *k, const struct selection *s, const struct subject *subject,
                          const struct item *item, const struct bound *b)
{
	bool ratio = subject->what == SUBJECT_RATIO;
	struct shares n;

	if (!count_outcomes(k, s, subject->outcome, &n))
		return false;
	if (ratio && !n.count) {
		item_verdict_why(k, s->group, item, b, VERDICT_ERROR, "there is no %s to judge by",
		                 s->of->one);
		return true;
	}
	double value = ratio ? (double)n.with / (double)n.count : (double)n.with;
	struct verdict *v = item_verdict(k, s->group, item, b, bound_holds(b, value));
	say_value(k, v, ratio ? KIND_RATIO : KIND_COUNT, value, b);
	if (ratio)
		verdicts_say(k->out, &v->actual, "%.*s (%" PRId64 " of %" PRId64 ")",
		             SLICE_ARG(v->actual), n.with, n.count);
	if (ratio && n.unfinished && v->result == VERDICT_FAILED)
		verdicts_say(k->out, &v->note,
		             "%" PRId64
		             " incomplete or in progress: the capture's edge hides the end",
		             n.unfinished);
	return blame_outcome(k, s, &n, b, value, v);
}

/* All values of a field, ascending. */
struct values {
	struct member *members;
	size_t count;
	int64_t without; /* members that have none */
};

static bool add_value(struct check *k, struct values *v, double value, int64_t key)
{
	if ((v->count & (v->count - 1)) == 0) {
		size_t room = v->count ? 2 * v->count : 1;
		struct member *more = mem_resize(v->members, room * sizeof *more);
		if (!more)
			return err_memory(k->err, "the values of a statistic");
		v->members = more;
	}
	v->members[v->count++] = (struct member){ value, key };
	return true;
}

static int by_value(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->value < y->value || x->value > y->value)
		return x->value < y->value ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static bool read_values(struct check *k, const struct selection *s, const struct field *f,
                        struct values *out)
{
	struct members m;
	bool ok = true;

	*out = (struct values){ 0 };
	if (!members_open(k, &m, s, f->sql, f->join))
		return false;
	while (ok && members_next(k, &m))
		if (query_is_null(m.query, MEMBER_VALUE))
			out->without++;
		else
			ok = add_value(k, out, query_real(m.query, MEMBER_VALUE),
			               query_int(m.query, MEMBER_KEY));
	members_close(&m);
	if (out->count)
		qsort(out->members, out->count, sizeof *out->members, by_value);
	return ok && k->err->code == ERR_NONE;
}

/* Neumaier's sum in long double: the mean of equal decimals is that decimal. */
static double sum_of(const struct values *v, bool mean)
{
	long double sum = 0, lost = 0;

	for (size_t i = 0; i < v->count; i++) {
		long double value = v->members[i].value, next = sum + value;
		lost += fabsl(sum) >= fabsl(value) ? sum - next + value : value - next + sum;
		sum = next;
	}
	return (double)(mean ? (sum + lost) / (long double)v->count : sum + lost);
}

/* Nearest rank: the least value that so many per cent of all are not above. */
static double percentile_of(const struct values *v, const struct percentile *p)
{
	__int128 rank = ((__int128)v->count * p->numerator + p->denominator - 1) / p->denominator;

	return v->members[rank > 0 ? (size_t)rank - 1 : 0].value;
}

static double statistic_of(const struct values *v, const struct subject *subject)
{
	switch (subject->statistic) {
	case STATISTIC_COUNT: return (double)v->count;
	case STATISTIC_MIN: return v->members[0].value;
	case STATISTIC_MAX: return v->members[v->count - 1].value;
	case STATISTIC_MEAN: return sum_of(v, true);
	case STATISTIC_SUM: return sum_of(v, false);
	case STATISTIC_PERCENTILE: break;
	}
	return percentile_of(v, &subject->percentile);
}

static void say_no_value(struct check *k, const struct selection *s, const struct field *f,
                         const struct item *item, const struct bound *b, int64_t members)
{
	bool media = s->of == &populations[STREAMS];

	if (!members && s->conditions)
		item_verdict_why(k, s->group, item, b, VERDICT_FAILED, "no %s matches", s->of->one);
	else if (!members)
		item_verdict_why(k, s->group, item, b, VERDICT_ERROR,
		                 "there is no %s in these records%s", s->of->one,
		                 media ? ": no RTP was captured" : "");
	else
		item_verdict_why(k, s->group, item, b, VERDICT_ERROR,
		                 "none of the %" PRId64 " %s has a value of %s%s", members,
		                 s->of->several, f->name,
		                 slice_starts(slice_str(f->name), "mos_")
		                         ? ": their codecs are of another scale (_wb, _fb), or "
		                           "unknown"
		                         : "");
}

static bool blame_values(struct check *k, const struct selection *s, const struct subject *subject,
                         const struct values *values, const struct bound *b, struct verdict *v)
{
	struct worst worst = { .kept = 0 };

	if (v->result == VERDICT_PASSED || subject->statistic == STATISTIC_COUNT ||
	    subject->statistic == STATISTIC_SUM)
		return true;
	for (size_t i = 0; i < values->count; i++)
		if (!bound_holds(b, values->members[i].value))
			worst_add(&worst, badness_of(b, values->members[i].value),
			          values->members[i].key);
	return worst_blame(k, &worst, s, subject->field, v);
}

static bool check_statistic(struct check *k, const struct selection *s,
                            const struct subject *subject, const struct item *item,
                            const struct bound *b)
{
	bool counts = subject->statistic == STATISTIC_COUNT;
	struct values values;
	bool ok = read_values(k, s, subject->field, &values);

	if (ok && !values.count && !counts) {
		say_no_value(k, s, subject->field, item, b, values.without);
	} else if (ok) {
		double value = statistic_of(&values, subject);
		struct verdict *v = item_verdict(k, s->group, item, b, bound_holds(b, value));
		say_value(k, v, counts ? KIND_COUNT : subject->field->kind, value, b);
		if (values.without && v->result == VERDICT_FAILED)
			verdicts_say(k->out, &v->note,
			             "of %zu %s; %" PRId64 " more have no value of it",
			             values.count, s->of->several, values.without);
		ok = blame_values(k, s, subject, &values, b, v);
	}
	mem_free(values.members);
	return ok;
}

static enum value_kind kind_of(const struct subject *subject)
{
	switch (subject->what) {
	case SUBJECT_RATIO: return KIND_RATIO;
	case SUBJECT_STATISTIC:
		return subject->statistic == STATISTIC_COUNT ? KIND_COUNT : subject->field->kind;
	default: return KIND_COUNT;
	}
}

bool subject_check(struct check *k, const struct selection *s, const struct subject *subject,
                   const struct item *item)
{
	struct bound b;

	if (!item_bound(k, item, kind_of(subject), &b))
		return false;
	if (!k->records)
		return true;
	if (is_about_masked_digits(k, s)) {
		item_verdict_why(k, s->group, item, &b, VERDICT_ERROR, SAY_MASKED);
		return true;
	}
	switch (subject->what) {
	case SUBJECT_COUNT: return check_count(k, s, item, &b);
	case SUBJECT_STATISTIC: return check_statistic(k, s, subject, item, &b);
	default: return check_outcome(k, s, subject, item, &b);
	}
}

bool subject_value(struct check *k, const struct selection *s, const struct subject *subject,
                   double *value)
{
	struct values values;
	struct shares n;
	int64_t count;
	bool ok;

	*value = NAN;
	switch (subject->what) {
	case SUBJECT_COUNT:
		ok = members_count(k, s, &count);
		*value = (double)count;
		return ok;
	case SUBJECT_STATISTIC:
		ok = read_values(k, s, subject->field, &values);
		if (ok && values.count)
			*value = statistic_of(&values, subject);
		mem_free(values.members);
		return ok;
	default: break;
	}
	ok = count_outcomes(k, s, subject->outcome, &n);
	if (subject->what == SUBJECT_OUTCOME)
		*value = (double)n.with;
	else if (n.count)
		*value = (double)n.with / (double)n.count;
	return ok;
}
