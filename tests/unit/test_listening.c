/* Who spoke when, and a whole run that listens: rows of a call that the recipe plays, and no memory at any place. */
#include "analyzer/audio/talk.h"
#include "analyzer/pipeline.h"
#include "base/mem.h"
#include "reports/ladder.h"
#include "reports/report.h"
#include "tests/helpers/packets.h"
#include "tests/helpers/pcm.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* ---- talk ---- */

static void add(struct talk *t, enum talker who, int64_t start_ms, double before_ms, double talk_ms)
{
	struct levels levels = { 0 };
	struct pcm p;

	pcm_init(&p, 8000);
	pcm_silence(&p, before_ms);
	pcm_sine(&p, talk_ms, 500, -20);
	ck_assert(levels_push(&levels, start_ms * NS_PER_MS, p.samples, p.count, 8000, true));
	ck_assert(talk_add(t, who, &levels, -36));
	levels_release(&levels);
	pcm_release(&p);
}

static int64_t ms(int64_t ns)
{
	return ns / NS_PER_MS;
}

START_TEST(two_talk)
{
	struct talk t = { 0 };

	/* The second stream of the caller began before the first one, and is told of later. */
	add(&t, TALKER_CALLER, 4000, 0, 1000);
	add(&t, TALKER_CALLEE, 1000, 1000, 2500);
	add(&t, TALKER_CALLER, 500, 500, 200);
	struct talk_facts f = talk_measure(&t, TIME_NONE, TIME_NONE);
	ck_assert_int_eq(ms(f.talk_ns[TALKER_CALLER]), 1200);
	ck_assert_int_eq(ms(f.talk_ns[TALKER_CALLEE]), 2500);
	ck_assert_int_eq(ms(f.heard_ns[TALKER_CALLER]), 1700);
	ck_assert_int_eq(ms(f.first_ns[TALKER_CALLER]), 1000);
	ck_assert_int_eq(ms(f.first_ns[TALKER_CALLEE]), 2000);
	ck_assert_int_eq(ms(f.double_ns), 500);
	ck_assert_int_eq(ms(f.silence_ns), 500 + 800);
	ck_assert_int_eq(ms(f.longest_silence_ns), 800);
	f = talk_measure(&t, 1500 * NS_PER_MS, 3000 * NS_PER_MS);
	ck_assert_int_eq(f.talk_ns[TALKER_CALLER], 0);
	ck_assert(f.first_ns[TALKER_CALLER] == TIME_NONE);
	ck_assert_int_eq(ms(f.talk_ns[TALKER_CALLEE]), 1000);
	f = talk_measure(&t, 90000 * NS_PER_MS, 91000 * NS_PER_MS);
	ck_assert_int_eq(f.silence_ns, 0);
	talk_release(&t);
}
END_TEST

/* A year lies between them: no memory for that, and what is in reach stays. */
START_TEST(talk_is_bounded)
{
	struct talk t = { 0 };

	add(&t, TALKER_CALLER, 1000, 0, 1000);
	add(&t, TALKER_CALLEE, INT64_C(365) * 86400 * 1000, 0, 1000);
	add(&t, TALKER_CALLEE, INT64_C(-365) * 86400 * 1000, 0, 1000);
	ck_assert_uint_le(t.count, TALK_MAX_FRAMES);
	ck_assert_int_eq(ms(talk_measure(&t, TIME_NONE, TIME_NONE).talk_ns[TALKER_CALLER]), 1000);
	talk_release(&t);
}
END_TEST

/* ---- a run ---- */

static bool run(const struct packet_list *list, struct store **out, struct err *err)
{
	struct record_run record = { .id = 1,
		                     .kind = SLICE_LIT("capture"),
		                     .command = SLICE_LIT("test"),
		                     .version = SLICE_LIT("0"),
		                     .started_us = 0,
		                     .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &record, err);
	struct rules rules;

	rules_init(&rules);
	struct pipeline_options options = { .store = store,
		                            .run_id = 1,
		                            .interval_s = 5,
		                            .media = { .listen = true },
		                            .rules = &rules };
	struct pipeline *p = store ? pipeline_new(&options, err) : NULL;
	bool ok = p != NULL;
	for (size_t i = 0; ok && i < list->count; i++)
		ok = pipeline_packet(p, &list->packets[i]);
	ok = ok && pipeline_finish(p, 0) && store_join(store, err) && store_kpi(store, 1, err) &&
	     store_finish(store, 0, err);
	pipeline_free(p);
	rules_release(&rules);
	if (ok)
		*out = store;
	else
		store_free(store);
	return ok;
}

START_TEST(what_was_heard_is_shown)
{
	struct packet_list list;
	struct store *store;
	struct err err = ERR_INIT;
	struct text page, ladder;
	const struct ladder_style style = { 100, true };

	ck_assert(packets_read("fixtures/heard-call/capture.pcap", &list));
	ck_assert_msg(run(&list, &store, &err), "%s", err.text);
	struct records *records = records_of(store_handle(store), &err);
	text_init(&page);
	text_init(&ladder);
	ck_assert_msg(report_text(records, &page, &err), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(text_cstr(&page), "3 of 3 streams heard for 14.800 s"));
	ck_assert_ptr_nonnull(strstr(text_cstr(&page), "tones: 2 tone, 1 ringback"));
	ck_assert_msg(ladder_text(records, 1, &style, &ladder, &err), "%s", err.text);
	ck_assert_ptr_nonnull(
	        strstr(text_cstr(&ladder), "heard in #1: US, -13.0 dBov, 6.80 s, 2 bursts"));
	ck_assert_ptr_nonnull(
	        strstr(text_cstr(&ladder),
	               "caller spoke 1.4 s (first 2.06 s after the answer), callee 2.0 s (first "
	               "1.10 s after the answer), both 1.0 s; longest silence of both 1.1 s"));
	text_reset(&page);
	ck_assert(ladder_json(records, 1, &page, &err));
	ck_assert_ptr_nonnull(strstr(text_cstr(&page), "\"double_talk_ms\": 1040"));
	text_release(&page);
	text_release(&ladder);
	records_close(records);
	store_free(store);
	packets_release(&list);
}
END_TEST

START_TEST(no_memory_while_listening)
{
	struct packet_list list;
	struct store *store = NULL;
	struct shortage shortage = { 0 };
	struct err err = ERR_INIT;

	ck_assert(packets_read("fixtures/heard-call/capture.pcap", &list));
	shortage_watch(&shortage);
	ck_assert(run(&list, &store, &err));
	shortage_plan(&shortage);
	store_free(store);
	while (shortage_next(&shortage)) {
		err = (struct err)ERR_INIT;
		bool ok = run(&list, &store, &err);
		shortage_over();
		/* What libosip2 lacks memory for is taken for unreadable: that run goes on. */
		ck_assert_msg(ok || err.code == ERR_MEMORY, "allocation %lu: %s",
		              shortage_at(&shortage), err.text);
		if (ok)
			store_free(store);
	}
	shortage_release(&shortage);
	packets_release(&list);
}
END_TEST

Suite *suite_listening(void);
Suite *suite_listening(void)
{
	Suite *s = suite_create("listening");
	TCase *t = tcase_create("talk"), *r = tcase_create("run");

	tcase_add_test(t, two_talk);
	tcase_add_test(t, talk_is_bounded);
	tcase_set_timeout(r, 120);
	tcase_add_test(r, what_was_heard_is_shown);
	tcase_add_test(r, no_memory_while_listening);
	suite_add_tcase(s, t);
	suite_add_tcase(s, r);
	return s;
}
