/* The words of a command, and what ${...} stands for in them:
 *
 *     ${NAME}, ${NAME:-otherwise}                 of the environment
 *     ${uas.port}, ${uas.address}, ${pbx.transport}   of a process in the background, of a target
 *     $${                                         the two characters themselves
 */
#ifndef CLI_SUITE_WORDS_H
#define CLI_SUITE_WORDS_H

#include "base/text.h"
#include "cli/suite_file.h"

#define SUITE_MAX_WORDS 4000

struct suite_words {
	const struct suite *suite;
	struct arena *arena; /* they live there */
	const char **word; /* NULL ends them; suite_words_release() frees the list alone */
	size_t count, capacity;
	uint32_t uses; /* bit i: the i-th process in the background was named */
};

void suite_words_init(struct suite_words *w, const struct suite *s, struct arena *arena);
void suite_words_release(struct suite_words *w);

/* [A-Za-z_][A-Za-z0-9_]* */
bool suite_is_variable(struct slice name);

/* The text that stands at `n`, ${...} replaced; NULL: err names the place. */
const char *suite_expand(struct suite_words *w, const struct yaml_node *n, struct err *err);

/* Borrows the word, which has to live in the arena or longer. */
bool suite_words_add(struct suite_words *w, const char *word, struct err *err);
bool suite_words_addf(struct suite_words *w, struct err *err, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* A sequence of words, or a text that is cut at blanks; '...' and "..." keep them. Nothing else of a shell is known. */
bool suite_words_take(struct suite_words *w, const struct yaml_node *n, struct err *err);

/* As a person would type it: quoted for a shell, without what is secret. */
void suite_words_say(const char *const *words, struct text *out);

#endif
