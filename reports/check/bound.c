#include "reports/check/bound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MANY_SEPARATOR 0x1F

static const char *const op_texts[] = { "=", "!=", "<", "<=", ">", ">=", "within" };

/* What a unit makes of a number: times 10^exponent, then times a factor. */
static const struct unit {
	const char *name;
	unsigned kinds; /* bit: enum value_kind */
	int exponent[2]; /* of KIND_MS, and of KIND_SECONDS; ratios and other kinds: the first */
	double factor;
} units[] = {
	{ "%", 1u << KIND_RATIO | 1u << KIND_ANY, { -2, -2 }, 1 },
	{ "ms", 1u << KIND_MS | 1u << KIND_SECONDS | 1u << KIND_ANY, { 0, -3 }, 1 },
	{ "us", 1u << KIND_MS | 1u << KIND_SECONDS | 1u << KIND_ANY, { -3, -6 }, 1 },
	{ "s", 1u << KIND_MS | 1u << KIND_SECONDS | 1u << KIND_ANY, { 3, 0 }, 1 },
	{ "min", 1u << KIND_MS | 1u << KIND_SECONDS | 1u << KIND_ANY, { 3, 0 }, 60 },
	{ "h", 1u << KIND_MS | 1u << KIND_SECONDS | 1u << KIND_ANY, { 3, 0 }, 3600 },
};

static const char *how_written(enum value_kind kind)
{
	switch (kind) {
	case KIND_COUNT: return "a number, as in '>= 1000', '0' or '990..1010'";
	case KIND_MS: return "a time, as in '<= 2500', '<= 2500ms' or '<= 2.5s'";
	case KIND_SECONDS: return "a time, as in '>= 90', '>= 90s' or '>= 1.5min'";
	case KIND_RATIO: return "a ratio, as in '>= 0.98' or '>= 98 %'";
	case KIND_STATUS: return "a status, as in '200', '4xx', '480 | 486' or '< 500'";
	case KIND_FLAG: return "true or false";
	default: return "a number, as in '>= 3.8', '< 30' or '3.8..4.5'";
	}
}

static bool not_understood(enum value_kind kind, struct slice text, struct err *err)
{
	struct slice shown = slice_sub(text, 0, 60);

	return err_set(err, ERR_FORMAT, "'%.*s' is not understood; write %s", SLICE_ARG(shown),
	               how_written(kind));
}

/* Digits, perhaps a minus before and a fraction behind; the rest is the unit. 0: it is no number. */
static size_t number_length(struct slice s)
{
	size_t i = s.n && s.p[0] == '-' ? 1 : 0, digits = i;

	while (i < s.n && ascii_is_digit(s.p[i]))
		i++;
	if (i == digits)
		return 0;
	if (i + 1 < s.n && s.p[i] == '.' && ascii_is_digit(s.p[i + 1]))
		for (i++; i < s.n && ascii_is_digit(s.p[i]);)
			i++;
	return i;
}

static const struct unit *unit_of(enum value_kind kind, struct slice name)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if ((units[i].kinds >> kind & 1) && slice_eq_str(name, units[i].name))
			return &units[i];
	return NULL;
}

static bool parse_number(enum value_kind kind, struct slice text, double *out, struct err *err)
{
	struct slice s = slice_trim(text);
	size_t n = number_length(s);
	struct slice unit_name = slice_trim(slice_from(s, n));
	const struct unit *unit = unit_of(kind, unit_name);
	char buf[48];

	if (!n || n > 32 || (unit_name.n && !unit))
		return not_understood(kind, text, err);
	int exponent = unit ? unit->exponent[kind == KIND_SECONDS] : 0;
	snprintf(buf, sizeof buf, "%.*se%d", (int)n, (const char *)s.p, exponent);
	*out = strtod(buf, NULL) * (unit ? unit->factor : 1);
	if (kind == KIND_RATIO && !(*out >= 0 && *out <= 1))
		return err_set(err, ERR_FORMAT,
		               "'%.*s' is no ratio: those are 0 to 1, or 0 %% to "
		               "100 %%",
		               SLICE_ARG(s));
	return true;
}

