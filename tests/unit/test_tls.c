/* TLS over loopback, with certificates made here: a good one, and each kind of bad one. */
#include "tests/helpers/certificates.h"
#include "tests/helpers/party.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"
#include "tests/unit/suites.h"

#include "sim/transport/connection.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_tls(void);

#define OPTIONS "OPTIONS sip:b SIP/2.0"
#define OK_200  "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"

/* ---- the certificates of all tests ---- */

static struct temp_dir dir;

static const struct certificate_plan plans[] = {
	{ "ca", "Test CA", NULL, NULL, -2, 2, NULL, true },
	{ "other-ca", "Other CA", NULL, NULL, -2, 2, NULL, true },
	{ "good", "good", "DNS:sip.example.com,IP:127.0.0.1,IP:::1", "ca", -1, 1, NULL, false },
	{ "named", "named", "DNS:sip.example.com,DNS:b.example.com", "ca", -1, 1, NULL, false },
	{ "common", "old'style", NULL, "ca", -1, 1, NULL, false },
	{ "expired", "expired", "IP:127.0.0.1", "ca", -2, -1, NULL, false },
	{ "future", "future", "IP:127.0.0.1", "ca", 1, 2, NULL, false },
	{ "self", "self", "IP:127.0.0.1", NULL, -1, 1, NULL, false },
	{ "revoked", "revoked", "IP:127.0.0.1", "ca", -1, 1, NULL, false },
	{ "locked", "locked", "IP:127.0.0.1", "ca", -1, 1, "secret", false },
	{ "client", "client", NULL, "ca", -1, 1, NULL, false },
};

static void make_certificates(void)
{
	temp_dir_make(&dir);
	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
		certificate_make(dir.path, &plans[i]);
	certificate_revoke(dir.path, "ca", "revoked");
}

static void remove_certificates(void)
{
	temp_dir_remove(&dir);
}

/* Path of a file of the directory; a handful of them live at the same time. */
static const char *file(const char *name, const char *ending)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s.%s", dir.path, name, ending);
	return path;
}

static bool start_server(struct party *p, const char *certificate)
{
	party_init(p, SIM_TLS, SOCKETS_ONE);
	p->config.tls.certificate = file(certificate, "pem");
	p->config.tls.key = file(certificate, "key");
	p->answer = SLICE_LIT(OK_200);
	return party_start(p, true);
}

static void init_client(struct party *p, const struct party *server, enum sim_sockets sockets)
{
	party_init(p, SIM_TLS, sockets);
	p->config.tls.ca = file("ca", "pem");
	if (server->transport)
		p->config.target = server->transport->local;
}

static void end_both(struct party *client, struct party *server)
{
	party_end(client);
	party_end(server);
}

/* ---- messages ---- */

static const char *const versions[] = { NULL, "1.2", "1.3" };

START_TEST(a_message_there_and_back)
{
	struct party client, server;

	ck_assert_msg(start_server(&server, "good"), "%s", server.err.text);
	init_client(&client, &server, SOCKETS_ONE);
	client.config.tls.version = versions[_i];
	ck_assert_msg(party_start(&client, false), "%s", client.err.text);
	struct channel *c = party_open(&client, &server);
	party_send(&client, c, party_message(OPTIONS, 3));
	ck_assert_msg(parties_turn(&client, &server, &client.message_count, 1), "%s", client.why);
	ck_assert_str_eq(text_cstr(&server.messages), party_message(OPTIONS, 3));
	ck_assert_str_eq(text_cstr(&client.messages), OK_200);
	ck_assert_str_eq(text_cstr(&client.tapped_out),
	                 party_message(OPTIONS, 3)); /* in the clear */
	ck_assert_str_eq(text_cstr(&client.tapped_in), OK_200);
	ck_assert_int_eq(client.tapped, TAP_TLS);
	/* Many records of it. */
	const char *large = party_message(OPTIONS, 200000);
	text_reset(&server.messages);
	party_send(&client, c, large);
	ck_assert(parties_turn(&client, &server, &client.message_count, 2));
	ck_assert_str_eq(text_cstr(&server.messages), large);
	party_let_go(&client);
	end_both(&client, &server);
}
END_TEST

