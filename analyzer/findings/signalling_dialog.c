/* Calls that came about: D13, D14, D17 to D20. */
#include "analyzer/findings/signalling.h"

#include <inttypes.h>
#include <math.h>

#define ACK_LOST_NS (3 * NS_PER_S) /* copies of the 2xx so long after an ACK: it does not arrive */

double leg_answered_s(const struct leg *leg)
{
	if (leg->answer_ns == TIME_NONE || !sighting_is_set(leg->trace.bye))
		return (double)NAN;
	return (double)(leg->trace.bye.time_ns - leg->answer_ns) / (double)NS_PER_S;
}

bool leg_is_reliable(const struct leg *leg)
{
	return !slice_eq_str(slice_str(leg->transport), "UDP");
}

static const char *who(bool caller)
{
	return caller ? "caller" : "callee";
}

/* "the callee 192.0.2.20" */
static void add_party(struct text *t, const struct leg *leg, bool caller)
{
	text_addf(t, "the %s ", who(caller));
	text_add_address(t, leg_address(leg, caller));
}

/* ---- D17, D18: the ACK ---- */

static bool ack_goes_elsewhere(const struct draft *d, const struct leg *leg)
{
	return (leg->trace.ack_elsewhere || leg->trace.ack_missent) &&
	       leg->trace.ok_copy.time_ns > leg->trace.ack.time_ns &&
	       leg->trace.ok_copies >= draft_number(d, RULE_D18, "copies");
}

static bool ack_does_not_arrive(const struct leg_trace *t)
{
	return !sighting_is_set(t->ack) || t->ok_copy.time_ns >= t->ack.time_ns + ACK_LOST_NS;
}

static bool ack_is_missing(const struct draft *d, const struct leg *leg)
{
	return leg->trace.ok_copies >= draft_number(d, RULE_D17, "copies") &&
	       ack_does_not_arrive(&leg->trace) && !ack_goes_elsewhere(d, leg);
}

bool leg_lacks_ack(const struct draft *d, const struct leg *leg)
{
	return leg->trace.ok_copies && (ack_is_missing(d, leg) || ack_goes_elsewhere(d, leg));
}

static void add_end(struct text *t, const struct leg *leg)
{
	if (isfinite(leg_answered_s(leg)))
		text_addf(t, "; the %s hung up after %.0f s (frame %" PRIu64 ")",
		          who(leg->hung_up == RELEASE_CALLER), leg_answered_s(leg),
		          leg->trace.bye.frame);
}

static bool add_ack_fault(struct draft *d, const struct leg *leg, enum rule_id rule)
{
	const struct leg_trace *t = &leg->trace;

	add_end(&d->text, leg);
	evidence_int(&d->evidence, "copies", t->ok_copies);
	evidence_real(&d->evidence, "threshold", draft_number(d, rule, "copies"));
	evidence_real(&d->evidence, "hung_up_after_s", leg_answered_s(leg));
	evidence_frame(&d->evidence, t->final);
	evidence_frame(&d->evidence, t->ack);
	evidence_frame(&d->evidence, t->ok_copy);
	evidence_frame(&d->evidence, t->bye);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = rule,
	                                          .first = t->final,
	                                          .last = t->ok_copy,
	                                          .certain = leg->hung_up == RELEASE_CALLEE &&
	                                                     fabs(leg_answered_s(leg) - 32) <= 2 });
}

static void add_wrong_way(struct draft *d, const struct leg_trace *t)
{
	text_addf(&d->text, "the ACK (frame %" PRIu64 ") went ", t->ack.frame);
	if (!t->ack_missent) {
		text_addf(&d->text, "elsewhere than its Contact");
		return;
	}
	text_addf(&d->text, "to ");
	text_add_address(&d->text, t->ack_dst);
	text_addf(&d->text, ", and not to ");
	text_add_address(&d->text, t->ack_next);
	text_addf(&d->text, " as its Contact and Record-Route say");
}

static bool judge_ack(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	bool elsewhere = ack_goes_elsewhere(d, leg);

	if (!leg_lacks_ack(d, leg))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%s ", elsewhere ? "ACK misses" : "no ACK for");
	text_add_address(&d->cause, leg_address(leg, false));
	text_addf(&d->text, "The %u of ", t->final_status);
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " (frame %" PRIu64 ") was repeated %u times and ", t->final.frame,
	          t->ok_copies);
	if (elsewhere)
		add_wrong_way(d, t);
	else if (sighting_is_set(t->ack))
		text_addf(&d->text, "the ACK seen here (frame %" PRIu64 ") did not arrive",
		          t->ack.frame);
	else
		text_addf(&d->text, "never acknowledged");
	return add_ack_fault(d, leg, elsewhere ? RULE_D18 : RULE_D17);
}

