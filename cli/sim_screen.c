#include "cli/sim_screen.h"

#include "cli/sim_report.h"
#include "cli/sim_units.h"
#include "cli/sim_watch.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ROWS    24 /* of a window that does not say */
#define COLUMNS 80

/* --- what it says ------------------------------------------------------------------------------------------------- */

static const char *count(uint64_t n, char buf[static UNITS_TEXT])
{
	return units_say_count(n, buf);
}

static void say_calls(const struct sim_reading *r, struct text *out)
{
	const struct counters *c = &r->counters;
	char a[UNITS_TEXT], b[UNITS_TEXT], d[UNITS_TEXT], e[UNITS_TEXT];

	text_addf(out, "Calls    %s in all, %s now (most %s), %s failed\n",
	          count(c->calls_in + c->calls_out, a), count(r->live, b), count(c->peak, d),
	          count(c->failed, e));
}

static void say_rate(const struct sim_reading *r, const struct sim_second *s, struct text *out)
{
	double seconds = (double)(s->end_ns - s->start_ns) / 1e9;

	text_addf(out, "Rate     %.4g a second", seconds > 0 ? (double)s->started / seconds : 0);
	if (r->target_rate > 0)
		text_addf(out, " (wanted %.4g)", r->target_rate);
	if (s->answers)
		text_addf(out, "   first answer p50 %.3g ms, p99 %.3g ms", s->answer_p50_ms,
		          s->answer_p99_ms);
	text_addf(out, "\n");
}

static void say_times(const struct sim_screen *s, const struct counters *c, struct text *out)
{
	for (unsigned i = 0; i < s->scenario->rtd_count && i < 4 && c->rtd; i++)
		if (c->rtd[i].count)
			text_addf(out, "Time %.*s   p50 %.4g, p95 %.4g, p99 %.4g ms\n",
			          SLICE_ARG(slice_sub(s->scenario->rtd[i].name, 0, 12)),
			          (double)latency_quantile_us(&c->rtd[i], 0.5) / 1e3,
			          (double)latency_quantile_us(&c->rtd[i], 0.95) / 1e3,
			          (double)latency_quantile_us(&c->rtd[i], 0.99) / 1e3);
}

static void say_failures(const struct counters *c, struct text *out)
{
	char n[UNITS_TEXT];

	for (unsigned i = 1, said = 0; i < FAILURES && said < 5; i++)
		if (c->failures[i]) {
			text_addf(out, "Failed   %s: %s\n", count(c->failures[i], n),
			          call_failure_text((enum call_failure)i));
			said++;
		}
}

static void say_health(const struct sim_reading *r, struct text *out)
{
	if (r->health.limited)
		text_addf(out, "Limit    this machine: %s\n", r->health.why);
	else
		text_addf(out,
		          "Machine  %.0f %% of the busiest worker's core, start lag p99 %.3g ms\n",
		          r->health.cpu_share * 100, (double)r->health.start_lag_p99_ns / 1e6);
}

void sim_screen_text(const struct sim_screen *s, const struct sim_reading *r,
                     const struct sim_second *second, struct text *out)
{
	char time[UNITS_TEXT];

	text_addf(out, "milliwatt sim  ");
	text_add_terminal(out, s->scenario->file);
	text_addf(out, "  %s%s\n",
	          units_say_duration((r->now_ns - r->started_ns) / NS_PER_S * NS_PER_S, time),
	          r->stopping ? "  (ending)"
	          : s->paused ? "  (paused)"
	                      : "");
	say_rate(r, second, out);
	say_calls(r, out);
	say_times(s, &r->counters, out);
	say_failures(&r->counters, out);
	say_health(r, out);
	if (s->steps)
		sim_report_steps(s->scenario, &r->counters, out);
	text_addf(out, "+ - * / rate   p pause   s steps   q finish   ctrl-C end calls\n");
}

/* Octets of the first line that take so many columns; a character in UTF-8 takes one. */
static struct slice cut(struct slice line, unsigned columns)
{
	size_t n = 0;

