#include "reports/calls_filter.h"

#include "reports/summary.h"

#include <assert.h>

#define MAX_VALUES 40

const char *const calls_sort_names[CALLS_SORTS] = { "start",   "duration", "mos",    "setup",
	                                            "pdd",     "status",   "caller", "callee",
	                                            "outcome", "legs" };

static const char *const sort_columns[CALLS_SORTS] = {
	"coalesce(c.start_us, c.first_us)",
	"c.talk_ms",
	"c.mos_min",
	"c.setup_ms",
	"c.pdd_ms",
	"c.final_status",
	"c.caller",
	"c.callee",
	"c.outcome",
	"c.leg_count",
};

void calls_filter_init(struct calls_filter *f)
{
	*f = (struct calls_filter){ .min_talk_ms = NAN,
		                    .max_talk_ms = NAN,
		                    .mos_below = NAN,
		                    .from_us = RECORD_NULL,
		                    .to_us = RECORD_NULL };
}

/* A WHERE clause in the making: its text, and the values of its parameters. Texts are gathered in one buffer, so that they are slices of it
 * only at the end. */
struct clause {
	struct text sql, texts;
	struct value {
		enum { VALUE_INT, VALUE_REAL, VALUE_TEXT } type;
		int64_t integer;
		double real;
		size_t from, n; /* in texts */
	} values[MAX_VALUES];
	int count;
};

static void begin(struct clause *c, struct value value)
{
	assert(c->count < MAX_VALUES);
	c->values[c->count++] = value;
	text_addf(&c->sql, " AND ");
}

static void add_int(struct clause *c, const char *before, int64_t value)
{
	begin(c, (struct value){ .type = VALUE_INT, .integer = value });
	text_addf(&c->sql, "%s ?%d", before, c->count);
}

static void add_real(struct clause *c, const char *before, double value)
{
	begin(c, (struct value){ .type = VALUE_REAL, .real = value });
	text_addf(&c->sql, "%s ?%d", before, c->count);
}

static int keep_text(struct clause *c, size_t from)
{
	assert(c->count < MAX_VALUES);
	c->values[c->count++] =
	        (struct value){ .type = VALUE_TEXT, .from = from, .n = c->texts.n - from };
	return c->count;
}

static int keep_slice(struct clause *c, struct slice s)
{
	size_t from = c->texts.n;

	text_add(&c->texts, s);
	return keep_text(c, from);
}

/* "%" and "_" are ordinary characters of what people look for. */
static void add_escaped(struct text *out, struct slice s)
{
	for (; s.n; s = slice_from(s, 1))
		text_addf(out, "%s%c", s.p[0] == '%' || s.p[0] == '_' || s.p[0] == '\\' ? "\\" : "",
		          s.p[0]);
}

static int keep_pattern(struct clause *c, const char *before, struct slice s, const char *after)
{
	size_t from = c->texts.n;

	text_addf(&c->texts, "%s", before);
	add_escaped(&c->texts, s);
	text_addf(&c->texts, "%s", after);
	return keep_text(c, from);
}

#define LIKE(column) column " LIKE ?%d ESCAPE '\\'"

static void add_within(struct clause *c, const char *column, struct slice s)
{
	if (!s.p)
		return;
	int n = keep_pattern(c, "%", s, "%");
	text_addf(&c->sql, " AND %s LIKE ?%d ESCAPE '\\'", column, n);
}

static void add_text(struct clause *c, struct slice s)
{
	if (!s.p)
		return;
	int n = keep_pattern(c, "%", s, "%");
	text_addf(&c->sql,
	          " AND (" LIKE("c.caller") " OR " LIKE("c.callee") " OR " LIKE(
	                  "c.sip_call_id") " OR " LIKE("c.reason") ")",
	          n, n, n, n);
}

/* +44..., 0044... and 44... are the same number. */
static void add_number(struct clause *c, struct slice s)
{
	static const char *const prefixes[] = { "", "+", "00" };

	if (!s.p)
		return;
	if (slice_starts(s, "+"))
		s = slice_from(s, 1);
	else if (slice_starts(s, "00"))
		s = slice_from(s, 2);
	text_addf(&c->sql, " AND (0");
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		int n = keep_pattern(c, prefixes[i], s, "%");
		text_addf(&c->sql, " OR " LIKE("c.caller") " OR " LIKE("c.callee"), n, n);
	}
	text_addf(&c->sql, ")");
}

/* An endpoint in the records is "192.0.2.1:5060" or "[2001:db8::1]:5060": as given, or with any port. */
static void add_endpoint(struct clause *c, struct slice s, bool src)
{
	bool bare_v6 = s.n && s.p[0] != '[' && slice_find_str(s, "::") != SLICE_NPOS;
	int exact = keep_pattern(c, "", s, "");
	int any_port = keep_pattern(c, bare_v6 ? "[" : "", s, bare_v6 ? "]:%" : ":%");

	text_addf(&c->sql, LIKE("dst") " OR " LIKE("dst"), exact, any_port);
	if (src)
		text_addf(&c->sql, " OR " LIKE("src") " OR " LIKE("src"), exact, any_port);
}

