/* sql: what no other section can say; truth: what the simulator meant against what was measured. */
#include "reports/check/check_internal.h"

#include <inttypes.h>

/* A SELECT may take so long: seconds. */
#define MILLION_STEPS 500

static const char *const sql_keys[] = { "query", "is", "rows", NULL };

struct question {
	const struct yaml_node *node; /* of its name */
	struct slice query;
	bool counts; /* rows; else the one value */
	struct item item;
	struct bound bound;
};

/* "caller=1001, n=3" */
static void add_row(struct text *out, struct query *q)
{
	for (int i = 0; i < query_columns(q); i++) {
		text_addf(out, "%s%s=", i ? ", " : "", query_column_name(q, i));
		if (query_is_null(q, i))
			text_addf(out, "NULL");
		else
			text_add(out, query_text(q, i));
	}
}

static int64_t call_of(struct query *q)
{
	for (int i = 0; i < query_columns(q); i++)
		if (strcmp(query_column_name(q, i), "call_id") == 0 &&
		    query_type(q, i) == QUERY_INT)
			return query_int(q, i);
	return RECORD_NULL;
}

static bool cannot_ask(struct check *k, const struct question *a)
{
	struct err why = *k->err;

	if (why.code == ERR_MEMORY)
		return false;
	return yaml_wrong_key(k->file, a->node, k->err, "the SQL of '%.*s': %s",
	                      SLICE_ARG(a->node->key), why.text);
}

static struct verdict *answer(struct check *k, const struct question *a, bool holds)
{
	struct verdict *v = item_verdict(k, SLICE_LIT("sql"), &a->item, &a->bound, holds);

	verdicts_say(k->out, &v->name, "%.*s%s %.*s", SLICE_ARG(a->node->key),
	             a->counts ? ": rows" : ":", SLICE_ARG(a->bound.shown));
	return v;
}

/* Rows that should not be there are to blame. */
static bool count_rows(struct check *k, const struct question *a, struct query *q)
{
	struct verdicts *out = k->out;
	struct verdict *v = answer(k, a, true);
	struct text row;
	int64_t n = 0;

	text_init(&row);
	for (; query_step(q, k->err); n++) {
		text_reset(&row);
		add_row(&row, q);
		verdicts_blame(out, v, call_of(q), slice_of(text_cstr(&row), row.n));
	}
	out->failed |= row.failed;
	text_release(&row);
	if (k->err->code != ERR_NONE)
		return cannot_ask(k, a);
	say_value(k, v, KIND_COUNT, (double)n, &a->bound);
	if (bound_holds(&a->bound, (double)n)) {
		v->blame = v->last_blame = NULL;
		v->blame_count = 0;
	} else {
		verdicts_turn(out, v, VERDICT_FAILED);
	}
	return true;
}

static bool judge_value(struct check *k, const struct question *a, struct query *q)
{
	bool words = a->bound.kind == KIND_TEXT;

	if (!query_step(q, k->err)) {
		if (k->err->code != ERR_NONE)
			return cannot_ask(k, a);
		struct verdict *none = answer(k, a, true);
		verdicts_turn(k->out, none, VERDICT_ERROR);
		verdicts_say(k->out, &none->note, "it gave no row, and so no value");
		return true;
	}
	bool holds = words ? bound_holds_text(&a->bound, query_text(q, 0))
	                   : bound_holds(&a->bound, query_real(q, 0));
	struct verdict *v = answer(k, a, holds);
	if (words || query_is_null(q, 0))
		verdicts_say(k->out, &v->actual, "%.*s", SLICE_ARG(query_text(q, 0)));
	else
		say_value(k, v, a->bound.kind, query_real(q, 0), &a->bound);
	if (query_is_null(q, 0) && !a->bound.none) {
		verdicts_turn(k->out, v, VERDICT_ERROR);
		verdicts_say(k->out, &v->note, "it gave NULL: nothing was observed");
	}
	return true;
}

static bool ask(struct check *k, const struct question *a)
{
	struct query *q = query_new_select(k->records, k->err, a->query, MILLION_STEPS);

	if (!q)
		return cannot_ask(k, a);
	bool ok = a->counts ? count_rows(k, a, q) : judge_value(k, a, q);
	query_free(q);
	return ok;
}

/* A number if it can be one; else a text. */
static bool read_bound(struct check *k, struct question *a)
{
	struct err unused = ERR_INIT;

	if (a->counts)
		return item_bound(k, &a->item, KIND_COUNT, &a->bound);
	if (a->item.node->kind == YAML_SCALAR && !a->item.node->quoted &&
	    bound_parse(&a->bound, KIND_NUMBER, a->item.bound, &k->arena, &unused))
		return true;
	if (bound_parse(&a->bound, KIND_NUMBER, a->item.bound, &k->arena, &unused))
		return true;
	return item_bound(k, &a->item, KIND_TEXT, &a->bound);
}

static bool read_question(struct check *k, const struct yaml_node *n, struct question *a)
{
	const struct yaml_node *query = yaml_get(n, "query"), *is = yaml_get(n, "is"),
	                       *rows = yaml_get(n, "rows");

	*a = (struct question){ .node = n, .counts = !is };
	if (n->kind == YAML_SCALAR) { /* a query alone: it gives no rows */
		a->query = n->text;
		a->item = (struct item){
			.node = n, .subject = n->key, .is_key = true, .line = n->key_line
		};
		return bound_parse(&a->bound, KIND_COUNT, SLICE_LIT("0"), &k->arena, k->err);
	}
	if (n->kind != YAML_MAPPING || !yaml_only(k->file, n, sql_keys, k->err))
		return k->err->code != ERR_NONE ? false
		                                : yaml_wrong(k->file, n, k->err,
		                                             "a query is a text, or {query, is} "
		                                             "or {query, rows}");
	if (!query || query->kind != YAML_SCALAR || (is && rows) || (!is && !rows))
		return yaml_wrong_key(k->file, n, k->err,
		                      "'%.*s' needs a query, and either 'is' (its value) or 'rows' "
		                      "(how many)",
		                      SLICE_ARG(n->key));
	a->query = query->text;
	return item_of_key(k, is ? is : rows, &a->item) && read_bound(k, a);
}

