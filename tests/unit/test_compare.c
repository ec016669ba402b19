/* reports/compare: nights made by hand, and what is said of them. */
#include "base/mem.h"
#include "reports/compare/compare.h"
#include "reports/compare/rows.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

#define HOSTILE "<script>alert(1)</script>\"'&\033[31m"

/* A night of so many calls to each of the trunks 192.0.2.1 and 192.0.2.2. What is 0 is as always. */
struct night {
	unsigned calls, trunks;
	unsigned busy; /* so many of the first trunk's calls are */
	double pdd_ms; /* of all; every tenth call has a third more */
	double slow_ms; /* more, on trunk 2 */
	double mos; /* of the caller's stream; 0: no streams */
	unsigned broken; /* so many of all calls have a finding */
	const char *noun; /* of the finding */
	unsigned addresses, refused; /* of record, and so many of them fail */
	const char *agent;
	bool streams_alone; /* of no call */
};

struct opened {
	struct store *store;
	struct records *records;
};

static struct err err;

static void setup(void)
{
	err = (struct err)ERR_INIT;
}

static void put_call(struct store *s, const struct night *n, unsigned i)
{
	static const char *const trunks[] = { "192.0.2.1:5060", "192.0.2.2:5060",
		                              "[2001:db8::1]:5060", HOSTILE ":1" };
	unsigned trunk = i % n->trunks;
	bool busy = trunk == 0 && i / n->trunks < n->busy;
	struct record_call c = sample_call(i + 1);
	char id[32];

	snprintf(id, sizeof id, "%u@192.0.2.9", i);
	c.sip_call_id = slice_str(id);
	c.pdd_ms = n->pdd_ms * (i % 10 ? 1 : 1.3) + (trunk == 1 ? n->slow_ms : 0);
	c.outcome = busy ? SLICE_LIT("busy") : c.outcome;
	c.final_status = busy ? 486 : 200;
	ck_assert_msg(store_call(s, &c, &err), "%s", err.text);
	struct record_dialog d = {
		.id = i + 1,
		.run_id = 1,
		.call_id = i + 1,
		.sip_call_id = c.sip_call_id,
		.kind = SLICE_LIT("invite"),
		.state = SLICE_LIT("terminated"),
		.caller_user_agent = slice_str(n->agent),
		.dst = slice_str(trunks[trunk]),
		.start_us = SAMPLE_START_US,
		.ring_us = RECORD_NULL,
		.answer_us = busy ? RECORD_NULL : SAMPLE_START_US + 1,
		.end_us = RECORD_NULL,
		.forked_from = RECORD_NULL,
		.first_message = RECORD_NULL,
		.last_message = RECORD_NULL,
		.final_status = c.final_status,
		.won = RECORD_NULL,
		.session_expires_s = RECORD_NULL,
		.refreshes = RECORD_NULL,
		.disconnect_ms = NAN,
	};
	ck_assert_msg(store_dialog(s, &d, &err), "%s", err.text);
}

static void put_stream(struct store *s, const struct night *n, unsigned i)
{
	struct record_stream r = sample_stream(2 * i + 1);

	r.call_id = n->streams_alone ? RECORD_NULL : i + 1;
	r.dialog_id = n->streams_alone ? RECORD_NULL : i + 1;
	r.mos_lq = n->mos - (i % 7) * 0.01;
	r.loss_ratio = 0;
	ck_assert_msg(store_stream(s, &r, &err), "%s", err.text);
	r.id++; /* the worse of two of one direction is what counts */
	r.mos_lq = 4.4;
	ck_assert_msg(store_stream(s, &r, &err), "%s", err.text);
}

static void put_finding(struct store *s, const struct night *n)
{
	struct record_finding f = { .id = 1,
		                    .run_id = 1,
		                    .rule = SLICE_LIT("B1"),
		                    .name = SLICE_LIT("packet-loss"),
		                    .severity = SLICE_LIT("warning"),
		                    .confidence = SLICE_LIT("high"),
		                    .call_id = RECORD_NULL,
		                    .dialog_id = RECORD_NULL,
		                    .stream_id = RECORD_NULL,
		                    .text = SLICE_LIT("loss"),
		                    .noun = slice_str(n->noun ? n->noun : "calls"),
		                    .occurrences = n->broken,
		                    .capture_id = RECORD_NULL,
		                    .last_capture_id = RECORD_NULL };

	if (!n->broken)
		return;
	ck_assert_msg(store_finding(s, &f, &err), "%s", err.text);
	for (unsigned i = 0; i < 2 * n->broken; i++) { /* each twice: a call counts once */
		struct record_occurrence o = { .finding_id = 1,
			                       .call_id = i / 2 + 1,
			                       .dialog_id = RECORD_NULL,
			                       .stream_id = RECORD_NULL,
			                       .registration_id = RECORD_NULL,
			                       .capture_id = RECORD_NULL,
			                       .text = SLICE_LIT("loss") };
		ck_assert_msg(store_occurrence(s, &o, &err), "%s", err.text);
	}
}

