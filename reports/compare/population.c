/* From rows to frames. */
#include "reports/compare/population.h"

#include "base/mem.h"
#include "reports/rows.h"

#include <math.h>

const char *const kept_names[KEPT_NAMES] = { "trunks", "scenarios", "findings", "codecs",
	                                     "user_agents" };

void vocabulary_init(struct vocabulary *v)
{
	for (unsigned i = 0; i < KEPT_NAMES; i++)
		names_init(&v->names[i]);
	for (unsigned i = 0; i < NAMES_MOST; i++)
		v->info[i] = true;
}

void vocabulary_release(struct vocabulary *v)
{
	for (unsigned i = 0; i < KEPT_NAMES; i++)
		names_release(&v->names[i]);
}

void population_init(struct population *p, struct vocabulary *v)
{
	*p = (struct population){ .vocabulary = v,
		                  .volume = { .first_us = RECORD_NULL, .last_us = RECORD_NULL } };
}

void population_release(struct population *p)
{
	for (unsigned i = 0; i < FRAMES; i++)
		frame_release(&p->frames[i]);
}

/* Of one database while it is read: which unit a call's, and a dialog's, facts go to. Ids ascend. */
struct places {
	int64_t *ids;
	uint32_t *units;
	size_t count, room;
};

static bool places_add(struct places *p, int64_t id, uint32_t unit)
{
	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 256;
		int64_t *ids = mem_resize(p->ids, room * sizeof *ids);
		if (ids)
			p->ids = ids;
		uint32_t *units = mem_resize(p->units, room * sizeof *units);
		if (units)
			p->units = units;
		if (!ids || !units)
			return false;
		p->room = room;
	}
	p->ids[p->count] = id;
	p->units[p->count++] = unit;
	return true;
}

static bool places_find(const struct places *p, int64_t id, uint32_t *unit)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->count || p->ids[low] != id)
		return false;
	*unit = p->units[low];
	return true;
}

struct loading {
	struct population *p;
	struct places calls, dialogs; /* units of FRAME_CALLS, of FRAME_LEGS */
};

/* A query's rows, each given to `row`. */
static bool each(struct loading *l, struct records *r, const char *sql,
                 bool (*row)(struct loading *l, struct query *q), struct err *err)
{
	struct query *q = query_new(r, err, sql);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		if (!row(l, q))
			ok = err_memory(err, "what is compared");
	query_free(q);
	return ok && err->code == ERR_NONE;
}

static bool meet(struct loading *l, enum kept_name kind, struct slice name, uint16_t *number)
{
	if (!names_number(&l->p->vocabulary->names[kind], name, number))
		return false;
	if (*number != NAMES_NONE)
		l->p->met[kind][*number]++;
	return true;
}

static void widen(struct volume *v, int64_t from_us, int64_t to_us)
{
	if (from_us == RECORD_NULL || to_us == RECORD_NULL)
		return;
	if (v->first_us == RECORD_NULL || from_us < v->first_us)
		v->first_us = from_us;
	if (v->last_us == RECORD_NULL || to_us > v->last_us)
		v->last_us = to_us;
}

/* ---- calls ---- */

static uint8_t outcome_of(struct slice text)
{
	for (uint8_t o = 0; o < OUTCOME_CUT; o++)
		if (slice_eq_str(text, frame_outcomes[o]))
			return o;
	return OUTCOME_CUT;
}

static uint16_t status_of(int64_t status)
{
	return status >= 100 && status < FRAME_STATUSES ? (uint16_t)status : FRAME_NO_STATUS;
}

static const char calls_sql[] =
        "SELECT id, outcome, final_status, trying_ms, pdd_ms, setup_ms, talk_ms, disconnect_ms, "
        "first_us, last_us FROM calls ORDER BY id";

static bool take_call(struct loading *l, struct query *q)
{
	struct frame *f = &l->p->frames[FRAME_CALLS];
	uint32_t unit;

	if (!frame_add(f, query_int(q, 0), &unit) || !places_add(&l->calls, query_int(q, 0), unit))
		return false;
	f->outcomes[unit] = outcome_of(query_text(q, 1));
	f->statuses[unit] = status_of(query_int(q, 2));
	l->p->volume.calls++;
	widen(&l->p->volume, query_int(q, 8), query_int(q, 9));
	return frame_set(f, unit, METRIC_TRYING, query_real(q, 3)) &&
	       frame_set(f, unit, METRIC_PDD, query_real(q, 4)) &&
	       frame_set(f, unit, METRIC_SETUP, query_real(q, 5)) &&
	       frame_set(f, unit, METRIC_TALK, query_real(q, 6)) &&
	       frame_set(f, unit, METRIC_DISCONNECT, query_real(q, 7));
}

