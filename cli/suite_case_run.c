/* A case from its first step to its last file. */
#include "cli/suite_run.h"

#include "cli/suite_baseline.h"
#include "cli/suite_files.h"

#include <stdio.h>
#include <unistd.h>

#define PAGES_NS (10 * 60 * NS_PER_S)
/* Calls with a page each, and with plots: enough for a night, quick enough for each case. */
#define PAGES "500"
#define PLOTS "20"

static void fail(struct suite_case_run *c, const char *what, const struct err *err)
{
	suite_judge_error(&c->verdicts, "run", what, err);
}

/* ---- the end ---- */

static enum suite_result result_of(const struct suite_case_run *c)
{
	int code = verdicts_exit_code(&c->verdicts);

	return code == 2 || c->verdicts.failed ? SUITE_NOT_JUDGED
	       : code == 1                     ? SUITE_SHORT
	                                       : SUITE_HOLDS;
}

static void remove_capture(const struct suite_run *r, const struct suite_case_run *c)
{
	enum suite_which keep = r->suite->evidence.keep_captures;

	if (c->plan.capture &&
	    (keep == SUITE_NONE || (keep == SUITE_FAILED && c->result == SUITE_HOLDS)))
		unlink(c->plan.capture);
}

static void keep_night(struct suite_run *r, struct suite_case_run *c)
{
	const struct suite_baseline *b = &c->of->baseline;
	struct err err = ERR_INIT;

	if (!b->path || !b->keep || c->result != SUITE_HOLDS || c->of->expected_to_fail || c->flaky)
		return;
	const char *path = suite_baseline_path(r->suite, b, &c->arena, &err);
	if (path && suite_baseline_is_file(path))
		return;
	if (path &&
	    suite_baseline_keep(path, c->plan.database, c->verdicts.started_us, b->keep, &err)) {
		c->kept = true;
		return;
	}
	fail(c, "tonight is kept as a baseline", &err);
	c->result = SUITE_NOT_JUDGED;
}

/* What made the attempts before fall short is said, not forgotten. */
static void note_earlier(struct suite_run *r, struct suite_case_run *c)
{
	c->flaky = c->earlier.n && c->result == SUITE_HOLDS;
	if (!c->earlier.n)
		return;
	bool fails = c->flaky && r->suite->flaky_fails;
	struct verdict *v = verdicts_add(&c->verdicts, SLICE_LIT("run"),
	                                 SLICE_LIT("it holds at the first attempt"),
	                                 fails ? VERDICT_FAILED : VERDICT_SKIPPED);
	verdicts_say(&c->verdicts, &v->note, "%s", text_cstr(&c->earlier));
	if (fails)
		c->result = SUITE_SHORT;
}

static void note_attempt(struct suite_case_run *c)
{
	text_addf(&c->earlier, "%sattempt %u %s:", c->earlier.n ? "\n" : "", c->attempt,
	          c->result == SUITE_SHORT ? "fell short" : "could not be judged");
	unsigned count = 0;
	for (const struct verdict *v = c->verdicts.first; v; v = v->next) {
		if ((v->result != VERDICT_FAILED && v->result != VERDICT_ERROR) || ++count > 5)
			continue;
		text_addf(&c->earlier, "%s %.*s", count > 1 ? "," : "", SLICE_ARG(v->name));
		if (v->actual.n)
			text_addf(&c->earlier, " (%.*s)", SLICE_ARG(v->actual));
	}
	if (count > 5)
		text_addf(&c->earlier, ", and %u more", count - 5);
}

static void release_attempt(struct suite_case_run *c)
{
	verdicts_release(&c->verdicts);
	arena_release(&c->arena);
}

static void over(struct suite_run *r, struct suite_case_run *c)
{
	bool again = (c->result == SUITE_SHORT || c->result == SUITE_NOT_JUDGED) &&
	             c->attempt <= c->of->retries && !r->stopped_by;

	c->seconds = (double)(suite_clock_ns() - c->started_ns) / 1e9;
	remove_capture(r, c);
	if (again) {
		note_attempt(c);
		suite_console_say(r, "again %s, after attempt %u", c->of->name, c->attempt);
		release_attempt(c);
		suite_case_begin(r, c);
		return;
	}
	note_earlier(r, c);
	keep_night(r, c);
	c->stage = STAGE_OVER;
	suite_console_case(r, c);
}