static void put_registrations(struct store *s, const struct night *n)
{
	for (unsigned i = 0; i < n->addresses * 3; i++) {
		char aor[32];
		snprintf(aor, sizeof aor, "sip:%u@192.0.2.1", i / 3);
		struct record_registration r = {
			.id = i + 1,
			.run_id = 1,
			.aor = slice_str(aor),
			.time_us = SAMPLE_START_US,
			.outcome = i / 3 < n->refused && i % 3 == 1 ? SLICE_LIT("rejected")
			                                            : SLICE_LIT("registered"),
			.delay_ms = 20 + i % 3,
			.ended_us = RECORD_NULL,
			.transaction_id = RECORD_NULL,
			.capture_id = RECORD_NULL,
		};
		ck_assert_msg(store_registration(s, &r, &err), "%s", err.text);
	}
}

static struct opened make(struct night n)
{
	struct opened o = { .store = sample_create(NULL, &err) };

	n.trunks = n.trunks ? n.trunks : 2;
	n.pdd_ms = n.pdd_ms > 0 ? n.pdd_ms : 100;
	n.agent = n.agent ? n.agent : "Asterisk";
	ck_assert_msg(o.store != NULL, "%s", err.text);
	for (unsigned i = 0; i < n.calls; i++) {
		if (!n.streams_alone)
			put_call(o.store, &n, i);
		if (n.mos > 0)
			put_stream(o.store, &n, i);
	}
	put_finding(o.store, &n);
	put_registrations(o.store, &n);
	ck_assert_msg(store_finish(o.store, SAMPLE_START_US, &err), "%s", err.text);
	o.records = records_of(store_handle(o.store), &err);
	ck_assert_msg(o.records != NULL, "%s", err.text);
	return o;
}

static void done(struct opened o)
{
	records_close(o.records);
	store_free(o.store);
}

static struct comparison *compare(struct night base, struct night tonight)
{
	struct opened a = make(base), b = make(tonight);
	struct compare_options options = { 0 };
	struct comparison *c = comparison_new(a.records, b.records, &options, &err);

	ck_assert_msg(c != NULL, "%s", err.text);
	done(a); /* neither is needed any more */
	done(b);
	return c;
}

/* NULL: there is none. */
static const struct row *row_of(const struct comparison *c, const char *scope, const char *name)
{
	const struct row *found = NULL;
	struct text text;

	text_init(&text);
	for (size_t i = 0; i < c->count && !found; i++) {
		text_reset(&text);
		row_add_scope(&text, c, &c->rows[i]);
		text_addf(&text, "/");
		row_add_name(&text, c, &c->rows[i]);
		size_t n = strlen(scope);
		if (strncmp(text_cstr(&text), scope, n) == 0 && text_cstr(&text)[n] == '/' &&
		    strcmp(text_cstr(&text) + n + 1, name) == 0)
			found = &c->rows[i];
	}
	text_release(&text);
	return found;
}

static void expect(const struct comparison *c, const char *scope, const char *name,
                   enum row_verdict want)
{
	const struct row *r = row_of(c, scope, name);

	ck_assert_msg(r != NULL, "no row %s %s", scope, name);
	ck_assert_msg(r->verdict == want, "%s %s: %s, not %s", scope, name,
	              row_verdicts[r->verdict], row_verdicts[want]);
}

static int exit_code(const struct comparison *c)
{
	struct verdicts v;

	verdicts_init(&v, "compare", NULL);
	ck_assert_msg(comparison_verdicts(c, &v, &err), "%s", err.text);
	int code = verdicts_exit_code(&v);
	verdicts_release(&v);
	return code;
}

/* ---- what is said ---- */

