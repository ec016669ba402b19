/* <ereg>: a POSIX extended regular expression on a part of a message. */
#include "sim/engine/call.h"

#include "base/mem.h"

#define MOST_GROUPS 10

/* SIPp's `header`: found by plain search in the raw text, and what is looked at is the rest of that line. With start_line= only at the start of
 * a line. Names that begin with CRLF match at a line's start anyway. */
static bool header_rest(struct slice text, const struct action *a, struct slice *out)
{
	char name[256];
	size_t from = 0;
	int occurrence = a->occurrence > 0 ? a->occurrence : 1;

	slice_cstr(a->header, name, sizeof name);
	for (;;) {
		struct slice rest = slice_from(text, from);
		size_t at =
		        a->case_indep ? slice_ifind_str(rest, name) : slice_find_str(rest, name);
		if (at == SLICE_NPOS)
			return false;
		size_t here = from + at;
		from = here + (a->header.n ? a->header.n : 1);
		if (a->start_line && here > 0 && text.p[here - 1] != '\n')
			continue;
		if (--occurrence == 0)
			break;
	}
	struct slice line = slice_from(text, from);
	size_t end = slice_find(line, '\n');
	line = slice_sub(line, 0, end == SLICE_NPOS ? line.n : end);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	*out = line;
	return true;
}

static struct slice body_of(struct slice text)
{
	size_t at = slice_find_str(text, "\r\n\r\n");
	return at == SLICE_NPOS ? SLICE_LIT("") : slice_from(text, at + 4);
}

static bool haystack(struct call *c, const struct action *a, struct slice text, struct slice *out)
{
	struct value_view v;

	*out = text.p ? text : SLICE_LIT("");
	switch (a->where) {
	case EREG_MSG: return true;
	case EREG_BODY: *out = body_of(text); return true;
	case EREG_HDR: return header_rest(text, a, out);
	case EREG_VAR: break;
	}
	value_get(c, a->operand, &v);
	*out = v.kind == VALUE_TEXT ? v.text : SLICE_LIT("");
	return true;
}

/* The n-th match for `occurrence` outside of headers; groups of it. */
static bool match(const struct action *a, const char *text, regmatch_t *groups, size_t *base)
{
	int occurrence = a->where != EREG_HDR && a->occurrence > 1 ? a->occurrence : 1;

	for (*base = 0;;) {
		if (regexec(a->regex, text + *base, MOST_GROUPS, groups, *base ? REG_NOTBOL : 0) !=
		    0)
			return false;
		if (--occurrence == 0)
			return true;
		size_t step = groups[0].rm_eo > 0 ? (size_t)groups[0].rm_eo : 1;
		if (text[*base] == '\0')
			return false;
		*base += step;
	}
}

static bool assign(struct call *c, const struct action *a, const char *text,
                   const regmatch_t *groups, size_t base)
{
	for (unsigned i = 0; i < a->variable_count && i < MOST_GROUPS; i++) {
		if (groups[i].rm_so < 0) {
			value_clear(c, a->variables[i]);
			continue;
		}
		size_t n = (size_t)(groups[i].rm_eo - groups[i].rm_so);
		if (!value_set_text(c, a->variables[i],
		                    slice_of(text + base + (size_t)groups[i].rm_so, n)))
			return false;
	}
	return true;
}

static enum call_failure judge(const struct action *a, bool matched)
{
	if (a->check_it && !matched)
		return FAILURE_REGEXP_NO_MATCH;
	if (a->check_it_inverse && matched)
		return FAILURE_REGEXP_MATCH;
	return FAILURE_NONE;
}

enum call_failure ereg_run(struct call *c, const struct action *a, struct slice text)
{
	struct station *s = c->station;
	struct slice hay;
	regmatch_t groups[MOST_GROUPS];
	size_t base;

	if (!haystack(c, a, text, &hay)) {
		for (unsigned i = 0; i < a->variable_count; i++)
			value_clear(c, a->variables[i]);
		return a->check_it ? FAILURE_REGEXP_NO_HEADER : FAILURE_NONE;
	}
	/* regexec wants a C string; the message has no octet of ours behind it. */
	struct text *copy = &s->scratch[RENDER_DEPTH - 1];
	text_reset(copy);
	text_add(copy, hay);
	if (copy->failed)
		return FAILURE_INTERNAL;
	const char *string = text_cstr(copy);
	bool matched = match(a, string, groups, &base);
	if (!matched)
		for (unsigned i = 0; i < a->variable_count; i++)
			value_clear(c, a->variables[i]);
	else if (!assign(c, a, string, groups, base))
		return FAILURE_INTERNAL;
	return judge(a, matched);
}
