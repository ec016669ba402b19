/* The run's key figures (RFC 6076, ITU-T E.411 and E.425, and what operators use), counted from the rows on their way into the store:
 * reading them again would cost ten times as much. reports/kpi_definitions.c says what each figure means.
 *
 *     calls rows ─► attempts of `all` and of their minute      dialogs rows ─► legs of their trunk      registrations rows ─► `all`
 *
 * A trunk is the address that the first INVITE of a leg went to. Memory is bounded: KPI_TRUNKS trunks (legs to further ones are counted as
 * trunk "others"), KPI_MINUTES minutes (calls of further ones count in `all` only, and MINUTES_LEFT_OUT says how many), KPI_SESSIONS
 * answered calls for the concurrency (beyond, its peak is NULL). */
#ifndef REPORTS_RECORDS_KPI_H
#define REPORTS_RECORDS_KPI_H

#include "base/arena.h"
#include "base/table.h"
#include "reports/records/kpi_distribution.h"
#include "reports/records/store.h"

#define KPI_TRUNKS   1000
#define KPI_MINUTES  10080 /* a week */
#define KPI_SESSIONS (1u << 20)

enum kpi_measure {
	KPI_PDD,
	KPI_SETUP,
	KPI_SRD,
	KPI_SRD_FAILED,
	KPI_SDD,
	KPI_SDT,
	KPI_SDT_FAILED,
	KPI_RING,
	KPI_TTR,
	KPI_RRD,
	KPI_MEASURES
};

/* Attempts, and how they came out. Those that the capture's edge cuts are counted as such, and nowhere else. */
struct kpi_scope {
	int64_t attempts, bids, answered, redirected, effective, caller_faults, seer, ineffective,
	        backed, completed;
	int64_t cut_start, cut_end, cut_answered, clock_errors;
	int64_t talks, short_talks, no_ringback;
	double talk_us;
	struct kpi_distribution measures[KPI_MEASURES];
};

struct kpi_minute {
	int64_t start_us;
	int64_t starts, concurrent_peak;
	uint16_t seconds[60]; /* attempts that began in each */
	struct kpi_scope scope;
};

struct kpi_trunk {
	struct slice address;
	struct kpi_scope scope;
};

/* From a 2xx on, to the end; INT64_MAX: to the capture's. */
struct kpi_session {
	int64_t from_us, to_us;
};

/* REGISTER attempts. */
struct kpi_registrations {
	int64_t attempts, cut, ineffective, bindings, succeeded, active;
};

/* What one row of calls, or the rows of one leg, say of an attempt. Times as in the rows. */
struct kpi_attempt {
	int64_t start_us, ring_us, answer_us, end_us;
	double trying_ms, disconnect_ms; /* not finite, or negative: not measured */
	int64_t status; /* RECORD_NULL: none */
	int64_t bids;
	bool answered, timed_out, cut_start, cut_end, bye_completed, bye_failed;
};

struct kpi {
	struct kpi_scope all;
	struct kpi_registrations registrations;
	struct table trunks, minutes;
	struct kpi_minute *last_minute; /* the one looked up before; NULL: none */
	struct kpi_trunk others;
	struct slice leg_trunk; /* the leg whose dialogs are coming in: see kpi_dialog() */
	struct kpi_attempt leg;
	int64_t leg_dialog; /* id of its first dialog; 0: none */
	char leg_address[80];
	int64_t starts, minutes_left_out;
	struct kpi_session *sessions;
	size_t session_count, session_room;
	int64_t first_us, last_us; /* of the captures; RECORD_NULL: none yet */
	int64_t calls_first_us, calls_last_us;
	bool has_call_streams;
	struct arena arena; /* minutes, trunks, their addresses */
	struct histogram_pool pool;
};

void kpi_init(struct kpi *k);
void kpi_release(struct kpi *k);

/* Each row as it is stored. The dialogs of one leg come one after the other, the first one first. False: out of memory. */
void kpi_capture(struct kpi *k, const struct record_capture *r);
bool kpi_call(struct kpi *k, const struct record_call *r);
bool kpi_dialog(struct kpi *k, const struct record_dialog *r);
bool kpi_registration(struct kpi *k, const struct record_registration *r);
static inline void kpi_stream(struct kpi *k, const struct record_stream *r)
{
	k->has_call_streams |= r->call_id != RECORD_NULL;
}

/* All dialogs of the last leg are in: counts it. False: out of memory. */
bool kpi_finish_leg(struct kpi *k);

/* Adds one attempt to the scope, and its times to the measures of the mask (1 << enum kpi_measure). False: out of memory. */
bool kpi_scope_add(struct kpi_scope *s, const struct kpi_attempt *a, unsigned measures,
                   struct histogram_pool *pool);
bool kpi_measure_add(struct kpi_scope *s, enum kpi_measure m, int64_t value_us,
                     struct histogram_pool *pool);
/* Width of the histogram's counters. */
int64_t kpi_measure_unit_us(enum kpi_measure m);

/* The minutes in order of time, from the arena: *out has k->minutes.count of them. False: out of memory. */
bool kpi_minutes_sorted(struct kpi *k, struct kpi_minute ***out);

struct kpi_load {
	int64_t seconds; /* of the capture */
	int64_t cps_p95, cps_max;
	int64_t busy_attempts,
	        busy_seconds; /* in the busiest hour, or in all of a shorter capture */
	double busy_talk_us;
	int64_t concurrent_peak; /* RECORD_NULL: too many to tell */
	double concurrent_us; /* sum of all calls' times, within the capture */
};

/* How busy it was: the load over time. Sets the minutes' peaks. Sorts k->sessions. False: out of memory. */
bool kpi_load(struct kpi *k, struct kpi_minute *const *minutes, struct kpi_load *out);

/* All rows of `kpi` into the store (kpi_rows.c). `silent` of `heard` calls: see FAS. */
bool kpi_write(struct kpi *k, struct store *s, int64_t run_id, int64_t silent, int64_t heard,
               struct err *err);

#endif