START_TEST(slow_reader)
{
	struct party client, server;
	unsigned sent = 0;

	ck_assert(start_server(&server, "good"));
	init_client(&client, &server, SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	struct channel *c = party_open(&client, &server);
	party_send(&client, c, party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &client.message_count, 1));
	const char *message = party_message(OPTIONS, 60000);
	while (sent < 1000 && channel_send(c, c->remote, slice_str(message)) == SEND_DONE) {
		sent++;
		parties_turn_for(&client, NULL, NS_PER_MS / 2);
	}
	ck_assert_uint_lt(sent, 1000);
	ck_assert(parties_turn(&client, &server, &server.message_count, sent + 1));
	ck_assert_uint_eq(client.writable, 1);
	ck_assert_uint_eq(server.messages.n,
	                  sent * strlen(message) + strlen(party_message(OPTIONS, 0)));
	end_both(&client, &server);
}
END_TEST

/* More than may shake hands at once: those behind wait, all are served, and those behind find tickets (how many, time
 * decides). */
START_TEST(many_at_once)
{
	enum { CALLS = 200 };
	struct party client, server;
	struct channel *channels[CALLS];
	unsigned resumed = 0;

	ck_assert(start_server(&server, "good"));
	init_client(&client, &server, SOCKETS_PER_CALL);
	ck_assert(party_start(&client, false));
	for (unsigned i = 0; i < CALLS; i++) {
		channels[i] = party_open(&client, &server);
		ck_assert_msg(channels[i] != NULL, "%s", client.err.text);
		ck_assert_uint_ne(channels[i]->local.port, 0);
		party_send(&client, channels[i], party_message(OPTIONS, i));
	}
	ck_assert(parties_turn(&client, &server, &client.message_count, CALLS));
	for (unsigned i = 0; i < CALLS; i++)
		resumed += tls_resumed(((struct connection *)channels[i])->tls);
	ck_assert_uint_gt(resumed, 0);
	client.held = NULL;
	for (unsigned i = 0; i < CALLS; i++)
		channel_release(channels[i]);
	for (int i = 0; i < 1000 && server.transport->counts.channels; i++)
		parties_turn_for(&server, NULL, NS_PER_MS);
	ck_assert_uint_eq(server.transport->counts.channels, 0);
	end_both(&client, &server);
}
END_TEST

/* A session of one worker is taken by another one with the same key. */
START_TEST(resumed_by_another_worker)
{
	struct party client, first, second;

	ck_assert(start_server(&first, "good"));
	init_client(&client, &first, SOCKETS_PER_CALL);
	ck_assert(party_start(&client, false));
	party_send(&client, party_open(&client, &first), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &first, &client.message_count, 1));
	ck_assert(!tls_resumed(((struct connection *)client.held)->tls));
	party_let_go(&client);
	struct endpoint at = first.transport->local;
	party_end(&first);
	party_init(&second, SIM_TLS, SOCKETS_ONE);
	second.config.tls.certificate = file("good", "pem");
	second.config.tls.key = file("good", "key");
	second.config.local = at;
	second.answer = SLICE_LIT(OK_200);
	ck_assert_msg(party_start(&second, true), "%s", second.err.text);
	party_send(&client, party_open(&client, &second), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &second, &client.message_count, 2));
	ck_assert(tls_resumed(((struct connection *)client.held)->tls));
	end_both(&client, &second);
}
END_TEST

/* ---- whom to believe ---- */

