/* The filter line over the calls: the words of `milliwatt calls`, without the dashes.
 *
 *     busy                          an outcome; several mean any of them
 *     4xx  486                      a status; 486 also where it stands in a number: write number:486 then
 *     mos<3.5  talk>5m  talk<6s     a MOS below, talked longer or shorter
 *     caller:alice callee:+44 number:4420 peer:192.0.2.1 trunk:192.0.2.9 agent:"Phone 7"
 *     status:5xx outcome:busy,no_answer finding:A1 finding:any from:14:05 to:15:00
 *     anything else                 anywhere in the caller, the callee, the Call-ID or the reason
 */
#ifndef REPORTS_BROWSE_FILTER_H
#define REPORTS_BROWSE_FILTER_H

#include "reports/browse/prompt.h"
#include "reports/calls_filter.h"

struct filter {
	struct calls_filter calls; /* borrows `words` */
	char words[2 * PROMPT_MAX + 2];
	size_t n;
};

/* `text` is at most PROMPT_MAX octets. False: err says which word is not understood, and what would be. */
bool filter_parse(struct filter *f, const char *text, struct records *r, struct err *err);

/* A hint to stand above the line. */
extern const char filter_hint[];

#endif
