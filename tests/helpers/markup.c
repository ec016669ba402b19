#include "tests/helpers/markup.h"

#include <stdio.h>

#define MAX_DEPTH 64

struct markup {
	struct slice page;
	size_t at;
	struct slice open[MAX_DEPTH];
	size_t depth;
	char *fault;
	size_t fault_size;
};

static bool wrong(struct markup *m, const char *what)
{
	struct slice near = slice_sub(m->page, m->at, 60);

	snprintf(m->fault, m->fault_size, "%s at %zu: %.*s", what, m->at, SLICE_ARG(near));
	return false;
}

static bool is_name(uint8_t c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' || c == ':' || c == '_';
}

static uint8_t peek(const struct markup *m)
{
	return m->at < m->page.n ? m->page.p[m->at] : 0;
}

static struct slice take_name(struct markup *m)
{
	size_t start = m->at;

	while (is_name(peek(m)))
		m->at++;
	return slice_sub(m->page, start, m->at - start);
}

static bool is_void(struct slice name)
{
	static const char *const names[] = { "meta", "link", "img",    "br",    "input",
		                             "hr",   "wbr",  "source", "track", "col" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq_str(name, names[i]))
			return true;
	return false;
}

/* Without quotes it ends with a blank or the element, and has nothing in it that could be meant otherwise. */
static bool take_bare(struct markup *m)
{
	size_t start = m->at;

	for (; !ascii_is_lws(peek(m)) && peek(m) != '>'; m->at++)
		if (m->at == m->page.n || strchr("\"'<=`", peek(m)))
			return wrong(m, "a value that needs quotes");
	return m->at > start || wrong(m, "no value");
}

static bool take_value(struct markup *m)
{
	if (peek(m) != '"')
		return take_bare(m);
	size_t end = slice_find(slice_from(m->page, m->at + 1), '"');
	if (end == SLICE_NPOS)
		return wrong(m, "value without end");
	struct slice value = slice_sub(m->page, m->at + 1, end);
	if (slice_find(value, '<') != SLICE_NPOS)
		return wrong(m, "'<' in a value");
	m->at += end + 2;
	return true;
}

/* Ends behind '>'. *empty: it was "/>". */
static bool take_attributes(struct markup *m, bool *empty)
{
	struct slice seen[32];
	size_t count = 0;

	for (;;) {
		while (ascii_is_lws(peek(m)) && m->at < m->page.n)
			m->at++;
		*empty = peek(m) == '/';
		m->at += *empty ? 1 : 0;
		if (peek(m) == '>') {
			m->at++;
			return true;
		}
		struct slice name = take_name(m);
		if (!name.n || *empty || count == 32)
			return wrong(m, "no attribute");
		for (size_t i = 0; i < count; i++)
			if (slice_eq(seen[i], name))
				return wrong(m, "attribute twice");
		seen[count++] = name;
		if (peek(m) != '=')
			continue;
		m->at++;
		if (!take_value(m))
			return false;
	}
}

/* What stands in these is no markup. */
static bool skip_raw(struct markup *m, struct slice name)
{
	bool script = slice_eq_str(name, "script");

	if (!script && !slice_eq_str(name, "style"))
		return true;
	size_t end = slice_find_str(slice_from(m->page, m->at), script ? "</script>" : "</style>");
	if (end == SLICE_NPOS)
		return wrong(m, "no end of a script or style");
	m->at += end;
	return true;
}

static bool is_among(struct slice name, const char *names)
{
	struct slice one;

	for (struct slice rest = slice_str(names); slice_split(&rest, ' ', &one);)
		if (slice_eq(one, name))
			return true;
	return false;
}

static void end_while(struct markup *m, const char *names)
{
	while (m->depth && is_among(m->open[m->depth - 1], names))
		m->depth--;
}

/* Ends that HTML lets one leave out, where the next one begins (13.1.2.4). */
static void imply_ends(struct markup *m, struct slice name)
{
	if (is_among(name, "td th"))
		end_while(m, "td th");
	else if (slice_eq_str(name, "tr"))
		end_while(m, "td th tr");
	else if (is_among(name, "dt dd"))
		end_while(m, "dt dd");
	else if (slice_eq_str(name, "li"))
		end_while(m, "li");
}

static bool take_start(struct markup *m)
{
	bool empty;
	struct slice name = take_name(m);

	if (!name.n)
		return wrong(m, "'<' begins no element");
	if (!take_attributes(m, &empty))
		return false;
	if (empty || is_void(name))
		return true;
	imply_ends(m, name);
	if (m->depth == MAX_DEPTH)
		return wrong(m, "too deep");
	m->open[m->depth++] = name;
	return skip_raw(m, name);
}

static bool take_end(struct markup *m)
{
	struct slice name = take_name(m);

	if (is_among(name, "tr thead tbody table"))
		end_while(m, slice_eq_str(name, "tr") ? "td th" : "td th tr");
	else if (is_among(name, "dl ul ol"))
		end_while(m, "dt dd li");
	if (peek(m) != '>' || !m->depth || !slice_eq(m->open[m->depth - 1], name))
		return wrong(m, "this ends something else");
	m->depth--;
	m->at++;
	return true;
}

static bool take_one(struct markup *m)
{
	m->at++;
	if (peek(m) == '!') {
		size_t end = slice_find(slice_from(m->page, m->at), '>');
		m->at += end == SLICE_NPOS ? 0 : end + 1;
		return end != SLICE_NPOS || wrong(m, "no end");
	}
	if (peek(m) != '/')
		return take_start(m);
	m->at++;
	return take_end(m);
}

const char *markup_fault(struct slice page)
{
	static char fault[200];
	struct markup m = { .page = page, .fault = fault, .fault_size = sizeof fault };

	while (m.at < page.n) {
		size_t next = slice_find(slice_from(page, m.at), '<');
		if (next == SLICE_NPOS)
			break;
		m.at += next;
		if (!take_one(&m))
			return fault;
	}
	if (!m.depth)
		return NULL;
	m.at = page.n;
	snprintf(fault, sizeof fault, "not ended: %.*s", SLICE_ARG(m.open[m.depth - 1]));
	return fault;
}
