/* What is remembered of written calls and transactions, against a plain list. */
#include "analyzer/calls/ended.h"
#include "base/clock.h"
#include "base/mem.h"

#include <check.h>

Suite *suite_ended(void);

#define KEEP_S 32

static bool add(struct ended *e, uint64_t hash, int64_t id, int64_t s)
{
	struct ended_entry entry = { .hash = hash, .id = id, .dialog_id = -id };
	return ended_add(e, &entry, s * NS_PER_S);
}

static int64_t id_of(struct ended *e, uint64_t hash, int64_t s)
{
	const struct ended_entry *entry = ended_find(e, hash, s * NS_PER_S);

	ck_assert(!entry || entry->dialog_id == -entry->id);
	return entry ? entry->id : 0;
}

START_TEST(newest_until_its_time)
{
	struct ended e;

	ended_init(&e, KEEP_S);
	ck_assert_int_eq(id_of(&e, 5, 0), 0);
	ck_assert(add(&e, 5, 1, 100) && add(&e, 6, 2, 101) && add(&e, 5, 3, 110));
	ck_assert_int_eq(id_of(&e, 5, 111), 3);
	ck_assert_int_eq(id_of(&e, 6, 101 + KEEP_S), 2);
	ck_assert_int_eq(id_of(&e, 6, 102 + KEEP_S), 0);
	ck_assert_int_eq(id_of(&e, 5, 110 + KEEP_S), 3);
	ck_assert_int_eq(id_of(&e, 5, 1000000), 0);
	ck_assert_uint_eq(e.count, 0);
	ended_release(&e);
}
END_TEST

/* Ten a second: the newest 330 are there, the others are not, and the ring does not grow for them. */
START_TEST(only_the_newest_stay)
{
	struct ended e;

	ended_init(&e, KEEP_S);
	for (int64_t i = 1; i <= 20000; i++) {
		ck_assert(add(&e, (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15), i, i / 10));
		ck_assert(ended_check(&e));
		int64_t asked = i > 700 ? i - i * 31 % 700 : i;
		bool wanted = i / 10 - asked / 10 <= KEEP_S;
		ck_assert_int_eq(id_of(&e, (uint64_t)asked * UINT64_C(0x9E3779B97F4A7C15), i / 10),
		                 wanted ? asked : 0);
	}
	ck_assert_uint_eq(e.capacity, 512);
	ended_release(&e);
}
END_TEST

START_TEST(bounded)
{
	struct ended e;

	ended_init(&e, KEEP_S);
	for (int64_t i = 1; i <= ENDED_MAX + 1000; i++)
		ck_assert(add(&e, (uint64_t)i, i, 7));
	ck_assert_uint_eq(e.count, ENDED_MAX);
	ck_assert_int_eq(id_of(&e, 1000, 7), 0);
	ck_assert_int_eq(id_of(&e, 1001, 7), 1001);
	ck_assert_int_eq(id_of(&e, ENDED_MAX + 1000, 7), ENDED_MAX + 1000);
	ck_assert(ended_check(&e));
	ended_release(&e);
}
END_TEST

/* Numbers and seconds count modulo 2^32. */
START_TEST(wraps)
{
	struct ended e;
	int64_t s = INT64_C(0xFFFFFFF0);

	ended_init(&e, KEEP_S);
	ck_assert(add(&e, 1, 1, s));
	e.first = UINT32_MAX - 100;
	e.count = 0;
	for (int64_t i = 1; i <= 200; i++) {
		ck_assert(add(&e, (uint64_t)i * 77, i, s + i / 10));
		ck_assert_int_eq(id_of(&e, (uint64_t)i * 77, s + i / 10), i);
		if (i > 50)
			ck_assert_int_eq(id_of(&e, (uint64_t)(i - 50) * 77, s + i / 10), i - 50);
	}
	ck_assert(ended_check(&e));
	ended_release(&e);
}
END_TEST

START_TEST(out_of_memory)
{
	struct ended e;

	for (uint64_t n = 0; n < 2; n++) {
		ended_init(&e, KEEP_S);
		mem_fail_after(n);
		ck_assert(!add(&e, 1, 1, 1));
		mem_fail_after(UINT64_MAX);
		ck_assert(add(&e, 1, 1, 1));
		ended_release(&e);
	}
}
END_TEST

Suite *suite_ended(void)
{
	Suite *s = suite_create("ended");
	TCase *t = tcase_create("ended");

	tcase_add_test(t, newest_until_its_time);
	tcase_add_test(t, only_the_newest_stay);
	tcase_add_test(t, bounded);
	tcase_add_test(t, wraps);
	tcase_add_test(t, out_of_memory);
	suite_add_tcase(s, t);
	return s;
}
