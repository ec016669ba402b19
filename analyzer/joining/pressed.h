/* One list of digits per party of a call: what several methods (telephone-event, INFO, KPML, tones in the audio) and several legs saw of
 * one press is that press, once. Pure: presses in, who counts for whom out.
 *
 *     leg 1  rfc4733   1    2  3        A source is one method on one leg, or in one stream of it. Presses of two sources are one if
 *     leg 1  inband    1    2           they are of the same digit, within W of each other, and in the same order; two presses of one
 *     leg 2  info        1    2  3      source never are.
 *
 * W is 250 ms between what is in the media of one leg, 1 s where signalling or another leg takes part. Where the sources disagree within
 * a span (presses less than 3 s apart), the one that saw most is believed, and the span is marked: what another saw at the time of a
 * press is a mistake about it; what it saw at another time counts as well, unless it is a tone, which may have been speech. */
#ifndef ANALYZER_JOINING_PRESSED_H
#define ANALYZER_JOINING_PRESSED_H

#include "analyzer/streams/press.h"

#include <limits.h>

#define PRESSED_MEDIA_NS      (250 * NS_PER_MS)
#define PRESSED_SIGNALLING_NS NS_PER_S
#define PRESSED_SPAN_NS       (3 * NS_PER_S)
/* Tones so short beside an event of the same digit are what leaked before it was muted, or after. */
#define PRESSED_LEAK_MS 40
/* Of one source within a span; a longer one is cut in two. */
#define PRESSED_SPAN_MAX 96

#define PRESSED_NONE UINT_MAX

struct pressed {
	const struct press *press; /* borrows */
	uint8_t leg; /* place of its leg in the call */
	/* Out. */
	uint16_t source;
	bool leaked; /* a fragment beside an event */
	bool mismatch; /* of a span in which the sources disagree */
	unsigned
	        winner; /* index of the one that counts for it: its own if it does; PRESSED_NONE: it counts for nothing */
};

/* All of one party of one call; sorts them by time first. False: out of memory. */
bool pressed_reconcile(struct pressed *all, unsigned count);

#endif