static void finish(struct suite_run *r, struct suite_case_run *c)
{
	struct err err = ERR_INIT;

	if (c->bundled && !r->stopped_by && !suite_bundle_finish(&c->bundle, &c->verdicts, &err)) {
		fail(c, "the evidence can be written", &err);
		c->result = SUITE_NOT_JUDGED;
	}
	over(r, c);
}

/* ---- pages and evidence ---- */

static bool plan_pages(struct suite_run *r, struct suite_case_run *c, struct err *err)
{
	struct suite_words w;
	bool wanted = c->of->html == SUITE_ALL ||
	              (c->of->html == SUITE_FAILED && c->result != SUITE_HOLDS);

	if (!wanted || !c->judged.records || c->of->kind == SUITE_COMPARE)
		return true;
	suite_words_init(&w, r->suite, &c->arena);
	bool ok = suite_words_add(&w, SUITE_OURS, err) && suite_words_add(&w, "report", err) &&
	          suite_words_add(&w, c->plan.database, err) &&
	          suite_words_add(&w, "--html", err) &&
	          suite_words_addf(&w, err, "%s/html", c->folder) &&
	          suite_words_add(&w, "--pages", err) && suite_words_add(&w, PAGES, err) &&
	          suite_words_add(&w, "--plots", err) && suite_words_add(&w, PLOTS, err);
	if (ok)
		return suite_plan_add(&c->after, &w, "pages", c->folder, "html.log", PAGES_NS, err);
	suite_words_release(&w);
	return false;
}

static bool plan_evidence(struct suite_run *r, struct suite_case_run *c, struct err *err)
{
	size_t n = strlen(r->options.output) + strlen(c->slug) + 16;
	char *folder = arena_alloc(&r->arena, n);

	if (c->result == SUITE_HOLDS)
		return true;
	if (!folder)
		return err_memory(err, "a bundle");
	snprintf(folder, n, "%s/evidence/%s", r->options.output, c->slug);
	c->bundled = suite_bundle_begin(&c->bundle, r->suite, c->of, &c->plan, &c->verdicts, folder,
	                                c->slug, c->judged.records, &c->arena, &c->after, err);
	c->evidence = c->bundled ? folder : NULL;
	return c->bundled;
}

static bool start_step(struct suite_run *r, struct suite_case_run *c, const struct suite_step *step)
{
	struct err err = ERR_INIT;

	if (suite_child_start(&c->child, step->words, r->suite->directory, step->log,
	                      step->timeout_ns, &err))
		return true;
	fail(c, step->what, &err);
	c->result = SUITE_NOT_JUDGED;
	return false;
}

/* What cannot be made of pages and evidence is said, for it will be missed. */
static void after_step(struct suite_run *r, struct suite_case_run *c, const struct suite_ended *e)
{
	const struct suite_step *step = &c->after.steps[c->step];
	char text[SUITE_ENDED_TEXT];
	bool of_case = strcmp(step->what, "pages") == 0;

	c->step++;
	if (of_case && e->code == 0)
		c->pages = true;
	else if (of_case && !r->stopped_by)
		suite_console_say(r, "%s: no pages: %s; see %s", c->of->name,
		                  suite_say_ended(e, text), step->log);
	/* Without a slice there is nothing to analyze. */
	if (!of_case && e->code != 0)
		c->step = c->after.step_count;
	if (r->stopped_by || c->step >= c->after.step_count ||
	    !start_step(r, c, &c->after.steps[c->step]))
		finish(r, c);
}

static void go_after(struct suite_run *r, struct suite_case_run *c)
{
	struct err err = ERR_INIT;

	c->stage = STAGE_AFTER;
	c->step = 0;
	c->result = result_of(c);
	if (r->stopped_by) {
		over(r, c);
		return;
	}
	if (!plan_pages(r, c, &err) || !plan_evidence(r, c, &err)) {
		fail(c, "pages and evidence can be written", &err);
		c->result = SUITE_NOT_JUDGED;
		c->after.step_count = 0;
	}
	if (!c->after.step_count || !start_step(r, c, &c->after.steps[0]))
		finish(r, c);
}

