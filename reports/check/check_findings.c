/* findings: {A1: 0, errors: 0, D1: ">= 1", confidence: medium} */
#include "reports/check/check_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define CONFIDENCE "CASE f.confidence WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END"
/* ?1: least confidence; ?2: a severity; ?3: a rule's id or name. */
#define WHICH                                                                                      \
	" WHERE " CONFIDENCE                                                                       \
	" >= ?1 AND (?2 IS NULL OR f.severity = ?2) AND (?3 IS NULL OR lower(f.rule) = "           \
	"lower(?3) OR lower(f.name) = lower(?3))"

struct findings {
	int64_t least;
	int64_t streams;
};

struct wanted {
	struct slice severity, rule; /* absent: any */
};

static const struct {
	const char *key, *severity;
} groups[] = {
	{ "errors", "error" }, { "warnings", "warning" }, { "infos", "info" }, { "any", NULL }
};

static struct wanted wanted_of(struct slice subject, struct nearest *nearest)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		nearest_try(nearest, groups[i].key);
		if (slice_eq_str(subject, groups[i].key))
			return (struct wanted){ .severity = groups[i].severity
				                                    ? slice_str(groups[i].severity)
				                                    : SLICE_NONE };
	}
	return (struct wanted){ .rule = subject };
}

static struct query *ask(struct check *k, const char *sql, const struct findings *all,
                         const struct wanted *w)
{
	struct query *q = query_new(k->records, k->err, sql);

	if (!q)
		return NULL;
	query_bind_int(q, 1, all->least);
	query_bind_text(q, 2, w->severity);
	query_bind_text(q, 3, w->rule);
	return q;
}

static bool blame(struct check *k, const struct findings *all, const struct wanted *w,
                  struct verdict *v)
{
	struct query *q = ask(k,
	                      "SELECT o.call_id, f.rule || ': ' || o.text FROM findings f JOIN "
	                      "finding_occurrences o ON o.finding_id = f.id" WHICH
	                      " ORDER BY CASE f.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 "
	                      "ELSE 2 END, f.id, o.first_us, o.rowid",
	                      all, w);

	if (!q)
		return false;
	while (query_step(q, k->err))
		verdicts_blame(k->out, v, query_int(q, 0), query_text(q, 1));
	query_free(q);
	return k->err->code == ERR_NONE;
}

/* The rule as these records have it; false and no err: they have none of this name. */
struct rule_state {
	bool known, enabled;
	char title[80]; /* "A1 (one-way-audio)" */
	char id[8];
};

static bool find_rule(struct check *k, struct slice name, struct rule_state *state,
                      struct nearest *nearest, struct text *names)
{
	struct query *q = query_new(k->records, k->err,
	                            "SELECT rule, name, enabled FROM rules ORDER BY rowid");
	char buf[64];

	*state = (struct rule_state){ .known = false };
	if (!q)
		return false;
	while (query_step(q, k->err)) {
		struct slice id = query_text(q, 0), title = query_text(q, 1);
		for (int column = 0; column < 2; column++) {
			struct nearest before = *nearest;
			nearest_try(nearest, slice_cstr(query_text(q, column), buf, sizeof buf));
			if (nearest->best != before.best) { /* the row will not stay */
				text_reset(names);
				text_addf(names, "%s", buf);
			}
			nearest->best = before.best;
		}
		if (!slice_ieq(id, name) && !slice_ieq(title, name))
			continue;
		*state = (struct rule_state){ .known = true, .enabled = query_int(q, 2) != 0 };
		snprintf(state->title, sizeof state->title, "%.*s (%.*s)", SLICE_ARG(id),
		         SLICE_ARG(title));
		slice_cstr(id, state->id, sizeof state->id);
	}
	query_free(q);
	if (names->n)
		nearest->best = text_cstr(names);
	return k->err->code == ERR_NONE;
}

static bool count(struct check *k, const struct findings *all, const struct wanted *w, int64_t *out)
{
	struct query *q =
	        ask(k, "SELECT coalesce(sum(f.occurrences), 0) FROM findings f" WHICH, all, w);

	if (!q)
		return false;
	if (query_step(q, k->err))
		*out = query_int(q, 0);
	query_free(q);
	return k->err->code == ERR_NONE;
}

static bool judge(struct check *k, const struct findings *all, const struct wanted *w,
                  const struct rule_state *rule, const struct item *item, const struct bound *b)
{
	bool media = rule->id[0] == 'A' || rule->id[0] == 'B';
	int64_t n = 0;

	if (rule->known && !rule->enabled) {
		item_verdict_why(k, SLICE_LIT("findings"), item, b, VERDICT_ERROR,
		                 "%s was off in this run: nobody looked for it", rule->title);
		return true;
	}
	if (!count(k, all, w, &n))
		return false;
	struct verdict *v =
	        item_verdict(k, SLICE_LIT("findings"), item, b, bound_holds(b, (double)n));
	if (rule->known)
		verdicts_say(k->out, &v->name, "%s %.*s", rule->title, SLICE_ARG(b->shown));
	say_value(k, v, KIND_COUNT, (double)n, b);
	if (media && !all->streams)
		verdicts_say(k->out, &v->note,
		             "no RTP was captured: there was nothing to find it in");
	return v->result == VERDICT_PASSED || bound_wants_more(b) || blame(k, all, w, v);
}

static bool take_finding(struct check *k, void *context, const struct item *item)
{
	struct findings *all = context;
	struct nearest nearest = nearest_to(item->subject);
	struct rule_state rule = { .known = false };
	struct text names;
	struct bound b;

	if (slice_eq_str(item->subject, "confidence"))
		return true;
	if (!item_bound(k, item, KIND_COUNT, &b))
		return false;
	if (!k->records)
		return true;
	struct wanted w = wanted_of(item->subject, &nearest);
	text_init(&names);
	bool ok = !w.rule.p || find_rule(k, w.rule, &rule, &nearest, &names);
	if (ok && w.rule.p && !rule.known)
		ok = item_unknown(k, item, "rule", &nearest);
	ok = ok && judge(k, all, &w, &rule, item, &b);
	text_release(&names);
	return ok;
}

static bool read_confidence(struct check *k, const struct yaml_node *n, struct findings *all)
{
	static const char *const levels[] = { "low", "medium", "high" };
	const struct yaml_node *confidence = yaml_get(n, "confidence");

	all->least = 0;
	if (!confidence)
		return true;
	for (int i = 0; i < 3; i++)
		if (slice_eq_str(confidence->text, levels[i])) {
			all->least = i;
			return true;
		}
	return yaml_wrong(k->file, confidence, k->err,
	                  "confidence is low, medium or high: what is less sure is not counted");
}

bool findings_check(struct check *k, const struct yaml_node *n)
{
	struct findings all = { 0 };

	if (k->records && !rows_int(k->records, "SELECT count(*) FROM streams", RECORD_NULL,
	                            &all.streams, k->err))
		return false;
	return read_confidence(k, n, &all) && items_each(k, n, take_finding, &all);
}
