/* struct transport upon a network in memory. */
#include "base/mem.h"
#include "sim/transport/memory.h"

struct memory_transport {
	struct transport base;
	struct memory_network *network;
	struct bound listener; /* of connections */
	struct memory_channel *shared; /* NULL: none yet; holds a reference */
	struct list_node channels; /* all of them */
};

struct memory_channel {
	struct channel base;
	struct bound bound;
	struct list_node node; /* of the transport's */
	bool open; /* it is bound */
	bool held_by_transport;
};

/* A message that impairment holds back. */
struct held_message {
	struct wheel_timer timer;
	struct list_node node; /* of the network's */
	struct memory_transport *transport;
	struct endpoint from, to;
	size_t length;
	uint8_t octets[];
};

static struct memory_transport *transport_of(const struct channel *c)
{
	return (struct memory_transport *)(void *)c->transport;
}

static struct memory_channel *channel_of_bound(struct bound *b)
{
	return (struct memory_channel *)(void *)((char *)b -
	                                         offsetof(struct memory_channel, bound));
}

static bool is_stream(const struct memory_transport *t)
{
	return t->base.config->transport != SIM_UDP;
}

static enum tap_transport tap_kind(const struct memory_transport *t)
{
	switch (t->base.config->transport) {
	case SIM_TCP: return TAP_TCP;
	case SIM_TLS: return TAP_TLS;
	default: return TAP_UDP;
	}
}

/* --- channels ----------------------------------------------------------------------------------------------------- */

/* With one reference. NULL: no memory, or the place is taken. */
static struct memory_channel *new_channel(struct memory_transport *t, enum bound_kind kind,
                                          struct endpoint local, struct endpoint remote)
{
	struct memory_channel *c = mem_zalloc(sizeof *c);

	if (!c)
		return NULL;
	c->base = (struct channel){
		.transport = &t->base, .local = local, .remote = remote, .references = 1
	};
	c->bound = (struct bound){ local, remote, kind };
	if (kind == BOUND_DATAGRAM)
		c->bound.remote = (struct endpoint){ .port = 0 };
	if (!memory_bind(t->network, &c->bound)) {
		mem_free(c);
		return NULL;
	}
	c->open = true;
	list_append(&t->channels, &c->node);
	t->base.counts.channels++;
	return c;
}

static void shut(struct memory_channel *c)
{
	struct memory_transport *t = transport_of(&c->base);

	if (!c->open)
		return;
	c->open = false;
	memory_unbind(t->network, &c->bound);
	t->base.counts.channels--;
	if (t->shared == c)
		t->shared = NULL;
}

static void let_go(struct memory_channel *c)
{
	if (!c->held_by_transport)
		return;
	c->held_by_transport = false;
	c->base.shared = false;
	channel_release(&c->base);
}

static void free_channel(struct memory_channel *c)
{
	shut(c);
	list_remove(&c->node);
	mem_free(c);
}

static void tell_close(struct memory_channel *c)
{
	struct memory_transport *t = transport_of(&c->base);

	if (c->open && is_stream(t))
		memory_send(t->network, FLIGHT_CLOSE, true, c->base.local, c->base.remote,
		            SLICE_NONE);
}

static void release(struct channel *channel)
{
	struct memory_channel *c = (struct memory_channel *)(void *)channel;

	tell_close(c);
	free_channel(c);
}

static void close_connection(struct channel *channel)
{
	struct memory_channel *c = (struct memory_channel *)(void *)channel;

	if (!is_stream(transport_of(channel)))
		return;
	tell_close(c);
	transport_of(channel)->base.counts.closes += c->open;
	shut(c);
	let_go(c);
}

static struct endpoint place_for(struct memory_transport *t, struct endpoint remote,
                                 struct ip_addr local)
{
	const struct sim_config *config = t->base.config;
	struct endpoint at = t->base.local;

	if (config->sockets == SOCKETS_PER_ADDRESS && !ip_addr_is_any(local))
		at.addr = local;
	else if (config->sockets == SOCKETS_PER_CALL || is_stream(t))
		at.port = memory_free_port(t->network, is_stream(t), at.addr, remote);
	return at;
}

static struct channel *keep_shared(struct memory_transport *t, struct memory_channel *c)
{
	c->held_by_transport = c->base.shared = true;
	t->shared = c;
	return channel_keep(&c->base);
}

static struct channel *open_channel(struct transport *transport, struct endpoint remote,
                                    struct ip_addr local, struct err *err)
{
	struct memory_transport *t = (struct memory_transport *)(void *)transport;
	bool one = transport->config->sockets == SOCKETS_ONE;

