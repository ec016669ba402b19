/* Units of one kind and what was measured of each, by columns: calls, legs of calls, registrations. A unit counts once, whatever number of
 * streams and messages it has, for those of one call are not independent of each other. */
#ifndef REPORTS_COMPARE_FRAME_H
#define REPORTS_COMPARE_FRAME_H

#include "reports/compare/metric.h"
#include "reports/compare/names.h"
#include "reports/compare/statistic.h"

enum frame_outcome {
	OUTCOME_ANSWERED,
	OUTCOME_BUSY,
	OUTCOME_NO_ANSWER,
	OUTCOME_CANCELLED,
	OUTCOME_REJECTED,
	OUTCOME_FAILED,
	OUTCOME_UNAUTHORIZED,
	OUTCOME_CUT, /* incomplete, in_progress: the capture's edge, not the call's end */
	OUTCOMES
};
extern const char *const frame_outcomes[OUTCOMES]; /* as in the records */

#define FRAME_STATUSES  700 /* final statuses are below */
#define FRAME_NO_STATUS 0

struct frame {
	uint32_t count, room;
	float *columns[METRICS]; /* NULL: no unit has it; NAN: this one has not */
	int64_t *calls; /* calls.id; RECORD_NULL: streams of no call, registrations */
	uint16_t *scopes; /* trunk or scenario, by number */
	uint8_t *outcomes;
	uint16_t *statuses;
	/* Findings that hit units: rule << 32 | unit, once settled in order and each once. */
	int64_t *hits;
	size_t hit_count, hit_room;
	uint32_t *by_scope; /* units of scope s: by_scope[starts[s]] up to starts[s + 1] */
	uint32_t starts[NAMES_MOST + 1];
};

void frame_release(struct frame *f);
/* *unit is a new one, that nothing is known of. False: out of memory, or more than 2^32 - 1. */
bool frame_add(struct frame *f, int64_t call, uint32_t *unit);
/* NAN sets nothing. False: out of memory. */
bool frame_set(struct frame *f, uint32_t unit, enum metric m, double value);
/* The same where the unit has none yet, or a better one. */
bool frame_set_worst(struct frame *f, uint32_t unit, enum metric m, double value);
bool frame_hit(struct frame *f, uint32_t unit, uint16_t rule);
/* Call it once when all is in: groups by scope. False: out of memory. */
bool frame_settle(struct frame *f);

/* All units of a frame, or those of one scope. */
struct view {
	const struct frame *frame;
	const uint32_t *units; /* NULL: all */
	uint32_t count;
};
struct view frame_all(const struct frame *f);
struct view frame_scope(const struct frame *f, uint16_t scope);
static inline uint32_t view_unit(const struct view *v, uint32_t i)
{
	return v->units ? v->units[i] : i;
}

/* Room for the values of a sample, used again and again. */
struct gathering {
	float *values, *spare;
	size_t room;
	struct sample sample;
};
void gathering_release(struct gathering *g);
/* The values of a metric in ascending order, in g->sample. False: out of memory. */
bool gathering_take(struct gathering *g, const struct view *v, enum metric m);

#endif