bool sql_check(struct check *k, const struct yaml_node *n)
{
	struct question a;

	if (n->kind != YAML_MAPPING)
		return yaml_wrong(k->file, n, k->err,
		                  "sql: {NAME: {query: \"SELECT ...\", is: \">= 1\"}}");
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (!read_question(k, c, &a) || (k->records && !ask(k, &a)))
			return false;
	return true;
}

/* Per simulated call and direction: RTP that left, what of it never did (of the middle: nobody can miss the ends), copies, digits. */
static const char truth_differences[] =
        "SELECT k.id, m.role || ' ' || m.sip_call_id || ': ' || CASE "
        "WHEN k.id IS NULL THEN 'not in the records' "
        "WHEN m.sent <> m.packets THEN 'RTP sent ' || m.sent || ', measured ' || m.packets "
        "WHEN m.dropped <> m.lost THEN 'RTP lost ' || m.dropped || ', measured ' || m.lost "
        "WHEN m.copies <> m.duplicates THEN 'RTP duplicated ' || m.copies || ', measured ' || "
        "m.duplicates "
        "ELSE 'digits ' || coalesce(nullif(m.digits_sent, ''), 'none') || ', measured ' || "
        "coalesce(m.digits, 'none') END FROM (SELECT c.sip_call_id, c.role, c.digits_sent, "
        "coalesce(c.rtp_sent, 0) - coalesce(c.rtp_duplicated, 0) AS sent, "
        "coalesce(c.rtp_dropped, 0) - coalesce(c.rtp_unseen, 0) AS dropped, "
        "coalesce(c.rtp_duplicated, 0) AS copies, "
        "coalesce(s.packets, 0) AS packets, coalesce(s.lost, 0) AS lost, "
        "coalesce(s.duplicates, 0) AS duplicates, d.digits, c.rowid AS n "
        "FROM sim_calls c "
        "LEFT JOIN (SELECT sip_call_id, min(id) AS id FROM calls GROUP BY 1) e "
        "ON e.sip_call_id = c.sip_call_id "
        "LEFT JOIN (SELECT call_id, direction, sum(packets) AS packets, sum(lost) AS lost, "
        "sum(duplicates) AS duplicates FROM streams GROUP BY 1, 2) s ON s.call_id = e.id AND "
        "s.direction = CASE c.role WHEN 'caller' THEN 'caller_to_callee' ELSE "
        "'callee_to_caller' END "
        "LEFT JOIN (SELECT call_id, direction, group_concat(digit, '') AS digits FROM "
        "(SELECT * FROM dtmf WHERE press_id = id ORDER BY time_us, id) GROUP BY 1, 2) d ON "
        "d.call_id = e.id AND d.direction = CASE c.role WHEN 'caller' THEN 'caller_to_callee' "
        "ELSE 'callee_to_caller' END) m "
        "LEFT JOIN (SELECT sip_call_id, min(id) AS id FROM calls GROUP BY 1) k ON "
        "k.sip_call_id = m.sip_call_id "
        "WHERE k.id IS NULL OR m.sent <> m.packets OR m.dropped <> m.lost OR m.copies <> "
        "m.duplicates OR (coalesce(m.digits_sent, '') <> coalesce(m.digits, '') AND NOT ?1) ORDER "
        "BY m.n";

static bool blame_differences(struct check *k, struct verdict *v)
{
	struct query *q = query_new(k->records, k->err, truth_differences);

	if (!q)
		return false;
	query_bind_int(q, 1, k->masked);
	while (query_step(q, k->err))
		verdicts_blame(k->out, v, query_int(q, 0), query_text(q, 1));
	query_free(q);
	return k->err->code == ERR_NONE;
}

bool truth_check(struct check *k, const struct yaml_node *n)
{
	const struct item item = { .node = n,
		                   .subject = SLICE_LIT("measured"),
		                   .line = n->key_line };
	int64_t calls = 0;
	struct bound b;

	if (!slice_eq_str(n->text, "equal"))
		return yaml_wrong(k->file, n, k->err,
		                  "truth: equal, and nothing else: what was measured is what the "
		                  "simulator meant");
	if (!k->records)
		return true;
	if (!bound_parse(&b, KIND_TEXT, SLICE_LIT("truth"), &k->arena, k->err) ||
	    !rows_int(k->records, "SELECT count(*) FROM sim_calls", RECORD_NULL, &calls, k->err))
		return false;
	if (!calls) {
		item_verdict_why(k, SLICE_LIT("truth"), &item, &b, VERDICT_ERROR,
		                 "these records are of no simulation (milliwatt sim --record)");
		return true;
	}
	struct verdict *v = item_verdict(k, SLICE_LIT("truth"), &item, &b, true);
	verdicts_say(k->out, &v->expected, "no difference");
	if (!blame_differences(k, v))
		return false;
	verdicts_say(k->out, &v->actual, "%" PRId64 " of %" PRId64 " simulated calls differ",
	             v->blame_count, calls);
	if (v->blame_count)
		verdicts_turn(k->out, v, VERDICT_FAILED);
	return true;
}
