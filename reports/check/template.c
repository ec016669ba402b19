/* A file to start from: what these records hold, each with a bound somewhat beside it. What it asserts holds of the same records. */
#include "reports/check/check_internal.h"
#include "reports/summary.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_TRUNKS "10"

struct template
{
	struct check *k;
	struct text *out;
};

/* How a bound follows from a value. */
enum slack {
	SLACK_AT_LEAST, /* nine tenths of it */
	SLACK_AT_MOST, /* half as much again */
	SLACK_RATIO_LEAST, /* two points less */
	SLACK_RATIO_MOST, /* half as much again, and a tenth of a point */
	SLACK_MOS, /* a tenth less */
};

/* To two digits, away from the value: so that it holds. */
static double rounded(double value, bool up)
{
	if (!(value > 0))
		return 0;
	double step = pow(10, floor(log10(value)) - 1);
	double steps = value / step;

	return (up ? ceil(steps - 1e-9) : floor(steps + 1e-9)) * step;
}

static void add_bound(struct text *out, enum slack slack, double v)
{
	switch (slack) {
	case SLACK_AT_LEAST: text_addf(out, "\">= %.10g\"", rounded(v * 0.9, false)); break;
	case SLACK_AT_MOST: text_addf(out, "<= %.10g", rounded(v * 1.5, true)); break;
	case SLACK_RATIO_LEAST:
		text_addf(out, "\">= %.0f %%\"", fmax(0, floor(v * 100 - 2)));
		break;
	case SLACK_RATIO_MOST:
		text_addf(out, "<= %.1f %%", fmin(100, ceil(v * 1500 + 1) / 10));
		break;
	case SLACK_MOS: text_addf(out, "\">= %.1f\"", fmax(1, floor(v * 10 - 1) / 10)); break;
	}
}

/* "  # tonight 1204" in a column of their own. */
static void add_tonight(struct text *out, size_t start, enum value_kind kind, double value)
{
	size_t n = out->n - start;

	text_addf(out, "%*s# tonight ", n < 40 ? (int)(40 - n) : 1, "");
	bound_add_value(out, kind, value, NULL);
	text_addf(out, "\n");
}

static const struct line {
	const char *subject;
	int population;
	enum slack slack;
} lines[] = {
	{ "calls", CALLS, SLACK_AT_LEAST },
	{ "answered_ratio", CALLS, SLACK_RATIO_LEAST },
	{ "failed_ratio", CALLS, SLACK_RATIO_MOST },
	{ "pdd_ms.p95", CALLS, SLACK_AT_MOST },
	{ "setup_ms.p95", CALLS, SLACK_AT_MOST },
	{ "mos_lq.p05", STREAMS, SLACK_MOS },
	{ "mos_lq_wb.p05", STREAMS, SLACK_MOS },
	{ "mos_lq_fb.p05", STREAMS, SLACK_MOS },
	{ "loss_ratio.p95", STREAMS, SLACK_RATIO_MOST },
	{ "jitter_mean_ms.p95", STREAMS, SLACK_AT_MOST },
};

static bool value_of(struct template *t, const struct line *l, enum value_kind *kind, double *value)
{
	const struct population *p = &populations[l->population];
	struct selection all = { .of = p };
	struct item item = { .subject = slice_str(l->subject) };
	struct nearest unused = nearest_to(item.subject);
	struct subject subject;

	if (slice_eq_str(item.subject, p->name))
		item.subject = SLICE_LIT("count");
	*value = NAN;
	if (subject_parse(t->k, p, &item, &subject, &unused) != 1)
		return false;
	*kind = subject.what == SUBJECT_STATISTIC ? subject.field->kind
	        : subject.what == SUBJECT_RATIO   ? KIND_RATIO
	                                          : KIND_COUNT;
	return subject_value(t->k, &all, &subject, value);
}

static bool add_lines(struct template *t)
{
	enum value_kind kind = KIND_COUNT;
	double value;

	text_addf(t->out,
	          "\n# Of everything. p05 is the 5th percentile: 95 %% are better. What begins "
	          "with > stands in quotes.\n");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t start = t->out->n;
		if (!value_of(t, &lines[i], &kind, &value))
			return false;
		if (isnan(value))
			continue;
		text_addf(t->out, "%s: ", lines[i].subject);
		add_bound(t->out, lines[i].slack, value);
		add_tonight(t->out, start, kind, value);
	}
	return true;
}

static bool add_one_way(struct template *t)
{
	int64_t streams = 0, n = 0;

	if (!rows_int(t->k->records, "SELECT count(*) FROM streams", RECORD_NULL, &streams,
	              t->k->err))
		return false;
	if (!streams) {
		text_addf(t->out, "# No RTP was captured: of its quality nothing can be said.\n");
		return true;
	}
	if (!rows_int(t->k->records, "SELECT count(*) FROM (" SUMMARY_ONE_WAY_SQL ")", RECORD_NULL,
	              &n, t->k->err))
		return false;
	size_t start = t->out->n;
	text_addf(t->out, "calls_one_way: %s%" PRId64, n ? "<= " : "", n);
	add_tonight(t->out, start, KIND_COUNT, (double)n);
	return true;
}

