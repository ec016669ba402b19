/* milliwatt sipp: SIPp's door to the simulator. */
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/sipp_run.h"
#include "sim/sipp/options.h"

#include <errno.h>
#include <fcntl.h>
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

/* ---- from options to a run ---- */

static int prepare(struct sipp_settings *s, const struct sipp_scenarios *scenarios,
                   const struct text *command, struct err *err)
{
	if (scenarios->main->role == SCENARIO_CLIENT && !s->config.target_text) {
		err_set(err, ERR_USAGE, "this scenario calls: give HOST[:PORT]");
		return fail(err, SIPP_EXIT_FATAL);
	}
	if (!sipp_addresses_resolve(s, err))
		return fail(err, SIPP_EXIT_FATAL);
	bool in_use = false;
	bool client = scenarios->main->role == SCENARIO_CLIENT;
	if (client && s->config.workers > 1 && s->config.local.port) {
		err_set(err, ERR_USAGE,
		        "'-workers %u' with '-p': each worker of a client has a port of its own",
		        s->config.workers);
		return fail(err, SIPP_EXIT_FAILED);
	}
	/* Answers go by address: each worker of a client has a port of its own, any. */
	bool any_port = client && s->config.workers > 1;
	if (!any_port && !sipp_port_choose(&s->config, &in_use, err))
		return fail(err, in_use ? SIPP_EXIT_BIND : SIPP_EXIT_FATAL);
	int code = s->background ? go_background(err) : -1;
	return code >= 0 ? code : sipp_run(s, scenarios, slice_str(text_cstr(command)), err);
}

/* As it was typed, for the records; but no password. */
static void add_command(struct text *out, int argc, char **argv)
{
	text_add(out, SLICE_LIT("milliwatt sipp"));
	for (int i = 1; i < argc; i++) {
		bool secret = strcmp(argv[i - 1], "-ap") == 0 || strcmp(argv[i - 1], "--ap") == 0;
		text_addf(out, " %s", secret ? "..." : argv[i]);
	}
}

static int with_settings(struct sipp_settings *s, int argc, char **argv, struct err *err)
{
	struct sipp_scenarios scenarios;
	struct text notes, command;

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
	text_init(&command);
	add_command(&command, argc, argv);
	int code = prepare(s, &scenarios, &command, err);
	text_release(&command);
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
