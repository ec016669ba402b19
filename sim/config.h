/* What a simulation is told to do. Both doors (milliwatt sim, milliwatt sipp) fill this, the engine reads it; nobody changes it while it
 * runs, but for what control.h holds. Borrows everything. */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include "base/clock.h"
#include "base/err.h"
#include "base/net.h"
#include "sim/transport/impair.h"

enum sim_transport { SIM_UDP, SIM_TCP, SIM_TLS };
/* One for all, one per call, one per address of a field of the injection file (-t ui). */
enum sim_sockets { SOCKETS_ONE, SOCKETS_PER_CALL, SOCKETS_PER_ADDRESS };

enum pace_kind {
	PACE_CONSTANT, /* rate */
	PACE_RAMP, /* from rate to rate_to within period, then stays */
	PACE_STEPS, /* rate, + step every period, up to rate_to */
	PACE_POISSON, /* open model: independent arrivals */
	PACE_CONCURRENT, /* closed model: `users` calls at all times */
};

struct pace_config {
	enum pace_kind kind;
	double rate, rate_to, step; /* calls per second */
	int64_t period_ns; /* of a ramp; between two steps */
	bool quit_at_top; /* steps: the run ends when rate_to was held for a period */
	unsigned users;
	/* --until-failure */
	bool search;
	double search_precision; /* relative, 0.02 */
	int64_t search_window_ns;
};

enum default_behaviour {
	BEHAVIOUR_BYE = 1, /* BYE or CANCEL for calls that are aborted */
	BEHAVIOUR_ABORT_UNEXPECTED = 2,
	BEHAVIOUR_PING_REPLY = 4,
	BEHAVIOUR_CSEQ = 8,
	BEHAVIOUR_ALL = 15,
};

enum call_id_kind {
	CALL_ID_TEXT,
	CALL_ID_UUID,
	CALL_ID_UUID_COMPACT,
	CALL_ID_RANDOM,
	CALL_ID_TIMESTAMP
};

struct key_value {
	const char *key, *value;
};

struct injection_file_config {
	const char *path;
	int index_field; /* -infindex; -1: none */
};

/* Who we are for digest; from files or the environment, never needed on a command line. */
struct credentials {
	const char *username, *password;
	const char *auth_uri; /* NULL: sip:host:port of the target */
};

struct tls_config {
	const char *certificate, *key; /* PEM files; a server needs them */
	const char *ca, *crl; /* NULL: the system's */
	const char *version; /* "1.2", "1.3"; NULL: both */
	bool no_verify; /* --insecure only: verification is on by default. SIPp's door: as SIPp, on when a CA is given */
	const char *server_name; /* to be verified; NULL: the target's host */
};

struct media_config {
	struct ip_addr address; /* of -mi; any: the local address */
	uint16_t port_min, port_max; /* for streams */
	uint16_t media_port; /* [media_port], -mp */
	bool echo; /* -rtp_echo: on media_port and media_port + 2 */
	int payload_type; /* -rtp_payload */
	unsigned buffer_bytes; /* 0: as needed */
	double audio_tolerance, video_tolerance; /* of rtp checks */
	bool port_per_call; /* [media_port] is each call's own; else one for all, as SIPp */
	bool random_ssrc;
	bool measure; /* received streams: counts per call */
	bool rtcp;
	/* --media, --digits of `milliwatt sim`: what every answered call plays where its scenario says nothing. NULL: nothing. */
	const char *play, *digits;
	struct impair_config impair;
};

struct sim_config {
	/* who */
	const char *target_text; /* host[:port] as given; NULL: none (server) */
	struct endpoint target; /* resolved before the start */
	struct endpoint sending_address; /* -rsa; port 0: none */
	struct endpoint
	        local; /* address and port to bind; port 0: any free one; address any: found by the way to the target */
	const char *interface; /* -bind_to_device; NULL */
	bool bind_local;
	const char *service; /* -s */
	enum sim_transport transport;
	enum sim_sockets sockets;
	unsigned max_sockets;
	int max_reconnect, reconnect_sleep_ms;
	bool reconnect_close;
	unsigned buffer_bytes; /* 0: as much as the system gives */
	struct tls_config tls;
	int ip_field; /* of -t ui */
	unsigned workers; /* 1.. */
	bool pin_workers;
	uint64_t seed;
	/* how much */
	struct pace_config pace;
	uint64_t max_calls; /* -m; 0: no end */
	uint64_t max_concurrent; /* -l; 0: 3 x rate x duration, at least as many as the rate */
	int64_t max_duration_ns; /* -timeout; 0: no end */
	bool duration_is_error; /* -timeout_error */
	double max_rate; /* --max-rate: no search and no key goes beyond; 0: none */
	int64_t pause_ns; /* -d */
	/* how to behave */
	unsigned behaviours; /* enum default_behaviour */
	bool answer_in_dialog; /* -aa */
	uint32_t base_cseq; /* -base_cseq: of the first [cseq], 1 */
	const char *call_id_format; /* -cid_str; NULL: "%u-%p@%s" */
	enum call_id_kind call_id_kind;
	bool keep_call_id_slashes; /* -callid_slash_ign */
	bool pause_ignores_messages; /* -pause_msg_ign */
	double lost_percent; /* -lost */
	int64_t receive_timeout_ns, send_timeout_ns; /* 0: none */
	int64_t t1_ns,
	        t2_ns; /* t1: where a door sets retransmission itself; of a scenario retrans= counts */
	int max_retransmissions,
	        max_invite_retransmissions; /* -1: SIPp's: 5 INVITE, 7 (9 of 3.7) other */
	bool no_retransmission; /* -nr */
	bool loose_retransmission_check; /* -rtcheck loose */
	int64_t dead_call_wait_ns; /* -deadcall_wait */
	bool follow_rfc3261; /* sim's door: retransmissions by RFC 3261 even where the scenario says none */
	struct impair_config impair; /* of messages */
	/* with what */
	const struct key_value *keys; /* -key */
	size_t key_count;
	const struct key_value *globals; /* -set */
	size_t global_count;
	const struct injection_file_config *injection;
	size_t injection_count;
	struct credentials credentials;
	const char *tdmmap;
	int dynamic_start, dynamic_max, dynamic_step;
	struct media_config media;
	/* 3PCC */
	const char *twin; /* -3pcc addr */
	const char *master, *slave, *slave_cfg;
	int64_t start_delay_ns; /* -sleep */
	int64_t process_id; /* [pid]: getpid(), or what a virtual run says */
	bool virtual_time;
	int64_t start_ns; /* of a virtual run: what its clocks say at the beginning */
	int64_t latency_ns; /* of the network in memory, one way; 0: 5 ms */
	unsigned timer_resolution_ms; /* -timer_resol: accepted; ours is finer */
};

/* As SIPp and we start without options. */
void sim_config_init(struct sim_config *c);

#endif
