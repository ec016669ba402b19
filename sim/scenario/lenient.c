#include "sim/scenario/lenient.h"

#include "sim/scenario/notes.h"

struct reader {
	struct slice in;
	size_t at;
	unsigned line;
	unsigned depth; /* of open elements */
	bool root_seen;
	struct text *out;
	const char *file;
	struct scenario_notes *notes;
	struct err *err;
};

struct pair {
	struct slice name, value;
	bool repeated;
};

static bool fail(struct reader *r, unsigned line, const char *what)
{
	return err_set(r->err, ERR_FORMAT, "%s:%u: %s", r->file, line, what);
}

static bool note(struct reader *r, const char *code, const char *text)
{
	return notes_add(r->notes, r->line, NOTE_QUIET, code, "%s", text) ||
	       err_memory(r->err, "notes on a scenario");
}

static struct slice rest(const struct reader *r)
{
	return slice_from(r->in, r->at);
}

static uint8_t peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : 0;
}

static void add_octet(struct text *out, uint8_t octet)
{
	text_add(out, slice_of(&octet, 1));
}

/* Moves on by n octets; their line ends go to the output, so that lines stay where they are. */
static void skip(struct reader *r, size_t n)
{
	for (; n && r->at < r->in.n; n--, r->at++)
		if (r->in.p[r->at] == '\n') {
			r->line++;
			add_octet(r->out, '\n');
		}
}

static bool is_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

static struct slice take_name(struct reader *r)
{
	size_t from = r->at;

