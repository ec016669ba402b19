/* Sections of a population: which members, and what must hold for each, any or none of them, or for their numbers. */
#include "reports/check/check_internal.h"

#include "base/mem.h"
#include "base/sort.h"

#include <inttypes.h>

static const char *const reserved[] = { "name", "where", "each", "any", "none", "may_be_empty" };

static bool is_reserved(struct slice key)
{
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (slice_eq_str(key, reserved[i]))
			return true;
	return false;
}

bool selection_add(struct check *k, struct selection *s, const struct field *f,
                   const struct bound *b)
{
	struct condition *c = arena_zalloc(&k->arena, sizeof *c);

	if (!c)
		return err_memory(k->err, "an expectation");
	c->field = f;
	c->bound = *b;
	*(s->last ? &s->last->next : &s->conditions) = c;
	s->last = c;
	return true;
}

static const struct field *find_field(struct check *k, const struct population *p,
                                      const struct item *item)
{
	struct nearest nearest = nearest_to(item->subject);
	const struct field *f = field_of(p, item->subject, &nearest);

	if (!f)
		item_unknown(k, item, "field", &nearest);
	return f;
}

/* "[3,17]" as numbers. */
static bool read_ids(struct check *k, struct slice json, struct selection *s)
{
	int64_t *ids = arena_alloc(&k->arena, (json.n / 2 + 1) * sizeof *ids);
	uint64_t value = 0;
	bool digits = false;

	if (!ids)
		return err_memory(k->err, "the calls with a header");
	for (size_t i = 0; i < json.n; i++) {
		bool digit = ascii_is_digit(json.p[i]);
		if (digit)
			value = value * 10 + (uint64_t)(json.p[i] - '0');
		else if (digits)
			ids[s->id_count++] = (int64_t)value, value = 0;
		digits = digit;
	}
	s->ids = ids;
	return sort_int64(ids, s->id_count) || err_memory(k->err, "the calls with a header");
}

/* Who has this text in a header of a message is in the captures. */
static bool take_header(struct check *k, struct selection *s, const struct item *item)
{
	struct text json;
	char text[512];

	if (item->bound.n >= sizeof text || !item->bound.n)
		return item_wrong(k, item, "header takes a text, such as 'X-Account: 4711'");
	if (s->ids)
		return item_wrong(k, item, "only one header can be asked for");
	if (!k->records)
		return true;
	if (!k->options->calls_with_header)
		return item_wrong(k, item,
		                  "headers are in the captures, which are not at hand here");
	text_init(&json);
	bool ok = k->options->calls_with_header(k->options->context, k->records,
	                                        slice_cstr(item->bound, text, sizeof text), &json,
	                                        k->err);
	if (!ok && k->err->code != ERR_MEMORY) {
		struct err why = *k->err;
		item_wrong(k, item, "header: %s", why.text);
	}
	ok = ok && !json.failed && read_ids(k, slice_of(json.p, json.n), s);
	text_release(&json);
	return ok || k->err->code != ERR_NONE ? ok : err_memory(k->err, "the calls with a header");
}

static bool take_condition(struct check *k, void *context, const struct item *item)
{
	struct selection *s = context;
	struct bound b;

	if (slice_eq_str(item->subject, "header") && s->of->call[0] != 'N')
		return take_header(k, s, item);
	const struct field *f = find_field(k, s->of, item);
	return f && item_bound(k, item, f->kind, &b) && selection_add(k, s, f, &b);
}

/* "calls: callee = +4930*, outcome = answered", for the group of its verdicts. */
static bool name_selection(struct check *k, struct selection *s, const struct yaml_node *name,
                           const struct yaml_node *where)
{
	struct text text;

	text_init(&text);
	text_addf(&text, "%s", s->of->name);
	if (name)
		text_addf(&text, ": %.*s", SLICE_ARG(name->text));
	else if (where)
		for (const struct condition *c = s->conditions; c; c = c->next)
			text_addf(&text, "%s %s %.*s", c == s->conditions ? ":" : ",",
			          c->field->name, SLICE_ARG(c->bound.shown));
	bool ok = !text.failed && arena_keep(&k->arena, slice_of(text.p, text.n), &s->group);
	text_release(&text);
	return ok || err_memory(k->err, "an expectation");
}

