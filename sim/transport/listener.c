/* Where connections are accepted. */
#include "sim/transport/dial.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/stream.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
#define PAUSE_NS       (100 * NS_PER_MS)

/* Without a descriptor a connection stays where it is, and epoll says so all the time. */
static void pause_accepting(struct listener *l)
{
	struct loop *loop = l->stream->transport.loop;

	l->watch.events = 0;
	loop_rewatch(loop, &l->watch);
	wheel_arm(&loop->wheel, &l->pause, loop->now_ns + PAUSE_NS);
}

static void go_on(struct wheel_timer *timer)
{
	struct listener *l =
	        (struct listener *)(void *)((char *)timer - offsetof(struct listener, pause));

	l->watch.events = EPOLLIN;
	loop_rewatch(l->stream->transport.loop, &l->watch);
}

static void accept_some(struct watch *watch, uint32_t events)
{
	struct listener *l =
	        (struct listener *)(void *)((char *)watch - offsetof(struct listener, watch));
	struct transport_counts *counts = &l->stream->transport.counts;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		union socket_address a = { 0 };
		socklen_t n = sizeof a;
		int fd = accept4(watch->fd, &a.any, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			connection_accepted(l->stream, fd, socket_address_endpoint(&a));
		} else if (errno == EMFILE || errno == ENFILE) {
			counts->files_exhausted++;
			pause_accepting(l);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
	}
}

bool listener_open(struct stream *s, struct err *err)
{
	const struct sim_config *config = s->transport.config;
	struct listener *l = &s->listener;

	l->stream = s;
	l->pause.fire = go_on;
	l->watch.fd =
	        dial_listen(config, config->local, config->workers > 1, &s->transport.local, err);
	if (l->watch.fd < 0)
		return false;
	l->watch.events = EPOLLIN;
	l->watch.ready = accept_some;
	if (loop_watch(s->transport.loop, &l->watch, err))
		return true;
	close(l->watch.fd);
	l->watch.fd = -1;
	return false;
}

void listener_close(struct listener *l)
{
	if (l->watch.fd < 0)
		return;
	wheel_cancel(&l->stream->transport.loop->wheel, &l->pause);
	loop_unwatch(l->stream->transport.loop, &l->watch);
	close(l->watch.fd);
	l->watch.fd = -1;
}