	for (unsigned used = 0; n < line.n; n++) {
		used += (line.p[n] & 0xc0) != 0x80;
		if (used > columns)
			break;
	}
	return slice_sub(line, 0, n);
}

unsigned sim_screen_fit(struct slice all, unsigned rows, unsigned columns, struct text *out)
{
	unsigned lines = 0;

	while (all.n && lines + 1 < rows) {
		size_t end = slice_find_str(all, "\n");
		struct slice line = end == SLICE_NPOS ? all : slice_sub(all, 0, end);
		text_add(out, cut(line, columns));
		text_addf(out, "\n");
		all = end == SLICE_NPOS ? SLICE_NONE : slice_from(all, end + 1);
		lines++;
	}
	return lines;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static void set_rate(const struct sim_screen *s, const struct sim_reading *r, double factor,
                     struct control *control)
{
	const struct sim_config *c = &s->options->config;
	double rate = r->target_rate * factor;

	if (c->pace.kind == PACE_CONCURRENT) {
		double users = ceil(atomic_load(&control->users) * factor);
		if (factor < 1)
			users = floor(atomic_load(&control->users) * factor);
		if (users >= 1 && users < 1e7)
			atomic_store(&control->users, (unsigned)users);
		return;
	}
	if (c->max_rate > 0 && rate > c->max_rate)
		rate = c->max_rate;
	if (rate > 0)
		atomic_store(&control->rate, rate);
}

bool sim_screen_key(struct sim_screen *s, char key, const struct sim_reading *r,
                    struct control *control)
{
	switch (key) {
	case '+': set_rate(s, r, 1.1, control); return true;
	case '-': set_rate(s, r, 0.9, control); return true;
	case '*': set_rate(s, r, 2, control); return true;
	case '/': set_rate(s, r, 0.5, control); return true;
	case 'p': atomic_store(&control->paused, !atomic_load(&control->paused)); return true;
	case 's': s->steps = !s->steps; return true;
	case 'q': control_stop(control, STOP_GRACEFUL); return true;
	default: return false;
	}
}

bool sim_screen_keys(struct sim_screen *s, const struct sim_reading *r, struct control *control)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	bool any = false;
	char key;

	while (s->on && poll(&p, 1, 0) == 1 && (p.revents & POLLIN) &&
	       read(STDIN_FILENO, &key, 1) == 1)
		any |= sim_screen_key(s, key, r, control);
	s->paused = atomic_load(&control->paused);
	return any;
}

/* --- the terminal ------------------------------------------------------------------------------------------------- */

void sim_screen_open(struct sim_screen *s, const struct sim_options *options,
                     const struct scenario *scenario)
{
	struct termios raw;

	*s = (struct sim_screen){ .options = options, .scenario = scenario };
	if (options->quiet || options->json || options->config.virtual_time ||
	    !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) ||
	    tcgetattr(STDIN_FILENO, &s->before) != 0)
		return;
	raw = s->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* ISIG stays: ctrl-C is a signal */
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	s->on = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* Up over what was drawn, and wipes it. */
static void wipe(struct sim_screen *s)
{
	if (s->lines)
		fprintf(stderr, "\033[%uA\r\033[J", s->lines);
	s->lines = 0;
}

void sim_screen_draw(struct sim_screen *s, const struct sim_reading *r,
                     const struct sim_second *second)
{
	struct winsize window = { 0 };
	struct text all, out;

	if (!s->on)
		return;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &window); /* a terminal that does not know says 0 */
	text_init(&all);
	text_init(&out);
	sim_screen_text(s, r, second, &all);
	wipe(s);
	s->lines = sim_screen_fit(slice_of(all.p, all.n), window.ws_row ? window.ws_row : ROWS,
	                          window.ws_col ? window.ws_col : COLUMNS, &out);
	fwrite(text_cstr(&out), 1, out.n, stderr);
	fflush(stderr);
	text_release(&all);
	text_release(&out);
}

void sim_screen_close(struct sim_screen *s)
{
	if (!s->on)
		return;
	wipe(s);
	tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	s->on = false;
}
