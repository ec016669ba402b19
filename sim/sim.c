#include "sim/sim_parts.h"

#include "base/mem.h"
#include "sim/transport/resolve.h"
#include "sim/transport/udp_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define TICK_NS      (100 * NS_PER_MS)
#define DEFAULT_PORT 5060
#define MOST_WORKERS 256

/* ---- before the start ---- */

/* Sockets and media ports of many calls at once: as many files as we may have. */
static void raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

static bool is_server(const struct sim_setup *s)
{
	return s->scenario->role == SCENARIO_SERVER;
}

static bool find_target(struct sim_config *c, struct err *err)
{
	uint16_t port = c->transport == SIM_TLS ? DEFAULT_PORT + 1 : DEFAULT_PORT;
	int family = AF_UNSPEC;

	if (!ip_addr_is_any(c->local.addr))
		family = ip_addr_is_v4(c->local.addr) ? AF_INET : AF_INET6;
	if (c->target.port || !c->target_text)
		return true;
	return resolve_now(c->target_text, port, family, &c->target, err);
}

static bool find_addresses(struct sim_setup *s, struct err *err)
{
	struct sim_config *c = &s->config;

	if (!find_target(c, err))
		return false;
	if (!is_server(s) && !c->target.port)
		return err_set(err, ERR_USAGE,
		               "scenario '%.*s' calls, but there is no target to call",
		               SLICE_ARG(s->scenario->name));
	if (!is_server(s) && ip_addr_is_any(c->local.addr))
		return local_address_towards(c->sending_address.port ? c->sending_address
		                                                     : c->target,
		                             c->interface, &c->local.addr, err);
	if (is_server(s) && !c->local.port)
		c->local.port = DEFAULT_PORT;
	return true;
}

uint64_t sim_most_at_once(const struct run *r, double rate)
{
	double pauses = (double)r->scenario->default_pauses;
	double duration_s = (double)r->config->pause_ns / (double)NS_PER_S * pauses;

	return (uint64_t)(3 * rate * (duration_s > 1 ? duration_s : 1)) + 1;
}

static uint64_t most_at_once(const struct run *r)
{
	const struct pace_config *p = &r->config->pace;

	if (r->config->max_concurrent || r->server || p->kind == PACE_CONCURRENT)
		return r->config->max_concurrent;
	return sim_most_at_once(r, p->rate > p->rate_to ? p->rate : p->rate_to);
}

static bool check(const struct sim_setup *s, struct err *err)
{
	const struct sim_config *c = &s->config;

	if (!c->workers || c->workers > MOST_WORKERS)
		return err_set(err, ERR_USAGE, "%u workers: there may be 1 to %d", c->workers,
		               MOST_WORKERS);
	if (c->pace.rate < 0 || !(c->pace.rate <= 1e9))
		return err_set(err, ERR_USAGE, "a rate of %g calls/s cannot be", c->pace.rate);
	return true;
}

