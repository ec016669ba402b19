/* A template while it is built, between template.c (text and the whole) and template_keyword.c (what stands in brackets). */
#ifndef SIM_SCENARIO_TEMPLATE_H
#define SIM_SCENARIO_TEMPLATE_H

#include "sim/scenario/compile.h"

/* Keywords within keywords' arguments. */
#define TEMPLATE_MAX_DEPTH 4
/* Pieces of all templates of a scenario. */
#define TEMPLATE_MAX_PIECES (1u << 20)

struct builder {
	struct compile *c;
	struct slice in;
	size_t at;
	unsigned first_line, line, depth;
	uint8_t *octets; /* text of the template, room for all of it */
	size_t n, begun; /* octets; where the text piece being written began */
	struct piece *pieces; /* mem_resize() */
	unsigned count;
	bool uses_last, has_len;
};

const struct template *builder_template(struct compile *c, struct slice text, unsigned line,
                                        bool is_message, unsigned depth);
/* At a [: the keyword's piece, or the bracket as text. */
bool builder_keyword(struct builder *b);
bool builder_piece(struct builder *b, const struct piece *piece);
bool builder_end_text(struct builder *b);
/* Letters, digits, _ - . */
bool is_keyword_word(struct slice s);

#endif
