#include "base/text.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

void text_init(struct text *t)
{
	*t = (struct text){ 0 };
}

void text_release(struct text *t)
{
	mem_free(t->p);
	text_init(t);
}

void text_reset(struct text *t)
{
	t->n = 0;
	t->failed = false;
}

const char *text_cstr(const struct text *t)
{
	return t->n ? t->p : "";
}

static bool reserve(struct text *t, size_t more)
{
	if (t->failed)
		return false;
	if (t->capacity - t->n > more)
		return true;
	size_t capacity = t->capacity ? t->capacity : 256;
	while (capacity - t->n <= more)
		capacity *= 2;
	char *p = mem_resize(t->p, capacity);
	if (!p) {
		t->failed = true;
		return false;
	}
	t->p = p;
	t->capacity = capacity;
	return true;
}

void text_add(struct text *t, struct slice s)
{
	if (!s.n || !reserve(t, s.n))
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = '\0';
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args;

	if (t->failed)
		return;
	/* Into what room there is; mostly that is enough. */
	size_t room = t->capacity - t->n;
	va_start(args, format);
	int n = vsnprintf(room ? t->p + t->n : NULL, room, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < room) {
		t->n += (size_t)n;
		return;
	}
	if (room)
		t->p[t->n] = '\0';
	if (n < 0 || !reserve(t, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(t->p + t->n, (size_t)n + 1, format, args);
	va_end(args);
	t->n += (size_t)n;
}

size_t utf8_length(struct slice s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (!s.n)
		return 0;
	uint8_t lead = s.p[0];
	size_t n = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
	uint32_t code = n == 1 ? lead : lead & (0x7Fu >> n);

	if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s.p[i] & 0x3Fu);
	}
	if (n > 1 && (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)))
		return 0;
	return n;
}

static bool is_control(struct slice s, size_t n)
{
	/* C0, DEL, and C1 (U+0080..U+009F), which some terminals obey. */
	return (n == 1 && (s.p[0] < 0x20 || s.p[0] == 0x7F)) ||
	       (n == 2 && s.p[0] == 0xC2 && s.p[1] < 0xA0);
}

void text_add_terminal(struct text *t, struct slice s)
{
	while (s.n) {
		size_t n = utf8_length(s);
		if (n && !is_control(s, n)) {
			text_add(t, slice_sub(s, 0, n));
		} else {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				text_addf(t, "\\x%02X", s.p[i]);
		}
		s = slice_from(s, n);
	}
}

void text_add_json(struct text *t, struct slice s)
{
	while (s.n) {
		size_t n = utf8_length(s);
		if (!n) {
			text_add(t, SLICE_LIT("\xEF\xBF\xBD"));
			n = 1;
		} else if (s.p[0] == '"' || s.p[0] == '\\') {
			text_addf(t, "\\%c", s.p[0]);
		} else if (is_control(s, n) && n == 1) {
			text_addf(t, "\\u%04X", s.p[0]);
		} else {
			text_add(t, slice_sub(s, 0, n));
		}
		s = slice_from(s, n);
	}
}

void text_add_csv(struct text *t, struct slice s)
{
	bool formula = s.n && strchr("=+-@\t\r", s.p[0]) && s.p[0];
	bool quote = formula;

	for (size_t i = 0; i < s.n && !quote; i++)
		quote = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r';
	if (quote)
		text_add(t, formula ? SLICE_LIT("\"'") : SLICE_LIT("\""));
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			text_add(t, SLICE_LIT("\""));
		text_add(t, slice_sub(s, i, 1));
	}
	if (quote)
		text_add(t, SLICE_LIT("\""));
}

void text_add_html(struct text *t, struct slice s)
{
	while (s.n) {
		size_t n = utf8_length(s);
		if (!n || (is_control(s, n) && s.p[0] != '\n' && s.p[0] != '\t')) {
			text_add(t, SLICE_LIT("&#xFFFD;"));
			n = n ? n : 1;
		} else if (s.p[0] == '<') {
			text_add(t, SLICE_LIT("&lt;"));
		} else if (s.p[0] == '>') {
			text_add(t, SLICE_LIT("&gt;"));
		} else if (s.p[0] == '&') {
			text_add(t, SLICE_LIT("&amp;"));
		} else if (s.p[0] == '"') {
			text_add(t, SLICE_LIT("&quot;"));
		} else if (s.p[0] == '\'') {
			text_add(t, SLICE_LIT("&#39;"));
		} else {
			text_add(t, slice_sub(s, 0, n));
		}
		s = slice_from(s, n);
	}
}