static void run_init(struct simulation *m, struct sim_setup *s)
{
	struct run *r = &m->run;
	pthread_condattr_t monotonic;

	*r = (struct run){ .config = &s->config,
		           .scenario = s->scenario,
		           .out_of_call = s->out_of_call,
		           .receive_scenario = s->receive_scenario,
		           .trace = m->hooks->trace,
		           .truth = m->hooks->truth,
		           .server = is_server(s) };
	control_init(&r->control, -1, most_at_once(r), s->config.pace.users);
	r->opening.control = &r->control;
	r->opening.config = &s->config;
	atomic_init(&r->opening.opened, 0);
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static bool open_shared(struct run *r, struct err *err)
{
	const struct sim_config *c = r->config;

	if (c->injection_count) {
		r->injection = injection_open(c->injection, c->injection_count, c->seed, err);
		if (!r->injection)
			return false;
	}
	r->shared = shared_values_new(c, r->scenario, err);
	return r->shared != NULL;
}

static bool open_workers(struct simulation *m, struct err *err)
{
	unsigned wanted = m->run.config->workers;

	m->workers = mem_zalloc(wanted * sizeof *m->workers);
	if (!m->workers)
		return err_memory(err, "workers");
	for (; m->worker_count < wanted; m->worker_count++) {
		struct tap *tap =
		        m->hooks->tap ? m->hooks->tap(m->hooks->context, m->worker_count) : NULL;
		if (!worker_init(&m->workers[m->worker_count], &m->run, m->worker_count, tap, err))
			return false;
	}
	return true;
}

static void simulation_release(struct simulation *m)
{
	for (unsigned i = 0; i < m->worker_count; i++)
		worker_release(&m->workers[i]);
	mem_free(m->workers);
	shared_values_free(m->run.shared);
	injection_free(m->run.injection);
	pthread_cond_destroy(&m->run.changed);
	pthread_mutex_destroy(&m->run.mutex);
}

/* ---- while it runs ---- */

static void wait_for_change(struct run *r, int64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ns += t.tv_nsec;
	t.tv_sec += ns / NS_PER_S;
	t.tv_nsec = ns % NS_PER_S;
	pthread_mutex_lock(&r->mutex);
	while (atomic_load(&r->running) &&
	       pthread_cond_timedwait(&r->changed, &r->mutex, &t) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&r->mutex);
}

static int64_t wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Calls at once follow the rate, where nobody said how many there may be. */
static void set_rate(struct simulation *m, double rate)
{
	struct run *r = &m->run;

	if (rate > 0 && !r->config->max_concurrent)
		atomic_store(&r->control.max_concurrent, sim_most_at_once(r, rate));
	atomic_store(&r->control.rate, rate);
}

static void look_at_search(struct simulation *m)
{
	const struct sim_reading *reading = &m->result->last;
	struct search *s = &m->search;
	struct search_facts f = {
		.now_ns = reading->now_ns,
		.opened = reading->counters.calls_out,
		.failed = reading->counters.failed,
		.retransmissions = reading->counters.retransmissions,
		.live = reading->live,
		.most_live = atomic_load(&m->run.control.max_concurrent),
	};
	double rate = s->rate;

	health_since(m, &m->search_mark, reading->now_ns, &f.health);
	bool over = search_look(s, &f);
	if (s->marked)
		health_mark(m, &m->search_mark, reading->now_ns);
	s->marked = false;
	if (s->rate != rate)
		set_rate(m, s->rate);
	if (over)
		control_stop(&m->run.control, STOP_GRACEFUL);
}

static void tick(struct simulation *m)
{
	struct sim_reading *reading = &m->result->last;

	sim_take_reading(m, reading);
	if (m->run.config->pace.search && !reading->stopping)
		look_at_search(m);
	if (m->hooks->tick)
		m->hooks->tick(m->hooks->context, reading, &m->run.control);
}

static void watch_duration(struct simulation *m)
{
	int64_t most = m->run.config->max_duration_ns;

	if (!most || m->result->timed_out || wall_now() - m->run.started_ns < most)
		return;
	m->result->timed_out = true;
	control_stop(&m->run.control, STOP_CALLS);
}

static void watch_over(struct simulation *m)
{
	while (atomic_load(&m->run.running)) {
		wait_for_change(&m->run, m->tick_ns);
		watch_duration(m);
		if (atomic_load(&m->run.running))
			tick(m);
	}
}

static bool start_workers(struct simulation *m, struct err *err)
{
	struct run *r = &m->run;

	r->started_ns = wall_now();
	health_mark(m, &m->start_mark, r->started_ns);
	if (r->config->pace.search) {
		m->search_mark = m->start_mark;
		search_init(&m->search, &r->config->pace, r->config->max_rate, r->started_ns);
		set_rate(m, m->search.rate);
	}
	atomic_init(&r->running, m->worker_count);
	for (unsigned i = 0; i < m->worker_count; i++)
		if (!worker_start(&m->workers[i], r->started_ns, err)) {
			control_stop(&r->control, STOP_NOW);
			return false;
		}
	return true;
}

static bool run_workers(struct simulation *m, struct err *err)
{
	bool ok = start_workers(m, err);

	if (ok)
		watch_over(m);
	for (unsigned i = 0; i < m->worker_count; i++)
		worker_join(&m->workers[i]);
	if (ok)
		tick(m);
	m->result->search = m->search.result;
	m->result->exit_code = atomic_load(&m->run.control.exit_code);
	m->result->interrupted =
	        !m->result->timed_out && atomic_load(&m->run.control.stop) >= STOP_CALLS;
	return ok;
}

bool sim_run(struct sim_setup *setup, const struct sim_hooks *hooks, struct sim_result *result,
             struct err *err)
{
	struct simulation m = { .hooks = hooks, .result = result };

	*result = (struct sim_result){ 0 };
	m.tick_ns = hooks->tick_ns ? hooks->tick_ns : TICK_NS;
	raise_file_limit();
	if (!check(setup, err) || !find_addresses(setup, err))
		return false;
	if (!counters_init(&result->last.counters, setup->scenario))
		return err_memory(err, "counters");
	run_init(&m, setup);
	sim_control_set(&m.run.control);
	bool ok = open_shared(&m.run, err) && open_workers(&m, err) && run_workers(&m, err);
	sim_control_set(NULL);
	simulation_release(&m);
	if (!ok)
		counters_release(&result->last.counters);
	return ok;
}
