/* Properties of the whole analyzer, over every fixture capture. */
#include "base/mem.h"
#include "tests/helpers/packets.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void analyze(const struct packet_list *list, size_t from, size_t to, int64_t shift_ns,
                    struct text *out)
{
	struct err err = ERR_INIT;

	text_reset(out);
	ck_assert_msg(packets_analyze(list, from, to, shift_ns, out, &err), "%s", err.text);
}

typedef void property(const char *path, struct packet_list *list);

/* What takes long is done in so many parts, each of them a test with a time limit of its own. */
#define PARTS 8

static void for_each_in_part(const char *name, size_t part, size_t parts, property *check)
{
	size_t count, checked = 0;
	char **paths = packets_fixture_paths(name, &count);

	for (size_t i = part; i < count; i += parts) {
		struct packet_list list;
		if (packets_read(paths[i], &list)) {
			check(paths[i], &list);
			checked++;
		}
		packets_release(&list);
	}
	packets_free_paths(paths, count);
	ck_assert_uint_gt(checked, 0);
}

static void for_each_fixture(const char *name, property *check)
{
	for_each_in_part(name, 0, 1, check);
}

static void shifted_is_same(const char *path, struct packet_list *list)
{
	static const int64_t shifts[] = { 1, 123456789, -3600 * NS_PER_S * 24 * 365 * 5,
		                          3600 * NS_PER_S * 24 * 365 * 40 };
	struct text base, other;

	text_init(&base);
	text_init(&other);
	analyze(list, 0, list->count, 0, &base);
	ck_assert_uint_gt(base.n, 0);
	/* A whole number of microseconds and of intervals, since records hold microseconds and intervals are aligned. */
	for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
		analyze(list, 0, list->count, shifts[i] / (5 * NS_PER_S) * (5 * NS_PER_S), &other);
		ck_assert_msg(strcmp(text_cstr(&base), text_cstr(&other)) == 0,
		              "%s changes when shifted", path);
	}
	text_release(&base);
	text_release(&other);
}

START_TEST(shifting_all_times_changes_nothing)
{
	for_each_in_part(NULL, (size_t)_i, PARTS, shifted_is_same);
}
END_TEST

static void cut_anywhere(const char *path, struct packet_list *list)
{
	struct text out;
	size_t step = list->count / 40 + 1;

	(void)path;
	text_init(&out);
	for (size_t to = 0; to <= list->count; to += step) {
		analyze(list, 0, to, 0, &out);
		analyze(list, to, list->count, 0, &out);
	}
	text_release(&out);
}

START_TEST(cut_anywhere_still_gives_records)
{
	for_each_in_part(NULL, (size_t)_i, PARTS, cut_anywhere);
}
END_TEST

START_TEST(both_readers_give_the_same_records)
{
	size_t count, compared = 0;
	char **paths = packets_fixture_paths(NULL, &count);
	struct text ours, theirs;

	text_init(&ours);
	text_init(&theirs);
	for (size_t i = 0; i < count; i++) {
		struct err err = ERR_INIT;
		const char *path = paths[i];
		text_reset(&ours);
		text_reset(&theirs);
		ck_assert_msg(packets_analyze_files(&path, 1, CAPTURE_READER_NATIVE, &ours, &err),
		              "%s: %s", path, err.text);
		/* libpcap cannot read pcapng with several link types; it says so. */
		if (!packets_analyze_files(&path, 1, CAPTURE_READER_LIBPCAP, &theirs, &err)) {
			ck_assert_msg(strstr(path, "pcapng") != NULL, "%s: %s", path, err.text);
			continue;
		}
		if (strcmp(text_cstr(&ours), text_cstr(&theirs)) != 0 && strstr(path, "pcapng"))
			continue; /* it stopped early there */
		ck_assert_msg(strcmp(text_cstr(&ours), text_cstr(&theirs)) == 0,
		              "%s differs between readers", path);
		compared++;
	}
	ck_assert_uint_gt(compared, 5);
	text_release(&ours);
	text_release(&theirs);
	packets_free_paths(paths, count);
}
END_TEST

