/* Twins of 3PCC over loopback: two or three of them, a loop each; and bare sockets for what no twin should do. */
#include "base/text.h"
#include "sim/transport/dial.h"
#include "sim/transport/socket_address.h"
#include "sim/transport/twin.h"
#include "sim/transport/twin_link.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Suite *suite_twin(void);

#define BOUND_NS (10 * NS_PER_S)

struct side {
	struct sim_config config;
	struct loop loop;
	struct twin *twin; /* NULL: err */
	struct err err;
	struct text commands; /* each with | behind it */
	unsigned count, closed;
	char why[320];
	const char *answer; /* to each command; NULL */
};

static void on_command(void *context, struct slice command, struct endpoint from)
{
	struct side *s = context;

	ck_assert_uint_ne(from.port, 0);
	text_add(&s->commands, command);
	text_add(&s->commands, SLICE_LIT("|"));
	s->count++;
	if (s->answer)
		ck_assert(twin_send(s->twin, SLICE_NONE, slice_str(s->answer)));
}

static void on_closed(void *context, const char *why)
{
	struct side *s = context;

	s->closed++;
	snprintf(s->why, sizeof s->why, "%s", why);
}

static void init(struct side *s)
{
	*s = (struct side){ .err = ERR_INIT };
	sim_config_init(&s->config);
	text_init(&s->commands);
}

static bool start(struct side *s, bool sends_first)
{
	struct twin_events events = { s, on_command, on_closed };

	if (!loop_init(&s->loop, false, 0, &s->err))
		return false;
	s->twin = twin_open(&s->config, sends_first, &s->loop, &events, &s->err);
	return s->twin != NULL;
}

static void end(struct side *s)
{
	twin_free(s->twin);
	if (s->loop.ready)
		loop_release(&s->loop);
	text_release(&s->commands);
}

static void turn(struct side *s)
{
	if (s && s->twin)
		loop_turn(&s->loop, s->loop.now_ns + NS_PER_MS);
}

static bool turn_until(struct side *a, struct side *b, struct side *c, const unsigned *counter,
                       unsigned wanted)
{
	loop_look(&a->loop);
	for (int64_t over = a->loop.now_ns + BOUND_NS; *counter < wanted && a->loop.now_ns < over;
	     loop_look(&a->loop)) {
		turn(a);
		turn(b);
		turn(c);
	}
	return *counter >= wanted;
}

/* A port that is free now: "127.0.0.1:PORT". */
static struct endpoint free_port(char text[ENDPOINT_TEXT])
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	static const struct sim_config config;
	struct endpoint at;
	struct err err = ERR_INIT;

	close(dial_listen(&config, (struct endpoint){ ip_addr_v4(loopback), 0 }, false, &at, &err));
	endpoint_format(at, text);
	return at;
}

static void pair(struct side *sends, struct side *waits, char address[ENDPOINT_TEXT])
{
	free_port(address);
	init(waits);
	init(sends);
	waits->config.twin = sends->config.twin = address;
	ck_assert_msg(start(waits, false), "%s", waits->err.text);
	ck_assert_msg(start(sends, true), "%s", sends->err.text);
}

/* ---- two of them ---- */

START_TEST(commands_both_ways)
{
	char address[ENDPOINT_TEXT];
	struct side a, b;

	pair(&a, &b, address);
	b.answer = "Call-ID: 1\r\nyes\r\n";
	ck_assert(!twin_send(b.twin, SLICE_NONE, SLICE_LIT("x"))); /* nobody is there yet */
	ck_assert(twin_send(a.twin, SLICE_NONE, SLICE_LIT("Call-ID: 1\r\n\r\n")));
	ck_assert(twin_send(a.twin, SLICE_NONE, SLICE_LIT("")));
	ck_assert(turn_until(&a, &b, NULL, &a.count, 2));
	ck_assert_str_eq(text_cstr(&b.commands), "Call-ID: 1\r\n\r\n||");
	ck_assert_str_eq(text_cstr(&a.commands), "Call-ID: 1\r\nyes\r\n|Call-ID: 1\r\nyes\r\n|");
	end(&a);
	a.twin = NULL;
	ck_assert(turn_until(&b, NULL, NULL, &b.closed, 1));
	ck_assert_msg(strstr(b.why, "closed the connection") != NULL, "%s", b.why);
	ck_assert(!twin_send(b.twin, SLICE_NONE, SLICE_LIT("x")));
	end(&b);
}
END_TEST

START_TEST(nobody_waits)
{
	char address[ENDPOINT_TEXT];
	struct side a;

	free_port(address);
	init(&a);
	a.config.twin = address;
	ck_assert(!start(&a, true));
	ck_assert_msg(strstr(a.err.text, "Connection refused") != NULL, "%s", a.err.text);
	end(&a);
}
END_TEST

