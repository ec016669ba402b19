#include "sim/transport/twin.h"

#include "base/mem.h"
#include "sim/transport/dial.h"
#include "sim/transport/resolve.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/twin_link.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CONNECT_MS 5000 /* for the twin that has to be there before the start */

struct twin {
	struct sim_config plain; /* for sockets: what is said of SIP's is not said of these */
	struct loop *loop;
	struct twin_events events;
	struct pool pool;
	struct list_node links;
	struct watch door; /* fd -1: nobody is let in */
	bool extended;
	bool over; /* a twin left, and that was told */
	struct twin_peers peers;
};

/* ---- links ---- */

static struct twin_link *first_link(const struct twin *t)
{
	if (list_is_empty(&t->links))
		return NULL;
	return (struct twin_link *)(void *)((char *)t->links.next -
	                                    offsetof(struct twin_link, place));
}

static void on_command(void *context, struct twin_link *link, struct slice command)
{
	struct twin *t = context;

	if (!t->over)
		t->events.command(t->events.context, command, link->remote);
}

static void on_closed(void *context, struct twin_link *link, const char *why)
{
	struct twin *t = context;
	bool told = t->over;

	t->over = true;
	twin_link_free(link);
	if (!told)
		t->events.closed(t->events.context, why);
}

static struct twin_link *add_link(struct twin *t, int fd, bool connecting, struct endpoint remote,
                                  struct err *err)
{
	struct twin_link *l = twin_link_new(t->loop, &t->pool, fd, connecting, remote, err);

	if (!l)
		return NULL;
	l->context = t;
	l->command = on_command;
	l->closed = on_closed;
	list_append(&t->links, &l->place);
	return l;
}

/* ---- letting in ---- */

static void let_in(struct watch *watch, uint32_t events)
{
	struct twin *t = (struct twin *)(void *)((char *)watch - offsetof(struct twin, door));
	struct err err = ERR_INIT;
	union socket_address a = { 0 };
	socklen_t n = sizeof a;
	int fd = accept4(watch->fd, &a.any, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	/* There is one twin, but for the extended mode. */
	if (!t->extended && first_link(t)) {
		close(fd);
		return;
	}
	dial_settle(&t->plain, fd);
	if (!add_link(t, fd, false, socket_address_endpoint(&a), &err) && !t->over) {
		t->over = true;
		t->events.closed(t->events.context, err.text);
	}
}

static bool open_door(struct twin *t, struct endpoint at, struct err *err)
{
	struct endpoint bound;

	t->door.fd = dial_listen(&t->plain, at, false, &bound, err);
	if (t->door.fd < 0)
		return false;
	t->door.events = EPOLLIN;
	t->door.ready = let_in;
	if (loop_watch(t->loop, &t->door, err))
		return true;
	close(t->door.fd);
	t->door.fd = -1;
	return false;
}

/* ---- going there ---- */

static struct twin_link *dial_link(struct twin *t, struct endpoint to, struct err *err)
{
	struct transport_counts counts = { 0 };
	int fd = dial(&t->plain, to, (struct endpoint){ 0 }, &counts, err);

	return fd < 0 ? NULL : add_link(t, fd, true, to, err);
}

/* Before the start: waits until it is there. */
static bool connect_now(struct twin *t, struct endpoint to, struct err *err)
{
	char text[ENDPOINT_TEXT];
	struct twin_link *l = dial_link(t, to, err);

	if (!l)
		return false;
	struct pollfd p = { .fd = l->watch.fd, .events = POLLOUT };
	int ready = poll(&p, 1, CONNECT_MS);
	int code = ready == 1 ? dial_result(p.fd) : ready == 0 ? ETIMEDOUT : errno;
	if (!code)
		return true;
	endpoint_format(to, text);
	return err_set(err, ERR_IO,
	               "no twin at %s: %s (the side that waits for commands starts first)", text,
	               strerror(code));
}

/* ---- the door ---- */

static bool open_classic(struct twin *t, const char *address, bool sends_first, struct err *err)
{
	struct endpoint at;

	if (!resolve_now(address, 0, AF_UNSPEC, &at, err))
		return false;
	if (!at.port)
		return err_set(err, ERR_USAGE, "3PCC: '%s' has no port", address);
	return sends_first ? connect_now(t, at, err) : open_door(t, at, err);
}

static bool open_extended(struct twin *t, const struct sim_config *config, struct err *err)
{
	const char *own = config->master ? config->master : config->slave;

	t->extended = true;
	if (!config->slave_cfg)
		return err_set(err, ERR_USAGE,
		               "3PCC with -master or -slave needs -slave_cfg, the file that says "
		               "where they are");
	if (!twin_peers_read(&t->peers, config->slave_cfg, err))
		return false;
	const struct twin_peer *self = twin_peers_find(&t->peers, slice_str(own));
	if (!self)
		return err_set(err, ERR_USAGE, "%s has no line for '%.64s', which is us",
		               config->slave_cfg, own);
	return open_door(t, self->at, err);
}

static bool open_twin(struct twin *t, const struct sim_config *config, bool sends_first,
                      struct err *err)
{
	if (config->virtual_time)
		return err_set(err, ERR_USAGE,
		               "3PCC needs sockets: there are none in virtual time");
	if (config->master || config->slave)
		return open_extended(t, config, err);
	if (!config->twin)
		return err_set(err, ERR_USAGE,
		               "the scenario has commands for a twin: -3pcc says where it is");
	return open_classic(t, config->twin, sends_first, err);
}

struct twin *twin_open(const struct sim_config *config, bool sends_first, struct loop *loop,
                       const struct twin_events *events, struct err *err)
{
	struct twin *t = mem_alloc(sizeof *t);

	if (!t) {
		err_memory(err, "the twin's socket");
		return NULL;
	}
	*t = (struct twin){ .loop = loop, .events = *events, .door = { .fd = -1 } };
	pool_init(&t->pool, OUTBOX_PIECE);
	list_init(&t->links);
	if (open_twin(t, config, sends_first, err))
		return t;
	twin_free(t);
	return NULL;
}

/* The link to this one, made where there is none yet. NULL: none can be. */
static struct twin_link *link_to(struct twin *t, struct slice name)
{
	struct err err = ERR_INIT;
	const struct twin_peer *peer = twin_peers_find(&t->peers, name);

	if (!peer)
		return NULL;
	for (struct list_node *n = t->links.next; n != &t->links; n = n->next) {
		struct twin_link *l =
		        (struct twin_link *)(void *)((char *)n - offsetof(struct twin_link, place));
		if (l->peer == peer)
			return l;
	}
	struct twin_link *l = dial_link(t, peer->at, &err);
	if (l)
		l->peer = peer;
	return l;
}

bool twin_send(struct twin *t, struct slice peer, struct slice command)
{
	struct twin_link *l = t->extended && peer.n ? link_to(t, peer) : first_link(t);

	return l && !t->over && twin_link_send(l, command);
}

void twin_free(struct twin *t)
{
	if (!t)
		return;
	while (!list_is_empty(&t->links))
		twin_link_free(first_link(t));
	if (t->door.fd >= 0) {
		loop_unwatch(t->loop, &t->door);
		close(t->door.fd);
	}
	twin_peers_release(&t->peers);
	pool_release(&t->pool);
	mem_free(t);
}