START_TEST(the_same_is_the_same)
{
	struct night n = { .calls = 400, .mos = 4.3, .broken = 9, .addresses = 30, .refused = 2 };
	struct comparison *c = compare(n, n);

	for (size_t i = 0; i < c->count; i++) {
		ck_assert_int_eq(c->rows[i].verdict, ROW_SAME);
		ck_assert_double_eq(c->rows[i].adjusted, 1);
	}
	expect(c, "all", "outcome answered", ROW_SAME);
	expect(c, "trunk:192.0.2.1", "pdd_ms", ROW_SAME);
	expect(c, "all", "mos_lq_nb caller_to_callee", ROW_SAME);
	expect(c, "all", "register_ms", ROW_SAME);
	expect(c, "all", "registrations failed", ROW_SAME);
	ck_assert_int_eq(exit_code(c), 0);
	comparison_free(c);
}
END_TEST

START_TEST(more_busy_is_worse)
{
	struct comparison *c = compare((struct night){ .calls = 400, .busy = 10 },
	                               (struct night){ .calls = 400, .busy = 60 });

	expect(c, "all", "outcome busy", ROW_WORSE);
	expect(c, "all", "outcome answered", ROW_WORSE);
	expect(c, "all", "status 486", ROW_WORSE);
	expect(c, "trunk:192.0.2.1", "outcome busy", ROW_WORSE);
	expect(c, "trunk:192.0.2.2", "outcome answered", ROW_SAME);
	expect(c, "all", "pdd_ms", ROW_SAME);
	const struct row *r = row_of(c, "all", "outcome busy");
	ck_assert_uint_eq(r->hits[0], 10);
	ck_assert_uint_eq(r->hits[1], 60);
	ck_assert_int_eq(r->blame_all, 60);
	ck_assert_uint_eq(r->blame_count, VERDICT_MAX_BLAME);
	ck_assert_int_eq(r->blame[0].call_id, 1);
	ck_assert_int_eq(r->blame[1].call_id, 3);
	ck_assert(slice_eq_str(r->blame[1].text, "alice -> bob, outcome busy"));
	r = row_of(c, "all", "outcome answered"); /* shown by those that were not */
	ck_assert_int_eq(r->blame_all, 60);
	ck_assert(slice_eq_str(r->blame[1].text, "alice -> bob, outcome busy"));
	ck_assert_int_eq(exit_code(c), 1);
	comparison_free(c);
}
END_TEST

START_TEST(less_busy_is_better)
{
	struct comparison *c = compare((struct night){ .calls = 400, .busy = 60 },
	                               (struct night){ .calls = 400, .busy = 10 });

	expect(c, "all", "outcome busy", ROW_BETTER);
	expect(c, "trunk:192.0.2.1", "status 200", ROW_BETTER);
	ck_assert_uint_eq(c->verdicts[ROW_WORSE], 0);
	ck_assert_int_eq(exit_code(c), 0);
	comparison_free(c);
}
END_TEST

START_TEST(one_trunk_is_named)
{
	struct comparison *c = compare((struct night){ .calls = 400 },
	                               (struct night){ .calls = 400, .slow_ms = 50 });

	expect(c, "all", "pdd_ms", ROW_WORSE);
	expect(c, "trunk:192.0.2.2", "pdd_ms", ROW_WORSE);
	expect(c, "trunk:192.0.2.1", "pdd_ms", ROW_SAME);
	expect(c, "trunk:192.0.2.2", "setup_ms", ROW_SAME);
	const struct row *r = row_of(c, "trunk:192.0.2.2", "pdd_ms");
	ck_assert_double_eq_tol(r->middle.by, 50, 1e-4);
	ck_assert_uint_eq(r->units[1], 200);
	ck_assert_double_eq(r->effect.superiority, 1);
	comparison_free(c);
}
END_TEST

START_TEST(certain_is_not_yet_worse)
{
	struct comparison *c = compare((struct night){ .calls = 400, .pdd_ms = 100 },
	                               (struct night){ .calls = 400, .pdd_ms = 105 });
	const struct row *r = row_of(c, "all", "pdd_ms");

	ck_assert_double_lt(r->adjusted, 1e-9);
	ck_assert_int_eq(r->verdict, ROW_SAME);
	ck_assert_str_eq(r->why, "certain, but less than what matters");
	comparison_free(c);
}
END_TEST

START_TEST(worst_stream_counts)
{
	struct comparison *c = compare((struct night){ .calls = 100, .mos = 4.3 },
	                               (struct night){ .calls = 100, .mos = 3.9 });
	const struct row *r = row_of(c, "all", "mos_lq_nb caller_to_callee");

	ck_assert_int_eq(r->verdict, ROW_WORSE);
	ck_assert_uint_eq(r->units[1], 100); /* calls, not their 200 streams */
	ck_assert_double_eq_tol(r->middle.tonight, 3.87, 1e-5);
	ck_assert_double_eq_tol(r->tail.tonight, 3.84, 1e-5);
	ck_assert_int_eq(r->blame[0].call_id, 7);
	ck_assert_double_eq_tol(r->blame[0].value, 3.84, 1e-5);
	comparison_free(c);
}
END_TEST

