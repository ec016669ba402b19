/* Is a page of ours well formed? Stricter than browsers, which forgive: every element is closed by its own end, in order (but for
 * cells, rows and list items, whose ends HTML lets one leave out), and every
 * attribute stands once, in double quotes or needs none. */
#ifndef TESTS_HELPERS_MARKUP_H
#define TESTS_HELPERS_MARKUP_H

#include "base/slice.h"

/* NULL: it is. Else what is wrong and where, until the next call. */
const char *markup_fault(struct slice page);

#endif
