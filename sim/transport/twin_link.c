#include "sim/transport/twin_link.h"

#include "base/mem.h"
#include "sim/transport/dial.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ESC      0x1b
#define ROOM     16384
#define WHY_SIZE 320

static void fail(struct twin_link *l, const char *what, int code)
{
	char why[WHY_SIZE], remote[ENDPOINT_TEXT];

	endpoint_format(l->remote, remote);
	snprintf(why, sizeof why, "the twin at %s %s%s%s", remote, what, code ? ": " : "",
	         code ? strerror(code) : "");
	l->closed(l->context, l, why);
}

static void want(struct twin_link *l, uint32_t events)
{
	if (l->watch.events == events)
		return;
	l->watch.events = events;
	loop_rewatch(l->loop, &l->watch);
}

/* What fails here shows when it is read. */
static void write_out(struct twin_link *l)
{
	while (outbox_length(&l->out)) {
		struct slice s = outbox_waiting(&l->out);
		ssize_t n = send(l->watch.fd, s.p, s.n, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		outbox_written(&l->out, l->pool, (size_t)n);
	}
	want(l, outbox_length(&l->out) ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

bool twin_link_send(struct twin_link *l, struct slice command)
{
	static const uint8_t end = ESC;
	bool full;

	if (!outbox_add(&l->out, l->pool, command, &full))
		return false;
	if (!outbox_add(&l->out, l->pool, slice_of(&end, 1), &full)) {
		outbox_take_back(&l->out, l->pool, command.n); /* none without its end */
		return false;
	}
	if (!l->connecting)
		write_out(l);
	return true;
}

/* Commands that are whole go out; what is left stays. False: too long, or no memory. */
static bool take(struct twin_link *l, struct slice octets)
{
	struct slice command;
	size_t end;

	while ((end = slice_find(octets, ESC)) != SLICE_NPOS) {
		command = slice_sub(octets, 0, end);
		octets = slice_from(octets, end + 1);
		if (l->in.n) {
			text_add(&l->in, command);
			command = slice_of(l->in.p, l->in.n);
		}
		if (l->in.failed || command.n > TWIN_COMMAND_MAX)
			return false;
		l->command(l->context, l, command);
		text_reset(&l->in);
	}
	if (octets.n)
		text_add(&l->in, octets);
	return !l->in.failed && l->in.n <= TWIN_COMMAND_MAX;
}

static void read_in(struct twin_link *l)
{
	char room[ROOM];
	ssize_t n = recv(l->watch.fd, room, sizeof room, 0);

	if (n > 0) {
		if (!take(l, slice_of(room, (size_t)n)))
			fail(l, "sent a command without end, or too long", 0);
	} else if (n == 0) {
		fail(l, "closed the connection", 0);
	} else if (errno != EAGAIN && errno != EINTR) {
		fail(l, "is gone", errno);
	}
}

static void ready(struct watch *watch, uint32_t events)
{
	struct twin_link *l =
	        (struct twin_link *)(void *)((char *)watch - offsetof(struct twin_link, watch));

	if (l->connecting) {
		int code = dial_result(l->watch.fd);
		if (code) {
			fail(l, "cannot be reached", code);
			return;
		}
		l->connecting = false;
	}
	write_out(l);
	if (events & ~(uint32_t)EPOLLOUT)
		read_in(l);
}

struct twin_link *twin_link_new(struct loop *loop, struct pool *pool, int fd, bool connecting,
                                struct endpoint remote, struct err *err)
{
	struct twin_link *l = mem_zalloc(sizeof *l);

	if (!l) {
		close(fd);
		err_memory(err, "a connection with a twin");
		return NULL;
	}
	*l = (struct twin_link){
		.watch = { .fd = fd, .events = connecting ? EPOLLOUT : EPOLLIN, .ready = ready },
		.loop = loop,
		.pool = pool,
		.remote = remote,
		.connecting = connecting,
	};
	list_init(&l->place);
	text_init(&l->in);
	if (loop_watch(loop, &l->watch, err))
		return l;
	close(fd);
	mem_free(l);
	return NULL;
}

void twin_link_free(struct twin_link *l)
{
	if (!l)
		return;
	loop_unwatch(l->loop, &l->watch);
	close(l->watch.fd);
	list_remove(&l->place);
	outbox_clear(&l->out, l->pool);
	text_release(&l->in);
	mem_free(l);
}
