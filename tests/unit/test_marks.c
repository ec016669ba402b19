/* analyzer/streams/marks (the writer) against reports/compare/marks (the reader): what came and when, through losses, reordering, wraps. */
#include "analyzer/streams/marks.h"
#include "analyzer/streams/seq.h"
#include "base/clock.h"
#include "base/mem.h"
#include "reports/compare/marks.h"

#include <check.h>
#include <stdlib.h>

#define PACKETS 20000
#define START   INT64_C(1700000000000000000)

/* What really came, by extended number less `base`. */
struct model {
	int64_t base;
	bool came[PACKETS + 64];
	int64_t time_ns[PACKETS + 64];
};

static void push(struct marks *m, struct model *model, int64_t number, int64_t time_ns,
                 size_t *used)
{
	model->came[number - model->base] = true;
	model->time_ns[number - model->base] = time_ns;
	ck_assert(marks_push(m, number, time_ns, used));
}

static void expect_same(const struct marks *m, const struct model *model, int64_t expected_packets)
{
	struct marks_reader r;
	struct mark_block block;
	int64_t packets = 0, marks = 0;

	marks_read(&r, slice_of(m->octets, m->n));
	while (marks_next(&r, &block)) {
		for (int64_t i = 0; i < STREAM_MARK_EVERY; i++) {
			int64_t at = block.number * STREAM_MARK_EVERY + i - model->base;
			bool came = block.came >> i & 1;
			packets += came;
			ck_assert_msg(came == (at >= 0 && at < PACKETS + 64 && model->came[at]),
			              "packet %lld", (long long)at);
		}
		ck_assert_int_eq(block.came & 1, block.time_us != RECORD_NULL);
		if (block.came & 1)
			ck_assert_int_eq(block.time_us,
			                 clock_us(model->time_ns[block.number * STREAM_MARK_EVERY -
			                                         model->base]));
		marks += block.came & 1;
	}
	ck_assert(!r.broken);
	ck_assert_int_eq(packets, expected_packets);
	ck_assert_int_eq(marks, m->count);
}

static const struct {
	const char *name;
	unsigned lost_percent, swapped_percent;
	int64_t hole_at, hole; /* all lost from there on */
	int64_t jitter_us;
} cases[] = {
	{ "whole", 0, 0, 0, 0, 0 },
	{ "jitter", 0, 0, 0, 0, 30000 },
	{ "loss", 2, 0, 0, 0, 3000 },
	{ "much of both", 40, 30, 0, 0, 100000 },
	{ "a hole of many blocks", 1, 5, 5000, 2900, 100 },
};

START_TEST(what_is_told_is_what_came)
{
	static struct model model;
	struct marks m = { 0 };
	size_t used = 0;
	int64_t time_ns = START, packets = 0, late = -1;

	memset(&model, 0, sizeof model);
	model.base = 0x10000 + 65000;
	srand(7);
	for (int64_t i = 0; i < PACKETS; i++) {
		int64_t jitter_us = cases[_i].jitter_us ? rand() % cases[_i].jitter_us : 0;
		bool hole = i >= cases[_i].hole_at && i < cases[_i].hole_at + cases[_i].hole;
		time_ns += 20 * NS_PER_MS;
		if (hole || (unsigned)rand() % 100 < cases[_i].lost_percent)
			continue;
		packets++;
		if (late < 0 && (unsigned)rand() % 100 < cases[_i].swapped_percent) {
			late = i;
			continue;
		}
		push(&m, &model, model.base + i, time_ns + jitter_us * NS_PER_US, &used);
		if (late >= 0 && (i - late >= SEQ_MAX_MISORDER - 1 || rand() % 50 == 0)) {
			if (i - late < SEQ_MAX_MISORDER)
				push(&m, &model, model.base + late, time_ns, &used);
			else
				packets--;
			late = -1;
		}
	}
	packets -= late >= 0;
	ck_assert(marks_finish(&m, &used));
	expect_same(&m, &model, packets);
	ck_assert(!m.full);
	/* Three octets a mark where nothing is wrong. */
	ck_assert(_i || m.n <= 3 * PACKETS / STREAM_MARK_EVERY + 40);
	marks_release(&m, &used);
	ck_assert_uint_eq(used, 0);
}
END_TEST

/* Its bound: what was told before stays readable. */
START_TEST(a_stream_that_does_not_end)
{
	struct marks m = { 0 };
	struct marks_reader r;
	struct mark_block block;
	size_t used = 0;
	int64_t blocks = 0;
	bool ok = true;

	for (int64_t i = 0; i < 1500000; i++)
		ok = marks_push(&m, 0x10000 + i, START + i * 20 * NS_PER_MS, &used) && ok;
	ck_assert(ok && marks_finish(&m, &used));
	ck_assert(m.full && m.capacity == MARKS_MAX && used == MARKS_MAX);
	marks_read(&r, slice_of(m.octets, m.n));
	while (marks_next(&r, &block))
		ck_assert_int_eq(block.number, 0x10000 / STREAM_MARK_EVERY + blocks++);
	ck_assert(!r.broken);
	/* Four hours and more at 20 ms. */
	ck_assert_int_gt(blocks * STREAM_MARK_EVERY, 4 * 3600 * 50);
	marks_release(&m, &used);
}
END_TEST

START_TEST(all_share_a_bound)
{
	struct marks m = { 0 };
	size_t used = MARKS_ALL_MAX - 64;

	for (int64_t i = 0; i < 100000; i++)
		ck_assert(marks_push(&m, i, i * NS_PER_MS, &used));
	ck_assert(m.full && used == MARKS_ALL_MAX);
	marks_release(&m, &used);
}
END_TEST

START_TEST(out_of_memory)
{
	struct marks m = { 0 };
	size_t used = 0;
	bool ok = true;

	mem_fail_after(0);
	for (int64_t i = 0; i < 1000; i++)
		ok = marks_push(&m, i, i * NS_PER_MS, &used) && ok;
	mem_fail_after(UINT64_MAX);
	ck_assert(!ok);
	marks_release(&m, &used);
	ck_assert_uint_eq(used, 0);
}
END_TEST

/* A database may hold anything. */
START_TEST(nonsense_is_read_to_its_end)
{
	uint8_t octets[200];
	struct marks_reader r;
	struct mark_block block;

	srand(3);
	for (unsigned run = 0; run < 1000; run++) {
		unsigned n = 0;
		for (size_t i = 0; i < sizeof octets; i++)
			octets[i] = (uint8_t)(run ? rand() : 0xff);
		marks_read(&r, slice_of(octets, sizeof octets));
		while (marks_next(&r, &block))
			n++;
		ck_assert_uint_lt(n, 200);
	}
}
END_TEST

Suite *suite_marks(void);
Suite *suite_marks(void)
{
	Suite *s = suite_create("marks");
	TCase *t = tcase_create("marks");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, what_is_told_is_what_came, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, a_stream_that_does_not_end);
	tcase_add_test(t, all_share_a_bound);
	tcase_add_test(t, out_of_memory);
	tcase_add_test(t, nonsense_is_read_to_its_end);
	return s;
}
