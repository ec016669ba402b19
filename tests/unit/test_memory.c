/* The network in memory: when, in which order and to whom things arrive. */
#include "base/mem.h"
#include "sim/transport/memory.h"

#include <check.h>
#include <stdio.h>

#define START   (INT64_C(1767225600) * NS_PER_S)
#define LATENCY (5 * NS_PER_MS)

struct heard {
	unsigned messages, closed, refused;
	bool was_connected;
	size_t octets;
	char last[64];
	int64_t time_ns;
	struct endpoint from;
	struct channel *channel; /* kept, where keep is set */
	bool keep, answer;
};

static void on_message(void *context, const struct arrival *a)
{
	struct heard *h = context;

	h->messages++;
	h->octets += a->bytes.n;
	slice_cstr(a->bytes, h->last, sizeof h->last);
	h->time_ns = a->time_ns;
	h->from = a->from;
	if (h->keep && !h->channel)
		h->channel = channel_keep(a->channel);
	if (h->answer)
		channel_send(a->channel, a->from, SLICE_LIT("answer"));
}

static void on_closed(void *context, struct channel *c, bool was_connected, const char *why)
{
	struct heard *h = context;

	(void)why;
	h->closed++;
	h->was_connected = was_connected;
	if (h->channel == c) {
		channel_release(c);
		h->channel = NULL;
	}
}

static void on_refused(void *context, struct channel *c, struct endpoint to, const char *why)
{
	struct heard *h = context;

	(void)c;
	(void)why;
	h->refused++;
	h->from = to;
}

struct tapped {
	struct tap tap;
	unsigned packets;
	int64_t first_ns, last_ns;
};

static void on_tap(struct tap *tap, const struct tap_packet *p)
{
	struct tapped *t = (struct tapped *)(void *)tap;

	if (!t->packets++)
		t->first_ns = p->time_ns;
	t->last_ns = p->time_ns;
}

static struct loop loop;
static struct memory_network network;
static struct sim_config config_a, config_b;
static struct heard a, b;
static struct tapped tap_a;
static struct transport *ta, *tb;
static struct err err;

static struct endpoint place(uint8_t host, uint16_t port)
{
	const uint8_t quad[4] = { 192, 0, 2, host };
	return (struct endpoint){ ip_addr_v4(quad), port };
}

static struct transport *open_one(struct sim_config *c, struct heard *h, uint8_t host,
                                  struct tap *tap)
{
	struct transport_events events = { h, on_message, on_closed, on_refused, NULL };

	c->local = place(host, 5060);
	return transport_memory(c, &network, &events, tap, &err);
}

static void start(enum sim_transport kind, enum sim_sockets sockets)
{
	err = (struct err)ERR_INIT;
	a = b = (struct heard){ 0 };
	sim_config_init(&config_a);
	config_a.transport = kind;
	config_a.sockets = sockets;
	config_b = config_a;
	tap_a = (struct tapped){ .tap = { on_tap } };
	ck_assert(loop_init(&loop, true, START, &err));
	memory_network_init(&network, &loop, LATENCY);
	ta = open_one(&config_a, &a, 1, &tap_a.tap);
	tb = open_one(&config_b, &b, 2, NULL);
	ck_assert(ta && tb);
}

static void stop(void)
{
	transport_free(ta);
	transport_free(tb);
	memory_network_release(&network);
	loop_release(&loop);
}

static void run(void)
{
	for (int i = 0; i < 1000 && loop.wheel.count; i++)
		loop_turn(&loop, INT64_MAX);
	ck_assert(loop.wheel.count == 0);
}

static struct channel *open_to_b(uint16_t port)
{
	struct channel *c = ta->ops->open(ta, place(2, port), (struct ip_addr){ { 0, 0 } }, &err);
	ck_assert(c != NULL);
	return c;
}