START_TEST(streams_of_no_call_stand_for_themselves)
{
	struct comparison *c =
	        compare((struct night){ .calls = 100, .mos = 4.3, .streams_alone = true },
	                (struct night){ .calls = 100, .mos = 3.9, .streams_alone = true });

	expect(c, "all", "mos_lq_nb caller_to_callee", ROW_WORSE);
	ck_assert_ptr_null(row_of(c, "all", "outcome answered"));
	ck_assert_int_eq(exit_code(c), 1);
	comparison_free(c);
}
END_TEST

START_TEST(findings_by_calls_hit)
{
	struct comparison *c = compare((struct night){ .calls = 400, .broken = 4 },
	                               (struct night){ .calls = 400, .broken = 80 });
	const struct row *r = row_of(c, "all", "finding B1 packet-loss");

	ck_assert_int_eq(r->verdict, ROW_WORSE);
	ck_assert_uint_eq(r->hits[1], 80);
	ck_assert_uint_eq(row_of(c, "trunk:192.0.2.1", "finding B1 packet-loss")->hits[1], 40);
	comparison_free(c);
}
END_TEST

/* Eighty calls of one server that fails are one failure. */
START_TEST(findings_of_many_calls_at_once_are_told)
{
	struct comparison *c =
	        compare((struct night){ .calls = 400 },
	                (struct night){ .calls = 400, .broken = 80, .noun = "servers" });
	const struct row *r = row_of(c, "all", "finding B1 packet-loss");

	ck_assert(r->neutral);
	ck_assert(isnan(r->adjusted));
	ck_assert_int_eq(r->verdict, ROW_SAME);
	ck_assert_uint_eq(r->hits[1], 80);
	ck_assert_int_eq(exit_code(c), 0);
	comparison_free(c);
}
END_TEST

START_TEST(registrations_by_address)
{
	struct comparison *c = compare((struct night){ .addresses = 200, .refused = 2 },
	                               (struct night){ .addresses = 200, .refused = 40 });
	const struct row *r = row_of(c, "all", "registrations failed");

	ck_assert_int_eq(r->verdict, ROW_WORSE);
	ck_assert_uint_eq(r->units[1], 200);
	ck_assert_uint_eq(r->hits[1], 40);
	ck_assert_double_eq(row_of(c, "all", "register_ms")->middle.tonight, 22);
	comparison_free(c);
}
END_TEST

START_TEST(few_cannot_tell)
{
	struct comparison *c = compare((struct night){ .calls = 400 },
	                               (struct night){ .calls = 7, .pdd_ms = 900 });

	ck_assert_uint_eq(c->verdicts[ROW_SAME] + c->verdicts[ROW_WORSE], 0);
	ck_assert_int_eq(exit_code(c), 2); /* a night of seven calls must not pass for a good one */
	comparison_free(c);
	c = compare((struct night){ .calls = 400 }, (struct night){ 0 });
	ck_assert_uint_eq(c->count, 0);
	ck_assert_int_eq(exit_code(c), 2);
	comparison_free(c);
	c = compare((struct night){ .calls = 30 }, (struct night){ .calls = 30, .busy = 3 });
	expect(c, "all", "outcome busy", ROW_TOO_FEW);
	expect(c, "all", "pdd_ms", ROW_SAME);
	ck_assert_int_eq(exit_code(c), 0);
	comparison_free(c);
}
END_TEST

/* ---- nights ---- */

static enum row_verdict with_nights(const double *pdd_ms, size_t count, double tonight_ms,
                                    bool pooled)
{
	struct opened nights[8],
	        tonight = make((struct night){ .calls = 200, .pdd_ms = tonight_ms });
	struct records *records[8];
	struct compare_options options = { .baselines = records, .baseline_count = count };

	for (size_t i = 0; i < count; i++) {
		nights[i] = make((struct night){ .calls = 200, .pdd_ms = pdd_ms[i] });
		records[i] = nights[i].records;
	}
	struct comparison *c =
	        comparison_new(pooled ? NULL : records[0], tonight.records, &options, &err);
	ck_assert_msg(c != NULL, "%s", err.text);
	const struct row *r = row_of(c, "all", "pdd_ms");
	enum row_verdict verdict = r->verdict;
	ck_assert_uint_eq(r->units[0], pooled ? 200 * count : 200);
	comparison_free(c);
	for (size_t i = 0; i < count; i++)
		done(nights[i]);
	done(tonight);
	return verdict;
}

