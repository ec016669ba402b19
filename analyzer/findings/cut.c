#include "analyzer/findings/cut.h"

#include "analyzer/findings/signalling.h"
#include "analyzer/joining/transfer.h"
#include "base/mem.h"
#include "dissectors/sip_header.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct cut {
	struct draft draft;
	struct peaks *peaks;
	double usual_least_s; /* shorter calls need not be looked at for E3 */
};

static double usual_least(const struct draft *d)
{
	struct slice list = rules_list(findings_rules(d->home), RULE_E3, "durations");
	double margin = draft_number(d, RULE_E3, "early") + draft_number(d, RULE_E3, "tolerance");

	return cut_nearest(list, 0, DBL_MAX) - margin;
}

struct cut *cut_new(struct findings *f)
{
	struct cut *c = mem_zalloc(sizeof *c);

	if (!c) {
		err_memory(findings_analysis(f)->err, "the findings");
		return NULL;
	}
	draft_init(&c->draft, f);
	c->usual_least_s = usual_least(&c->draft);
	c->peaks = peaks_new(&c->draft);
	if (!c->peaks) {
		err_memory(findings_analysis(f)->err, "the findings");
		cut_free(c);
		return NULL;
	}
	return c;
}

void cut_free(struct cut *c)
{
	if (!c)
		return;
	peaks_free(c->peaks);
	draft_release(&c->draft);
	mem_free(c);
}

bool cut_finish(struct cut *c)
{
	return peaks_finish(c->peaks);
}

/* ---- pure ---- */

double cut_nearest(struct slice list, double s, double tolerance)
{
	struct slice word;
	char text[32];
	double best = 0;

	while (sip_list_next(&list, &word)) {
		double value = strtod(slice_cstr(word, text, sizeof text), NULL);
		if (fabs(s - value) <= tolerance &&
		    (!(best > 0) || fabs(s - value) < fabs(s - best)))
			best = value;
	}
	return best;
}

bool cut_is_session_timer(double since_s, double expires_s, double early_s, double tolerance_s)
{
	double early = expires_s / 3 < early_s ? expires_s / 3 : early_s;

	return expires_s > 0 && (fabs(since_s - (expires_s - early)) <= tolerance_s ||
	                         fabs(since_s - expires_s) <= tolerance_s);
}

/* ---- shared ---- */

/* NAN, which fits nothing, where one of them was not seen. */
static double seconds(int64_t from_ns, int64_t to_ns)
{
	if (from_ns == TIME_NONE || to_ns == TIME_NONE)
		return (double)NAN;
	return (double)(to_ns - from_ns) / (double)NS_PER_S;
}

static struct slice list_of(const struct draft *d, enum rule_id id, const char *name)
{
	return rules_list(findings_rules(d->home), id, name);
}

static bool by_caller(const struct leg *leg)
{
	return leg->hung_up == RELEASE_CALLER;
}

/* "the callee 192.0.2.20 hung up (frame 12)" */
static void add_hang_up(struct text *t, const struct leg *leg)
{
	text_addf(t, "the %s ", by_caller(leg) ? "caller" : "callee");
	text_add_address(t, leg_address(leg, by_caller(leg)));
	text_addf(t, " hung up (frame %" PRIu64 ")", leg->trace.bye.frame);
}

/* With the cause complete: a second call with the same one makes both certain. */
static bool add_cut(struct draft *d, const struct leg *leg, enum rule_id rule, struct sighting from)
{
	struct slice cause = slice_of(text_cstr(&d->cause), d->cause.n);

	evidence_frame(&d->evidence, from);
	evidence_frame(&d->evidence, leg->trace.bye);
	return draft_add_leg(
	        d, leg,
	        (struct occurrence){ .rule = rule,
	                             .first = from,
	                             .last = leg->trace.bye,
	                             .certain = findings_count(d->home, rule, cause) > 0 });
}

/* ---- E1, E9: no ACK ---- */