START_TEST(a_datagram_and_its_answer)
{
	start(SIM_UDP, SOCKETS_ONE);
	b.answer = true;
	struct channel *c = open_to_b(5060);
	ck_assert(channel_send(c, place(2, 5060), SLICE_LIT("hello")) == SEND_DONE);
	ck_assert_uint_eq(b.messages, 0);
	run();
	ck_assert_uint_eq(b.messages, 1);
	ck_assert_str_eq(b.last, "hello");
	ck_assert_int_eq(b.time_ns, START + LATENCY);
	ck_assert(endpoint_eq(b.from, place(1, 5060)));
	ck_assert_str_eq(a.last, "answer");
	ck_assert_int_eq(a.time_ns, START + 2 * LATENCY);
	/* The tap of one side sees each packet once: as it leaves, as it arrives. */
	ck_assert_uint_eq(tap_a.packets, 2);
	ck_assert_int_eq(tap_a.first_ns, START);
	ck_assert_int_eq(tap_a.last_ns, START + 2 * LATENCY);
	channel_release(c);
	stop();
}
END_TEST

START_TEST(many_in_order)
{
	static uint8_t octets[4000];
	char number[16];

	start(SIM_UDP, SOCKETS_PER_CALL);
	struct channel *c = open_to_b(5060);
	ck_assert(c->local.port >= 32768);
	for (unsigned i = 0; i < 500; i++) { /* over many blocks */
		snprintf(number, sizeof number, "%u", i);
		channel_send(c, place(2, 5060), slice_of(octets, sizeof octets));
		channel_send(c, place(2, 5060), slice_str(number));
	}
	run();
	ck_assert_uint_eq(b.messages, 1000);
	ck_assert_str_eq(b.last, "499");
	ck_assert_uint_eq(network.under_way, 0);
	channel_release(c);
	stop();
}
END_TEST

START_TEST(larger_than_a_block)
{
	static uint8_t octets[700000];

	start(SIM_TCP, SOCKETS_ONE);
	struct channel *c = open_to_b(5060);
	channel_send(c, place(2, 5060), slice_of(octets, sizeof octets));
	channel_send(c, place(2, 5060), SLICE_LIT("small"));
	run();
	channel_send(c, place(2, 5060), slice_of(octets, sizeof octets));
	run();
	ck_assert_uint_eq(b.messages, 3);
	ck_assert_uint_eq(b.octets, 2 * sizeof octets + 5);
	channel_release(c);
	stop();
}
END_TEST

START_TEST(nobody_is_there)
{
	start(SIM_UDP, SOCKETS_ONE);
	struct channel *c = open_to_b(5061);
	channel_send(c, place(2, 5061), SLICE_LIT("hello"));
	run();
	ck_assert_uint_eq(b.messages, 0);
	ck_assert_uint_eq(a.refused, 1);
	ck_assert(endpoint_eq(a.from, place(2, 5061)));
	channel_release(c);
	stop();
}
END_TEST

START_TEST(a_connection)
{
	start(SIM_TCP, SOCKETS_PER_CALL);
	b.answer = b.keep = true;
	struct channel *c = open_to_b(5060);
	channel_send(c, place(2, 5060), SLICE_LIT("hello"));
	run();
	ck_assert_str_eq(b.last, "hello");
	ck_assert_str_eq(a.last, "answer");
	ck_assert(endpoint_eq(b.from, c->local));
	ck_assert(b.channel != NULL);
	channel_release(c);
	run();
	ck_assert_uint_eq(b.closed, 1);
	ck_assert(b.was_connected);
	ck_assert_uint_eq(tb->counts.channels, 0);
	stop();
}
END_TEST

START_TEST(a_refused_connection)
{
	start(SIM_TCP, SOCKETS_ONE);
	struct channel *c = open_to_b(5061);
	ck_assert(channel_send(c, place(2, 5061), SLICE_LIT("hello")) == SEND_DONE);
	run();
	ck_assert_uint_eq(a.closed, 1);
	ck_assert(!a.was_connected);
	ck_assert(channel_send(c, place(2, 5061), SLICE_LIT("hello")) == SEND_FAILED);
	channel_release(c);
	/* Another one is made, for the first is no good. */
	c = open_to_b(5060);
	ck_assert(channel_send(c, place(2, 5060), SLICE_LIT("hello")) == SEND_DONE);
	run();
	ck_assert_uint_eq(b.messages, 1);
	channel_release(c);
	stop();
}
END_TEST

