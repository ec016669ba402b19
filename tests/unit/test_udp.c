/* UDP on loopback: what is sent arrives as it was, a call's messages in their order, whatever is grouped; sockets per call and address; ICMP
 * errors; impairment; a full buffer; a plain peer. */
#include "base/mem.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/transport.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

Suite *suite_udp(void);

#define MOST 20000

struct got {
	struct slice bytes; /* of lab.bytes */
	struct endpoint from, local;
	struct channel *channel;
};

/* One end. */
struct side {
	struct sim_config config;
	struct loop loop;
	struct transport *transport;
	struct got got[MOST];
	unsigned count, refused;
	struct endpoint refused_to;
	bool echo;
	uint8_t bytes[MOST * 200];
	size_t octets;
};

static struct side a, b;
static struct err err;

static struct endpoint endpoint(const char *address, uint16_t port)
{
	struct endpoint e = { .port = port };

	ck_assert(ip_addr_parse(slice_str(address), &e.addr));
	return e;
}

static void message(void *context, const struct arrival *arrival)
{
	struct side *s = context;
	struct got *g = &s->got[s->count];

	if (s->echo)
		channel_send(arrival->channel, arrival->from, arrival->bytes);
	if (s->count == MOST || s->octets + arrival->bytes.n > sizeof s->bytes)
		return;
	memcpy(s->bytes + s->octets, arrival->bytes.p, arrival->bytes.n);
	*g = (struct got){ slice_of(s->bytes + s->octets, arrival->bytes.n), arrival->from,
		           arrival->local, arrival->channel };
	s->octets += arrival->bytes.n;
	s->count++;
}

static void refused(void *context, struct channel *channel, struct endpoint to, const char *why)
{
	struct side *s = context;

	ck_assert_ptr_nonnull(channel);
	ck_assert_str_eq(why, "port unreachable");
	s->refused++;
	s->refused_to = to;
}

static bool try_open(struct side *s, bool server)
{
	struct transport_events e = { .context = s, .message = message, .refused = refused };

	ck_assert(loop_init(&s->loop, false, 0, &err));
	s->transport = transport_udp(&s->config, &s->loop, &e, NULL, server, 0, &err);
	if (!s->transport)
		loop_release(&s->loop);
	return s->transport != NULL;
}

static void side_init(struct side *s, const char *address)
{
	s->count = s->refused = 0;
	s->octets = 0;
	s->echo = false;
	sim_config_init(&s->config);
	s->config.local = endpoint(address, 0);
}

static void side_open(struct side *s, bool server)
{
	ck_assert_msg(try_open(s, server), "%s", err.text);
}

static void side_close(struct side *s)
{
	transport_free(s->transport);
	loop_release(&s->loop);
}

static void both_open(const char *address)
{
	side_init(&a, address);
	side_init(&b, address);
	side_open(&b, true);
	a.config.target = b.transport->local;
	side_open(&a, false);
}

/* Until b has `count`, or a tenth of a second passes without news. */
static void turn_until(unsigned count)
{
	unsigned last = 0;

	for (int64_t quiet = b.loop.now_ns; b.loop.now_ns - quiet < 100 * NS_PER_MS;) {
		loop_turn(&a.loop, a.loop.now_ns);
		loop_turn(&b.loop, b.loop.now_ns + NS_PER_MS);
		if (b.count >= count)
			return;
		if (b.count != last)
			quiet = b.loop.now_ns;
		last = b.count;
	}
}

static struct channel *channel_to(struct side *s, struct endpoint remote, const char *local)
{
	struct channel *c =
	        s->transport->ops->open(s->transport, remote, endpoint(local, 0).addr, &err);
	ck_assert_msg(c != NULL, "%s", err.text);
	return c;
}

static const char *const addresses[] = { "127.0.0.1", "::1" };

START_TEST(there_and_back)
{
	both_open(addresses[_i]);
	b.echo = true;
	struct channel *c = channel_to(&a, b.transport->local, "0.0.0.0");
	ck_assert_int_eq(channel_send(c, b.transport->local, SLICE_LIT("hello")), SEND_DONE);
	ck_assert_int_eq(channel_send(c, b.transport->local, SLICE_LIT("")), SEND_DONE);
	turn_until(2);
	loop_turn(&b.loop, b.loop.now_ns); /* what was echoed leaves */
	loop_turn(&a.loop, a.loop.now_ns + NS_PER_S);
	ck_assert_uint_eq(b.count, 2);
	ck_assert(slice_eq_str(b.got[0].bytes, "hello"));
	ck_assert(endpoint_eq(b.got[0].from, a.transport->local));
	ck_assert(endpoint_eq(b.got[0].local, b.transport->local));
	ck_assert_uint_eq(b.got[1].bytes.n, 0);
	ck_assert_uint_ge(a.count, 1);
	ck_assert(slice_eq_str(a.got[0].bytes, "hello"));
	ck_assert_uint_eq(b.transport->counts.received, 2);
	ck_assert_uint_eq(b.transport->counts.octets_received, 5);
	ck_assert_uint_gt(a.transport->counts.receive_buffer, 0);
	channel_release(c);
	side_close(&a);
	side_close(&b);
}
END_TEST