static bool add_ack_cut(struct draft *d, const struct leg *leg, enum rule_id rule, double after)
{
	double s = leg_answered_s(leg);

	draft_begin(d);
	text_addf(&d->cause, "cut %g s after the answer by ", after);
	text_add_address(&d->cause, leg_address(leg, by_caller(leg)));
	text_addf(&d->text, "Cut %.1f s after the answer (frame %" PRIu64 "): ", s,
	          leg->trace.final.frame);
	add_hang_up(&d->text, leg);
	text_addf(&d->text, rule == RULE_E1 ? ", having waited for the ACK for 64*T1 (cause: "
	                                      "missing-ack, D17)"
	                                    : ", for lack of an ACK, long before 64*T1 (cause: "
	                                      "missing-ack, D17)");
	evidence_real(&d->evidence, "duration_s", s);
	evidence_int(&d->evidence, "copies", leg->trace.ok_copies);
	return add_cut(d, leg, rule, leg->trace.final);
}

/* False where neither fits. */
static bool is_ack_cut(const struct draft *d, const struct leg *leg, enum rule_id *rule,
                       double *after)
{
	double s = leg_answered_s(leg);

	if (!leg_lacks_ack(d, leg) || !isfinite(s))
		return false;
	*rule = RULE_E1;
	*after =
	        cut_nearest(list_of(d, RULE_E1, "after"), s, draft_number(d, RULE_E1, "tolerance"));
	if (*after > 0 && !by_caller(leg))
		return true;
	*rule = RULE_E9;
	*after = round(s);
	return s >= draft_number(d, RULE_E9, "least") && s <= draft_number(d, RULE_E9, "most");
}

/* ---- E2, E3: session timer ---- */

static struct sighting last_refresh(const struct leg *leg)
{
	return sighting_is_set(leg->trace.refresh) ? leg->trace.refresh : leg->trace.final;
}

static const struct dialog *dialog_of(const struct leg *leg)
{
	return leg->winner ? leg->winner : &leg->first;
}

static bool is_session_timer(const struct draft *d, const struct leg *leg)
{
	struct sighting from = last_refresh(leg);

	if (!sighting_is_set(from) || !dialog_of(leg)->session_expires_s)
		return false;
	return cut_is_session_timer(
	        seconds(from.time_ns, leg->trace.bye.time_ns), dialog_of(leg)->session_expires_s,
	        draft_number(d, RULE_E2, "early"), draft_number(d, RULE_E2, "tolerance"));
}

static void add_failed_refresh(struct text *t, const struct leg *leg)
{
	const struct leg_change *change = leg_trace_change_of(leg);

	if (!sighting_is_set(change->asked) || change->asked.time_ns < last_refresh(leg).time_ns ||
	    change->status / 100 == 2)
		text_addf(t, "nothing refreshed it");
	else if (change->status)
		text_addf(t, "the refresh (frame %" PRIu64 ") was refused with %u",
		          change->asked.frame, change->status);
	else
		text_addf(t, "the refresh (frame %" PRIu64 ") was not answered",
		          change->asked.frame);
}

static bool add_session_timer(struct draft *d, const struct leg *leg)
{
	static const char *const refreshers[] = { "nobody", "caller", "callee" };
	const struct dialog *dialog = dialog_of(leg);
	struct sighting from = last_refresh(leg);
	double s = seconds(from.time_ns, leg->trace.bye.time_ns);

	draft_begin(d);
	text_addf(&d->cause, "session timer of %" PRIu32 " s at ", dialog->session_expires_s);
	text_add_address(&d->cause, leg_address(leg, by_caller(leg)));
	text_addf(&d->text,
	          "The session timer of %" PRIu32 " s (refresher: %s) ran out %.1f s after frame "
	          "%" PRIu64 ": ",
	          dialog->session_expires_s, refreshers[dialog->refresher], s, from.frame);
	add_failed_refresh(&d->text, leg);
	text_addf(&d->text, ", and ");
	add_hang_up(&d->text, leg);
	evidence_int(&d->evidence, "session_expires_s", dialog->session_expires_s);
	evidence_int(&d->evidence, "refreshes", dialog->refreshes);
	evidence_real(&d->evidence, "since_refresh_s", s);
	evidence_frame(&d->evidence, leg_trace_change_of(leg)->asked);
	return add_cut(d, leg, RULE_E2, from);
}

