/* Is a suite right, as far as that can be said without running it? Options as `milliwatt sim` reads them, scenarios as `milliwatt lint` does,
 * expectations, files. */
#ifndef CLI_SUITE_CHECK_H
#define CLI_SUITE_CHECK_H

#include "base/text.h"
#include "cli/suite_file.h"

/* Everything that is wrong goes to `out`, a line each; *warnings counts what runs and is hardly meant. Returns how much is wrong. */
size_t suite_check_file(struct suite *s, const char *output, struct text *out, size_t *warnings);

#endif
