/* What the forms of verdicts share. */
#ifndef REPORTS_VERDICTS_INTERNAL_H
#define REPORTS_VERDICTS_INTERNAL_H

#include "reports/verdicts.h"

/* "12 assertions: 10 hold, 1 falls short, 1 could not be judged" */
void verdicts_add_counts(const struct verdicts *v, struct text *out);
/* "passed", "failed", "error", "skipped" */
const char *verdict_word(enum verdict_result result);
/* Failures and errors. */
bool verdict_is_bad(const struct verdict *one);
/* "milliwatt show DB 17" of the first call to blame; false: there is none, or no database to show it from. */
bool verdict_add_command(const struct verdicts *v, const struct verdict *one, struct text *out);
/* How many calls to blame were counted only. */
int64_t verdict_more_blame(const struct verdict *one);
/* True unless `out` or the verdicts ran out of memory. */
bool verdicts_end(const struct verdicts *v, const struct text *out, struct err *err);

#endif