/* E3: 0 where no usual timer fits, or one was seen at work. */
static double usual_timer(const struct draft *d, const struct leg *leg)
{
	struct slice list = list_of(d, RULE_E3, "durations");
	double tolerance = draft_number(d, RULE_E3, "tolerance"), s = leg_answered_s(leg);
	double early = draft_number(d, RULE_E3, "early");
	double found = cut_nearest(list, s, tolerance);

	if (dialog_of(leg)->session_expires_s || sighting_is_set(leg_trace_change_of(leg)->asked))
		return 0;
	return found > 0 ? found : cut_nearest(list, s + early, tolerance);
}

static bool add_usual_timer(struct draft *d, const struct leg *leg, double timer)
{
	draft_begin(d);
	text_addf(&d->cause, "cut at %g s by ", timer);
	text_add_address(&d->cause, leg_address(leg, by_caller(leg)));
	text_addf(&d->text, "After %.1f s, as if a session timer of %g s ran out, ",
	          leg_answered_s(leg), timer);
	add_hang_up(&d->text, leg);
	text_addf(&d->text, "; no re-INVITE or UPDATE was seen");
	evidence_real(&d->evidence, "duration_s", leg_answered_s(leg));
	evidence_real(&d->evidence, "threshold_s", timer);
	return add_cut(d, leg, RULE_E3, leg->trace.final);
}

/* ---- E4, D20: media had stopped before ---- */

struct silence {
	double s[2]; /* enum party who hears nothing any more: until the BYE; 0: no */
	bool both;
};

static struct silence silence_before_bye(const struct draft *d, const struct leg *leg)
{
	struct silence silence = { { 0, 0 }, false };
	double least;

	if (!leg->media.heard[PARTY_CALLER].packets && !leg->media.heard[PARTY_CALLEE].packets)
		return silence;
	least = draft_number(d, RULE_E4, "packets");
	for (unsigned party = 0; party < 2; party++) {
		const struct media_heard *heard = &leg->media.heard[party];
		if ((double)heard->packets < least || heard->paused || leg->media.held)
			continue;
		silence.s[party] = seconds(heard->last_ns, leg->trace.bye.time_ns);
		silence.both = party == PARTY_CALLEE && silence.s[PARTY_CALLER] > 0 &&
		               silence.s[PARTY_CALLEE] > 0;
	}
	return silence;
}

static bool add_silence(struct draft *d, const struct leg *leg, enum rule_id rule,
                        const char *which, double s, double threshold)
{
	draft_begin(d);
	if (rule == RULE_E4)
		text_addf(&d->cause, "RTP time-out of %g s at ", threshold);
	else
		text_addf(&d->cause, "late BYE of ");
	text_add_address(&d->cause, leg_address(leg, by_caller(leg)));
	text_addf(&d->text, "%.1f s after the last RTP packet %s ", s, which);
	add_hang_up(&d->text, leg);
	evidence_real(&d->evidence, "silence_s", s);
	evidence_real(&d->evidence, "threshold_s", threshold);
	return add_cut(d, leg, rule, leg->trace.final);
}

/* E4 is the work of the side that hears nothing. 0: it does not fit. */
static double rtp_timeout(const struct draft *d, const struct leg *leg,
                          const struct silence *silence)
{
	double s = silence->s[by_caller(leg) ? PARTY_CALLER : PARTY_CALLEE];

	if (!(s > 0))
		return 0;
	return cut_nearest(list_of(d, RULE_E4, "timeouts"), s,
	                   draft_number(d, RULE_E4, "tolerance"));
}

/* *done: one of them fits. */
static bool judge_media(struct draft *d, const struct leg *leg, bool *done)
{
	struct silence silence = silence_before_bye(d, leg);
	double timeout = rtp_timeout(d, leg, &silence);
	double least = fmin(silence.s[PARTY_CALLER], silence.s[PARTY_CALLEE]);
	double late = silence.both ? draft_number(d, RULE_D20, "silence") : 0;

	*done = true;
	if (timeout > 0)
		return add_silence(d, leg, RULE_E4,
		                   silence.both && least > late ? "of both directions" : "to it",
		                   silence.s[by_caller(leg) ? PARTY_CALLER : PARTY_CALLEE],
		                   timeout);
	if (silence.both && least > late)
		return add_silence(d, leg, RULE_D20, "of either direction", least, late);
	*done = false;
	return true;
}

