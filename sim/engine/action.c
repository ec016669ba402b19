/* <action>: what a step does beside its message. */
#include "sim/engine/action.h"

#include "sim/engine/command.h"

#include <stdlib.h>

enum action_result action_fail(struct call *c, const struct action *a, enum call_failure failure,
                               const char *what)
{
	call_fail(c, failure, "line %u: %s", a->line, what);
	return ACTION_CALL_OVER;
}

bool action_text(struct call *c, const struct action *a, const struct template *t,
                 struct slice *out)
{
	const char *why;

	if (render_text(c, t, out, &why))
		return true;
	call_fail(c, FAILURE_INTERNAL, "line %u: %s", a->line, why);
	return false;
}

int action_target(const struct action *a)
{
	return a->variable_count ? a->variables[0] : SCENARIO_NONE;
}

double action_operand(struct call *c, const struct action *a)
{
	return a->operand != SCENARIO_NONE ? value_number(c, a->operand) : a->value;
}

/* --- words for people --------------------------------------------------------------------------------------------- */

static enum action_result say(struct call *c, const struct action *a)
{
	const struct trace *t = c->station->setup.trace;
	struct traced_call traced = call_traced(c);
	struct slice text;

	if (!action_text(c, a, a->text, &text))
		return ACTION_CALL_OVER;
	if (a->kind == ACTION_WARNING)
		call_warn(c, "%.*s", SLICE_ARG(text));
	else if (a->kind == ACTION_LOG && t && t->log)
		t->log(t->context, c->station->loop->now_ns, &traced, text);
	if (a->kind != ACTION_ERROR)
		return ACTION_GO_ON;
	/* As SIPp: an <error> ends the run. */
	atomic_store(&c->station->setup.control->exit_code, 255);
	control_stop(c->station->setup.control, STOP_CALLS);
	call_fail(c, FAILURE_INTERNAL, "line %u: %.*s", a->line, SLICE_ARG(text));
	return ACTION_CALL_OVER;
}

/* --- injection files ---------------------------------------------------------------------------------------------- */

static enum action_result injected(struct call *c, const struct action *a)
{
	struct injection *injection = c->station->setup.injection;
	struct slice key, value;
	size_t file = injection ? injection_file(injection, a->file) : SIZE_MAX;
	struct err err = ERR_INIT;

	if (file == SIZE_MAX)
		return action_fail(c, a, FAILURE_INTERNAL,
		                   "it names an injection file that was not given (-inf)");
	if (a->kind == ACTION_INDEX)
		return injection_index(injection, file, a->field, &err)
		               ? ACTION_GO_ON
		               : action_fail(c, a, FAILURE_INTERNAL, err.text);
	if (!action_text(c, a, a->kind == ACTION_INSERT ? a->text3 : a->text, &key))
		return ACTION_CALL_OVER;
	if (a->kind == ACTION_LOOKUP) {
		value_set_number(c, action_target(a),
		                 (double)injection_lookup(injection, file, key));
		return ACTION_GO_ON;
	}
	if (a->kind == ACTION_INSERT) {
		injection_insert(injection, file, key);
		return ACTION_GO_ON;
	}
	char number[32];
	double line = strtod(slice_cstr(key, number, sizeof number), NULL);
	if (!action_text(c, a, a->text3, &value))
		return ACTION_CALL_OVER;
	if (line < 0 || !injection_replace(injection, file, (uint64_t)line, value))
		call_warn(c, "line %u: replace: there is no line %g in the injection file", a->line,
		          line);
	return ACTION_GO_ON;
}

/* --- commands and media ------------------------------------------------------------------------------------------- */

/* Fire and forget, as SIPp: the shell runs it, nobody waits. Twice forked, so that init takes it. */
static enum action_result shell(struct call *c, const struct action *a)
{
	struct slice text;
	char command[4096];

	if (!action_text(c, a, a->text, &text))
		return ACTION_CALL_OVER;
	slice_cstr(text, command, sizeof command);
	if (!command_run(command))
		call_warn(c, "line %u: the command could not be run", a->line);
	return ACTION_GO_ON;
}

static enum action_result int_cmd(struct call *c, const struct action *a)
{
	struct control *control = c->station->setup.control;

