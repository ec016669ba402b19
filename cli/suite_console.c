/* What a person sees of a suite while it runs: a line for each case that is over, and on a terminal one of what happens now. */
#include "cli/suite_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LIVE_NAMES 3

const char *const suite_result_names[SUITE_RESULTS] = {
	"holds",
	"falls short",
	"not judged",
	"left out",
};

void suite_console_clear(struct suite_run *r)
{
	if (r->live)
		fprintf(stderr, "\r\033[K");
	r->live = false;
}

void suite_console_say(struct suite_run *r, const char *format, ...)
{
	struct text safe;
	char line[600];
	va_list args;

	if (r->options.quiet)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	text_init(&safe);
	text_add_terminal(&safe, slice_str(line));
	suite_console_clear(r);
	fprintf(stderr, "%s\n", text_cstr(&safe));
	text_release(&safe);
}

void suite_console_live(struct suite_run *r)
{
	size_t over = 0, running = 0;
	struct text line;

	if (!r->terminal || r->options.quiet)
		return;
	text_init(&line);
	for (size_t i = 0; i < r->suite->case_count; i++) {
		const struct suite_case_run *c = &r->cases[i];
		over += c->chosen && c->stage == STAGE_OVER;
		if (c->stage != STAGE_RUNS && c->stage != STAGE_AFTER)
			continue;
		if (running++ < LIVE_NAMES) {
			text_addf(&line, "%s", running > 1 ? ", " : "");
			text_add_terminal(&line, slice_str(c->of->name));
			text_addf(&line, " (%.0f s)",
			          (double)(suite_clock_ns() - c->started_ns) / 1e9);
		}
	}
	fprintf(stderr, "\r\033[K%zu of %zu: %.60s%s", over, r->chosen, text_cstr(&line),
	        running > LIVE_NAMES ? ", ..." : "");
	fflush(stderr);
	r->live = true;
	text_release(&line);
}

/* "12 of 14 hold" */
static void add_counts(const struct verdicts *v, struct text *out)
{
	int64_t judged =
	        v->counts[VERDICT_PASSED] + v->counts[VERDICT_FAILED] + v->counts[VERDICT_ERROR];

	text_addf(out, "%" PRId64 " of %" PRId64 " hold", v->counts[VERDICT_PASSED], judged);
	if (v->counts[VERDICT_SKIPPED])
		text_addf(out, ", %" PRId64 " left out", v->counts[VERDICT_SKIPPED]);
}

void suite_console_case(struct suite_run *r, const struct suite_case_run *c)
{
	static const char *const words[SUITE_RESULTS] = { "ok   ", "SHORT", "ERROR", "-    " };
	struct text line;

	if (r->options.quiet)
		return;
	text_init(&line);
	if (c->result == SUITE_LEFT_OUT && c->verdicts.first)
		text_addf(&line, "%.*s", SLICE_ARG(c->verdicts.first->note));
	else
		add_counts(&c->verdicts, &line);
	suite_console_say(r, "%s %s: %s, %.1f s%s", words[c->result], c->of->name, text_cstr(&line),
	                  c->seconds, c->flaky ? ", but not at the first attempt" : "");
	text_release(&line);
	for (const struct verdict *v = c->verdicts.first; v; v = v->next) {
		if (v->result != VERDICT_FAILED && v->result != VERDICT_ERROR)
			continue;
		struct slice note = v->note, first = SLICE_NONE;
		slice_line(&note, &first);
		bool grouped = v->group.n && !slice_eq_str(v->group, "run");
		suite_console_say(r, "      %.*s%s%.*s: %.*s",
		                  SLICE_ARG(grouped ? v->group : SLICE_NONE), grouped ? ": " : "",
		                  SLICE_ARG(v->name), SLICE_ARG(v->actual.n ? v->actual : first));
	}
}
