/* Signalling over UDP. One socket for all calls, one for each call, or one for each local address. */
#include "base/mem.h"
#include "sim/transport/udp_parts.h"
#include "sim/transport/udp_socket.h"

#include <sys/epoll.h>
#include <unistd.h>

/* ---- sockets ---- */

static bool has_place(struct udp *u, struct err *err)
{
	if (u->socket_count < u->socket_room)
		return true;
	unsigned room = u->socket_room ? u->socket_room * 2 : 16;
	struct udp_socket **all = mem_resize(u->sockets, room * sizeof(struct udp_socket *));
	if (!all)
		return err_memory(err, "sockets");
	u->sockets = all;
	u->socket_room = room;
	return true;
}

/* An address that no interface here has is that of a NAT before us: messages name it, the socket has any, as SIPp does without -bind_local. */
static int open_fd(struct udp *u, struct endpoint local, bool shared, struct err *err)
{
	const struct sim_config *c = u->transport.config;
	enum udp_socket_trouble trouble;
	struct udp_socket_wish wish = {
		.local = local,
		.interface = c->interface,
		.buffer_bytes = c->buffer_bytes || shared ? c->buffer_bytes : UDP_SOCKET_SMALL,
		.share_port = shared && u->share_port && local.port,
		.destination_wanted = ip_addr_is_any(local.addr),
	};
	int fd = udp_socket_open(&wish, &trouble, err);

	if (fd < 0 && trouble == UDP_SOCKET_NOT_OURS && !c->bind_local) {
		ip_addr_parse(slice_str(ip_addr_is_v4(local.addr) ? "0.0.0.0" : "::"),
		              &wish.local.addr);
		fd = udp_socket_open(&wish, &trouble, err);
	}
	if (fd < 0 && trouble == UDP_SOCKET_NO_PORT)
		counter_bump(&u->transport.counts.ports_exhausted, 1);
	if (fd < 0 && trouble == UDP_SOCKET_NO_FILE)
		counter_bump(&u->transport.counts.files_exhausted, 1);
	return fd;
}

static void take_in(struct udp *u, struct udp_socket *s)
{
	s->place = u->socket_count;
	u->sockets[u->socket_count++] = s;
	u->transport.counts.channels = u->socket_count;
}

/* With one reference. NULL: err. */
static struct udp_socket *socket_new(struct udp *u, struct endpoint local, bool shared,
                                     struct err *err)
{
	struct udp_socket *s = mem_zalloc(sizeof *s);

	if (!s || !has_place(u, err)) {
		mem_free(s);
		err_memory(err, "socket");
		return NULL;
	}
	s->channel = (struct channel){ .transport = &u->transport, .references = 1 };
	s->channel.shared = shared;
	s->watch = (struct watch){ open_fd(u, local, shared, err), EPOLLIN, udp_in_ready };
	if (s->watch.fd >= 0 && loop_watch(u->transport.loop, &s->watch, err)) {
		s->channel.local = (struct endpoint){ local.addr, socket_local(s->watch.fd).port };
		take_in(u, s);
		return s;
	}
	if (s->watch.fd >= 0)
		close(s->watch.fd);
	mem_free(s);
	return NULL;
}

static void socket_free(struct udp *u, struct udp_socket *s)
{
	struct udp_socket *last = u->sockets[--u->socket_count];

	u->sockets[s->place] = last;
	last->place = s->place;
	u->transport.counts.channels = u->socket_count;
	loop_unwatch(u->transport.loop, &s->watch);
	close(s->watch.fd);
	mem_free(s);
}

void udp_close_those_done(struct udp *u)
{
	struct udp_socket **link = &u->closing;

	while (*link) {
		struct udp_socket *s = *link;
		if (s->pending) {
			link = &s->next_closing;
			continue;
		}
		*link = s->next_closing;
		socket_free(u, s);
	}
}

/* Its last messages may still be in the batch. */
static void socket_release(struct channel *c)
{
	struct udp_socket *s = (struct udp_socket *)(void *)c;
	struct udp *u = (struct udp *)(void *)c->transport;

	if (s->keyed)
		table_remove(&u->by_address, endpoint_hash((struct endpoint){ c->local.addr, 0 }),
		             s);
	s->closing = true;
	s->next_closing = u->closing;
	u->closing = s;
	if (!s->pending)
		udp_close_those_done(u);
}

/* ---- which socket ---- */

static struct channel *shared_socket(struct udp *u, struct endpoint remote, struct err *err)
{
	int family = socket_family(remote.addr);

	for (unsigned i = 0; i < u->socket_count; i++) {
		struct channel *c = &u->sockets[i]->channel;
		if (c->shared && socket_family(c->local.addr) == family)
			return channel_keep(c);
	}
	err_set(err, ERR_IO, "no socket for %s", family == AF_INET ? "IPv4" : "IPv6");
	return NULL;
}

/* Once the limit is reached calls share the sockets there are, in turn. */
static struct channel *next_of_those_open(struct udp *u)
{
	for (unsigned i = 0; i < u->socket_count; i++) {
		struct udp_socket *s = u->sockets[u->next_shared++ % u->socket_count];
		if (!s->closing)
			return channel_keep(&s->channel);
	}
	return NULL;
}