	if (one && t->shared)
		return channel_keep(&t->shared->base);
	struct endpoint at = place_for(t, remote, local);
	struct bound *there = is_stream(t) ? NULL : memory_find(t->network, false, at, remote);
	if (there && there->kind == BOUND_DATAGRAM)
		return channel_keep(&channel_of_bound(there)->base);
	struct memory_channel *c =
	        at.port ? new_channel(t, is_stream(t) ? BOUND_CONNECTION : BOUND_DATAGRAM, at,
	                              remote)
	                : NULL;
	if (!c) {
		transport->counts.ports_exhausted += !at.port;
		err_set(err, ERR_IO, "no port is left in the network in memory");
		return NULL;
	}
	if (is_stream(t)) {
		transport->counts.connects++;
		memory_send(t->network, FLIGHT_CONNECT, true, at, remote, SLICE_NONE);
	}
	return one ? keep_shared(t, c) : &c->base;
}

#define MOST_DATAGRAM 65507 /* of UDP in IPv4 */

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void put(struct memory_transport *t, struct endpoint from, struct endpoint to,
                struct slice bytes)
{
	tap_packet(t->base.tap, t->base.loop->now_ns, from, to, tap_kind(t), bytes);
	memory_send(t->network, is_stream(t) ? FLIGHT_SEGMENT : FLIGHT_DATAGRAM, is_stream(t), from,
	            to, bytes);
}

static void held_long_enough(struct wheel_timer *timer)
{
	struct held_message *h = (struct held_message *)(void *)timer;

	list_remove(&h->node);
	put(h->transport, h->from, h->to, slice_of(h->octets, h->length));
	mem_free(h);
}

static void hold(struct memory_transport *t, struct endpoint from, struct endpoint to,
                 struct slice bytes, int64_t until_ns)
{
	struct held_message *h = mem_alloc(sizeof *h + bytes.n);

	if (!h) {
		t->network->dropped++;
		return;
	}
	*h = (struct held_message){ .timer = { .fire = held_long_enough },
		                    .transport = t,
		                    .from = from,
		                    .to = to,
		                    .length = bytes.n };
	memcpy(h->octets, bytes.p, bytes.n);
	list_append(&t->network->held, &h->node);
	wheel_arm(&t->base.loop->wheel, &h->timer, until_ns);
}

static void impaired(struct memory_transport *t, struct endpoint from, struct endpoint to,
                     struct slice bytes)
{
	int64_t now_ns = t->base.loop->now_ns;
	struct impair_fate fate;

	impair_packet(&t->base.impair_out, now_ns, &fate);
	for (unsigned i = 0; !fate.drop && i < fate.copies; i++)
		if (fate.out_ns[i] <= now_ns)
			put(t, from, to, bytes);
		else
			hold(t, from, to, bytes, fate.out_ns[i]);
}

static enum send_result send_bytes(struct channel *channel, struct endpoint to, struct slice bytes)
{
	struct memory_channel *c = (struct memory_channel *)(void *)channel;
	struct memory_transport *t = transport_of(channel);

	if (!c->open || (!is_stream(t) && bytes.n > MOST_DATAGRAM))
		return SEND_FAILED;
	t->base.counts.sent++;
	t->base.counts.octets_sent += bytes.n;
	if (is_stream(t))
		put(t, channel->local, channel->remote, bytes);
	else if (impair_wanted(&t->base.config->impair))
		impaired(t, channel->local, to, bytes);
	else
		put(t, channel->local, to, bytes);
	return SEND_DONE;
}

/* --- arriving ----------------------------------------------------------------------------------------------------- */

static void message(struct memory_channel *c, struct endpoint from, struct slice bytes)
{
	struct memory_transport *t = transport_of(&c->base);
	struct arrival arrival = { bytes, from, c->base.local, &c->base, t->base.loop->now_ns };

	t->base.counts.received++;
	t->base.counts.octets_received += bytes.n;
	tap_packet(t->base.tap, arrival.time_ns, from, c->base.local, tap_kind(t), bytes);
	channel_keep(&c->base); /* who is told may let it go */
	t->base.events.message(t->base.events.context, &arrival);
	channel_release(&c->base);
}

static void closed(struct memory_channel *c, bool was_connected, const char *why)
{
	struct memory_transport *t = transport_of(&c->base);

	shut(c);
	if (was_connected)
		t->base.counts.closes++;
	else
		t->base.counts.connects_failed++;
	channel_keep(&c->base);
	t->base.events.closed(t->base.events.context, &c->base, was_connected, why);
	let_go(c);
	channel_release(&c->base);
}

static void accepted(struct memory_transport *t, const struct flight *f)
{
	struct memory_channel *c = new_channel(t, BOUND_CONNECTION, f->to, f->from);

	if (!c) {
		memory_send(t->network, FLIGHT_REFUSED, true, f->to, f->from, SLICE_NONE);
		return;
	}
	c->held_by_transport = true;
	t->base.counts.accepts++;
}