static const struct {
	const char *certificate, *ca, *crl, *target, *name; /* NULL: "ca"; none; 127.0.0.1; none */
	bool insecure;
	const char *why; /* NULL: it connects */
} trust[] = {
	{ "good", NULL, NULL, NULL, NULL, false, NULL },
	{ "good", NULL, NULL, "sip.example.com:5061", NULL, false, NULL },
	{ "named", NULL, NULL, NULL, "b.example.com", false, NULL },
	{ "named", NULL, NULL, NULL, NULL, false,
	  "is not valid for '127.0.0.1', but for 'sip.example.com', 'b.example.com': use "
	  "--tls-name" },
	{ "good", NULL, NULL, "example.com", NULL, false,
	  "is not valid for 'example.com', but for" },
	{ "good", NULL, NULL, NULL, "127.0.0.2", false, "is not valid for '127.0.0.2'" },
	{ "common", NULL, NULL, NULL, NULL, false, "but for 'old.style'" },
	{ "named", NULL, NULL, NULL, NULL, true, NULL },
	{ "expired", NULL, NULL, NULL, NULL, false, " expired on 20" },
	{ "expired", NULL, NULL, NULL, NULL, true, NULL },
	{ "future", NULL, NULL, NULL, NULL, false, "is not valid before 20" },
	{ "self", NULL, NULL, NULL, NULL, false,
	  "is signed by itself: use --tls-ca or --insecure" },
	{ "self", "self", NULL, NULL, NULL, false, NULL },
	{ "good", "other-ca", NULL, NULL, NULL, false, "is signed by somebody who is not trusted" },
	{ "good", "", NULL, NULL, NULL, false, "is signed by somebody who is not trusted" },
	{ "good", NULL, "ca", NULL, NULL, false, NULL },
	{ "revoked", NULL, "ca", NULL, NULL, false, "is revoked" },
	{ "revoked", NULL, NULL, NULL, NULL, false, NULL },
};

START_TEST(trusts)
{
	struct party client, server;

	ck_assert(start_server(&server, trust[_i].certificate));
	init_client(&client, &server, SOCKETS_ONE);
	if (trust[_i].ca)
		client.config.tls.ca = *trust[_i].ca ? file(trust[_i].ca, "pem") : NULL;
	if (trust[_i].crl)
		client.config.tls.crl = file(trust[_i].crl, "crl");
	if (trust[_i].target)
		client.config.target_text = trust[_i].target;
	client.config.tls.server_name = trust[_i].name;
	client.config.tls.no_verify = trust[_i].insecure;
	ck_assert_msg(party_start(&client, false), "%s", client.err.text);
	struct channel *c = party_open(&client, &server);
	party_send(&client, c, party_message(OPTIONS, 0));
	if (!trust[_i].why) {
		ck_assert_msg(parties_turn(&client, &server, &client.message_count, 1), "%s",
		              client.why);
	} else {
		ck_assert(parties_turn(&client, &server, &client.closed, 1));
		ck_assert_msg(strstr(client.why, trust[_i].why) != NULL, "%s", client.why);
		ck_assert(!client.was_connected);
		ck_assert_uint_eq(client.transport->counts.tls_failures, 1);
		ck_assert_uint_eq(server.message_count, 0); /* nothing was said to a stranger */
		/* TLS 1.3 (RFC 8446 section 4.4): the server is done before the client refuses. */
		parties_turn_for(&server, NULL, 10 * NS_PER_MS);
		ck_assert_uint_eq(server.transport->counts.channels, 0);
	}
	end_both(&client, &server);
}
END_TEST

/* A target other than the configured one is verified by its address. */
START_TEST(another_target)
{
	struct party client, server;

	ck_assert(start_server(&server, "named"));
	init_client(&client, &server, SOCKETS_ONE);
	client.config.tls.server_name = "sip.example.com";
	client.config.target.port++;
	ck_assert(party_start(&client, false));
	ck_assert_ptr_nonnull(party_open(&client, &server));
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	ck_assert_msg(strstr(client.why, "is not valid for '127.0.0.1'") != NULL, "%s", client.why);
	end_both(&client, &server);
}
END_TEST

