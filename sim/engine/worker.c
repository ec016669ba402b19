#include "sim/engine/worker.h"

#include "base/mem.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Nobody waits longer than this before it looks at the control again. */
#define LOOK_AGAIN_NS (50 * NS_PER_MS)
/* Calls that were told to end have this long, some retransmissions of BYE and CANCEL; then they are gone without a word. */
#define LAST_WORDS_NS (5 * NS_PER_S)
/* Linux lets sleepers sleep 50 us longer to wake several at once: RTP wants to leave on time. */
#define TIMER_SLACK_NS 5000UL
#define CPU_EVERY_NS   (100 * NS_PER_MS)

/* ---- setting up ---- */

static bool open_station(struct worker *w, struct err *err)
{
	struct run *r = w->run;
	struct station_setup setup = {
		.config = r->config,
		.scenario = r->scenario,
		.out_of_call = r->out_of_call,
		.receive_scenario = r->receive_scenario,
		.loop = &w->loop,
		.control = &r->control,
		.shared = r->shared,
		.injection = r->injection,
		.counters = &w->counters,
		.trace = r->trace,
		.truth = r->truth,
		.tap = w->tap,
		.worker = w->number,
		.call_over = opener_user_free,
		.call_over_context = &w->opener,
	};

	w->station = station_new(&setup, err);
	return w->station != NULL;
}

static bool open_transport(struct worker *w, struct err *err)
{
	struct run *r = w->run;
	struct transport_events events = station_events(w->station);

	w->transport = r->config->transport == SIM_UDP
	                       ? transport_udp(r->config, &w->loop, &events, w->tap, r->server,
	                                       w->number, err)
	                       : transport_tcp(r->config, &w->loop, &events, w->tap, r->server,
	                                       w->number, err);
	if (!w->transport)
		return false;
	return station_transport(w->station, w->transport, err);
}

bool worker_init(struct worker *w, struct run *run, unsigned number, struct tap *tap,
                 struct err *err)
{
	*w = (struct worker){ .run = run, .number = number, .tap = tap, .give_up_ns = INT64_MAX };
	if (!counters_init(&w->counters, run->scenario))
		return err_memory(err, "counters");
	if (!loop_init(&w->loop, false, 0, err)) {
		counters_release(&w->counters);
		return false;
	}
	if (open_station(w, err) && open_transport(w, err) &&
	    opener_init(&w->opener, &run->opening, w->station, number, w->loop.now_ns, err))
		return true;
	worker_release(w);
	return false;
}

void worker_release(struct worker *w)
{
	if (w->station)
		station_free(w->station);
	transport_free(w->transport);
	opener_release(&w->opener);
	loop_release(&w->loop);
	counters_release(&w->counters);
	w->station = NULL;
	w->transport = NULL;
}

/* ---- the end ---- */

/* True: it is over. */
static bool obey_stop(struct worker *w, int stop)
{
	if (stop >= STOP_NOW || w->loop.now_ns >= w->give_up_ns)
		return true;
	if (stop >= STOP_CALLS && !w->aborted) {
		w->aborted = true;
		w->give_up_ns = w->loop.now_ns + LAST_WORDS_NS;
		station_abort_calls(w->station);
	}
	return (stop >= STOP_GRACEFUL || (!w->run->server && w->opener.exhausted)) &&
	       station_idle(w->station);
}

/* A server has been called as often as it was told to: SIPp's -m. */
static void count_served(struct worker *w)
{
	struct run *r = w->run;
	uint64_t most = r->config->max_calls;

	if (r->server && most &&
	    atomic_load_explicit(&r->control.calls_ended, memory_order_relaxed) >= most)
		control_stop(&r->control, STOP_GRACEFUL);
}

/* ---- turning ---- */

static void note_cpu(struct worker *w)
{
	struct rusage u;

	w->cpu_noted_ns = w->loop.now_ns;
	if (getrusage(RUSAGE_THREAD, &u) != 0)
		return;
	int64_t us = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	             u.ru_utime.tv_usec + u.ru_stime.tv_usec;
	atomic_store_explicit(&w->cpu_ns, us * NS_PER_US, memory_order_relaxed);
}

static bool worker_turn(struct worker *w)
{
	struct run *r = w->run;
	int stop = atomic_load_explicit(&r->control.stop, memory_order_relaxed);
	int64_t until = w->loop.now_ns + LOOK_AGAIN_NS;

	if (stop == STOP_NO && !r->server) {
		int64_t next = opener_run(&w->opener, w->loop.now_ns);
		until = next < until ? next : until;
	}
	count_served(w);
	if (obey_stop(w, stop))
		return false;
	loop_turn(&w->loop, until);
	atomic_store_explicit(&w->live, station_live(w->station), memory_order_relaxed);
	return true;
}

/* One core each, of those we may use. */
static void pin(const struct worker *w)
{
	cpu_set_t may, one;

	if (w->run->config->workers < 2 || !w->run->config->pin_workers ||
	    sched_getaffinity(0, sizeof may, &may) != 0 || !CPU_COUNT(&may))
		return;
	unsigned skip = w->number % (unsigned)CPU_COUNT(&may);
	size_t cpu = 0;
	while (!CPU_ISSET(cpu, &may) || skip--)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

static void tell_main(struct run *r)
{
	pthread_mutex_lock(&r->mutex);
	atomic_fetch_sub(&r->running, 1);
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->mutex);
}

static void *worker_run(void *context)
{
	struct worker *w = context;

	pin(w);
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	loop_look(&w->loop);
	while (worker_turn(w))
		if (w->loop.now_ns - w->cpu_noted_ns > CPU_EVERY_NS)
			note_cpu(w);
	w->transport->ops->flush(w->transport);
	note_cpu(w);
	tell_main(w->run);
	return NULL;
}

/* Signals are the main thread's. */
bool worker_start(struct worker *w, int64_t started_ns, struct err *err)
{
	sigset_t all, before;

	pace_init(&w->opener.pace, &w->run->config->pace, w->number, w->run->config->workers,
	          w->run->config->seed, started_ns);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&w->thread, NULL, worker_run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return err_set(err, ERR_IO, "cannot start a worker: %s", strerror(error));
	w->started = true;
	return true;
}

void worker_join(struct worker *w)
{
	if (w->started)
		pthread_join(w->thread, NULL);
	w->started = false;
}
