/* A run of the SIPp door: signals, files and screens, records. */
#include "cli/sipp_run.h"

#include "cli/output.h"
#include "cli/record.h"
#include "sim/sipp/session.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* ---- signals ---- */

/* What USR2 asks of; signal handlers have no other way to it. */
static struct sipp_session *session_running;

static void on_signal(int number)
{
	struct control *control = sim_control();

	if (number == SIGUSR2 && session_running)
		session_running->dump_wanted = 1;
	if (!control || number == SIGUSR2)
		return;
	if (number == SIGUSR1)
		control_stop(control, STOP_GRACEFUL);
	else
		control_stop(control,
		             atomic_load(&control->stop) < STOP_CALLS ? STOP_CALLS : STOP_NOW);
}

static void catch_signals(void)
{
	const int numbers[] = { SIGUSR1, SIGUSR2, SIGINT, SIGTERM, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- records ---- */

/* Who hears of the run: the session, and beside it a recorder. */
struct listeners {
	struct sipp_session *session;
	struct sim_hooks of_session;
	struct recorder *recorder; /* NULL: nobody records */
};

static void tick(void *context, const struct sim_reading *reading, struct control *control)
{
	struct listeners *l = context;

	l->of_session.tick(l->of_session.context, reading, control);
	if (l->recorder && recorder_failed(l->recorder))
		control_stop(control, STOP_CALLS);
}

static struct tap *tap_of(void *context, unsigned worker)
{
	struct listeners *l = context;

	return l->recorder ? recorder_tap(l->recorder, worker) : NULL;
}

static bool open_recorder(struct listeners *l, const struct sipp_settings *s, struct slice command,
                          struct err *err)
{
	const struct record_options options = { .database = s->record,
		                                .capture = s->capture,
		                                .command = command,
		                                .version = slice_str(MILLIWATT_VERSION),
		                                .started_us = clock_wall_us(),
		                                .workers = s->config.workers };

	if (!s->record && !s->capture)
		return true;
	l->recorder = recorder_new(&options, err);
	return l->recorder;
}

static bool finish_records(struct listeners *l, const struct scenario *scenario,
                           const struct sim_result *result, struct err *err)
{
	struct slice note = SLICE_NONE;

	if (!l->recorder)
		return true;
	uint64_t lost = recorder_drain(l->recorder);
	recorder_steps(l->recorder, scenario, &result->last.counters);
	if (lost)
		note = SLICE_LIT("more was sent and received than could be recorded");
	else if (result->interrupted)
		note = SLICE_LIT("the run was interrupted");
	else if (result->last.health.limited)
		note = slice_str(result->last.health.why);
	return recorder_finish(l->recorder, note, clock_wall_us(), err);
}

/* ---- the run ---- */

/* What the screens do not say. */
static void tell_end(const struct sipp_settings *s, const struct traces *traces,
                     const struct sim_result *r, bool timed_out)
{
	const struct counters *c = &r->last.counters;

	if (timed_out && s->config.max_calls && c->ended < s->config.max_calls)
		fprintf(stderr,
		        "milliwatt sipp: -timeout ended the run after %llu calls; -m asked for "
		        "%llu\n",
		        (unsigned long long)c->ended, (unsigned long long)s->config.max_calls);
	if (traces->errors)
		fprintf(stderr, "milliwatt sipp: %s\n", traces->first_error);
	if (traces->errors > 1)
		fprintf(stderr, "milliwatt sipp: ... and %llu more: -trace_err writes them down\n",
		        (unsigned long long)traces->errors - 1);
	if (r->note[0])
		fprintf(stderr, "milliwatt sipp: %s\n", r->note);
	if (r->last.health.limited)
		fprintf(stderr, "milliwatt sipp: we were the limit, not the peer: %s\n",
		        r->last.health.why);
}

static int code_of(const struct sipp_settings *s, const struct sipp_session *session,
                   struct sim_result *result)
{
	result->timed_out = session->timed_out;
	if (result->timed_out && s->config.duration_is_error)
		return SIPP_EXIT_FATAL;
	return sipp_exit_code(result);
}

/* Runs it; the exit code of how it ended. */
static int play(const struct sipp_settings *s, struct sim_setup *setup, struct listeners *l,
                struct err *err)
{
	struct sim_hooks hooks = l->of_session;
	struct sim_result result = { 0 };

	hooks.context = l;
	hooks.tick = tick;
	hooks.tap = tap_of;
	if (l->recorder)
		hooks.truth = recorder_truth(l->recorder);
	if (!sim_run(setup, &hooks, &result, err)) {
		sipp_session_fatal(l->session, err);
		output_error("sipp", err);
		return SIPP_EXIT_FATAL;
	}
	sipp_session_last_screens(l->session, &result.last);
	tell_end(s, &l->session->traces, &result, l->session->timed_out);
	int code = code_of(s, l->session, &result);
	if (!finish_records(l, setup->scenario, &result, err)) {
		output_error("sipp", err);
		code = SIPP_EXIT_FATAL;
	}
	counters_release(&result.last.counters);
	return code;
}

static int play_recorded(const struct sipp_settings *s, struct sim_setup *setup,
                         struct sipp_session *session, struct slice command, struct err *err)
{
	struct listeners l = { .session = session };

	if (!open_recorder(&l, s, command, err)) {
		output_error("sipp", err);
		return SIPP_EXIT_FATAL;
	}
	l.of_session = sipp_session_hooks(session);
	int code = play(s, setup, &l, err);
	recorder_free(l.recorder);
	return code;
}

int sipp_run(const struct sipp_settings *s, const struct sipp_scenarios *scenarios,
             struct slice command, struct err *err)
{
	struct sim_setup setup = { .config = s->config,
		                   .scenario = scenarios->main,
		                   .out_of_call = scenarios->out_of_call,
		                   .receive_scenario = scenarios->receive };

	setup.config.process_id = getpid();
	setup.config.max_duration_ns = 0; /* the session watches it: SIPp's end is a graceful one */
	struct sipp_session *session = sipp_session_open(s, &setup, err);
	if (!session) {
		output_error("sipp", err);
		return SIPP_EXIT_FATAL;
	}
	session_running = session;
	catch_signals();
	int code = play_recorded(s, &setup, session, command, err);
	session_running = NULL;
	if (!sipp_session_close(session, err))
		output_error("sipp", err);
	return code;
}
