#include "sim/engine/loop.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define READY_AT_ONCE 256
#define WINDOW_NS     (10 * NS_PER_MS)
#define TURNS_BUSY    (LOOP_BUSY * (unsigned)(WINDOW_NS / NS_PER_MS) / 1000)
/* Of those that are possible with rests. */
#define TURNS_CALM ((unsigned)(WINDOW_NS / LOOP_REST_NS) / 2)

static int64_t clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void loop_look(struct loop *loop)
{
	if (!loop->virtual_time)
		loop->now_ns = loop->epoch_ns + clock_of(CLOCK_MONOTONIC);
}

/* Somebody called loop_wake(): that the wait is over is all it wanted. */
static void woken(struct watch *watch, uint32_t events)
{
	uint64_t times;

	(void)events;
	while (read(watch->fd, &times, sizeof times) < 0 && errno == EINTR)
		;
}

static bool open_fds(struct loop *loop, struct err *err)
{
	loop->ready = mem_alloc(READY_AT_ONCE * sizeof *loop->ready);
	if (!loop->ready)
		return err_memory(err, "event loop");
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		return err_set(err, ERR_IO, "cannot make an event loop: %s", strerror(errno));
	loop->wake = (struct watch){ .fd = loop->wake_fd, .events = EPOLLIN, .ready = woken };
	return loop_watch(loop, &loop->wake, err);
}

bool loop_init(struct loop *loop, bool virtual_time, int64_t start_ns, struct err *err)
{
	*loop = (struct loop){
		.virtual_time = virtual_time, .epoll_fd = -1, .wake_fd = -1, .now_ns = start_ns
	};
	if (!virtual_time) {
		loop->epoch_ns = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_MONOTONIC);
		loop_look(loop);
	}
	loop->turn_began_ns = loop->now_ns;
	wheel_init(&loop->wheel, loop->now_ns);
	if (virtual_time || open_fds(loop, err))
		return true;
	loop_release(loop);
	return false;
}

void loop_release(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	loop->epoll_fd = loop->wake_fd = -1;
	mem_free(loop->ready);
	loop->ready = NULL;
}

/* ---- watches ---- */

bool loop_watch(struct loop *loop, struct watch *watch, struct err *err)
{
	struct epoll_event e = { .events = watch->events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &e) < 0)
		return err_set(err, ERR_IO, "cannot watch a socket: %s", strerror(errno));
	return true;
}

void loop_rewatch(struct loop *loop, struct watch *watch)
{
	struct epoll_event e = { .events = watch->events, .data.ptr = watch };

	epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &e);
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = loop->ready_at; i < loop->ready_count; i++)
		if (loop->ready[i].data.ptr == watch)
			loop->ready[i].data.ptr = NULL;
}

void loop_wake(struct loop *loop)
{
	static const uint64_t one = 1;

	if (loop->wake_fd >= 0 && write(loop->wake_fd, &one, sizeof one) < 0)
		return; /* the counter is full: it is awake */
}

/* ---- turns ---- */

static void flush(struct loop *loop)
{
	if (loop->before_wait)
		loop->before_wait(loop->before_wait_context);
}

static void turn_virtual(struct loop *loop, int64_t until_ns)
{
	int64_t next = wheel_next(&loop->wheel, false);

	if (next < until_ns)
		next = wheel_next(&loop->wheel, true);
	if (next > until_ns)
		next = until_ns;
	wheel_advance(&loop->wheel, next, &loop->now_ns);
	if (next != INT64_MAX && loop->now_ns < next)
		loop->now_ns = next;
	flush(loop);
}

/* How long this turn took from waking up to here. */
static void turn_ended(struct loop *loop)
{
	int64_t took = loop->now_ns - loop->turn_began_ns;

	loop->busy_ns += took;
	loop->turns++;
	if (took > loop->longest_turn_ns)
		loop->longest_turn_ns = took;
}

/* Once a window: how often did it wake up? */
static void look_at_load(struct loop *loop)
{
	loop->window_turns++;
	if (loop->now_ns < loop->window_ends_ns)
		return;
	loop->rests = loop->window_turns > (loop->rests ? TURNS_CALM : TURNS_BUSY);
	loop->window_turns = 0;
	loop->window_ends_ns = loop->now_ns + WINDOW_NS;
}

/* Until a rest has passed since the last waking up; who did not get everything done in this turn does not rest. */
static void rest(struct loop *loop, int64_t until_ns)
{
	int64_t end = loop->turn_began_ns + LOOP_REST_NS;

	if (end <= loop->now_ns || until_ns <= loop->turn_began_ns)
		return;
	end -= loop->epoch_ns;
	struct timespec t = { end / NS_PER_S, end % NS_PER_S };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	loop_look(loop);
}

static int wait_until(struct loop *loop, int64_t until_ns)
{
	int64_t left = until_ns - loop->now_ns;
	struct timespec t = { 0, 0 };

	if (until_ns == INT64_MAX)
		return epoll_wait(loop->epoll_fd, loop->ready, READY_AT_ONCE, -1);
	if (left <= 0)
		return epoll_wait(loop->epoll_fd, loop->ready, READY_AT_ONCE, 0);
	t.tv_sec = left / NS_PER_S;
	t.tv_nsec = left % NS_PER_S;
	return epoll_pwait2(loop->epoll_fd, loop->ready, READY_AT_ONCE, &t, NULL);
}

static void serve_ready(struct loop *loop, int count)
{
	loop->ready_count = count;
	for (loop->ready_at = 0; loop->ready_at < loop->ready_count;) {
		const struct epoll_event *e = &loop->ready[loop->ready_at++];
		struct watch *watch = e->data.ptr;
		if (watch)
			watch->ready(watch, e->events);
	}
	loop->ready_count = 0;
}

void loop_turn(struct loop *loop, int64_t until_ns)
{
	if (loop->virtual_time) {
		turn_virtual(loop, until_ns);
		return;
	}
	flush(loop);
	loop_look(loop);
	turn_ended(loop);
	look_at_load(loop);
	if (loop->rests)
		rest(loop, until_ns);
	int64_t next = wheel_next(&loop->wheel, false);
	int count = wait_until(loop, next < until_ns ? next : until_ns);
	loop_look(loop);
	loop->turn_began_ns = loop->now_ns;
	serve_ready(loop, count > 0 ? count : 0);
	wheel_advance(&loop->wheel, loop->now_ns, NULL);
}
