/* Steps: which are reached, which waits end, which transactions are complete. Where a scenario jumps, only what holds on every way is said. */
#include "sim/scenario/lint_rules.h"

/* --- reached ------------------------------------------------------------------------------------------------------ */

static bool jumps_by_number(const struct scenario *s)
{
	for (unsigned i = 0; i < s->step_count; i++)
		for (unsigned k = 0; k < s->steps[i].action_count; k++)
			if (s->steps[i].actions[k].kind == ACTION_JUMP)
				return true;
	return false;
}

/* `next` is always taken: the step behind is reached only otherwise. */
static bool always_jumps(const struct step *step)
{
	return step->next >= 0 && step->test < 0 && step->chance >= 1 && step->condexec < 0 &&
	       !(step->kind == STEP_RECV && step->optional != OPTIONAL_NO);
}

struct reach {
	bool *seen;
	unsigned *todo, count, steps;
};

static void reach(struct reach *r, int step)
{
	if (step < 0 || (unsigned)step >= r->steps || r->seen[step])
		return;
	r->seen[step] = true;
	r->todo[r->count++] = (unsigned)step;
}

static void reach_all(const struct scenario *s, struct reach *r)
{
	reach(r, 0);
	reach(r, s->unexpected_step);
	while (r->count) {
		unsigned i = r->todo[--r->count];
		const struct step *step = &s->steps[i];
		reach(r, step->next);
		reach(r, step->ontimeout);
		if (!always_jumps(step))
			reach(r, (int)i + 1);
	}
}

void lint_unreachable_step(struct lint *l)
{
	const struct scenario *s = l->s;
	struct reach r = { .steps = s->step_count };

	if (jumps_by_number(s))
		return;
	r.seen = mem_zalloc(s->step_count * sizeof *r.seen);
	r.todo = mem_alloc(s->step_count * sizeof *r.todo);
	l->failed |= !r.seen || !r.todo;
	if (!l->failed)
		reach_all(s, &r);
	for (unsigned i = 0; !l->failed && i < s->step_count; i++)
		if (!r.seen[i] && (i == 0 || r.seen[i - 1]))
			lint_say(l, s->steps[i].line,
			         "no way leads to this <%s>: next= of line %u goes past it",
			         step_kind_name(s->steps[i].kind), i ? s->steps[i - 1].line : 0);
	mem_free(r.seen);
	mem_free(r.todo);
}

/* Which steps something jumps to; mem_free(). NULL: no memory. */
static bool *targets_of(struct lint *l)
{
	const struct scenario *s = l->s;
	bool *targets = mem_zalloc((s->step_count + 1) * sizeof *targets);

	l->failed |= !targets;
	for (unsigned i = 0; targets && i < s->step_count; i++) {
		if (s->steps[i].next >= 0)
			targets[s->steps[i].next] = true;
		if (s->steps[i].ontimeout >= 0)
			targets[s->steps[i].ontimeout] = true;
	}
	if (targets && s->unexpected_step >= 0)
		targets[s->unexpected_step] = true;
	return targets;
}

/* A label has no line of its own in what is compiled: the step it stands before has. */
void lint_unused_label(struct lint *l)
{
	const struct scenario *s = l->s;
	bool *targets = jumps_by_number(s) ? NULL : targets_of(l);

	for (unsigned i = 0; targets && i < s->label_count; i++) {
		unsigned step = s->labels[i].line;
		if (!targets[step])
			lint_say(l, s->steps[step < s->step_count ? step : step - 1].line,
			         "nothing jumps to label '%.*s' before this step",
			         SLICE_ARG(s->labels[i].name));
	}
	mem_free(targets);
}

void lint_test_without_next(struct lint *l)
{
	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->next < 0 && (step->test >= 0 || step->chance < 1))
			lint_say(l, step->line, "%s= does nothing without next=\"label\"",
			         step->test >= 0 ? "test" : "chance");
	}
}

void lint_ontimeout_alone(struct lint *l)
{
	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->ontimeout >= 0 && step->timeout_ms < 0 && step->timeout_variable < 0)
			lint_say(l, step->line,
			         "ontimeout= without timeout=: only with -recv_timeout "
			         "(-send_timeout) it is ever taken");
	}
}

/* --- waits -------------------------------------------------------------------------------------------------------- */

/* How many steps every call takes one after the other: to the first that jumps or is jumped to. */
static unsigned straight_steps(const struct scenario *s)
{
	unsigned n = s->step_count;

	for (unsigned i = 0; i < s->step_count; i++) {
		const int ends[] = { s->steps[i].next, s->steps[i].ontimeout };
		for (unsigned k = 0; k < 2; k++) {
			if (ends[k] >= 0)
				n = i < n ? i : n;
			if (ends[k] >= 0 && (unsigned)ends[k] < n)
				n = (unsigned)ends[k];
		}
	}
	if (s->unexpected_step >= 0 && (unsigned)s->unexpected_step < n)
		n = (unsigned)s->unexpected_step;
	return jumps_by_number(s) ? 0 : n;
}

