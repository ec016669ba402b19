/* Actions on values: regular expressions, tests, arithmetic, texts. */
#include "sim/engine/action.h"

#include <stdlib.h>

enum action_result action_ereg(struct call *c, const struct action *a, struct slice text)
{
	enum call_failure failure = ereg_run(c, a, text);

	switch (failure) {
	case FAILURE_NONE: return ACTION_GO_ON;
	case FAILURE_REGEXP_NO_MATCH:
		call_fail(c, failure, "line %u: '%.*s' does not match", a->line,
		          SLICE_ARG(a->pattern));
		return ACTION_CALL_OVER;
	case FAILURE_REGEXP_MATCH:
		call_fail(c, failure, "line %u: '%.*s' matches, and must not", a->line,
		          SLICE_ARG(a->pattern));
		return ACTION_CALL_OVER;
	case FAILURE_REGEXP_NO_HEADER:
		call_fail(c, failure, "line %u: there is no '%.*s' to search in", a->line,
		          SLICE_ARG(slice_trim(a->header)));
		return ACTION_CALL_OVER;
	default: return action_fail(c, a, FAILURE_INTERNAL, "out of memory");
	}
}

static bool compared(const struct action *a, double left, double right)
{
	switch (a->compare) {
	case COMPARE_EQUAL: return left == right;
	case COMPARE_NOT_EQUAL: return left != right;
	case COMPARE_GREATER: return left > right;
	case COMPARE_LESS: return left < right;
	case COMPARE_GREATER_EQUAL: return left >= right;
	case COMPARE_LESS_EQUAL: return left <= right;
	}
	return false;
}

static enum action_result judged(struct call *c, const struct action *a, bool truth,
                                 enum call_failure no, enum call_failure yes)
{
	if (action_target(a) != SCENARIO_NONE)
		value_set_bool(c, action_target(a), truth);
	if (a->check_it && !truth)
		return action_fail(c, a, no,
		                   no == FAILURE_TEST_NO_MATCH ? "the test is not true"
		                                               : "the texts are not the same");
	if (a->check_it_inverse && truth)
		return action_fail(c, a, yes,
		                   yes == FAILURE_TEST_MATCH
		                           ? "the test is true, and must not be"
		                           : "the texts are the same, and must not be");
	return ACTION_GO_ON;
}

enum action_result action_test(struct call *c, const struct action *a)
{
	double right = a->operand2 != SCENARIO_NONE ? value_number(c, a->operand2) : a->value;

	return judged(c, a, compared(a, value_number(c, a->operand), right), FAILURE_TEST_NO_MATCH,
	              FAILURE_TEST_MATCH);
}

/* SIPp gives strcmp's own result (0: equal) as a number; check_it asks for equality. */
enum action_result action_strcmp(struct call *c, const struct action *a)
{
	struct text left, right;
	struct slice literal = SLICE_NONE;

	text_init(&left);
	text_init(&right);
	value_text(c, a->operand, &left);
	if (a->operand2 != SCENARIO_NONE) {
		value_text(c, a->operand2, &right);
	} else if (action_text(c, a, a->text, &literal)) {
		text_add(&right, literal);
	} else {
		text_release(&left);
		return ACTION_CALL_OVER;
	}
	int order = strcmp(text_cstr(&left), text_cstr(&right));
	text_release(&left);
	text_release(&right);
	if (action_target(a) != SCENARIO_NONE)
		value_set_number(c, action_target(a), order);
	if (a->check_it && order)
		return action_fail(c, a, FAILURE_STRCMP_NO_MATCH, "the texts are not the same");
	if (a->check_it_inverse && !order)
		return action_fail(c, a, FAILURE_STRCMP_MATCH,
		                   "the texts are the same, and must not be");
	return ACTION_GO_ON;
}

enum action_result action_arithmetic(struct call *c, const struct action *a)
{
	double value = action_operand(c, a),
	       now = a->kind == ACTION_ASSIGN ? 0 : value_number(c, action_target(a));

	switch (a->kind) {
	case ACTION_ADD: now += value; break;
	case ACTION_SUBTRACT: now -= value; break;
	case ACTION_MULTIPLY: now *= value; break;
	case ACTION_DIVIDE:
		if (value == 0) {
			call_warn(c, "line %u: division by zero: the variable stays as it is",
			          a->line);
			return ACTION_GO_ON;
		}
		now /= value;
		break;
	default: now = value; break;
	}
	value_set_number(c, action_target(a), now);
	return ACTION_GO_ON;
}

enum action_result action_todouble(struct call *c, const struct action *a)
{
	struct text text;
	char *end;

	text_init(&text);
	value_text(c, a->operand, &text);
	const char *p = text_cstr(&text);
	double number = strtod(p, &end);
	bool ok = end != p && *end == '\0';
	if (ok)
		value_set_number(c, action_target(a), number);
	else
		call_warn(c, "line %u: todouble: '%.40s' is no number", a->line, p);
	text_release(&text);
	return ACTION_GO_ON;
}

enum action_result action_assignstr(struct call *c, const struct action *a)
{
	struct slice text;

	if (!action_text(c, a, a->text, &text))
		return ACTION_CALL_OVER;
	return value_set_text(c, action_target(a), text)
	               ? ACTION_GO_ON
	               : action_fail(c, a, FAILURE_INTERNAL, "out of memory");
}

static bool plain_in_url(uint8_t c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
	       c == '_' || c == '.' || c == '~';
}

static void url_encode(struct slice s, struct text *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (plain_in_url(s.p[i]))
			text_add(out, slice_sub(s, i, 1));
		else
			text_addf(out, "%%%02X", s.p[i]);
	}
}

static int hex(uint8_t c)
{
	return ascii_is_digit(c)                                ? c - '0'
	       : ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f' ? ascii_lower(c) - 'a' + 10
	                                                        : -1;
}

static void url_decode(struct slice s, struct text *out)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			c = (uint8_t)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
			i += 2;
		}
		text_add(out, slice_of(&c, 1));
	}
}

/* trim, urlencode, urldecode: a variable onto itself. */
enum action_result action_transform(struct call *c, const struct action *a)
{
	struct text in, out;
	int variable = action_target(a) != SCENARIO_NONE ? action_target(a) : a->operand;

	text_init(&in);
	text_init(&out);
	value_text(c, variable, &in);
	struct slice s = slice_of(text_cstr(&in), in.n);
	if (a->kind == ACTION_TRIM)
		text_add(&out, slice_trim(s));
	else if (a->kind == ACTION_URLENCODE)
		url_encode(s, &out);
	else
		url_decode(s, &out);
	bool ok = !in.failed && !out.failed &&
	          value_set_text(c, variable, slice_of(text_cstr(&out), out.n));
	text_release(&in);
	text_release(&out);
	return ok ? ACTION_GO_ON : action_fail(c, a, FAILURE_INTERNAL, "out of memory");
}

enum action_result action_gettimeofday(struct call *c, const struct action *a)
{
	int64_t now = c->station->loop->now_ns;

	if (a->variable_count > 0)
		value_set_number(c, a->variables[0], (double)(now / NS_PER_S));
	if (a->variable_count > 1)
		value_set_number(c, a->variables[1], (double)(now % NS_PER_S / NS_PER_US));
	return ACTION_GO_ON;
}
