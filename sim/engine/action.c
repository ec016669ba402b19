/* <action>: what a step does beside its message. */
#include "sim/engine/command.h"
#include "sim/engine/keywords.h"

#include <stdlib.h>

static enum action_result fail(struct call *c, const struct action *a, enum call_failure failure,
                               const char *what)
{
	call_fail(c, failure, "line %u: %s", a->line, what);
	return ACTION_CALL_OVER;
}

static bool text_of(struct call *c, const struct action *a, const struct template *t,
                    struct slice *out)
{
	const char *why;

	if (render_text(c, t, out, &why))
		return true;
	call_fail(c, FAILURE_INTERNAL, "line %u: %s", a->line, why);
	return false;
}

static int target(const struct action *a)
{
	return a->variable_count ? a->variables[0] : SCENARIO_NONE;
}

static double operand(struct call *c, const struct action *a)
{
	return a->operand != SCENARIO_NONE ? value_number(c, a->operand) : a->value;
}

/* --- regular expressions, tests, comparisons ---------------------------------------------------------------------- */

static enum action_result ereg(struct call *c, const struct action *a, struct slice text)
{
	enum call_failure failure = ereg_run(c, a, text);

	switch (failure) {
	case FAILURE_NONE: return ACTION_GO_ON;
	case FAILURE_REGEXP_NO_MATCH:
		call_fail(c, failure, "line %u: '%.*s' does not match", a->line,
		          SLICE_ARG(a->pattern));
		return ACTION_CALL_OVER;
	case FAILURE_REGEXP_MATCH:
		call_fail(c, failure, "line %u: '%.*s' matches, and must not", a->line,
		          SLICE_ARG(a->pattern));
		return ACTION_CALL_OVER;
	case FAILURE_REGEXP_NO_HEADER:
		call_fail(c, failure, "line %u: there is no '%.*s' to search in", a->line,
		          SLICE_ARG(slice_trim(a->header)));
		return ACTION_CALL_OVER;
	default: return fail(c, a, FAILURE_INTERNAL, "out of memory");
	}
}

static bool compared(const struct action *a, double left, double right)
{
	switch (a->compare) {
	case COMPARE_EQUAL: return left == right;
	case COMPARE_NOT_EQUAL: return left != right;
	case COMPARE_GREATER: return left > right;
	case COMPARE_LESS: return left < right;
	case COMPARE_GREATER_EQUAL: return left >= right;
	case COMPARE_LESS_EQUAL: return left <= right;
	}
	return false;
}

static enum action_result judged(struct call *c, const struct action *a, bool truth,
                                 enum call_failure no, enum call_failure yes)
{
	if (target(a) != SCENARIO_NONE)
		value_set_bool(c, target(a), truth);
	if (a->check_it && !truth)
		return fail(c, a, no,
		            no == FAILURE_TEST_NO_MATCH ? "the test is not true"
		                                        : "the texts are not the same");
	if (a->check_it_inverse && truth)
		return fail(c, a, yes,
		            yes == FAILURE_TEST_MATCH ? "the test is true, and must not be"
		                                      : "the texts are the same, and must not be");
	return ACTION_GO_ON;
}

static enum action_result test(struct call *c, const struct action *a)
{
	double right = a->operand2 != SCENARIO_NONE ? value_number(c, a->operand2) : a->value;

	return judged(c, a, compared(a, value_number(c, a->operand), right), FAILURE_TEST_NO_MATCH,
	              FAILURE_TEST_MATCH);
}

/* SIPp gives strcmp's own result (0: equal) as a number; check_it asks for equality. */
static enum action_result compare_texts(struct call *c, const struct action *a)
{
	struct text left, right;
	struct slice literal = SLICE_NONE;

