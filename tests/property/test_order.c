/* What must not depend on the order in which things come, nor on how many there are: packets of equal time, capture files, and ten
 * thousand calls between the same two numbers. */
#include "analyzer/analyze.h"
#include "reports/records/query.h"
#include "tests/helpers/packets.h"
#include "tests/helpers/recipe.h"
#include "tests/helpers/sip_lab.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Suite *suite_order(void);

/* The calls, their legs, why, and what came of transfers: without ids. */
static const char picture[] =
        "SELECT 'call', sip_call_id, leg_count, outcome, start_us, ring_us, answer_us, end_us, "
        "released_by, transferred FROM calls "
        "UNION ALL SELECT 'leg', c.sip_call_id, d.sip_call_id, d.state, d.start_us, d.answer_us, "
        "d.end_us, d.to_tag, d.kind, 0 "
        " FROM dialogs d LEFT JOIN calls c ON c.id = d.call_id "
        "UNION ALL SELECT 'edge', a.sip_call_id, b.sip_call_id, e.reason, e.score, e.detail, 0, 0, "
        "0, 0 FROM leg_edges e "
        " JOIN dialogs a ON a.id = e.dialog_id JOIN dialogs b ON b.id = e.other_dialog_id "
        "UNION ALL SELECT 'transfer', c.sip_call_id, t.kind, t.outcome, t.status, t.notify_status, "
        "t.time_us, t.end_us, t.refer_to, 0 "
        " FROM transfers t LEFT JOIN calls c ON c.id = t.call_id "
        "UNION ALL SELECT 'stream', c.sip_call_id, s.src_addr, s.dst_addr, s.packets, s.lost, "
        "s.direction, s.first_us, s.last_us, 0 "
        " FROM streams s LEFT JOIN calls c ON c.id = s.call_id ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9";

/* What family K says, without frames: which packet of a time comes first means nothing. */
static const char verdicts[] =
        "SELECT f.rule, f.cause, f.confidence, f.occurrences, o.first_us, o.last_us FROM findings "
        "f "
        "JOIN finding_occurrences o ON o.finding_id = f.id WHERE f.rule LIKE 'K%' "
        "ORDER BY 1, 2, 5, 6";

static void take_rows(struct store *store, const char *sql, struct text *out)
{
	struct err err = ERR_INIT;
	struct records *records = records_of(store_handle(store), &err);
	struct query *q = query_new(records, &err, sql);

	ck_assert_msg(q != NULL, "%s", err.text);
	text_reset(out);
	while (query_step(q, &err)) {
		for (int i = 0; i < query_columns(q); i++) {
			text_add(out, query_is_null(q, i) ? SLICE_LIT("-") : query_text(q, i));
			text_add(out, SLICE_LIT("|"));
		}
		text_add(out, SLICE_LIT("\n"));
	}
	query_free(q);
	records_close(records);
}

static void take_picture(struct store *store, struct text *out)
{
	take_rows(store, picture, out);
}

static void analyze_list(const struct packet_list *list, const struct rules *rules,
                         struct text *out)
{
	struct err err = ERR_INIT;
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("test"),
		                  .version = SLICE_LIT("0"),
		                  .started_us = 0,
		                  .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &run, &err);
	struct pipeline_options options = {
		.store = store, .run_id = 1, .interval_s = 5, .rules = rules
	};
	struct pipeline *p = pipeline_new(&options, &err);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < list->count; i++)
		ck_assert_msg(pipeline_packet(p, &list->packets[i]), "%s", err.text);
	ck_assert(pipeline_check(p));
	ck_assert_msg(pipeline_finish(p, 0) && store_join(store, &err) &&
	                      store_finish(store, 0, &err),
	              "%s", err.text);
	pipeline_free(p);
	take_rows(store, rules ? verdicts : picture, out);
	store_free(store);
}

/* ---- packets of equal time ---- */

static void reverse(struct packet *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct packet kept = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = kept;
	}
}

