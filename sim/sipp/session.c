#include "sim/sipp/session.h"

#include "base/mem.h"
#include "sim/sipp/counts_file.h"
#include "sim/sipp/names.h"

#include <unistd.h>

/* ---- files of periods ---- */

static void write_and_release(struct log_file *log, struct text *line)
{
	if (!line->failed)
		log_file_write(log, slice_of(text_cstr(line), line->n));
	text_release(line);
}

static void write_stat(struct sipp_session *s, double rate)
{
	const struct stat_row row = { .started_ns = s->start->at_ns,
		                      .target_rate = rate,
		                      .now = s->now,
		                      .before = s->before_row,
		                      .start = s->start };
	struct text line;

	text_init(&line);
	stat_file_row(&line, &s->form, &row);
	write_and_release(&s->stat, &line);
}

static void write_counts(struct sipp_session *s, const struct counters *counters)
{
	struct text line;

	text_init(&line);
	counts_file_row(&line, &s->form, s->start->at_ns, s->now->at_ns, counters);
	write_and_release(&s->counts, &line);
}

static void write_codes(struct sipp_session *s)
{
	struct text line;

	text_init(&line);
	sipp_add_time(&line, s->now->at_ns, s->form.rfc3339);
	text_addf(&line, "%s", s->form.delimiter);
	sipp_add_elapsed(&line, s->now->at_ns - s->start->at_ns, true);
	text_addf(&line, "%s", s->form.delimiter);
	traces_take_codes(&s->traces, &line);
	text_add(&line, SLICE_LIT("\n"));
	write_and_release(&s->codes, &line);
}

static void write_rows(struct sipp_session *s, const struct counters *counters)
{
	double rate = s->steering.users ? s->steering.users : s->steering.rate;

	if (s->stat_open)
		write_stat(s, rate);
	if (s->counts_open)
		write_counts(s, counters);
	if (s->codes_open)
		write_codes(s);
	*s->before_row = *s->now;
	s->next_row_ns = s->now->at_ns + s->settings->stat_period_ns;
}

static bool open_rows(struct sipp_session *s, struct log_file *log, bool *open, const char *path,
                      const char *ending, void (*header)(struct text *, const struct stat_form *),
                      struct err *err)
{
	struct text name, line;

	text_init(&name);
	text_init(&line);
	if (!path)
		sipp_file_name(&name, s->scenario, s->setup->config.process_id, ending);
	const struct log_setting setting = { .path = path ? path : text_cstr(&name) };
	bool ok = log_file_open(log, &setting, true, err);
	*open = true;
	if (header)
		header(&line, &s->form);
	write_and_release(log, &line);
	text_release(&name);
	return ok;
}

static bool open_files(struct sipp_session *s, struct err *err)
{
	const struct sipp_settings *set = s->settings;

	return traces_open(&s->traces, set, s->scenario, s->setup->config.process_id, err) &&
	       (!set->trace_stat || open_rows(s, &s->stat, &s->stat_open, set->stat_path, ".csv",
	                                      stat_file_header, err)) &&
	       (!set->trace_counts || open_rows(s, &s->counts, &s->counts_open, NULL, "counts.csv",
	                                        counts_file_header, err)) &&
	       (!set->trace_error_codes ||
	        open_rows(s, &s->codes, &s->codes_open, NULL, "error_codes.csv", NULL, err));
}

/* ---- screens ---- */

static struct screen_view view_of(const struct sipp_session *s, const struct sim_reading *reading,
                                  const char *footer)
{
	const struct control *control = s->steering.control;

	return (struct screen_view){ .settings = s->settings,
		                     .config = &s->setup->config,
		                     .scenario = s->scenario,
		                     .reading = reading,
		                     .now = s->now,
		                     .before = s->screen_base,
		                     .start = s->start,
		                     .rate = s->steering.rate,
		                     .users = s->steering.users,
		                     .limit = control ? atomic_load(&control->max_concurrent) : 0,
		                     .paused = control && atomic_load(&control->paused),
		                     .show_hidden = s->steering.show_hidden,
		                     .last_error = s->last_error,
		                     .footer = footer };
}

static const char *footer_of(const struct sipp_session *s, const struct sim_reading *reading)
{
	if (reading->stopping)
		return "Waiting for active calls to end. Press [q] again to end them";
	if (s->scenario->role == SCENARIO_SERVER)
		return "Server mode: [q] end, [1-9] screens";
	return s->steering.users ? "[+|-|*|/]: Adjust users ---- [q]: Soft exit ---- [p]: Pause"
	                         : "[+|-|*|/]: Adjust rate ---- [q]: Soft exit ---- [p]: Pause";
}

