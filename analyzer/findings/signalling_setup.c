/* Calls that do not come about, or come about oddly: D5, D7, D8, D21 to D25. */
#include "analyzer/findings/signalling.h"

#include <inttypes.h>

/* Who gets no response over UDP repeats the INVITE after T1: if it does not, there may have been one. */
#define NOT_REPEATED                                                                               \
	"the INVITE was not repeated: responses may have gone another way, past the capture"

static double seconds_between(struct sighting from, struct sighting to)
{
	return (double)(to.time_ns - from.time_ns) / (double)NS_PER_S;
}

static bool is_refused(const struct leg *leg)
{
	return !leg->established && leg->attempt.final_status >= 300;
}

/* "503 from 192.0.2.20" */
static void add_status_from(struct text *t, const struct leg *leg)
{
	text_addf(t, "%u from ", leg->attempt.final_status);
	text_add_address(t, leg_address(leg, false));
}

static void add_reason(struct text *t, const struct leg *leg)
{
	if (!leg->reason_n)
		return;
	text_add(t, SLICE_LIT(": "));
	text_add_quoted(t, slice_of(leg->reason, leg->reason_n));
}

/* RFC 3261 20.43: `399 gateway.example "no international calls"`, in the sentence as it came: code and text, not who says so. */
static void add_warning(struct draft *d, const struct leg *leg)
{
	struct slice value = slice_trim(leg->warning);
	struct slice code = slice_sub(value, 0, slice_find(value, ' '));
	size_t quote = slice_find(value, '"');
	struct slice text = quote == SLICE_NPOS ? SLICE_NONE : slice_from(value, quote + 1);

	if (!code.n)
		return;
	text = slice_sub(text, 0, slice_find(text, '"'));
	text_addf(&d->text, ", Warning ");
	text_add_terminal(&d->text, code);
	evidence_text(&d->evidence, "warning_code", code);
	if (!text.n)
		return;
	text_addf(&d->text, " ");
	text_add_quoted(&d->text, text);
	evidence_text(&d->evidence, "warning", text);
}

static void add_frames_of_refusal(struct draft *d, const struct leg *leg)
{
	evidence_int(&d->evidence, "status", leg->attempt.final_status);
	evidence_frame(&d->evidence, leg->trace.invite);
	evidence_frame(&d->evidence, leg->trace.final);
}

static bool add_refusal(struct draft *d, const struct leg *leg, enum rule_id rule)
{
	add_frames_of_refusal(d, leg);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = rule,
	                                          .first = leg->trace.invite,
	                                          .last = leg->trace.final });
}

static bool judge_forbidden(struct draft *d, const struct leg *leg)
{
	bool after = leg->trace.with_credentials > 0;
	const char *when = after ? "after credentials: the account may not do this"
	                         : "without a challenge: an address list or a policy";

	draft_begin(d);
	add_status_from(&d->cause, leg);
	text_add(&d->cause, after ? SLICE_LIT(", after credentials") : SLICE_LIT(", unasked"));
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " refused the call with 403");
	add_reason(&d->text, leg);
	if (leg->reason_n)
		evidence_text(&d->evidence, "reason", slice_of(leg->reason, leg->reason_n));
	add_warning(d, leg);
	text_addf(&d->text, " (frame %" PRIu64 "), %s", leg->trace.final.frame, when);
	evidence_int(&d->evidence, "with_credentials", leg->trace.with_credentials);
	return add_refusal(d, leg, RULE_D5);
}

static bool judge_timeout_told(struct draft *d, const struct leg *leg, struct silent_hops *hops)
{
	bool explained;

	if (!silent_hops_refused(hops, leg, &explained))
		return false;
	if (explained)
		return true;
	draft_begin(d);
	add_status_from(&d->cause, leg);
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " could not reach the callee: 408 after %.1f s (frame %" PRIu64 ")",
	          seconds_between(leg->trace.invite, leg->trace.final), leg->trace.final.frame);
	return add_refusal(d, leg, RULE_D7);
}