static bool take_op(struct slice *s, enum bound_op *op)
{
	static const struct {
		const char *text;
		enum bound_op op;
	} ops[] = { { ">=", BOUND_GE },          { "<=", BOUND_LE },
		    { "==", BOUND_EQ },          { "!=", BOUND_NE },
		    { ">", BOUND_GT },           { "<", BOUND_LT },
		    { "=", BOUND_EQ },           { "\xE2\x89\xA5", BOUND_GE },
		    { "\xE2\x89\xA4", BOUND_LE } };

	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (slice_starts(*s, ops[i].text)) {
			*op = ops[i].op;
			*s = slice_trim(slice_from(*s, strlen(ops[i].text)));
			return true;
		}
	*op = BOUND_EQ;
	return false;
}

/* "or none" behind it; "none" alone. */
static void take_none(struct bound *b, struct slice *s)
{
	static const char or_none[] = " or none";
	size_t n = sizeof or_none - 1;

	if (slice_eq_str(*s, "none")) {
		b->only_none = b->none = true;
	} else if (s->n > n && slice_eq_str(slice_from(*s, s->n - n), or_none)) {
		b->none = true;
		*s = slice_trim(slice_sub(*s, 0, s->n - n));
	}
}

static bool parse_numbers(struct bound *b, struct slice s, bool has_op, struct err *err)
{
	size_t dots = slice_find_str(s, "..");

	if (dots == SLICE_NPOS || has_op)
		return parse_number(b->kind, s, &b->low, err);
	b->op = BOUND_WITHIN;
	return parse_number(b->kind, slice_sub(s, 0, dots), &b->low, err) &&
	       parse_number(b->kind, slice_from(s, dots + 2), &b->high, err) &&
	       (b->low <= b->high ||
	        err_set(err, ERR_FORMAT, "'%.*s' is empty: the first is the greater",
	                SLICE_ARG(s)));
}

static bool parse_flag(struct bound *b, struct slice s, struct err *err)
{
	bool yes = slice_eq_str(s, "true") || slice_eq_str(s, "yes");

	if (!yes && !slice_eq_str(s, "false") && !slice_eq_str(s, "no"))
		return not_understood(KIND_FLAG, s, err);
	b->low = yes;
	return true;
}

static bool add_choice(struct bound *b, struct slice text, struct arena *arena, struct err *err)
{
	struct bound_choice *c = arena_zalloc(arena, sizeof *c);

	if (!c || !arena_keep(arena, text, &c->text))
		return err_memory(err, "an expectation");
	struct bound_choice **end = &b->choices;
	while (*end)
		end = &(*end)->next;
	*end = c;
	return true;
}

/* "486", "4xx" */
static bool is_status(struct slice s)
{
	return s.n == 3 && ascii_is_digit(s.p[0]) &&
	       (slice_ieq_str(slice_from(s, 1), "xx") ||
	        (ascii_is_digit(s.p[1]) && ascii_is_digit(s.p[2])));
}

static bool parse_words(struct bound *b, struct slice s, struct arena *arena, struct err *err)
{
	struct slice rest = s, word;

	if (b->op != BOUND_EQ && b->op != BOUND_NE)
		return err_set(err, ERR_FORMAT,
		               "'%s' is for numbers; words are equal (=) or not (!=)",
		               op_texts[b->op]);
	while (slice_split(&rest, '|', &word)) {
		word = slice_trim(word);
		if (b->kind == KIND_STATUS && !is_status(word))
			return not_understood(KIND_STATUS, s, err);
		if (!add_choice(b, word, arena, err))
			return false;
	}
	return true;
}

static bool show(struct bound *b, struct slice value, struct arena *arena, struct err *err)
{
	struct text text;

	text_init(&text);
	text_addf(&text, "%s %.*s%s", op_texts[b->op], SLICE_ARG(value),
	          b->none && !b->only_none ? " or none" : "");
	bool ok = !text.failed && arena_keep(arena, slice_of(text.p, text.n), &b->shown);
	text_release(&text);
	return ok || err_memory(err, "an expectation");
}

/* What stands behind the operator. */
static bool parse_value(struct bound *b, struct slice s, bool has_op, struct arena *arena,
                        struct err *err)
{
	bool equal = b->op == BOUND_EQ || b->op == BOUND_NE;

	if (b->only_none)
		return equal || not_understood(b->kind, s, err);
	switch (b->kind) {
	case KIND_FLAG: return equal ? parse_flag(b, s, err) : not_understood(b->kind, s, err);
	case KIND_TEXT:
	case KIND_DIGITS: return parse_words(b, s, arena, err);
	case KIND_STATUS:
		if (equal && slice_find_str(s, "..") == SLICE_NPOS)
			return parse_words(b, s, arena, err);
		return parse_numbers(b, s, has_op, err);
	default: return parse_numbers(b, s, has_op, err);
	}
}

