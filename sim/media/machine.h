/* Insides of the media machine, for the files of this folder only: what belongs to whom.
 *
 *   media ── sources (octets made once, shared by all who send them), files, ports that calls share
 *     └ media_call ── flow per kind of media ── port (a socket) ── sender (what goes out, when)
 *                                                            └── receiver (what came in: counts)
 */
#ifndef SIM_MEDIA_MACHINE_H
#define SIM_MEDIA_MACHINE_H

#include "base/pool.h"
#include "dissectors/rtp.h"
#include "dissectors/sdp.h"
#include "sim/media/crypto.h"
#include "sim/media/encode.h"
#include "sim/media/media.h"
#include "sim/media/port_pool.h"
#include "sim/media/source.h"

#define MEDIA_MAX_DATAGRAM                                                                         \
	2048 /* longer ones are cut on arrival and refused when read from files */
#define MEDIA_MAX_FORMATS 8 /* of an m= line; more are not remembered */
/* Streams are sent on a grid of this, so that one turn of the loop serves all that are due. */
#define MEDIA_GRID_NS (500 * NS_PER_US)

/* A place where datagrams leave and arrive. */
struct media_port {
	struct watch watch;
	struct media *media;
	struct media_flow *flow; /* NULL: calls share it */
	struct endpoint local;
	bool rtcp; /* the odd one */
	bool pooled; /* the port goes back to the pool */
	/* Read when its sender's timer fires, not when something comes: port_poll(). */
	bool polled, stamped; /* stamped: the kernel says when a datagram came */
	uint8_t ticks,
	        reads; /* timers since the port was read to its end; datagrams to read at each */
	uint16_t found; /* datagrams in those ticks */
	uint8_t refused; /* ICMP errors so far, up to the number where we stop listening to them */
	unsigned references; /* of a shared one */
};

struct receiver {
	bool any;
	uint32_t ssrc;
	uint16_t highest; /* sequence number */
	uint64_t seen; /* bit n: highest - n arrived */
	uint32_t cycles;
	int64_t base; /* extended number of the first packet of this source */
	uint64_t received, duplicates; /* of this source */
	/* for reports: RFC 3550 6.4.1 and A.8 */
	uint32_t transit, jitter16;
	uint64_t expected_before, received_before;
};

struct digits;
struct delayed;

struct sender {
	struct wheel_timer timer;
	struct media_flow *flow;
	const struct source *source; /* NULL: nothing is played */
	uint32_t frame;
	int loops; /* still to come; -1: no end */
	bool paused, marker, started;
	uint8_t payload_type;
	uint16_t seq;
	uint32_t ssrc;
	/* The stream's clock: `timestamp` belongs to anchor_ns. */
	int64_t anchor_ns;
	uint32_t timestamp, clock_hz;
	int64_t source_due_ns, digits_due_ns; /* INT64_MAX: nothing */
	uint64_t sent, octets; /* for sender reports; octets: of payload */
	struct digits *digits; /* NULL: none */
	/* of irregular sources: what their frames count from */
	int64_t base_ns;
	uint32_t base_timestamp;
	int64_t step_ns; /* of regular ones, with drift */
	bool counted; /* among streams_out */
	struct source_form form; /* of what was played last; ptime 0: nothing was */
};

struct media_format {
	uint8_t payload_type;
	enum media_codec codec;
	uint32_t clock_hz;
};

/* One m= line, as far as we need it. */
struct media_side {
	bool known, mux;
	uint8_t count;
	uint8_t event_type; /* telephone-event of the first clock; 255: none */
	enum sdp_direction direction;
	uint16_t port;
	uint16_t ptime_ms; /* 0: not said */
	struct media_format formats[MEDIA_MAX_FORMATS];
};

/* What impairment does to a flow, and what of it a receiver could notice: a packet dropped ahead of the first or behind the last that left it
 * cannot. */
struct flow_impair {
	struct impair impair;
	uint64_t offered, last_left; /* packets, by number from 1; 0: none so far */
	uint64_t dropped; /* of the last 64 offered: bit 0 is the last one */
};