/* Who says who signs clients wants to see such a certificate where one is shown. */
START_TEST(client_certificates)
{
	static const char *const shown[] = { NULL, "client", "self" };
	struct party client, server;

	party_init(&server, SIM_TLS, SOCKETS_ONE);
	server.config.tls.certificate = file("good", "pem");
	server.config.tls.key = file("good", "key");
	server.config.tls.ca = file("ca", "pem");
	server.answer = SLICE_LIT(OK_200);
	ck_assert(party_start(&server, true));
	init_client(&client, &server, SOCKETS_ONE);
	if (shown[_i]) {
		client.config.tls.certificate = file(shown[_i], "pem");
		client.config.tls.key = file(shown[_i], "key");
	}
	ck_assert_msg(party_start(&client, false), "%s", client.err.text);
	party_send(&client, party_open(&client, &server), party_message(OPTIONS, 0));
	if (_i < 2) {
		ck_assert_msg(parties_turn(&client, &server, &client.message_count, 1), "%s",
		              client.why);
	} else {
		ck_assert(parties_turn(&client, &server, &client.closed, 1));
		ck_assert_uint_eq(server.transport->counts.tls_failures, 1);
		ck_assert_uint_eq(server.message_count, 0);
	}
	end_both(&client, &server);
}
END_TEST

/* ---- who does not speak it ---- */

