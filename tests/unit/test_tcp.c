/* Connections over loopback: two transports with a loop each, or one of them and a bare socket that does what no SIP peer should. */
#include "tests/helpers/party.h"
#include "tests/helpers/shortage.h"
#include "tests/unit/suites.h"

#include "sim/transport/connection.h"
#include "sim/transport/socket_address.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

Suite *suite_tcp(void);

#define OPTIONS "OPTIONS sip:b SIP/2.0"
#define OK_200  "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"

static void both(struct party *client, struct party *server, enum sim_sockets sockets)
{
	party_init(server, SIM_TCP, sockets);
	ck_assert_msg(party_start(server, true), "%s", server->err.text);
	party_init(client, SIM_TCP, sockets);
	ck_assert_msg(party_start(client, false), "%s", client->err.text);
}

static void end_both(struct party *client, struct party *server)
{
	party_end(client);
	party_end(server);
}

/* ---- a bare socket as the peer ---- */

static int bare_connect(const struct party *to)
{
	union socket_address a;
	socklen_t n = socket_address_of(to->transport->local, &a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, &a.any, n), 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	return fd;
}

static int bare_listen(struct endpoint *at)
{
	union socket_address a;
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	socklen_t n = socket_address_of((struct endpoint){ ip_addr_v4(loopback), 0 }, &a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, &a.any, n), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	*at = socket_local(fd);
	return fd;
}

static void bare_write(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What comes within a second; "" at the end. */
static const char *bare_read(int fd)
{
	static char room[1024];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&p, 1, 1000) == 1 ? recv(fd, room, sizeof room - 1, 0) : -1;

	ck_assert_msg(n >= 0, "nothing came: %s", strerror(errno));
	room[n] = '\0';
	return room;
}

/* RST instead of FIN. */
static void bare_reset(int fd)
{
	struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
}

/* ---- messages ---- */

START_TEST(a_message_there_and_back)
{
	struct party client, server;

	both(&client, &server, _i ? SOCKETS_PER_CALL : SOCKETS_ONE);
	server.answer = SLICE_LIT(OK_200);
	struct channel *c = party_open(&client, &server);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_ne(c->local.port, 0); /* [local_port], before it is connected */
	party_send(&client, c, party_message(OPTIONS, 3)); /* queued */
	ck_assert(parties_turn(&client, &server, &client.message_count, 1));
	ck_assert_str_eq(text_cstr(&server.messages), party_message(OPTIONS, 3));
	ck_assert_str_eq(text_cstr(&client.messages), OK_200);
	ck_assert_ptr_eq(client.from, c);
	ck_assert(endpoint_eq(server.from->remote, c->local));
	ck_assert(endpoint_eq(server.from->local, server.transport->local));
	ck_assert_str_eq(text_cstr(&client.tapped_out), party_message(OPTIONS, 3));
	ck_assert_str_eq(text_cstr(&client.tapped_in), OK_200);
	ck_assert_int_eq(client.tapped, TAP_TCP);
	ck_assert_uint_eq(client.transport->counts.sent, 1);
	ck_assert_uint_eq(client.transport->counts.connects, 1);
	ck_assert_uint_eq(server.transport->counts.received, 1);
	ck_assert_uint_eq(server.transport->counts.accepts, 1);
	end_both(&client, &server);
}
END_TEST

/* Cut after every octet, and with all of it in one. */
START_TEST(split_anywhere)
{
	static const char stream[] =
	        "\r\n\r\nINVITE sip:b SIP/2.0\r\nl: 4\r\n\r\nv=0\n\r\nSIP/2.0 100 Trying\r\n\r\n"
	        "ACK sip:b SIP/2.0\r\nContent-Length:0\r\n\r\n";
	static const char messages[] =
	        "INVITE sip:b SIP/2.0\r\nl: 4\r\n\r\nv=0\nSIP/2.0 100 Trying\r\n\r\n"
	        "ACK sip:b SIP/2.0\r\nContent-Length:0\r\n\r\n";
	char part[sizeof stream];
	struct party server;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&server, true));
	for (size_t cut = 1; cut < sizeof stream; cut++) {
		int fd = bare_connect(&server);
		memcpy(part, stream, cut);
		part[cut] = '\0';
		bare_write(fd, part);
		parties_turn_for(&server, NULL, 2 * NS_PER_MS);
		if (stream[cut])
			bare_write(fd, stream + cut);
		ck_assert(parties_turn(&server, NULL, &server.message_count, 3));
		ck_assert_str_eq(text_cstr(&server.messages), messages);
		server.message_count = 0;
		text_reset(&server.messages);
		close(fd);
	}
	ck_assert_uint_eq(server.transport->counts.broken, 0);
	int fd = bare_connect(&server);
	for (size_t i = 0; i + 1 < sizeof stream; i++) {
		ck_assert_int_eq(send(fd, stream + i, 1, MSG_NOSIGNAL), 1);
		loop_turn(&server.loop, server.loop.now_ns);
	}
	ck_assert(parties_turn(&server, NULL, &server.message_count, 3));
	ck_assert_str_eq(text_cstr(&server.messages), messages);
	close(fd);
	party_end(&server);
}
END_TEST