static struct channel *socket_for_call(struct udp *u, struct err *err)
{
	const struct sim_config *c = u->transport.config;
	struct endpoint local = { c->local.addr, 0 };
	struct channel *other;

	if (u->socket_count >= c->max_sockets && (other = next_of_those_open(u)))
		return other;
	struct udp_socket *s = socket_new(u, local, false, err);
	return s ? &s->channel : next_of_those_open(u);
}

static bool has_address(const void *value, const void *key)
{
	const struct udp_socket *s = value;
	const struct ip_addr *address = key;

	return ip_addr_eq(s->channel.local.addr, *address);
}

static struct channel *socket_for_address(struct udp *u, struct ip_addr address, struct err *err)
{
	uint64_t hash = endpoint_hash((struct endpoint){ address, 0 });
	struct udp_socket *s = table_get(&u->by_address, hash, has_address, &address);

	if (s)
		return channel_keep(&s->channel);
	s = socket_new(u, (struct endpoint){ address, u->port }, false, err);
	if (!s)
		return NULL;
	s->keyed = table_put(&u->by_address, hash, s);
	return &s->channel;
}

static struct channel *udp_open(struct transport *t, struct endpoint remote, struct ip_addr local,
                                struct err *err)
{
	struct udp *u = (struct udp *)(void *)t;

	if (t->config->sockets == SOCKETS_PER_ADDRESS && !ip_addr_is_any(local))
		return socket_for_address(u, local, err);
	if (t->config->sockets == SOCKETS_PER_CALL)
		return socket_for_call(u, err);
	return shared_socket(u, remote, err);
}

/* ---- the door ---- */

static void udp_flush(struct transport *t)
{
	struct udp *u = (struct udp *)(void *)t;

	if (u->out.group_count && !u->out.blocked)
		udp_out_flush(u);
}

static void flush_loop(void *context)
{
	udp_flush(context);
}

/* There is no connection to be closed. */
static void udp_close_connection(struct channel *c)
{
	(void)c;
}

static void udp_free(struct transport *t)
{
	struct udp *u = (struct udp *)(void *)t;

	udp_flush(t);
	if (t->loop->before_wait_context == u)
		t->loop->before_wait = NULL;
	udp_out_release(u);
	while (u->socket_count)
		socket_free(u, u->sockets[u->socket_count - 1]);
	mem_free(u->sockets);
	table_release(&u->by_address);
	udp_in_release(u);
	mem_free(u);
}

static const struct transport_ops udp_ops = {
	.open = udp_open,
	.send = udp_out_send,
	.flush = udp_flush,
	.close_connection = udp_close_connection,
	.release = socket_release,
	.free = udp_free,
};

/* A server that was told no address hears both families; that of IPv6 may be missing. */
static bool open_shared(struct udp *u, bool server, struct err *err)
{
	const struct sim_config *c = u->transport.config;
	struct endpoint local = { c->local.addr, u->port };
	struct err unheard = ERR_INIT;
	bool any = ip_addr_is_any(local.addr) && !ip_addr_is_v4(local.addr);

	if (any && (server || !c->target.port || ip_addr_is_v4(c->target.addr)))
		ip_addr_parse(SLICE_LIT("0.0.0.0"), &local.addr);
	struct udp_socket *s = socket_new(u, local, true, err);
	if (!s)
		return false;
	u->transport.local = s->channel.local;
	udp_socket_buffers(s->watch.fd, &u->transport.counts.receive_buffer,
	                   &u->transport.counts.send_buffer);
	if (any && server)
		socket_new(u, (struct endpoint){ c->local.addr, s->channel.local.port }, true,
		           &unheard);
	return true;
}

struct transport *transport_udp(const struct sim_config *config, struct loop *loop,
                                const struct transport_events *events, struct tap *tap, bool server,
                                unsigned worker, struct err *err)
{
	struct udp *u = mem_zalloc(sizeof *u);

	if (!u) {
		err_memory(err, "UDP");
		return NULL;
	}
	u->transport = (struct transport){
		.ops = &udp_ops, .loop = loop, .config = config, .events = *events, .tap = tap
	};
	impair_init(&u->transport.impair_out, &config->impair, config->seed + worker);
	u->share_port = server && config->workers > 1;
	u->port = config->local.port;
	if (!server && u->port)
		u->port = (uint16_t)(u->port + worker);
	table_init(&u->by_address);
	u->out.segment_limit = UDP_GROUP_BYTES;
	u->out.bytes = mem_alloc(UDP_OUT_BYTES);
	bool shared = server || config->sockets == SOCKETS_ONE;
	if (!u->out.bytes || !udp_in_init(u))
		err_memory(err, "UDP");
	else if (!shared || open_shared(u, server, err)) {
		loop->before_wait = flush_loop;
		loop->before_wait_context = u;
		return &u->transport;
	}
	udp_free(&u->transport);
	return NULL;
}