START_TEST(plain_client)
{
	struct party client, server;

	ck_assert(start_server(&server, "good"));
	party_init(&client, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	party_send(&client, party_open(&client, &server), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	/* OpenSSL answers nothing to what is no TLS. */
	ck_assert_msg(strstr(client.why, "closed the connection") != NULL ||
	                      strstr(client.why, "reset by peer") != NULL,
	              "%s", client.why);
	ck_assert_uint_eq(server.transport->counts.tls_failures, 1);
	ck_assert_uint_eq(server.message_count, 0);
	end_both(&client, &server);
}
END_TEST

START_TEST(plain_server)
{
	struct party client, server;

	party_init(&server, SIM_TCP, SOCKETS_ONE);
	ck_assert(party_start(&server, true));
	init_client(&client, &server, SOCKETS_ONE);
	ck_assert(party_start(&client, false));
	party_send(&client, party_open(&client, &server), party_message(OPTIONS, 0));
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	ck_assert_msg(strstr(client.why, "closed the connection in the TLS handshake") != NULL ||
	                      strstr(client.why, "reset by peer") != NULL,
	              "%s", client.why);
	ck_assert_uint_eq(server.message_count, 0);
	end_both(&client, &server);
}
END_TEST

START_TEST(no_version_in_common)
{
	struct party client, server;

	party_init(&server, SIM_TLS, SOCKETS_ONE);
	server.config.tls.certificate = file("good", "pem");
	server.config.tls.key = file("good", "key");
	server.config.tls.version = "1.2";
	ck_assert(party_start(&server, true));
	init_client(&client, &server, SOCKETS_ONE);
	client.config.tls.version = "1.3";
	ck_assert(party_start(&client, false));
	party_open(&client, &server);
	ck_assert(parties_turn(&client, &server, &client.closed, 1));
	ck_assert_msg(strstr(client.why, "no version of TLS that is allowed here") != NULL, "%s",
	              client.why);
	end_both(&client, &server);
}
END_TEST

START_TEST(nobody_listens)
{
	struct party client, server;

	ck_assert(start_server(&server, "good"));
	init_client(&client, &server, SOCKETS_PER_CALL);
	party_end(&server);
	ck_assert(party_start(&client, false));
	ck_assert_ptr_nonnull(party_open_at(&client, client.config.target));
	ck_assert(parties_turn(&client, NULL, &client.closed, 1));
	ck_assert_msg(strstr(client.why, "Connection refused") != NULL, "%s", client.why);
	ck_assert_uint_eq(client.transport->counts.tls_failures, 0);
	party_end(&client);
}
END_TEST

/* ---- before the start ---- */

static const struct {
	bool server;
	const char *certificate, *key, *ca, *crl, *version, *why; /* files with their ending */
} settings[] = {
	{ true, NULL, NULL, NULL, NULL, NULL, "needs a certificate and its key" },
	{ true, "missing.pem", NULL, NULL, NULL, NULL, "missing.pem': No such file" },
	{ true, "good.pem", "missing.key", NULL, NULL, NULL, "missing.key': No such file" },
	{ true, "good.pem", "self.key", NULL, NULL, NULL, "does not belong to the certificate" },
	{ true, "good.pem", NULL, NULL, NULL, NULL, "cannot read the key" },
	{ true, "locked.pem", "locked.key", NULL, NULL, NULL, "is encrypted with a password" },
	{ true, "good.key", "good.key", NULL, NULL, NULL, "cannot read the certificate" },
	{ false, NULL, NULL, "missing.pem", NULL, NULL, "cannot read the CA certificates" },
	{ false, NULL, NULL, "ca.pem", "good.pem", NULL, "cannot read the revocation list" },
	{ false, NULL, NULL, "ca.pem", NULL, "1.1", "TLS '1.1': there are 1.2 and 1.3" },
};

static const char *setting(char room[160], const char *name)
{
	if (name)
		snprintf(room, 160, "%s/%s", dir.path, name);
	return name ? room : NULL;
}

START_TEST(refused_before_the_start)
{
	char room[4][160];
	struct party p;

	party_init(&p, SIM_TLS, SOCKETS_ONE);
	p.config.tls.certificate = setting(room[0], settings[_i].certificate);
	p.config.tls.key = setting(room[1], settings[_i].key);
	p.config.tls.ca = setting(room[2], settings[_i].ca);
	p.config.tls.crl = setting(room[3], settings[_i].crl);
	p.config.tls.version = settings[_i].version;
	ck_assert(!party_start(&p, settings[_i].server));
	ck_assert_msg(strstr(p.err.text, settings[_i].why) != NULL, "%s", p.err.text);
	party_end(&p);
}
END_TEST

/* ---- no memory ---- */

static void run_short_of_memory(void)
{
	struct party client, server;

	party_init(&client, SIM_TLS, SOCKETS_PER_CALL);
	if (start_server(&server, "good")) {
		init_client(&client, &server, SOCKETS_PER_CALL);
		struct channel *c =
		        party_start(&client, false) ? party_open(&client, &server) : NULL;
		if (c) {
			channel_send(c, c->remote, slice_str(party_message(OPTIONS, 90000)));
			parties_turn_for(&client, &server, 60 * NS_PER_MS);
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
	ck_assert_uint_gt(s.count, 8);
	while (shortage_next(&s)) {
		run_short_of_memory();
		shortage_over();
	}
	shortage_release(&s);
}
END_TEST

static TCase *tcase_with_certificates(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, make_certificates, remove_certificates);
	suite_add_tcase(s, t);
	return t;
}

Suite *suite_tls(void)
{
	Suite *s = suite_create("tls");
	TCase *t = tcase_with_certificates(s, "messages");

	tcase_add_loop_test(t, a_message_there_and_back, 0, sizeof versions / sizeof *versions);
	tcase_add_test(t, slow_reader);
	tcase_add_test(t, many_at_once);
	tcase_add_test(t, resumed_by_another_worker);
	tcase_add_test(t, allocation_failures);
	t = tcase_with_certificates(s, "trust");
	tcase_add_loop_test(t, trusts, 0, sizeof trust / sizeof *trust);
	tcase_add_test(t, another_target);
	tcase_add_loop_test(t, client_certificates, 0, 3);
	tcase_add_test(t, plain_client);
	tcase_add_test(t, plain_server);
	tcase_add_test(t, no_version_in_common);
	tcase_add_test(t, nobody_listens);
	tcase_add_loop_test(t, refused_before_the_start, 0, sizeof settings / sizeof *settings);
	return s;
}