START_TEST(many_at_once)
{
	enum { CALLS = 300 };
	struct party client, server;

	both(&client, &server, SOCKETS_PER_CALL);
	server.answer = SLICE_LIT(OK_200);
	struct channel *channels[CALLS];
	for (unsigned i = 0; i < CALLS; i++) {
		channels[i] = party_open(&client, &server);
		ck_assert_msg(channels[i] != NULL, "%s", client.err.text);
		party_send(&client, channels[i], party_message(OPTIONS, i));
	}
	ck_assert(parties_turn(&client, &server, &client.message_count, CALLS));
	ck_assert_uint_eq(server.transport->counts.channels, CALLS);
	client.held = NULL;
	for (unsigned i = 0; i < CALLS; i++)
		channel_release(channels[i]);
	ck_assert_uint_eq(client.transport->counts.channels, 0);
	for (int i = 0; i < 1000 && server.transport->counts.channels; i++)
		parties_turn_for(&server, NULL, NS_PER_MS);
	ck_assert_uint_eq(server.transport->counts.channels, 0);
	ck_assert_uint_eq(server.closed, 0); /* no call held one */
	end_both(&client, &server);
}
END_TEST

START_TEST(calls_share_beyond_max_sockets)
{
	struct party client, server;

	both(&client, &server, SOCKETS_PER_CALL);
	client.config.max_sockets = 2;
	struct channel *a = party_open(&client, &server), *b = party_open(&client, &server);
	parties_turn_for(&client, &server, 20 * NS_PER_MS);
	struct channel *c = party_open(&client, &server), *d = party_open(&client, &server);
	ck_assert(a != b && (c == a || c == b) && (d == a || d == b) && c != d);
	ck_assert_uint_eq(client.transport->counts.channels, 2);
	channel_release(c);
	channel_release(d);
	ck_assert_uint_eq(client.transport->counts.channels, 2);
	channel_release(b);
	ck_assert_uint_eq(client.transport->counts.channels, 1);
	end_both(&client, &server);
}
END_TEST

/* A call may be over before its connection is there: what it sent goes out all the same. */
START_TEST(released_before_connected)
{
	struct party client, server;

	both(&client, &server, SOCKETS_PER_CALL);
	party_send(&client, party_open(&client, &server), party_message(OPTIONS, 0));
	party_let_go(&client);
	ck_assert(parties_turn(&client, &server, &server.message_count, 1));
	ck_assert_ptr_nonnull(party_open(&client, &server));
	party_let_go(&client);
	parties_turn_for(&client, &server, 20 * NS_PER_MS);
	ck_assert_uint_eq(client.transport->counts.channels, 0);
	ck_assert_uint_eq(client.closed, 0);
	end_both(&client, &server);
}
END_TEST

/* ---- bounds ---- */

