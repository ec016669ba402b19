/* base/table and base/timer against simple models, with many random operations. */
#include "base/mem.h"
#include "base/table.h"
#include "base/timer.h"

#include <check.h>
#include <stdlib.h>

struct item {
	uint64_t key;
	bool in;
};

static bool item_equal(const void *value, const void *key)
{
	return ((const struct item *)value)->key == *(const uint64_t *)key;
}

/* Few distinct hashes, so that probe runs are long and deletions shift. */
static uint64_t poor_hash(uint64_t key)
{
	return key % 7 * 3;
}

START_TEST(table_equals_model)
{
	enum { N = 300 };
	static struct item items[N];
	struct table t;

	table_init(&t);
	srand(1);
	for (uint64_t i = 0; i < N; i++)
		items[i] = (struct item){ i, false };
	ck_assert_ptr_null(table_get(&t, 0, item_equal, &items[0].key));
	ck_assert(!table_remove(&t, 0, &items[0]));
	for (int step = 0; step < 20000; step++) {
		struct item *it = &items[rand() % N];
		if (it->in)
			ck_assert(table_remove(&t, poor_hash(it->key), it));
		else
			ck_assert(table_put(&t, poor_hash(it->key), it));
		it->in = !it->in;
		if (step % 500 == 0)
			ck_assert(table_check(&t));
	}
	size_t in = 0, at = 0, seen = 0;
	for (size_t i = 0; i < N; i++) {
		in += items[i].in;
		ck_assert_ptr_eq(table_get(&t, poor_hash(i), item_equal, &items[i].key),
		                 items[i].in ? &items[i] : NULL);
	}
	while (table_next(&t, &at))
		seen++;
	ck_assert_uint_eq(in, t.count);
	ck_assert_uint_eq(seen, t.count);
	table_release(&t);
}
END_TEST

START_TEST(table_survives_no_memory)
{
	struct table t;
	struct item it = { 1, false };

	table_init(&t);
	mem_fail_after(0);
	ck_assert(!table_put(&t, 1, &it));
	mem_fail_after(UINT64_MAX);
	ck_assert_uint_eq(t.count, 0);
	ck_assert(table_put(&t, 1, &it));
	ck_assert(table_check(&t));
	table_release(&t);
}
END_TEST

struct alarm {
	struct timer timer;
	int64_t due;
	bool armed;
	int fired;
};

static int64_t last_due;

static void on_fire(struct timer *timer, void *context)
{
	struct alarm *a = (struct alarm *)timer;

	ck_assert_ptr_eq(context, &last_due);
	ck_assert_int_ge(a->due, last_due);
	last_due = a->due;
	a->armed = false;
	a->fired++;
}

START_TEST(timers_fire_in_order)
{
	enum { N = 200 };
	static struct alarm alarms[N];
	struct timers t;

	timers_init(&t);
	srand(2);
	ck_assert_int_eq(timers_next(&t), INT64_MAX);
	for (int step = 0; step < 5000; step++) {
		struct alarm *a = &alarms[rand() % N];
		a->timer.fire = on_fire;
		if (a->armed && rand() % 3 == 0) {
			timers_cancel(&t, &a->timer);
			a->armed = false;
		} else {
			a->due = rand() % 1000;
			a->armed = true;
			ck_assert(timers_arm(&t, &a->timer, a->due));
		}
		if (step % 100 == 0)
			ck_assert(timers_check(&t));
	}
	last_due = INT64_MIN;
	timers_advance(&t, 500, &last_due);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(alarms[i].armed && alarms[i].due <= 500, 0);
	timers_advance(&t, INT64_MAX, &last_due);
	ck_assert_uint_eq(t.count, 0);
	timers_release(&t);
}
END_TEST

static void on_equal(struct timer *timer, void *context)
{
	int *next = context;
	ck_assert_int_eq(((struct alarm *)timer)->fired, (*next)++);
}

START_TEST(timers_of_equal_time_fire_as_armed)
{
	static struct alarm alarms[50];
	struct timers t;
	int next = 0;

	timers_init(&t);
	for (int i = 0; i < 50; i++) {
		alarms[i].timer.fire = on_equal;
		alarms[i].fired = i;
		ck_assert(timers_arm(&t, &alarms[i].timer, 7));
	}
	timers_advance(&t, 7, &next);
	ck_assert_int_eq(next, 50);
	timers_release(&t);
}
END_TEST

Suite *suite_table(void)
{
	Suite *s = suite_create("table");
	TCase *t = tcase_create("table and timers");

	tcase_add_test(t, table_equals_model);
	tcase_add_test(t, table_survives_no_memory);
	tcase_add_test(t, timers_fire_in_order);
	tcase_add_test(t, timers_of_equal_time_fire_as_armed);
	suite_add_tcase(s, t);
	return s;
}