/* Turns every run of packets of one time around; how many runs there were. */
static size_t reverse_equal_times(struct packet_list *list)
{
	size_t runs = 0;

	for (size_t i = 0, n; i < list->count; i += n) {
		for (n = 1; i + n < list->count &&
		            list->packets[i + n].time_ns == list->packets[i].time_ns;)
			n++;
		reverse(&list->packets[i], n);
		runs += n > 1;
	}
	return runs;
}

/* Times cut to whole `step_ns`, so that more of them are equal. */
static void coarsen(struct packet_list *list, int64_t step_ns)
{
	for (size_t i = 0; i < list->count; i++)
		list->packets[i].time_ns -= list->packets[i].time_ns % step_ns;
}

static const char *const joined[] = { "b2bua-three-legs", "b2bua-session-id",  "two-look-alikes",
	                              "hunting",          "attended-transfer", "blind-transfer",
	                              "evening",          "call-id-reused" };

START_TEST(equal_times_have_no_order)
{
	size_t count, runs = 0;
	char **paths = packets_fixture_paths(joined[_i], &count);
	struct packet_list list;
	struct text one, other;

	text_init(&one);
	text_init(&other);
	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		ck_assert(packets_read(paths[i], &list));
		coarsen(&list, 2 * NS_PER_MS); /* nothing that causes another comes so soon there */
		analyze_list(&list, NULL, &one);
		runs += reverse_equal_times(&list);
		analyze_list(&list, NULL, &other);
		ck_assert_msg(strcmp(text_cstr(&one), text_cstr(&other)) == 0,
		              "%s:\n%s\nturned around:\n%s", paths[i], text_cstr(&one),
		              text_cstr(&other));
		packets_release(&list);
	}
	text_release(&one);
	text_release(&other);
	packets_free_paths(paths, count);
	if (_i == 2)
		ck_assert_uint_gt(runs, 3);
}
END_TEST

static const char *const blamed[] = { "rule-K1-capture-dropped", "rule-K2-loss-confirmed",
	                              "rule-K4-captured-twice",  "rule-K5-one-direction",
	                              "rule-K7-clock-stepped",   "rule-K10-started-mid-call",
	                              "rule-K12-wrong-order",    "rule-K13-common-outage" };

START_TEST(equal_times_have_no_say_in_verdicts)
{
	size_t count;
	char **paths = packets_fixture_paths(blamed[_i], &count);
	struct packet_list list;
	struct rules rules;
	struct text one, other;

	rules_init(&rules);
	text_init(&one);
	text_init(&other);
	ck_assert_uint_eq(count, 1);
	ck_assert(packets_read(paths[0], &list));
	coarsen(&list, NS_PER_MS);
	analyze_list(&list, &rules, &one);
	reverse_equal_times(&list);
	analyze_list(&list, &rules, &other);
	ck_assert_uint_gt(one.n, 0);
	ck_assert_msg(strcmp(text_cstr(&one), text_cstr(&other)) == 0, "%s\nturned around:\n%s",
	              text_cstr(&one), text_cstr(&other));
	packets_release(&list);
	text_release(&one);
	text_release(&other);
	rules_release(&rules);
	packets_free_paths(paths, count);
}
END_TEST

/* ---- the order of files ---- */

static void analyze_files(const char *const *paths, size_t count, struct text *out)
{
	struct err err = ERR_INIT;
	struct analyze_options options = { .paths = paths,
		                           .path_count = count,
		                           .command = SLICE_LIT("test"),
		                           .version = SLICE_LIT("0") };
	struct store *store;

	ck_assert_msg(analyze_run(&options, &store, NULL, &err), "%s", err.text);
	take_picture(store, out);
	store_free(store);
}