/* Of both sides of a simulated call the caller's scenario, which comes last here. */
static const char scenarios_sql[] = "SELECT c.id, s.scenario FROM sim_calls s JOIN calls c ON "
                                    "c.sip_call_id = s.sip_call_id AND c.run_id = s.run_id "
                                    "ORDER BY s.role IS 'caller', c.id";

static bool take_scenario(struct loading *l, struct query *q)
{
	uint32_t unit;
	struct names *names = &l->p->vocabulary->names[KEPT_SCENARIO];

	return !places_find(&l->calls, query_int(q, 0), &unit) ||
	       names_number(names, query_text(q, 1), &l->p->frames[FRAME_CALLS].scopes[unit]);
}

/* ---- legs ---- */

static const char dialogs_sql[] =
        "SELECT d.id, d.call_id, d.dst, d.forked_from, d.start_us, d.ring_us, d.answer_us, "
        "d.end_us, d.final_status, d.state, d.caller_user_agent, d.callee_user_agent, "
        "c.leg_count, c.outcome, c.trying_ms, c.disconnect_ms, c.pdd_ms, c.setup_ms, c.talk_ms "
        "FROM dialogs d LEFT JOIN calls c ON c.id = d.call_id WHERE d.kind = 'invite' "
        "ORDER BY d.id";

/* The address without its port, as reports/records/kpi.h has trunks. */
static struct slice address_of(struct slice endpoint)
{
	size_t n = endpoint.n;

	if (n && endpoint.p[0] == '[') {
		size_t end = slice_find(endpoint, ']');
		return end == SLICE_NPOS ? endpoint : slice_sub(endpoint, 1, end - 1);
	}
	while (n && endpoint.p[n - 1] != ':')
		n--;
	return n ? slice_sub(endpoint, 0, n - 1) : endpoint;
}

/* Of a leg of several, as far as its own rows tell. */
static uint8_t leg_outcome(int64_t answer_us, int64_t status, struct slice state)
{
	if (answer_us != RECORD_NULL)
		return OUTCOME_ANSWERED;
	if (slice_eq_str(state, "cancelled"))
		return OUTCOME_CANCELLED;
	if (status == RECORD_NULL)
		return slice_eq_str(state, "failed") ? OUTCOME_FAILED : OUTCOME_CUT;
	switch (status) {
	case 401:
	case 407: return OUTCOME_UNAUTHORIZED;
	case 486:
	case 600: return OUTCOME_BUSY;
	case 408:
	case 480:
	case 487: return OUTCOME_NO_ANSWER;
	default: return status >= 500 && status != 603 ? OUTCOME_FAILED : OUTCOME_REJECTED;
	}
}

static double apart_ms(int64_t from_us, int64_t to_us)
{
	if (from_us == RECORD_NULL || to_us == RECORD_NULL || to_us < from_us)
		return NAN;
	return (double)(to_us - from_us) / 1e3;
}

/* A call of one leg is that leg. */
static bool take_only_leg(struct frame *f, uint32_t unit, struct query *q)
{
	f->outcomes[unit] = outcome_of(query_text(q, 13));
	return frame_set(f, unit, METRIC_TRYING, query_real(q, 14)) &&
	       frame_set(f, unit, METRIC_DISCONNECT, query_real(q, 15)) &&
	       frame_set(f, unit, METRIC_PDD, query_real(q, 16)) &&
	       frame_set(f, unit, METRIC_SETUP, query_real(q, 17)) &&
	       frame_set(f, unit, METRIC_TALK, query_real(q, 18));
}