struct media_flow {
	struct media_call *call;
	enum media_kind kind;
	struct media_port *port, *rtcp_port;
	uint16_t taken; /* of the pool, before and after the port is open */
	struct endpoint remote, remote_rtcp; /* port 0: not known, or not wanted there */
	struct media_side ours, theirs;
	bool ours_is_newer; /* theirs was the offer */
	bool echo;
	uint8_t pattern; /* that was sent last, and should come back; 0: none */
	uint64_t pattern_sent, pattern_right; /* right: came back as it was sent */
	struct sender sender;
	struct receiver receiver;
	struct rtcp_state *rtcp; /* NULL: none is wanted */
	bool mux; /* RTCP on the port of RTP: both sides said so */
	struct media_crypto *crypto; /* NULL: in clear */
	struct delayed *delayed; /* by impairment, in no order */
	struct flow_impair *impair; /* NULL: none */
};

struct media_call {
	struct media *media;
	uint64_t number, random, name;
	struct ip_addr local;
	struct media_flow *flows[MEDIA_KINDS]; /* NULL: not needed so far */
	uint64_t rtp_sent, rtp_dropped, rtp_unseen, rtp_duplicated, rtp_received, rtcp_sent,
	        rtcp_received;
	char digits[64];
	uint8_t digit_count;
	bool check_failed;
	bool (*send_info)(void *context, char digit, unsigned ms);
	void *info_context;
	char why[160];
};

struct media {
	const struct sim_config *config;
	struct loop *loop;
	struct media_network *network;
	struct tap *tap;
	unsigned worker;
	bool impaired;
	struct media_counts counts;
	struct latency late;
	struct pool calls, flows, ports, delayed, reports;
	struct port_pool port_pool;
	struct media_port *shared[2]; /* [media_port], and 2 above it for video */
	bool shared_tried, echo;
	struct sources sources;
	uint8_t in[MEDIA_MAX_DATAGRAM], out[MEDIA_MAX_DATAGRAM], opened[MEDIA_MAX_DATAGRAM];
};

/* --- port.c --- */

/* Opens a socket (or a place in the network) there. NULL: err; `taken` (may be NULL) says whether somebody else has this very port. */
struct media_port *port_open(struct media *m, struct endpoint local, bool *taken, struct err *err);
void port_close(struct media_port *p); /* NULL allowed */
/* While a stream is sent at regular times its port is read at those times: nothing wakes us for each datagram, which costs as much as reading it
 * does. Not where somebody wants to know at once: a tap, an echo. When it came is told by the kernel. */
void port_poll(struct media_port *p, bool polled);
void port_read_polled(struct media_port *p);
/* False: it could not leave (counted). */
bool port_send(struct media_port *p, struct endpoint to, struct slice bytes);
/* An even port of the pool, with its socket. NULL: err. */
struct media_port *port_open_any(struct media *m, struct ip_addr local, struct err *err);

/* A datagram on a port that calls share: counted, echoed where that is on. */
void shared_arrived(struct media_port *p, struct endpoint from, struct slice bytes);

/* The shared port of this number, where it is one of the two; opens it. NULL: none. */
struct media_port *shared_port(struct media *m, uint16_t port);
struct media_port *shared_port_of_kind(struct media *m, bool video);

/* --- flow.c --- */

struct media_flow *media_flow_of(struct media_call *c, enum media_kind kind,
                                 struct err *err); /* makes it; NULL: err */
void media_flow_free(struct media_flow *f); /* NULL allowed */
/* The port that its SDP says, or one of the pool. False: err. */
bool media_flow_open(struct media_flow *f, struct err *err);
/* The SRTP keys of this stream, made at the first question. NULL: err. */
struct media_crypto *media_flow_crypto(struct media_flow *f, struct err *err);
void media_flow_read_sdp(struct media_flow *f, const struct sdp_session_media *line, bool ours);
/* May we send, and know where to? */
bool media_flow_may_send(const struct media_flow *f);
/* What we would encode: the first format of the answer that both have and we can make. False: none. */
bool media_flow_codec(const struct media_flow *f, struct media_format *out);
/* Which number the other side gave this codec, and its clock (0: any): what it did not say is the codec's own, or 96. Given values stay. */
void media_flow_number(const struct media_flow *f, enum media_codec codec, uint32_t *clock_hz,
                       int *payload_type);