static void connect_arrived(struct memory_network *n, const struct flight *f)
{
	struct bound *b = memory_find(n, true, f->to, (struct endpoint){ .port = 0 });

	if (b && b->kind == BOUND_LISTENER)
		accepted((struct memory_transport *)(void *)((char *)b -
		                                             offsetof(struct memory_transport,
		                                                      listener)),
		         f);
	else
		memory_send(n, FLIGHT_REFUSED, true, f->to, f->from, SLICE_NONE);
}

static void connection_arrived(struct memory_network *n, const struct flight *f, struct slice bytes)
{
	struct bound *b = memory_find(n, true, f->to, f->from);

	if (f->kind == FLIGHT_CONNECT)
		connect_arrived(n, f);
	else if (!b)
		return; /* it is closed at this end already */
	else if (f->kind == FLIGHT_SEGMENT)
		message(channel_of_bound(b), f->from, bytes);
	else if (f->kind == FLIGHT_CLOSE)
		closed(channel_of_bound(b), true, "the other side closed the connection");
	else
		closed(channel_of_bound(b), false, "connection refused");
}

static void refused(struct memory_channel *c, struct endpoint by)
{
	struct memory_transport *t = transport_of(&c->base);

	t->base.counts.refused++;
	channel_keep(&c->base);
	t->base.events.refused(t->base.events.context, &c->base, by, "connection refused");
	channel_release(&c->base);
}

static void datagram_arrived(struct memory_network *n, const struct flight *f, struct slice bytes)
{
	struct bound *b = memory_find(n, false, f->to, f->from);

	if (b && f->kind == FLIGHT_DATAGRAM) {
		message(channel_of_bound(b), f->from, bytes);
	} else if (b) {
		refused(channel_of_bound(b), f->from);
	} else if (f->kind == FLIGHT_DATAGRAM) {
		n->refused++;
		if (n->tap && ip_addr_eq(f->to.addr, n->tapped))
			tap_packet(n->tap, n->loop->now_ns, f->from, f->to, TAP_UDP, bytes);
		b = memory_find(n, false, f->from, f->to);
		if (b && b->kind == BOUND_DATAGRAM)
			memory_send(n, FLIGHT_REFUSED, false, f->to, f->from, SLICE_NONE);
	}
}

void memory_arrived(struct memory_network *n, const struct flight *f, struct slice bytes)
{
	if (f->of_connection)
		connection_arrived(n, f, bytes);
	else
		datagram_arrived(n, f, bytes);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void flush(struct transport *transport)
{
	(void)transport;
}

static void forget_held(struct memory_transport *t)
{
	struct list_node *head = &t->network->held;

	for (struct list_node *node = head->next, *next; node != head; node = next) {
		struct held_message *h =
		        (struct held_message *)(void *)((char *)node -
		                                        offsetof(struct held_message, node));
		next = node->next;
		if (h->transport != t)
			continue;
		wheel_cancel(&t->base.loop->wheel, &h->timer);
		list_remove(node);
		mem_free(h);
	}
}

static void free_transport(struct transport *transport)
{
	struct memory_transport *t = (struct memory_transport *)(void *)transport;

	forget_held(t);
	while (!list_is_empty(&t->channels))
		free_channel(
		        (struct memory_channel *)(void *)((char *)t->channels.next -
		                                          offsetof(struct memory_channel, node)));
	if (is_stream(t))
		memory_unbind(t->network, &t->listener);
	mem_free(t);
}

static const struct transport_ops memory_ops = {
	open_channel, send_bytes, flush, close_connection, release, free_transport,
};

/* Where others reach it: a socket for datagrams, or a listener. */
static bool settle(struct memory_transport *t)
{
	struct memory_channel *c;

	if (is_stream(t)) {
		t->listener = (struct bound){ t->base.local, { .port = 0 }, BOUND_LISTENER };
		return memory_bind(t->network, &t->listener);
	}
	c = new_channel(t, BOUND_DATAGRAM, t->base.local, (struct endpoint){ .port = 0 });
	if (!c)
		return false;
	c->held_by_transport = c->base.shared = true;
	t->shared = c;
	return true;
}

struct transport *transport_memory(const struct sim_config *config, struct memory_network *network,
                                   const struct transport_events *events, struct tap *tap,
                                   struct err *err)
{
	struct memory_transport *t = mem_zalloc(sizeof *t);

	if (!t) {
		err_memory(err, "the network in memory");
		return NULL;
	}
	t->base = (struct transport){
		.ops = &memory_ops,
		.loop = network->loop,
		.config = config,
		.events = *events,
		.tap = tap,
		.local = config->local,
	};
	t->network = network;
	if (tap) {
		network->tap = tap;
		network->tapped = config->local.addr;
	}
	list_init(&t->channels);
	impair_init(&t->base.impair_out, &config->impair, config->seed);
	if (settle(t))
		return &t->base;
	mem_free(t);
	err_set(err, ERR_USAGE, "both sides of a virtual run have the same address and port");
	return NULL;
}
