/* transport_tcp(): which connection a call gets. One for all, or one each; made again where the configuration says so. */
#include "base/mem.h"
#include "sim/transport/stream.h"

/* ---- the one connection ---- */

/* `remote` decides where no address was given that has its family. */
static struct endpoint own_address(const struct stream *s, struct ip_addr local, bool with_port,
                                   struct ip_addr remote)
{
	const struct sim_config *config = s->transport.config;
	struct endpoint e = { ip_addr_is_any(local) ? config->local.addr : local, 0 };

	/* A server's port is its listener's. */
	if (with_port && config->workers <= 1 && s->listener.watch.fd < 0)
		e.port = config->local.port;
	if (ip_addr_is_v4(e.addr) != ip_addr_is_v4(remote))
		e.addr = (struct ip_addr){ 0 };
	return e;
}

static bool dial_shared(struct stream *s, struct connection *c, struct err *err)
{
	struct ip_addr any = { 0 };
	struct endpoint local = own_address(s, any, true, c->channel.remote.addr);
	bool ok = connection_dial(c, local, err);

	if (!ok &&
	    local.port) { /* that of the connection before rests (TIME_WAIT), or another has it */
		local.port = 0;
		ok = connection_dial(c, local, err);
	}
	if (ok)
		s->transport.local = c->channel.local;
	return ok;
}

static bool may_reconnect(const struct stream *s)
{
	int max = s->transport.config->max_reconnect;

	return s->shared_closed_ns == TIME_NONE || max < 0 || s->reconnects < max;
}

static int64_t reconnect_at(const struct stream *s)
{
	int ms = s->transport.config->reconnect_sleep_ms;

	return s->shared_closed_ns + (ms > 0 ? ms : 1) * NS_PER_MS;
}

bool stream_reconnects(struct stream *s, struct connection *c)
{
	s->shared_closed_ns = s->transport.loop->now_ns;
	if (s->transport.config->reconnect_close || !c->channel.references || !may_reconnect(s))
		return false;
	inbox_clear(&c->in, &s->pieces);
	s->reconnects++;
	connection_wait(c, reconnect_at(s));
	return true;
}

/* Its first time, or once more. False: err. */
static bool begin_shared(struct stream *s, struct connection *c, struct err *err)
{
	int64_t now = s->transport.loop->now_ns;
	bool again = s->shared_closed_ns != TIME_NONE;

	s->reconnects += again;
	if (again && reconnect_at(s) > now) {
		c->channel.local = s->transport.local; /* as it was, until it is known */
		connection_wait(c, reconnect_at(s));
		return true;
	}
	if (dial_shared(s, c, err))
		return true;
	s->shared_closed_ns = now;
	return false;
}

static struct connection *open_shared(struct stream *s, struct endpoint remote, struct err *err)
{
	char text[ENDPOINT_TEXT];

	endpoint_format(remote, text);
	if (!may_reconnect(s)) {
		err_set(err, ERR_IO,
		        "the connection with %s is closed, and was made again %d times, as often "
		        "as allowed",
		        text, s->reconnects);
		return NULL;
	}
	struct connection *c = connection_new(s, remote);
	if (!c) {
		err_memory(err, "a connection");
		return NULL;
	}
	c->channel.shared = true;
	if (begin_shared(s, c, err))
		return s->shared = c;
	connection_close(c);
	return NULL;
}

/* ---- one for each call ---- */

static struct connection *open_own(struct stream *s, struct endpoint remote, struct ip_addr local,
                                   struct err *err)
{
	struct connection *c = connection_new(s, remote);

	if (!c) {
		err_memory(err, "a connection");
		return NULL;
	}
	if (connection_dial(c, own_address(s, local, false, remote.addr), err))
		return c;
	connection_close(c);
	return NULL;
}

/* As many as there may be are open: one of them again, each in turn. */
static struct connection *take_turn(struct list_node *list, struct endpoint remote)
{
	enum { LOOK = 16 };

	for (int i = 0; i < LOOK && !list_is_empty(list); i++) {
		struct connection *c = connection_of(list->next);
		list_move_last(list, &c->place);
		if (!c->accepted && !c->leaving && endpoint_eq(c->channel.remote, remote))
			return c;
	}
	return NULL;
}

static unsigned most_connections(const struct stream *s)
{
	const struct sim_config *config = s->transport.config;
	unsigned workers = config->workers ? config->workers : 1;

	return config->max_sockets > workers ? config->max_sockets / workers : 1;
}

static struct channel *tcp_open(struct transport *t, struct endpoint remote, struct ip_addr local,
                                struct err *err)
{
	struct stream *s = (struct stream *)t;
	struct connection *c = NULL;

	if (t->config->sockets == SOCKETS_ONE &&
	    (!s->shared || endpoint_eq(s->shared->channel.remote, remote)))
		c = s->shared ? s->shared : open_shared(s, remote, err);
	else if (s->dialed < most_connections(s) || !(c = take_turn(&s->open, remote)))
		c = open_own(s, remote, local, err);
	return c ? channel_keep(&c->channel) : NULL;
}

/* ---- the other operations ---- */

