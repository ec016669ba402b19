/* Text inside XML and Markdown: text.h. */
#include "base/text.h"

static bool is_control(struct slice c)
{
	return (c.n == 1 && (c.p[0] < 0x20 || c.p[0] == 0x7F)) ||
	       (c.n == 2 && c.p[0] == 0xC2 && c.p[1] < 0xA0);
}

/* U+FFFE and U+FFFF, which XML 1.0 2.2 leaves out of its characters. */
static bool is_noncharacter(struct slice c)
{
	return c.n == 3 && c.p[0] == 0xEF && c.p[1] == 0xBF && c.p[2] >= 0xBE;
}

static void add_octets(struct text *t, struct slice c)
{
	for (size_t i = 0; i < c.n; i++)
		text_addf(t, "\\x%02X", c.p[i]);
}

/* The character at the front; its octet where it is none. */
static struct slice next_character(struct slice s, bool *valid)
{
	size_t n = utf8_length(s);

	*valid = n > 0;
	return slice_sub(s, 0, n ? n : 1);
}

/* Markup characters of XML; NULL: it is none. */
static const char *xml_reference(uint8_t c)
{
	switch (c) {
	case '<': return "&lt;";
	case '>': return "&gt;"; /* "]]>" may not stand in text */
	case '&': return "&amp;";
	case '"': return "&quot;";
	case '\t': return "&#9;"; /* a tab or a line end of an attribute would become a blank */
	case '\n': return "&#10;";
	case '\r': return "&#13;";
	default: return NULL;
	}
}

void text_add_xml(struct text *t, struct slice s)
{
	bool valid;

	for (struct slice c; s.n; s = slice_from(s, c.n)) {
		c = next_character(s, &valid);
		const char *reference = c.n == 1 ? xml_reference(c.p[0]) : NULL;
		if (reference)
			text_addf(t, "%s", reference);
		else if (!valid || is_control(c) || is_noncharacter(c))
			add_octets(t, c);
		else
			text_add(t, c);
	}
}

/* What begins emphasis, code, links, HTML, tables, mentions, references (#12) and links without brackets ("http://", "www."). */
static bool is_markdown(struct slice s)
{
	if (s.p[0] == ':')
		return slice_starts(s, "://");
	return s.p[0] && strchr("\\`*_{}[]<>&|~$@#!\"", s.p[0]);
}

void text_add_markdown(struct text *t, struct slice s)
{
	bool valid;

	for (struct slice c; s.n; s = slice_from(s, c.n)) {
		c = next_character(s, &valid);
		if (slice_istarts(s, "www.")) {
			c = slice_sub(s, 0, 4);
			text_addf(t, "%.3s&#46;", (const char *)s.p);
		} else if (c.n == 1 && is_markdown(s)) {
			text_addf(t, "&#%d;", c.p[0]);
		} else if (c.n == 1 && (c.p[0] == '\n' || c.p[0] == '\r' || c.p[0] == '\t')) {
			text_addf(t, " ");
		} else if (!valid || is_control(c)) {
			add_octets(t, c);
		} else {
			text_add(t, c);
		}
	}
}
