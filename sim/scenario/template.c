#include "sim/scenario/template.h"

#include "base/mem.h"

/* --- pieces ------------------------------------------------------------------------------------------------------- */

bool builder_piece(struct builder *b, const struct piece *piece)
{
	if (b->c->s->piece_total == TEMPLATE_MAX_PIECES)
		return compile_fail(b->c, b->line, "more than %u keywords in a scenario",
		                    TEMPLATE_MAX_PIECES);
	if ((b->count & (b->count - 1)) == 0) {
		struct piece *more =
		        mem_resize(b->pieces, (b->count ? 2 * b->count : 1) * sizeof *more);
		if (!more)
			return compile_memory(b->c);
		b->pieces = more;
	}
	b->pieces[b->count++] = *piece;
	b->c->s->piece_total++;
	return true;
}

bool builder_end_text(struct builder *b)
{
	if (b->n == b->begun)
		return true;
	struct piece text = { .keyword = KEYWORD_TEXT,
		              .text = slice_of(b->octets + b->begun, b->n - b->begun),
		              .variable = SCENARIO_NONE };
	b->begun = b->n;
	return builder_piece(b, &text);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xNN is an octet. */
static bool add_escape(struct builder *b)
{
	struct slice s = slice_from(b->in, b->at);

	if (s.n < 4 || s.p[1] != 'x' || hex_digit(s.p[2]) < 0 || hex_digit(s.p[3]) < 0)
		return false;
	b->octets[b->n++] = (uint8_t)(hex_digit(s.p[2]) << 4 | hex_digit(s.p[3]));
	b->at += 4;
	return true;
}

static bool add_next(struct builder *b)
{
	uint8_t octet = b->in.p[b->at];

	if (octet == '[')
		return builder_keyword(b);
	if (octet == '\\' && add_escape(b))
		return true;
	if (octet == '\n') {
		b->line++;
		if (b->at == 0 || b->in.p[b->at - 1] != '\r')
			b->octets[b->n++] = '\r';
	}
	b->octets[b->n++] = octet;
	b->at++;
	return true;
}

/* --- what kind of message ----------------------------------------------------------------------------------------- */

static void find_body(struct template *t)
{
	t->body_piece = t->body_offset = -1;
	for (unsigned i = 0; i < t->piece_count; i++) {
		size_t at = t->pieces[i].keyword == KEYWORD_TEXT
		                    ? slice_find_str(t->pieces[i].text, "\r\n\r\n")
		                    : SLICE_NPOS;
		if (at == SLICE_NPOS)
			continue;
		t->body_piece = (int)i;
		t->body_offset = (int)at + 4;
		return;
	}
}

static void read_first_line(struct template *t)
{
	struct slice text = t->piece_count && t->pieces[0].keyword == KEYWORD_TEXT
	                            ? t->pieces[0].text
	                            : SLICE_NONE;
	struct slice word;
	uint64_t status;

	if (slice_starts(text, "SIP/2.0 ")) {
		t->is_response = true;
		if (slice_u64(slice_sub(text, 8, 3), 999, &status))
			t->status = (int)status;
	} else if (slice_split(&text, ' ', &word) && text.p && is_keyword_word(word)) {
		t->method_name = word;
		t->method = sip_method_of(word);
	}
}

static struct template *finish(struct builder *b, bool is_message)
{
	struct arena *arena = &b->c->s->arena;
	struct template *t = arena_zalloc(arena, sizeof *t);
	struct piece *pieces = arena_alloc(arena, b->count * sizeof *pieces);

	if (!t || !pieces) {
		compile_memory(b->c);
		return NULL;
	}
	if (b->count)
		memcpy(pieces, b->pieces, b->count * sizeof *pieces);
	t->pieces = pieces;
	t->piece_count = b->count;
	t->has_len = b->has_len;
	t->uses_last = b->uses_last;
	t->is_message = is_message;
	t->line = b->first_line;
	find_body(t);
	if (is_message)
		read_first_line(t);
	return t;
}

const struct template *builder_template(struct compile *c, struct slice text, unsigned line,
                                        bool is_message, unsigned depth)
{
	struct builder b = { .c = c, .in = text, .first_line = line, .line = line, .depth = depth };
	struct template *t = NULL;

	if (depth == TEMPLATE_MAX_DEPTH) {
		compile_fail(c, line, "keywords within keywords, %d deep", TEMPLATE_MAX_DEPTH);
		return NULL;
	}
	b.octets = arena_alloc(&c->s->arena, 2 * text.n); /* LF becomes CRLF */
	bool ok = b.octets || compile_memory(c);
	while (ok && b.at < b.in.n)
		ok = add_next(&b);
	if (ok && builder_end_text(&b))
		t = finish(&b, is_message);
	mem_free(b.pieces);
	return t;
}

const struct template *template_build(struct compile *c, struct slice text, unsigned line,
                                      bool is_message)
{
	return builder_template(c, text, line, is_message, 0);
}

const struct template *template_compile(struct scenario *s, struct slice text, unsigned line,
                                        bool is_message, struct err *err)
{
	struct compile c = { .s = s, .err = err };

	return template_build(&c, text, line, is_message);
}
