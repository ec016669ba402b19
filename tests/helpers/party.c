#include "tests/helpers/party.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define BOUND_NS (40 * NS_PER_S)

static void on_message(void *context, const struct arrival *a)
{
	struct party *p = context;

	text_add(&p->messages, a->bytes);
	p->message_count++;
	p->from = a->channel;
	if (p->answer.p)
		channel_send(a->channel, a->from, p->answer);
	if (p->close_on_message)
		p->transport->ops->close_connection(a->channel);
}

static void on_closed(void *context, struct channel *channel, bool was_connected, const char *why)
{
	struct party *p = context;

	p->closed++;
	p->was_connected = was_connected;
	snprintf(p->why, sizeof p->why, "%s", why);
	if (p->held == channel)
		party_let_go(p);
}

static void on_writable(void *context, struct channel *channel)
{
	struct party *p = context;

	(void)channel;
	p->writable++;
}

static void on_tap(struct tap *tap, const struct tap_packet *packet)
{
	struct party *p = (struct party *)(void *)((char *)tap - offsetof(struct party, tap));
	bool sent = p->held && endpoint_eq(packet->src, p->held->local);

	text_add(sent ? &p->tapped_out : &p->tapped_in, packet->bytes);
	p->tapped = packet->transport;
}

void party_init(struct party *p, enum sim_transport transport, enum sim_sockets sockets)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };

	*p = (struct party){ .err = ERR_INIT };
	sim_config_init(&p->config);
	p->config.transport = transport;
	p->config.sockets = sockets;
	p->config.local.addr = ip_addr_v4(loopback);
	p->config.target_text = "127.0.0.1";
	p->tap.packet = on_tap;
	text_init(&p->messages);
	text_init(&p->tapped_out);
	text_init(&p->tapped_in);
}

static void flush(void *context)
{
	struct transport *t = context;

	t->ops->flush(t);
}

bool party_start(struct party *p, bool server)
{
	struct transport_events events = { p, on_message, on_closed, NULL, on_writable };

	if (!loop_init(&p->loop, false, 0, &p->err))
		return false;
	p->transport = transport_tcp(&p->config, &p->loop, &events, &p->tap, server, 0, &p->err);
	if (!p->transport)
		return false;
	p->loop.before_wait = flush;
	p->loop.before_wait_context = p->transport;
	return true;
}

struct channel *party_open_at(struct party *p, struct endpoint to)
{
	struct channel *c =
	        p->transport->ops->open(p->transport, to, (struct ip_addr){ 0 }, &p->err);

	if (c && !p->held)
		p->held = c;
	return c;
}

struct channel *party_open(struct party *p, const struct party *to)
{
	return party_open_at(p, to->transport->local);
}

void party_send(struct party *p, struct channel *c, const char *text)
{
	(void)p;
	ck_assert_int_eq(channel_send(c, c->remote, slice_str(text)), SEND_DONE);
}

void party_let_go(struct party *p)
{
	struct channel *c = p->held;

	p->held = NULL;
	channel_release(c);
}

void party_end(struct party *p)
{
	party_let_go(p);
	transport_free(p->transport);
	if (p->loop.ready)
		loop_release(&p->loop);
	text_release(&p->messages);
	text_release(&p->tapped_out);
	text_release(&p->tapped_in);
}

static void turn(struct party *p)
{
	if (p && p->transport)
		loop_turn(&p->loop, p->loop.now_ns + NS_PER_MS);
}

static bool turn_until(struct party *a, struct party *b, const unsigned *counter, unsigned wanted,
                       int64_t ns)
{
	loop_look(&a->loop);
	for (int64_t end = a->loop.now_ns + ns; a->loop.now_ns < end;) {
		if (counter && *counter >= wanted)
			return true;
		turn(a);
		turn(b);
		loop_look(&a->loop);
	}
	return counter && *counter >= wanted;
}

bool parties_turn(struct party *a, struct party *b, const unsigned *counter, unsigned wanted)
{
	return turn_until(a, b, counter, wanted, BOUND_NS);
}

void parties_turn_for(struct party *a, struct party *b, int64_t ns)
{
	turn_until(a, b, NULL, 0, ns);
}

const char *party_message(const char *start_line, size_t n)
{
	static char text[600 * 1024];
	int head = snprintf(text, sizeof text,
	                    "%s\r\nVia: SIP/2.0/TCP 127.0.0.1\r\nContent-Length: %zu\r\n\r\n",
	                    start_line, n);

	ck_assert((size_t)head + n < sizeof text);
	memset(text + head, 'x', n);
	text[(size_t)head + n] = '\0';
	return text;
}