/* Octets: sequence (2), number within it (2), padding. Lengths from few, as those of SIP messages of one step. */
static void send_some(struct channel *c, uint64_t *random, unsigned count, uint16_t next[64])
{
	static const unsigned lengths[] = { 20, 21, 21, 21, 40, 40, 100, 1600 };
	uint8_t bytes[2000] = { 0 };

	for (unsigned i = 0; i < count; i++) {
		uint16_t sequence = (uint16_t)(random_next(random) % 64);
		uint16_t number = next[sequence]++;
		memcpy(bytes, &sequence, 2);
		memcpy(bytes + 2, &number, 2);
		size_t n = lengths[random_next(random) % (i % 50 ? 7 : 8)];
		a.transport->sequence = sequence; /* 0: it keeps its place among all */
		ck_assert_int_eq(channel_send(c, b.transport->local, slice_of(bytes, n)),
		                 SEND_DONE);
	}
}

/* In a sequence nothing overtakes; what has none is not overtaken and overtakes nobody. */
static void check_order(unsigned count)
{
	uint16_t next[64] = { 0 };

	ck_assert_uint_eq(b.count, count);
	for (unsigned i = 0; i < count; i++) {
		uint16_t sequence, number;
		memcpy(&sequence, b.got[i].bytes.p, 2);
		memcpy(&number, b.got[i].bytes.p + 2, 2);
		ck_assert_uint_lt(sequence, 64);
		ck_assert_uint_eq(number, next[sequence]);
		next[sequence]++;
	}
}

START_TEST(order_is_kept)
{
	uint64_t random = (uint64_t)_i;
	uint16_t next[64] = { 0 };
	unsigned sent = 0;

	both_open("127.0.0.1");
	struct channel *c = channel_to(&a, b.transport->local, "0.0.0.0");
	for (unsigned turn = 0; turn < 40; turn++) {
		unsigned n = (unsigned)(random_next(&random) % (turn % 8 ? 60 : 1200));
		send_some(c, &random, n, next);
		sent += n;
		turn_until(sent);
	}
	check_order(sent);
	ck_assert_uint_eq(a.transport->counts.sent, sent);
	channel_release(c);
	side_close(&a);
	side_close(&b);
}
END_TEST

/* A peer that knows nothing of segments gets each message by itself. */
START_TEST(plain_peer)
{
	union socket_address address;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char text[64];

	socklen_t n = socket_address_of(endpoint("127.0.0.1", 0), &address);
	ck_assert_int_eq(bind(fd, &address.any, n), 0);
	side_init(&a, "127.0.0.1");
	side_open(&a, false);
	struct channel *c = channel_to(&a, socket_local(fd), "0.0.0.0");
	for (char i = 'a'; i <= 'z'; i++) {
		a.transport->sequence = (uint64_t)i;
		channel_send(c, socket_local(fd), slice_of((char[]){ i, i, i }, 3));
	}
	a.transport->ops->flush(a.transport);
	for (char i = 'a'; i <= 'z'; i++) {
		ck_assert_int_eq(recv(fd, text, sizeof text, MSG_DONTWAIT), 3);
		ck_assert_int_eq(text[2], i);
	}
	close(fd);
	channel_release(c);
	side_close(&a);
}
END_TEST

START_TEST(nobody_there)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	side_open(&b, true);
	struct endpoint gone = b.transport->local;
	side_close(&b);
	side_open(&a, false);
	struct channel *c = channel_to(&a, gone, "0.0.0.0");
	for (unsigned i = 0; i < 3; i++) {
		a.transport->sequence = i + 1;
		channel_send(c, gone, SLICE_LIT("anybody?"));
		loop_turn(&a.loop, a.loop.now_ns);
		loop_turn(&a.loop, a.loop.now_ns + 20 * NS_PER_MS);
	}
	ck_assert_uint_eq(a.refused, 3);
	ck_assert(endpoint_eq(a.refused_to, gone));
	ck_assert_uint_eq(a.transport->counts.sent, 3); /* an old error costs no new message */
	ck_assert_uint_eq(a.transport->counts.send_errors, 0);
	channel_release(c);
	side_close(&a);
}
END_TEST