START_TEST(what_nights_do_anyway_is_the_same)
{
	static const double restless[] = { 100, 130, 80, 120, 95 },
	                    calm[] = { 100, 101, 99, 100, 102 };

	ck_assert_int_eq(with_nights(restless, 1, 140, false),
	                 ROW_WORSE); /* one says nothing of it */
	ck_assert_int_eq(with_nights(restless, 2, 140, false), ROW_WORSE);
	ck_assert_int_eq(with_nights(restless, 5, 140, false), ROW_SAME);
	ck_assert_int_eq(with_nights(restless, 5, 400, false), ROW_WORSE);
	ck_assert_int_eq(with_nights(calm, 5, 140, false), ROW_WORSE);
	ck_assert_int_eq(with_nights(calm, 5, 140, true), ROW_WORSE);
	ck_assert_int_eq(with_nights(calm, 5, 101, true), ROW_SAME);
	ck_assert_int_eq(with_nights(restless, 5, 140, true), ROW_SAME);
}
END_TEST

/* ---- forms ---- */

static void all_forms(const struct comparison *c, struct text *out, bool *ok)
{
	struct verdicts v;

	verdicts_init(&v, "compare", "tonight.db");
	*ok = comparison_text(c, true, out, &err) && comparison_markdown(c, out, &err) &&
	      comparison_json(c, out, &err) && comparison_html(c, out, &err) &&
	      comparison_verdicts(c, &v, &err) && verdicts_junit(&v, out, &err);
	verdicts_release(&v);
}

START_TEST(texts_of_packets_are_escaped)
{
	struct comparison *c = compare(
	        (struct night){ .calls = 100, .mos = 4.2 },
	        (struct night){
	                .calls = 100, .trunks = 4, .mos = 3.5, .pdd_ms = 500, .agent = HOSTILE });
	struct text out;
	bool ok;

	text_init(&out);
	ck_assert(comparison_text(c, false, &out, &err));
	ck_assert_ptr_null(strchr(text_cstr(&out), '\033'));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "Only tonight"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "2001:db8::1 (25)"));
	ck_assert_ptr_null(strstr(text_cstr(&out), "Only in the baseline\n  trunks"));
	text_reset(&out);
	ck_assert(comparison_html(c, &out, &err));
	ck_assert_ptr_null(strstr(text_cstr(&out), "<script"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "&lt;script&gt;"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "<svg"));
	text_reset(&out);
	ck_assert(comparison_markdown(c, &out, &err));
	ck_assert_ptr_null(strstr(text_cstr(&out), "<script"));
	text_reset(&out);
	all_forms(c, &out, &ok);
	ck_assert_msg(ok, "%s", err.text);
	text_release(&out);
	comparison_free(c);
}
END_TEST

/* ---- limits ---- */

static const struct {
	const char *setting;
	enum metric metric;
	double absolute, relative;
	bool ok;
} limit_cases[] = {
	{ "pdd_ms=50", METRIC_PDD, 50, 0, true },
	{ "pdd_ms=20%", METRIC_PDD, 0, 0.2, true },
	{ "pdd_ms=50,20%", METRIC_PDD, 50, 0.2, true },
	{ "mos_lq=0.3", METRIC_MEDIA + MEDIA_MOS_WB, 0.3, 0, true },
	{ "loss_ratio=0.005", METRIC_MEDIA + MEDIA_LOSS, 0.005, 0, true },
	{ "pdd=50", METRIC_PDD, 10, 0.1, false },
	{ "pdd_ms", METRIC_PDD, 10, 0.1, false },
	{ "pdd_ms=", METRIC_PDD, 10, 0.1, false },
	{ "pdd_ms=-1", METRIC_PDD, 10, 0.1, false },
	{ "pdd_ms=nan", METRIC_PDD, 10, 0.1, false },
	{ "pdd_ms=5x", METRIC_PDD, 10, 0.1, false },
	{ "finding=2", METRIC_PDD, 10, 0.1, false },
	{ "alpha=0", METRIC_PDD, 10, 0.1, false },
};

