/* milliwatt sim: places or answers calls as a scenario says. */
#include "sim/sim.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/record.h"
#include "cli/sim_json.h"
#include "cli/sim_options.h"
#include "cli/sim_plan.h"
#include "cli/sim_reasons.h"
#include "cli/sim_report.h"
#include "cli/sim_scenario.h"
#include "cli/sim_watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct session {
	struct sim_options options;
	struct scenario *scenario, *peer; /* peer: NULL but in a virtual run */
	struct sim_setup setup, peer_setup;
	struct sim_result result, peer_result;
	struct sim_watch watch;
	struct sim_reasons reasons;
	struct text command;
};

/* --- signals ------------------------------------------------------------------------------------------------------ */

/* How many came: the only state of the process that changes here, since a handler can reach no other. */
static volatile sig_atomic_t interruptions;

static void note_signal(int number)
{
	struct control *control = sim_control();

	(void)number;
	interruptions = interruptions + 1;
	if (control)
		control_stop(control, interruptions > 1 ? STOP_NOW : STOP_CALLS);
	else if (interruptions > 1)
		_exit(SIM_INTERRUPTED);
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

static void catch_signals(struct sigaction before[static STOP_SIGNALS])
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		sigaction(stop_signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN); /* a pipe that nobody reads is told by what is written into it */
}

static void let_go_signals(const struct sigaction before[static STOP_SIGNALS])
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &before[i], NULL);
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static int dry_run(const struct session *s, struct err *err)
{
	struct text out;

	text_init(&out);
	sim_say_plan(&s->options, s->scenario, s->peer, &out);
	bool ok = output_write(NULL, &out, err);
	text_release(&out);
	return ok ? SIM_SUCCEEDED : SIM_CANNOT_RUN;
}

static bool load(struct session *s, struct err *err)
{
	struct sim_options *o = &s->options;

	s->scenario = sim_scenario_load(o->scenario ? o->scenario : "uac", &o->config, err);
	if (s->scenario && o->config.virtual_time)
		s->peer = sim_scenario_load(o->peer ? o->peer : "uas", &o->config, err);
	if (!s->scenario || (o->config.virtual_time && !s->peer))
		return false;
	if (!sim_options_settle(o, s->scenario->role == SCENARIO_CLIENT, err))
		return false;
	if (o->passwords && *credential_list_warning(o->passwords))
		fprintf(stderr, "milliwatt sim: %s\n", credential_list_warning(o->passwords));
	s->setup = (struct sim_setup){ .config = o->config, .scenario = s->scenario };
	s->peer_setup = (struct sim_setup){ .config = o->config, .scenario = s->peer };
	return true;
}

static void tick(void *context, const struct sim_reading *reading, struct control *control)
{
	sim_watch_tick(context, reading, control);
}

static struct tap *tap_of(void *context, unsigned worker)
{
	const struct sim_watch *w = context;

	return w->recorder ? recorder_tap(w->recorder, worker) : NULL;
}

static bool simulate(struct session *s, struct err *err)
{
	struct sim_hooks hooks = {
		.context = &s->watch, .tick = tick, .tap = tap_of, .trace = &s->reasons.trace
	};

	if (s->watch.recorder)
		hooks.truth = recorder_truth(s->watch.recorder);
	if (s->options.config.virtual_time)
		return sim_run_virtual(&s->setup, &s->peer_setup, &hooks, &s->result,
		                       &s->peer_result, err);
	return sim_run(&s->setup, &hooks, &s->result, err);
}

static bool open_recorder(struct session *s, struct err *err)
{
	const struct sim_options *o = &s->options;
	bool virtual_time = o->config.virtual_time;
	struct record_options options = {
		.database = o->record,
		.capture = o->capture,
		.command = slice_str(text_cstr(&s->command)),
		.version = slice_str(MILLIWATT_VERSION),
		.started_us = virtual_time ? SIM_VIRTUAL_START_NS / NS_PER_US : clock_wall_us(),
		.from_the_past = virtual_time,
		.workers = o->config.workers,
		.synchronous = virtual_time,
	};

	if (!o->record && !o->capture)
		return true;
	s->watch.recorder = recorder_new(&options, err);
	return s->watch.recorder != NULL;
}