	text_init(&left);
	text_init(&right);
	value_text(c, a->operand, &left);
	if (a->operand2 != SCENARIO_NONE) {
		value_text(c, a->operand2, &right);
	} else if (text_of(c, a, a->text, &literal)) {
		text_add(&right, literal);
	} else {
		text_release(&left);
		return ACTION_CALL_OVER;
	}
	int order = strcmp(text_cstr(&left), text_cstr(&right));
	text_release(&left);
	text_release(&right);
	if (target(a) != SCENARIO_NONE)
		value_set_number(c, target(a), order);
	if (a->check_it && order)
		return fail(c, a, FAILURE_STRCMP_NO_MATCH, "the texts are not the same");
	if (a->check_it_inverse && !order)
		return fail(c, a, FAILURE_STRCMP_MATCH, "the texts are the same, and must not be");
	return ACTION_GO_ON;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static enum action_result arithmetic(struct call *c, const struct action *a)
{
	double value = operand(c, a),
	       now = a->kind == ACTION_ASSIGN ? 0 : value_number(c, target(a));

	switch (a->kind) {
	case ACTION_ADD: now += value; break;
	case ACTION_SUBTRACT: now -= value; break;
	case ACTION_MULTIPLY: now *= value; break;
	case ACTION_DIVIDE:
		if (value == 0) {
			call_warn(c, "line %u: division by zero: the variable stays as it is",
			          a->line);
			return ACTION_GO_ON;
		}
		now /= value;
		break;
	default: now = value; break;
	}
	value_set_number(c, target(a), now);
	return ACTION_GO_ON;
}

static enum action_result to_double(struct call *c, const struct action *a)
{
	struct text text;
	char *end;

	text_init(&text);
	value_text(c, a->operand, &text);
	const char *p = text_cstr(&text);
	double number = strtod(p, &end);
	bool ok = end != p && *end == '\0';
	if (ok)
		value_set_number(c, target(a), number);
	else
		call_warn(c, "line %u: todouble: '%.40s' is no number", a->line, p);
	text_release(&text);
	return ACTION_GO_ON;
}

static enum action_result assign_text(struct call *c, const struct action *a)
{
	struct slice text;

	if (!text_of(c, a, a->text, &text))
		return ACTION_CALL_OVER;
	return value_set_text(c, target(a), text) ? ACTION_GO_ON
	                                          : fail(c, a, FAILURE_INTERNAL, "out of memory");
}

static bool plain_in_url(uint8_t c)
{
	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
	       c == '_' || c == '.' || c == '~';
}

static void url_encode(struct slice s, struct text *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (plain_in_url(s.p[i]))
			text_add(out, slice_sub(s, i, 1));
		else
			text_addf(out, "%%%02X", s.p[i]);
	}
}

static int hex(uint8_t c)
{
	return ascii_is_digit(c)                                ? c - '0'
	       : ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f' ? ascii_lower(c) - 'a' + 10
	                                                        : -1;
}

static void url_decode(struct slice s, struct text *out)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			c = (uint8_t)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
			i += 2;
		}
		text_add(out, slice_of(&c, 1));
	}
}

/* trim, urlencode, urldecode: a variable onto itself. */
static enum action_result transform(struct call *c, const struct action *a)
{
	struct text in, out;
	int variable = target(a) != SCENARIO_NONE ? target(a) : a->operand;

	text_init(&in);
	text_init(&out);
	value_text(c, variable, &in);
	struct slice s = slice_of(text_cstr(&in), in.n);
	if (a->kind == ACTION_TRIM)
		text_add(&out, slice_trim(s));
	else if (a->kind == ACTION_URLENCODE)
		url_encode(s, &out);
	else
		url_decode(s, &out);
	bool ok = !in.failed && !out.failed &&
	          value_set_text(c, variable, slice_of(text_cstr(&out), out.n));
	text_release(&in);
	text_release(&out);
	return ok ? ACTION_GO_ON : fail(c, a, FAILURE_INTERNAL, "out of memory");
}

static enum action_result time_of_day(struct call *c, const struct action *a)
{
	int64_t now = c->station->loop->now_ns;

	if (a->variable_count > 0)
		value_set_number(c, a->variables[0], (double)(now / NS_PER_S));
	if (a->variable_count > 1)
		value_set_number(c, a->variables[1], (double)(now % NS_PER_S / NS_PER_US));
	return ACTION_GO_ON;
}

/* --- words for people --------------------------------------------------------------------------------------------- */

static enum action_result say(struct call *c, const struct action *a)
{
	const struct trace *t = c->station->setup.trace;
	struct traced_call traced = call_traced(c);
	struct slice text;