static enum send_result tcp_send(struct channel *channel, struct endpoint to, struct slice bytes)
{
	(void)to; /* a connection goes where it goes */
	return connection_send((struct connection *)channel, bytes);
}

static void tcp_flush(struct transport *t)
{
	struct stream *s = (struct stream *)t;

	while (!list_is_empty(&s->unwritten)) {
		struct connection *c = connection_of_next(s->unwritten.next);
		c->busy++;
		connection_write(c);
		connection_unbusy(c);
	}
}

static void tcp_close_connection(struct channel *channel)
{
	struct connection *c = (struct connection *)channel;

	if (c->state == CONNECTION_CLOSED || c->leaving)
		return;
	c->busy++;
	connection_leave(c);
	connection_unbusy(c);
}

static void tcp_release(struct channel *channel)
{
	struct connection *c = (struct connection *)channel;

	c->busy++;
	if (c->state != CONNECTION_CLOSED && !c->leaving && !channel->shared)
		connection_leave(c);
	connection_unbusy(c);
}

static void close_all(struct list_node *list)
{
	while (!list_is_empty(list)) {
		struct connection *c = connection_of(list->next);
		c->channel.references = 0;
		connection_close(c);
	}
}

static void tcp_free(struct transport *t)
{
	struct stream *s = (struct stream *)t;

	if (t->loop->before_wait_context == s)
		t->loop->before_wait = NULL;
	listener_close(&s->listener);
	list_init(&s->queued); /* none begins now */
	close_all(&s->waiting);
	close_all(&s->starting);
	close_all(&s->open);
	close_all(&s->leaving);
	close_all(&s->closed);
	wheel_cancel(&t->loop->wheel, &s->timer);
	tls_context_free(s->tls);
	pool_release(&s->connections);
	pool_release(&s->pieces);
	mem_free(s->room);
	mem_free(s);
}

static const struct transport_ops tcp_ops = {
	tcp_open, tcp_send, tcp_flush, tcp_close_connection, tcp_release, tcp_free,
};

/* ---- by the clock ---- */

static void dial_again(struct stream *s, struct connection *c)
{
	struct err err = ERR_INIT;

	c->busy++;
	if (!dial_shared(s, c, &err))
		connection_fail(c, err.text);
	connection_unbusy(c);
}

/* The first of a list whose time has come; *next: else when. NULL: none. */
static struct connection *due(struct list_node *list, int64_t after_ns, int64_t now_ns,
                              int64_t *next)
{
	if (list_is_empty(list))
		return NULL;
	struct connection *c = connection_of(list->next);
	if (c->since_ns + after_ns <= now_ns)
		return c;
	if (c->since_ns + after_ns < *next)
		*next = c->since_ns + after_ns;
	return NULL;
}

static void on_timer(struct wheel_timer *timer)
{
	struct stream *s =
	        (struct stream *)(void *)((char *)timer - offsetof(struct stream, timer));
	int64_t now = s->transport.loop->now_ns, next = INT64_MAX;
	struct connection *c;

	while ((c = due(&s->waiting, 0, now, &next)) != NULL)
		dial_again(s, c);
	while ((c = due(&s->starting, STREAM_START_NS, now, &next)) != NULL)
		connection_expired(c);
	while ((c = due(&s->leaving, STREAM_LEAVE_NS, now, &next)) != NULL)
		connection_expired(c);
	if (next != INT64_MAX)
		stream_look_at(s, next);
}

/* ---- made ---- */

static void init(struct stream *s, const struct sim_config *config, struct loop *loop,
                 const struct transport_events *events, struct tap *tap)
{
	*s = (struct stream){
		.transport = { .ops = &tcp_ops,
		               .loop = loop,
		               .config = config,
		               .events = *events,
		               .tap = tap,
		               .local = config->local },
		.timer = { .fire = on_timer },
		.shared_closed_ns = TIME_NONE,
		.listener = { .watch = { .fd = -1 } },
	};
	pool_init(&s->connections, sizeof(struct connection));
	pool_init(&s->pieces, OUTBOX_PIECE);
	list_init(&s->waiting);
	list_init(&s->starting);
	list_init(&s->open);
	list_init(&s->leaving);
	list_init(&s->closed);
	list_init(&s->unwritten);
	list_init(&s->queued);
}

static void flush_loop(void *context)
{
	struct stream *s = context;

	tcp_flush(&s->transport);
}

struct transport *transport_tcp(const struct sim_config *config, struct loop *loop,
                                const struct transport_events *events, struct tap *tap, bool server,
                                unsigned worker, struct err *err)
{
	struct stream *s = mem_alloc(sizeof *s);

	(void)worker; /* SO_REUSEPORT shares the connections out */
	if (!s) {
		err_memory(err, "the transport");
		return NULL;
	}
	init(s, config, loop, events, tap);
	s->room = mem_alloc(STREAM_ROOM);
	if (!s->room)
		err_memory(err, "the transport");
	else if (config->transport == SIM_TLS && !(s->tls = tls_context_new(config, server, err)))
		err_context(err, "TLS");
	else if (!server || listener_open(s, err)) {
		loop->before_wait = flush_loop;
		loop->before_wait_context = s;
		return &s->transport;
	}
	tcp_free(&s->transport);
	return NULL;
}