bool bound_parse(struct bound *b, enum value_kind kind, struct slice text, struct arena *arena,
                 struct err *err)
{
	struct slice s = slice_trim(text);

	*b = (struct bound){ .kind = kind, .low = NAN, .high = NAN };
	bool has_op = take_op(&s, &b->op);
	take_none(b, &s);
	return parse_value(b, s, has_op, arena, err) && show(b, s, arena, err);
}

/* "486" among "486", "4xx". */
static bool is_among_statuses(const struct bound *b, double value)
{
	char digits[16];

	snprintf(digits, sizeof digits, "%.0f", value);
	for (const struct bound_choice *c = b->choices; c; c = c->next) {
		bool any = c->text.p[1] == 'x' || c->text.p[1] == 'X';
		if (strlen(digits) == 3 && memcmp(digits, c->text.p, any ? 1 : 3) == 0)
			return true;
	}
	return false;
}

bool bound_holds(const struct bound *b, double value)
{
	if (b->only_none)
		return isnan(value) == (b->op == BOUND_EQ);
	if (isnan(value))
		return b->none;
	if (b->choices)
		return is_among_statuses(b, value) == (b->op == BOUND_EQ);
	switch (b->op) {
	case BOUND_EQ: return !(value < b->low) && !(value > b->low);
	case BOUND_NE: return value < b->low || value > b->low;
	case BOUND_LT: return value < b->low;
	case BOUND_LE: return value <= b->low;
	case BOUND_GT: return value > b->low;
	case BOUND_GE: return value >= b->low;
	case BOUND_WITHIN: return value >= b->low && value <= b->high;
	}
	return false;
}

/* * is any run of characters, ? any octet: with one place to go back to. */
static bool matches(struct slice pattern, struct slice s)
{
	size_t i = 0, j = 0, star = SLICE_NPOS, from = 0;

	while (j < s.n) {
		if (i < pattern.n && pattern.p[i] == '*') {
			star = i++;
			from = j;
		} else if (i < pattern.n && (pattern.p[i] == '?' ||
		                             ascii_lower(pattern.p[i]) == ascii_lower(s.p[j]))) {
			i++;
			j++;
		} else if (star != SLICE_NPOS) {
			i = star + 1;
			j = ++from;
		} else {
			return false;
		}
	}
	while (i < pattern.n && pattern.p[i] == '*')
		i++;
	return i == pattern.n;
}

static bool is_among_words(const struct bound *b, struct slice word)
{
	for (const struct bound_choice *c = b->choices; c; c = c->next)
		if (b->kind == KIND_DIGITS ? slice_ieq(c->text, word) : matches(c->text, word))
			return true;
	return false;
}

bool bound_holds_text(const struct bound *b, struct slice value)
{
	struct slice word;
	bool any = false;

	if (b->only_none)
		return !value.p == (b->op == BOUND_EQ);
	if (!value.p)
		return b->none;
	while (slice_split(&value, MANY_SEPARATOR, &word))
		any |= is_among_words(b, word);
	return any == (b->op == BOUND_EQ);
}

bool bound_wants_more(const struct bound *b)
{
	return b->op == BOUND_GE || b->op == BOUND_GT;
}

static void add_unit(struct text *out, enum value_kind kind)
{
	if (kind == KIND_RATIO)
		text_addf(out, " %%");
	else if (kind == KIND_MS)
		text_addf(out, " ms");
	else if (kind == KIND_SECONDS)
		text_addf(out, " s");
}

void bound_add_value(struct text *out, enum value_kind kind, double value, const struct bound *b)
{
	double scale = kind == KIND_RATIO ? 100 : 1;
	char buf[40];

	if (isnan(value)) {
		text_addf(out, "none");
		return;
	}
	for (int precision = 4; precision <= 17; precision++) {
		snprintf(buf, sizeof buf, "%.*g", precision, value * scale);
		double shown = strtod(buf, NULL) / scale;
		bool whole = kind != KIND_COUNT || !(fabs(shown - value) > 0);
		bool plain = !strchr(buf, 'e') || fabs(value) < 1;
		if (whole && plain && (!b || bound_holds(b, shown) == bound_holds(b, value)))
			break;
	}
	text_addf(out, "%s", buf);
	add_unit(out, kind);
}