/* Of an empty selection nothing holds, unless somebody said that it may be empty. */
static void say_empty(struct check *k, const struct selection *s, const struct item *item,
                      const struct bound *b)
{
	bool chosen = s->conditions || s->ids;
	struct verdict *v = item_verdict_why(k, s->group, item, b,
	                                     s->may_be_empty ? VERDICT_SKIPPED : VERDICT_FAILED,
	                                     "%s %s %s", chosen ? "no" : "there is no", s->of->one,
	                                     chosen ? "matches" : "in these records");

	verdicts_say(k->out, &v->name, "each %.*s", SLICE_ARG(v->name));
}

bool is_about_masked_digits(const struct check *k, const struct selection *s)
{
	for (const struct condition *c = s->conditions; c; c = c->next)
		if (k->masked && c->field->kind == KIND_DIGITS && s->of != &populations[SIMULATION])
			return true;
	return false;
}

static bool says_masked(struct check *k, const struct selection *s, const struct item *item,
                        const struct field *f, const struct bound *b)
{
	bool digits = k->masked && f->kind == KIND_DIGITS && s->of != &populations[SIMULATION];
	bool masked = digits || is_about_masked_digits(k, s);

	if (masked) {
		struct verdict *v =
		        item_verdict_why(k, s->group, item, b, VERDICT_ERROR, SAY_MASKED);
		verdicts_say(k->out, &v->name, "each %.*s", SLICE_ARG(v->name));
	}
	return masked;
}

static bool check_each(struct check *k, const struct selection *s, const struct field *f,
                       const struct item *item, const struct bound *b)
{
	bool words = f->kind == KIND_TEXT || f->kind == KIND_DIGITS;
	struct worst worst = { .kept = 0 };
	struct members m;
	int64_t count = 0;

	if (says_masked(k, s, item, f, b))
		return true;
	if (!members_open(k, &m, s, f->sql, f->join))
		return false;
	for (; members_next(k, &m); count++) {
		double value = words ? NAN : query_real(m.query, MEMBER_VALUE);
		bool holds = words ? bound_holds_text(b, query_text(m.query, MEMBER_VALUE))
		                   : bound_holds(b, value);
		if (!holds)
			worst_add(&worst, words ? 0 : badness_of(b, value),
			          query_int(m.query, MEMBER_KEY));
	}
	members_close(&m);
	if (k->err->code != ERR_NONE)
		return false;
	if (!count) {
		say_empty(k, s, item, b);
		return true;
	}
	struct verdict *v = item_verdict(k, s->group, item, b, !worst.count);
	verdicts_say(k->out, &v->name, "each %.*s", SLICE_ARG(v->name));
	verdicts_say(k->out, &v->actual, "%" PRId64 " of %" PRId64 " %s", count - worst.count,
	             count, s->of->several);
	return worst_blame(k, &worst, s, f, v);
}

static bool take_each(struct check *k, void *context, const struct item *item)
{
	const struct selection *s = context;
	const struct field *f = find_field(k, s->of, item);
	struct bound b;

	if (!f || !item_bound(k, item, f->kind, &b))
		return false;
	return !k->records || check_each(k, s, f, item, &b);
}

/* What a member must have, all of it, beside being selected. */
static bool narrow(struct check *k, const struct selection *s, const struct yaml_node *n,
                   struct selection *out)
{
	*out = (struct selection){ .of = s->of, .ids = s->ids, .id_count = s->id_count };
	for (const struct condition *c = s->conditions; c; c = c->next)
		if (!selection_add(k, out, c->field, &c->bound))
			return false;
	return items_each(k, n, take_condition, out);
}