/* A fixture's recipe, cut into two files at second `cut`. */
static void make_two_files(struct temp_dir *d, const char *fixture, const char *cut,
                           char paths[2][160])
{
	struct err err = ERR_INIT;
	struct recipe_result result;
	struct text recipe;
	char line[512];
	FILE *f;

	snprintf(line, sizeof line, "fixtures/%s/recipe.craft", fixture);
	f = fopen(line, "r");
	ck_assert_ptr_nonnull(f);
	text_init(&recipe);
	while (fgets(line, sizeof line, f))
		text_add(&recipe, slice_str(line));
	fclose(f);
	text_addf(&recipe, "\nnext-file %s\n", cut);
	snprintf(paths[0], 160, "%s", temp_dir_path(d, "out.pcap"));
	snprintf(paths[1], 160, "%s", temp_dir_path(d, "out-2.pcap"));
	ck_assert_msg(recipe_run(fixture, slice_str(text_cstr(&recipe)), paths[0], &result, &err),
	              "%s", err.text);
	ck_assert_uint_eq(result.files, 2);
	text_release(&recipe);
}

START_TEST(files_have_no_order)
{
	static const struct {
		const char *fixture, *cut;
	} cases[] = {
		{ "b2bua-rewritten-ssrc", "3.5" },
		{ "b2bua-three-legs", "2.012" },
		{ "b2bua-three-legs", "0.015" },
		{ "attended-transfer", "8.05" },
		{ "blind-transfer", "5.05" },
		{ "hunting", "8.21" },
		{ "two-look-alikes", "2.004" },
		{ "rfc3665-3.3-multiple-authentication", "0.045" },
		{ "rfc5359-2.3-music-on-hold", "2.25" },
		{ "rfc5359-2.5-attended-transfer", "10.07" },
		{ "rfc5359-2.9-forward-no-answer", "5.21" },
		{ "rfc5359-2.15-call-park", "11.05" },
		{ "rfc5359-2.16-call-pickup", "2.31" },
	};
	struct temp_dir d;
	char paths[2][160];
	struct text one, other, whole;
	char fixture[128];

	temp_dir_make(&d);
	make_two_files(&d, cases[_i].fixture, cases[_i].cut, paths);
	text_init(&one);
	text_init(&other);
	text_init(&whole);
	snprintf(fixture, sizeof fixture, "fixtures/%s/capture.pcap", cases[_i].fixture);
	analyze_files((const char *[]){ fixture }, 1, &whole);
	analyze_files((const char *[]){ paths[0], paths[1] }, 2, &one);
	analyze_files((const char *[]){ paths[1], paths[0] }, 2, &other);
	ck_assert_str_eq(text_cstr(&one), text_cstr(&whole));
	ck_assert_str_eq(text_cstr(&other), text_cstr(&whole));
	text_release(&one);
	text_release(&other);
	text_release(&whole);
	temp_dir_remove(&d);
}
END_TEST

/* ---- ten thousand calls between two numbers ---- */

#define CALLS 10000

struct planned {
	int64_t time_us;
	char line[160];
};

struct plan {
	struct planned *messages;
	size_t count;
	uint64_t random;
};

static uint64_t below(struct plan *p, uint64_t n)
{
	p->random = p->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (p->random >> 33) % n;
}

static void say(struct plan *p, int64_t time_us, const char *way, const char *start, int cseq,
                const char *method, const char *leg, size_t call)
{
	struct planned *m = &p->messages[p->count++];
	char to_tag[32] = "-";

	if (strcmp(start, "INVITE") != 0)
		snprintf(to_tag, sizeof to_tag, "t%s%zu", leg, call);
	m->time_us = time_us;
	snprintf(m->line, sizeof m->line, "%.6f %s %s %d %s %s%s%zu %s%zu %s call=%s-%zu",
	         (double)time_us / 1e6, way, start, cseq, method, method, leg, call, leg, call,
	         to_tag, leg, call);
}

static void say_leg(struct plan *p, const char *leg, size_t call, const char *way, const char *back,
                    const int64_t at_us[4])
{
	say(p, at_us[0], way, "INVITE", 1, "INVITE", leg, call);
	say(p, at_us[1], back, "180", 1, "INVITE", leg, call);
	say(p, at_us[2], back, "200", 1, "INVITE", leg, call);
	say(p, at_us[3], way, "BYE", 2, "BYE", leg, call);
	say(p, at_us[3] + 5000, back, "200", 2, "BYE", leg, call);
}

/* In an hour, at random times; each rings 0.1 to 2 s after, is answered 1 to 6 s after that, and lasts 5 to 60 s. Through a B2BUA with
 * 10 ms a step. */