#define ERRORS_FIRST "min(CASE f.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END)"

static bool add_findings(struct template *t)
{
	struct query *q = rows_query(t->k->records,
	                             "SELECT f.rule, max(f.name), sum(f.occurrences), "
	                             "coalesce(sum(f.occurrences) FILTER "
	                             "(WHERE f.severity = 'error'), 0) FROM findings f GROUP BY "
	                             "f.rule ORDER BY " ERRORS_FIRST ", 3 DESC, 1",
	                             RECORD_NULL, t->k->err);
	int64_t errors = 0;

	if (!q)
		return false;
	text_addf(t->out, "\n# Rules by id or name, 'milliwatt rules' explains them: how often at "
	                  "most. Tonight's are accepted here;\n# take away what should not be.\n"
	                  "findings:\n");
	while (query_step(q, t->k->err)) {
		errors += query_int(q, 3);
		text_addf(t->out, "  %.*s: <= %" PRId64 "  # %.*s\n", SLICE_ARG(query_text(q, 0)),
		          query_int(q, 2), SLICE_ARG(query_text(q, 1)));
	}
	query_free(q);
	text_addf(t->out, "  errors: %s%" PRId64 "  # of all rules\n", errors ? "<= " : "", errors);
	return t->k->err->code == ERR_NONE;
}

/* {"192.0.2.1": {ASR: ..., PDD_P95: ...}} of those with most calls. */
static bool add_trunks(struct template *t)
{
	struct query *q = rows_query(
	        t->k->records,
	        "SELECT substr(a.scope, 7), a.value, r.numerator, r.denominator, p.value FROM kpi "
	        "a "
	        "LEFT JOIN kpi r ON r.run_id = a.run_id AND r.scope = a.scope AND r.name = 'ASR' "
	        "LEFT "
	        "JOIN kpi p ON p.run_id = a.run_id AND p.scope = a.scope AND p.name = 'PDD_P95' "
	        "WHERE "
	        "a.scope GLOB 'trunk:*' AND a.name = 'ATTEMPTS_MERGED' AND a.value > 0 ORDER BY "
	        "a.value DESC, a.scope LIMIT " MOST_TRUNKS,
	        RECORD_NULL, t->k->err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, t->k->err); first = false) {
		double asr = query_real(q, 2) / query_real(q, 3), pdd = query_real(q, 4);
		if (first)
			text_addf(t->out,
			          "\n# Key figures of calls to one address; 'each' is all of "
			          "them.\ntrunks:\n");
		text_addf(t->out, "  \"");
		text_add_json(t->out, query_text(q, 0));
		text_addf(t->out, "\": {calls: ");
		add_bound(t->out, SLACK_AT_LEAST, query_real(q, 1));
		if (!isnan(asr)) {
			text_addf(t->out, ", ASR: ");
			add_bound(t->out, SLACK_RATIO_LEAST, asr);
		}
		if (!isnan(pdd)) {
			text_addf(t->out, ", PDD_P95: ");
			add_bound(t->out, SLACK_AT_MOST, pdd);
		}
		text_addf(t->out, "}\n");
	}
	query_free(q);
	return t->k->err->code == ERR_NONE;
}

static bool add_others(struct template *t)
{
	int64_t simulated = 0, failed = 0, registrations = 0;

	if (!rows_int(t->k->records, "SELECT count(*) FROM sim_calls", RECORD_NULL, &simulated,
	              t->k->err) ||
	    !rows_int(t->k->records, "SELECT count(*) FROM sim_calls WHERE outcome = 'failed'",
	              RECORD_NULL, &failed, t->k->err) ||
	    !rows_int(t->k->records, "SELECT count(*) FROM registrations", RECORD_NULL,
	              &registrations, t->k->err))
		return false;
	if (registrations)
		text_addf(t->out, "\nregistrations:\n  count: \">= %.10g\"\n",
		          rounded((double)registrations * 0.9, false));
	if (simulated)
		text_addf(
		        t->out,
		        "\n# What the simulator alone knows; 'truth: equal' would hold measurement "
		        "against it.\nsimulation: {failed: %s%" PRId64 "}\n",
		        failed ? "<= " : "", failed);
	text_addf(t->out, "\n# Of single calls:\n"
	                  "# calls:\n"
	                  "#   - where: {callee: \"+4930*\", outcome: answered}\n"
	                  "#     count: \">= 10\"\n"
	                  "#     each: {mos_min: \">= 3.5\", released_by: caller | callee}\n");
	return true;
}

bool check_template(struct records *r, struct text *out, struct err *err)
{
	struct check k = { .records = r, .err = err };
	struct template t = { .k = &k, .out = out };

	arena_init(&k.arena, 1024);
	text_addf(out, "# What 'milliwatt check DB --expect THIS-FILE' expects. The language: "
	               "docs/expectations.md\n"
	               "name: nightly check\n");
	bool ok = add_lines(&t) && add_one_way(&t) && add_findings(&t) && add_trunks(&t) &&
	          add_others(&t);
	arena_release(&k.arena);
	return ok && (!out->failed || err_memory(err, "the template"));
}