static void add_legs(struct clause *c, const struct calls_filter *f)
{
	if (f->peer.p) {
		text_addf(&c->sql, " AND c.id IN (SELECT call_id FROM dialogs WHERE ");
		add_endpoint(c, f->peer, true);
		text_addf(&c->sql, ")");
	}
	if (f->trunk.p) {
		text_addf(&c->sql,
		          " AND c.id IN (SELECT call_id FROM dialogs WHERE kind = 'invite' "
		          "AND forked_from IS NULL AND (");
		add_endpoint(c, f->trunk, false);
		text_addf(&c->sql, "))");
	}
	if (f->user_agent.p) {
		int n = keep_pattern(c, "%", f->user_agent, "%");
		text_addf(&c->sql,
		          " AND c.id IN (SELECT call_id FROM dialogs WHERE " LIKE(
		                  "caller_user_agent") " OR " LIKE("callee_user_agent") ")",
		          n, n);
	}
}

static void add_finding(struct clause *c, struct slice s)
{
	uint64_t id;

	if (!s.p)
		return;
	text_addf(&c->sql,
	          " AND c.id IN (SELECT o.call_id FROM finding_occurrences o JOIN findings g "
	          "ON g.id = o.finding_id");
	if (slice_u64(s, INT64_MAX, &id)) {
		c->values[c->count++] = (struct value){ .type = VALUE_INT, .integer = (int64_t)id };
		text_addf(&c->sql, " WHERE g.id = ?%d", c->count);
	} else if (!slice_ieq_str(s, "any")) {
		int n = keep_pattern(c, "", s, "");
		text_addf(&c->sql, " WHERE " LIKE("g.rule") " OR " LIKE("g.name"), n, n);
	}
	text_addf(&c->sql, ")");
}

static void add_outcomes(struct clause *c, unsigned outcomes)
{
	if (!outcomes)
		return;
	text_addf(&c->sql, " AND c.outcome IN ('-'");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++)
		if (outcomes >> i & 1)
			text_addf(&c->sql, ", ?%d", keep_slice(c, slice_str(summary_outcomes[i])));
	text_addf(&c->sql, ")");
}

static void add_numbers(struct clause *c, const struct calls_filter *f)
{
	if (f->status_from) {
		add_int(c, "c.final_status >=", f->status_from);
		add_int(c, "c.final_status <=", f->status_to);
	}
	if (!isnan(f->min_talk_ms))
		add_real(c, "c.talk_ms >=", f->min_talk_ms);
	if (!isnan(f->max_talk_ms))
		add_real(c, "c.talk_ms <=", f->max_talk_ms);
	if (!isnan(f->mos_below))
		add_real(c, "c.mos_min <", f->mos_below);
	if (f->from_us != RECORD_NULL)
		add_int(c, "coalesce(c.start_us, c.first_us) >=", f->from_us);
	if (f->to_us != RECORD_NULL)
		add_int(c, "coalesce(c.start_us, c.first_us) <=", f->to_us);
}

static void build(struct clause *c, const struct calls_filter *f)
{
	text_addf(&c->sql, " WHERE 1");
	add_within(c, "c.caller", f->caller);
	add_within(c, "c.callee", f->callee);
	add_text(c, f->text);
	add_number(c, f->number);
	add_numbers(c, f);
	add_outcomes(c, f->outcomes);
	add_legs(c, f);
	add_finding(c, f->finding);
	if (f->ids.p)
		text_addf(&c->sql, " AND c.id IN (SELECT value FROM json_each(?%d))",
		          keep_slice(c, f->ids));
	/* What has no value comes last either way. */
	const char *column = sort_columns[f->sort];
	text_addf(&c->sql, " ORDER BY %s IS NULL, %s%s, c.id", column, column,
	          f->reverse ? " DESC" : "");
}

static void bind(struct query *q, const struct clause *c)
{
	for (int i = 0; i < c->count; i++) {
		const struct value *v = &c->values[i];
		switch (v->type) {
		case VALUE_INT: query_bind_int(q, i + 1, v->integer); break;
		case VALUE_REAL: query_bind_real(q, i + 1, v->real); break;
		case VALUE_TEXT:
			query_bind_text(q, i + 1, slice_of(text_cstr(&c->texts) + v->from, v->n));
			break;
		}
	}
}

struct query *calls_filter_query(const struct calls_filter *f, struct records *r,
                                 const char *select, struct err *err)
{
	struct clause c = { .count = 0 };
	struct query *q = NULL;

	text_init(&c.sql);
	text_init(&c.texts);
	text_addf(&c.sql, "%s", select);
	build(&c, f);
	if (c.sql.failed || c.texts.failed)
		err_memory(err, "a query");
	else
		q = query_new(r, err, text_cstr(&c.sql));
	if (q)
		bind(q, &c);
	text_release(&c.sql);
	text_release(&c.texts);
	return q;
}
