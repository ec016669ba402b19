#include "cli/suite_judge.h"

#include "cli/call_text.h"
#include "cli/message_texts.h"
#include "cli/output.h"
#include "cli/suite_baseline.h"
#include "cli/suite_files.h"
#include "reports/check/check.h"
#include "reports/compare/compare.h"
#include "reports/compare/taps.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* milliwatt sim's codes; SIPp's door has its own (sim/sipp/setup.h). */
enum {
	SIM_OK = 0,
	SIM_CALLS_FAILED = 1,
	SIM_LIMITED = 3,
	SIPP_NO_CALLS = 99,
	SIPP_MEDIA_CHECK = 253
};

#define LOG_TAIL  2048
#define LOG_LINES 6

struct judging {
	const struct suite *suite;
	const struct suite_case *of;
	const struct suite_plan *plan;
	const char *folder;
	struct verdicts *out;
	struct suite_judged *judged;
	struct records *records; /* NULL: there are none */
};

static struct verdict *add(struct verdicts *out, const char *group, const char *name,
                           enum verdict_result result)
{
	return verdicts_add(out, slice_str(group), slice_str(name), result);
}

void suite_judge_error(struct verdicts *out, const char *group, const char *name,
                       const struct err *err)
{
	struct verdict *v = add(out, group, name, VERDICT_ERROR);

	verdicts_say(out, &v->note, "%s", err->text);
}

/* ---- what ran ---- */

/* The last lines of what it printed. */
static void say_log(struct verdicts *out, struct slice *to, const char *intro, const char *log)
{
	struct text tail;
	unsigned lines = 0;

	text_init(&tail);
	suite_add_tail(&tail, log, LOG_TAIL);
	struct slice s = slice_trim(slice_of(tail.p, tail.n));
	size_t from = s.n;
	while (from && (s.p[from - 1] != '\n' || ++lines < LOG_LINES))
		from--;
	s = slice_from(s, from);
	verdicts_say(out, to, s.n ? "%s\n%.*s" : "%s", intro, SLICE_ARG(s));
	text_release(&tail);
}

static bool ran(const struct judging *j, const struct suite_ended *e)
{
	bool simulated = j->of->kind == SUITE_SIM || j->of->kind == SUITE_VIRTUAL;

	if (e->late || e->signal)
		return false;
	if (e->code == 0)
		return true;
	/* SIPp's 1 is also a wrong command line: then there are no records. */
	if (j->of->kind == SUITE_SIPP)
		return (e->code == SIM_CALLS_FAILED && suite_file_octets(j->plan->database) >= 0) ||
		       e->code == SIPP_MEDIA_CHECK;
	return simulated && e->code == SIM_CALLS_FAILED;
}

static void judge_step(const struct judging *j, const struct suite_step *step,
                       const struct suite_ended *e)
{
	char text[SUITE_ENDED_TEXT], name[64];
	bool ok = ran(j, e), simulated = j->of->kind == SUITE_SIM || j->of->kind == SUITE_VIRTUAL;

	snprintf(name, sizeof name, "%s ran", step->what);
	struct verdict *v = add(j->out, "run", name, ok ? VERDICT_PASSED : VERDICT_ERROR);
	v->seconds = e->seconds;
	if (ok)
		return;
	verdicts_say(j->out, &v->actual, "%s", suite_say_ended(e, text));
	say_log(j->out, &v->note,
	        simulated && e->code == SIM_LIMITED
	                ? "this machine, not the target, was the limit; what was measured says "
	                  "nothing of the target"
	                : "the end of its log:",
	        step->log);
}

/* ---- simulated calls ---- */

static void blame_call(const struct judging *j, struct verdict *v, struct query *q)
{
	struct text who;

	text_init(&who);
	text_addf(&who, "%.*s -> %.*s: %.*s", SLICE_ARG(query_text(q, 1)),
	          SLICE_ARG(query_text(q, 2)), SLICE_ARG(query_text(q, 3)));
	verdicts_blame(j->out, v, query_int(q, 0), slice_of(who.p, who.n));
	text_release(&who);
}

