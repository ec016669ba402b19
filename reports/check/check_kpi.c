/* Key figures as the kpi table has them, of everything and per trunk. */
#include "reports/check/check_internal.h"
#include "reports/kpi_definitions.h"

#include <inttypes.h>
#include <stdio.h>

struct scope {
	struct slice name; /* 'all', 'trunk:192.0.2.1' */
	struct slice group; /* of the verdicts */
	struct selection calls; /* of it: who is to blame */
	bool strict; /* only key figures */
};

/* In capitals, as they are recorded. */
static struct slice kpi_name(struct slice subject, char buf[static 40])
{
	size_t n = subject.n < 39 ? subject.n : 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = subject.p[i];
		buf[i] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
	}
	return slice_of(buf, n);
}

static void try_names(struct nearest *nearest)
{
	for (size_t i = 0; i < KPI_DEFINITIONS; i++)
		nearest_try(nearest, kpi_definitions[i].name);
}

static enum value_kind kind_of_unit(struct slice unit)
{
	if (slice_eq_str(unit, "%"))
		return KIND_RATIO;
	if (slice_eq_str(unit, "ms"))
		return KIND_MS;
	return slice_eq_str(unit, "s") ? KIND_SECONDS : KIND_NUMBER;
}

/* Calls that lie behind the figure: the slowest, or those not answered. */
static bool blame(struct check *k, const struct scope *scope, struct slice name,
                  enum value_kind kind, const struct bound *b, struct verdict *v)
{
	static const char *const times[][2] = { { "PDD_", "pdd_ms" },
		                                { "SETUP_", "setup_ms" },
		                                { "SDD_", "disconnect_ms" },
		                                { "TTR_", "trying_ms" } };
	const struct field *f = NULL;
	struct nearest unused = nearest_to(SLICE_LIT("x"));
	struct worst worst = { .kept = 0 };
	struct members m;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (slice_starts(name, times[i][0]))
			f = field_of(&populations[CALLS], slice_str(times[i][1]), &unused);
	bool answered = kind == KIND_RATIO && bound_wants_more(b) && !slice_starts(name, "REG_");
	if ((!f && !answered) || v->result == VERDICT_PASSED)
		return true;
	if (!members_open(k, &m, &scope->calls, f ? f->sql : "c.outcome", NULL))
		return false;
	while (members_next(k, &m)) {
		double value = f ? query_real(m.query, MEMBER_VALUE) : 0;
		bool bad = f ? !isnan(value) && !bound_holds(b, value)
		             : !slice_eq_str(query_text(m.query, MEMBER_VALUE), "answered");
		if (bad)
			worst_add(&worst, f ? badness_of(b, value) : 0,
			          query_int(m.query, MEMBER_KEY));
	}
	members_close(&m);
	return k->err->code == ERR_NONE && worst_blame(k, &worst, &scope->calls, f, v);
}

static bool judge(struct check *k, const struct scope *scope, struct slice name, struct query *q,
                  const struct item *item)
{
	enum value_kind kind = kind_of_unit(query_text(q, 1));
	int64_t numerator = query_int(q, 2), denominator = query_int(q, 3);
	double value = query_real(q, 0);
	struct bound b;

	if (!item_bound(k, item, kind, &b))
		return false;
	if (isnan(value)) {
		item_verdict_why(k, scope->group, item, &b, VERDICT_ERROR,
		                 "%.*s has no value: there was nothing to count it from",
		                 SLICE_ARG(name));
		return true;
	}
	/* As a fraction it is exact; in per cent it was multiplied. */
	if (kind == KIND_RATIO)
		value = numerator == RECORD_NULL || denominator == RECORD_NULL || !denominator
		                ? value / 100
		                : (double)numerator / (double)denominator;
	struct verdict *v = item_verdict(k, scope->group, item, &b, bound_holds(&b, value));
	say_value(k, v, kind, value, &b);
	if (kind == KIND_RATIO && numerator != RECORD_NULL && denominator != RECORD_NULL)
		verdicts_say(k->out, &v->actual, "%.*s (%" PRId64 " of %" PRId64 ")",
		             SLICE_ARG(v->actual), numerator, denominator);
	return blame(k, scope, name, kind, &b, v);
}

