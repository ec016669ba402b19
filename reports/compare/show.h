/* What all forms of a comparison say in the same words. */
#ifndef REPORTS_COMPARE_SHOW_H
#define REPORTS_COMPARE_SHOW_H

#include "reports/compare/rows.h"

/* "worse: 3 of 187 measures; 2 better, 180 same, 2 too few to tell" */
void show_add_headline(struct text *out, const struct comparison *c);
/* The verdict of the whole: that of the worst row; ROW_TOO_FEW where no row could be told. */
enum row_verdict show_verdict(const struct comparison *c);

/* "all (5), trunk:192.0.2.1 (7)": how many rows of which scopes came to this; nothing where none did. */
void show_add_where(struct text *out, const struct comparison *c, enum row_verdict verdict);

/* "2000 calls, 4000 streams, 2026-01-01 00:00:00.000 UTC, 40.0 s" */
void show_add_volume(struct text *out, const struct volume *v);
/* Where the noise band comes from. */
void show_add_noise(struct text *out, const struct comparison *c);

/* A number of the row with its unit, "1.25 %"; "-" of NAN. */
void show_add_value(struct text *out, const struct row *r, double value);
/* The same with a sign, without the unit. */
void show_add_change(struct text *out, const struct row *r, double value);
/* "median" or "share"; "p95" or "p05" */
const char *show_middle(const struct row *r);
const char *show_tail(const struct row *r);
/* "median 0.00 -> 1.00 %, 95 %: +0.90 to +1.10; p95 ..." */
void show_add_difference(struct text *out, const struct row *r);
/* "p 1.2e-30 (Holm, 187 tests): Mann-Whitney ..., P(tonight > baseline) 0.93 (0.91 to 0.95)" */
void show_add_test(struct text *out, const struct comparison *c, const struct row *r);
void show_add_p(struct text *out, double p);

/* What only one side has, in order of names: calls `each` with the name and how many. side 0: only the baseline. Returns how many. */
size_t show_only(const struct comparison *c, enum kept_name kind, int side, void *context,
                 void (*each)(void *context, struct slice name, int64_t count));

#endif