	if (!text_of(c, a, a->text, &text))
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
		return fail(c, a, FAILURE_INTERNAL,
		            "it names an injection file that was not given (-inf)");
	if (a->kind == ACTION_INDEX)
		return injection_index(injection, file, a->field, &err)
		               ? ACTION_GO_ON
		               : fail(c, a, FAILURE_INTERNAL, err.text);
	if (!text_of(c, a, a->kind == ACTION_INSERT ? a->text3 : a->text, &key))
		return ACTION_CALL_OVER;
	if (a->kind == ACTION_LOOKUP) {
		value_set_number(c, target(a), (double)injection_lookup(injection, file, key));
		return ACTION_GO_ON;
	}
	if (a->kind == ACTION_INSERT) {
		injection_insert(injection, file, key);
		return ACTION_GO_ON;
	}
	char number[32];
	double line = strtod(slice_cstr(key, number, sizeof number), NULL);
	if (!text_of(c, a, a->text3, &value))
		return ACTION_CALL_OVER;
	if (line < 0 || !injection_replace(injection, file, (uint64_t)line, value))
		call_warn(c, "line %u: replace: there is no line %g in the injection file", a->line,
		          line);
	return ACTION_GO_ON;
}

/* --- where to go -------------------------------------------------------------------------------------------------- */

static enum action_result jump(struct call *c, const struct action *a)
{
	double step = operand(c, a);

	if (!(step >= 0 && step < c->play->scenario->step_count))
		return fail(c, a, FAILURE_INTERNAL, "jump: there is no such step");
	c->step = (int)step;
	return ACTION_JUMPED;
}

/* Back into a pause with what was left of it. */
static enum action_result restore_pause(struct call *c, const struct action *a)
{
	double ms = operand(c, a);

	if (!(ms > 0))
		return ACTION_GO_ON;
	c->state = CALL_PAUSED;
	wheel_arm(&c->station->loop->wheel, &c->timer,
	          c->station->loop->now_ns + (int64_t)(ms * NS_PER_MS));
	return ACTION_WAIT;
}

static void destination_found(struct resolve_request *request, const struct endpoint *found,
                              const char *why)
{
	struct call_extra *x =
	        (struct call_extra *)((char *)request - offsetof(struct call_extra, resolving));
	struct call *c = x->resolving_call;

	x->is_resolving = false;
	if (!found) {
		call_fail(c, FAILURE_CANNOT_SEND, "setdest: '%s': %s", request->host, why);
		return;
	}
	c->peer = *found;
	if (c->state == CALL_RESOLVING)
		call_leave(c, c->step);
}

static enum action_result set_destination(struct call *c, const struct action *a)
{
	struct station *s = c->station;
	struct slice host, port, protocol;
	struct call_extra *x = call_extra(c);
	uint64_t number;

	if (!x)
		return ACTION_CALL_OVER;
	if (x->is_resolving)
		return fail(c, a, FAILURE_INTERNAL,
		            "setdest: the one before still waits for its name");
	if (!text_of(c, a, a->text, &host))
		return ACTION_CALL_OVER;
	slice_cstr(slice_trim(host), x->resolving.host, sizeof x->resolving.host);
	if (!text_of(c, a, a->text2, &port))
		return ACTION_CALL_OVER;
	if (!slice_u64(slice_trim(port), 65535, &number) || number == 0)
		return fail(c, a, FAILURE_INTERNAL, "setdest: port= is no port");
	if (!text_of(c, a, a->text3, &protocol))
		return ACTION_CALL_OVER;
	if (protocol.n &&
	    !slice_ieq_str(slice_trim(protocol), transport_name(s->config->transport)))
		return fail(c, a, FAILURE_INTERNAL,
		            "setdest: another transport than that of the run");
	x->resolving.port = (uint16_t)number;
	x->resolving.family = 0;
	x->resolving.done = destination_found;
	x->resolving_call = c;
	x->is_resolving = true;
	/* A connection goes to where it was made: the next send makes another. */
	if (s->config->transport != SIM_UDP && c->channel) {
		channel_release(c->channel);
		c->channel = NULL;
	}
	struct ip_addr literal;
	if (ip_addr_parse(slice_str(x->resolving.host), &literal)) {
		x->is_resolving = false;
		c->peer = (struct endpoint){ literal, (uint16_t)number };
		return ACTION_GO_ON;
	}
	struct err err = ERR_INIT;
	if (!s->resolver && !(s->resolver = resolver_new(s->loop, &err)))
		return fail(c, a, FAILURE_INTERNAL, err.text);
	if (s->msg_valid && !call_keep_received(c))
		return ACTION_CALL_OVER;
	c->state = CALL_RESOLVING;
	resolver_ask(s->resolver, &x->resolving);
	return ACTION_WAIT;
}