	switch (a->int_cmd) {
	case INT_CMD_STOP_NOW:
		atomic_store(&control->exit_code, 97); /* SIPp's: by a command of the scenario */
		control_stop(control, STOP_CALLS);
		return ACTION_GO_ON;
	case INT_CMD_STOP_GRACEFULLY: control_stop(control, STOP_GRACEFUL); return ACTION_GO_ON;
	case INT_CMD_STOP_CALL: return action_fail(c, a, FAILURE_CALL_REJECTED, "stop_call");
	}
	return ACTION_GO_ON;
}

static enum action_result media(struct call *c, const struct action *a)
{
	struct slice argument;
	struct err err = ERR_INIT;

	if (!action_text(c, a, a->text, &argument))
		return ACTION_CALL_OVER;
	if (call_media(c, &err) && media_call_act(c->media, a->media, argument, &err))
		return ACTION_GO_ON;
	counter_add(&c->play->counters->media_failures, 1);
	return action_fail(c, a, FAILURE_MEDIA, err.text[0] ? err.text : "no media");
}

static enum action_result verify(struct call *c, const struct action *a, struct slice text)
{
	struct station *s = c->station;
	bool ok = false;

	(void)text;
	if (!s->msg_valid)
		return action_fail(c, a, FAILURE_AUTHENTICATION, "verifyauth belongs into a recv");
	if (!call_verify_auth(c, a, &s->msg, &ok))
		return ACTION_CALL_OVER;
	if (action_target(a) != SCENARIO_NONE)
		value_set_bool(c, action_target(a), ok);
	return ACTION_GO_ON;
}

static enum action_result run_one(struct call *c, const struct action *a, struct slice text)
{
	switch (a->kind) {
	case ACTION_EREG: return action_ereg(c, a, text);
	case ACTION_LOG:
	case ACTION_WARNING:
	case ACTION_ERROR: return say(c, a);
	case ACTION_ASSIGN:
	case ACTION_ADD:
	case ACTION_SUBTRACT:
	case ACTION_MULTIPLY:
	case ACTION_DIVIDE: return action_arithmetic(c, a);
	case ACTION_ASSIGNSTR: return action_assignstr(c, a);
	case ACTION_TODOUBLE: return action_todouble(c, a);
	case ACTION_TEST: return action_test(c, a);
	case ACTION_STRCMP: return action_strcmp(c, a);
	case ACTION_TRIM:
	case ACTION_URLENCODE:
	case ACTION_URLDECODE: return action_transform(c, a);
	case ACTION_SAMPLE:
		value_set_number(c, action_target(a),
		                 distribution_sample(&a->distribution, &c->station->random));
		return ACTION_GO_ON;
	case ACTION_GETTIMEOFDAY: return action_gettimeofday(c, a);
	case ACTION_VERIFYAUTH: return verify(c, a, text);
	case ACTION_LOOKUP:
	case ACTION_INSERT:
	case ACTION_REPLACE:
	case ACTION_INDEX: return injected(c, a);
	case ACTION_JUMP: return action_jump(c, a);
	case ACTION_PAUSERESTORE: return action_pauserestore(c, a);
	case ACTION_SETDEST: return action_setdest(c, a);
	case ACTION_CLOSECON: return action_closecon(c);
	case ACTION_EXEC_COMMAND: return shell(c, a);
	case ACTION_EXEC_INT_CMD: return int_cmd(c, a);
	case ACTION_RTP_ECHO:
		if (c->station->media)
			media_echo(c->station->media, action_operand(c, a) != 0);
		return ACTION_GO_ON;
	case ACTION_EXEC_MEDIA: return media(c, a);
	}
	return ACTION_GO_ON;
}

enum action_result actions_run(struct call *c, const struct step *step, struct slice text)
{
	enum action_result result = ACTION_GO_ON;

	for (unsigned i = 0; i < step->action_count; i++) {
		enum action_result one = run_one(c, &step->actions[i], text);
		if (one == ACTION_CALL_OVER)
			return one;
		if (one != ACTION_GO_ON)
			result = one;
	}
	/* <pauserestore> and then <jump>: the pause goes on there. */
	return c->state == CALL_PAUSED ? ACTION_WAIT : result;
}
