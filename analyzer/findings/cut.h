/* Family E: calls cut at a fixed time, and D20, which is the same question without a fixed time. One answer per call: the first of
 * the rules that fits, the most certain ones first.
 *
 *   cut.c        single calls: E1 to E5, E8, E9, D20
 *   cut_peaks.c  calls that share a duration: E6, E7 */
#ifndef ANALYZER_FINDINGS_CUT_H
#define ANALYZER_FINDINGS_CUT_H

#include "analyzer/calls/leg.h"
#include "analyzer/findings/draft.h"

#define CUT_MAX_CALLS 65536 /* whose durations are compared; beyond, the oldest is forgotten */

struct cut;

struct cut *cut_new(struct findings *f); /* NULL: out of memory, err set */
void cut_free(struct cut *c); /* NULL allowed */
bool cut_leg(struct cut *c, const struct leg *leg);
bool cut_finish(struct cut *c);

/* --- pure, for tests ------------------------------------------------------------------------------------------------------- */

/* The number of the list ("12.8, 32, 64") that is nearest to `s`, at most `tolerance` away; 0: there is none. */
double cut_nearest(struct slice list, double s, double tolerance);

/* RFC 4028 section 10: whoever does not refresh hangs up min(early, a third) before the session expires; some wait to its end. */
bool cut_is_session_timer(double since_s, double expires_s, double early_s, double tolerance_s);

/* Of `n` durations in rising order: how many from `from` on stand within 2 * tolerance, if they are at least `least` and stand out
 * by so many standard deviations of a Poisson distribution from what is within a minute around them; else 0. */
size_t cut_peak(const double *s, size_t n, size_t from, double tolerance, double least,
                double deviations);

/* --- cut_peaks.c ------------------------------------------------------------------------------------------------------------ */

enum peak_kind { PEAK_DURATION, PEAK_RINGING };

struct peaks;
struct peaks *peaks_new(struct draft *d); /* borrows; NULL: out of memory */
void peaks_free(struct peaks *p);
/* From and to are sightings of the leg; `by_caller`: who ended it. */
bool peaks_add(struct peaks *p, enum peak_kind kind, const struct leg *leg, bool by_caller,
               struct sighting from, struct sighting to);
bool peaks_finish(struct peaks *p);

#endif