static bool say_failures(const struct judging *j, struct verdict *v, struct err *err)
{
	struct text why;
	int64_t failed = 0;
	struct query *q = rows_query(j->records,
	                             "SELECT coalesce(failure, 'unknown'), count(*) FROM sim_calls "
	                             "WHERE outcome = 'failed' GROUP BY 1 ORDER BY 2 DESC, 1",
	                             0, err);

	text_init(&why);
	while (q && query_step(q, err)) {
		failed += query_int(q, 1);
		text_addf(&why, "%s%.*s %" PRId64, why.n ? ", " : "", SLICE_ARG(query_text(q, 0)),
		          query_int(q, 1));
	}
	if (failed)
		verdicts_say(j->out, &v->actual, "%" PRId64 " failed: %s", failed, text_cstr(&why));
	else
		verdicts_say(j->out, &v->actual, "there were none");
	bool ok = rows_end(q, &why, err);
	text_release(&why);
	return ok;
}

static bool blame_failures(const struct judging *j, struct verdict *v, struct err *err)
{
	struct query *q = rows_query(
	        j->records,
	        "SELECT c.id, coalesce(c.caller, '?'), coalesce(c.callee, '?'), "
	        "coalesce(s.failure_text, s.failure, 'failed') FROM sim_calls s JOIN calls c "
	        "USING (sip_call_id) WHERE s.outcome = 'failed' GROUP BY c.id ORDER BY c.id",
	        0, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		blame_call(j, v, q);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* Nothing at all came back: that is no failure of calls, it says nothing of the target. */
static bool was_reached(const struct judging *j, bool *reached, struct err *err)
{
	int64_t silent = 0;
	bool ok = rows_int(j->records,
	                   "SELECT count(*) > 0 AND total(received) = 0 AND total(sent) > 0 FROM "
	                   "sim_steps",
	                   0, &silent, err);

	*reached = silent == 0;
	return ok;
}

static void judge_calls(const struct judging *j, const struct suite_ended *e)
{
	struct err err = ERR_INIT;
	bool reached = true, failed = e->code != SIM_OK;

	if (failed && !was_reached(j, &reached, &err)) {
		suite_judge_error(j->out, "run", "every call succeeded", &err);
		return;
	}
	enum verdict_result result = !failed                       ? VERDICT_PASSED
	                             : j->of->failed_calls_allowed ? VERDICT_SKIPPED
	                             : reached                     ? VERDICT_FAILED
	                                                           : VERDICT_ERROR;
	struct verdict *v = add(j->out, "run", "every call succeeded", result);
	if (!failed)
		return;
	if (!say_failures(j, v, &err) || !blame_failures(j, v, &err))
		suite_judge_error(j->out, "run", "the calls can be read", &err);
	if (result == VERDICT_ERROR)
		verdicts_say(j->out, &v->note,
		             "not one message came back: is the target there, and is this its "
		             "address?");
	if (result == VERDICT_SKIPPED)
		verdicts_say(j->out, &v->note, "the case allows failed calls");
}

/* ---- what is expected ---- */

/* `header:` of an expectation asks the captures. */
static bool calls_with_header(void *context, struct records *r, const char *text, struct text *ids,
                              struct err *err)
{
	(void)context;
	return call_text_ids(r, text, NULL, ids, err);
}

static void judge_expected(const struct judging *j)
{
	const struct check_options options = { calls_with_header, NULL };
	struct err err = ERR_INIT;
	const struct yaml *file = j->of->expect_file ? j->of->expect_file : j->suite->yaml;

	if (j->of->expect &&
	    !check_records_with(j->records, file, j->of->expect, &options, j->out, &err))
		suite_judge_error(j->out, "expect", "the expectations can be judged", &err);
}

static bool write_page(const struct judging *j, const struct text *page, struct err *err)
{
	struct text path;

	text_init(&path);
	text_addf(&path, "%s/compare.html", j->folder);
	bool ok = !path.failed && !page->failed ? output_write(text_cstr(&path), page, err)
	                                        : err_memory(err, "a page");
	text_release(&path);
	j->judged->compared = ok;
	return ok;
}

/* ---- the nights before ---- */

/* Several nights are one base, and say how much nights differ anyway. */
static bool compare(const struct judging *j, const struct suite_baselines *b, struct err *err)
{
	const struct compare_options options = {
		.baselines = b->night,
		.baseline_count = b->count > 1 ? b->count : 0,
		.alpha = j->of->baseline.alpha,
		.base_name = b->count > 1 ? "the nights before" : NULL,
		.tonight_name = j->of->name,
	};
	struct comparison *c =
	        comparison_new(b->count > 1 ? NULL : b->night[0], j->records, &options, err);
	struct verdicts part;
	struct text page;

	if (!c)
		return false;
	verdicts_init(&part, "baseline", NULL);
	text_init(&page);
	bool ok = comparison_verdicts(c, &part, err);
	verdicts_take(j->out, &part, SLICE_LIT("baseline"));
	ok = ok && comparison_html(c, &page, err) && write_page(j, &page, err);
	text_release(&page);
	verdicts_release(&part);
	comparison_free(c);
	return ok;
}

static void judge_baseline(const struct judging *j)
{
	const struct suite_baseline *wanted = &j->of->baseline;
	struct suite_baselines b = { 0 };
	struct err err = ERR_INIT;
	struct arena arena;

	if (!wanted->path)
		return;
	arena_init(&arena, 1024);
	const char *path = suite_baseline_path(j->suite, wanted, &arena, &err);
	bool ok = path && suite_baselines_open(&b, path, &err);
	if (ok && b.count)
		ok = compare(j, &b, &err);
	else if (ok)
		verdicts_say(
		        j->out,
		        &add(j->out, "baseline", "as the nights before", VERDICT_SKIPPED)->note,
		        "there is none yet: a night that holds becomes the first");
	if (!ok)
		suite_judge_error(j->out, "baseline", "as the nights before", &err);
	suite_baselines_release(&b);
	arena_release(&arena);
}

/* ---- two taps ---- */

static bool judge_with(const struct judging *j, struct records *other,
                       const struct taps_options *options, struct err *err)
{
	struct taps *t = taps_new(j->records, other, options, err);
	struct text page;

	if (!t)
		return false;
	text_init(&page);
	bool ok = taps_verdicts(t, j->out, err) && taps_html(t, &page, err) &&
	          write_page(j, &page, err);
	text_release(&page);
	taps_free(t);
	return ok;
}

/* With what messages said, as far as the captures can still be read. */
static bool judge_two(const struct judging *j, struct records *other, struct err *err)
{
	struct taps_options options = { .max_loss_ratio = j->plan->max_loss };
	struct message_file *a = message_file_new(j->records, NULL, false, err);
	struct message_file *b = a ? message_file_new(other, NULL, false, err) : NULL;

	if (a && b) {
		options.texts_a = message_file_texts(a);
		options.texts_b = message_file_texts(b);
	}
	bool ok = a && b && judge_with(j, other, &options, err);
	message_file_free(b);
	message_file_free(a);
	return ok;
}

static void judge_taps(const struct judging *j)
{
	struct err err = ERR_INIT;
	struct records *other = records_open(j->plan->other, &err);

	if (!other || !judge_two(j, other, &err))
		suite_judge_error(j->out, "taps", "the two can be compared", &err);
	records_close(other);
}

/* ---- the whole ---- */

static bool all_ran(const struct judging *j, const struct suite_ended *ended, size_t count)
{
	bool ok = true;

	for (size_t i = 0; i < count; i++) {
		judge_step(j, &j->plan->steps[i], &ended[i]);
		ok = ok && ran(j, &ended[i]);
	}
	return ok && count == j->plan->step_count;
}

void suite_judge_case(const struct suite *s, const struct suite_case *c, const struct suite_plan *p,
                      const struct suite_ended *ended, size_t ended_count, const char *folder,
                      struct verdicts *out, struct suite_judged *judged)
{
	struct judging j = {
		.suite = s, .of = c, .plan = p, .folder = folder, .out = out, .judged = judged
	};
	struct err err = ERR_INIT;
	bool ok = all_ran(&j, ended, ended_count);

	*judged = (struct suite_judged){ 0 };
	if (suite_file_octets(p->database) >= 0 || ok)
		j.records = records_open(p->database, &err);
	judged->records = j.records != NULL;
	if (ok && !j.records)
		suite_judge_error(out, "run", "the records can be read", &err);
	if (ok && j.records) {
		if (c->kind == SUITE_SIM || c->kind == SUITE_VIRTUAL || c->kind == SUITE_SIPP)
			judge_calls(&j, &ended[0]);
		judge_expected(&j);
		judge_baseline(&j);
		if (c->kind == SUITE_COMPARE)
			judge_taps(&j);
	} else if (c->expect || c->baseline.path) {
		verdicts_say(out, &add(out, "expect", "the expectations", VERDICT_SKIPPED)->note,
		             "not looked at: the run did not come to its end");
	}
	records_close(j.records);
}

void suite_judge_turned(struct verdicts *v)
{
	if (v->counts[VERDICT_ERROR])
		return;
	int64_t failed = v->counts[VERDICT_FAILED];
	for (struct verdict *one = v->first; one; one = one->next)
		if (one->result == VERDICT_FAILED) {
			one->result = VERDICT_SKIPPED;
			v->counts[VERDICT_FAILED]--;
			v->counts[VERDICT_SKIPPED]++;
			verdicts_say(v, &one->note, "it falls short, as expected%s%.*s",
			             one->note.n ? "\n" : "", SLICE_ARG(one->note));
		}
	struct verdict *one = add(v, "run", "it falls short, as 'expected: fail' says",
	                          failed ? VERDICT_PASSED : VERDICT_FAILED);
	if (!failed)
		verdicts_say(v, &one->actual, "all of it holds");
}

/* ---- whom to look at ---- */

static bool note_call(int64_t id, int64_t *ids, size_t *count, size_t most)
{
	for (size_t i = 0; i < *count; i++)
		if (ids[i] == id)
			return true;
	if (*count < most)
		ids[(*count)++] = id;
	return *count < most;
}

/* One of each verdict, then another of each: no verdict takes all the room. */
static void take_blamed(const struct verdicts *v, int64_t *ids, size_t *count, size_t most)
{
	bool any = true;

	for (unsigned turn = 0; any && *count < most; turn++) {
		any = false;
		for (const struct verdict *one = v->first; one; one = one->next) {
			const struct verdict_blame *b = one->blame;
			for (unsigned i = 0; b && i < turn; i++)
				b = b->next;
			if (!b || (one->result != VERDICT_FAILED && one->result != VERDICT_ERROR))
				continue;
			any = true;
			if (b->call_id != RECORD_NULL && !note_call(b->call_id, ids, count, most))
				return;
		}
	}
}

static void take_worst(const char *database, int64_t *ids, size_t *count, size_t most)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(database, &err);
	struct query *q = r ? rows_query(r,
	                                 "SELECT id FROM calls ORDER BY outcome = 'answered', "
	                                 "mos_min IS NULL, mos_min, id LIMIT 3",
	                                 0, &err)
	                    : NULL;

	while (q && query_step(q, &err) && note_call(query_int(q, 0), ids, count, most))
		;
	query_free(q);
	records_close(r);
}

size_t suite_blamed_calls(const struct verdicts *v, const char *database, int64_t *ids, size_t most)
{
	size_t count = 0;

	if (!most)
		return 0;
	take_blamed(v, ids, &count, most);
	if (!count)
		take_worst(database, ids, &count, most);
	return count;
}
