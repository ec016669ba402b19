/* Both sides of every call on one loop, in simulated time: the loop jumps from timer to timer, the network in memory is one of them. */
#include "base/mem.h"
#include "sim/engine/opener.h"
#include "sim/engine/station.h"
#include "sim/sim.h"
#include "sim/transport/memory.h"
#include "sim/transport/resolve.h"

#include <stdio.h>

/* How long the side that was called may go on when the caller is through: 64 x T1 (RFC 3261 17), and then to hang up. */
#define LAST_CALLS_NS (40 * NS_PER_S)
#define LAST_WORDS_NS (5 * NS_PER_S)
#define TICK_NS       (100 * NS_PER_MS)
#define SIDE_B_SEED   UINT64_C(0x5DEECE66D)

struct side {
	struct sim_setup *setup;
	struct control control;
	struct counters counters;
	struct shared_values *shared;
	struct injection *injection;
	struct station *station;
	struct transport *transport;
	struct opener_shared opening;
	struct opener opener;
	bool calls; /* it opens calls, and does not only wait for them */
	bool aborted, timed_out, stuck, interrupted;
};

struct virtual_run {
	struct loop loop;
	struct memory_network network;
	struct side a, b;
	const struct sim_hooks *hooks;
	int64_t started_ns, ended_ns, next_tick_ns, deadline_ns; /* ended: the caller was through */
};

/* --- setting up --------------------------------------------------------------------------------------------------- */

/* Addresses for documentation (RFC 5737), unless others are given. */
static void settle_address(struct endpoint *e, uint8_t net, uint8_t host)
{
	const uint8_t quad[4] = { net == 2 ? 192 : 198, net == 2 ? 0 : 51, net == 2 ? 2 : 100,
		                  host };

	if (ip_addr_is_any(e->addr))
		e->addr = ip_addr_v4(quad);
	if (!e->port)
		e->port = 5060;
}

/* --target is where the other side is. Nothing is looked up: it is an address of this network alone. */
static bool settle_target(const struct sim_config *a, struct sim_config *b, struct err *err)
{
	struct slice host;

	if (b->bind_local && endpoint_eq(b->local, a->local))
		b->local = (struct endpoint){ .port = 0 }; /* --local is the caller's */
	if (!a->target_text)
		return true;
	if (!host_parse(slice_str(a->target_text), &host, &b->local.port) ||
	    !ip_addr_parse(host, &b->local.addr))
		return err_set(err, ERR_USAGE,
		               "'%.200s' is no address: in virtual time the target is one, as "
		               "203.0.113.7 or 203.0.113.7:5060",
		               a->target_text);
	return true;
}

static bool settle(struct sim_config *a, struct sim_config *b, struct err *err)
{
	if (!settle_target(a, b, err))
		return false;
	settle_address(&a->local, 2, 10);
	settle_address(&b->local, 3, 20);
	if (ip_addr_is_v4(a->local.addr) != ip_addr_is_v4(b->local.addr))
		return err_set(
		        err, ERR_USAGE,
		        "one side has an IPv4 address, the other one of IPv6: give both with "
		        "--local and --target");
	a->target = b->local;
	b->target = a->local;
	a->start_ns = b->start_ns = a->start_ns ? a->start_ns : SIM_VIRTUAL_START_NS;
	b->seed = a->seed ^ SIDE_B_SEED;
	a->process_id = 1;
	b->process_id = 2;
	a->workers = b->workers = 1;
	a->virtual_time = b->virtual_time = true;
	/* Only the caller's own settings end the run. */
	b->max_calls = 0;
	b->max_duration_ns = 0;
	return true;
}

