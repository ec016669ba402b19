/* The records as stable text, the golden format: no row ids (what has one is numbered in the order printed), no wall clock, times in
 * seconds since the first packet of the captures, reals with 3 decimals, "-" for NULL. Ordered by first time, then by what the
 * traffic itself says, so that the order in which rows were written does not show. */
#ifndef REPORTS_DUMP_H
#define REPORTS_DUMP_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"

/* Made for stores in memory, which have an index for every step from parent to child; over a file it takes quadratic time.
 * Append to `out`; false: err is set. `err` comes in clean. */

/* Calls with their dialogs and those's transactions; then dialogs of no call, transactions of no dialog. */
bool dump_dialogs(struct records *r, struct text *out, struct err *err);
/* Streams with their intervals and digits, call by call, those of no call last; digits of no stream; RTCP reports by number. */
bool dump_streams(struct records *r, struct text *out, struct err *err);
/* Registrations, and subscriptions with publications, each in the order of their beginnings. */
bool dump_registrations(struct records *r, struct text *out, struct err *err);
bool dump_subscriptions(struct records *r, struct text *out, struct err *err);

#endif