START_TEST(closed_by_hand)
{
	start(SIM_TCP, SOCKETS_ONE);
	struct channel *c = open_to_b(5060), *d = open_to_b(5060);
	ck_assert(c == d);
	ta->ops->close_connection(c);
	ck_assert(channel_send(d, place(2, 5060), SLICE_LIT("hello")) == SEND_FAILED);
	run();
	ck_assert_uint_eq(b.closed, 1);
	channel_release(c);
	channel_release(d);
	stop();
}
END_TEST

START_TEST(impaired_messages)
{
	start(SIM_UDP, SOCKETS_ONE);
	config_a.impair = (struct impair_config){ .ge_k = 1, .delay_ns = 40 * NS_PER_MS };
	impair_init(&ta->impair_out, &config_a.impair, 1);
	struct channel *c = open_to_b(5060);
	channel_send(c, place(2, 5060), SLICE_LIT("late"));
	run();
	ck_assert_int_eq(b.time_ns, START + LATENCY + 40 * NS_PER_MS);
	ck_assert_int_eq(tap_a.first_ns, START + 40 * NS_PER_MS); /* as it leaves */
	config_a.impair.loss = 1;
	impair_init(&ta->impair_out, &config_a.impair, 1);
	channel_send(c, place(2, 5060), SLICE_LIT("never"));
	run();
	ck_assert_uint_eq(b.messages, 1);
	config_a.impair.loss = 0;
	impair_init(&ta->impair_out, &config_a.impair, 1);
	channel_send(c, place(2, 5060), SLICE_LIT("held when all is over"));
	channel_release(c);
	stop();
}
END_TEST

START_TEST(two_at_one_place)
{
	start(SIM_UDP, SOCKETS_ONE);
	struct sim_config config = config_a;
	ck_assert(open_one(&config, &a, 1, NULL) == NULL);
	ck_assert(strstr(err.text, "same address") != NULL);
	stop();
}
END_TEST

START_TEST(media_ports)
{
	struct media_network *m = &network.media;
	struct endpoint at = place(1, 6000);

	start(SIM_UDP, SOCKETS_ONE);
	ck_assert(m->open(m, at, NULL, &err));
	ck_assert(!m->open(m, at, NULL, &err));
	ck_assert(strstr(err.text, "6000 is in use") != NULL);
	m->close(m, at);
	m->close(m, at);
	ck_assert(m->open(m, at, NULL, &err));
	m->close(m, at);
	/* Nobody is there: nothing happens. */
	m->send(m, place(1, 6002), at, SLICE_LIT("rtp"));
	run();
	ck_assert_uint_eq(network.refused, 1);
	stop();
}
END_TEST

/* Allocation n fails: an error or a lost packet, and nothing leaks. */
START_TEST(without_memory)
{
	start(SIM_TCP, SOCKETS_PER_CALL);
	mem_fail_after((uint64_t)_i);
	struct channel *c = ta->ops->open(ta, place(2, 5060), (struct ip_addr){ { 0, 0 } }, &err);
	if (c) {
		channel_send(c, place(2, 5060), SLICE_LIT("hello"));
		run();
		channel_release(c);
		run();
	} else {
		ck_assert(err.code != ERR_NONE);
	}
	mem_fail_after(UINT64_MAX);
	stop();
}
END_TEST

Suite *suite_memory(void);
Suite *suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("network");

	tcase_add_test(t, a_datagram_and_its_answer);
	tcase_add_test(t, many_in_order);
	tcase_add_test(t, larger_than_a_block);
	tcase_add_test(t, nobody_is_there);
	tcase_add_test(t, a_connection);
	tcase_add_test(t, a_refused_connection);
	tcase_add_test(t, closed_by_hand);
	tcase_add_test(t, impaired_messages);
	tcase_add_test(t, two_at_one_place);
	tcase_add_test(t, media_ports);
	tcase_add_loop_test(t, without_memory, 0, 8);
	suite_add_tcase(s, t);
	return s;
}
