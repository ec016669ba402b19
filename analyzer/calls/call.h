/* A call, end to end: the legs that evidence joins. It has no object of its own while it goes on. A leg that is closed waits:
 *
 *     live ──leg_close()──► judging ──CALL_JUDGE_NS──► holding ──CALL_HOLD_NS──► settled ──all its legs are──► rows
 *
 * When it is judged, whatever its mirrored legs did has happened, so that the facts are complete on both sides; and it stays beside the
 * others for as long again, so that those judged after it still see what it saw. A settled leg waits for the other legs of its call, without
 * a timer: the last one to settle writes them all. Times are eviction time. */
#ifndef ANALYZER_CALLS_CALL_H
#define ANALYZER_CALLS_CALL_H

#include "analyzer/calls/leg.h"

#define CALL_JUDGE_NS (1 * NS_PER_S) /* after a leg was closed */
#define CALL_HOLD_NS  (4 * NS_PER_S) /* likewise */
#define CALL_MAX_LEGS 32 /* what evidence joins beyond it stays apart */

struct waiting {
	struct timer timer; /* first: it leads back to its owner */
	struct calls *home;
	struct list_node judging, holding, settled; /* the first two in order of closing */
	uint32_t rounds; /* of looking for the legs of a call */
	size_t count; /* at most CALLS_MAX; beyond, the oldest is written as it stands */
};

void waiting_init(struct waiting *w, struct calls *c);
/* Frees what waits, unwritten. */
void waiting_release(struct waiting *w);

/* Takes a leg that is closed, with its verdict. False: environment failed; the leg is freed in due time all the same. */
bool waiting_add(struct waiting *w, struct leg *leg);

/* End of capture, every leg is closed: writes all calls. */
bool waiting_finish(struct waiting *w);

/* Invariants; adds the dialogs of those that wait to *dialogs. */
bool waiting_check(const struct waiting *w, size_t *dialogs);

/* The legs of one call, in order: by first INVITE, those of the same time by Call-ID and tag. */
struct call {
	struct leg *legs[CALL_MAX_LEGS]; /* each knows its `place` */
	unsigned count;
	bool complete; /* all of them have settled */
};

/* Are these two of its legs one call because of this clue? */
bool call_joins(const struct clue *clue, const struct leg *a, const struct leg *b);

/* Writes its `calls` and `dialogs` rows (call_rows.c). */
bool call_write_rows(const struct call *call);
/* Writes its `dtmf` and `call_digits` rows (call_presses.c). */
bool call_write_presses(const struct call *call, int64_t call_id);

#endif