static bool open_side(struct virtual_run *v, struct side *s, struct sim_setup *setup,
                      unsigned number, struct err *err)
{
	const struct sim_config *config = &setup->config;
	struct tap *tap = number == 0 && v->hooks->tap ? v->hooks->tap(v->hooks->context, 0) : NULL;

	s->setup = setup;
	s->calls = setup->scenario->role == SCENARIO_CLIENT;
	control_init(&s->control, -1, config->max_concurrent, config->pace.users);
	s->opening = (struct opener_shared){ .control = &s->control, .config = config };
	if (!counters_init(&s->counters, setup->scenario))
		return err_memory(err, "counters");
	s->shared = shared_values_new(config, setup->scenario, err);
	if (!s->shared)
		return false;
	if (config->injection_count) {
		s->injection = injection_open(config->injection, config->injection_count,
		                              config->seed, err);
		if (!s->injection)
			return false;
	}
	struct station_setup station = {
		.config = config,
		.scenario = setup->scenario,
		.out_of_call = setup->out_of_call,
		.receive_scenario = setup->receive_scenario,
		.loop = &v->loop,
		.control = &s->control,
		.shared = s->shared,
		.injection = s->injection,
		.counters = &s->counters,
		.trace = v->hooks->trace,
		.truth = v->hooks->truth,
		.tap = tap,
		.media_network = &v->network.media,
		.worker = 0, /* of one, each side for itself */
		.call_over = opener_user_free,
		.call_over_context = &s->opener,
	};
	s->station = station_new(&station, err);
	if (!s->station)
		return false;
	struct transport_events events = station_events(s->station);
	s->transport = transport_memory(config, &v->network, &events, tap, err);
	if (!s->transport)
		return false;
	if (!station_transport(s->station, s->transport, err))
		return false;
	return opener_init(&s->opener, &s->opening, s->station, 0, v->loop.now_ns, err);
}

static void close_side(struct side *s)
{
	if (s->station)
		station_free(s->station);
	transport_free(s->transport);
	opener_release(&s->opener);
	injection_free(s->injection);
	shared_values_free(s->shared);
	counters_release(&s->counters);
}

/* --- going on ----------------------------------------------------------------------------------------------------- */

static void read_side(const struct virtual_run *v, const struct side *s, struct sim_reading *out)
{
	*out = (struct sim_reading){
		.now_ns = v->loop.now_ns,
		.started_ns = v->started_ns,
		.target_rate = s->calls ? pace_rate(&s->opener.pace, v->loop.now_ns) : 0,
		.live = station_live(s->station),
		.counters = s->counters,
		.transport = s->transport->counts,
		.stopping = atomic_load(&s->control.stop) != STOP_NO,
	};
	const struct media_counts *media = station_media_counts(s->station);
	if (media)
		out->media = *media;
}

static void tick(struct virtual_run *v)
{
	struct sim_reading reading;

	if (!v->hooks->tick)
		return;
	read_side(v, &v->a, &reading);
	v->hooks->tick(v->hooks->context, &reading, &v->a.control);
}

static void tick_when_due(struct virtual_run *v)
{
	int64_t every = v->hooks->tick_ns ? v->hooks->tick_ns : TICK_NS;

	if (v->loop.now_ns < v->next_tick_ns)
		return;
	tick(v);
	v->next_tick_ns += every;
}

static void abort_calls(struct side *s)
{
	if (s->aborted)
		return;
	s->aborted = true;
	control_stop(&s->control, STOP_CALLS);
	station_abort_calls(s->station);
}

/* What this side opens now; returns when it will again. */
static int64_t open_calls(struct virtual_run *v, struct side *s)
{
	if (!s->calls || atomic_load(&s->control.stop) != STOP_NO)
		return INT64_MAX;
	return opener_run(&s->opener, v->loop.now_ns);
}

static bool is_through(const struct side *s)
{
	bool more = s->calls && !s->opener.exhausted && atomic_load(&s->control.stop) == STOP_NO;

	return !more && station_idle(s->station);
}

/* Nothing is under way and no timer runs: those who wait will wait for ever. */
static bool nothing_will_happen(const struct virtual_run *v, int64_t next_call_ns)
{
	return v->loop.wheel.count == 0 && next_call_ns == INT64_MAX;
}

/* One turn, not beyond `until_ns`. False: there is no use in another. */
static bool turn(struct virtual_run *v, int64_t until_ns)
{
	int64_t next = open_calls(v, &v->a), next_b = open_calls(v, &v->b);

	if (next_b < next)
		next = next_b;
	if (nothing_will_happen(v, next))
		return false;
	if (next < until_ns)
		until_ns = next;
	loop_turn(&v->loop, v->next_tick_ns < until_ns ? v->next_tick_ns : until_ns);
	tick_when_due(v);
	return true;
}

