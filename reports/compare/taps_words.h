/* What the forms say of the same thing in the same words. taps_internal.h */
#ifndef REPORTS_COMPARE_TAPS_WORDS_H
#define REPORTS_COMPARE_TAPS_WORDS_H

#include "reports/compare/taps_internal.h"

/* "A -> B" */
const char *taps_way_text(enum tap_way way);
/* The tap that comes first, 'A' or 'B'; and the other one. */
char taps_first(enum tap_way way);
char taps_second(enum tap_way way);
/* "INVITE", "200 (INVITE)" */
void taps_add_kind(struct text *out, const struct taps_kind *kind);
/* "+15550100 -> +15550199" of a call at A, raw */
void taps_add_parties(struct text *out, const struct taps *t, uint32_t call);
/* "192.0.2.1:4000 -> 192.0.2.9:6000" of a stream, raw */
void taps_add_endpoints(struct text *out, const struct tap_stream *s);

/* Part of a flow's packets that vanished between the taps; NAN: none came. */
double taps_flow_loss(const struct taps_flow *f);
double taps_pair_loss(const struct taps_pair *p);
/* Packets that the first tap missed itself are none that could be lost. */
int64_t taps_messages_lost(const struct taps *t, enum tap_way way);

/* The clock in a sentence or two. */
void taps_add_clock(struct text *out, const struct taps *t);
/* Why the transit of RTP is not known, and how to get it; nothing where it is. */
void taps_add_missing_marks(struct text *out, const struct taps *t);

/* Pairs with most packets lost between the taps, at most `n`; gives how many. */
size_t taps_worst(const struct taps *t, const struct taps_pair **out, size_t n);

#endif