static int bare_connect(struct endpoint to)
{
	union socket_address a;
	socklen_t n = socket_address_of(to, &a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, &a.any, n), 0);
	return fd;
}

/* Whatever way the octets come, the commands are the same. */
START_TEST(split_anywhere)
{
	static const char stream[] = "one\x1btwo\r\n\x1b\x1bthree\x1b";
	char address[ENDPOINT_TEXT];
	struct side b;
	struct endpoint at = free_port(address);

	for (size_t cut = 1; cut + 1 < sizeof stream; cut++) {
		init(&b);
		b.config.twin = address;
		ck_assert_msg(start(&b, false), "%s", b.err.text);
		int fd = bare_connect(at);
		ck_assert_int_eq(send(fd, stream, cut, 0), (ssize_t)cut);
		for (int i = 0; i < 3; i++)
			turn(&b);
		ck_assert_int_gt(send(fd, stream + cut, sizeof stream - 1 - cut, 0), 0);
		ck_assert(turn_until(&b, NULL, NULL, &b.count, 4));
		ck_assert_str_eq(text_cstr(&b.commands), "one|two\r\n||three|");
		close(fd);
		end(&b);
	}
}
END_TEST

START_TEST(a_second_twin_is_not_let_in)
{
	char address[ENDPOINT_TEXT], room[8];
	struct side b;
	struct endpoint at = free_port(address);

	init(&b);
	b.config.twin = address;
	ck_assert(start(&b, false));
	int first = bare_connect(at), second = bare_connect(at);
	for (int i = 0; i < 5; i++)
		turn(&b);
	struct pollfd p = { .fd = second, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, 1000), 1);
	ck_assert_int_le(recv(second, room, sizeof room, 0), 0);
	ck_assert_uint_eq(b.closed, 0);
	close(first);
	close(second);
	end(&b);
}
END_TEST

START_TEST(command_without_end)
{
	char address[ENDPOINT_TEXT];
	struct side a, b;

	pair(&a, &b, address);
	char *text = malloc(TWIN_COMMAND_MAX + 1);
	memset(text, 'x', TWIN_COMMAND_MAX + 1);
	/* As large as it may be, it comes; beyond, the twin is given up. */
	ck_assert(twin_send(a.twin, SLICE_NONE, slice_of(text, TWIN_COMMAND_MAX)));
	ck_assert(turn_until(&a, &b, NULL, &b.count, 1));
	ck_assert_uint_eq(b.commands.n, TWIN_COMMAND_MAX + 1);
	ck_assert(twin_send(a.twin, SLICE_NONE, slice_of(text, TWIN_COMMAND_MAX + 1)));
	ck_assert(turn_until(&a, &b, NULL, &b.closed, 1));
	ck_assert_msg(strstr(b.why, "too long") != NULL, "%s", b.why);
	free(text);
	end(&a);
	end(&b);
}
END_TEST

/* ---- many of them ---- */

START_TEST(extended)
{
	char at[3][ENDPOINT_TEXT], file[256];
	static const char *const names[] = { "m", "s1", "s2" };
	struct side sides[3];
	struct temp_dir d;

	temp_dir_make(&d);
	for (int i = 0; i < 3; i++)
		free_port(at[i]);
	snprintf(file, sizeof file, "# who is where\nm;%s\n s1 ; %s ;\n\ns2;%s", at[0], at[1],
	         at[2]);
	const char *path = temp_dir_write(&d, "slaves", slice_str(file));
	for (int i = 0; i < 3; i++) {
		init(&sides[i]);
		sides[i].config.slave_cfg = path;
		*(i ? &sides[i].config.slave : &sides[i].config.master) = names[i];
		ck_assert_msg(start(&sides[i], i == 0), "%s", sides[i].err.text);
	}
	struct side *m = &sides[0], *s1 = &sides[1], *s2 = &sides[2];
	ck_assert(twin_send(m->twin, SLICE_LIT("s1"), SLICE_LIT("to 1")));
	ck_assert(twin_send(m->twin, SLICE_LIT("s2"), SLICE_LIT("to 2")));
	ck_assert(twin_send(m->twin, SLICE_LIT("s1"), SLICE_LIT("to 1 again")));
	ck_assert(!twin_send(m->twin, SLICE_LIT("s3"), SLICE_LIT("to nobody")));
	ck_assert(turn_until(m, s1, s2, &s1->count, 2));
	ck_assert(turn_until(m, s1, s2, &s2->count, 1));
	ck_assert(twin_send(s1->twin, SLICE_LIT("m"), SLICE_LIT("from 1")));
	ck_assert(turn_until(m, s1, s2, &m->count, 1));
	ck_assert_str_eq(text_cstr(&s1->commands), "to 1|to 1 again|");
	ck_assert_str_eq(text_cstr(&s2->commands), "to 2|");
	ck_assert_str_eq(text_cstr(&m->commands), "from 1|");
	end(s2);
	s2->twin = NULL;
	ck_assert(turn_until(m, s1, NULL, &m->closed, 1));
	end(m);
	end(s1);
	temp_dir_remove(&d);
}
END_TEST