static bool check_figure(struct check *k, const struct scope *scope, struct slice name,
                         const struct item *item)
{
	struct bound b;

	if (!k->records)
		return item_bound(k, item, KIND_ANY, &b);
	struct query *q = query_new(k->records, k->err,
	                            "SELECT value, unit, numerator, denominator FROM kpi WHERE "
	                            "scope = ?1 AND name = ?2 ORDER BY run_id");
	if (!q)
		return false;
	query_bind_text(q, 1, scope->name);
	query_bind_text(q, 2, name);
	bool ok = true;
	if (query_step(q, k->err))
		ok = judge(k, scope, name, q, item);
	else if (k->err->code == ERR_NONE && (ok = item_bound(k, item, KIND_ANY, &b)))
		item_verdict_why(k, scope->group, item, &b, VERDICT_ERROR,
		                 "there is no %.*s of '%.*s' in these records", SLICE_ARG(name),
		                 SLICE_ARG(scope->name));
	query_free(q);
	return ok && k->err->code == ERR_NONE;
}

/* The same subject of the streams of these calls. */
static int check_other(struct check *k, struct scope *scope, int which, const struct item *item,
                       struct nearest *nearest)
{
	const struct population *p = &populations[which];
	struct selection s = { .of = p, .group = scope->group };
	struct nearest unused = *nearest;
	struct item inner = *item;
	struct subject subject;

	if (which == CALLS && slice_eq_str(item->subject, "calls"))
		inner.subject = SLICE_LIT("count");
	if (which == STREAMS && slice_eq_str(item->subject, "streams"))
		inner.subject = SLICE_LIT("count");
	else if (which == STREAMS && slice_eq_str(item->subject, "count"))
		return 0;
	int parsed = subject_parse(k, p, &inner, &subject, nearest);
	if (parsed <= 0)
		return parsed;
	if (scope->calls.conditions &&
	    !selection_add(k, &s, field_of(p, SLICE_LIT("trunk"), &unused),
	                   &scope->calls.conditions->bound))
		return -1;
	return subject_check(k, &s, &subject, item) ? 1 : -1;
}

static bool take_figure(struct check *k, void *context, const struct item *item)
{
	struct scope *scope = context;
	size_t dot = slice_find(item->subject, '.');
	struct nearest nearest = nearest_to(slice_sub(item->subject, 0, dot));
	char buf[40];
	struct slice name = kpi_name(item->subject, buf);

	if (slice_eq_str(item->subject, "min_calls"))
		return true;
	if (name.n && kpi_definition_of(name))
		return check_figure(k, scope, name, item);
	try_names(&nearest);
	for (int which = CALLS; !scope->strict && which <= STREAMS; which++) {
		int done = check_other(k, scope, which, item, &nearest);
		if (done)
			return done > 0;
	}
	return item_unknown(k, item, "key figure", &nearest);
}

/* Keys with a mapping behind them are scopes: {"trunk:192.0.2.1": {ASR: ...}}. */
bool kpi_check(struct check *k, const struct yaml_node *n)
{
	struct scope all = { .name = SLICE_LIT("all"),
		             .group = SLICE_LIT("kpi"),
		             .calls = { .of = &populations[CALLS] },
		             .strict = true };
	struct item item;

	if (n->kind != YAML_MAPPING)
		return items_each(k, n, take_figure, &all);
	for (const struct yaml_node *c = n->first; c; c = c->next) {
		struct scope other = all;
		other.name = other.group = c->key;
		bool nested = c->kind == YAML_MAPPING;
		if (nested ? !items_each(k, c, take_figure, &other)
		           : !item_of_key(k, c, &item) || !take_figure(k, &all, &item))
			return false;
	}
	return true;
}

