/* A call and its legs as rows of the records. */
#include "analyzer/calls/state.h"
#include "analyzer/joining/transfer.h"
#include "dissectors/sip_header.h"

static unsigned count_legs(const struct call *call)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call->count; i++)
		n += call->legs[i]->kind == LEG_INVITE;
	return n;
}

static bool is_transferred(const struct call *call)
{
	for (unsigned i = 0; i < call->count; i++)
		if (call->legs[i]->transferred || transfer_is_takeover(call->legs[i]))
			return true;
	return false;
}

/* The answered leg that ended last; NULL where one of them is still going on, or none was answered. */
static const struct leg *last_to_end(const struct call *call)
{
	const struct leg *last = NULL;

	for (unsigned i = 0; i < call->count; i++) {
		const struct leg *leg = call->legs[i];
		if (leg->kind != LEG_INVITE || !leg->established)
			continue;
		if (!leg_is_over(leg))
			return NULL;
		if (!last || leg->end_ns > last->end_ns)
			last = leg;
	}
	return last;
}

/* Somebody in the middle let go of both sides: the callee's side on the caller's leg, the caller's on the others. */
static bool middle_hung_up(const struct call *call)
{
	unsigned others = 0;

	if (call->legs[0]->hung_up != RELEASE_CALLEE)
		return false;
	for (unsigned i = 1; i < call->count; i++) {
		if (!call->legs[i]->established)
			continue;
		if (call->legs[i]->hung_up != RELEASE_CALLER)
			return false;
		others++;
	}
	return others > 0;
}

/* Who let go of the leg that ended last, as a party of the whole call: whoever talks with its caller is on the callee's side. */
static enum release released_last(const struct call *call, const struct leg *last)
{
	const struct leg *first = call->legs[0];
	bool by_caller = last->hung_up == RELEASE_CALLER;
	struct slice from = sip_uri_user(last->from_uri), to = sip_uri_user(last->to_uri);
	struct slice who = by_caller ? from : to, other = by_caller ? to : from;
	struct slice caller = sip_uri_user(first->from_uri), callee = sip_uri_user(first->to_uri);

	if (last == first || (!by_caller && last->hung_up != RELEASE_CALLEE))
		return last->hung_up;
	if (slice_eq(who, caller))
		return RELEASE_CALLER;
	if (slice_eq(who, callee) || slice_eq(other, caller))
		return RELEASE_CALLEE;
	return by_caller ? RELEASE_UNKNOWN : RELEASE_CALLEE;
}

static struct slice name_or_none(enum release by)
{
	const char *name = release_name(by);
	return name ? slice_str(name) : SLICE_NONE;
}

static void set_end(struct record_call *r, const struct leg *last)
{
	r->end_us = last ? clock_us(last->end_ns) : RECORD_NULL;
	r->talk_ms = NAN;
	if (last && r->answer_us != RECORD_NULL && r->end_us >= r->answer_us)
		r->talk_ms = (double)(r->end_us - r->answer_us) / 1e3;
}

/* The end: of a transferred call when the last leg has ended, else with the last BYE after the caller's own leg has ended. */
static void join_end(struct record_call *r, const struct call *call, bool transferred)
{
	const struct leg *first = call->legs[0], *last = last_to_end(call);

	if (transferred) {
		set_end(r, last);
		r->released_by = last ? name_or_none(released_last(call, last)) : SLICE_NONE;
		return;
	}
	if (first->established && leg_is_over(first) && last)
		set_end(r, last);
	if (middle_hung_up(call))
		r->released_by = name_or_none(RELEASE_NETWORK);
}

static void join_leg(struct record_call *r, const struct leg *leg)
{
	struct record_call other = leg_call_record(leg);

	r->first_us = other.first_us < r->first_us ? other.first_us : r->first_us;
	r->last_us = other.last_us > r->last_us ? other.last_us : r->last_us;
	r->held_ms = fmax(r->held_ms, other.held_ms); /* a hold goes through all of them */
	r->holds = other.holds > r->holds ? other.holds : r->holds;
	if (!(r->mos_min <= other.mos_min))
		r->mos_min = other.mos_min;
}

