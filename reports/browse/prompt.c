#include "reports/browse/prompt.h"

#include "reports/browse/keys.h"

#include <stdio.h>

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *hint,
                 const char *text)
{
	*p = (struct prompt){ .kind = kind, .label = label, .hint = hint };
	p->n = (size_t)snprintf(p->text, sizeof p->text, "%s", text);
	if (p->n > PROMPT_MAX)
		p->n = PROMPT_MAX;
	p->at = p->n;
}

static size_t before(const struct prompt *p, size_t at)
{
	while (at && ((uint8_t)p->text[--at] & 0xC0) == 0x80)
		;
	return at;
}

static size_t behind(const struct prompt *p, size_t at)
{
	while (at < p->n && ((uint8_t)p->text[++at] & 0xC0) == 0x80)
		;
	return at;
}

static void take_out(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, p->n - to + 1);
	p->n -= to - from;
	p->at = from;
}

static size_t encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(code | (n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0));
	return n;
}

static void put_in(struct prompt *p, uint32_t code)
{
	char octets[4];
	size_t n = encode(code, octets);

	if (p->n + n > PROMPT_MAX)
		return;
	memmove(p->text + p->at + n, p->text + p->at, p->n - p->at + 1);
	memcpy(p->text + p->at, octets, n);
	p->n += n;
	p->at += n;
}

/* The blanks and the word before the cursor. */
static size_t word_start(const struct prompt *p)
{
	size_t at = p->at;

	while (at && p->text[at - 1] == ' ')
		at--;
	while (at && p->text[at - 1] != ' ')
		at--;
	return at;
}

enum prompt_result prompt_key(struct prompt *p, int key)
{
	switch (key) {
	case 13:
	case KEYS_ENTER: return PROMPT_DONE;
	case KEYS_ESCAPE: return PROMPT_GIVEN_UP;
	case KEYS_LEFT: p->at = before(p, p->at); break;
	case KEYS_RIGHT: p->at = behind(p, p->at); break;
	case KEYS_CTRL('A'):
	case KEYS_HOME: p->at = 0; break;
	case KEYS_CTRL('E'):
	case KEYS_END: p->at = p->n; break;
	case 8:
	case KEYS_BACKSPACE: take_out(p, before(p, p->at), p->at); break;
	case KEYS_DELETE: take_out(p, p->at, behind(p, p->at)); break;
	case KEYS_CTRL('U'): take_out(p, 0, p->at); break;
	case KEYS_CTRL('W'): take_out(p, word_start(p), p->at); break;
	default:
		if (key >= 32 && key < KEYS_UP && (key < 0xD800 || key > 0xDFFF))
			put_in(p, (uint32_t)key);
	}
	return PROMPT_GOES_ON;
}

void prompt_draw(const struct prompt *p, struct cells *c, unsigned row)
{
	unsigned x = cells_putf(c, row, 0, c->columns, STYLE_BOLD, "%s ", p->label);
	size_t from = 0;

	/* The cursor's character is in sight, with all before it if there is room. */
	while (from < p->at &&
	       x + cells_width(c, slice_of(p->text + from, p->at - from)) + 1 >= c->columns)
		from = behind(p, from);
	unsigned cursor = x + cells_width(c, slice_of(p->text + from, p->at - from));
	cells_put(c, row, x, c->columns, slice_of(p->text + from, p->n - from), STYLE_PLAIN);
	cells_style(c, row, cursor, cursor + 1, STYLE_REVERSE);
}
