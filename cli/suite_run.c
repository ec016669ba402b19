#include "cli/suite_run.h"

#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LIVE_NS (NS_PER_S / 2)

/* ---- who is wanted ---- */

static bool is_named(const struct suite_case *c, const char *word)
{
	return strcmp(c->name, word) == 0 || strcmp(c->slug, word) == 0 ||
	       suite_case_has_tag(c, slice_str(word));
}

/* And all that they need: those above. */
static void choose_needed(struct suite_run *r)
{
	for (size_t i = r->suite->case_count; i-- > 0;) {
		const struct yaml_node *at = NULL;
		while (r->cases[i].chosen && suite_each(r->suite->cases[i].needs, &at))
			r->cases[suite_find_case(r->suite, at->text)].chosen = true;
	}
}

static bool choose(struct suite_run *r, struct err *err)
{
	const char *const *only = r->options.only;

	for (size_t i = 0; i < r->suite->case_count; i++)
		r->cases[i].chosen = !only;
	for (size_t k = 0; only && only[k]; k++) {
		bool any = false;
		for (size_t i = 0; i < r->suite->case_count; i++)
			if (is_named(&r->suite->cases[i], only[k]))
				any = r->cases[i].chosen = true;
		if (!any)
			return err_set(err, ERR_USAGE,
			               "--only %s: no case has this name or tag; --list shows "
			               "them",
			               only[k]);
	}
	choose_needed(r);
	for (size_t i = 0; i < r->suite->case_count; i++)
		r->chosen += r->cases[i].chosen;
	return true;
}

bool suite_run_init(struct suite_run *r, struct suite *s, const struct suite_options *options,
                    struct err *err)
{
	*r = (struct suite_run){ .suite = s, .options = *options, .signals = -1 };
	arena_init(&r->arena, 4096);
	for (size_t i = 0; i < s->background_count; i++)
		r->backgrounds[i] =
		        (struct suite_background_run){ .of = &s->backgrounds[i], .child.fd = -1 };
	r->terminal = isatty(STDERR_FILENO) && !options->quiet;
	r->cases = mem_zalloc((s->case_count + 1) * sizeof *r->cases);
	if (!r->cases)
		return err_memory(err, "the suite");
	for (size_t i = 0; i < s->case_count; i++) {
		r->cases[i].of = &s->cases[i];
		r->cases[i].child.fd = -1;
	}
	return choose(r, err);
}

void suite_run_release(struct suite_run *r)
{
	for (size_t i = 0; r->cases && i < r->suite->case_count; i++) {
		verdicts_release(&r->cases[i].verdicts);
		arena_release(&r->cases[i].arena);
		text_release(&r->cases[i].earlier);
	}
	mem_free(r->cases);
	verdicts_release(&r->background);
	arena_release(&r->arena);
	if (r->signals >= 0)
		close(r->signals);
}

/* ---- signals ---- */

static void stop_all(struct suite_run *r)
{
	int64_t now = suite_clock_ns();

	for (size_t i = 0; i < r->suite->case_count; i++)
		suite_child_stop(&r->cases[i].child, now);
}

void suite_run_signals(struct suite_run *r)
{
	struct signalfd_siginfo info;

	while (r->signals >= 0 && read(r->signals, &info, sizeof info) == sizeof info) {
		if (!r->stopped_by) {
			r->stopped_by = (int)info.ssi_signo;
			suite_console_say(r, "interrupted: what runs is being ended");
		}
		stop_all(r);
	}
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };

static bool open_signals(struct suite_run *r, sigset_t *before, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++) {
		struct sigaction now;
		/* Under nohup(1) it stays ignored: signalfd(2) would bring it all the same. */
		if (sigaction(stop_signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, stop_signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, before);
	r->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return r->signals >= 0 ||
	       err_set(err, ERR_IO, "cannot watch for signals: %s", strerror(errno));
}

/* ---- what can begin ---- */

/* Why it cannot be run; NULL: nothing is in its way, or it has to wait. */
static const char *missing_need(const struct suite_run *r, const struct suite_case_run *c,
                                bool *waits, struct text *why)
{
	const struct yaml_node *at = NULL;

	while (suite_each(c->of->needs, &at)) {
		const struct suite_case_run *need = &r->cases[suite_find_case(r->suite, at->text)];
		if (need->stage != STAGE_OVER) {
			*waits = true;
			return NULL;
		}
		if (need->result != SUITE_HOLDS) {
			text_addf(why, "it needs '%s', which %s", need->of->name,
			          need->result == SUITE_LEFT_OUT ? "was left out"
			          : need->result == SUITE_SHORT  ? "falls short"
			                                         : "could not be judged");
			return text_cstr(why);
		}
	}
	return NULL;
}

/* A process that it needs and that is gone: it would measure nothing. */
static const char *missing_background(struct suite_run *r, const struct suite_case_run *c,
                                      struct text *why)
{
	struct arena arena;
	struct suite_plan plan;
	struct err err = ERR_INIT;

	arena_init(&arena, 4096);
	if (!suite_plan_case(r->suite, c->of, r->options.output, true, &arena, &plan, &err))
		plan.uses = 0; /* it will say so itself when it is run */
	for (size_t i = 0; i < r->suite->background_count; i++)
		if (plan.uses >> i & 1 && r->backgrounds[i].over)
			text_addf(why, "%s'%s', which it needs, is gone", why->n ? "; " : "",
			          r->backgrounds[i].of->slug);
	arena_release(&arena);
	return why->n ? text_cstr(why) : NULL;
}

/* False: it has to wait for another. */
static bool begin(struct suite_run *r, struct suite_case_run *c)
{
	const char *set = c->of->only ? getenv(c->of->only) : "x", *reason;
	struct text why;
	bool waits = false;

	text_init(&why);
	if (!set || !*set) {
		text_addf(&why, "%s is not set in the environment", c->of->only);
		suite_case_leave_out(r, c, SUITE_LEFT_OUT, text_cstr(&why));
	} else if ((reason = missing_need(r, c, &waits, &why))) {
		suite_case_leave_out(r, c, SUITE_LEFT_OUT, reason);
	} else if (!waits && (reason = missing_background(r, c, &why))) {
		suite_case_leave_out(r, c, SUITE_NOT_JUDGED, reason);
	} else if (!waits) {
		suite_case_begin(r, c);
	}
	text_release(&why);
	return !waits;
}

static size_t running(const struct suite_run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->suite->case_count; i++)
		n += r->cases[i].child.pid != 0;
	return n;
}