static bool take_leg(struct frame *f, uint32_t unit, struct query *q)
{
	int64_t start = query_int(q, 4), answer = query_int(q, 6);

	f->statuses[unit] = status_of(query_int(q, 8));
	if (query_int(q, 12) == 1)
		return take_only_leg(f, unit, q);
	f->outcomes[unit] = leg_outcome(answer, query_int(q, 8), query_text(q, 9));
	return frame_set(f, unit, METRIC_PDD, apart_ms(start, query_int(q, 5))) &&
	       frame_set(f, unit, METRIC_SETUP, apart_ms(start, answer)) &&
	       frame_set(f, unit, METRIC_TALK, apart_ms(answer, query_int(q, 7)));
}

/* A fork that answers, where the dialog before it did not, is how the leg came out. */
static void take_fork(struct frame *f, uint32_t unit, struct query *q)
{
	if (query_int(q, 6) == RECORD_NULL)
		return;
	f->outcomes[unit] = OUTCOME_ANSWERED;
	f->statuses[unit] = status_of(query_int(q, 8));
}

static bool take_dialog(struct loading *l, struct query *q)
{
	struct frame *f = &l->p->frames[FRAME_LEGS];
	bool fork = !query_is_null(q, 3);
	uint16_t agent;
	uint32_t unit;

	for (int column = 10; column < 12; column++)
		if (!meet(l, KEPT_AGENT, query_text(q, column), &agent))
			return false;
	if (fork && places_find(&l->dialogs, query_int(q, 3), &unit)) {
		take_fork(f, unit, q);
		return places_add(&l->dialogs, query_int(q, 0), unit);
	}
	if (!frame_add(f, query_int(q, 1), &unit) ||
	    !places_add(&l->dialogs, query_int(q, 0), unit) ||
	    !meet(l, KEPT_TRUNK, address_of(query_text(q, 2)), &f->scopes[unit]))
		return false;
	return take_leg(f, unit, q);
}

/* ---- streams ---- */

static const char streams_sql[] =
        "SELECT call_id, dialog_id, direction, mos_scale, mos_lq, loss_ratio, late, expected, "
        "jitter_mean_ms, jitter_p95_ms, burst_r, codec, first_us, last_us FROM streams";

static enum media_direction direction_of(struct slice text)
{
	if (slice_eq_str(text, "caller_to_callee"))
		return TO_CALLEE;
	return slice_eq_str(text, "callee_to_caller") ? TO_CALLER : TO_UNKNOWN;
}

static enum media_metric scale_of(struct slice text)
{
	if (slice_eq_str(text, "wb"))
		return MEDIA_MOS_WB;
	return slice_eq_str(text, "fb") ? MEDIA_MOS_FB : MEDIA_MOS_NB;
}