static struct shortage shortage; /* of a part: what one capture has shown the next need not show */

/* Allocations fail: an error of memory each time, no crash, no leak. What libosip2 lacks memory for is taken for unreadable: that run goes
 * on. */
static void survives_no_memory(const char *path, struct packet_list *list)
{
	struct text out;

	if (list->count > 60)
		return;
	text_init(&out);
	shortage_watch(&shortage);
	analyze(list, 0, list->count, 0, &out);
	text_release(&out);
	shortage_plan(&shortage);
	while (shortage_next(&shortage)) {
		struct err err = ERR_INIT;
		text_init(&out);
		bool ok = packets_analyze(list, 0, list->count, 0, &out, &err);
		shortage_over();
		ck_assert_msg(ok || err.code == ERR_MEMORY || out.failed,
		              "%s, allocation %lu: '%s'", path, shortage_at(&shortage), err.text);
		text_release(&out);
	}
}

START_TEST(allocations_fail)
{
	for_each_in_part(NULL, (size_t)_i, PARTS, survives_no_memory);
	shortage_release(&shortage);
}
END_TEST

#define MOST_ALLOCATIONS 4

/* Once a stream is known, its packets allocate nothing but what a handful of blocks hold, however many there are: with intervals, jitter, losses and all. The one whose time is up for the INVITE's
 * transaction writes its row, and does not count. */
static void allocates_nothing_per_packet(const char *path, struct packet_list *list)
{
	struct err err = ERR_INIT;
	struct record_run run = { .id = 1,
		                  .kind = SLICE_LIT("capture"),
		                  .command = SLICE_LIT("test"),
		                  .version = SLICE_LIT("0"),
		                  .started_us = 0,
		                  .finished_us = RECORD_NULL };
	struct store *store = store_create(NULL, &run, &err);
	struct pipeline_options options = { .store = store, .run_id = 1, .interval_s = 5 };
	struct pipeline *p = pipeline_new(&options, &err);
	uint64_t rtp = 0, allocations = 0;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < list->count; i++) {
		struct packet_view view;
		bool is_rtp = packet_dissect(list->packets[i].link_type, list->packets[i].data,
		                             &view) == PARSE_OK &&
		              view.transport == TRANSPORT_UDP && view.payload.n > 12 &&
		              view.payload.p[0] == 0x80;
		size_t transactions = pipeline_counts(p).calls.live_transactions;
		uint64_t before = mem_count();
		ck_assert(pipeline_packet(p, &list->packets[i]));
		bool wrote_row = pipeline_counts(p).calls.live_transactions < transactions;
		if (is_rtp && ++rtp > 40 && !wrote_row)
			allocations += mem_count() - before;
	}
	ck_assert_msg(rtp > 200, "%s has only %lu RTP packets", path, (unsigned long)rtp);
	/* What went wrong with a stream is kept in memory that doubles (trace.h), its moments in a block of their own. */
	ck_assert_msg(allocations <= MOST_ALLOCATIONS, "%s: %lu allocations in %lu packets", path,
	              (unsigned long)allocations, (unsigned long)rtp);
	ck_assert(pipeline_finish(p, 0));
	pipeline_free(p);
	store_free(store);
}

START_TEST(rtp_of_a_known_stream_allocates_nothing)
{
	for_each_fixture("swapped-pairs", allocates_nothing_per_packet);
	for_each_fixture("loss-and-duplicates", allocates_nothing_per_packet);
}
END_TEST

Suite *suite_analysis(void)
{
	Suite *s = suite_create("analysis");
	TCase *t = tcase_create("whole analyzer"), *m = tcase_create("memory");

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, shifting_all_times_changes_nothing, 0, PARTS);
	tcase_add_loop_test(t, cut_anywhere_still_gives_records, 0, PARTS);
	tcase_add_test(t, both_readers_give_the_same_records);
	tcase_add_loop_test(t, allocations_fail, 0, PARTS);
	suite_add_tcase(s, t);
	tcase_add_test(m, rtp_of_a_known_stream_allocates_nothing);
	suite_add_tcase(s, m);
	return s;
}
