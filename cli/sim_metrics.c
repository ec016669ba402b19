#include "cli/sim_metrics.h"

#include "base/mem.h"
#include "cli/sim_units.h"
#include "sim/transport/socket_address.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what is said ------------------------------------------------------------------------------------------------- */

static void head(struct text *out, const char *name, const char *type, const char *help)
{
	text_addf(out, "# HELP milliwatt_%s %s\n# TYPE milliwatt_%s %s\n", name, help, name, type);
}

static void one(struct text *out, const char *name, const char *type, const char *help,
                double value)
{
	head(out, name, type, help);
	text_addf(out, "milliwatt_%s %.15g\n", name, value);
}

static void failures(const struct counters *c, struct text *out)
{
	head(out, "calls_failed_total", "counter", "Calls that failed, by reason.");
	for (unsigned i = 1; i < FAILURES; i++)
		text_addf(out, "milliwatt_calls_failed_total{reason=\"%s\"} %" PRIu64 "\n",
		          call_failure_name((enum call_failure)i), c->failures[i]);
}

static void answer_times(const struct counters *c, struct text *out)
{
	static const double shares[] = { 0.5, 0.95, 0.99 };

	head(out, "answer_seconds", "summary", "First request to first answer of a status class.");
	for (unsigned class = 1; class < STATUS_CLASSES; class ++) {
		const struct latency *l = &c->status_time[class];
		for (unsigned i = 0; l->count && i < 3; i++)
			text_addf(out,
			          "milliwatt_answer_seconds{class=\"%uxx\",quantile=\"%g\"} %.9g\n",
			          class, shares[i],
			          (double)latency_quantile_us(l, shares[i]) / 1e6);
		text_addf(out,
		          "milliwatt_answer_seconds_sum{class=\"%uxx\"} %.9g\n"
		          "milliwatt_answer_seconds_count{class=\"%uxx\"} %" PRIu64 "\n",
		          class, (double)l->sum_us / 1e6, class, l->count);
	}
}

void metrics_text(const struct sim_reading *r, struct text *out)
{
	const struct counters *c = &r->counters;

	one(out, "calls_started_total", "counter", "Calls made or received.",
	    (double)(c->calls_in + c->calls_out));
	one(out, "calls_succeeded_total", "counter", "Calls that went through their scenario.",
	    (double)c->succeeded);
	failures(c, out);
	one(out, "calls", "gauge", "Calls now.", (double)r->live);
	one(out, "rate_wanted", "gauge", "Calls a second that the pace wants.", r->target_rate);
	one(out, "messages_sent_total", "counter", "SIP messages sent.", (double)c->messages_out);
	one(out, "messages_received_total", "counter", "SIP messages received.",
	    (double)c->messages_in);
	one(out, "retransmissions_total", "counter", "Messages sent again.",
	    (double)c->retransmissions);
	one(out, "rtp_sent_total", "counter", "RTP packets sent.", (double)r->media.rtp_sent);
	one(out, "rtp_received_total", "counter", "RTP packets received.",
	    (double)r->media.rtp_received);
	one(out, "rtp_lost_total", "counter", "RTP packets that did not come.",
	    (double)r->media.lost_in);
	answer_times(c, out);
	one(out, "cpu_share", "gauge", "Of the busiest worker's core, 0 to 1.",
	    r->health.cpu_share);
	one(out, "limited", "gauge", "1: this machine, not the target, is the limit.",
	    r->health.limited);
}

/* --- who asks ----------------------------------------------------------------------------------------------------- */

struct client {
	int fd; /* -1: free */
	int64_t since_ns;
	size_t received;
	char request[METRICS_REQUEST];
	struct text answer; /* empty: the request is not whole */
	size_t sent;
};

struct metrics {
	int fd;
	struct client clients[METRICS_CLIENTS];
};

static bool listen_at(struct metrics *m, struct endpoint at, struct err *err)
{
	union socket_address address;
	socklen_t n = socket_address_of(at, &address);
	int on = 1;

	m->fd = socket(socket_family(at.addr), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return err_set(err, ERR_IO, "cannot open a socket: %s", strerror(errno));
	setsockopt(m->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(m->fd, &address.any, n) < 0 || listen(m->fd, METRICS_CLIENTS) < 0)
		return err_set(err, ERR_IO, "cannot listen: %s", strerror(errno));
	return true;
}

struct metrics *metrics_open(const char *address, struct err *err)
{
	struct metrics *m = mem_zalloc(sizeof *m);
	struct endpoint at;
	bool ok = false;

	if (!m) {
		err_memory(err, "metrics");
		return NULL;
	}
	m->fd = -1;
	for (unsigned i = 0; i < METRICS_CLIENTS; i++) {
		m->clients[i].fd = -1;
		text_init(&m->clients[i].answer);
	}
	if (!units_endpoint(address, &at) || !at.port || ip_addr_is_any(at.addr))
		err_set(err, ERR_USAGE,
		        "it takes an address of this machine and a port, as "
		        "127.0.0.1:9100");
	else
		ok = listen_at(m, at, err);
	if (ok)
		return m;
	err_context(err, "--metrics %s", address);
	metrics_close(m);
	return NULL;
}

static void drop(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	text_release(&c->answer);
	text_init(&c->answer);
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < METRICS_CLIENTS; i++)
		drop(&m->clients[i]);
	if (m->fd >= 0)
		close(m->fd);
	mem_free(m);
}

static void take_clients(struct metrics *m, int64_t now_ns)
{
	for (unsigned i = 0; i < METRICS_CLIENTS; i++) {
		struct client *c = &m->clients[i];
		if (c->fd >= 0)
			continue;
		c->fd = accept4(m->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (c->fd < 0)
			return;
		c->since_ns = now_ns;
		c->received = c->sent = 0;
	}
}

static void answer(struct client *c, const struct sim_reading *reading)
{
	struct text body;
	bool wanted = c->received > 4 && memcmp(c->request, "GET ", 4) == 0;

	text_init(&body);
	if (wanted)
		metrics_text(reading, &body);
	text_addf(&c->answer,
	          "HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4\r\n"
	          "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	          wanted ? "200 OK" : "405 Method Not Allowed", body.n);
	text_add(&c->answer, slice_of(body.p, body.n));
	text_release(&body);
}

/* False: nothing more will come of it. */
static bool hear(struct client *c, const struct sim_reading *reading)
{
	ssize_t n = recv(c->fd, c->request + c->received, sizeof c->request - c->received, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	c->received += (size_t)n;
	struct slice all = slice_of(c->request, c->received);
	if (slice_find_str(all, "\r\n\r\n") != SLICE_NPOS ||
	    slice_find_str(all, "\n\n") != SLICE_NPOS)
		answer(c, reading);
	return c->received < sizeof c->request;
}

static bool tell(struct client *c)
{
	ssize_t n = send(c->fd, c->answer.p + c->sent, c->answer.n - c->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	return c->sent < c->answer.n;
}

void metrics_serve(struct metrics *m, const struct sim_reading *reading)
{
	take_clients(m, reading->now_ns);
	for (unsigned i = 0; i < METRICS_CLIENTS; i++) {
		struct client *c = &m->clients[i];
		if (c->fd < 0)
			continue;
		bool goes_on = c->answer.n || hear(c, reading);
		if (goes_on && c->answer.n)
			goes_on = tell(c);
		if (!goes_on || reading->now_ns - c->since_ns > METRICS_PATIENCE_NS)
			drop(c);
	}
}