START_TEST(slow_reader)
{
	struct party client;
	struct endpoint at;
	int listener = bare_listen(&at), fd;
	char room[65536];
	unsigned sent = 0, full = 0;
	size_t expected, got = 0;

	party_init(&client, SIM_TCP, SOCKETS_ONE);
	client.config.buffer_bytes = 16384;
	ck_assert(party_start(&client, false));
	struct channel *c = party_open_at(&client, at);
	fd = accept(listener, NULL, NULL);
	const char *message = party_message(OPTIONS, 50000);
	for (; sent < 1000 && !full; sent += !full) {
		full = channel_send(c, at, slice_str(message)) == SEND_FULL;
		parties_turn_for(&client, NULL, NS_PER_MS / 2);
	}
	ck_assert_msg(full && sent >= 10, "%u sent", sent);
	ck_assert_uint_eq(client.transport->counts.full, 1);
	ck_assert(connection_check((struct connection *)c));
	expected = sent * strlen(message);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 20000 && got < expected; i++) {
		ssize_t n = recv(fd, room, sizeof room, 0);
		got += n > 0 ? (size_t)n : 0;
		loop_turn(&client.loop, client.loop.now_ns);
	}
	ck_assert_uint_eq(got, expected);
	ck_assert_uint_eq(client.writable, 1);
	ck_assert_int_eq(channel_send(c, at, slice_str(message)), SEND_DONE);
	close(fd);
	close(listener);
	party_end(&client);
}
END_TEST

START_TEST(giant_messages)
{
	struct party client, server;

	both(&client, &server, SOCKETS_ONE);
	struct channel *c = party_open(&client, &server);
	const char *most = party_message(OPTIONS, 262000); /* near SIP_FRAME_MAX */
	party_send(&client, c, most);
	ck_assert(parties_turn(&client, &server, &server.message_count, 1));
	ck_assert_str_eq(text_cstr(&server.messages), most);
	/* One beyond that is junk, and so much of it ends the connection. */
	party_send(&client, c, party_message(OPTIONS, 300000));
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	ck_assert_uint_eq(server.message_count, 1);
	ck_assert_uint_gt(server.transport->counts.broken, 0);
	end_both(&client, &server);
}
END_TEST

START_TEST(headers_without_end)
{
	struct party server;
	unsigned wrote = 0;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&server, true));
	int fd = bare_connect(&server);
	bare_write(fd, OPTIONS "\r\n");
	for (; wrote < 20000 && !server.transport->counts.closes; wrote++) {
		if (send(fd, "X: y\r\n", 6, MSG_NOSIGNAL) != 6)
			break;
		loop_turn(&server.loop, server.loop.now_ns);
	}
	ck_assert_uint_eq(server.transport->counts.closes, 1);
	ck_assert_uint_lt(wrote, 12000);
	close(fd);
	party_end(&server);
}
END_TEST

START_TEST(no_descriptor_left)
{
	struct party client, server;
	struct rlimit before, less;

	both(&client, &server, SOCKETS_PER_CALL);
	getrlimit(RLIMIT_NOFILE, &before);
	less = before;
	int next = dup(0);
	close(next);
	less.rlim_cur = (rlim_t)next + 1;
	setrlimit(RLIMIT_NOFILE, &less);
	ck_assert_ptr_nonnull(party_open(&client, &server)); /* the last one: none for accepting */
	parties_turn_for(&client, &server, 20 * NS_PER_MS);
	ck_assert_ptr_null(party_open(&client, &server));
	ck_assert_msg(strstr(client.err.text, "no file descriptor is left") != NULL, "%s",
	              client.err.text);
	ck_assert_uint_eq(client.transport->counts.files_exhausted, 1);
	ck_assert_uint_eq(server.transport->counts.files_exhausted, 1);
	setrlimit(RLIMIT_NOFILE, &before);
	party_send(&client, client.held, party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &server.message_count, 1)); /* accepted later */
	end_both(&client, &server);
}
END_TEST

/* ---- keep-alives and junk ---- */

static const struct {
	const char *name, *first, *second, *answered; /* answered: "" where the connection ends */
} streams[] = {
	{ "ping", "\r\n\r\n", "", "\r\n" },
	{ "ping in two", "\r\n\r", "\n", "\r\n" },
	{ "ping, then a message", "\r\n\r\n", OPTIONS "\r\n\r\n", "\r\n" OK_200 },
	{ "padding is no ping", OPTIONS "\r\n\r\n\r\n\r\n", "", OK_200 },
	{ "ping behind a message", OPTIONS "\r\n\r\n", "\r\n\r\n", OK_200 "\r\n" },
	{ "junk between messages", OPTIONS "\r\n\r\nstray\r\n" OPTIONS "\r\n\r\n", "",
	  OK_200 OK_200 },
	{ "junk in front", "v=0\r\n" OPTIONS "\r\n\r\n", "", OK_200 },
	{ "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", "" },
	{ "TLS", "\x16\x03\x01\x02\x00\x01", "", "" },
	{ "NULs", "\x01\x02\x03", "", "" },
};

