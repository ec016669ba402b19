/* What one worker waits on: its timers and its sockets; and its time. In virtual time there are no sockets: the loop jumps from timer to
 * timer (a memory network delivers by timers), and all who share the loop share the time.
 *
 * Time is nanoseconds since the epoch: the wall clock read once at the start, then the monotonic clock, so that it never steps. */
#ifndef SIM_ENGINE_LOOP_H
#define SIM_ENGINE_LOOP_H

#include "base/clock.h"
#include "base/err.h"
#include "sim/engine/wheel.h"

struct epoll_event;

struct watch {
	int fd;
	uint32_t events; /* EPOLLIN ... as asked */
	void (*ready)(struct watch *watch, uint32_t events);
};

struct loop {
	int64_t now_ns; /* as of the last loop_turn() or loop_look(); what everybody uses */
	struct wheel wheel;
	bool virtual_time;
	int epoll_fd, wake_fd; /* -1 in virtual time */
	struct watch wake;
	int64_t epoch_ns; /* wall - monotonic */
	/* Self-measurement: how late timers fired and turns ended. */
	int64_t busy_ns, longest_turn_ns;
	uint64_t turns;
	int64_t turn_began_ns;
	/* Under load it rests: see loop_turn(). */
	bool rests;
	unsigned window_turns;
	int64_t window_ends_ns;
	/* What epoll gave and is not yet served. */
	struct epoll_event *ready;
	int ready_count, ready_at;
	/* Called at the end of every turn, before waiting: whoever batches sends flushes here. */
	void (*before_wait)(void *context);
	void *before_wait_context;
};

/* Virtual: time starts at start_ns. */
bool loop_init(struct loop *loop, bool virtual_time, int64_t start_ns, struct err *err);
void loop_release(struct loop *loop);

bool loop_watch(struct loop *loop, struct watch *watch, struct err *err);
void loop_rewatch(struct loop *loop, struct watch *watch); /* its events changed */
void loop_unwatch(
        struct loop *loop,
        struct watch *watch); /* before closing its fd; also from inside of ready() of another */

/* Waits until something is ready, a timer is due, it is woken, or until_ns; runs what is ready and due.
 *
 * Where it would wake up more than LOOP_BUSY times a second it does so every LOOP_REST_NS only, as network cards moderate their interrupts:
 * what arrived or became due meanwhile is served together, and leaves together. Timers are then late by that much at most; what UDP
 * brought has the kernel's stamp, so times of messages are right. */
#define LOOP_REST_NS (500 * NS_PER_US)
#define LOOP_BUSY    8000
void loop_turn(struct loop *loop, int64_t until_ns);
/* Reads the clock into now_ns (real time only). */
void loop_look(struct loop *loop);
/* From any thread or signal handler. */
void loop_wake(struct loop *loop);

#endif