/* "any" and "none": how many have all of it? */
static bool check_presence(struct check *k, const struct selection *s, const struct yaml_node *n,
                           bool wanted)
{
	struct selection narrowed;
	struct worst worst = { .kept = 0 };
	struct members m;
	int64_t all;

	if (!narrow(k, s, n, &narrowed))
		return false;
	if (!k->records)
		return true;
	if (!members_count(k, s, &all) || !members_open(k, &m, &narrowed, "NULL", NULL))
		return false;
	while (members_next(k, &m))
		worst_add(&worst, 0, query_int(m.query, MEMBER_KEY));
	members_close(&m);
	if (k->err->code != ERR_NONE)
		return false;
	struct verdict *v =
	        verdicts_add(k->out, s->group, SLICE_NONE,
	                     (worst.count > 0) == wanted ? VERDICT_PASSED : VERDICT_FAILED);
	struct text text;
	text_init(&text);
	for (const struct condition *c = narrowed.conditions; c; c = c->next)
		if (!s->last || c->bound.shown.p != s->last->bound.shown.p)
			text_addf(&text, "%s%s %.*s", text.n ? ", " : "", c->field->name,
			          SLICE_ARG(c->bound.shown));
		else
			text_reset(&text); /* up to here it is what was selected by */
	verdicts_say(k->out, &v->name, "%s %s", wanted ? "any" : "none", text_cstr(&text));
	k->out->failed |= text.failed;
	text_release(&text);
	verdicts_say(k->out, &v->expected, wanted ? "1 or more" : "0");
	verdicts_say(k->out, &v->actual, "%" PRId64 " of %" PRId64 " %s", worst.count, all,
	             s->of->several);
	verdicts_say(k->out, &v->file, "%s", yaml_name(k->file));
	v->line = n->key_line;
	if (is_about_masked_digits(k, &narrowed)) {
		verdicts_turn(k->out, v, VERDICT_ERROR);
		verdicts_say(k->out, &v->note, SAY_MASKED);
		return true;
	}
	if (!all && v->result == VERDICT_PASSED && !s->may_be_empty) {
		verdicts_turn(k->out, v, VERDICT_FAILED);
		verdicts_say(k->out, &v->note, "no %s matches", s->of->one);
	}
	return wanted || worst_blame(k, &worst, s, NULL, v);
}

static bool take_subject(struct check *k, void *context, const struct item *item)
{
	const struct selection *s = context;
	struct nearest nearest = nearest_to(item->subject);
	struct subject subject;

	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		nearest_try(&nearest, reserved[i]);
	nearest_try(&nearest, "count");
	int parsed = subject_parse(k, s->of, item, &subject, &nearest);
	if (parsed <= 0)
		return parsed == 0 ? item_unknown(k, item, "key, field or outcome", &nearest)
		                   : false;
	return subject_check(k, s, &subject, item);
}

static bool check_key(struct check *k, struct selection *s, const struct yaml_node *n)
{
	struct item item;

	if (slice_eq_str(n->key, "each"))
		return items_each(k, n, take_each, s);
	if (slice_eq_str(n->key, "any"))
		return check_presence(k, s, n, true);
	if (slice_eq_str(n->key, "none"))
		return check_presence(k, s, n, false);
	if (is_reserved(n->key))
		return true;
	return item_of_key(k, n, &item) && take_subject(k, s, &item);
}

static bool read_selection(struct check *k, struct selection *s, const struct yaml_node *n)
{
	const struct yaml_node *where = yaml_get(n, "where"), *name = yaml_get(n, "name"),
	                       *empty = yaml_get(n, "may_be_empty");

	if (name && name->kind != YAML_SCALAR)
		return yaml_wrong(k->file, name, k->err, "name is a text");
	if (empty && !yaml_bool(empty, &s->may_be_empty))
		return yaml_wrong(k->file, empty, k->err, "may_be_empty is true or false");
	if (yaml_get(n, "count"))
		s->may_be_empty = true; /* how many are enough is said there */
	return (!where || items_each(k, where, take_condition, s)) &&
	       name_selection(k, s, name, where);
}

static bool check_selection(struct check *k, const struct population *p, const struct yaml_node *n)
{
	struct selection s = { .of = p };

	if (!read_selection(k, &s, n))
		return false;
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (!check_key(k, &s, c))
			return false;
	return true;
}

bool selections_check(struct check *k, const struct population *p, const struct yaml_node *n)
{
	struct selection all = { .of = p, .group = slice_str(p->name) };
	struct item count;

	if (n->kind == YAML_MAPPING)
		return check_selection(k, p, n);
	if (n->kind == YAML_SCALAR) { /* calls: ">= 1000" */
		struct subject subject = { .what = SUBJECT_COUNT };
		all.group = SLICE_LIT("totals");
		return item_of_key(k, n, &count) && subject_check(k, &all, &subject, &count);
	}
	for (const struct yaml_node *c = n->first; c; c = c->next)
		if (c->kind == YAML_MAPPING ? !check_selection(k, p, c)
		                            : !items_each(k, c, take_subject, &all))
			return false;
	return true;
}