/* ---- E5: NAT ---- */

static bool is_private(struct ip_addr a)
{
	const uint8_t *b = (const uint8_t *)a.word;

	if (!ip_addr_is_v4(a))
		return (b[0] & 0xfe) == 0xfc; /* RFC 4193 */
	return b[12] == 10 || (b[12] == 172 && (b[13] & 0xf0) == 16) ||
	       (b[12] == 192 && b[13] == 168) || (b[12] == 100 && (b[13] & 0xc0) == 64);
}

/* It gives a private Contact and is seen with a public address. */
static bool is_behind_nat(const struct leg *leg, bool caller)
{
	struct slice contact = caller ? leg->caller_contact : dialog_of(leg)->callee_contact;
	struct ip_addr own;

	return ip_addr_parse(sip_uri_host(contact), &own) && is_private(own) &&
	       !is_private(leg_address(leg, caller));
}

/* A request to `caller` or the callee, unanswered for 64*T1. */
static bool judge_nat(struct draft *d, const struct leg *leg, bool caller, struct sighting asked,
                      bool *done)
{
	struct sighting heard = leg->trace.heard[caller ? PARTY_CALLER : PARTY_CALLEE];
	double idle = seconds(heard.time_ns, asked.time_ns);

	if (!sighting_is_set(heard) || idle < draft_number(d, RULE_E5, "idle") ||
	    leg_is_reliable(leg) || !is_behind_nat(leg, caller))
		return true;
	*done = true;
	draft_begin(d);
	text_addf(&d->cause, "NAT in front of ");
	text_add_address(&d->cause, leg_address(leg, caller));
	text_addf(&d->text, "The %s ", caller ? "caller" : "callee");
	text_add_address(&d->text, leg_address(leg, caller));
	text_addf(&d->text,
	          ", behind NAT, was silent for %.0f s (since frame %" PRIu64
	          ") and did not answer frame %" PRIu64 ": its binding has expired",
	          idle, heard.frame, asked.frame);
	evidence_real(&d->evidence, "idle_s", idle);
	evidence_real(&d->evidence, "threshold_s", draft_number(d, RULE_E5, "idle"));
	evidence_frame(&d->evidence, heard);
	evidence_frame(&d->evidence, asked);
	return draft_add_leg(d, leg,
	                     (struct occurrence){ .rule = RULE_E5, .first = heard, .last = asked });
}

static bool judge_unanswered(struct draft *d, const struct leg *leg, bool *done)
{
	const struct leg_trace *t = &leg->trace;
	int64_t now = draft_now(d);
	const struct leg_change *change = leg_trace_change_of(leg);
	bool change_open = sighting_is_set(change->asked) && !change->status &&
	                   now >= change->asked.time_ns + TRANSACTION_TIMEOUT_NS;

	if (sighting_is_set(t->bye) && !t->bye_status && !t->bye_crossed &&
	    leg_disconnect(leg) == DISCONNECT_FAILED &&
	    !judge_nat(d, leg, !by_caller(leg), t->bye, done))
		return false;
	if (*done || !change_open)
		return true;
	return judge_nat(d, leg, t->last_change != PARTY_CALLER, change->asked, done);
}

/* ---- E8: dropped by a change ---- */

static bool is_dropped_on_change(const struct draft *d, const struct leg *leg)
{
	const struct leg_change *change = leg_trace_change_of(leg);
	double after = seconds(change->final.time_ns, leg->end_ns);

	/* 481: see D13; 491 is glare, and tried again. */
	return leg_is_over(leg) && change->status >= 400 && change->status != 481 &&
	       change->status != 491 && after >= 0 && after <= draft_number(d, RULE_E8, "within");
}