static enum action_result close_connection(struct call *c)
{
	struct channel *channel = c->channel;

	c->channel = NULL;
	if (channel) {
		channel->transport->ops->close_connection(channel);
		channel_release(channel);
	}
	return ACTION_GO_ON;
}

/* --- commands and media ------------------------------------------------------------------------------------------- */

/* Fire and forget, as SIPp: the shell runs it, nobody waits. Twice forked, so that init takes it. */
static enum action_result shell(struct call *c, const struct action *a)
{
	struct slice text;
	char command[4096];

	if (!text_of(c, a, a->text, &text))
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
	case INT_CMD_STOP_NOW: control_stop(control, STOP_CALLS); return ACTION_GO_ON;
	case INT_CMD_STOP_GRACEFULLY: control_stop(control, STOP_GRACEFUL); return ACTION_GO_ON;
	case INT_CMD_STOP_CALL: return fail(c, a, FAILURE_CALL_REJECTED, "stop_call");
	}
	return ACTION_GO_ON;
}

static enum action_result media(struct call *c, const struct action *a)
{
	struct slice argument;
	struct err err = ERR_INIT;

	if (!text_of(c, a, a->text, &argument))
		return ACTION_CALL_OVER;
	if (call_media(c, &err) && media_call_act(c->media, a->media, argument, &err))
		return ACTION_GO_ON;
	counter_add(&c->play->counters->media_failures, 1);
	return fail(c, a, FAILURE_MEDIA, err.text[0] ? err.text : "no media");
}

static enum action_result verify(struct call *c, const struct action *a, struct slice text)
{
	struct station *s = c->station;
	bool ok = false;

	(void)text;
	if (!s->msg_valid)
		return fail(c, a, FAILURE_AUTHENTICATION, "verifyauth belongs into a recv");
	if (!call_verify_auth(c, a, &s->msg, &ok))
		return ACTION_CALL_OVER;
	if (target(a) != SCENARIO_NONE)
		value_set_bool(c, target(a), ok);
	return ACTION_GO_ON;
}

static enum action_result run_one(struct call *c, const struct action *a, struct slice text)
{
	switch (a->kind) {
	case ACTION_EREG: return ereg(c, a, text);
	case ACTION_LOG:
	case ACTION_WARNING:
	case ACTION_ERROR: return say(c, a);
	case ACTION_ASSIGN:
	case ACTION_ADD:
	case ACTION_SUBTRACT:
	case ACTION_MULTIPLY:
	case ACTION_DIVIDE: return arithmetic(c, a);
	case ACTION_ASSIGNSTR: return assign_text(c, a);
	case ACTION_TODOUBLE: return to_double(c, a);
	case ACTION_TEST: return test(c, a);
	case ACTION_STRCMP: return compare_texts(c, a);
	case ACTION_TRIM:
	case ACTION_URLENCODE:
	case ACTION_URLDECODE: return transform(c, a);
	case ACTION_SAMPLE:
		value_set_number(c, target(a),
		                 distribution_sample(&a->distribution, &c->station->random));
		return ACTION_GO_ON;
	case ACTION_GETTIMEOFDAY: return time_of_day(c, a);
	case ACTION_VERIFYAUTH: return verify(c, a, text);
	case ACTION_LOOKUP:
	case ACTION_INSERT:
	case ACTION_REPLACE:
	case ACTION_INDEX: return injected(c, a);
	case ACTION_JUMP: return jump(c, a);
	case ACTION_PAUSERESTORE: return restore_pause(c, a);
	case ACTION_SETDEST: return set_destination(c, a);
	case ACTION_CLOSECON: return close_connection(c);
	case ACTION_EXEC_COMMAND: return shell(c, a);
	case ACTION_EXEC_INT_CMD: return int_cmd(c, a);
	case ACTION_RTP_ECHO:
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