/* ---- its steps ---- */

static void judge(struct suite_run *r, struct suite_case_run *c)
{
	if (r->stopped_by) {
		const struct err err = { ERR_USAGE, "the suite was interrupted" };
		fail(c, "the case ran to its end", &err);
		go_after(r, c);
		return;
	}
	suite_judge_case(r->suite, c->of, &c->plan, c->ended, c->ended_count, c->folder,
	                 &c->verdicts, &c->judged);
	if (c->of->expected_to_fail)
		suite_judge_turned(&c->verdicts);
	go_after(r, c);
}

static void run_step(struct suite_run *r, struct suite_case_run *c, const struct suite_ended *e)
{
	c->ended[c->ended_count++] = *e;
	c->step++;
	bool more = c->step < c->plan.step_count && e->code == 0 && !e->late && !r->stopped_by;
	if (!more)
		judge(r, c);
	else if (!start_step(r, c, &c->plan.steps[c->step]))
		go_after(r, c);
}

void suite_case_go_on(struct suite_run *r, struct suite_case_run *c)
{
	struct suite_ended e;

	suite_child_reap(&c->child, &e);
	if (c->stage == STAGE_RUNS)
		run_step(r, c, &e);
	else
		after_step(r, c, &e);
}

/* ---- the beginning ---- */

static bool prepare(struct suite_run *r, struct suite_case_run *c, struct err *err)
{
	struct text slug, folder;

	text_init(&slug);
	text_init(&folder);
	text_addf(&slug, c->attempt > 1 ? "%s-attempt-%u" : "%s", c->of->slug, c->attempt);
	text_addf(&folder, "%s/cases/%s", r->options.output, text_cstr(&slug));
	bool ok = !slug.failed && !folder.failed;
	c->slug = ok ? suite_keep(r->suite, slice_str(text_cstr(&slug)), err) : NULL;
	c->folder = ok ? suite_keep(r->suite, slice_str(text_cstr(&folder)), err) : NULL;
	text_release(&slug);
	text_release(&folder);
	if (!c->slug || !c->folder)
		return err_memory(err, "a case");
	return suite_make_folder(c->folder, err) &&
	       suite_plan_case(r->suite, c->of, c->folder, false, &c->arena, &c->plan, err);
}

void suite_case_begin(struct suite_run *r, struct suite_case_run *c)
{
	struct err err = ERR_INIT;

	c->attempt++;
	c->stage = STAGE_RUNS;
	c->started_ns = suite_clock_ns();
	c->step = c->ended_count = 0;
	c->bundled = c->pages = false;
	c->after = (struct suite_plan){ 0 };
	c->judged = (struct suite_judged){ 0 };
	arena_init(&c->arena, 4096);
	verdicts_init(&c->verdicts, c->of->name, NULL);
	if (!prepare(r, c, &err)) {
		fail(c, "the case can be run", &err);
		c->result = SUITE_NOT_JUDGED;
		over(r, c);
		return;
	}
	c->verdicts.database = c->plan.database;
	if (!c->plan.step_count)
		judge(r, c);
	else if (!start_step(r, c, &c->plan.steps[0]))
		go_after(r, c);
}

void suite_case_leave_out(struct suite_run *r, struct suite_case_run *c, enum suite_result result,
                          const char *why)
{
	arena_init(&c->arena, 1024);
	verdicts_init(&c->verdicts, c->of->name, NULL);
	struct verdict *v =
	        verdicts_add(&c->verdicts, SLICE_LIT("run"), SLICE_LIT("the case was run"),
	                     result == SUITE_NOT_JUDGED ? VERDICT_ERROR : VERDICT_SKIPPED);
	verdicts_say(&c->verdicts, &v->note, "%s", why);
	c->result = result;
	c->stage = STAGE_OVER;
	suite_console_case(r, c);
}
