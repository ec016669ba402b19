/* The flow of calls: a ladder to walk through. Events of all the calls in one order of time, an arrow each, below it what it carried; the
 * selected one in full beside it, or below where the screen is narrow. */
#ifndef REPORTS_BROWSE_FLOW_H
#define REPORTS_BROWSE_FLOW_H

#include "reports/browse/view.h"
#include "reports/call_events.h"
#include "reports/ladder_columns.h"

enum flow_colour { FLOW_BY_OUTCOME, FLOW_BY_LEG, FLOW_BY_METHOD, FLOW_COLOURS };
enum flow_time { FLOW_SINCE_START, FLOW_SINCE_LAST, FLOW_OF_DAY, FLOW_TIMES };

struct flow_event {
	struct call_event e;
	int64_t call_id;
	int64_t leg; /* counted over all of the calls */
	unsigned src, dst; /* columns */
};

struct flow {
	struct view view;
	struct arena arena;
	int64_t calls[FLOW_MAX_CALLS];
	struct slice about[FLOW_MAX_CALLS]; /* "alice -> bob, answered 200" */
	size_t call_count;
	struct flow_event *events;
	size_t count;
	int64_t more, legs, start_us;
	struct ladder_columns columns;
	size_t *seen; /* those in sight, by what is switched on: indexes of events */
	size_t seen_count;
	struct scroll at; /* in seen */
	int64_t only_leg; /* 0: all */
	bool media, notes, only_sdp, preview;
	enum flow_colour colour;
	enum flow_time time;
	unsigned shift; /* columns moved out to the left */
	int wider; /* of the preview, in steps */
	size_t marks[2], mark_count; /* indexes of events, in order of marking */
	char search[PROMPT_MAX + 1];
};

/* The selected event; NULL: none is in sight. */
const struct flow_event *flow_current(const struct flow *f);
bool flow_is_marked(const struct flow *f, size_t event);

#define FLOW_MIN_GAP    15u /* between two lifelines: "407 INVITE" still fits on an arrow */
#define FLOW_TIME_WIDTH 12u
#define FLOW_MARGIN     9u /* beside the outer lifelines, for half of a name */

/* flow_draw.c */
bool flow_draw(struct browse *b, struct view *v, unsigned top, unsigned bottom, struct err *err);

#endif
