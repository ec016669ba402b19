/* What the parts of the recipe reader share. Memory is the recipe's arena; this is a test helper: without memory it aborts.
 *
 *   recipe.c       lines, names, packets in order of time
 *   recipe_args.c  words and numbers of a line
 *   recipe_file.c  files, interfaces, how packets travel; the writing
 *   recipe_capture.c  what the capturing machine does to them: drops, its clock
 *   recipe_repeat.c   lines again and again       recipe_wire.c  datagrams, ICMP, TCP and TLS that fail
 *   recipe_session.c  who talks to whom           recipe_sdp.c   bodies
 *   recipe_request.c, recipe_reply.c  what they say, recipe_hops.c  past which proxies
 *   recipe_call.c     whole calls, messages in full
 *   recipe_tcp.c      connections, segments       recipe_rtp.c, recipe_rtcp.c, recipe_srtp.c  media */
#ifndef TESTS_HELPERS_RECIPE_PARTS_H
#define TESTS_HELPERS_RECIPE_PARTS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "tests/helpers/craft.h"
#include "tests/helpers/craft_seal.h"
#include "tests/helpers/recipe.h"

#define RECIPE_MAX_WORDS      64
#define RECIPE_MAX_HOSTS      64
#define RECIPE_MAX_SESSIONS   8192
#define RECIPE_MAX_TCP        64
#define RECIPE_MAX_STREAMS    256
#define RECIPE_MAX_INTERFACES 8
#define RECIPE_MAX_CUTS       8
#define RECIPE_MAX_GAPS       16
#define RECIPE_MAX_CRYPTO     10

/* One line: its verb, plain words, key=value words, and the <<END text if there is one. */
struct args {
	struct slice plain[RECIPE_MAX_WORDS];
	bool plain_used[RECIPE_MAX_WORDS];
	unsigned plain_count;
	struct named {
		struct slice key, value;
		bool used;
	} named[RECIPE_MAX_WORDS];
	unsigned named_count;
	struct slice text;
};

struct host {
	struct slice name;
	struct ip_addr addr;
	uint16_t sip_port, rtp_port; /* rtp_port: of the next session */
};

struct event {
	int64_t time_ns; /* since the recipe's second 0 */
	uint64_t order;
	struct craft_path path;
	enum event_kind { EVENT_UDP, EVENT_TCP, EVENT_ICMP } kind;
	struct craft_flow flow;
	struct craft_tcp_header tcp_header;
	struct craft_icmp icmp;
	struct slice payload;
};

enum side { CALLER, CALLEE };

/* Every packet comes twice. */
struct mirror {
	int64_t after_ns; /* TIME_NONE: no, once */
	uint8_t ttl_less; /* of the copy */
	uint16_t vlan; /* of the copy; 0: the packet's own tags */
	bool new_id; /* it is another datagram with the same content: no mirror, the network sends it twice */
};

/* What the capturing machine missed: packets from `from_ns` on, before `until_ns`. */
struct capture_gap {
	int64_t from_ns, until_ns;
	struct ip_addr of; /* to or from these addresses */
	unsigned bits; /* of the 128; 0: all */
};

/* A TCP connection; messages wait in `held` between `hold` and `send`. */
struct tcp_link {
	struct slice name;
	struct craft_flow flow[2]; /* by who sends: 0 the opener */
	uint32_t next_seq[2];
	unsigned mss;
	bool holding;
	struct slice held[2];
};

#define SESSION_MAX_REQUESTS 64
#define SESSION_MAX_HOPS     8
#define RECIPE_NONCE         "84a4cc6f3082121f32b42a2187831a9e"

/* A request on its way: hop[0] made it, hop[hops - 1] got it, those between are proxies. branch[i] is of the Via hop[i] put on. */
struct sent_request {
	struct slice method, to_tag, from_tag, from_user,
	        to_user; /* the last three: if not the session's */
	uint32_t cseq;
	enum side by;
	struct host *hop[SESSION_MAX_HOPS];
	struct slice branch[SESSION_MAX_HOPS];
	unsigned hops;
	bool single; /* CANCEL, ACK of a failure: each hop makes its own, with one Via (RFC 3261 9.1, 17.1.1.3) */
	bool recorded; /* proxies put Record-Route on, and it is not in a dialog yet */
	bool routed; /* in a dialog: the proxies to come are in Route */
	bool rport;
	struct slice sent_by; /* said in the Via of hop[0] instead of its address */
	struct slice uri, target; /* Request-URI; of the last hop, if a proxy changes it */
	struct slice contact, expires; /* for the registrar's answer */
	struct slice rest; /* From From on, the body too */
};

