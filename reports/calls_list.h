/* The calls that a filter lets through: a table for the terminal, CSV, or JSON. */
#ifndef REPORTS_CALLS_LIST_H
#define REPORTS_CALLS_LIST_H

#include "reports/calls_filter.h"

enum calls_format { CALLS_TABLE, CALLS_CSV, CALLS_JSON };

#define CALLS_DEFAULT_WIDTH 120

/* Appends to `out`; *matched, if given, is how many there are, printed or not. `width`: columns of the table, at least 80. False: err. */
bool calls_list(struct records *r, const struct calls_filter *f, enum calls_format format,
                unsigned width, struct text *out, int64_t *matched, struct err *err);

#endif
