/* 3PCC: commands of the twin to the calls that wait for them. */
#include "sim/engine/call.h"

static struct slice command_call_id(struct slice command)
{
	size_t at = slice_ifind_str(command, "call-id:");
	if (at == SLICE_NPOS)
		return SLICE_NONE;
	struct slice rest = slice_from(command, at + 8);
	size_t end = slice_find(rest, '\n');
	return slice_trim(slice_sub(rest, 0, end == SLICE_NPOS ? rest.n : end));
}

static struct call *waits_for_command(struct station *s)
{
	for (struct list_node *node = s->live.next; node != &s->live; node = node->next) {
		struct call *c = (struct call *)(void *)node;
		if (c->state == CALL_WAITING && call_step(c)->kind == STEP_RECV_CMD)
			return c;
	}
	return NULL;
}

static struct call *call_of_command(struct station *s, struct slice command)
{
	struct slice id = command_call_id(command);
	struct call *c = id.n ? station_find(s, station_key(s, id), 0) : waits_for_command(s);

	if (c || s->setup.scenario->twin != TWIN_RECEIVES_FIRST || !station_accepts_calls(s))
		return c;
	c = call_new(s, &s->plays[PLAY_MAIN], id.n ? id : SLICE_NONE, s->loop->now_ns,
	             SCENARIO_CLIENT);
	if (!c)
		return NULL;
	counter_add(&s->setup.counters->calls_in, 1);
	uint64_t key = c->key;
	call_run(c);
	return station_find(s, key, 0);
}

static void twin_command(void *context, struct slice command, struct endpoint from)
{
	struct station *s = context;

	(void)from;
	s->msg_valid = false;
	struct call *c = call_of_command(s, command);
	if (c)
		call_receive_command(c, command);
	else
		counter_add(&s->setup.counters->out_of_call, 1);
}

static void twin_closed(void *context, const char *why)
{
	struct station *s = context;

	if (s->setup.trace && s->setup.trace->error)
		s->setup.trace->error(s->setup.trace->context, s->loop->now_ns, NULL,
		                      slice_str(why));
	control_stop(s->setup.control, STOP_GRACEFUL);
}

bool station_open_twin(struct station *s, struct err *err)
{
	struct twin_events events = { s, twin_command, twin_closed };

	if (s->setup.scenario->twin == TWIN_NONE)
		return true;
	if (!s->config->twin && !s->config->master && !s->config->slave)
		return err_set(err, ERR_USAGE,
		               "%.*s: the scenario has sendCmd or recvCmd: say where the twin is "
		               "(-3pcc ADDRESS:PORT)",
		               SLICE_ARG(s->setup.scenario->file));
	s->twin = twin_open(s->config, s->setup.scenario->twin == TWIN_SENDS_FIRST, s->loop,
	                    &events, err);
	return s->twin != NULL;
}
