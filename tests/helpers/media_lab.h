/* Media machines in simulated time, for tests: a network in memory that delivers after 5 ms, and a list of what went over it. */
#ifndef TESTS_HELPERS_MEDIA_LAB_H
#define TESTS_HELPERS_MEDIA_LAB_H

#include "dissectors/rtp.h"
#include "sim/media/media.h"

#define LAB_PORTS   64
#define LAB_START   (INT64_C(1700000000) * NS_PER_S)
#define LAB_LATENCY (5 * NS_PER_MS)

struct lab_packet {
	int64_t time_ns; /* when it was sent */
	struct endpoint from, to;
	uint8_t *bytes;
	size_t n;
	bool arrived;
	struct wheel_timer timer;
	struct media_lab *lab;
};

struct media_lab {
	struct media_network network; /* first */
	struct loop loop;
	struct sim_config config;
	struct scenario scenario;
	struct {
		struct endpoint at;
		struct media_port *port;
	} ports[LAB_PORTS];
	size_t port_count;
	struct lab_packet **packets;
	size_t count;
	size_t room;
};

/* Changes to lab->config before media_lab_media(). */
void media_lab_init(struct media_lab *lab);
void media_lab_release(struct media_lab *lab);
/* NULL: err */
struct media *media_lab_media(struct media_lab *lab, struct err *err);
/* Runs on for so long. */
void media_lab_run(struct media_lab *lab, int64_t ns);
/* A machine and a call in it, at 127.0.0.1; asserts that there are. */
struct media_call *media_lab_call(struct media_lab *lab, struct media **media);
/* Does it; asserts that it can. */
void media_lab_act(struct media_call *c, enum media_verb verb, const char *argument);
/* A call whose audio goes from 127.0.0.1:port to `remote`; `formats` as "0 8 101" with rtpmaps of 101 = telephone-event/8000 and what `more` has. */
void media_lab_sdp(struct media_call *c, const char *address, unsigned port, const char *formats,
                   const char *more, bool ours);
struct ip_addr media_lab_addr(const char *text);
/* The i-th packet as RTP; asserts that it is. */
struct rtp_packet media_lab_rtp(const struct media_lab *lab, size_t i);

#endif