static void draw(struct sipp_session *s, const struct sim_reading *reading)
{
	struct screen_view view = view_of(s, reading, footer_of(s, reading));
	struct text out;

	text_init(&out);
	text_add(&out, SLICE_LIT("\033[H\033[J"));
	screen_add(&out, &view, s->steering.screen);
	if (s->steering.typing) {
		text_add(&out, SLICE_LIT("Command: "));
		text_add_terminal(&out, slice_of(s->steering.command, s->steering.command_length));
	}
	fputs(text_cstr(&out), stdout);
	fflush(stdout);
	text_release(&out);
}

static void dump_screens(struct sipp_session *s, const struct sim_reading *reading,
                         const char *footer)
{
	struct screen_view view = view_of(s, reading, footer);
	struct err err = ERR_INIT;
	struct text out;

	if (!s->traces.opened[SIPP_LOG_SCREENS] &&
	    !traces_switch(&s->traces, SIPP_LOG_SCREENS, true, s->setup->config.process_id, &err))
		return;
	text_init(&out);
	screen_add_all(&out, &view);
	write_and_release(&s->traces.logs[SIPP_LOG_SCREENS], &out);
}

/* ---- what keys ask for ---- */

static void tell(struct sipp_session *s, struct slice text)
{
	s->traces.trace.error(&s->traces, s->now->at_ns, NULL, text);
}

static void dump_tasks(struct sipp_session *s, const struct sim_reading *reading)
{
	const struct counters *c = &reading->counters;
	struct text out;

	text_init(&out);
	text_addf(&out, "%llu calls live\n", (unsigned long long)reading->live);
	for (unsigned i = 0; i < s->scenario->step_count; i++)
		if (c->steps[i].sessions > c->steps[i].left)
			text_addf(&out, "step %u: %llu calls\n", i,
			          (unsigned long long)(c->steps[i].sessions - c->steps[i].left));
	traces_note(&s->traces, s->now->at_ns, slice_of(text_cstr(&out), out.n));
	text_release(&out);
}

static void dump_variables(struct sipp_session *s, const struct sim_reading *reading)
{
	struct screen_view view = view_of(s, reading, "");
	struct text out;

	text_init(&out);
	screen_add(&out, &view, SCREEN_VARIABLES);
	traces_note(&s->traces, s->now->at_ns, slice_of(text_cstr(&out), out.n));
	text_release(&out);
}

static void switch_trace(struct sipp_session *s)
{
	struct err err = ERR_INIT;

	if (!traces_switch(&s->traces, s->steering.log, s->steering.log_on,
	                   s->setup->config.process_id, &err))
		tell(s, slice_str(err.text));
}

static void do_asked(struct sipp_session *s, const struct sim_reading *reading)
{
	unsigned asked = s->steering.asked;

	s->steering.asked = 0;
	if (s->dump_wanted)
		asked |= ASKED_SCREEN_DUMP;
	s->dump_wanted = 0;
	if (asked & ASKED_SCREEN_DUMP)
		dump_screens(s, reading, footer_of(s, reading));
	if (asked & ASKED_DUMP_TASKS)
		dump_tasks(s, reading);
	if (asked & ASKED_DUMP_VARIABLES)
		dump_variables(s, reading);
	if (asked & ASKED_TRACE)
		switch_trace(s);
	if (asked & ASKED_RESET_STATS)
		*s->screen_base = *s->now;
	if (asked & ASKED_REDRAW)
		s->next_screen_ns = 0;
}

/* ---- the tick ---- */

static void begin(struct sipp_session *s, const struct sim_reading *reading)
{
	s->started = true;
	s->start->at_ns = reading->started_ns;
	*s->before_row = *s->screen_base = *s->start;
	*s->now = *s->start;
	write_rows(s, NULL);
}

/* SIPp's -timeout lets calls come to their end; with -timeout_error it is an error at once. */
static void watch_timeout(struct sipp_session *s, const struct sim_reading *reading,
                          struct control *control)
{
	int64_t most = s->settings->config.max_duration_ns;

	if (!most || s->timed_out || reading->now_ns - reading->started_ns < most)
		return;
	s->timed_out = true;
	control_stop(control, s->settings->config.duration_is_error ? STOP_NOW : STOP_GRACEFUL);
}

static void read_inputs(struct sipp_session *s, struct control *control)
{
	struct text wrong;
	struct slice rest, line;

	s->steering.control = control;
	text_init(&wrong);
	inputs_read(&s->inputs, &s->steering, &wrong);
	rest = slice_of(text_cstr(&wrong), wrong.n);
	while (rest.n && slice_line(&rest, &line))
		tell(s, line);
	text_release(&wrong);
}