static bool stopped_at_once(const struct virtual_run *v)
{
	return atomic_load(&v->a.control.stop) >= STOP_NOW;
}

/* Until the caller is through, or its time is up. */
static void run_calls(struct virtual_run *v)
{
	struct side *a = &v->a;

	while (!is_through(a) && !stopped_at_once(v)) {
		if (atomic_load(&a->control.stop) >= STOP_CALLS) {
			a->interrupted |= !a->aborted;
			abort_calls(a);
		}
		if (!turn(v, v->deadline_ns)) {
			if (a->aborted)
				return;
			a->stuck = station_live(a->station) > 0;
			abort_calls(a);
		}
		if (v->loop.now_ns < v->deadline_ns)
			continue;
		if (a->aborted)
			return;
		a->timed_out = true;
		v->deadline_ns = v->loop.now_ns + LAST_WORDS_NS;
		abort_calls(a);
	}
}

/* Until the other side is through too, within this time. */
static void run_rest(struct virtual_run *v, int64_t within_ns)
{
	int64_t until_ns = v->loop.now_ns + within_ns;

	while (!is_through(&v->b) && !stopped_at_once(v) && v->loop.now_ns < until_ns)
		if (!turn(v, until_ns))
			return;
}

static void run_all(struct virtual_run *v)
{
	sim_control_set(&v->a.control);
	run_calls(v);
	v->ended_ns = v->loop.now_ns;
	control_stop(&v->a.control, STOP_GRACEFUL);
	control_stop(&v->b.control, STOP_GRACEFUL);
	run_rest(v, LAST_CALLS_NS);
	if (!is_through(&v->b) && !stopped_at_once(v)) {
		abort_calls(&v->b);
		run_rest(v, LAST_WORDS_NS);
	}
	sim_control_set(NULL);
	tick(v);
}

static void give_result(struct virtual_run *v, struct side *s, struct sim_result *out)
{
	*out = (struct sim_result){ 0 };
	read_side(v, s, &out->last);
	out->last.now_ns = v->ended_ns;
	out->last.media.late = NULL; /* it goes with the station, and nothing is late here */
	s->counters = (struct counters){ 0 }; /* they are the caller's now */
	out->timed_out = s->timed_out;
	out->interrupted = s->interrupted;
	out->exit_code = atomic_load(&s->control.exit_code);
	if (s->stuck)
		snprintf(out->note, sizeof out->note,
		         "calls waited for what would never have come: nothing was under way, no "
		         "timer ran");
}

static void release(struct virtual_run *v)
{
	close_side(&v->a);
	close_side(&v->b);
	memory_network_release(&v->network);
	loop_release(&v->loop);
	mem_free(v);
}

bool sim_run_virtual(struct sim_setup *a, struct sim_setup *b, const struct sim_hooks *hooks,
                     struct sim_result *result_a, struct sim_result *result_b, struct err *err)
{
	struct virtual_run *v = mem_zalloc(sizeof *v);
	const struct sim_config *c = &a->config;

	if (!v)
		return err_memory(err, "the simulation");
	v->hooks = hooks;
	if (!settle(&a->config, &b->config, err) || !loop_init(&v->loop, true, c->start_ns, err)) {
		mem_free(v);
		return false;
	}
	memory_network_init(&v->network, &v->loop,
	                    c->latency_ns ? c->latency_ns : MEMORY_DEFAULT_LATENCY);
	v->started_ns = c->start_ns;
	v->next_tick_ns = c->start_ns + (hooks->tick_ns ? hooks->tick_ns : TICK_NS);
	v->deadline_ns = c->max_duration_ns ? c->start_ns + c->max_duration_ns : INT64_MAX;
	bool ok = open_side(v, &v->a, a, 0, err) && open_side(v, &v->b, b, 1, err);
	if (ok) {
		run_all(v);
		give_result(v, &v->a, result_a);
		give_result(v, &v->b, result_b);
	}
	release(v);
	return ok;
}
