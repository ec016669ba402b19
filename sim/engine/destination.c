/* Actions that say where to go: another step, another address. */
#include "sim/engine/action.h"
#include "sim/engine/keywords.h"

enum action_result action_jump(struct call *c, const struct action *a)
{
	double step = action_operand(c, a);

	if (!(step >= 0 && step < c->play->scenario->step_count))
		return action_fail(c, a, FAILURE_INTERNAL, "jump: there is no such step");
	c->step = (int)step;
	return ACTION_JUMPED;
}

/* Back into a pause with what was left of it. */
enum action_result action_pauserestore(struct call *c, const struct action *a)
{
	double ms = action_operand(c, a);

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

enum action_result action_setdest(struct call *c, const struct action *a)
{
	struct station *s = c->station;
	struct slice host, port, protocol;
	struct call_extra *x = call_extra(c);
	uint64_t number;

	if (!x)
		return ACTION_CALL_OVER;
	if (x->is_resolving)
		return action_fail(c, a, FAILURE_INTERNAL,
		                   "setdest: the one before still waits for its name");
	if (!action_text(c, a, a->text, &host))
		return ACTION_CALL_OVER;
	slice_cstr(slice_trim(host), x->resolving.host, sizeof x->resolving.host);
	if (!action_text(c, a, a->text2, &port))
		return ACTION_CALL_OVER;
	if (!slice_u64(slice_trim(port), 65535, &number) || number == 0)
		return action_fail(c, a, FAILURE_INTERNAL, "setdest: port= is no port");
	if (!action_text(c, a, a->text3, &protocol))
		return ACTION_CALL_OVER;
	if (protocol.n &&
	    !slice_ieq_str(slice_trim(protocol), transport_name(s->config->transport)))
		return action_fail(c, a, FAILURE_INTERNAL,
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
		return action_fail(c, a, FAILURE_INTERNAL, err.text);
	if (s->msg_valid && !call_keep_received(c))
		return ACTION_CALL_OVER;
	c->state = CALL_RESOLVING;
	resolver_ask(s->resolver, &x->resolving);
	return ACTION_WAIT;
}

enum action_result action_closecon(struct call *c)
{
	struct channel *channel = c->channel;

	c->channel = NULL;
	if (channel) {
		channel->transport->ops->close_connection(channel);
		channel_release(channel);
	}
	return ACTION_GO_ON;
}