static bool waits_for_final(const struct step *step)
{
	return step->kind == STEP_RECV && step->is_response && step->optional == OPTIONAL_NO &&
	       (step->response >= 200 || step->regexp_match);
}

static bool waits_for_ever(const struct step *step)
{
	return step->timeout_ms < 0 && step->timeout_variable < 0;
}

/* On the straight way from the start: how many requests have no final response yet. */
void lint_wait_never_ends(struct lint *l)
{
	const struct scenario *s = l->s;
	unsigned open = 0, sent = 0, end = straight_steps(s);

	for (unsigned i = 0; i < end; i++) {
		const struct step *step = &s->steps[i];
		open += sends_request(step);
		sent += sends_request(step);
		if (!waits_for_final(step))
			continue;
		if (!open && sent && waits_for_ever(step))
			lint_say(l, step->line,
			         "every request sent so far has its final response: another one "
			         "never comes, and there is no timeout=");
		open -= open > 0;
	}
}

void lint_response_without_request(struct lint *l)
{
	const struct scenario *s = l->s;

	if (jumps_by_number(s) || s->receives_cmd)
		return;
	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (sends_request(step) || step->kind == STEP_RECV_CMD)
			return;
		if (step->kind == STEP_RECV && step->is_response)
			lint_say(l, step->line,
			         "a response is waited for, but no request was sent before");
	}
}

/* SIPp scans on from an optional recv to the mandatory one: between them nothing else may stand. */
void lint_optional_at_end(struct lint *l)
{
	const struct scenario *s = l->s;

	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (step->kind != STEP_RECV || step->optional != OPTIONAL_YES || step->next >= 0)
			continue;
		if (i + 1 == s->step_count ||
		    (s->steps[i + 1].kind != STEP_RECV && s->steps[i + 1].kind != STEP_RECV_CMD))
			lint_say(l, step->line,
			         "an optional <recv> needs a mandatory one behind it: nothing "
			         "waits for it here");
	}
}

/* --- transactions ------------------------------------------------------------------------------------------------- */

/* What goes out from step `from` on, if it is known; the answer is the same for all steps up to `until`. */
struct sending {
	unsigned until;
	const struct step *send; /* NULL: nothing, or a jump comes first */
	bool jumps;
};

static struct sending next_send(const struct scenario *s, unsigned from)
{
	for (unsigned i = from; i < s->step_count; i++) {
		if (s->steps[i].kind == STEP_SEND)
			return (struct sending){ i + 1, &s->steps[i], false };
		if (s->steps[i].next >= 0)
			return (struct sending){ i + 1, NULL, true };
	}
	return (struct sending){ s->step_count, NULL, false };
}

static bool acknowledged(const struct sending *next)
{
	if (next->send)
		return sends_ack(next->send) || !next->send->message->method_name.n;
	return next->jumps;
}

void lint_ack_missing(struct lint *l)
{
	const struct scenario *s = l->s;
	enum sip_method last = SIP_METHOD_OTHER;
	struct sending next = { 0 };

	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (sends_request(step))
			last = step->message->method;
		if (!waits_for_final(step) || step->response < 200 || step->response > 299 ||
		    step->next >= 0 || step->response_txn >= 0 || last != SIP_INVITE)
			continue;
		if (i + 1 >= next.until)
			next = next_send(s, i + 1);
		if (!acknowledged(&next))
			lint_say(
			        l, step->line,
			        "the %d to INVITE is not acknowledged: an ACK comes next (RFC 3261 "
			        "13.2.2.4), or it is sent again and again",
			        step->response);
	}
}

void lint_retrans_missing(struct lint *l)
{
	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (sends_request(step) && !step->retrans_ms)
			lint_say(l, step->line,
			         "no retrans=: over UDP this %.*s is sent once, and a lost one is "
			         "never sent again; retrans=\"500\" is RFC 3261's",
			         SLICE_ARG(step->message->method_name.n ? step->message->method_name
			                                                : SLICE_LIT("request")));
	}
}

void lint_rtd(struct lint *l)
{
	const struct scenario *s = l->s;
	uint64_t stopped = 0, said = 0;

	for (unsigned i = 0; i < s->step_count; i++)
		stopped |= s->steps[i].stop_rtd;
	for (unsigned i = 0; i < s->step_count; i++) {
		uint64_t open = s->steps[i].start_rtd & ~stopped & ~said;
		for (unsigned k = 0; k < s->rtd_count; k++)
			if (open >> k & 1)
				lint_say(l, s->steps[i].line,
				         "start_rtd=\"%.*s\" begins a time that no rtd= ends",
				         SLICE_ARG(s->rtd[k].name));
		said |= open;
	}
}