static void tick(void *context, const struct sim_reading *reading, struct control *control)
{
	struct sipp_session *s = context;

	if (!s->started)
		begin(s, reading);
	stat_values_take(s->now, reading, s->scenario);
	traces_last_error(&s->traces, s->last_error, sizeof s->last_error);
	watch_timeout(s, reading, control);
	read_inputs(s, control);
	do_asked(s, reading);
	if (reading->now_ns >= s->next_row_ns)
		write_rows(s, &reading->counters);
	if (reading->now_ns >= s->next_screen_ns) {
		if (s->on_terminal)
			draw(s, reading);
		*s->screen_base = *s->now;
		s->next_screen_ns = reading->now_ns + s->settings->screen_period_ns;
	}
	traces_flush(&s->traces);
	if (s->stat_open)
		log_file_flush(&s->stat);
	if (s->counts_open)
		log_file_flush(&s->counts);
}

/* Keys are looked at ten times a second, and a shorter period of a file is kept. */
static int64_t tick_length(const struct sipp_settings *s)
{
	int64_t ns =
	        s->stat_period_ns < s->screen_period_ns ? s->stat_period_ns : s->screen_period_ns;

	return ns < 10 * NS_PER_MS ? 10 * NS_PER_MS : ns < 100 * NS_PER_MS ? ns : 100 * NS_PER_MS;
}

struct sim_hooks sipp_session_hooks(struct sipp_session *s)
{
	s->traces.started_ns = clock_wall_us() * NS_PER_US;
	return (struct sim_hooks){ .context = s,
		                   .tick = tick,
		                   .tick_ns = tick_length(s->settings),
		                   .trace = &s->traces.trace };
}

/* ---- beginning and end ---- */

static bool allocate(struct sipp_session *s)
{
	struct stat_values **all[] = { &s->start, &s->now, &s->before_row, &s->screen_base };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!(*all[i] = mem_zalloc(sizeof **all[i])))
			return false;
	return true;
}

struct sipp_session *sipp_session_open(const struct sipp_settings *settings,
                                       const struct sim_setup *setup, struct err *err)
{
	struct sipp_session *s = mem_zalloc(sizeof *s);
	struct err unused = ERR_INIT;

	if (!s) {
		err_memory(err, "the screen");
		return NULL;
	}
	s->settings = settings;
	s->setup = setup;
	s->scenario = setup->scenario;
	s->inputs.control_fd = -1;
	s->form = (struct stat_form){ .scenario = setup->scenario,
		                      .delimiter = settings->stat_delimiter,
		                      .rfc3339 = settings->rfc3339,
		                      .periodic_rtd = settings->periodic_rtd,
		                      .losses = settings->config.lost_percent > 0 };
	s->on_terminal = !settings->background && isatty(STDOUT_FILENO);
	steering_init(&s->steering, settings);
	s->steering.calls = setup->scenario->role == SCENARIO_CLIENT;
	s->steering.call_seconds = (double)settings->config.pause_ns / (double)NS_PER_S *
	                           (double)setup->scenario->default_pauses;
	bool ok = open_files(s, err);
	if (ok && !allocate(s))
		ok = err_memory(err, "statistics");
	if (ok && inputs_open(&s->inputs, settings, err))
		return s;
	sipp_session_close(s, &unused);
	return NULL;
}

void sipp_session_last_screens(struct sipp_session *s, const struct sim_reading *reading)
{
	struct text out;

	if (!s->started)
		begin(s, reading);
	s->steering.control = NULL; /* the run is over */
	stat_values_take(s->now, reading, s->scenario);
	traces_last_error(&s->traces, s->last_error, sizeof s->last_error);
	write_rows(s, &reading->counters);
	if (s->settings->logs[SIPP_LOG_SCREENS].wanted)
		dump_screens(s, reading, "Test Terminated");
	if (s->settings->background)
		return;
	struct screen_view view = view_of(s, reading, "Test Terminated");
	text_init(&out);
	if (s->on_terminal)
		text_add(&out, SLICE_LIT("\033[H\033[J"));
	screen_add(&out, &view, SCREEN_SCENARIO);
	screen_add(&out, &view, SCREEN_STATISTICS);
	fputs(text_cstr(&out), stdout);
	fflush(stdout);
	text_release(&out);
}

void sipp_session_fatal(struct sipp_session *s, const struct err *err)
{
	s->traces.trace.error(&s->traces, clock_wall_us() * NS_PER_US, NULL, slice_str(err->text));
}

bool sipp_session_close(struct sipp_session *s, struct err *err)
{
	bool ok = true;

	if (!s)
		return true;
	inputs_close(&s->inputs);
	if (s->traces.settings)
		ok = traces_close(&s->traces, err);
	if (s->stat_open && !log_file_close(&s->stat, err))
		ok = false;
	if (s->counts_open && !log_file_close(&s->counts, err))
		ok = false;
	if (s->codes_open && !log_file_close(&s->codes, err))
		ok = false;
	mem_free(s->start);
	mem_free(s->now);
	mem_free(s->before_row);
	mem_free(s->screen_base);
	mem_free(s);
	return ok;
}
