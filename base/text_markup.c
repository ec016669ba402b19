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

/* What begins emphasis, code, links, HTML, tables and links without brackets ("http://"). */
static bool is_markdown(struct slice s)
{
	if (s.p[0] == ':')
		return slice_starts(s, "://");
	return s.p[0] && strchr("\\`*_{}[]<>&|\"", s.p[0]);
}

static bool is_word(struct slice s)
{
	uint8_t c = s.n ? ascii_lower(s.p[0]) : 0;

	return ascii_is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/* ":smile:", ":+1:", ":100:": the only emoji of digits are these. */
static bool is_emoji(struct slice s)
{
	struct slice name = slice_from(s, 1);

	if (!slice_starts(name, "+") && !slice_starts(name, "-") && !slice_starts(name, "100:") &&
	    !slice_starts(name, "1234:") && (!is_word(name) || ascii_is_digit(name.p[0])))
		return false;
	return slice_find(name, ':') != SLICE_NPOS;
}

/* What begins a mention (@name), a reference (#12, !12, ~bug, %1.0, $1, ^alert) or an emoji. Those are looked for in the text that Markdown has
 * become, where a character reference is the character again. */
static bool is_reference(struct slice s)
{
	struct slice rest = slice_from(s, 1);

	if (s.p[0] == '@' || s.p[0] == '$')
		return true; /* $x^2$ is a formula */
	if (s.p[0] == ':')
		return is_emoji(s);
	return s.p[0] && strchr("#!~%^", s.p[0]) &&
	       (is_word(rest) || slice_starts(rest, "\"") || slice_starts(rest, "~"));
}

/* Marks that turn the reading direction, and so what stands beside them. */
static bool is_direction(struct slice c)
{
	return c.n == 3 && c.p[0] == 0xE2 &&
	       ((c.p[1] == 0x80 &&
	         (c.p[2] == 0x8E || c.p[2] == 0x8F || (c.p[2] >= 0xAA && c.p[2] <= 0xAE))) ||
	        (c.p[1] == 0x81 && c.p[2] >= 0xA6 && c.p[2] <= 0xA9));
}

void text_add_markdown(struct text *t, struct slice s)
{
	bool valid;

	for (struct slice c; s.n; s = slice_from(s, c.n)) {
		c = next_character(s, &valid);
		if (slice_istarts(s, "www.")) {
			c = slice_sub(s, 0, 4);
			text_addf(t, "%.3s&#46;", (const char *)s.p);
		} else if (slice_istarts(s, "gh-")) {
			c = slice_sub(s, 0, 3);
			text_addf(t, "%.2s<span>-</span>", (const char *)s.p);
		} else if (c.n == 1 && is_markdown(s)) {
			text_addf(t, "&#%d;", c.p[0]);
		} else if (c.n == 1 && is_reference(s)) {
			text_addf(t, "<span>&#%d;</span>", c.p[0]);
		} else if (c.n == 1 && (c.p[0] == '\n' || c.p[0] == '\r' || c.p[0] == '\t')) {
			text_addf(t, " ");
		} else if (!valid || is_control(c) || is_direction(c)) {
			add_octets(t, c);
		} else {
			text_add(t, c);
		}
	}
}

void text_add_markdown_code(struct text *t, struct slice s)
{
	bool valid;

	text_addf(t, "`");
	for (struct slice c; s.n; s = slice_from(s, c.n)) {
		c = next_character(s, &valid);
		/* A backslash would not help here: inside code it is one itself. */
		if (!valid || is_control(c) || is_direction(c) || c.p[0] == '`' || c.p[0] == '|')
			add_octets(t, c);
		else
			text_add(t, c);
	}
	text_addf(t, "`");
}
