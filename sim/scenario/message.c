/* How a message is laid out in a scenario, and how it goes onto the wire. */
#include "sim/scenario/compile.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice trim_line(struct slice line)
{
	while (line.n && is_blank(line.p[0]))
		line = slice_from(line, 1);
	while (line.n && is_blank(line.p[line.n - 1]))
		line.n--;
	return line;
}

/* Blank lines in front and behind go; of each line what is blank at its ends; CRLF ends them, the last one
 * too; an empty line ends the headers where none does. */
bool message_layout(struct compile *c, struct slice text, struct slice *out)
{
	struct slice rest = slice_trim(text), line;
	uint8_t *p = arena_alloc(&c->s->arena, 2 * rest.n + 8);
	size_t n = 0;
	bool body = false;

	if (!p)
		return compile_memory(c);
	if (!rest.n)
		return compile_fail(c, c->node->line,
		                    "<%.*s> has no message: it stands in <![CDATA[ ... ]]>",
		                    SLICE_ARG(c->node->name));
	while (slice_line(&rest, &line)) {
		line = trim_line(line);
		if (line.n)
			memcpy(p + n, line.p, line.n);
		n += line.n;
		body |= line.n == 0;
		p[n++] = '\r';
		p[n++] = '\n';
	}
	if (!body) {
		p[n++] = '\r';
		p[n++] = '\n';
	}
	*out = slice_of(p, n);
	return true;
}
