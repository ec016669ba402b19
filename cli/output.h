/* What subcommands share: where text goes, and how errors are said. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/err.h"
#include "base/text.h"

/* "milliwatt SUBCOMMAND: text" on stderr; returns the exit code. */
int output_error(const char *subcommand, const struct err *err);

/* Sets err: which option getopt_long() did not like; `result` is what it returned, '?' or ':' (the option string begins with ':', and
 * opterr is 0). Always false. */
bool output_bad_option(const char *subcommand, int result, char *const *argv, struct err *err);

/* Prints a subcommand's help; returns the exit code. */
int output_help(const char *help);

/* Writes `text` to the file, or to stdout if path is NULL or "-". */
bool output_write(const char *path, const struct text *text, struct err *err);

/* stdout is a terminal, NO_COLOR (no-color.org) is not set, and TERM is not "dumb". */
bool output_wants_colour(void);

/* Of stdout's terminal: $COLUMNS, else what the terminal says, else `otherwise`. */
unsigned output_columns(unsigned otherwise);

/* "150" or "12.5": milliseconds up to OUTPUT_MOST_MS. */
#define OUTPUT_MOST_MS 10000
bool output_parse_ms(const char *text, double *out);

#endif
