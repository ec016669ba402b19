/* Media of simulated calls: one machine per worker, thousands of streams on its loop's timers. Sends files, tones, speech, patterns, captures and
 * digits; echoes; measures what it receives (counts only: quality is the analyzer's, behind the tap); seals by SDES.
 *
 * A media_call is there only for calls that have media. Sockets are opened for a call's first port and closed with the call. In virtual
 * time packets go through `network` instead (memory.h). */
#ifndef SIM_MEDIA_MEDIA_H
#define SIM_MEDIA_MEDIA_H

#include "base/text.h"
#include "sim/config.h"
#include "sim/engine/loop.h"
#include "sim/scenario/scenario.h"
#include "sim/stats/latency.h"
#include "sim/transport/tap.h"

struct media;
struct media_call;

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO, MEDIA_IMAGE, MEDIA_KINDS };

/* How datagrams leave and arrive in virtual time; NULL in real time, where media opens sockets. */
struct media_port;
struct media_network {
	bool (*open)(struct media_network *n, struct endpoint local, struct media_port *port,
	             struct err *err); /* port 0 is never asked */
	void (*close)(struct media_network *n, struct endpoint local);
	void (*send)(struct media_network *n, struct endpoint from, struct endpoint to,
	             struct slice bytes);
};
/* Called by the network on arrival. */
void media_port_arrived(struct media_port *port, struct endpoint from, struct slice bytes,
                        int64_t time_ns);

/* Files that scenario actions name are read here, once: a missing one is an err that names the line. */
struct media *media_new(const struct sim_config *config, const struct scenario *scenario,
                        struct loop *loop, struct media_network *network, struct tap *tap,
                        unsigned worker, struct err *err);
void media_free(struct media *m); /* NULL allowed; after its calls */
/* <rtp_echo value=>: whether what arrives on [media_port] (and 2 above) goes back from now on. As config.media.echo at first. */
void media_echo(struct media *m, bool on);

/* What [media_port] says: the port of the one socket that a worker's calls share, opened at the first question. It is
 * config.media.media_port, or where somebody else has that, the next free one (in steps of 4; workers start 4 apart). 0: none. */
uint16_t media_shared_port(struct media *m);

/* Nothing is opened yet. NULL: no memory. `call_number` seeds SSRC, sequence numbers and impairment. */
struct media_call *media_call_new(struct media *m, uint64_t call_number, struct ip_addr local,
                                  struct err *err);

/* Why media cannot go on (no port, no socket), for the call's failure; "" when it can. */
const char *media_call_why(const struct media_call *c);
/* Digits by SIP INFO (application/dtmf-relay) are the station's to send, in the call's dialog, when media says. False: it could not be sent.
 * Without this MEDIA_DIGITS with method=info is an err. */
void media_call_info(struct media_call *c,
                     bool (*send_info)(void *context, char digit, unsigned ms), void *context);

struct media_truth {
	uint64_t rtp_sent, rtp_dropped, rtp_duplicated, rtp_received, rtcp_sent, rtcp_received;
	uint64_t rtp_unseen; /* of rtp_dropped: ahead of the first or behind the last that left, where no receiver can miss them */
	char digits[64]; /* sent by any method, NUL-ended, the first 63 */
	bool check_failed; /* rtp check of patterns and echo */
};
/* Ends what it sends, closes its ports. `truth` may be NULL. */
void media_call_free(struct media_call *c, struct media_truth *truth);

/* Keywords. Ports are taken at the first question. 0: none could be had. */
uint16_t media_call_port(struct media_call *c,
                         enum media_kind kind); /* [rtpstream_audio_port]; our own --media */
uint16_t media_call_auto_port(
        struct media_call
                *c); /* [auto_media_port]: media_port + 4 x (call number - 1) within the range */
/* An SRTP keyword by its whole name ("cryptokeyparams1audio"): adds its text. False: no such keyword. */
bool media_call_crypto(struct media_call *c, struct slice keyword, struct text *out);

/* A message with SDP: ours as it is sent, theirs as it arrived. Where to send, which payload type, which keys. */
void media_call_sdp(struct media_call *c, struct slice sdp, bool ours);

/* An action of the scenario; `argument` is its rendered text. False: err (the call fails by it). */
bool media_call_act(struct media_call *c, enum media_verb verb, struct slice argument,
                    struct err *err);
/* The call was answered and acknowledged: --media and --digits of the command line begin. */
bool media_call_answered(struct media_call *c, struct err *err);
/* How long until what was started last is through; 0: it is, or it goes on without end. Ours: <pause media="true"/>. */
int64_t media_call_remaining_ns(const struct media_call *c);

struct media_counts {
	uint64_t rtp_sent, rtp_received, rtp_octets_sent, rtp_octets_received, rtp_dropped,
	        rtp_duplicated;
	uint64_t rtcp_sent, rtcp_received, send_errors, overflow, echoed, refused;
	uint64_t lost_in, reordered_in, duplicates_in; /* by sequence number, of received streams */
	/* Not sent, for they were over 100 ms late: this machine was too slow. */
	uint64_t skipped;
	/* Not opened: not sealed with the key that SDP says, or come before. */
	uint64_t srtp_failures;
	uint64_t streams_out, streams_in; /* alive */
	/* send-time error: how late a packet left */
	struct latency *late;
};
const struct media_counts *media_counts(const struct media *m);

#endif
