/* A leg and its dialogs as rows of the records. */
#include "analyzer/calls/state.h"
#include "dissectors/sip_header.h"

static int64_t us_or_null(int64_t ns)
{
	return ns == TIME_NONE ? RECORD_NULL : clock_us(ns);
}

/* NAN where an end is missing, or the clock went backwards between them. */
static double span_ms(int64_t from_ns, int64_t to_ns)
{
	if (from_ns == TIME_NONE || to_ns == TIME_NONE || to_ns < from_ns)
		return NAN;
	return (double)(to_ns - from_ns) / (double)NS_PER_MS;
}

static struct slice user_or_host(struct slice uri)
{
	struct slice user = sip_uri_user(uri);
	return user.n ? user : sip_uri_host(uri);
}

static struct slice name_or_none(const char *name)
{
	return name ? slice_str(name) : SLICE_NONE;
}

/* When the caller gave up and only the CANCEL was answered, that is its end. */
static int64_t end_of(const struct leg *leg, enum outcome outcome)
{
	if (!leg_is_over(leg) && outcome == OUTCOME_CANCELLED)
		return leg->attempt.cancel_final_ns;
	if (!leg_is_over(leg) && leg->attempt.final_status >= 300)
		return leg->attempt.final_ns;
	return leg->end_ns;
}

static int64_t held_until(const struct leg *leg)
{
	return leg_is_over(leg) ? leg->end_ns : leg->last_ns;
}

static struct slice cut_name(enum leg_cut cut)
{
	static const char *const names[] = { NULL, "start", "end", "both" };
	return name_or_none(names[cut]);
}

static struct slice disconnect_name(enum leg_disconnect d)
{
	static const char *const names[] = { NULL, "completed", "failed" };
	return name_or_none(names[d]);
}

static int64_t time_of(struct sighting s)
{
	return sighting_is_set(s) ? s.time_ns : TIME_NONE;
}

struct record_call leg_call_record(const struct leg *leg)
{
	struct analysis *a = leg->home->analysis;
	enum outcome outcome = outcome_of(&leg->verdict);
	int64_t end_ns = end_of(leg, outcome);

	return (struct record_call){
		.id = leg->media.call_id,
		.run_id = a->run_id,
		.sip_call_id = leg->call_id,
		.caller = user_or_host(leg->from_uri),
		.callee = user_or_host(leg->to_uri),
		.first_us = clock_us(leg->first_ns),
		.last_us = clock_us(leg->last_ns),
		.start_us = us_or_null(leg->start_ns),
		.ring_us = us_or_null(leg->ring_ns),
		.answer_us = us_or_null(leg->answer_ns),
		.end_us = us_or_null(end_ns),
		.setup_ms = span_ms(leg->start_ns, leg->answer_ns),
		.pdd_ms = span_ms(leg->start_ns, leg->ring_ns),
		.talk_ms = span_ms(leg->answer_ns, end_ns),
		.outcome = slice_str(outcome_name(outcome)),
		.final_status = leg->attempt.final_status ? leg->attempt.final_status : RECORD_NULL,
		.reason = leg->reason_n ? slice_of(leg->reason, leg->reason_n) : SLICE_NONE,
		.q850_cause = leg->has_q850 ? leg->q850_cause : RECORD_NULL,
		.released_by = name_or_none(release_name(outcome_released_by(&leg->verdict))),
		.leg_count = 1,
		.mos_min = leg->media.mos_min,
		.transferred = leg->transferred,
		.held_ms = (double)hold_total_ns(&leg->hold, held_until(leg)) / (double)NS_PER_MS,
		.cut = cut_name(leg_cut(leg)),
		.trying_ms = span_ms(leg->start_ns, time_of(leg->trace.response)),
		.disconnect_ms = span_ms(time_of(leg->trace.bye), time_of(leg->trace.bye_final)),
		.disconnect = disconnect_name(leg_disconnect(leg)),
		.attempts = leg->trace.attempts,
		.challenges = leg->trace.challenges,
		.username = leg->username,
		.realm = leg->realm,
		.holds = leg->hold.count,
		.extra_answers = leg->trace.answers > 1 ? leg->trace.answers - 1 : 0,
		.cancel_race = leg->trace.cancel_race,
	};
}

/* A dialog still open when its call is over ended with it: forks that lost, and what the failure hit. */
static enum dialog_state final_state(const struct leg *leg, const struct dialog *d,
                                     enum outcome outcome)
{
	if (!dialog_is_open(d))
		return d->state;
	if (outcome == OUTCOME_CANCELLED)
		return DIALOG_CANCELLED;
	if (!leg_is_over(leg) && outcome != OUTCOME_FAILED)
		return d->state;
	return leg->established ? DIALOG_TERMINATED : DIALOG_FAILED;
}

static bool write_dialog(const struct leg *leg, const struct dialog *d, enum outcome outcome,
                         int64_t call_id)
{
	static const char *const kinds[] = { "invite", "subscribe", "refer" };
	static const char *const refreshers[] = { NULL, "uac", "uas" };
	struct analysis *a = leg->home->analysis;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_dialog r = {
		.id = d->id,
		.run_id = a->run_id,
		.call_id = call_id,
		.sip_call_id = leg->call_id,
		.kind = slice_str(kinds[leg->kind]),
		.state = slice_str(dialog_state_name(final_state(leg, d, outcome))),
		.from_uri = leg->from_uri,
		.from_tag = leg->from_tag,
		.to_uri = leg->to_uri,
		.to_tag = d->to_tag,
		.caller_contact = leg->caller_contact,
		.callee_contact = d->callee_contact,
		.caller_user_agent = leg->caller_user_agent,
		.callee_user_agent = d->callee_user_agent,
		.src = slice_of(src, endpoint_format(leg->src, src)),
		.dst = slice_of(dst, endpoint_format(leg->dst, dst)),
		.transport = slice_str(leg->transport),
		.start_us = us_or_null(d->start_ns),
		.answer_us = us_or_null(d->answer_ns),
		.end_us = us_or_null(d->end_ns),
		.forked_from = d->forked_from ? d->forked_from : RECORD_NULL,
		.replaces = leg->replaces,
		.first_message = d->first_message ? d->first_message : RECORD_NULL,
		.last_message = d->last_message ? d->last_message : RECORD_NULL,
		.ring_us = us_or_null(d->ring_ns),
		.final_status = d->final_status ? d->final_status : RECORD_NULL,
		.won = leg->dialog_count > 1 ? d == leg->winner : RECORD_NULL,
		.session_expires_s = d->session_expires_s ? d->session_expires_s : RECORD_NULL,
		.refresher = name_or_none(refreshers[d->refresher]),
		.refreshes = d->session_expires_s ? d->refreshes : RECORD_NULL,
		.disconnect = d == &leg->first ? disconnect_name(leg_disconnect(leg)) : SLICE_NONE,
		.disconnect_ms = span_ms(time_of(leg->trace.bye), time_of(leg->trace.bye_final)),
	};
	return store_dialog(a->store, &r, a->err);
}

bool leg_write_dialogs(const struct leg *leg, int64_t call_id)
{
	enum outcome outcome =
	        leg->kind == LEG_INVITE ? outcome_of(&leg->verdict) : OUTCOME_INCOMPLETE;

	for (const struct dialog *d = &leg->first; d; d = d->next)
		if (!write_dialog(leg, d, outcome, call_id))
			return false;
	return true;
}