START_TEST(keep_alives_and_junk)
{
	struct party server;
	char got[512] = "";

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	server.answer = SLICE_LIT(OK_200);
	ck_assert(party_start(&server, true));
	int fd = bare_connect(&server);
	bare_write(fd, streams[_i].first);
	parties_turn_for(&server, NULL, 10 * NS_PER_MS);
	if (*streams[_i].second)
		bare_write(fd, streams[_i].second);
	parties_turn_for(&server, NULL, 10 * NS_PER_MS);
	ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
	ck_assert_msg(n >= 0, "%s: nothing came", streams[_i].name);
	ck_assert_msg(strcmp(got, streams[_i].answered) == 0, "%s: %s", streams[_i].name, got);
	close(fd);
	party_end(&server);
}
END_TEST

/* The calls of a client are told what came instead of SIP. */
START_TEST(client_is_told_of_junk)
{
	static const char *const sent[] = { "220 mail ESMTP\r\n", "\x15\x03\x01\x00\x02\x02\x28" };
	static const char *const why[] = { "is no SIP: '220 mail ESMTP..'", "speaks TLS" };
	struct party client;
	struct endpoint at;
	int listener = bare_listen(&at);

	party_init(&client, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	party_open_at(&client, at);
	int fd = accept(listener, NULL, NULL);
	ck_assert_int_gt(send(fd, sent[_i], _i ? 7 : strlen(sent[0]), 0), 0);
	ck_assert(parties_turn(&client, NULL, &client.closed, 1));
	ck_assert_msg(strstr(client.why, why[_i]) != NULL, "%s", client.why);
	close(fd);
	close(listener);
	party_end(&client);
}
END_TEST

/* ---- ends ---- */

START_TEST(nobody_listens)
{
	struct party client;
	struct endpoint at;

	close(bare_listen(&at));
	party_init(&client, SIM_TCP, _i ? SOCKETS_PER_CALL : SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	struct channel *c = party_open_at(&client, at);
	ck_assert_ptr_nonnull(c);
	channel_keep(c); /* a second call */
	ck_assert(parties_turn(&client, NULL, &client.closed, 1));
	ck_assert(!client.was_connected);
	ck_assert_msg(strstr(client.why, "Connection refused") != NULL, "%s", client.why);
	ck_assert_int_eq(channel_send(c, at, SLICE_LIT("x")), SEND_FAILED);
	ck_assert_uint_eq(client.transport->counts.connects_failed, 1);
	channel_release(c);
	party_end(&client);
}
END_TEST

START_TEST(peer_closes)
{
	struct party client;
	struct endpoint at;
	int listener = bare_listen(&at);

	party_init(&client, SIM_TCP, SOCKETS_PER_CALL);
	ck_assert(party_start(&client, false));
	party_open_at(&client, at);
	int fd = accept(listener, NULL, NULL);
	bare_write(fd, OK_200);
	if (_i) {
		parties_turn_for(&client, NULL, 10 * NS_PER_MS);
		bare_reset(fd);
	} else {
		close(fd);
	}
	ck_assert(parties_turn(&client, NULL, &client.closed, 1));
	ck_assert(client.was_connected);
	ck_assert_msg(strstr(client.why, _i ? "reset by peer" : "closed the connection") != NULL,
	              "%s", client.why);
	ck_assert_str_eq(text_cstr(&client.messages), OK_200);
	close(listener);
	party_end(&client);
}
END_TEST

/* Closes its half as soon as it has asked: it is answered. */
START_TEST(half_close)
{
	struct party server;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	server.answer = SLICE_LIT(OK_200);
	ck_assert(party_start(&server, true));
	int fd = bare_connect(&server);
	bare_write(fd, party_message(OPTIONS, 0));
	shutdown(fd, SHUT_WR);
	parties_turn_for(&server, NULL, 20 * NS_PER_MS);
	ck_assert_str_eq(bare_read(fd), OK_200);
	ck_assert_str_eq(bare_read(fd), "");
	close(fd);
	party_end(&server);
}
END_TEST

START_TEST(closed_from_within)
{
	struct party client, server;

	both(&client, &server, SOCKETS_ONE);
	server.close_on_message = true;
	server.answer = SLICE_LIT(OK_200);
	struct channel *c = party_open(&client, &server);
	party_send(&client, c, party_message(OPTIONS, 0));
	party_send(&client, c, party_message(OPTIONS, 0)); /* is not seen any more */
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	ck_assert_uint_eq(server.message_count, 1);
	ck_assert_uint_eq(server.closed, 0);
	ck_assert_str_eq(text_cstr(&client.messages), OK_200);
	end_both(&client, &server);
}
END_TEST

START_TEST(closecon)
{
	struct party client, server;

	both(&client, &server, SOCKETS_ONE);
	struct channel *c = party_open(&client, &server), *other = party_open(&client, &server);
	ck_assert_ptr_eq(c, other);
	parties_turn_for(&client, &server, 10 * NS_PER_MS);
	party_send(&client, c, party_message(OPTIONS, 0));
	client.transport->ops->close_connection(c);
	ck_assert(parties_turn(&client, &server, &server.message_count, 1));
	ck_assert_int_eq(channel_send(other, other->remote, SLICE_LIT("x")), SEND_FAILED);
	client.held = NULL;
	struct channel *fresh = party_open(&client, &server);
	ck_assert(fresh && fresh != c);
	party_send(&client, fresh, party_message(OPTIONS, 0));
	channel_release(c);
	channel_release(other);
	ck_assert(parties_turn(&client, &server, &server.message_count, 2));
	ck_assert_uint_eq(client.closed, 0);
	end_both(&client, &server);
}
END_TEST

/* ---- the one connection, again ---- */

START_TEST(reconnects)
{
	struct party client;
	struct endpoint at;
	int listener = bare_listen(&at);
	bool close_calls = _i;

	party_init(&client, SIM_TCP, SOCKETS_ONE);
	client.config.max_reconnect = 2;
	client.config.reconnect_sleep_ms = 30;
	client.config.reconnect_close = close_calls;
	ck_assert(party_start(&client, false));
	struct channel *c = party_open_at(&client, at);
	for (unsigned i = 0; i < 3; i++) {
		int fd = accept(listener, NULL, NULL);
		parties_turn_for(&client, NULL, 10 * NS_PER_MS);
		ck_assert_uint_eq(client.transport->counts.connects, i + 1);
		int64_t before = client.loop.now_ns;
		bare_reset(fd);
		parties_turn_for(&client, NULL, 10 * NS_PER_MS);
		ck_assert_uint_eq(client.closed, close_calls ? i + 1 : i == 2);
		if (close_calls)
			c = party_open_at(&client, at);
		if (i == 2)
			break;
		party_send(&client, c, party_message(OPTIONS, 0)); /* waits for it */
		struct pollfd p = { .fd = listener, .events = POLLIN };
		while (poll(&p, 1, 0) == 0 && client.loop.now_ns < before + NS_PER_S)
			parties_turn_for(&client, NULL, NS_PER_MS);
		ck_assert_int_ge(client.loop.now_ns - before, 25 * NS_PER_MS);
	}
	if (close_calls)
		ck_assert_msg(!c && strstr(client.err.text, "2 times") != NULL, "%s",
		              client.err.text);
	close(listener);
	party_end(&client);
}
END_TEST

/* ---- starting ---- */

START_TEST(address_in_use)
{
	struct party first, second;

	party_init(&first, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&first, true));
	party_init(&second, SIM_TCP, SOCKETS_ONE);
	second.config.local = first.transport->local;
	ck_assert(!party_start(&second, true));
	ck_assert_msg(strstr(second.err.text, "Address already in use") != NULL, "%s",
	              second.err.text);
	end_both(&second, &first);
}
END_TEST

/* Workers share the port and the connections that come in. */
START_TEST(workers_share_a_port)
{
	struct party a, b, client;
	enum { CALLS = 64 };

	party_init(&a, SIM_TCP, SOCKETS_ONE);
	a.config.workers = 2;
	ck_assert(party_start(&a, true));
	party_init(&b, SIM_TCP, SOCKETS_ONE);
	b.config.workers = 2;
	b.config.local = a.transport->local;
	ck_assert_msg(party_start(&b, true), "%s", b.err.text);
	party_init(&client, SIM_TCP, SOCKETS_PER_CALL);
	ck_assert(party_start(&client, false));
	struct channel *channels[CALLS];
	for (int i = 0; i < CALLS; i++)
		channels[i] = party_open(&client, &a);
	for (int i = 0; i < 100; i++) {
		parties_turn_for(&a, &b, NS_PER_MS);
		parties_turn_for(&client, NULL, NS_PER_MS);
	}
	ck_assert_uint_eq(a.transport->counts.accepts + b.transport->counts.accepts, CALLS);
	ck_assert(a.transport->counts.accepts && b.transport->counts.accepts);
	client.held = NULL;
	for (int i = 0; i < CALLS; i++)
		channel_release(channels[i]);
	party_end(&client);
	end_both(&a, &b);
}
END_TEST

START_TEST(ipv6)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	struct party client, server;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	server.config.local.addr = _i ? (struct ip_addr){ 0 } : ip_addr_v6(loopback);
	ck_assert_msg(party_start(&server, true), "%s", server.err.text);
	party_init(&client, SIM_TCP, SOCKETS_ONE);
	client.config.local.addr = (struct ip_addr){ 0 };
	ck_assert(party_start(&client, false));
	struct endpoint to = { ip_addr_v6(loopback), server.transport->local.port };
	party_send(&client, party_open_at(&client, to), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &server.message_count, 1));
	ck_assert(endpoint_eq(server.from->local, to));
	end_both(&client, &server);
}
END_TEST