START_TEST(socket_per_call)
{
	struct channel *c[5];

	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	side_open(&b, true);
	a.config.sockets = SOCKETS_PER_CALL;
	a.config.max_sockets = 3;
	side_open(&a, false);
	for (unsigned i = 0; i < 5; i++)
		c[i] = channel_to(&a, b.transport->local, "0.0.0.0");
	ck_assert_uint_eq(a.transport->counts.channels, 3);
	ck_assert(c[0] != c[1] && c[1] != c[2] && c[0] != c[2]);
	ck_assert_ptr_eq(c[3], c[0]); /* the limit is reached: in turn */
	ck_assert_ptr_eq(c[4], c[1]);
	for (unsigned i = 0; i < 5; i++) {
		channel_send(c[i], b.transport->local, SLICE_LIT("x"));
		channel_release(c[i]); /* what was sent before is sent */
	}
	turn_until(5);
	ck_assert_uint_eq(b.count, 5);
	ck_assert_uint_eq(a.transport->counts.channels, 0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_ne(b.got[i].from.port, 0);
	side_close(&a);
	side_close(&b);
}
END_TEST

START_TEST(socket_per_address)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	side_open(&b, true);
	a.config.sockets = SOCKETS_PER_ADDRESS;
	side_open(&a, false);
	struct channel *two = channel_to(&a, b.transport->local, "127.0.0.2");
	struct channel *three = channel_to(&a, b.transport->local, "127.0.0.3");
	struct channel *again = channel_to(&a, b.transport->local, "127.0.0.2");
	ck_assert_ptr_eq(two, again);
	ck_assert_ptr_ne(two, three);
	channel_send(two, b.transport->local, SLICE_LIT("x"));
	channel_send(three, b.transport->local, SLICE_LIT("x"));
	turn_until(2);
	ck_assert(ip_addr_eq(b.got[0].from.addr, endpoint("127.0.0.2", 0).addr));
	ck_assert(ip_addr_eq(b.got[1].from.addr, endpoint("127.0.0.3", 0).addr));
	channel_release(two);
	channel_release(again);
	channel_release(three);
	loop_turn(&a.loop, a.loop.now_ns);
	ck_assert_uint_eq(a.transport->counts.channels, 0);
	side_close(&a);
	side_close(&b);
}
END_TEST

/* Bound to any address: each message says which one it was sent to. */
START_TEST(bound_to_any)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	b.config.local = (struct endpoint){ 0 };
	side_open(&b, true);
	side_open(&a, false);
	struct endpoint there = endpoint("127.0.0.7", b.transport->local.port);
	struct channel *c = channel_to(&a, there, "0.0.0.0");
	channel_send(c, there, SLICE_LIT("x"));
	turn_until(1);
	ck_assert_uint_eq(b.count, 1);
	ck_assert(endpoint_eq(b.got[0].local, there));
	channel_release(c);
	side_close(&a);
	side_close(&b);
}
END_TEST

/* The address of a NAT before us: messages name it, and it does not matter that no interface has it. */
START_TEST(address_of_a_nat)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "192.0.2.77");
	side_open(&b, true);
	side_open(&a, false);
	ck_assert(ip_addr_eq(b.transport->local.addr, endpoint("192.0.2.77", 0).addr));
	struct endpoint there = endpoint("127.0.0.1", b.transport->local.port);
	struct channel *c = channel_to(&a, there, "0.0.0.0");
	channel_send(c, there, SLICE_LIT("x"));
	turn_until(1);
	ck_assert_uint_eq(b.count, 1);
	ck_assert(ip_addr_eq(b.got[0].local.addr, endpoint("192.0.2.77", 0).addr));
	channel_release(c);
	side_close(&a);
	side_close(&b);
	b.config.bind_local = true;
	ck_assert(!try_open(&b, true));
	ck_assert_ptr_nonnull(strstr(err.text, "192.0.2.77"));
}
END_TEST

/* Callers with a fixed port have one each, servers share theirs. */
START_TEST(workers)
{
	struct transport_events e = { .context = &a, .message = message };

	for (int server = 0; server < 2; server++) {
		side_init(&a, "127.0.0.1");
		side_init(&b, "127.0.0.1");
		a.config.workers = b.config.workers = 2;
		side_open(&b, server);
		uint16_t port = b.transport->local.port;
		side_close(&b);
		a.config.local.port = b.config.local.port = port;
		side_open(&b, server);
		ck_assert(loop_init(&a.loop, false, 0, &err));
		a.transport = transport_udp(&a.config, &a.loop, &e, NULL, server, 1, &err);
		ck_assert_msg(a.transport != NULL, "%s", err.text);
		ck_assert_uint_eq(b.transport->local.port, port);
		ck_assert_uint_eq(a.transport->local.port, server ? port : port + 1);
		side_close(&a);
		side_close(&b);
	}
}
END_TEST