/* What a host last sent in a session, to send it again. */
struct sent_message {
	struct host *from, *to;
	struct slice text;
};

/* a=crypto lines without "a=crypto:". */
struct crypto_lines {
	struct slice line[RECIPE_MAX_CRYPTO];
	unsigned count;
	bool none;
};

struct session {
	struct slice name, call_id;
	struct host *host[2];
	struct slice user[2], tag[2]; /* user: "alice" or "alice@atlanta.example" */
	struct slice contact_user[2]; /* "alice"; of a fork that answered: its host's name */
	struct endpoint media[2];
	struct slice codecs;
	struct crypto_lines crypto[2];
	unsigned dtmf_type, redundant_type, ptime_ms;
	bool rtcp_mux, confirmed, subscribed, recording;
	struct host *through[SESSION_MAX_HOPS]; /* proxies, from the caller on */
	unsigned through_count;
	int64_t hop_ns;
	uint32_t cseq[2];
	unsigned branches, sdp_version[2];
	unsigned challenge; /* 401 or 407 if one came */
	struct slice failure_tag; /* To-tag of the last non-2xx final answer to INVITE */
	bool invite_failed;
	struct sent_request *requests[SESSION_MAX_REQUESTS];
	unsigned request_count;
	struct tcp_link *tcp;
	struct sent_message sent[SESSION_MAX_HOPS];
	unsigned sent_count, last_sent;
};

struct rtp_codec {
	const char *name;
	uint8_t payload_type;
	uint32_t clock_hz;
	const char *rtpmap; /* "PCMU/8000" */
	double octets_per_ms;
};

struct digit {
	int64_t at_ns;
	uint8_t code, payload_type, volume;
	unsigned prefix; /* zero octets in front, as some gateways send */
	uint64_t duration; /* RTP timestamp units */
	unsigned ends; /* copies with the E bit */
	bool marker, reserved_bit;
	bool wraps; /* 16-bit duration overflows instead of starting a new segment */
	bool milliseconds; /* instead of timestamp units */
	bool no_end; /* no E bit */
	uint8_t redundant_type; /* RFC 2198: with the last report of the press before; 0: alone */
};

#define STREAM_MAX_DIGITS 64

/* Sines together; 0: none. */
#define SOUND_MAX_PARTS 64
struct sound_part {
	double hz[2], amplitude;
	uint64_t samples;
};

struct rtp_stream {
	struct slice name;
	struct endpoint src, dst;
	struct craft_path path; /* and mirror: as they held where the stream was declared */
	struct mirror mirror;
	int64_t start_ns, ptime_ns, duplicate_after_ns;
	unsigned count;
	uint32_t clock_hz, units, ssrc, timestamp;
	uint16_t seq;
	uint8_t payload_type;
	struct slice codec;
	size_t octets;
	enum stream_payload { FILL_TONE, FILL_NOISE, FILL_SILENCE, FILL_SOUND } payload;
	uint64_t noise_seed;
	struct sound_part *sound;
	unsigned sound_parts;
	uint64_t sound_samples;
	/* By packet number, 1 .. count. */
	bool *lost, *duplicated, *swapped, *marked;
	int64_t *delay_ns, *pause_ns, *seq_jump, *timestamp_jump, *ttl;
	struct seal *seal, *next_seal; /* NULL: not encrypted; encrypted alike to the end */
	unsigned next_seal_from;
	uint32_t roc;
	struct digit digits[STREAM_MAX_DIGITS];
	unsigned digit_count;
};

struct recipe {
	const char *name;
	unsigned line;
	struct err *err;
	bool failed; /* err is set: the first failure stays */
	unsigned repeats; /* how deep we are in them */
	struct arena arena;
	int64_t now_ns;
	struct craft_random random;
	uint32_t next_ip_id;