/* The payload type of telephone-event that the other side wants; 255: it does not. */
uint8_t media_flow_event_type(const struct media_flow *f);
void media_flow_arrived(struct media_flow *f, struct media_port *port, struct endpoint from,
                        struct slice bytes, int64_t time_ns);
/* The check of patterns: too many did not come back. */
bool media_flow_check_failed(const struct media_flow *f);
/* What impairment decided: now, later, twice or never; and what waits still is gone. */
void media_flow_impair(struct media_flow *f, struct slice bytes);
size_t delayed_octets(void); /* of one that waits, as a rule: for the pool */
void media_flow_drop_delayed(struct media_flow *f);
/* To the network, and counted. */
void media_flow_transmit(struct media_flow *f, struct slice bytes);
/* SRTP in place, where both sides said keys; room for SEALING_OVERHEAD more. False: it must not be sent. */
bool media_flow_seal(struct media_flow *f, bool rtcp, uint8_t *bytes, size_t *n);
/* Through SRTP and impairment to where the other side wants it. `bytes` is RTP, with room for SEALING_OVERHEAD more. */
void media_flow_send(struct media_flow *f, uint8_t *bytes, size_t n);

/* --- sender.c --- */

void sender_init(struct sender *s, struct media_flow *f);
void sender_release(struct sender *s);
/* Plays from now on; what was played stops. payload_type -1: as the source says. */
void sender_play(struct sender *s, const struct source *source, int loops, int payload_type);
void sender_stop(struct sender *s);
void sender_pause(struct sender *s, bool paused);
/* Something changed that decides whether packets may leave: goes on or stands still. */
void sender_update(struct sender *s);
int64_t sender_remaining_ns(const struct sender *s);
/* One packet of the stream: header, payload, and off. `timestamp` need not be the grid's (events keep theirs). */
void sender_packet(struct sender *s, uint8_t payload_type, bool marker, uint32_t timestamp,
                   struct slice payload);

void sender_fire(struct wheel_timer *timer);
/* The stream's clock goes on while nothing is sent: to the next place of its grid that is not past. */
void sender_catch_up(struct sender *s, int64_t step_ns, uint32_t step_ticks);

/* What the stream's clock says at that time. */
uint32_t sender_timestamp(const struct sender *s, int64_t at_ns);

/* --- play.c --- */

/* How sound is packed for this flow, and as which payload type: as what was played last, or as SDP says. False: err. */
bool play_form(struct media_flow *f, struct source_form *form, int *payload_type, struct err *err);

/* --- digits.c --- */

/* At digits_due_ns: sends what is due and sets the next time; takes itself away behind the last. */
void digits_step(struct sender *s);
/* Is a digit on the line, so that what is played must not be heard? */
bool digits_sounding(const struct sender *s);
void digits_resume(struct sender *s); /* sets digits_due_ns */
bool digits_need_media(const struct sender *s); /* INFO goes another way */
int64_t digits_remaining_ns(const struct sender *s);
void digits_free(struct sender *s);

/* --- rtcp.c --- */

/* Where it is wanted. False: err. */
bool rtcp_begin(struct media_flow *f, struct err *err);
void rtcp_end(struct media_flow *f); /* with BYE */
void rtcp_arrived(struct media_flow *f, struct slice bytes, int64_t time_ns);
size_t rtcp_octets(void);

/* --- preload.c --- */

bool media_preload(struct media *m, const struct scenario *s, struct err *err);

/* --- receiver.c --- */

void receiver_arrived(struct receiver *r, struct media_counts *counts,
                      const struct rtp_packet *packet);
/* Interarrival jitter, RFC 3550 6.4.1: only for reports. */
void receiver_time(struct receiver *r, const struct rtp_packet *packet, uint32_t clock_hz,
                   int64_t time_ns);

#endif
