/* What is known only when every step is: roles, slots of variables, who needs the last message, whether transactions make sense. */
#include "sim/scenario/compile.h"

static void settle_twin(struct scenario *s, const struct step *step)
{
	bool sends = step->kind == STEP_SEND_CMD;

	s->sends_cmd |= sends;
	s->receives_cmd |= step->kind == STEP_RECV_CMD;
	if (s->twin == TWIN_NONE && (s->sends_cmd || s->receives_cmd))
		s->twin = sends ? TWIN_SENDS_FIRST : TWIN_RECEIVES_FIRST;
	s->uses_twin = s->twin != TWIN_NONE;
}

/* The first step that is neither pause nor nop says who begins: what goes out is ours to begin. */
static void settle_role(struct scenario *s)
{
	bool role_known = false, sends_known = false;

	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (step->kind == STEP_PAUSE || step->kind == STEP_NOP)
			continue;
		if (!role_known)
			s->role = step->kind == STEP_SEND || step->kind == STEP_SEND_CMD
			                  ? SCENARIO_CLIENT
			                  : SCENARIO_SERVER;
		role_known = true;
		if (!sends_known && (step->kind == STEP_SEND || step->kind == STEP_RECV)) {
			s->sends_first = step->kind == STEP_SEND;
			sends_known = true;
		}
		settle_twin(s, step);
	}
}

static void settle_variables(struct scenario *s)
{
	unsigned *const counts[] = { [VARIABLE_CALL] = &s->call_variables,
		                     [VARIABLE_USER] = &s->user_variables,
		                     [VARIABLE_GLOBAL] = &s->global_variables };

	for (unsigned i = 0; i < s->variable_count; i++)
		s->variables[i].slot = (int)(*counts[s->variables[i].scope])++;
	s->uses_variables = s->variable_count > 0;
}

static void settle_unexpected(struct scenario *s)
{
	s->unexpected_step = scenario_label(s, SLICE_LIT("_unexp.main"));
	s->unexpected_return = scenario_variable(s, SLICE_LIT("_unexp.retaddr"));
	s->unexpected_pause = scenario_variable(s, SLICE_LIT("_unexp.pausedaddr"));
}

/* --- transactions ------------------------------------------------------------------------------------------------- */

struct txn_uses {
	unsigned started, answered, acked;
	bool invite;
};

static struct txn_uses uses_of(const struct scenario *s, int txn)
{
	struct txn_uses u = { 0 };

	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		u.started += step->start_txn == txn;
		u.answered += step->response_txn == txn;
		u.acked += step->ack_txn == txn;
		u.invite |= step->start_txn == txn && step->message->method == SIP_INVITE;
	}
	return u;
}

static bool settle_txns(struct compile *c)
{
	const struct scenario *s = c->s;

	for (unsigned i = 0; i < s->txn_count; i++) {
		struct txn_uses u = uses_of(s, (int)i);
		const char *what = !u.started             ? "is never started (start_txn)"
		                   : !u.answered          ? "has no response (response_txn)"
		                   : u.acked && !u.invite ? "has an ACK, and is no INVITE"
		                   : !u.acked && u.invite ? "is an INVITE without an ACK (ack_txn)"
		                                          : NULL;
		if (what)
			return compile_fail(c, s->txns[i].line, "transaction '%.*s' %s",
			                    SLICE_ARG(s->txns[i].name), what);
	}
	return true;
}

/* SIPp refuses a variable that is named once; we say it and go on. */
static bool settle_single_uses(struct compile *c)
{
	const struct scenario *s = c->s;

	for (unsigned i = 0; i < s->variable_count; i++) {
		const struct variable *v = &s->variables[i];
		if (v->uses == 1 && !v->referred && !slice_starts(v->name, "_unexp.") &&
		    !compile_note(c, v->first_line, NOTE_LOUD, "variable-once",
		                  "variable '%.*s' is named only here: SIPp refuses this without "
		                  "<Reference variables=\"%.*s\"/>",
		                  SLICE_ARG(v->name), SLICE_ARG(v->name)))
			return false;
	}
	return true;
}

static bool settle_messages(struct compile *c)
{
	for (unsigned i = 0; i < c->s->step_count; i++)
		if (c->s->steps[i].kind != STEP_PAUSE && c->s->steps[i].kind != STEP_NOP)
			return true;
	return compile_note(c, c->s->steps[0].line, NOTE_LOUD, "no-message",
	                    "nothing is sent, nothing is received: SIPp refuses this");
}

bool compile_settle(struct compile *c)
{
	struct scenario *s = c->s;

	if (!s->step_count)
		return compile_fail(c, c->node->line, "a scenario without steps");
	settle_variables(s);
	settle_unexpected(s);
	settle_role(s);
	return settle_txns(c) && settle_single_uses(c) && settle_messages(c);
}