	/* The file. */
	bool any_file;
	enum craft_format format;
	bool big_endian;
	uint32_t snaplen;
	struct {
		struct slice name;
		uint32_t link_type;
	} interfaces[RECIPE_MAX_INTERFACES];
	unsigned interface_count;
	int64_t from_ns, until_ns, next_file_ns[RECIPE_MAX_CUTS], section_ns[RECIPE_MAX_CUTS];
	unsigned next_files, sections;
	uint64_t truncate;

	/* The capturing machine. */
	struct capture_gap gaps[RECIPE_MAX_GAPS];
	struct clock_step {
		int64_t at_ns, by_ns;
	} clock_steps[RECIPE_MAX_CUTS];
	unsigned gap_count, clock_step_count;
	int64_t drift_ppm, quantum_ns;
	uint64_t dropped;

	/* What holds for the packets that follow. */
	struct craft_path path;
	bool lf_only;
	struct mirror mirror;

	struct host hosts[RECIPE_MAX_HOSTS];
	struct session *sessions[RECIPE_MAX_SESSIONS];
	struct tcp_link tcps[RECIPE_MAX_TCP];
	struct rtp_stream *streams[RECIPE_MAX_STREAMS];
	unsigned host_count, session_count, tcp_count, stream_count;

	struct event *events;
	size_t event_count, event_capacity;
};

