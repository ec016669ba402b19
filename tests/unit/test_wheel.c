/* Timers fire exactly in order, never early, whatever is armed, cancelled and armed again meanwhile: against a sorted list. */
#include "sim/engine/wheel.h"
#include "sim/transport/impair.h"

#include <check.h>
#include <stdlib.h>

Suite *suite_wheel(void);

#define TIMERS 400

struct timed {
	struct wheel_timer timer;
	unsigned number;
	bool armed; /* as the model has it */
	int64_t due_ns;
	uint64_t order;
};

static struct lab {
	struct wheel wheel;
	struct timed timers[TIMERS];
	uint64_t random, armed, fired;
	int64_t now;
} lab;

static uint64_t any(uint64_t below)
{
	return random_next(&lab.random) % below;
}

/* The first of the model. */
static struct timed *first_due(void)
{
	struct timed *first = NULL;

	for (unsigned i = 0; i < TIMERS; i++) {
		struct timed *t = &lab.timers[i];
		if (t->armed && (!first || t->due_ns < first->due_ns ||
		                 (t->due_ns == first->due_ns && t->order < first->order)))
			first = t;
	}
	return first;
}

static void arm(struct timed *t, int64_t due_ns)
{
	t->armed = true;
	t->due_ns = due_ns;
	t->order = lab.armed++;
	wheel_arm(&lab.wheel, &t->timer, due_ns);
}

static void disarm(struct timed *t)
{
	t->armed = false;
	wheel_cancel(&lab.wheel, &t->timer);
	ck_assert(!wheel_timer_armed(&t->timer));
}

/* From now to years ahead, a power of two of nanoseconds at random; now and then the past, or the very same time. */
static int64_t some_time(void)
{
	uint64_t kind = any(16);

	if (!kind)
		return lab.now - (int64_t)any(1000000);
	if (kind == 1)
		return lab.now;
	return lab.now + (int64_t)any(UINT64_C(1) << (1 + any(kind < 12 ? 34 : 59)));
}

static void fired(struct wheel_timer *timer)
{
	struct timed *t = (struct timed *)(void *)timer;

	ck_assert_ptr_eq(t, first_due());
	ck_assert(!wheel_timer_armed(timer));
	t->armed = false;
	lab.fired++;
	if (any(4) == 0) { /* what fires does something to others and to itself */
		disarm(&lab.timers[any(TIMERS)]);
		arm(&lab.timers[any(TIMERS)], lab.now + 1 + (int64_t)any(UINT64_C(1) << any(40)));
	}
}

static void lab_init(uint64_t seed, int64_t now)
{
	lab = (struct lab){ .random = seed, .now = now };
	wheel_init(&lab.wheel, now);
	for (unsigned i = 0; i < TIMERS; i++)
		lab.timers[i] = (struct timed){ .timer.fire = fired, .number = i };
}

static void advance(int64_t by)
{
	if (by > INT64_MAX / 2 - lab.now)
		return;
	lab.now += by;
	wheel_advance(&lab.wheel, lab.now, NULL);
	struct timed *first = first_due();
	ck_assert(!first || first->due_ns > lab.now);
	ck_assert_int_eq(wheel_next(&lab.wheel, true), first ? first->due_ns : INT64_MAX);
	ck_assert_int_le(wheel_next(&lab.wheel, false), first ? first->due_ns : INT64_MAX);
}

START_TEST(as_a_sorted_list)
{
	lab_init((uint64_t)_i, INT64_C(1795000000000000000) + _i * 12345);
	for (unsigned step = 0; step < 3000; step++) {
		struct timed *t = &lab.timers[any(TIMERS)];
		if (any(4) == 0)
			disarm(t);
		else
			arm(t, some_time());
		if (any(3) == 0)
			advance((int64_t)any(UINT64_C(1) << (1 + any(any(50) ? 36 : 60))));
		if (step % 50 == 0)
			ck_assert(wheel_check(&lab.wheel));
	}
	ck_assert_uint_gt(lab.fired, 300);
}
END_TEST

/* A simulated clock jumps from timer to timer and reads each one's own time. */
static void reads_clock(struct wheel_timer *timer)
{
	ck_assert_int_eq(lab.now, timer->due_ns);
	lab.fired++;
}

START_TEST(time_follows_each_timer)
{
	lab_init(7, 0);
	for (unsigned i = 0; i < TIMERS; i++) {
		lab.timers[i].timer.fire = reads_clock;
		arm(&lab.timers[i], 1 + (int64_t)any(UINT64_C(1) << 44));
	}
	wheel_advance(&lab.wheel, INT64_C(1) << 45, &lab.now);
	ck_assert_uint_eq(lab.fired, TIMERS);
	ck_assert_uint_eq(lab.wheel.count, 0);
	ck_assert_int_eq(wheel_next(&lab.wheel, false), INT64_MAX);
}
END_TEST

Suite *suite_wheel(void)
{
	Suite *s = suite_create("wheel");
	TCase *t = tcase_create("wheel");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, as_a_sorted_list, 0, 8);
	tcase_add_test(t, time_follows_each_timer);
	suite_add_tcase(s, t);
	return s;
}