static bool add_dropped(struct draft *d, const struct leg *leg)
{
	const struct leg_change *change = leg_trace_change_of(leg);
	bool caller_asked = leg->trace.last_change == PARTY_CALLER;

	draft_begin(d);
	text_addf(&d->cause, "change refused with %u by ", change->status);
	text_add_address(&d->cause, leg_address(leg, !caller_asked));
	text_addf(&d->text,
	          "The call ended %.1f s after the change that the %s asked for (frame %" PRIu64
	          ") was refused with %u (frame %" PRIu64 ")",
	          seconds(change->final.time_ns, leg->end_ns), caller_asked ? "caller" : "callee",
	          change->asked.frame, change->status, change->final.frame);
	evidence_int(&d->evidence, "status", change->status);
	evidence_real(&d->evidence, "threshold_s", draft_number(d, RULE_E8, "within"));
	evidence_frame(&d->evidence, change->final);
	return add_cut(d, leg, RULE_E8, change->asked);
}

/* A transfer that failed (RFC 3515 2.4.4, its NOTIFY says so) took the call with it. NULL: none did. */
static const struct transfer *failed_transfer(const struct draft *d, const struct leg *leg)
{
	double within = leg->transfers ? draft_number(d, RULE_E8, "within") : 0;

	for (const struct transfer *t = leg->transfers; t && leg_is_over(leg); t = t->next) {
		double after = t->end_ns == TIME_NONE ? -1 : seconds(t->end_ns, leg->end_ns);
		if (t->notify_status >= 400 && after >= 0 && after <= within)
			return t;
	}
	return NULL;
}

static bool add_failed_transfer(struct draft *d, const struct leg *leg, const struct transfer *t)
{
	draft_begin(d);
	text_addf(&d->cause, "transfer failed with %u, by ", t->notify_status);
	text_add_address(&d->cause, leg_address(leg, !t->by_caller));
	text_addf(&d->text,
	          "The call ended %.1f s after the transfer that the %s asked for had failed with "
	          "%u: ",
	          seconds(t->end_ns, leg->end_ns), t->by_caller ? "caller" : "callee",
	          t->notify_status);
	add_hang_up(&d->text, leg);
	evidence_int(&d->evidence, "status", t->notify_status);
	evidence_real(&d->evidence, "threshold_s", draft_number(d, RULE_E8, "within"));
	return add_cut(d, leg, RULE_E8, leg->trace.final);
}

/* ---- one answer per call ---- */

static bool judge_hang_up(struct cut *c, const struct leg *leg)
{
	struct draft *d = &c->draft;
	const struct transfer *transfer;
	enum rule_id rule;
	double after;
	bool done;

	if (is_ack_cut(d, leg, &rule, &after))
		return add_ack_cut(d, leg, rule, after);
	if (is_session_timer(d, leg))
		return add_session_timer(d, leg);
	if (is_dropped_on_change(d, leg))
		return add_dropped(d, leg);
	transfer = failed_transfer(d, leg);
	if (transfer)
		return add_failed_transfer(d, leg, transfer);
	if (!judge_media(d, leg, &done))
		return false;
	if (done)
		return true;
	after = leg_answered_s(leg) < c->usual_least_s ? 0 : usual_timer(d, leg);
	if (after > 0)
		return add_usual_timer(d, leg, after);
	return peaks_add(c->peaks, PEAK_DURATION, leg, by_caller(leg), leg->trace.final,
	                 leg->trace.bye);
}

/* It rang and nobody answered: the caller, or someone on the way, gave up. */
static bool note_ringing(struct cut *c, const struct leg *leg)
{
	int status = leg->attempt.final_status;
	bool cancelled = sighting_is_set(leg->trace.cancel) && leg->attempt.cancelled;

	if (leg->ring_ns == TIME_NONE || leg->start_ns == TIME_NONE ||
	    !(cancelled || status == 408 || status == 487))
		return true;
	return peaks_add(c->peaks, PEAK_RINGING, leg, cancelled, leg->trace.invite,
	                 cancelled ? leg->trace.cancel : leg->trace.final);
}

bool cut_leg(struct cut *c, const struct leg *leg)
{
	bool done = false;

	if (leg->kind != LEG_INVITE)
		return true;
	if (!leg->established)
		return note_ringing(c, leg);
	if (!judge_unanswered(&c->draft, leg, &done))
		return false;
	if (done)
		return true;
	if (sighting_is_set(leg->trace.bye) && leg->answer_ns != TIME_NONE)
		return judge_hang_up(c, leg);
	return !is_dropped_on_change(&c->draft, leg) || add_dropped(&c->draft, leg);
}