/* Sets err to "NAME:LINE: ..." unless one is set already; always false. */
bool recipe_fail(struct recipe *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *recipe_alloc(struct recipe *r, size_t bytes); /* zeroed */
struct slice recipe_keep(struct recipe *r, struct slice s);
struct slice recipe_printf(struct recipe *r, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* --- recipe_args.c: sticky: a wrong word sets err and gives 0 ---------------------------------------------------------- */

bool args_parse(struct recipe *r, struct slice line, struct args *a);
/* The next plain word, or an error that says what is missing. */
struct slice args_word(struct recipe *r, struct args *a, const char *what);
/* The same, or absent. */
struct slice args_word_if_any(struct args *a);
/* True if this plain word is there. */
bool args_flag(struct args *a, const char *word);
/* Value of key, absent if not given. */
struct slice args_text(struct args *a, const char *key);
uint64_t args_whole(struct recipe *r, struct args *a, const char *key, uint64_t otherwise,
                    uint64_t max);
/* Seconds, "1.25"; a leading + counts from now. */
int64_t args_time(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns);
int64_t args_seconds(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns);
int64_t args_millis(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns);
/* Everything given must have been asked for. */
void args_done(struct recipe *r, const struct args *a);

uint64_t recipe_whole(struct recipe *r, struct slice word, uint64_t max);
int64_t recipe_decimal(struct recipe *r, struct slice word, int64_t unit_ns);
int64_t recipe_time(struct recipe *r, struct slice word);
/* "3,10-19": those of 1 .. count are set. */
void recipe_mark(struct recipe *r, struct slice list, unsigned count, bool *marks);
/* "3:12.5,40:-8": value of packet n times unit. */
void recipe_assign(struct recipe *r, struct slice list, unsigned count, int64_t unit,
                   int64_t *values);

/* --- recipe.c ------------------------------------------------------------------------------------------------------- */

/* "alice", "alice:4000", "192.0.2.1:4000", "[2001:db8::1]:4000", "c1.caller" (a session's media). */
struct endpoint recipe_endpoint(struct recipe *r, struct slice word);
struct host *recipe_host(struct recipe *r, struct slice name);
struct host *recipe_host_if_any(struct recipe *r, struct slice name);
/* One packet (two under `mirror`) at time_ns. payload is kept by the caller. */
void recipe_udp(struct recipe *r, int64_t time_ns, struct endpoint src, struct endpoint dst,
                struct slice payload);
void recipe_tcp(struct recipe *r, int64_t time_ns, const struct craft_flow *flow,
                const struct craft_tcp_header *header, struct slice payload);

/* Another event, of this time, on the path that holds now; kept until the recipe is written. */
struct event *recipe_add_event(struct recipe *r, int64_t time_ns);
void recipe_icmp(struct recipe *r, int64_t time_ns, const struct craft_flow *flow,
                 const struct craft_icmp *icmp, struct slice payload);
/* Every line of the text, as if it stood in the recipe. */
void recipe_lines(struct recipe *r, struct slice text);

/* --- recipe_repeat.c ------------------------------------------------------------------------------------------------ */

/* `rest` begins behind the repeat line and ends behind its `end` afterwards. */
void recipe_repeat(struct recipe *r, struct args *a, struct slice *rest);

/* --- recipe_file.c -------------------------------------------------------------------------------------------------- */

void directive_file(struct recipe *r, struct args *a);
void directive_interface(struct recipe *r, struct args *a);
void directive_use(struct recipe *r, struct args *a);
void directive_next_file(struct recipe *r, struct args *a);
void directive_next_section(struct recipe *r, struct args *a);
void directive_capture_from(struct recipe *r, struct args *a);
void directive_capture_until(struct recipe *r, struct args *a);
void directive_truncate(struct recipe *r, struct args *a);
void directive_seed(struct recipe *r, struct args *a);
void directive_vlan(struct recipe *r, struct args *a);
void directive_fragment(struct recipe *r, struct args *a);
void directive_lf_only(struct recipe *r, struct args *a);
void directive_dscp(struct recipe *r, struct args *a);
void directive_ttl(struct recipe *r, struct args *a);
void directive_extensions(struct recipe *r, struct args *a);
/* Sorts the packets by time and writes the file or files. */
bool recipe_write(struct recipe *r, const char *out_path, struct recipe_result *result);

/* --- recipe_capture.c ----------------------------------------------------------------------------------------------- */

void directive_mirror(struct recipe *r, struct args *a);
void directive_drop_all(struct recipe *r, struct args *a);
void directive_dropped(struct recipe *r, struct args *a);
void directive_clock_step(struct recipe *r, struct args *a);
void directive_clock_drift(struct recipe *r, struct args *a);
void directive_quantum(struct recipe *r, struct args *a);
/* The mirror's copy of the newest packet, if there is a mirror. */
void recipe_add_mirrored(struct recipe *r);
/* Is it one that was not captured? */
bool recipe_missed(const struct recipe *r, const struct event *e);
/* What the capturing machine's clock says at that time. */
int64_t recipe_stamp(const struct recipe *r, int64_t time_ns);

/* --- recipe_session.c ----------------------------------------------------------------------------------------------- */

struct session *recipe_session(struct recipe *r, struct slice name);
struct session *recipe_session_if_any(struct recipe *r, struct slice name);
/* NULL after a mistake. A name is made up where none is asked for and none is there. */
struct session *recipe_add_session(struct recipe *r, struct args *a, bool named);
/* "p1,p2": hosts, appended to list. */
void recipe_host_list(struct recipe *r, struct slice names, struct host **list, unsigned *count);
/* The newest request of this method (absent: any but ACK) that `via` got (got) or sent; NULL: any. */
struct sent_request *session_request(struct session *s, struct slice method, const struct host *via,
                                     bool got);
/* Where h is among the hops, SESSION_MAX_HOPS if it is not. */
unsigned request_hop(const struct sent_request *q, const struct host *h);
/* User part of Contact of the party at this host. */
struct slice session_user(const struct session *s, const struct host *h, enum side side);
/* "CALL-ID;to-tag=...;from-tag=..." for the receiver at `to`. */
struct slice session_replaces(struct recipe *r, const struct session *s, const struct host *to);
void directive_session(struct recipe *r, struct args *a);
void directive_move(struct recipe *r, struct args *a);

/* --- recipe_sdp.c --------------------------------------------------------------------------------------------------- */

/* Content-Type, Content-Length and body, as the line says; `from` is the host that speaks for the side. */
void recipe_add_body(struct recipe *r, struct session *s, enum side by, const struct host *from,
                     struct args *a, struct text *out);
struct slice recipe_without_cr(struct recipe *r, struct slice text);

/* --- recipe_hops.c -------------------------------------------------------------------------------------------------- */

/* Sends q from hop `first` on, copies of the first one too. */
void recipe_send_request(struct recipe *r, struct session *s, const struct sent_request *q,
                         unsigned first, unsigned copies);
/* An answer from hop `from` back to hop `until`; acked: each hop acknowledges it (RFC 3261 17.1.1.3). */
struct answer {
	unsigned status, from, until, copies;
	struct slice line, rest;
	struct slice tag;
	bool acked;
};
void recipe_send_answer(struct recipe *r, struct session *s, const struct sent_request *q,
                        const struct answer *answer);
void directive_again(struct recipe *r, struct args *a);

/* --- recipe_request.c, recipe_reply.c ------------------------------------------------------------------------------- */

void recipe_request(struct recipe *r, struct session *s, struct slice method, struct args *a);
void recipe_reply(struct recipe *r, struct session *s, unsigned status, struct args *a);
/* A line of the language, "INVITE sdp" or "200 sdp", run at another time as if it stood in the recipe. */
void recipe_act(struct recipe *r, struct session *s, int64_t at_ns, bool is_reply,
                const char *what);
/* From and To. */
void recipe_add_parties(const struct session *s, const struct sent_request *q, struct slice to_tag,
                        struct text *out);
/* "192.0.2.1:5060" */
void recipe_add_host_port(struct text *out, const struct host *h);
/* "sip:alice@192.0.2.1:5060" */
struct slice recipe_contact_uri(struct recipe *r, const struct session *s, const struct host *h,
                                enum side side);
/* Those of header=, and of the options that are headers by another name. */
void recipe_add_headers(struct recipe *r, const struct host *from, const struct host *to,
                        struct args *a, struct text *out);
void directive_request(struct recipe *r, struct args *a);
void directive_reply(struct recipe *r, struct args *a);

/* --- recipe_call.c -------------------------------------------------------------------------------------------------- */

/* Text with ${alice} (address), ${alice.sip} (address:port), ${c1.id}, ${c1.caller-tag}, ${c1.callee-tag} filled in. */
struct slice recipe_expand(struct recipe *r, struct slice text);
void directive_call(struct recipe *r, struct args *a);
void directive_sip(struct recipe *r, struct args *a);

/* --- recipe_tcp.c --------------------------------------------------------------------------------------------------- */

struct tcp_link *recipe_tcp_link(struct recipe *r, struct slice name);
/* Message text by the host at `from`: sent now, or held. */
void recipe_tcp_write(struct recipe *r, struct tcp_link *t, struct ip_addr from, struct slice text);
void directive_tcp(struct recipe *r, struct args *a);
void directive_hold(struct recipe *r, struct args *a);
void directive_send(struct recipe *r, struct args *a);
void directive_tcp_close(struct recipe *r, struct args *a);

/* --- recipe_wire.c -------------------------------------------------------------------------------------------------- */

void directive_udp(struct recipe *r, struct args *a);
void directive_icmp(struct recipe *r, struct args *a);
void directive_tcp_syn(struct recipe *r, struct args *a);
void directive_tcp_refused(struct recipe *r, struct args *a);
void directive_tls_alert(struct recipe *r, struct args *a);

/* --- recipe_rtp.c --------------------------------------------------------------------------------------------------- */

const struct rtp_codec *recipe_codec(struct recipe *r, struct slice name);
void directive_rtp(struct recipe *r, struct args *a);
void directive_digit(struct recipe *r, struct args *a);
/* Packets of a declared stream; called once the whole recipe is read, because digits come in later lines. */
void recipe_stream_play(struct recipe *r, const struct rtp_stream *s);
/* A plain stream, as `call` has them. */
void recipe_stream_plain(struct recipe *r, struct endpoint src, struct endpoint dst,
                         int64_t start_ns, struct slice codec, unsigned ptime_ms, unsigned count);

/* --- recipe_srtp.c --------------------------------------------------------------------------------------------------- */

struct seal *recipe_seal(struct recipe *r, struct args *a); /* NULL: the line has no srtp= */
void recipe_seal_stream(struct recipe *r, struct args *a, struct rtp_stream *s);
/* Packet i of the stream as it is sent. */
struct slice recipe_sealed(struct recipe *r, const struct rtp_stream *s, unsigned i, uint32_t roc,
                           struct slice packet);
/* Options `key` of the line, "1 SUITE inline:KEY" each. */
void recipe_read_crypto(struct args *a, const char *key, struct crypto_lines *out);
void recipe_add_crypto(const struct crypto_lines *c, struct text *out);

/* --- recipe_rtcp.c -------------------------------------------------------------------------------------------------- */

void directive_rtcp(struct recipe *r, struct args *a);

/* recipe_sound.c: what is behind "sound:", and its octets in packet i, from 1 on. */
void recipe_sound_read(struct recipe *r, struct slice score, struct rtp_stream *s);
void recipe_sound_fill(const struct rtp_stream *s, unsigned i, uint8_t *p);

#endif
