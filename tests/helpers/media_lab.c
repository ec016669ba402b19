#include "tests/helpers/media_lab.h"

#include "base/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static bool lab_open(struct media_network *n, struct endpoint local, struct media_port *port,
                     struct err *err)
{
	struct media_lab *lab = (struct media_lab *)n;

	ck_assert_uint_ne(local.port, 0);
	for (size_t i = 0; i < lab->port_count; i++)
		if (endpoint_eq(lab->ports[i].at, local))
			return err_set(err, ERR_IO, "port %u is taken", local.port);
	ck_assert_uint_lt(lab->port_count, LAB_PORTS);
	lab->ports[lab->port_count].at = local;
	lab->ports[lab->port_count++].port = port;
	return true;
}

static void lab_close(struct media_network *n, struct endpoint local)
{
	struct media_lab *lab = (struct media_lab *)n;

	for (size_t i = 0; i < lab->port_count; i++)
		if (endpoint_eq(lab->ports[i].at, local)) {
			lab->ports[i] = lab->ports[--lab->port_count];
			return;
		}
	ck_abort_msg("a port was closed that was not open");
}

static void deliver(struct wheel_timer *timer)
{
	struct lab_packet *p =
	        (struct lab_packet *)((char *)timer - offsetof(struct lab_packet, timer));

	for (size_t i = 0; i < p->lab->port_count; i++)
		if (endpoint_eq(p->lab->ports[i].at, p->to)) {
			p->arrived = true;
			media_port_arrived(p->lab->ports[i].port, p->from, slice_of(p->bytes, p->n),
			                   p->lab->loop.now_ns);
			return;
		}
}

static void lab_send(struct media_network *n, struct endpoint from, struct endpoint to,
                     struct slice bytes)
{
	struct media_lab *lab = (struct media_lab *)n;
	struct lab_packet *p = calloc(1, sizeof *p);

	*p = (struct lab_packet){ .time_ns = lab->loop.now_ns,
		                  .from = from,
		                  .to = to,
		                  .n = bytes.n,
		                  .timer.fire = deliver,
		                  .lab = lab };
	p->bytes = malloc(bytes.n + 1);
	memcpy(p->bytes, bytes.p, bytes.n);
	if (lab->count == lab->room) {
		lab->room = lab->room ? 2 * lab->room : 256;
		lab->packets = realloc(lab->packets, lab->room * sizeof(struct lab_packet *));
	}
	lab->packets[lab->count++] = p;
	wheel_arm(&lab->loop.wheel, &p->timer, lab->loop.now_ns + LAB_LATENCY);
}

void media_lab_init(struct media_lab *lab)
{
	struct err err = ERR_INIT;

	memset(lab, 0, sizeof *lab);
	lab->network = (struct media_network){ lab_open, lab_close, lab_send };
	ck_assert(loop_init(&lab->loop, true, LAB_START, &err));
	lab->config.virtual_time = true;
	lab->config.workers = 1;
	lab->config.seed = 7;
	lab->config.local.addr = media_lab_addr("127.0.0.1");
	lab->config.media.port_min = 20000;
	lab->config.media.port_max = 20099;
	lab->config.media.media_port = 6000;
	lab->config.media.measure = true;
	lab->config.media.audio_tolerance = lab->config.media.video_tolerance = 1;
}

void media_lab_release(struct media_lab *lab)
{
	for (size_t i = 0; i < lab->count; i++) {
		wheel_cancel(&lab->loop.wheel, &lab->packets[i]->timer);
		free(lab->packets[i]->bytes);
		free(lab->packets[i]);
	}
	free(lab->packets);
	ck_assert_uint_eq(lab->loop.wheel.count, 0);
	loop_release(&lab->loop);
}

struct media *media_lab_media(struct media_lab *lab, struct err *err)
{
	return media_new(&lab->config, &lab->scenario, &lab->loop, &lab->network, NULL, 0, err);
}

struct media_call *media_lab_call(struct media_lab *lab, struct media **media)
{
	struct err err = ERR_INIT;
	struct media_call *c;

	*media = media_lab_media(lab, &err);
	ck_assert_msg(*media != NULL, "%s", err.text);
	c = media_call_new(*media, 1, lab->config.local.addr, &err);
	ck_assert_ptr_nonnull(c);
	return c;
}

void media_lab_act(struct media_call *c, enum media_verb verb, const char *argument)
{
	struct err err = ERR_INIT;
	bool ok = media_call_act(c, verb, slice_str(argument), &err);

	ck_assert_msg(ok, "%s", err.text);
}

void media_lab_run(struct media_lab *lab, int64_t ns)
{
	int64_t until = lab->loop.now_ns + ns;

	while (lab->loop.now_ns < until)
		loop_turn(&lab->loop, until);
}

struct ip_addr media_lab_addr(const char *text)
{
	struct ip_addr a;

	ck_assert(ip_addr_parse(slice_str(text), &a));
	return a;
}

void media_lab_sdp(struct media_call *c, const char *address, unsigned port, const char *formats,
                   const char *more, bool ours)
{
	char sdp[1024];

	snprintf(sdp, sizeof sdp,
	         "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
	         "m=audio %u RTP/AVP %s\r\na=rtpmap:101 telephone-event/8000\r\n%s",
	         address, address, port, formats, more);
	media_call_sdp(c, slice_str(sdp), ours);
}

struct rtp_packet media_lab_rtp(const struct media_lab *lab, size_t i)
{
	struct rtp_packet packet;

	ck_assert_uint_lt(i, lab->count);
	ck_assert_int_eq(rtp_parse(slice_of(lab->packets[i]->bytes, lab->packets[i]->n), &packet),
	                 PARSE_OK);
	return packet;
}