	while (is_name(peek(r)))
		r->at++;
	return slice_sub(r->in, from, r->at - from);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static const char *const predefined[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };

/* Length of a reference that XML itself explains; 0: none is here. A reference to what is no character counts as none. */
static size_t reference(struct slice s)
{
	for (size_t i = 0; i < sizeof predefined / sizeof predefined[0]; i++)
		if (slice_starts(s, predefined[i]))
			return strlen(predefined[i]);
	if (!slice_starts(s, "&#"))
		return 0;
	bool hex = s.n > 2 && s.p[2] == 'x';
	size_t i = hex ? 3 : 2;
	unsigned value = 0;
	for (; i < s.n && i < 10; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		if (c == ';')
			break;
		if (!ascii_is_digit(c) && !(hex && c >= 'a' && c <= 'f'))
			return 0;
		value = value * (hex ? 16 : 10) + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	bool character =
	        (value >= ' ' && value < 0xd800) || value == '\t' || value == '\n' || value == '\r';
	return i < s.n && s.p[i] == ';' && character ? i + 1 : 0;
}

/* One octet of text or of a value, escaped. */
static void add_escaped(struct text *out, uint8_t c)
{
	switch (c) {
	case '&': text_addf(out, "&amp;"); break;
	case '<': text_addf(out, "&lt;"); break;
	case '>': text_addf(out, "&gt;"); break;
	case '"': text_addf(out, "&quot;"); break;
	case '\t': text_addf(out, "&#9;"); break;
	case '\n': text_addf(out, "&#10;"); break;
	case '\r': text_addf(out, "&#13;"); break;
	default:
		if (c < ' ')
			text_addf(out, "\\x%02x",
			          c); /* XML has no such octet; templates read this */
		else
			add_octet(out, c);
	}
}

/* &name; of a DTD, which is never read: with SIPp, too, what it stands for is missing. */
static bool note_entity(struct reader *r)
{
	struct slice s = slice_from(rest(r), 1);
	size_t n = 0;

	while (n < s.n && n < 64 && is_name(s.p[n]))
		n++;
	if (n == 0 || n == s.n || s.p[n] != ';')
		return note(r, "raw-ampersand",
		            "a & that begins no XML reference is taken as it stands; write &amp;");
	return notes_add(r->notes, r->line, NOTE_LOUD, "entity-not-read",
	                 "&%.*s; is not looked up: no DTD and no file is read for it", (int)n,
	                 (const char *)s.p) ||
	       err_memory(r->err, "notes on a scenario");
}

/* A reference of XML's own as it is, or & as text. */
static bool add_ampersand(struct reader *r)
{
	size_t n = reference(rest(r));

	if (n) {
		text_add(r->out, slice_sub(r->in, r->at, n));
		r->at += n;
		return true;
	}
	text_addf(r->out, "&amp;");
	bool noted = note_entity(r);
	r->at++;
	return noted;
}

static bool add_text_octet(struct reader *r)
{
	uint8_t c = peek(r);

	if (c == '&')
		return add_ampersand(r);
	if (c == '\n' || c == '\t' || c == '\r') {
		r->line += c == '\n';
		add_octet(r->out, c);
	} else {
		add_escaped(r->out, c);
	}
	r->at++;
	return true;
}

static bool add_cdata(struct reader *r)
{
	size_t n = slice_find_str(rest(r), "]]>");
	unsigned line = r->line;

	if (n == SLICE_NPOS)
		return fail(r, line, "<![CDATA[ never ends: ]]> is missing");
	for (const uint8_t *end = r->in.p + r->at + n; r->in.p + r->at < end; r->at++) {
		uint8_t c = peek(r);
		r->line += c == '\n';
		if (c < ' ' && c != '\n' && c != '\t' && c != '\r')
			text_addf(r->out, "\\x%02x", c);
		else
			add_octet(r->out, c);
	}
	text_addf(r->out, "]]>");
	r->at += 3;
	return true;
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

/* One octet of a quoted value; SIPp reads backslashes as C does, and leaves those it does not know. */
static bool add_value_octet(struct reader *r, unsigned *lines)
{
	static const struct {
		char name;
		uint8_t octet;
	} escapes[] = { { '"', '"' }, { '\\', '\\' }, { 'n', '\n' }, { 'r', '\r' }, { 't', '\t' } };
	uint8_t c = peek(r);

	if (c == '&')
		return add_ampersand(r);
	if (c == '\\' && r->at + 1 < r->in.n)
		for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
			if (r->in.p[r->at + 1] == (uint8_t)escapes[i].name) {
				r->at += 2;
				add_escaped(r->out, escapes[i].octet);
				return true;
			}
	*lines += c == '\n';
	add_escaped(r->out, c);
	r->at++;
	return true;
}

/* The value of an attribute, quoted one way or the other or not at all, written quoted. */
static bool add_value(struct reader *r, struct slice name)
{
	unsigned lines = 0, line = r->line;
	uint8_t quote = peek(r);

	add_octet(r->out, '"');
	if (quote == '"' || quote == '\'') {
		r->at++;
		while (r->at < r->in.n && peek(r) != quote)
			if (!add_value_octet(r, &lines))
				return false;
		if (r->at == r->in.n)
			return err_set(r->err, ERR_FORMAT,
			               "%s:%u: the value of '%.*s' never ends: a quotation mark is "
			               "missing",
			               r->file, line, SLICE_ARG(name));
		r->at++;
	} else {
		while (r->at < r->in.n && !ascii_is_lws(peek(r)) && peek(r) != '>' &&
		       peek(r) != '/')
			if (!add_value_octet(r, &lines))
				return false;
		if (!note(r, "unquoted-value", "an attribute without quotation marks"))
			return false;
	}
	add_octet(r->out, '"');
	for (; lines; lines--, r->line++)
		add_octet(r->out, '\n');
	return true;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->in.n && ascii_is_lws(peek(r)))
		skip(r, 1);
}

static bool named_before(const struct slice *names, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(names[i], name))
			return true;
	return false;
}

static bool add_attribute(struct reader *r, struct slice *names, size_t *count)
{
	struct slice name = take_name(r);

	skip_blanks(r);
	if (peek(r) != '=')
		return note(r, "no-value",
		            "a word without a value inside of an element is passed over");
	r->at++;
	skip_blanks(r);
	size_t mark = r->out->n;
	bool again = named_before(names, *count, name);
	if (*count == LENIENT_MAX_ATTRIBUTES)
		return fail(r, r->line, "an element with more than 64 attributes");
	names[(*count)++] = name;
	/* XML names begin with a letter. */
	text_addf(r->out,
	          ascii_is_digit(name.p[0]) || name.p[0] == '-' || name.p[0] == '.' ? " _" : " ");
	text_add(r->out, name);
	add_octet(r->out, '=');
	unsigned line = r->line;
	if (!add_value(r, name))
		return false;
	if (!again || r->out->failed)
		return true;
	r->out->n = mark;
	for (; line < r->line; line++)
		add_octet(r->out, '\n');
	return note(r, "attribute-twice", "an attribute given twice: the first counts");
}

/* What may stand between attributes, and what SIPp passes over there. */
static bool skip_stray(struct reader *r)
{
	uint8_t c = peek(r);

	if (ascii_is_lws(c)) {
		skip(r, 1);
		return true;
	}
	r->at++;
	return c == '/' ? true
	                : note(r, "stray-character",
	                       "a stray character between attributes is passed over");
}

static bool add_start_tag(struct reader *r)
{
	struct slice names[LENIENT_MAX_ATTRIBUTES];
	size_t count = 0;
	unsigned line = r->line;

	r->at++;
	add_octet(r->out, '<');
	text_add(r->out, take_name(r));
	bool empty = false;
	while (r->at < r->in.n && peek(r) != '>') {
		empty = peek(r) == '/';
		if (is_name(peek(r)) ? !add_attribute(r, names, &count) : !skip_stray(r))
			return false;
	}
	if (r->at == r->in.n)
		return fail(r, line, "an element that never ends: > is missing");
	r->at++;
	text_addf(r->out, empty ? "/>" : ">");
	r->depth += !empty;
	r->root_seen = true;
	return true;
}

static bool add_end_tag(struct reader *r)
{
	r->at += 2;
	struct slice name = take_name(r);
	while (r->at < r->in.n && peek(r) != '>')
		skip(r, 1);
	if (r->at == r->in.n)
		return fail(r, r->line, "an end tag that never ends: > is missing");
	r->at++;
	text_addf(r->out, "</%.*s>", SLICE_ARG(name));
	r->depth -= r->depth > 0;
	return true;
}

/* --- what is passed over ------------------------------------------------------------------------------------------ */

static bool skip_to(struct reader *r, size_t from, const char *end, const char *what)
{
	size_t n = slice_find_str(slice_from(rest(r), from), end);

	if (n == SLICE_NPOS)
		return fail(r, r->line, what);
	skip(r, from + n + strlen(end));
	return true;
}

/* <!DOCTYPE name SYSTEM "..." [ ... ]>: nothing of it is used, nothing it names is fetched. */
static bool skip_doctype(struct reader *r)
{
	unsigned line = r->line, brackets = 0;

	for (; r->at < r->in.n; skip(r, 1)) {
		uint8_t c = peek(r);
		if (c == '"' || c == '\'') {
			skip(r, 1);
			while (r->at < r->in.n && peek(r) != c)
				skip(r, 1);
		} else if (slice_starts(rest(r), "<!--")) {
			if (!skip_to(r, 4, "--", "a comment that never ends: --> is missing"))
				return false;
		}
		brackets += c == '[';
		brackets -= c == ']' && brackets;
		if (c == '>' && !brackets) {
			skip(r, 1);
			return true;
		}
	}
	return fail(r, line, "<!DOCTYPE never ends: > is missing");
}

static bool add_next(struct reader *r)
{
	struct slice s = rest(r);

	if (s.p[0] != '<')
		return r->depth || ascii_is_lws(s.p[0]) ? add_text_octet(r) : (r->at++, true);
	if (slice_starts(s, "<!--"))
		return skip_to(r, 4, "-->", "a comment that never ends: --> is missing");
	if (slice_starts(s, "<![CDATA[") && r->depth)
		return add_cdata(r);
	if (slice_istarts(s, "<!DOCTYPE"))
		return skip_doctype(r);
	if (slice_starts(s, "<?"))
		return skip_to(r, 2, "?>", "<? never ends: ?> is missing");
	if (slice_starts(s, "</"))
		return add_end_tag(r);
	if (s.n > 1 && is_name(s.p[1]) && !ascii_is_digit(s.p[1]))
		return add_start_tag(r);
	return add_text_octet(r);
}

bool lenient_xml(struct slice xml, const char *file, struct text *out, struct scenario_notes *notes,
                 struct err *err)
{
	struct reader r = {
		.in = xml, .line = 1, .out = out, .file = file, .notes = notes, .err = err
	};

	if (slice_starts(xml, "\xef\xbb\xbf"))
		r.at = 3;
	if (slice_starts(xml, "\xff\xfe") || slice_starts(xml, "\xfe\xff"))
		return fail(&r, 1, "this is UTF-16: save the scenario as UTF-8 or ISO-8859-1");
	while (r.at < r.in.n && !(r.root_seen && r.depth == 0))
		if (!add_next(&r))
			return false;
	if (out->failed)
		return err_memory(err, "a scenario");
	if (!r.root_seen)
		return fail(&r, 1, "no element: a scenario begins with <scenario>");
	if (slice_trim(rest(&r)).n && !slice_starts(slice_trim(rest(&r)), "<!--"))
		return note(&r, "trailing-text", "what stands behind the last element is not read");
	return true;
}
