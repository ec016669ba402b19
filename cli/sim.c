/* milliwatt sim: places or answers calls as a scenario says. */
#include "sim/sim.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/sim_options.h"
#include "cli/sim_report.h"
#include "cli/sim_scenario.h"
#include "cli/sim_units.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct session {
	struct sim_options options;
	struct scenario *scenario, *peer; /* peer: NULL but in a virtual run */
	struct sim_setup setup, peer_setup;
	struct sim_result result, peer_result;
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
}

static void let_go_signals(const struct sigaction before[static STOP_SIGNALS])
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &before[i], NULL);
}

/* --- what would be done ------------------------------------------------------------------------------------------- */

static void say_pace(const struct pace_config *p, struct text *out)
{
	char time[UNITS_TEXT];

	switch (p->kind) {
	case PACE_CONSTANT: text_addf(out, "%g calls a second", p->rate); break;
	case PACE_POISSON: text_addf(out, "%g calls a second at random", p->rate); break;
	case PACE_CONCURRENT: text_addf(out, "%u calls at all times", p->users); break;
	case PACE_RAMP:
		text_addf(out, "%g to %g calls a second within %s", p->rate, p->rate_to,
		          units_say_duration(p->period_ns, time));
		break;
	case PACE_STEPS:
		text_addf(out, "%g calls a second, %g more every %s, up to %g", p->rate, p->step,
		          units_say_duration(p->period_ns, time), p->rate_to);
	}
	if (p->search)
		text_addf(out, "; looks for the highest rate without a failed call");
}

static void say_limits(const struct sim_config *c, struct text *out)
{
	char n[UNITS_TEXT];

	if (c->max_calls)
		text_addf(out, ", %s calls", units_say_count(c->max_calls, n));
	if (c->max_duration_ns)
		text_addf(out, ", at most %s", units_say_duration(c->max_duration_ns, n));
	if (!c->max_calls && !c->max_duration_ns)
		text_addf(out, ", until ctrl-C");
}

static void say_plan(const struct session *s, struct text *out)
{
	static const char *const transports[] = { "UDP", "TCP", "TLS" };
	const struct sim_options *o = &s->options;
	bool calls = s->scenario->role == SCENARIO_CLIENT;

	text_addf(out, "Scenario    ");
	text_add_terminal(out, s->scenario->file);
	text_addf(out, ", %u steps, %s\n", s->scenario->step_count,
	          calls ? "calls" : "waits for calls");
	if (s->peer) {
		text_addf(out, "Peer        ");
		text_add_terminal(out, s->peer->file);
		text_addf(out, ", %u steps, in memory\n", s->peer->step_count);
	} else if (o->config.target_text) {
		text_addf(out, "Target      ");
		text_add_terminal(out, slice_str(o->config.target_text));
		text_addf(out, " over %s\n", transports[o->config.transport]);
	}
	text_addf(out, "Pace        ");
	if (calls)
		say_pace(&o->config.pace, out);
	else
		text_addf(out, "as they come");
	say_limits(&o->config, out);
	text_addf(out, "; %u worker%s\n", o->config.workers, o->config.workers == 1 ? "" : "s");
	if (o->record)
		text_addf(out, "Records     %s\n", o->record);
	if (o->capture)
		text_addf(out, "Capture     %s\n", o->capture);
	text_addf(out, "Nothing was sent (--dry-run).\n");
}

static int dry_run(const struct session *s, struct err *err)
{
	struct text out;

	text_init(&out);
	say_plan(s, &out);
	bool ok = output_write(NULL, &out, err);
	text_release(&out);
	return ok ? SIM_SUCCEEDED : SIM_CANNOT_RUN;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

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
	s->setup = (struct sim_setup){ .config = o->config, .scenario = s->scenario };
	s->peer_setup = (struct sim_setup){ .config = o->config, .scenario = s->peer };
	return true;
}

static bool simulate(struct session *s, struct err *err)
{
	struct sim_hooks hooks = { 0 };

	if (s->options.config.virtual_time)
		return sim_run_virtual(&s->setup, &s->peer_setup, &hooks, &s->result,
		                       &s->peer_result, err);
	return sim_run(&s->setup, &hooks, &s->result, err);
}

static bool report(const struct session *s, const struct sim_ended *ended, struct err *err)
{
	struct text out;

	if (s->options.quiet)
		return true;
	text_init(&out);
	sim_report(ended, &out);
	bool ok = !out.failed || err_memory(err, "the summary");
	ok = ok && output_write(NULL, &out, err);
	text_release(&out);
	return ok;
}

static int run(struct session *s, struct err *err)
{
	struct sigaction before[STOP_SIGNALS];

	catch_signals(before);
	bool ok = simulate(s, err);
	let_go_signals(before);
	if (!ok)
		return interruptions ? SIM_INTERRUPTED : SIM_CANNOT_RUN;
	s->result.interrupted |= interruptions > 0;
	const struct sim_reading *last = &s->result.last;
	struct sim_ended ended = {
		.options = &s->options,
		.scenario = s->scenario,
		.result = &s->result,
		.seconds = (double)(last->now_ns - last->started_ns) / 1e9,
	};
	int code = report(s, &ended, err) ? (int)sim_verdict(&ended) : SIM_CANNOT_RUN;
	counters_release(&s->result.last.counters);
	if (s->options.config.virtual_time)
		counters_release(&s->peer_result.last.counters);
	return code;
}

int cli_sim(int argc, char **argv)
{
	struct session s = { 0 };
	struct err err = ERR_INIT;
	int code = SIM_CANNOT_RUN;

	enum sim_parsed parsed = sim_options_parse(&s.options, argc, argv, &err);
	if (parsed == SIM_HELP)
		code = 0;
	else if (parsed == SIM_GO && load(&s, &err))
		code = s.options.dry_run ? dry_run(&s, &err) : run(&s, &err);
	if (err.code)
		output_error("sim", &err);
	scenario_free(s.scenario);
	scenario_free(s.peer);
	sim_options_release(&s.options);
	return code;
}