static bool judge_no_response(struct draft *d, const struct leg *leg)
{
	unsigned copies = leg->trace.invite_copies + 1u;

	draft_begin(d);
	text_addf(&d->cause, "no response from ");
	text_add_address(&d->cause, leg_address(leg, false));
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " did not answer the INVITE of ");
	text_add_address(&d->text, leg_address(leg, true));
	text_addf(&d->text, " (frame %" PRIu64 ") at all: %u %s in 32 s", leg->trace.invite.frame,
	          copies, copies == 1 ? "copy" : "copies");
	evidence_int(&d->evidence, "copies", copies);
	evidence_int(&d->evidence, "timer_b_s", TRANSACTION_TIMEOUT_NS / NS_PER_S);
	evidence_frame(&d->evidence, leg->trace.invite);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_D7,
	                                          .first = leg->trace.invite,
	                                          .weak = copies == 1 && !leg_is_reliable(leg)
	                                                          ? NOT_REPEATED
	                                                          : NULL });
}

static const char *unavailable(const struct leg *leg)
{
	int status = leg->attempt.final_status;

	if (status == 486 || status == 600)
		return "busy";
	if (status == 603)
		return "call declined";
	if (status != 487)
		return "not available";
	if (leg->attempt.cancelled)
		return leg->ring_ns == TIME_NONE ? "given up by the caller before it rang"
		                                 : "given up by the caller while it rang";
	return "given up by a server on the way";
}

static bool judge_unavailable(struct draft *d, const struct leg *leg)
{
	draft_begin(d);
	text_addf(&d->cause, "%u: %s", leg->attempt.final_status, unavailable(leg));
	text_addf(&d->text, "No call: %s, %u from ", unavailable(leg), leg->attempt.final_status);
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " (frame %" PRIu64 ")", leg->trace.final.frame);
	return add_refusal(d, leg, RULE_D8);
}

static bool judge_refusal(struct draft *d, const struct leg *leg, struct silent_hops *hops)
{
	switch (leg->attempt.final_status) {
	case 403: return judge_forbidden(d, leg);
	case 408: return leg->ring_ns != TIME_NONE || judge_timeout_told(d, leg, hops);
	case 480:
	case 486:
	case 487:
	case 600:
	case 603: return judge_unavailable(d, leg);
	default: return true;
	}
}

static bool judge_unanswered(struct draft *d, const struct leg *leg)
{
	const struct leg_try *t = &leg->attempt;

	if (leg->start_ns == TIME_NONE || leg->established || t->final_status || t->responded ||
	    t->cancelled || !leg_timed_out(leg))
		return true;
	return judge_no_response(d, leg);
}

static bool judge_cancel_race(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	double after_ms = seconds_between(t->cancel, t->final) * 1000;

	if (!t->cancel_race || !sighting_is_set(t->cancel) ||
	    after_ms > draft_number(d, RULE_D21, "within"))
		return true;
	draft_begin(d);
	text_addf(&d->cause, "%s",
	          after_ms < 0 ? "CANCEL after the answer" : "answer right after CANCEL");
	text_addf(&d->text,
	          "CANCEL (frame %" PRIu64 ") and the answer (frame %" PRIu64
	          ") crossed: the answer came %.0f ms %s",
	          t->cancel.frame, t->final.frame, after_ms < 0 ? -after_ms : after_ms,
	          after_ms < 0 ? "before it" : "after it");
	text_addf(&d->text, "%s", leg_is_over(leg) ? ", and the call was ended" : "");
	evidence_real(&d->evidence, "answer_after_cancel_ms", after_ms);
	evidence_real(&d->evidence, "threshold_ms", draft_number(d, RULE_D21, "within"));
	evidence_frame(&d->evidence, t->cancel);
	evidence_frame(&d->evidence, t->final);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_D21,
	                                          .first = after_ms < 0 ? t->final : t->cancel,
	                                          .last = after_ms < 0 ? t->cancel : t->final });
}

/* Forks whose dialog still stood at this time. */
static unsigned answered_forks_at(const struct leg *leg, int64_t time_ns)
{
	unsigned n = 0;

	for (const struct dialog *fork = &leg->first; fork; fork = fork->next)
		n += fork->answer_ns != TIME_NONE && fork->answers &&
		     (fork->end_ns == TIME_NONE || fork->end_ns > time_ns);
	return n;
}

