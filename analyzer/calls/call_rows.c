/* A call and its dialogs as rows of the records. */
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
static int64_t end_of(const struct call *call, enum outcome outcome)
{
	if (!call_is_over(call) && outcome == OUTCOME_CANCELLED)
		return call->attempt.cancel_final_ns;
	if (!call_is_over(call) && call->attempt.final_status >= 300)
		return call->attempt.final_ns;
	return call->end_ns;
}

static int64_t held_until(const struct call *call)
{
	return call_is_over(call) ? call->end_ns : call->last_ns;
}

static bool write_call(const struct call *call, enum outcome outcome,
                       const struct outcome_facts *facts)
{
	struct analysis *a = call->home->analysis;
	int64_t end_ns = end_of(call, outcome);
	struct record_call r = {
		.id = call->media.call_id,
		.run_id = a->run_id,
		.sip_call_id = call->call_id,
		.caller = user_or_host(call->from_uri),
		.callee = user_or_host(call->to_uri),
		.first_us = clock_us(call->first_ns),
		.last_us = clock_us(call->last_ns),
		.start_us = us_or_null(call->start_ns),
		.ring_us = us_or_null(call->ring_ns),
		.answer_us = us_or_null(call->answer_ns),
		.end_us = us_or_null(end_ns),
		.setup_ms = span_ms(call->start_ns, call->answer_ns),
		.pdd_ms = span_ms(call->start_ns, call->ring_ns),
		.talk_ms = span_ms(call->answer_ns, end_ns),
		.outcome = slice_str(outcome_name(outcome)),
		.final_status =
		        call->attempt.final_status ? call->attempt.final_status : RECORD_NULL,
		.reason = call->reason_n ? slice_of(call->reason, call->reason_n) : SLICE_NONE,
		.q850_cause = call->has_q850 ? call->q850_cause : RECORD_NULL,
		.released_by = name_or_none(release_name(outcome_released_by(facts))),
		.leg_count = 1,
		.mos_min = call->media.mos_min,
		.transferred = call->transferred,
		.held_ms = (double)hold_total_ns(&call->hold, held_until(call)) / (double)NS_PER_MS,
	};
	return store_call(a->store, &r, a->err);
}

/* A dialog still open when its call is over ended with it: forks that lost, and what the failure hit. */
static enum dialog_state final_state(const struct call *call, const struct dialog *d,
                                     enum outcome outcome)
{
	if (!dialog_is_open(d))
		return d->state;
	if (outcome == OUTCOME_CANCELLED)
		return DIALOG_CANCELLED;
	if (!call_is_over(call) && outcome != OUTCOME_FAILED)
		return d->state;
	return call->established ? DIALOG_TERMINATED : DIALOG_FAILED;
}

static bool write_dialog(const struct call *call, const struct dialog *d, enum outcome outcome)
{
	static const char *const kinds[] = { "invite", "subscribe", "refer" };
	struct analysis *a = call->home->analysis;
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct record_dialog r = {
		.id = d->id,
		.run_id = a->run_id,
		.call_id = call->kind == CALL_INVITE ? call->media.call_id : RECORD_NULL,
		.sip_call_id = call->call_id,
		.kind = slice_str(kinds[call->kind]),
		.state = slice_str(dialog_state_name(final_state(call, d, outcome))),
		.from_uri = call->from_uri,
		.from_tag = call->from_tag,
		.to_uri = call->to_uri,
		.to_tag = d->to_tag,
		.caller_contact = call->caller_contact,
		.callee_contact = d->callee_contact,
		.caller_user_agent = call->caller_user_agent,
		.callee_user_agent = d->callee_user_agent,
		.src = slice_of(src, endpoint_format(call->src, src)),
		.dst = slice_of(dst, endpoint_format(call->dst, dst)),
		.transport = slice_str(call->transport),
		.start_us = us_or_null(d->start_ns),
		.answer_us = us_or_null(d->answer_ns),
		.end_us = us_or_null(d->end_ns),
		.forked_from = d->forked_from ? d->forked_from : RECORD_NULL,
		.replaces = call->replaces,
		.first_message = d->first_message ? d->first_message : RECORD_NULL,
		.last_message = d->last_message ? d->last_message : RECORD_NULL,
	};
	return store_dialog(a->store, &r, a->err);
}

bool call_write_rows(const struct call *call)
{
	struct outcome_facts facts = call_facts(call);
	enum outcome outcome = call->kind == CALL_INVITE ? outcome_of(&facts) : OUTCOME_INCOMPLETE;

	if (call->kind == CALL_INVITE && !write_call(call, outcome, &facts))
		return false;
	for (const struct dialog *d = &call->first; d; d = d->next)
		if (!write_dialog(call, d, outcome))
			return false;
	return true;
}
