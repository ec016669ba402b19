/* C8: key presses that the other side may not read, by the digits of a call as they were reconciled (joining/pressed.h). What was pressed
 * stands in no text and no evidence.
 *
 *   digit_faults.c       what one leg shows: method, negotiation, refusal, length, ends
 *   digit_faults_legs.c  what legs show beside one another: lost, stretched */
#ifndef ANALYZER_FINDINGS_DIGIT_FAULTS_H
#define ANALYZER_FINDINGS_DIGIT_FAULTS_H

#include "analyzer/findings/draft.h"
#include "analyzer/joining/pressed.h"

struct leg;

struct digit_faults {
	struct draft draft;
	struct {
		double least_ms, stretch;
		unsigned tones;
	} set;
};

struct digit_faults *digit_faults_new(struct findings *f); /* NULL: out of memory, err set */
void digit_faults_free(struct digit_faults *d); /* NULL allowed */
/* False: environment failed. */
bool digit_faults_presses(struct digit_faults *d, const struct seen_presses *s);

/* --- between the files ------------------------------------------------------------------------------------------------------- */

/* The presses of a kind on one leg. */
struct tally {
	unsigned count, all; /* of so many on this leg */
	struct sighting first, last;
	double value; /* of the worst, where there is one */
};
void tally_add(struct tally *t, const struct press *p);

/* Begins the draft with "the caller 192.0.2.10", who presses on this leg. */
void digit_faults_who(struct text *t, const struct leg *leg, enum party sender);
bool digit_faults_tell(struct digit_faults *d, const struct leg *leg, const struct tally *t,
                       const char *weak);
bool digit_faults_legs(struct digit_faults *d, const struct seen_presses *s);

#endif
