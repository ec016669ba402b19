/* Processes that are up while cases run: their ports, their beginning, their end. */
#include "cli/suite_run.h"

#include "cli/suite_files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Below what Linux gives to those who ask for any port (ip_local_port_range: from 32768). */
#define FIRST_PORT 20000
#define LAST_PORT  32000
#define MOST_TRIES 200
#define LOOK_MS    20
/* With a port that was free a moment ago, and is not any more. */
#define MOST_STARTS 3
/* Who says no port is taken to be ready after a moment. */
#define MOMENT_NS (200 * NS_PER_MS)

/* ---- ports ---- */

static bool can_bind(const char *address, uint16_t port, int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool six = strchr(address, ':') != NULL;

	if (inet_pton(six ? AF_INET6 : AF_INET, address,
	              six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
		return false;
	int fd = socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool ok = (six ? bind(fd, (struct sockaddr *)&in6, sizeof in6)
	               : bind(fd, (struct sockaddr *)&in, sizeof in)) == 0;
	close(fd);
	return ok;
}

static bool choose_port(const struct suite *s, struct suite_background *b, struct err *err)
{
	for (unsigned i = 0; i < MOST_TRIES; i++) {
		uint16_t random;
		if (getrandom(&random, sizeof random, 0) != sizeof random)
			break;
		/* Even ones: TLS has the next one. */
		uint16_t port = (uint16_t)(FIRST_PORT + random % (LAST_PORT - FIRST_PORT)) & 0xfffe;
		if (can_bind(b->address, port, SOCK_DGRAM) &&
		    can_bind(b->address, port, SOCK_STREAM)) {
			b->port = port;
			return true;
		}
	}
	return yaml_wrong(s->yaml, b->node, err,
	                  "no free port at %s: is it an address of this machine?", b->address);
}

bool suite_ports_choose(struct suite *s, struct err *err)
{
	for (size_t i = 0; i < s->background_count; i++)
		if (s->backgrounds[i].auto_port && !choose_port(s, &s->backgrounds[i], err))
			return false;
	return true;
}

/* An address as proc(5) writes it: words of four octets in the machine's own order. */
static bool add_hex(const char *address, char out[static 33])
{
	uint32_t words[4];
	bool six = strchr(address, ':') != NULL;

	if (inet_pton(six ? AF_INET6 : AF_INET, address, words) != 1)
		return false;
	for (unsigned i = 0; i < (six ? 4 : 1); i++)
		snprintf(out + 8 * i, 9, "%08X", words[i]);
	return true;
}

/* At this address, or at all of the machine's. */
static bool is_in(const char *table, const char *hex, uint16_t port, bool listening)
{
	FILE *f = fopen(table, "re");
	char line[512], address[33];
	unsigned local, state;
	bool found = false;

	while (f && !found && fgets(line, sizeof line, f))
		found = sscanf(line, " %*d: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x", address, &local,
		               &state) == 3 &&
		        local == port && (!listening || state == 0x0a) &&
		        (strcmp(address, hex) == 0 || !address[strspn(address, "0")]);
	if (f)
		fclose(f);
	return found;
}

/* By proc(5): asking by bind(2) would now and then take the port away from the one who is about to have it. */
static bool is_taken(const struct suite_background *b)
{
	char hex[33];

	return add_hex(b->address, hex) && (is_in("/proc/net/udp", hex, b->port, false) ||
	                                    is_in("/proc/net/udp6", hex, b->port, false) ||
	                                    is_in("/proc/net/tcp", hex, b->port, true) ||
	                                    is_in("/proc/net/tcp6", hex, b->port, true));
}

/* ---- the beginning ---- */

static bool start(struct suite_run *r, struct suite_background_run *b, struct err *err)
{
	size_t n = strlen(r->options.output) + 16;
	char *folder = arena_alloc(&r->arena, n);

	if (!folder)
		return err_memory(err, "a process");
	snprintf(folder, n, "%s/background", r->options.output);
	if (b->of->port && !b->of->auto_port && is_taken(b->of))
		return yaml_wrong(
		        r->suite->yaml, b->of->node, err,
		        "port %u is taken by somebody else; 'port: auto' finds a free one",
		        b->of->port);
	return suite_make_folder(folder, err) &&
	       suite_plan_background(r->suite, b->of, folder, &r->arena, &b->plan, err) &&
	       suite_child_start(&b->child, b->plan.steps[0].words, r->suite->directory,
	                         b->plan.steps[0].log, 0, err);
}

/* False: it is over already, or too late, or the suite is. */
static bool wait_until_ready(struct suite_run *r, struct suite_background_run *b)
{
	int64_t moment = b->of->port ? b->of->ready_ns : MOMENT_NS;
	int64_t until = suite_clock_ns() + moment;

	while (!r->stopped_by) {
		struct pollfd fds[2] = { { .fd = b->child.fd, .events = POLLIN },
			                 { .fd = r->signals, .events = POLLIN } };
		if (b->of->port && is_taken(b->of))
			return true;
		if (suite_clock_ns() >= until)
			return !b->of->port;
		poll(fds, 2, LOOK_MS);
		if (fds[1].revents)
			suite_run_signals(r);
		if (fds[0].revents)
			return false;
	}
	return false;
}

static bool not_ready(struct suite_run *r, struct suite_background_run *b, struct err *err)
{
	char text[SUITE_ENDED_TEXT];
	struct text tail;

	if (b->child.pid) {
		bool slow = suite_clock_ns() - b->child.started_ns >= b->of->ready_ns;
		return yaml_wrong(r->suite->yaml, b->of->node, err,
		                  slow ? "it does not listen at port %u; what it says is in %s"
		                       : "interrupted before it listened at port %u; its log is %s",
		                  b->of->port, b->plan.steps[0].log);
	}
	text_init(&tail);
	suite_add_tail(&tail, b->plan.steps[0].log, 200);
	struct slice last = slice_trim(slice_of(tail.p, tail.n));
	for (size_t i = 0; i < last.n;)
		if (last.p[i++] == '\n') {
			last = slice_from(last, i);
			i = 0;
		}
	yaml_wrong(r->suite->yaml, b->of->node, err, "it did not stay up: %s: %.*s",
	           suite_say_ended(&b->ended, text), SLICE_ARG(last));
	text_release(&tail);
	return false;
}

static bool start_one(struct suite_run *r, struct suite_background_run *b, struct err *err)
{
	struct suite_background *of = &r->suite->backgrounds[b - r->backgrounds];

	for (unsigned i = 1; !r->stopped_by; i++) {
		if (!start(r, b, err))
			return false;
		b->up = wait_until_ready(r, b);
		if (b->up)
			return true;
		struct pollfd fd = { .fd = b->child.fd, .events = POLLIN };
		if (poll(&fd, 1, 0) == 1)
			suite_child_reap(&b->child, &b->ended);
		if (b->child.pid || !of->auto_port || i == MOST_STARTS)
			return not_ready(r, b, err);
		if (!choose_port(r->suite, of, err))
			return false;
	}
	return err_set(err, ERR_USAGE, "interrupted");
}

bool suite_background_start(struct suite_run *r, struct err *err)
{
	verdicts_init(&r->background, "background", NULL);
	for (size_t i = 0; i < r->suite->background_count; i++)
		if (r->backgrounds[i].wanted && !start_one(r, &r->backgrounds[i], err))
			return false;
	return true;
}

/* ---- the end ---- */

void suite_background_over(struct suite_run *r, struct suite_background_run *b)
{
	char name[160], text[SUITE_ENDED_TEXT];

	suite_child_reap(&b->child, &b->ended);
	b->over = true;
	snprintf(name, sizeof name, "%s stayed up", b->of->slug);
	struct verdict *v = verdicts_add(&r->background, SLICE_LIT("background"), slice_str(name),
	                                 b->asked ? VERDICT_PASSED : VERDICT_ERROR);
	v->seconds = b->ended.seconds;
	if (b->asked)
		return;
	suite_say_ended(&b->ended, text);
	verdicts_say(&r->background, &v->actual, "%s", text);
	verdicts_say(&r->background, &v->note, "it ended while cases ran; its log is %s",
	             b->plan.steps[0].log);
	suite_console_say(r, "%s is gone: %s", b->of->slug, text);
}

void suite_background_end(struct suite_run *r)
{
	for (size_t i = 0; i < r->suite->background_count; i++) {
		struct suite_background_run *b = &r->backgrounds[i];
		struct pollfd fd = { .fd = b->child.fd, .events = POLLIN };
		if (!b->child.pid)
			continue;
		b->asked = poll(&fd, 1, 0) == 0;
		suite_child_stop(&b->child, suite_clock_ns());
	}
	for (size_t i = 0; i < r->suite->background_count; i++) {
		struct suite_background_run *b = &r->backgrounds[i];
		struct pollfd fd = { .fd = b->child.fd, .events = POLLIN };
		while (b->child.pid && poll(&fd, 1, 100) == 0)
			for (size_t j = i; j < r->suite->background_count; j++)
				suite_child_attend(&r->backgrounds[j].child, suite_clock_ns());
		if (b->child.pid)
			suite_background_over(r, b);
	}
}