START_TEST(peer_that_is_not_there)
{
	char at[2][ENDPOINT_TEXT], file[256];
	struct side m;
	struct temp_dir d;

	temp_dir_make(&d);
	free_port(at[0]);
	free_port(at[1]);
	snprintf(file, sizeof file, "m;%s\ns1;%s\n", at[0], at[1]);
	init(&m);
	m.config.master = "m";
	m.config.slave_cfg = temp_dir_write(&d, "slaves", slice_str(file));
	ck_assert(start(&m, true));
	twin_send(m.twin, SLICE_LIT("s1"), SLICE_LIT("x"));
	ck_assert(turn_until(&m, NULL, NULL, &m.closed, 1));
	ck_assert_msg(strstr(m.why, "cannot be reached: Connection refused") != NULL, "%s", m.why);
	end(&m);
	temp_dir_remove(&d);
}
END_TEST

static const struct {
	const char *twin, *own, *file, *why;
} refused[] = {
	{ NULL, NULL, NULL, "-3pcc says where it is" },
	{ "127.0.0.1", NULL, NULL, "'127.0.0.1' has no port" },
	{ "[::1", NULL, NULL, "is no address" },
	{ NULL, "m", NULL, "needs -slave_cfg" },
	{ NULL, "m", "s;127.0.0.1:1\n", "has no line for 'm', which is us" },
	{ NULL, "m", "m;127.0.0.1:1\nm;127.0.0.1:2\n", "line 2: 'm' is there twice" },
	{ NULL, "m", "m\n", "line 1: this is not name;address:port" },
	{ NULL, "m", ";127.0.0.1:1\n", "line 1: this is not name;address:port" },
	{ NULL, "m", "m;127.0.0.1\n", "line 1: '127.0.0.1' has no port" },
	{ NULL, "m", "m;127.0.0.1:x\n", "line 1: '127.0.0.1:x' is no address" },
};

START_TEST(refusals)
{
	struct side s;
	struct temp_dir d;

	temp_dir_make(&d);
	init(&s);
	s.config.twin = refused[_i].twin;
	s.config.master = refused[_i].own;
	if (refused[_i].file)
		s.config.slave_cfg = temp_dir_write(&d, "slaves", slice_str(refused[_i].file));
	ck_assert(!start(&s, true));
	ck_assert_msg(strstr(s.err.text, refused[_i].why) != NULL, "%s", s.err.text);
	end(&s);
	temp_dir_remove(&d);
}
END_TEST

START_TEST(no_file)
{
	struct side s;

	init(&s);
	s.config.slave = "s1";
	s.config.slave_cfg = "/nowhere/slaves";
	ck_assert(!start(&s, false));
	ck_assert_msg(strstr(s.err.text, "cannot open '/nowhere/slaves'") != NULL, "%s",
	              s.err.text);
	end(&s);
}
END_TEST

/* ---- no memory ---- */

static void run_short_of_memory(void)
{
	static char large[5000];
	char address[ENDPOINT_TEXT];
	struct side a, b;

	free_port(address);
	init(&a);
	init(&b);
	a.config.twin = b.config.twin = address;
	memset(large, 'x', sizeof large);
	if (start(&b, false) && start(&a, true)) {
		twin_send(a.twin, SLICE_NONE, slice_of(large, sizeof large));
		for (int i = 0; i < 5; i++) {
			turn(&a);
			turn(&b);
		}
		twin_send(b.twin, SLICE_NONE, slice_of(large, sizeof large));
	}
	end(&a);
	end(&b);
}

START_TEST(allocation_failures)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	run_short_of_memory();
	shortage_plan(&s);
	ck_assert_uint_gt(s.count, 5);
	while (shortage_next(&s)) {
		run_short_of_memory();
		shortage_over();
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_twin(void)
{
	Suite *s = suite_create("twin");
	TCase *t = tcase_create("twins");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, commands_both_ways);
	tcase_add_test(t, nobody_waits);
	tcase_add_test(t, split_anywhere);
	tcase_add_test(t, a_second_twin_is_not_let_in);
	tcase_add_test(t, command_without_end);
	tcase_add_test(t, extended);
	tcase_add_test(t, peer_that_is_not_there);
	tcase_add_loop_test(t, refusals, 0, sizeof refused / sizeof *refused);
	tcase_add_test(t, no_file);
	tcase_add_test(t, allocation_failures);
	suite_add_tcase(s, t);
	return s;
}