static bool is_trunk(struct check *k, struct slice address, bool *known)
{
	struct query *q = query_new(k->records, k->err,
	                            "SELECT 1 FROM kpi WHERE scope = 'trunk:' || ?1 LIMIT 1");

	if (!q)
		return false;
	query_bind_text(q, 1, address);
	*known = query_step(q, k->err);
	query_free(q);
	return k->err->code == ERR_NONE;
}

static bool scope_of(struct check *k, struct slice address, struct scope *scope)
{
	struct nearest unused = nearest_to(address);
	struct bound b;
	struct text name;

	*scope = (struct scope){ .calls = { .of = &populations[CALLS] } };
	text_init(&name);
	text_addf(&name, "trunk:%.*s", SLICE_ARG(address));
	bool ok = (!name.failed && arena_keep(&k->arena, slice_of(name.p, name.n), &scope->name)) ||
	          err_memory(k->err, "an expectation");
	text_release(&name);
	scope->group = scope->name;
	return ok && bound_parse(&b, KIND_TEXT, address, &k->arena, k->err) &&
	       selection_add(k, &scope->calls,
	                     field_of(&populations[CALLS], SLICE_LIT("trunk"), &unused), &b);
}

/* Falls short, whatever was asked of it. */
static void say_no_trunk(struct check *k, struct slice group, const struct yaml_node *n,
                         const char *why)
{
	struct verdict *v =
	        verdicts_add(k->out, group, SLICE_LIT("calls go there"), VERDICT_FAILED);

	verdicts_say(k->out, &v->note, "%s", why);
	verdicts_say(k->out, &v->file, "%s", yaml_name(k->file));
	v->line = n->key_line;
}

static bool check_trunk(struct check *k, struct slice address, const struct yaml_node *n)
{
	struct scope scope;
	bool known = true;

	if (!scope_of(k, address, &scope) || (k->records && !is_trunk(k, address, &known)))
		return false;
	if (known)
		return items_each(k, n, take_figure, &scope);
	say_no_trunk(k, scope.group, n,
	             "no call went there; the trunks are listed by 'milliwatt report --kpi DB'");
	return true;
}

/* `each`: all that had at least min_calls. */
static bool check_each_trunk(struct check *k, const struct yaml_node *n)
{
	const struct yaml_node *min_calls = yaml_get(n, "min_calls");
	int64_t least = 1, found = 0;

	if (min_calls && (!yaml_int(min_calls, &least) || least < 1))
		return yaml_wrong(k->file, min_calls, k->err, "min_calls is a number of calls");
	if (!k->records)
		return check_trunk(k, SLICE_LIT("each"), n);
	struct query *q = query_new(k->records, k->err,
	                            "SELECT substr(scope, 7), max(value) FROM kpi WHERE scope GLOB "
	                            "'trunk:*' AND name = 'ATTEMPTS_MERGED' GROUP BY scope HAVING "
	                            "max(value) >= ?1 ORDER BY 2 DESC, 1");
	if (!q)
		return false;
	query_bind_int(q, 1, least);
	bool ok = true;
	for (struct slice address; ok && query_step(q, k->err); found++)
		ok = arena_keep(&k->arena, query_text(q, 0), &address)
		             ? check_trunk(k, address, n)
		             : err_memory(k->err, "an expectation");
	query_free(q);
	if (ok && !found && k->err->code == ERR_NONE)
		say_no_trunk(k, SLICE_LIT("trunks"), n, "no trunk had that many calls");
	return ok && k->err->code == ERR_NONE;
}

bool trunks_check(struct check *k, const struct yaml_node *n)
{
	if (n->kind != YAML_MAPPING)
		return yaml_wrong(k->file, n, k->err,
		                  "trunks: {\"192.0.2.1\": {ASR: \">= 50 %%\"}, each: {...}}");
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (slice_eq_str(c->key, "each") ? !check_each_trunk(k, c)
		                                 : !check_trunk(k, c->key, c))
			return false;
	return true;
}
