/* One step: <send>, <recv>, <pause>, <timewait>, <nop>, <sendCmd>, <recvCmd>. */
#include "sim/scenario/compile.h"

/* --- of all kinds ------------------------------------------------------------------------------------------------- */

static void step_init(struct step *step, enum step_kind kind, unsigned line)
{
	*step = (struct step){
		.kind = kind,
		.line = line,
		.next = SCENARIO_NONE,
		.test = SCENARIO_NONE,
		.chance = 1,
		.condexec = SCENARIO_NONE,
		.counter = SCENARIO_NONE,
		.timeout_ms = -1,
		.timeout_variable = SCENARIO_NONE,
		.ontimeout = SCENARIO_NONE,
		.lost_percent = -1,
		.start_txn = SCENARIO_NONE,
		.response_txn = SCENARIO_NONE,
		.ack_txn = SCENARIO_NONE,
		.advance_state = true,
		.pause_variable = SCENARIO_NONE,
	};
}

static bool keep(struct compile *c, const char *attribute, struct slice *out)
{
	return arena_keep(&c->s->arena, xml_value(c->node, attribute), out) || compile_memory(c);
}

/* timeout="500", or "$variable". */
static bool compile_timeout(struct compile *c, struct step *step)
{
	if (slice_starts(xml_value(c->node, "timeout"), "$"))
		return name_variable_of(c, "timeout", &step->timeout_variable);
	if (!value_ms(c, "timeout", &step->timeout_ms))
		return false;
	if (step->timeout_ms == 0)
		step->timeout_ms = -1; /* as SIPp: none */
	return true;
}

static bool compile_repeat_rtd(struct compile *c, struct step *step)
{
	bool repeat = false;

	if (!value_bool(c, "repeat_rtd", &repeat))
		return false;
	step->repeat_rtd = repeat ? step->stop_rtd : 0;
	return true;
}

static bool compile_branch(struct compile *c, struct step *step)
{
	if (!name_label_of(c, "next", &step->next) || !name_variable_of(c, "test", &step->test) ||
	    !value_double(c, "chance", &step->chance) ||
	    !name_variable_of(c, "condexec", &step->condexec) ||
	    !value_bool(c, "condexec_inverse", &step->condexec_inverse) ||
	    !name_label_of(c, "ontimeout", &step->ontimeout))
		return false;
	if (step->next >= 0 && (step->chance < 0 || step->chance > 1))
		return compile_fail(c, c->node->line, "chance=\"%g\": from 0 to 1", step->chance);
	return true;
}

/* SIPp takes any number: beyond 100 everything is lost. */
static bool compile_lost(struct compile *c, struct step *step)
{
	double percent = -1;

	if (!value_double(c, "lost", &percent))
		return false;
	step->lost_percent = percent > 100 ? 100 : percent < 0 ? -1 : percent;
	return percent == step->lost_percent ||
	       compile_note(c, step->line, NOTE_LOUD, "lost-range",
	                    "lost=\"%g\" is no percentage: from 0 to 100", percent);
}

static bool compile_common(struct compile *c, struct step *step)
{
	if (!compile_branch(c, step) || !name_rtd(c, "rtd", &step->stop_rtd) ||
	    !name_rtd(c, "start_rtd", &step->start_rtd) || !compile_repeat_rtd(c, step) ||
	    !name_counter(c, &step->counter) || !value_bool(c, "crlf", &step->crlf) ||
	    !value_bool(c, "hide", &step->hide) || !value_bool(c, "hiderest", &step->hiderest) ||
	    !keep(c, "display", &step->display) || !compile_timeout(c, step))
		return false;
	return compile_lost(c, step);
}

