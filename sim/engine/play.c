/* A scenario as a station plays it: what every step needs to know of the others, worked out once. */
#include "sim/engine/call.h"

#include "base/mem.h"

static bool uses_last(const struct template *t)
{
	return t && t->uses_last;
}

static bool step_uses_last(const struct step *step)
{
	bool uses = uses_last(step->message);

	/* The actions of a recv look at their own message. */
	for (unsigned i = 0; step->kind != STEP_RECV && !uses && i < step->action_count; i++)
		uses = uses_last(step->actions[i].text) || uses_last(step->actions[i].text2) ||
		       uses_last(step->actions[i].text3);
	return uses;
}

static bool waits(const struct step *step)
{
	return step->kind == STEP_PAUSE || step->kind == STEP_RECV || step->kind == STEP_RECV_CMD;
}

static bool jumps(const struct scenario *s)
{
	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (step->next != SCENARIO_NONE || step->ontimeout != SCENARIO_NONE)
			return true;
		for (unsigned a = 0; a < step->action_count; a++)
			if (step->actions[a].kind == ACTION_JUMP ||
			    step->actions[a].kind == ACTION_SETDEST)
				return true;
	}
	return s->unexpected_step != SCENARIO_NONE;
}

/* Is the message of recv `from` asked for once the call has waited, before another must come? */
static bool asked_later(const struct scenario *s, unsigned from)
{
	bool waited = false;

	for (unsigned i = from + 1; i < s->step_count; i++) {
		if (waits(&s->steps[i]))
			waited = true;
		if (waited && step_uses_last(&s->steps[i]))
			return true;
		if (s->steps[i].kind == STEP_RECV && s->steps[i].optional == OPTIONAL_NO)
			return false;
	}
	return false;
}

static void find_kept(struct play *p)
{
	const struct scenario *s = p->scenario;
	bool any = false, anywhere = jumps(s);

	for (unsigned i = 0; i < s->step_count; i++)
		any |= step_uses_last(&s->steps[i]);
	for (unsigned i = 0; i < s->step_count; i++)
		p->keeps_last[i] = any && (anywhere || asked_later(s, i));
}

static void find_methods(struct play *p)
{
	uint32_t sent = 0;

	for (unsigned i = 0; i < p->scenario->step_count; i++) {
		const struct step *step = &p->scenario->steps[i];
		p->methods_sent[i] = sent;
		if (step->kind == STEP_SEND && !step->message->is_response)
			sent |= step->message->method_name.p ? 1u << step->message->method : ~0u;
	}
}

static size_t aligned(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

bool play_init(struct station *s, struct play *p, const struct scenario *scenario, struct err *err)
{
	p->scenario = scenario;
	p->methods_sent =
	        arena_zalloc(&s->arena, (scenario->step_count + 1) * sizeof *p->methods_sent);
	p->keeps_last = arena_zalloc(&s->arena, (scenario->step_count + 1) * sizeof *p->keeps_last);
	if (!p->methods_sent || !p->keeps_last)
		return err_memory(err, "the scenario's steps");
	find_methods(p);
	find_kept(p);
	p->rtd_at = aligned(sizeof(struct call));
	p->rtd_done_at = p->rtd_at + scenario->rtd_count * sizeof(int64_t);
	p->txn_at = p->rtd_done_at + sizeof(uint64_t);
	p->values_at = aligned(p->txn_at + scenario->txn_count * sizeof(uint64_t));
	p->call_octets = p->values_at + scenario->call_variables * sizeof(struct value);
	pool_init(&p->calls, p->call_octets);
	return true;
}

void play_release(struct play *p)
{
	if (p->scenario)
		pool_release(&p->calls);
}
