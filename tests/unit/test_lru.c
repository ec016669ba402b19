#include "analyzer/findings/lru.h"

#include "base/mem.h"

#include <check.h>

Suite *suite_lru(void);

struct thing {
	struct lru_node node;
	int value;
};

static struct thing *add(struct lru *l, uint64_t hash, int value)
{
	struct thing *t = lru_add(l, hash, sizeof *t);

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(t->value, 0);
	t->value = value;
	return t;
}

START_TEST(the_one_unused_for_longest_makes_room)
{
	struct lru l;

	lru_init(&l, 3);
	ck_assert(lru_is_empty(&l));
	ck_assert_ptr_null(lru_first(&l));
	add(&l, 10, 1);
	add(&l, 20, 2);
	ck_assert_ptr_null(lru_full(&l));
	add(&l, 30, 3);
	ck_assert_int_eq(((struct thing *)lru_get(&l, 10))->value, 1); /* used: no longer first */
	ck_assert_int_eq(((struct thing *)lru_full(&l))->value, 2);
	lru_drop(&l, lru_full(&l));
	ck_assert_ptr_null(lru_get(&l, 20));
	ck_assert_ptr_null(lru_full(&l));
	lru_drop(&l, NULL);
	add(&l, 40, 4);
	ck_assert_int_eq(((struct thing *)lru_full(&l))->value, 3);
	lru_release(&l);
}
END_TEST

START_TEST(memory_runs_out)
{
	struct lru l;

	lru_init(&l, 3);
	for (uint64_t n = 0; n < 2; n++) {
		mem_fail_after(n);
		ck_assert_ptr_null(lru_add(&l, 7, sizeof(struct thing)));
		ck_assert(lru_is_empty(&l));
	}
	mem_fail_after(UINT64_MAX);
	add(&l, 7, 1);
	lru_release(&l);
}
END_TEST

Suite *suite_lru(void)
{
	Suite *s = suite_create("lru");
	TCase *tc = tcase_create("lru");

	tcase_add_test(tc, the_one_unused_for_longest_makes_room);
	tcase_add_test(tc, memory_runs_out);
	suite_add_tcase(s, tc);
	return s;
}
