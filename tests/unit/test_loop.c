/* The loop: real time with sockets and timers, simulated time without. */
#include "base/mem.h"
#include "sim/engine/loop.h"

#include <check.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

Suite *suite_loop(void);

static struct err err;

struct tick {
	struct wheel_timer timer;
	struct loop *loop;
	int64_t every_ns, worst_ns, fired_ns;
	unsigned left;
};

static void ticked(struct wheel_timer *timer)
{
	struct tick *t = (struct tick *)(void *)timer;
	int64_t late = t->loop->now_ns - timer->due_ns;

	ck_assert_int_ge(late, 0);
	if (late > t->worst_ns)
		t->worst_ns = late;
	t->fired_ns = t->loop->now_ns;
	if (--t->left)
		wheel_arm(&t->loop->wheel, timer, timer->due_ns + t->every_ns);
}

START_TEST(timers_in_real_time)
{
	struct loop loop;
	struct tick t = {
		.timer.fire = ticked, .loop = &loop, .every_ns = 700 * NS_PER_US, .left = 50
	};

	ck_assert(loop_init(&loop, false, 0, &err));
	int64_t began = loop.now_ns;
	wheel_arm(&loop.wheel, &t.timer, began + t.every_ns);
	uint64_t allocations = mem_count();
	while (t.left)
		loop_turn(&loop, INT64_MAX);
	ck_assert_uint_eq(mem_count(), allocations);
	ck_assert_int_ge(t.fired_ns - began, 35 * NS_PER_MS);
	ck_assert_uint_le(loop.turns, 200); /* it waits, it does not spin */
	ck_assert_int_ge(loop.busy_ns, 0);
	loop_release(&loop);
}
END_TEST

/* 40,000 timers a second: it wakes up every 0.2 ms for what is due by then, and exactly again when there is less to do. */
START_TEST(rests_under_load)
{
	struct loop loop;
	struct tick t = {
		.timer.fire = ticked, .loop = &loop, .every_ns = 25 * NS_PER_US, .left = 12000
	};

	ck_assert(loop_init(&loop, false, 0, &err));
	wheel_arm(&loop.wheel, &t.timer, loop.now_ns + t.every_ns);
	while (t.left > 8000)
		loop_turn(&loop, INT64_MAX);
	uint64_t turns = loop.turns;
	while (t.left)
		loop_turn(&loop, INT64_MAX);
	/* 20 timers a turn where nothing else runs. A busy machine keeps it from load for a while, and then it is exact: no bound in time. */
	ck_assert_uint_le(loop.turns - turns, 8000 / 4);
	for (int64_t until = loop.now_ns + 30 * NS_PER_MS; loop.now_ns < until;)
		loop_turn(&loop, loop.now_ns + NS_PER_MS);
	ck_assert(!loop.rests);
	loop_release(&loop);
}
END_TEST

START_TEST(until_comes_without_events)
{
	struct loop loop;

	ck_assert(loop_init(&loop, false, 0, &err));
	int64_t until = loop.now_ns + 3 * NS_PER_MS;
	while (loop.now_ns < until)
		loop_turn(&loop, until);
	ck_assert_uint_le(loop.turns, 10);
	loop_release(&loop);
}
END_TEST

static void *wakes(void *context)
{
	usleep(5000);
	loop_wake(context);
	return NULL;
}

START_TEST(woken_by_a_thread)
{
	struct loop loop;
	pthread_t thread;

	ck_assert(loop_init(&loop, false, 0, &err));
	ck_assert_int_eq(pthread_create(&thread, NULL, wakes, &loop), 0);
	loop_turn(&loop, INT64_MAX); /* would wait for ever */
	pthread_join(thread, NULL);
	loop_wake(&loop);
	loop_turn(&loop, INT64_MAX);
	loop_turn(&loop, loop.now_ns); /* it was woken once */
	loop_release(&loop);
}
END_TEST

/* Two pipes are ready at once; who is served first takes the other one away. */
struct pair {
	struct watch watch; /* first */
	struct loop *loop;
	struct pair *other;
	unsigned served;
};

static void takes_other_away(struct watch *watch, uint32_t events)
{
	struct pair *p = (struct pair *)(void *)watch;

	ck_assert(events & EPOLLIN);
	p->served++;
	loop_unwatch(p->loop, &p->other->watch);
}

START_TEST(unwatched_while_ready)
{
	struct loop loop;
	struct pair pairs[2];
	int fds[2][2];

	ck_assert(loop_init(&loop, false, 0, &err));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(fds[i]), 0);
		ck_assert_int_eq(write(fds[i][1], "x", 1), 1);
		pairs[i] = (struct pair){ .watch = { fds[i][0], EPOLLIN, takes_other_away },
			                  .loop = &loop,
			                  .other = &pairs[1 - i] };
		ck_assert(loop_watch(&loop, &pairs[i].watch, &err));
	}
	loop_turn(&loop, INT64_MAX);
	ck_assert_uint_eq(pairs[0].served + pairs[1].served, 1);
	for (int i = 0; i < 4; i++)
		close(fds[i / 2][i % 2]);
	loop_release(&loop);
}
END_TEST

static void count_flush(void *context)
{
	++*(unsigned *)context;
}

START_TEST(simulated_time_jumps)
{
	struct loop loop;
	struct tick t = { .timer.fire = ticked, .loop = &loop, .every_ns = NS_PER_S, .left = 3600 };
	unsigned flushes = 0;

	ck_assert(loop_init(&loop, true, 1000, &err));
	loop.before_wait = count_flush;
	loop.before_wait_context = &flushes;
	wheel_arm(&loop.wheel, &t.timer, 1000 + t.every_ns);
	loop_turn(&loop, 5000);
	ck_assert_int_eq(loop.now_ns, 5000);
	while (t.left)
		loop_turn(&loop, INT64_MAX);
	ck_assert_int_eq(loop.now_ns, 1000 + 3600 * NS_PER_S);
	ck_assert_int_eq(t.worst_ns, 0);
	ck_assert_uint_eq(flushes, 3601);
	loop_turn(&loop, INT64_MAX); /* nothing is left to wait for */
	ck_assert_int_eq(loop.now_ns, 1000 + 3600 * NS_PER_S);
	loop_release(&loop);
}
END_TEST

START_TEST(without_memory)
{
	struct loop loop;

	mem_fail_after(0);
	ck_assert(!loop_init(&loop, false, 0, &err));
	mem_fail_after(UINT64_MAX);
	ck_assert_int_eq(err.code, ERR_MEMORY);
}
END_TEST

Suite *suite_loop(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("loop");

	tcase_add_test(t, timers_in_real_time);
	tcase_add_test(t, rests_under_load);
	tcase_add_test(t, until_comes_without_events);
	tcase_add_test(t, woken_by_a_thread);
	tcase_add_test(t, unwatched_while_ready);
	tcase_add_test(t, simulated_time_jumps);
	tcase_add_test(t, without_memory);
	suite_add_tcase(s, t);
	return s;
}
