/* What people give to the options of `milliwatt calls`, as values. Each false sets err to a text that says what is understood. */
#ifndef REPORTS_CALLS_VALUES_H
#define REPORTS_CALLS_VALUES_H

#include "reports/calls_filter.h"

/* "486", "4xx" */
bool calls_status(const char *text, struct calls_filter *f, struct err *err);
/* "busy", "no_answer,no-answer" */
bool calls_outcome(const char *text, struct calls_filter *f, struct err *err);
/* "+4420", "004420", "4420" */
bool calls_number(const char *text, struct calls_filter *f, struct err *err);
/* "90", "90s", "500ms", "5m", "1h" */
bool calls_duration(const char *option, const char *text, double *ms, struct err *err);
bool calls_mos(const char *text, double *mos, struct err *err);
bool calls_sort(const char *text, struct calls_filter *f, struct err *err);

/* "2026-01-31", "2026-01-31T14:05", "2026-01-31 14:05:06.789", with or without "Z", all UTC; or "14:05[:06[.789]]" of the day on which the
 * captures began, of the next one if it is only then within them. */
bool calls_time(const char *option, const char *text, struct records *r, int64_t *us,
                struct err *err);

#endif
