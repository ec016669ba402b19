/* Text for people and machines: a growing buffer, and the escapes for where packet bytes go. Nothing taken from a packet is
 * ever printed without one of these. Growth fails softly: `failed` is set, and what follows is dropped. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/slice.h"

struct text {
	char *p; /* NUL-terminated whenever n > 0 */
	size_t n, capacity;
	bool failed; /* out of memory at some point: check once at the end */
};

void text_init(struct text *t);
void text_release(struct text *t);
void text_reset(struct text *t); /* empties, keeps the memory */
const char *text_cstr(const struct text *t); /* "" when empty */

void text_add(struct text *t, struct slice s);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For a terminal or a text file: control bytes, ESC and broken UTF-8 become \xNN, a backslash stays one. */
void text_add_terminal(struct text *t, struct slice s);
/* The inside of a JSON string: quotes, backslashes, controls escaped; broken UTF-8 becomes U+FFFD. */
void text_add_json(struct text *t, struct slice s);
/* One CSV field (RFC 4180), quoted when it needs to be; a leading = + - @ or tab is defused by a quote mark ('). */
void text_add_csv(struct text *t, struct slice s);
/* HTML text and double-quoted attributes. */
void text_add_html(struct text *t, struct slice s);
/* XML 1.0 text and double-quoted attributes: what may not be there even as a reference (control characters, U+FFFE), and broken UTF-8,
 * becomes \xNN. */
void text_add_xml(struct text *t, struct slice s);
/* Inside a line of (GitHub's) Markdown, table cells included: nothing of it is markup, HTML, a link or a mention. Octets that begin its
 * sentence must be ours (a line of its own could be a list). */
void text_add_markdown(struct text *t, struct slice s);
/* The same as `code`; '`', '|', control and direction marks become \xNN. Not for empty ones: Markdown has no empty code. */
void text_add_markdown_code(struct text *t, struct slice s);

/* Length in bytes of the valid UTF-8 character at the front of s, 0 if there is none. */
size_t utf8_length(struct slice s);

#endif