static bool compile_step_actions(struct compile *c, struct step *step)
{
	const struct xml_node *node = c->node;

	for (const struct xml_node *child = node->first; child; child = child->next) {
		c->node = child;
		if (!xml_is(child, "action")) {
			if (!compile_note(c, child->line, NOTE_LOUD, "unknown-element",
			                  "<%.*s> inside of <%.*s> does nothing: only <action> may "
			                  "be there",
			                  SLICE_ARG(child->name), SLICE_ARG(node->name)))
				return false;
			continue;
		}
		if (!compile_actions(c, child, &step->actions, &step->action_count))
			return false;
	}
	c->node = node;
	return true;
}

/* --- send --------------------------------------------------------------------------------------------------------- */

static bool compile_message(struct compile *c, struct step *step)
{
	struct slice text;

	if (!message_layout(c, c->node->text, &text))
		return false;
	step->message = template_build(c, text, c->node->text_line, true);
	return step->message != NULL;
}

static bool compile_txns(struct compile *c, struct step *step)
{
	bool is_ack = step->kind == STEP_SEND && step->message->method == SIP_ACK;

	if (!name_txn(c, "start_txn", &step->start_txn) ||
	    !name_txn(c, "ack_txn", &step->ack_txn) ||
	    !name_txn(c, "response_txn", &step->response_txn))
		return false;
	if (step->start_txn >= 0 &&
	    (is_ack || step->kind != STEP_SEND || step->message->is_response))
		return compile_fail(c, step->line,
		                    "start_txn belongs to a <send> of a request other than ACK");
	if (step->ack_txn >= 0 && !is_ack)
		return compile_fail(c, step->line, "ack_txn belongs to a <send> of an ACK");
	if (step->response_txn >= 0 && (step->kind != STEP_RECV || !step->is_response))
		return compile_fail(c, step->line, "response_txn belongs to <recv response=...>");
	return true;
}

static bool compile_send(struct compile *c, struct step *step)
{
	if (!compile_message(c, step) || !value_ms(c, "retrans", &step->retrans_ms))
		return false;
	c->s->needs_retransmission |= step->retrans_ms > 0;
	return compile_txns(c, step);
}

static bool compile_send_cmd(struct compile *c, struct step *step)
{
	return compile_message(c, step) && keep(c, "dest", &step->peer);
}

/* --- recv --------------------------------------------------------------------------------------------------------- */

static bool compile_optional(struct compile *c, struct step *step)
{
	bool optional = false;

	if (slice_ieq_str(slice_trim(xml_value(c->node, "optional")), "global"))
		step->optional = OPTIONAL_GLOBAL;
	else if (!value_bool(c, "optional", &optional))
		return false;
	else if (optional)
		step->optional = OPTIONAL_YES;
	return true;
}

static bool compile_response(struct compile *c, struct step *step, struct slice response)
{
	uint64_t status;

	step->is_response = true;
	if (step->regexp_match) {
		step->regex = compile_regex(c, response, REG_NOSUB);
		return step->regex &&
		       (arena_keep(&c->s->arena, response, &step->request) || compile_memory(c));
	}
	if (!slice_u64(slice_trim(response), 999, &status) || status == 0)
		return compile_fail(c, step->line,
		                    "response=\"%.*s\" is no status code (for a pattern: "
		                    "regexp_match=\"true\")",
		                    SLICE_ARG(response));
	step->response = (int)status;
	return (status >= 100 && status < 700) ||
	       compile_note(
	               c, step->line, NOTE_LOUD, "no-status",
	               "response=\"%d\": status codes are from 100 to 699, this one never comes",
	               step->response);
}

static bool compile_request(struct compile *c, struct step *step, struct slice request)
{
	request = step->regexp_match ? request : slice_trim(request);
	if (!request.n)
		return compile_fail(c, step->line, "request=\"\": which method?");
	if (!arena_keep(&c->s->arena, request, &step->request))
		return compile_memory(c);
	if (step->regexp_match)
		step->regex = compile_regex(c, request, REG_NOSUB);
	else
		step->method = sip_method_of(request);
	return !step->regexp_match || step->regex;
}