/* The earliest leg that took over a call nobody had answered, NULL if none did: RFC 3891 3, of an early dialog. */
static const struct leg *pickup(const struct call *call)
{
	for (unsigned i = 1; i < call->count && !call->legs[0]->established; i++)
		if (call->legs[i]->kind == LEG_INVITE && transfer_is_takeover(call->legs[i]))
			return call->legs[i];
	return NULL;
}

/* Its own leg was cancelled then, but the caller talks. */
static void join_pickup(struct record_call *r, const struct leg *leg)
{
	struct record_call other = leg_call_record(leg);

	r->answer_us = other.answer_us;
	if (r->start_us != RECORD_NULL)
		r->setup_ms = (double)(r->answer_us - r->start_us) / 1e3;
	r->outcome = other.outcome;
	r->final_status = other.final_status;
	r->reason = other.reason;
	r->q850_cause = other.q850_cause;
	r->disconnect_ms = other.disconnect_ms;
	r->disconnect = other.disconnect;
}

/* What the caller saw is the call: who, when and how it came out is the first leg's. */
static struct record_call record_of(const struct call *call)
{
	struct record_call r = leg_call_record(call->legs[0]);

	r.leg_count = count_legs(call);
	if (r.leg_count == 1)
		return r;
	r.transferred = is_transferred(call);
	for (unsigned i = 1; i < call->count; i++)
		if (call->legs[i]->kind == LEG_INVITE)
			join_leg(&r, call->legs[i]);
	if (pickup(call))
		join_pickup(&r, pickup(call));
	join_end(&r, call, r.transferred);
	return r;
}

/* The earliest other leg of the call that this clue joins it to; NULL if that is none before it. */
static const struct leg *partner(const struct call *call, const struct leg *leg,
                                 const struct clue *clue)
{
	const struct leg *first = NULL;

	for (const struct clue_use *u = clue->uses; u; u = u->next_of_clue)
		if (u->leg->place < leg->place && call->legs[u->leg->place] == u->leg &&
		    call_joins(clue, leg, u->leg) && (!first || u->leg->place < first->place))
			first = u->leg;
	return first;
}

static bool write_edges(const struct call *call, const struct leg *leg, int64_t call_id)
{
	struct analysis *a = leg->home->analysis;

	for (const struct clue_use *u = leg->clues; u; u = u->next_of_leg) {
		const struct leg *other = partner(call, leg, u->clue);
		struct record_edge r = {
			.call_id = call_id,
			.dialog_id = other ? other->first.id : 0,
			.other_dialog_id = leg->first.id,
			.reason = slice_str(clue_reason_name(u->clue->reason)),
			.score = clue_score(u->clue->reason),
			.detail = slice_of(u->clue->text, u->clue->text_n),
		};
		if (other && !store_edge(a->store, &r, a->err))
			return false;
	}
	return true;
}

static bool write_leg(const struct call *call, const struct leg *leg, int64_t call_id)
{
	struct analysis *a = leg->home->analysis;

	if (!leg_write_dialogs(leg, call_id))
		return false;
	if (call->count == 1)
		return true;
	if (leg->kind == LEG_INVITE && leg->media.call_id != call_id &&
	    !store_joined(a->store, leg->media.call_id, call_id, a->err))
		return false;
	return write_edges(call, leg, call_id);
}

bool call_write_rows(const struct call *call)
{
	struct analysis *a = call->legs[0]->home->analysis;
	int64_t call_id = RECORD_NULL;

	if (call->legs[0]->kind == LEG_INVITE) {
		struct record_call r = record_of(call);
		call_id = r.id;
		if (!store_call(a->store, &r, a->err))
			return false;
	}
	for (unsigned i = 0; i < call->count; i++)
		if (!write_leg(call, call->legs[i], call_id))
			return false;
	return call_write_presses(call, call_id) && transfer_write_rows(call, call_id);
}