static bool judge_forks(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	double within;
	int64_t until;

	if (t->answers < 2)
		return true;
	within = draft_number(d, RULE_D22, "within");
	until = t->second_ok.time_ns + (int64_t)(within * (double)NS_PER_S);
	if (draft_now(d) < until || answered_forks_at(leg, until) < 2)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "several answers for ");
	text_add_address(&d->cause, leg_address(leg, true));
	text_addf(&d->text,
	          "%u forks answered (frames %" PRIu64 " and %" PRIu64
	          "), and after %.0f s more than one of them still stood",
	          t->answers, t->final.frame, t->second_ok.frame, within);
	evidence_int(&d->evidence, "answers", t->answers);
	evidence_real(&d->evidence, "threshold_s", within);
	evidence_frame(&d->evidence, t->final);
	evidence_frame(&d->evidence, t->second_ok);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){ .rule = RULE_D22, .first = t->final, .last = t->second_ok });
}

static bool judge_100rel_refused(struct draft *d, const struct leg *leg)
{
	draft_begin(d);
	add_status_from(&d->cause, leg);
	text_add(&d->cause, SLICE_LIT(" about 100rel"));
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text, " refused the call with %u because of 100rel (frame %" PRIu64 ")",
	          leg->attempt.final_status, leg->trace.final.frame);
	return add_refusal(d, leg, RULE_D23);
}

static bool judge_prack(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	double copies;

	if (is_refused(leg) && t->needs_100rel)
		return judge_100rel_refused(d, leg);
	if (!t->reliable_copies || sighting_is_set(t->prack))
		return true;
	copies = draft_number(d, RULE_D23, "copies");
	if (t->reliable_copies <= copies)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "no PRACK from ");
	text_add_address(&d->cause, leg_address(leg, true));
	text_add_address(&d->text, leg_address(leg, false));
	text_addf(&d->text,
	          " repeated its reliable provisional response (frame %" PRIu64
	          ") %u times, and no PRACK came",
	          t->reliable.frame, t->reliable_copies);
	evidence_int(&d->evidence, "copies", t->reliable_copies);
	evidence_real(&d->evidence, "threshold", copies);
	evidence_frame(&d->evidence, t->reliable);
	evidence_frame(&d->evidence, t->reliable_copy);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_D23,
	                                          .first = t->reliable,
	                                          .last = t->reliable_copy });
}

static bool judge_interval(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	double most;

	if (!t->too_small)
		return true;
	most = draft_number(d, RULE_D24, "refusals");
	if (t->too_small < most)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "422 to ");
	text_add_address(&d->cause, leg_address(leg, true));
	text_add_address(&d->text, leg_address(leg, true));
	text_addf(&d->text,
	          " was told %u times that its Session-Expires is too small (422, frame %" PRIu64
	          " the first INVITE)",
	          t->too_small, t->invite.frame);
	evidence_int(&d->evidence, "refusals", t->too_small);
	evidence_real(&d->evidence, "threshold", most);
	evidence_frame(&d->evidence, t->invite);
	evidence_frame(&d->evidence, t->final);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){ .rule = RULE_D24, .first = t->invite, .last = t->final });
}

static bool judge_redirects(struct draft *d, const struct leg *leg)
{
	const struct leg_trace *t = &leg->trace;
	double most;

	if (!t->redirects)
		return true;
	most = draft_number(d, RULE_D25, "redirects");
	if (!t->target_again && t->redirects <= most)
		return true;
	draft_begin(d);
	text_addf(&d->cause, "redirections of ");
	text_add_address(&d->cause, leg_address(leg, false));
	text_add_address(&d->text, leg_address(leg, true));
	text_addf(&d->text, " was redirected %u times%s (from frame %" PRIu64 " on)", t->redirects,
	          t->target_again ? " and asked a target again that had redirected it" : "",
	          t->invite.frame);
	evidence_int(&d->evidence, "redirects", t->redirects);
	evidence_real(&d->evidence, "threshold", most);
	evidence_frame(&d->evidence, t->invite);
	evidence_frame(&d->evidence, t->final);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){ .rule = RULE_D25, .first = t->invite, .last = t->final });
}

bool judge_setup(struct draft *d, const struct leg *leg, struct silent_hops *hops)
{
	if (is_refused(leg) && !judge_refusal(d, leg, hops))
		return false;
	return judge_unanswered(d, leg) && judge_cancel_race(d, leg) && judge_forks(d, leg) &&
	       judge_prack(d, leg) && judge_interval(d, leg) && judge_redirects(d, leg);
}