/* ---- D13: 481 ---- */

static bool judge_lost(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	bool is_bye = t->lost_method == SIP_BYE;
	bool by_caller = is_bye ? leg->hung_up == RELEASE_CALLER : t->last_change == PARTY_CALLER;
	struct sighting asked = is_bye ? t->bye : leg_trace_change_of(leg)->asked;
	const char *method = sip_method_name((enum sip_method)t->lost_method);

	/* By the time of the 481 to a BYE the other side had sent one too: that ended it. */
	if (!sighting_is_set(t->lost) || (is_bye && t->bye_crossed))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "481 from ");
	text_add_address(&d->cause, leg_address(leg, !by_caller));
	text_addf(&d->text,
	          "481 (frame %" PRIu64 ") to the %s (frame %" PRIu64 "): ", t->lost.frame, method,
	          asked.frame);
	add_party(&d->text, leg, !by_caller);
	text_addf(&d->text, " did not know the call any more");
	evidence_text(&d->evidence, "method", slice_str(method));
	evidence_frame(&d->evidence, asked);
	evidence_frame(&d->evidence, t->lost);
	return draft_add_leg(
	        d, leg, (struct occurrence){ .rule = RULE_D13, .first = asked, .last = t->lost });
}

/* ---- D14: 491 ---- */

/* What is wrong with the retry of a change that met 491; NULL: nothing, or it cannot be told. */
static const char *glare_fault(const struct draft *d, const struct leg *leg, enum party asked)
{
	const struct leg_trace *t = &leg->trace;
	double slack, after;
	int64_t end = leg_is_over(leg) ? leg->end_ns : draft_now(d);

	if (!t->glares[asked])
		return NULL;
	if (t->glares[asked] > 1)
		return "met 491 again";
	slack = draft_number(d, RULE_D14, "slack");
	if (t->glare_retry_ns[asked] == TIME_NONE) {
		after = (double)(end - t->glare[asked].time_ns) / (double)NS_PER_S;
		return after >= draft_number(d, RULE_D14, "wait") ? "was never tried again" : NULL;
	}
	after = (double)(t->glare_retry_ns[asked] - t->glare[asked].time_ns) / (double)NS_PER_S;
	if (asked == PARTY_CALLER && after < draft_number(d, RULE_D14, "owner-least") - slack)
		return "was tried again too soon";
	if (after >
	    draft_number(d, RULE_D14, asked == PARTY_CALLER ? "owner-most" : "other-most") + slack)
		return "was tried again too late";
	return NULL;
}

static bool judge_glare(struct draft *d, const struct leg *leg, enum party asked)
{
	const struct leg_trace *t = &leg->trace;
	const char *fault = glare_fault(d, leg, asked);

	if (!fault)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "change of ");
	text_add_address(&d->cause, leg_address(leg, asked == PARTY_CALLER));
	text_addf(&d->cause, " %s", fault);
	text_addf(&d->text, "The change that ");
	add_party(&d->text, leg, asked == PARTY_CALLER);
	text_addf(&d->text, " asked for met one of the other side (491, frame %" PRIu64 ") and %s",
	          t->glare[asked].frame, fault);
	evidence_int(&d->evidence, "refusals", t->glares[asked]);
	evidence_frame(&d->evidence, t->glare[asked]);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_D14, .first = t->glare[asked] });
}

/* ---- D19, D20: the BYE ---- */

static bool judge_bye(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	bool by_caller = leg->hung_up == RELEASE_CALLER;

	if (t->bye_status || t->bye_crossed || leg_disconnect(leg) != DISCONNECT_FAILED)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "BYE not answered by ");
	text_add_address(&d->cause, leg_address(leg, !by_caller));
	text_addf(&d->text, "The BYE of ");
	add_party(&d->text, leg, by_caller);
	text_addf(&d->text, " (frame %" PRIu64 ") got no answer in 32 s, %u %s", t->bye.frame,
	          t->bye_copies + 1u, t->bye_copies ? "copies" : "copy");
	evidence_int(&d->evidence, "copies", t->bye_copies + 1);
	evidence_frame(&d->evidence, t->bye);
	evidence_frame(&d->evidence, t->bye_copy);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){ .rule = RULE_D19, .first = t->bye, .last = t->bye_copy });
}

bool judge_dialog(struct draft *d, const struct leg *leg)
{
	return judge_ack(d, leg) && judge_lost(d, leg) && judge_glare(d, leg, PARTY_CALLER) &&
	       judge_glare(d, leg, PARTY_CALLEE) && judge_bye(d, leg);
}