/* Why the records are not all there is; absent: they are. */
static struct slice record_note(const struct sim_ended *ended, struct text *note)
{
	const struct sim_health *h = &ended->result->last.health;

	if (!ended->unrecorded && !h->limited && !ended->result->interrupted)
		return SLICE_NONE;
	sim_report_verdict(ended, note);
	return slice_str(text_cstr(note));
}

static bool finish_records(struct session *s, struct sim_ended *ended, struct err *err)
{
	struct recorder *r = s->watch.recorder;
	bool virtual_time = s->options.config.virtual_time;
	struct text note;

	if (!r)
		return true;
	ended->unrecorded = recorder_drain(r);
	recorder_steps(r, s->scenario, &s->result.last.counters);
	if (virtual_time)
		recorder_steps(r, s->peer, &s->peer_result.last.counters);
	text_init(&note);
	bool ok = recorder_finish(
	        r, record_note(ended, &note),
	        virtual_time ? s->result.last.now_ns / NS_PER_US : clock_wall_us(), err);
	text_release(&note);
	return ok;
}

static bool report(const struct session *s, const struct sim_ended *ended, struct err *err)
{
	struct text out;

	if (s->options.quiet && !s->options.json)
		return true;
	text_init(&out);
	if (s->options.json)
		sim_json_end(ended, &out);
	else
		sim_report(ended, &out);
	bool ok = !out.failed || err_memory(err, "the summary");
	ok = ok && output_write(NULL, &out, err);
	text_release(&out);
	return ok;
}

static int end(struct session *s, struct err *err)
{
	const struct sim_reading *last = &s->result.last;
	struct sim_ended ended = {
		.options = &s->options,
		.scenario = s->scenario,
		.result = &s->result,
		.reasons = &s->reasons,
		.seconds = (double)(last->now_ns - last->started_ns) / 1e9,
	};

	s->result.interrupted |= interruptions > 0;
	sim_watch_end(&s->watch, last);
	bool recorded = finish_records(s, &ended, err);
	struct err later = ERR_INIT;
	bool told = report(s, &ended, recorded ? err : &later);
	counters_release(&s->result.last.counters);
	counters_release(&s->peer_result.last.counters);
	return recorded && told ? (int)sim_verdict(&ended) : SIM_CANNOT_RUN;
}

static int run(struct session *s, struct err *err)
{
	struct sigaction before[STOP_SIGNALS];
	int code = SIM_CANNOT_RUN;

	catch_signals(before);
	if (sim_watch_open(&s->watch, &s->options, s->scenario, err) && open_recorder(s, err)) {
		if (simulate(s, err))
			code = end(s, err);
		else if (interruptions)
			code = SIM_INTERRUPTED;
	}
	sim_watch_close(&s->watch);
	let_go_signals(before);
	recorder_free(s->watch.recorder);
	return code;
}

static void say_command(struct text *out, int argc, char **argv)
{
	text_addf(out, "milliwatt");
	for (int i = 0; i < argc; i++)
		text_addf(out, " %s", argv[i]);
}

int cli_sim(int argc, char **argv)
{
	struct session s = { 0 };
	struct err err = ERR_INIT;
	int code = SIM_CANNOT_RUN;

	text_init(&s.command);
	sim_reasons_init(&s.reasons);
	say_command(&s.command, argc, argv);
	enum sim_parsed parsed = sim_options_parse(&s.options, argc, argv, &err);
	if (parsed == SIM_HELP)
		code = 0;
	else if (parsed == SIM_GO && load(&s, &err))
		code = s.options.dry_run ? dry_run(&s, &err) : run(&s, &err);
	if (err.code)
		output_error("sim", &err);
	scenario_free(s.scenario);
	scenario_free(s.peer);
	text_release(&s.command);
	sim_reasons_release(&s.reasons);
	sim_options_release(&s.options);
	return code;
}