static bool take_quality(struct frame *f, uint32_t unit, struct query *q)
{
	enum media_direction d = direction_of(query_text(q, 2));
	double expected = query_real(q, 7);
	const struct {
		enum media_metric m;
		double value;
	} values[] = {
		{ scale_of(query_text(q, 3)), query_real(q, 4) },
		{ MEDIA_LOSS, query_real(q, 5) },
		{ MEDIA_LATE, expected > 0 ? query_real(q, 6) / expected : NAN },
		{ MEDIA_JITTER_MEAN, query_real(q, 8) },
		{ MEDIA_JITTER_P95, query_real(q, 9) },
		{ MEDIA_BURST, query_real(q, 10) },
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (!frame_set_worst(f, unit, metric_of_media(values[i].m, d), values[i].value))
			return false;
	return true;
}

static bool take_stream(struct loading *l, struct query *q)
{
	struct frame *calls = &l->p->frames[FRAME_CALLS], *legs = &l->p->frames[FRAME_LEGS];
	uint16_t codec;
	uint32_t unit;

	l->p->volume.streams++;
	widen(&l->p->volume, query_int(q, 12), query_int(q, 13));
	if (!meet(l, KEPT_CODEC, query_text(q, 11), &codec))
		return false;
	if (places_find(&l->dialogs, query_int(q, 1), &unit) && !take_quality(legs, unit, q))
		return false;
	if (!places_find(&l->calls, query_int(q, 0), &unit) &&
	    !frame_add(calls, RECORD_NULL, &unit)) /* a stream of no call stands for itself */
		return false;
	return take_quality(calls, unit, q);
}

/* ---- findings and registrations ---- */

static const char findings_sql[] =
        "SELECT DISTINCT f.rule || ' ' || f.name, f.severity, o.call_id, o.dialog_id, f.noun "
        "FROM finding_occurrences o JOIN findings f ON f.id = o.finding_id";
/* All legs of a call, where the finding names none. */
static const char findings_of_calls_sql[] =
        "SELECT DISTINCT f.rule || ' ' || f.name, d.id FROM finding_occurrences o "
        "JOIN findings f ON f.id = o.finding_id JOIN dialogs d ON d.call_id = o.call_id "
        "WHERE o.dialog_id IS NULL";

/* One event hits many calls, which are then no independent witnesses: findings of sources, servers, times ..., of the capture itself,
 * and of outages that calls share (K). */
static bool is_of_many(struct slice rule, struct slice noun)
{
	return slice_starts(rule, "K") ||
	       (!slice_eq_str(noun, "calls") && !slice_eq_str(noun, "streams"));
}

static bool take_finding(struct loading *l, struct query *q)
{
	uint16_t rule;
	uint32_t unit;

	if (!meet(l, KEPT_RULE, query_text(q, 0), &rule))
		return false;
	if (!slice_eq_str(query_text(q, 1), "info") &&
	    !is_of_many(query_text(q, 0), query_text(q, 4)))
		l->p->vocabulary->info[rule] = false;
	if (places_find(&l->calls, query_int(q, 2), &unit) &&
	    !frame_hit(&l->p->frames[FRAME_CALLS], unit, rule))
		return false;
	return !places_find(&l->dialogs, query_int(q, 3), &unit) ||
	       frame_hit(&l->p->frames[FRAME_LEGS], unit, rule);
}

static bool take_finding_of_call(struct loading *l, struct query *q)
{
	uint16_t rule;
	uint32_t unit;

	return names_number(&l->p->vocabulary->names[KEPT_RULE], query_text(q, 0), &rule) &&
	       (!places_find(&l->dialogs, query_int(q, 1), &unit) ||
	        frame_hit(&l->p->frames[FRAME_LEGS], unit, rule));
}

/* An address of record that registers every minute is one. */
static const char registrations_sql[] =
        "SELECT max(outcome IN ('unauthorized', 'rejected', 'failed', 'timed_out')), "
        "max(delay_ms), count(*) FROM registrations WHERE outcome <> 'in_progress' "
        "GROUP BY coalesce(aor, sip_call_id)";

static bool take_registration(struct loading *l, struct query *q)
{
	struct frame *f = &l->p->frames[FRAME_REGISTRATIONS];
	uint32_t unit;

	if (!frame_add(f, RECORD_NULL, &unit))
		return false;
	f->outcomes[unit] = query_int(q, 0) == 1 ? OUTCOME_FAILED : OUTCOME_ANSWERED;
	l->p->volume.registrations += query_int(q, 2);
	return frame_set(f, unit, METRIC_REGISTER, query_real(q, 1));
}

/* ---- all of it ---- */

static void count_scenarios(struct loading *l)
{
	struct frame *f = &l->p->frames[FRAME_CALLS];

	for (size_t i = 0; i < l->calls.count; i++)
		if (f->scopes[l->calls.units[i]] != NAMES_NONE)
			l->p->met[KEPT_SCENARIO][f->scopes[l->calls.units[i]]]++;
}

bool population_load(struct population *p, struct records *r, struct err *err)
{
	struct loading l = { .p = p };
	int64_t packets;

	p->volume.databases++;
	bool ok = each(&l, r, calls_sql, take_call, err) &&
	          each(&l, r, scenarios_sql, take_scenario, err) &&
	          each(&l, r, dialogs_sql, take_dialog, err) &&
	          each(&l, r, streams_sql, take_stream, err) &&
	          each(&l, r, findings_sql, take_finding, err) &&
	          each(&l, r, findings_of_calls_sql, take_finding_of_call, err) &&
	          each(&l, r, registrations_sql, take_registration, err) &&
	          rows_int(r, "SELECT coalesce(sum(packets), 0) FROM captures", 0, &packets, err);
	if (ok) {
		count_scenarios(&l);
		p->volume.packets += packets;
	}
	mem_free(l.calls.ids);
	mem_free(l.calls.units);
	mem_free(l.dialogs.ids);
	mem_free(l.dialogs.units);
	return ok;
}

bool population_settle(struct population *p, struct err *err)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (!frame_settle(&p->frames[i]))
			return err_memory(err, "what is compared");
	return true;
}