START_TEST(limits_of_the_command_line)
{
	struct compare_limits l;

	limits_init(&l);
	ck_assert_int_eq(limits_set(&l, limit_cases[_i].setting, &err), limit_cases[_i].ok);
	ck_assert_double_eq(l.metrics[limit_cases[_i].metric].absolute, limit_cases[_i].absolute);
	ck_assert_double_eq(l.metrics[limit_cases[_i].metric].relative, limit_cases[_i].relative);
}
END_TEST

static const struct {
	const char *file, *error; /* NULL: none */
} file_cases[] = {
	{ "mos_lq: 0.2\npdd_ms: {absolute: 20, relative: 0.5}\nfinding: 0.02\nalpha: 0.01\n",
	  NULL },
	{ "", NULL },
	{ "mos: 0.2\n", ":1:" },
	{ "mos_lq: high\n", ":1:" },
	{ "mos_lq: 0.2\npdd_ms: {absolut: 20}\n", ":2:" },
	{ "pdd_ms: {}\n", ":1:" },
	{ "pdd_ms: [1]\n", ":1:" },
	{ "- 1\n", ":1:" },
	{ "alpha: 0.7\n", ":1:" },
};

START_TEST(limits_of_a_file)
{
	struct compare_limits l;
	struct temp_dir dir;

	limits_init(&l);
	temp_dir_make(&dir);
	const char *path = temp_dir_write(&dir, "limits.yaml", slice_str(file_cases[_i].file));
	bool ok = limits_read(&l, path, &err);
	if (file_cases[_i].error)
		ck_assert_msg(!ok && strstr(err.text, file_cases[_i].error), "%s", err.text);
	else
		ck_assert_msg(ok, "%s", err.text);
	if (_i == 0) {
		ck_assert_double_eq(l.metrics[METRIC_MEDIA + MEDIA_MOS_NB].absolute, 0.2);
		ck_assert_double_eq(l.metrics[METRIC_PDD].relative, 0.5);
		ck_assert_double_eq(l.shares[SHARE_FINDING], 0.02);
		ck_assert_double_eq(l.alpha, 0.01);
	}
	temp_dir_remove(&dir);
}
END_TEST

/* ---- memory ---- */

static bool run_all(const struct opened *a, const struct opened *b)
{
	struct records *nights[] = { a->records, a->records, a->records };
	struct compare_options options = { .baselines = nights, .baseline_count = 3 };
	struct comparison *c = comparison_new(a->records, b->records, &options, &err);
	struct text out;
	bool ok = c != NULL;

	text_init(&out);
	if (ok)
		all_forms(c, &out, &ok);
	text_release(&out);
	comparison_free(c);
	return ok;
}

START_TEST(memory_runs_out)
{
	struct night n = { .calls = 16, .mos = 4.2, .broken = 3, .addresses = 9 };
	struct opened a = make(n);
	n.pdd_ms = 900;
	n.mos = 3;
	struct opened b = make(n);
	struct shortage s = { 0 };

	shortage_watch(&s);
	ck_assert_msg(run_all(&a, &b), "%s", err.text);
	shortage_plan(&s);
	while (shortage_next(&s)) {
		err = (struct err)ERR_INIT;
		bool ok = run_all(&a, &b);
		shortage_over();
		ck_assert_msg(!ok && err.code == ERR_MEMORY, "allocation %lu: %d %s",
		              shortage_at(&s), ok, err.text);
	}
	shortage_release(&s);
	done(a);
	done(b);
}
END_TEST

Suite *suite_compare(void);
Suite *suite_compare(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_same_is_the_same);
	tcase_add_test(t, more_busy_is_worse);
	tcase_add_test(t, less_busy_is_better);
	tcase_add_test(t, one_trunk_is_named);
	tcase_add_test(t, certain_is_not_yet_worse);
	tcase_add_test(t, worst_stream_counts);
	tcase_add_test(t, streams_of_no_call_stand_for_themselves);
	tcase_add_test(t, findings_by_calls_hit);
	tcase_add_test(t, findings_of_many_calls_at_once_are_told);
	tcase_add_test(t, registrations_by_address);
	tcase_add_test(t, few_cannot_tell);
	tcase_add_test(t, what_nights_do_anyway_is_the_same);
	tcase_add_test(t, texts_of_packets_are_escaped);
	tcase_add_loop_test(t, limits_of_the_command_line, 0,
	                    (int)(sizeof limit_cases / sizeof *limit_cases));
	tcase_add_loop_test(t, limits_of_a_file, 0, (int)(sizeof file_cases / sizeof *file_cases));
	tcase_add_test(t, memory_runs_out);
	suite_add_tcase(s, t);
	return s;
}