static bool compile_expected(struct compile *c, struct step *step)
{
	struct slice request = xml_value(c->node, "request"),
	             response = xml_value(c->node, "response");

	if (!value_bool(c, "regexp_match", &step->regexp_match))
		return false;
	if (!request.p && !response.p)
		return compile_fail(c, step->line,
		                    "<recv> needs request=\"METHOD\" or response=\"STATUS\"");
	if (request.p && response.p &&
	    !compile_note(c, step->line, NOTE_LOUD, "request-and-response",
	                  "request= and response= at once: the request counts"))
		return false;
	return request.p ? compile_request(c, step, request) : compile_response(c, step, response);
}

static bool compile_recv(struct compile *c, struct step *step)
{
	if (!compile_expected(c, step) || !compile_optional(c, step) ||
	    !value_bool(c, "rrs", &step->rrs) || !value_bool(c, "auth", &step->auth) ||
	    !value_bool(c, "ignoresdp", &step->ignoresdp) ||
	    !value_bool(c, "advance_state", &step->advance_state) || !compile_txns(c, step))
		return false;
	if (!step->advance_state && step->optional == OPTIONAL_NO)
		return compile_fail(c, step->line,
		                    "advance_state=\"false\" belongs to an optional <recv>");
	c->s->has_auth |= step->auth;
	return true;
}

/* --- pause -------------------------------------------------------------------------------------------------------- */

static bool compile_pause(struct compile *c, struct step *step)
{
	int ms = -1;

	step->sanity_check = true;
	if (!value_bool(c, "sanity_check", &step->sanity_check) ||
	    !value_ms(c, "milliseconds", &ms) ||
	    !name_variable_of(c, "variable", &step->pause_variable))
		return false;
	bool drawn = has_distribution(c->node), variable = step->pause_variable >= 0;
	if ((ms >= 0) + variable + drawn > 1 &&
	    !compile_note(c, step->line, NOTE_LOUD, "pause-twice",
	                  "<pause> says more than once how long: the %s counts",
	                  variable ? "variable" : "distribution"))
		return false;
	if (drawn && !variable)
		return compile_distribution(c, &step->duration);
	step->duration = (struct distribution){ .kind = DISTRIBUTION_FIXED, .a = ms >= 0 ? ms : 0 };
	step->pause_default = ms < 0 && !variable;
	c->s->default_pauses += step->pause_default;
	return true;
}

static bool compile_timewait(struct compile *c, struct step *step)
{
	if (c->in_init || step != &c->s->steps[c->s->step_count - 1])
		return compile_fail(c, step->line, "<timewait> is the last step of a scenario");
	if (step->ontimeout >= 0 || step->next >= 0)
		return compile_fail(c, step->line,
		                    "nothing comes after <timewait>: no next, no ontimeout");
	step->is_timewait = true;
	return compile_pause(c, step);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static const struct kind {
	const char *element;
	enum step_kind kind;
	bool (*compile)(struct compile *c, struct step *step);
} kinds[] = {
	{ "send", STEP_SEND, compile_send },
	{ "recv", STEP_RECV, compile_recv },
	{ "pause", STEP_PAUSE, compile_pause },
	{ "timewait", STEP_PAUSE, compile_timewait },
	{ "nop", STEP_NOP, NULL },
	{ "sendCmd", STEP_SEND_CMD, compile_send_cmd },
	{ "recvCmd", STEP_RECV_CMD, NULL },
};

bool compile_step(struct compile *c, const struct xml_node *node, struct step *step)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const struct kind *kind = &kinds[i];
		if (!xml_is(node, kind->element))
			continue;
		step_init(step, kind->kind, node->line);
		if (!compile_common(c, step) || (kind->compile && !kind->compile(c, step)))
			return false;
		if (kind->kind == STEP_RECV_CMD && !keep(c, "src", &step->peer))
			return false;
		return compile_step_actions(c, step);
	}
	return compile_fail(c, node->line, "<%.*s> is no step", SLICE_ARG(node->name));
}