static void begin_what_can(struct suite_run *r)
{
	for (size_t i = 0; i < r->suite->case_count; i++) {
		struct suite_case_run *c = &r->cases[i];
		if (!c->chosen || c->stage != STAGE_WAITS)
			continue;
		if (r->stopped_by)
			suite_case_leave_out(r, c, SUITE_LEFT_OUT, "the suite was interrupted");
		else if (running(r) < r->options.jobs)
			begin(r, c);
	}
}

/* ---- the loop ---- */

static int64_t next_due(const struct suite_run *r)
{
	int64_t due = r->terminal ? suite_clock_ns() + LIVE_NS : INT64_MAX;

	for (size_t i = 0; i < r->suite->case_count; i++) {
		int64_t one = suite_child_due(&r->cases[i].child);
		due = one < due ? one : due;
	}
	return due;
}

/* Signals, then the background, then cases: fds[0], then as many as there are of each. */
static void wait_for_any(const struct suite_run *r, struct pollfd *fds)
{
	const struct suite *s = r->suite;
	int64_t due = next_due(r), left = due - suite_clock_ns();
	size_t n = 0;

	fds[n++] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
	for (size_t i = 0; i < s->background_count; i++)
		fds[n++] = (struct pollfd){ .fd = r->backgrounds[i].child.fd, .events = POLLIN };
	for (size_t i = 0; i < s->case_count; i++)
		fds[n++] = (struct pollfd){ .fd = r->cases[i].child.fd, .events = POLLIN };
	poll(fds, n, due == INT64_MAX ? -1 : left < 0 ? 0 : (int)(left / NS_PER_MS + 1));
}

static void turn(struct suite_run *r, struct pollfd *fds)
{
	const struct suite *s = r->suite;
	const struct pollfd *background = fds + 1, *cases = background + s->background_count;

	suite_console_live(r);
	wait_for_any(r, fds);
	if (fds[0].revents)
		suite_run_signals(r);
	for (size_t i = 0; i < s->background_count; i++)
		if (background[i].revents && r->backgrounds[i].child.pid)
			suite_background_over(r, &r->backgrounds[i]);
	int64_t now = suite_clock_ns();
	for (size_t i = 0; i < s->case_count; i++) {
		struct suite_case_run *c = &r->cases[i];
		if (cases[i].revents && c->child.pid)
			suite_case_go_on(r, c);
		else
			suite_child_attend(&c->child, now);
	}
}

static bool run_cases(struct suite_run *r, struct err *err)
{
	size_t most = 1 + r->suite->background_count + r->suite->case_count;
	struct pollfd *fds = mem_zalloc(most * sizeof *fds);

	if (!fds)
		return err_memory(err, "the suite");
	for (;;) {
		begin_what_can(r);
		if (!running(r))
			break;
		turn(r, fds);
	}
	suite_console_clear(r);
	mem_free(fds);
	return true;
}

/* ---- the whole ---- */

/* Those that a case names, and those that nothing names: they are there for their own sake. */
static bool choose_background(struct suite_run *r, struct err *err)
{
	uint32_t chosen = 0, all = 0;

	for (size_t i = 0; i < r->suite->case_count; i++) {
		struct suite_plan plan;
		struct arena arena;
		arena_init(&arena, 4096);
		bool ok = suite_plan_case(r->suite, &r->suite->cases[i], r->options.output, true,
		                          &arena, &plan, err);
		arena_release(&arena);
		if (!ok && r->cases[i].chosen)
			return false;
		*err = (struct err)ERR_INIT;
		all |= plan.uses;
		chosen |= r->cases[i].chosen ? plan.uses : 0;
	}
	for (size_t i = 0; i < r->suite->background_count; i++)
		r->backgrounds[i].wanted = (chosen >> i & 1) || !(all >> i & 1);
	return true;
}

bool suite_run_all(struct suite_run *r, struct err *err)
{
	sigset_t before;

	suite_processes_init();
	r->started_us = clock_wall_us();
	r->started_ns = suite_clock_ns();
	bool ok = open_signals(r, &before, err) && choose_background(r, err) &&
	          suite_background_start(r, err) && run_cases(r, err);
	if (!ok && r->stopped_by) {
		*err = (struct err)ERR_INIT;
		begin_what_can(r);
		ok = true;
	}
	suite_background_end(r);
	r->seconds = (double)(suite_clock_ns() - r->started_ns) / 1e9;
	if (r->signals >= 0) {
		suite_run_signals(r);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	return ok;
}

size_t suite_run_count(const struct suite_run *r, enum suite_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < r->suite->case_count; i++)
		n += r->cases[i].chosen && r->cases[i].result == result;
	return n;
}

int suite_run_exit_code(const struct suite_run *r)
{
	if (r->stopped_by)
		return 128 + r->stopped_by;
	if (suite_run_count(r, SUITE_NOT_JUDGED) || verdicts_exit_code(&r->background) == 2)
		return 2;
	return suite_run_count(r, SUITE_SHORT) ? 1 : 0;
}