START_TEST(impaired)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	side_open(&b, true);
	a.config.impair = (struct impair_config){ .loss = 0.5, .delay_ns = 20 * NS_PER_MS };
	side_open(&a, false);
	struct channel *c = channel_to(&a, b.transport->local, "0.0.0.0");
	loop_look(&a.loop);
	int64_t began = a.loop.now_ns;
	for (unsigned i = 0; i < 1000; i++)
		channel_send(c, b.transport->local, SLICE_LIT("x"));
	turn_until(1000);
	ck_assert_int_ge(b.loop.now_ns - began, 20 * NS_PER_MS);
	ck_assert_uint_eq(b.count + a.transport->counts.dropped, 1000);
	ck_assert_uint_gt(b.count, 400);
	ck_assert_uint_lt(b.count, 600);
	channel_send(c, b.transport->local, SLICE_LIT("on its way when all ends"));
	channel_release(c);
	side_close(&a);
	side_close(&b);
}
END_TEST

/* Who reads too slowly learns how many it lost. */
START_TEST(overflow_is_counted)
{
	uint8_t bytes[1000] = { 0 };
	int fd;

	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	b.config.buffer_bytes = 8192;
	side_open(&b, true);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	union socket_address to;
	socklen_t n = socket_address_of(b.transport->local, &to);
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(sendto(fd, bytes, sizeof bytes, 0, &to.any, n), sizeof bytes);
	side_open(&a, false);
	turn_until(100);
	ck_assert_uint_lt(b.count, 100);
	unsigned before = b.count;
	ck_assert_int_eq(sendto(fd, bytes, sizeof bytes, 0, &to.any, n), sizeof bytes);
	turn_until(before + 1);
	ck_assert_uint_eq(b.count - 1 + b.transport->counts.overflow, 100);
	close(fd);
	side_close(&a);
	side_close(&b);
}
END_TEST

START_TEST(what_cannot_be_sent)
{
	static uint8_t large[70000];

	both_open("127.0.0.1");
	struct channel *c = channel_to(&a, b.transport->local, "0.0.0.0");
	ck_assert_int_eq(channel_send(c, b.transport->local, slice_of(large, sizeof large)),
	                 SEND_FAILED);
	ck_assert_int_eq(channel_send(c, endpoint("::1", 5060), SLICE_LIT("x")), SEND_FAILED);
	ck_assert_int_eq(channel_send(c, b.transport->local, slice_of(large, 65000)), SEND_DONE);
	turn_until(1);
	ck_assert_uint_eq(b.got[0].bytes.n, 65000);
	ck_assert_uint_eq(a.transport->counts.send_errors, 2);
	channel_release(c);
	side_close(&a);
	side_close(&b);
}
END_TEST

START_TEST(port_in_use)
{
	side_init(&a, "127.0.0.1");
	side_init(&b, "127.0.0.1");
	side_open(&b, true);
	a.config.local = b.transport->local;
	ck_assert(!try_open(&a, true));
	ck_assert_ptr_nonnull(strstr(err.text, "Address already in use"));
	side_close(&b);
}
END_TEST

START_TEST(without_memory)
{
	uint64_t n = 0;

	side_init(&a, "127.0.0.1");
	for (;; n++) {
		ck_assert(loop_init(&a.loop, false, 0, &err));
		struct transport_events e = { .context = &a, .message = message };
		mem_fail_after(n);
		a.transport = transport_udp(&a.config, &a.loop, &e, NULL, false, 0, &err);
		mem_fail_after(UINT64_MAX);
		if (a.transport)
			break;
		ck_assert_int_eq(err.code, ERR_MEMORY);
		loop_release(&a.loop);
	}
	ck_assert_uint_gt(n, 3);
	side_close(&a);
}
END_TEST

Suite *suite_udp(void)
{
	Suite *s = suite_create("udp");
	TCase *t = tcase_create("udp");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, there_and_back, 0, 2);
	tcase_add_loop_test(t, order_is_kept, 0, 6);
	tcase_add_test(t, plain_peer);
	tcase_add_test(t, nobody_there);
	tcase_add_test(t, socket_per_call);
	tcase_add_test(t, socket_per_address);
	tcase_add_test(t, bound_to_any);
	tcase_add_test(t, address_of_a_nat);
	tcase_add_test(t, workers);
	tcase_add_test(t, impaired);
	tcase_add_test(t, overflow_is_counted);
	tcase_add_test(t, what_cannot_be_sent);
	tcase_add_test(t, port_in_use);
	tcase_add_test(t, without_memory);
	suite_add_tcase(s, t);
	return s;
}