/* Any address takes IPv4 too, and says so. */
START_TEST(any_address_takes_ipv4)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct party client, server;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	server.config.local.addr = (struct ip_addr){ 0 };
	ck_assert(party_start(&server, true));
	party_init(&client, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	struct endpoint to = { ip_addr_v4(loopback), server.transport->local.port };
	party_send(&client, party_open_at(&client, to), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &server.message_count, 1));
	ck_assert(endpoint_eq(server.from->remote, client.held->local));
	end_both(&client, &server);
}
END_TEST

/* ---- no memory ---- */

/* A call or two with everything in it; what fails is said, nothing is left behind. */
static void run_short_of_memory(void)
{
	struct party client, server;

	party_init(&server, SIM_TCP, SOCKETS_PER_CALL);
	party_init(&client, SIM_TCP, SOCKETS_PER_CALL);
	server.answer = SLICE_LIT(OK_200);
	if (party_start(&server, true) && party_start(&client, false)) {
		struct channel *c = party_open(&client, &server);
		if (c) {
			const char *message = party_message(OPTIONS, 90000);
			channel_send(c, c->remote, slice_str(message));
			parties_turn_for(&client, &server, 15 * NS_PER_MS);
		}
	}
	end_both(&client, &server);
}

START_TEST(allocation_failures)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	run_short_of_memory();
	shortage_plan(&s);
	ck_assert_uint_gt(s.count, 6);
	while (shortage_next(&s)) {
		run_short_of_memory();
		shortage_over();
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_tcp(void)
{
	Suite *s = suite_create("tcp");
	TCase *t = tcase_create("messages");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_message_there_and_back, 0, 2);
	tcase_add_test(t, split_anywhere);
	tcase_add_test(t, many_at_once);
	tcase_add_test(t, calls_share_beyond_max_sockets);
	tcase_add_test(t, released_before_connected);
	tcase_add_test(t, slow_reader);
	tcase_add_test(t, giant_messages);
	tcase_add_test(t, headers_without_end);
	tcase_add_test(t, no_descriptor_left);
	tcase_add_loop_test(t, keep_alives_and_junk, 0, sizeof streams / sizeof *streams);
	tcase_add_loop_test(t, client_is_told_of_junk, 0, 2);
	suite_add_tcase(s, t);
	t = tcase_create("ends");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, nobody_listens, 0, 2);
	tcase_add_loop_test(t, peer_closes, 0, 2);
	tcase_add_test(t, half_close);
	tcase_add_test(t, closed_from_within);
	tcase_add_test(t, closecon);
	tcase_add_loop_test(t, reconnects, 0, 2);
	tcase_add_test(t, address_in_use);
	tcase_add_test(t, workers_share_a_port);
	tcase_add_loop_test(t, ipv6, 0, 2);
	tcase_add_test(t, any_address_takes_ipv4);
	tcase_add_test(t, allocation_failures);
	suite_add_tcase(s, t);
	return s;
}
