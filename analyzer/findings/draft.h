/* An occurrence in the making, for the rules that judge single legs: its cause, its sentence and its evidence, in memory that is used
 * again for the next one. */
#ifndef ANALYZER_FINDINGS_DRAFT_H
#define ANALYZER_FINDINGS_DRAFT_H

#include "analyzer/findings/findings.h"

struct draft {
	struct findings *home;
	struct text cause, text;
	struct evidence evidence;
};

void draft_init(struct draft *d, struct findings *f);
void draft_release(struct draft *d);
/* Empties all three, to be filled again. */
void draft_begin(struct draft *d);

/* As findings_add(), with what the draft holds. False: environment failed. */
bool draft_add(struct draft *d, struct occurrence o);
/* A leg's ids, where *o has none, and its weakness where the capture shows only a part of it. */
void draft_place(const struct leg *leg, struct occurrence *o);
/* draft_add() of what draft_place() completes. */
bool draft_add_leg(struct draft *d, const struct leg *leg, struct occurrence o);

double draft_number(const struct draft *d, enum rule_id id, const char *setting);
int64_t draft_now(const struct draft *d); /* eviction time */
bool draft_enabled(const struct draft *d, enum rule_id id);

/* Address of a party's side of the leg: where the first request came from, or went to. */
struct ip_addr leg_address(const struct leg *leg, bool caller);
void text_add_address(struct text *t, struct ip_addr a);
void text_add_endpoint(struct text *t, struct endpoint e);
/* Escaped for a sentence. */
void text_add_quoted(struct text *t, struct slice value);

#endif