static void plan_calls(struct plan *p, bool through_b2bua)
{
	p->messages = calloc(CALLS * 10, sizeof *p->messages);
	ck_assert_ptr_nonnull(p->messages);
	for (size_t i = 0; i < CALLS; i++) {
		int64_t start = (int64_t)(i * 360000 + below(p, 360000));
		int64_t ring = start + 100000 + (int64_t)below(p, 1900000);
		int64_t answer = ring + 1000000 + (int64_t)below(p, 5000000);
		int64_t end = answer + 5000000 + (int64_t)below(p, 55000000);
		say_leg(p, "in", i, "a>s", "s>a", (int64_t[]){ start, ring, answer, end });
		if (through_b2bua)
			say_leg(p, "out", i, "s>b", "b>s",
			        (int64_t[]){ start + 10000, ring - 10000, answer - 10000,
			                     end + 10000 });
	}
}

static int by_time(const void *a, const void *b)
{
	const struct planned *x = a, *y = b;

	return x->time_us != y->time_us ? (x->time_us < y->time_us ? -1 : 1)
	                                : strcmp(x->line, y->line);
}

static void play(struct sip_lab *lab, bool through_b2bua)
{
	struct plan p = { .random = 1 };

	plan_calls(&p, through_b2bua);
	qsort(p.messages, p.count, sizeof *p.messages, by_time);
	ck_assert_msg(sip_lab_init(lab), "%s", lab->err.text);
	lab->unchecked = true;
	for (size_t i = 0; i < p.count; i++)
		ck_assert_msg(sip_lab_feed(lab, p.messages[i].line), "%s", lab->err.text);
	ck_assert(calls_check(lab->calls));
	ck_assert_msg(sip_lab_finish(lab), "%s", lab->err.text);
	free(p.messages);
}

START_TEST(ten_thousand_stay_ten_thousand)
{
	struct sip_lab lab;

	play(&lab, false);
	ck_assert_str_eq(
	        sip_lab_rows(
	                &lab,
	                "SELECT count(*), sum(leg_count), sum(outcome = 'answered') FROM calls"),
	        "10000|10000|10000");
	ck_assert_str_eq(sip_lab_rows(&lab, "SELECT count(*) FROM leg_edges"), "0");
	sip_lab_release(&lab);
}
END_TEST

/* Where one leg could be the other side of several they stay apart; never are two of different calls joined. */
START_TEST(through_a_b2bua_none_is_joined_wrongly)
{
	struct sip_lab lab;
	long calls, pairs;

	play(&lab, true);
	ck_assert_str_eq(
	        sip_lab_rows(
	                &lab,
	                "SELECT count(*) FROM leg_edges e JOIN dialogs a ON a.id = e.dialog_id "
	                "JOIN dialogs b ON b.id = e.other_dialog_id WHERE "
	                "replace(a.sip_call_id, 'in-', 'out-') <> b.sip_call_id"),
	        "0");
	calls = strtol(sip_lab_rows(&lab, "SELECT count(*) FROM calls"), NULL, 10);
	pairs = strtol(sip_lab_rows(&lab, "SELECT count(*) FROM calls WHERE leg_count = 2"), NULL,
	               10);
	ck_assert_int_eq(calls, 2 * CALLS - pairs);
	ck_assert_msg(pairs > CALLS / 2, "%ld of %d calls joined", pairs, CALLS);
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_order(void)
{
	Suite *s = suite_create("order");
	TCase *t = tcase_create("order and number");

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, equal_times_have_no_order, 0, (int)(sizeof joined / sizeof *joined));
	tcase_add_loop_test(t, equal_times_have_no_say_in_verdicts, 0,
	                    (int)(sizeof blamed / sizeof *blamed));
	tcase_add_loop_test(t, files_have_no_order, 0, 13);
	tcase_add_test(t, ten_thousand_stay_ten_thousand);
	tcase_add_test(t, through_a_b2bua_none_is_joined_wrongly);
	suite_add_tcase(s, t);
	return s;
}
