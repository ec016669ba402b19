/* milliwatt sipp: SIPp's door to the simulator. */
#include "cli/cli.h"
#include "cli/output.h"
#include "sim/sipp/options.h"
#include "sim/sipp/session.h"
#include "sim/sipp/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const struct err *err, int code)
{
	output_error("sipp", err);
	return code;
}

static int print(struct text *out)
{
	bool ok = !out->failed && fputs(text_cstr(out), stdout) >= 0 && fflush(stdout) == 0;

	text_release(out);
	return ok ? SIPP_EXIT_NO_CALLS : SIPP_EXIT_FATAL;
}

static int print_scenario(const char *name, struct err *err)
{
	const char *xml = builtin_scenario(name);

	if (!xml) {
		err_set(err, ERR_USAGE, "no embedded scenario '%s'; 'milliwatt sipp -h' names them",
		        name);
		return fail(err, SIPP_EXIT_FAILED);
	}
	fputs(xml, stdout);
	return SIPP_EXIT_NO_CALLS;
}

static int answer(const struct sipp_settings *s, struct err *err)
{
	struct text out;

	if (s->ask == SIPP_ASK_SCENARIO)
		return print_scenario(s->ask_about, err);
	text_init(&out);
	if (s->ask == SIPP_ASK_VERSION)
		text_addf(&out, "milliwatt %s, SIPp's command line (as of 3.7)\n",
		          MILLIWATT_VERSION);
	else if (s->ask_about && strcmp(s->ask_about, "stat") == 0)
		sipp_help_stat(&out);
	else
		sipp_help(&out);
	return print(&out);
}

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

/* ---- the background ---- */

/* Whoever waits for our output must not wait for the run: nothing is written there any more. */
static void let_go(void)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (nothing < 0)
		return;
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	close(nothing);
}

/* -1: go on, as the child; else the exit code. */
static int go_background(struct err *err)
{
	fflush(stdout);
	pid_t child = fork();

	if (child < 0) {
		err_set(err, ERR_IO, "cannot go into the background: %s", strerror(errno));
		return fail(err, SIPP_EXIT_FATAL);
	}
	if (child > 0) {
		printf("milliwatt sipp: in the background, PID=[%ld]\n", (long)child);
		fflush(stdout);
		_exit(SIPP_EXIT_NO_CALLS);
	}
	let_go();
	return -1;
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

/* Runs it; the exit code of how it ended. */
static int play(struct sipp_settings *s, struct sim_setup *setup, struct sipp_session *session,
                struct err *err)
{
	const struct sim_hooks hooks = sipp_session_hooks(session);
	struct sim_result result = { 0 };

	if (!sim_run(setup, &hooks, &result, err))
		return fail(err, SIPP_EXIT_FATAL);
	sipp_session_last_screens(session, &result.last);
	result.timed_out = session->timed_out;
	tell_end(s, &session->traces, &result, session->timed_out);
	int code = result.timed_out && s->config.duration_is_error ? SIPP_EXIT_FATAL
	                                                           : sipp_exit_code(&result);
	counters_release(&result.last.counters);
	return code;
}

static int run(struct sipp_settings *s, const struct sipp_scenarios *scenarios, struct err *err)
{
	struct sim_setup setup = { .config = s->config,
		                   .scenario = scenarios->main,
		                   .out_of_call = scenarios->out_of_call,
		                   .receive_scenario = scenarios->receive };

	setup.config.process_id = getpid();
	setup.config.max_duration_ns = 0; /* the session watches it: SIPp's end is a graceful one */
	struct sipp_session *session = sipp_session_open(s, &setup, err);
	if (!session)
		return fail(err, SIPP_EXIT_FATAL);
	session_running = session;
	catch_signals();
	int code = play(s, &setup, session, err);
	session_running = NULL;
	if (!sipp_session_close(session, err))
		output_error("sipp", err);
	return code;
}

static int prepare(struct sipp_settings *s, const struct sipp_scenarios *scenarios, struct err *err)
{
	if (scenarios->main->role == SCENARIO_CLIENT && !s->config.target_text) {
		err_set(err, ERR_USAGE, "this scenario calls: give HOST[:PORT]");
		return fail(err, SIPP_EXIT_FATAL);
	}
	if (!sipp_addresses_resolve(s, err))
		return fail(err, SIPP_EXIT_FATAL);
	bool in_use = false;
	if (!sipp_port_choose(&s->config, &in_use, err))
		return fail(err, in_use ? SIPP_EXIT_BIND : SIPP_EXIT_FATAL);
	int code = s->background ? go_background(err) : -1;
	return code >= 0 ? code : run(s, scenarios, err);
}

static int with_settings(struct sipp_settings *s, int argc, char **argv, struct err *err)
{
	struct sipp_scenarios scenarios;
	struct text notes;

	if (!sipp_options_parse(argc, argv, s, err))
		return fail(err, SIPP_EXIT_FAILED);
	if (s->ask != SIPP_ASK_NOTHING)
		return answer(s, err);
	text_init(&notes);
	bool ok = sipp_settings_finish(s, err) && sipp_files_check(s, err) &&
	          sipp_scenarios_read(s, &scenarios, &notes, err);
	fputs(text_cstr(&notes), stderr);
	text_release(&notes);
	if (!ok)
		return fail(err, SIPP_EXIT_FAILED);
	int code = prepare(s, &scenarios, err);
	sipp_scenarios_free(&scenarios);
	return code;
}

int cli_sipp(int argc, char **argv)
{
	struct sipp_settings settings;
	struct err err = ERR_INIT;

	sipp_settings_init(&settings);
	if (argc < 2)
		settings.ask = SIPP_ASK_HELP;
	int code = with_settings(&settings, argc, argv, &err);
	sipp_settings_release(&settings);
	return code;
}
