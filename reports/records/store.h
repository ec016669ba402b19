/* Writing the records database; schema.sql is the contract. store.c, store_feed.c and query.c are the only files that see sqlite3.
 * Texts are stored as valid UTF-8 without NUL: each broken octet and each NUL becomes U+FFFD.
 *
 * The producer numbers its rows (ids from 1, unique per table) and writes each row once. A whole run is one transaction into
 * a file beside the target, renamed on success: a reader never sees half a run, and a failed run leaves the old file alone.
 * Nothing is synced to the disk: after a power cut within seconds of the end the file may be damaged or empty, and is made again
 * from its captures. Who cannot do that (a simulation) copies it away or runs sync(1).
 *
 * NULL, "not observed": RECORD_NULL for integers and times, NAN for reals, an absent slice for text. */
#ifndef REPORTS_RECORDS_STORE_H
#define REPORTS_RECORDS_STORE_H

#include "base/err.h"
#include "base/net.h"
#include "base/slice.h"

#include <math.h>

#define RECORD_NULL INT64_MIN

struct record_run {
	int64_t id;
	struct slice kind; /* 'capture', 'simulation', 'replay' */
	struct slice command, version;
	int64_t started_us, finished_us;
	bool complete;
	bool mask_dtmf;
	struct slice jitter_buffer; /* of a capture's: 'fixed:60', 'none', 'adaptive' */
	double assumed_delay_ms; /* with a jitter buffer only */
};

struct record_capture {
	int64_t id, run_id;
	struct slice path, format;
	int64_t bytes, packets, first_us, last_us, damaged_bytes, truncated_packets,
	        skipped_packets;
	struct slice damage; /* text, absent when sound */
	int64_t dropped_packets;
};

struct record_call {
	int64_t id, run_id;
	struct slice sip_call_id; /* of the first leg */
	struct slice caller, callee;
	int64_t first_us, last_us; /* first and last message seen */
	int64_t start_us, ring_us, answer_us, end_us;
	double setup_ms, pdd_ms, talk_ms;
	struct slice outcome; /* see schema.sql */
	int64_t final_status;
	struct slice reason;
	int64_t q850_cause;
	struct slice released_by;
	int64_t leg_count;
	double mos_min;
	bool transferred;
	double held_ms;
	struct slice cut; /* 'start', 'end', 'both' */
	double trying_ms, disconnect_ms;
	struct slice disconnect; /* 'completed', 'failed' */
	int64_t attempts, challenges;
	struct slice username, realm;
	int64_t holds, extra_answers;
	bool cancel_race;
};

struct record_edge {
	int64_t call_id, dialog_id, other_dialog_id;
	struct slice reason;
	int64_t score;
	struct slice detail;
};

struct record_transfer {
	int64_t id, run_id, call_id, dialog_id;
	struct slice kind, refer_to, referred_by, replaces;
	int64_t time_us, end_us, status, notify_status;
	struct slice outcome;
};

struct record_dialog {
	int64_t id, run_id, call_id;
	struct slice sip_call_id, kind, state;
	struct slice from_uri, from_tag, to_uri, to_tag, caller_contact, callee_contact,
	        caller_user_agent, callee_user_agent;
	struct slice src, dst, transport; /* of the first request; "addr:port", 'UDP' ... */
	int64_t start_us, answer_us, end_us;
	int64_t forked_from; /* dialog id */
	struct slice replaces;
	/* Ids of messages rows, RECORD_NULL where unknown. Late copies may follow the last one; ladder_internal.h finds them by time. */
	int64_t first_message, last_message;
	int64_t ring_us, final_status;
	int64_t won; /* 0, 1 or RECORD_NULL */
	int64_t session_expires_s;
	struct slice refresher;
	int64_t refreshes;
	/* For the key figures of its trunk, no columns: how the leg's BYE fared (as in record_call), in the row of its first dialog. */
	struct slice disconnect;
	double disconnect_ms;
};

struct record_transaction {
	int64_t id, run_id, dialog_id;
	struct slice sip_call_id, method, branch;
	int64_t cseq;
	struct slice src, dst;
	int64_t request_us, first_response_us, final_us, final_status, retransmissions;
	bool timed_out;
	bool auth_attempt; /* the request carried credentials */
};

struct record_message {
	int64_t id, capture_id, frame, time_us, file_offset;
	struct slice src, dst, transport, first_line,
	        method; /* method: of a request; absent for responses */
	int64_t status, cseq;
	struct slice cseq_method, sip_call_id;
	int64_t transaction_id, dialog_id, bytes;
	bool has_sdp, retransmission;
	struct slice
	        sdp; /* "offer PCMU PCMA telephone-event 192.0.2.1:4000 sendrecv": one line for ladders, absent without */
	int64_t defects; /* enum sip_defect bits, 0 if sound */
	int64_t first_frame; /* RECORD_NULL: the same as frame */
};

struct record_registration {
	int64_t id, run_id;
	struct slice aor, contact, registrar, username, realm;
	int64_t time_us;
	struct slice outcome; /* see schema.sql */
	int64_t final_status, challenges, expires_s;
	struct slice user_agent, sip_call_id, src, dst, transport;
	int64_t contacts;
	double delay_ms;
	int64_t ended_us;
	struct slice ended_by, reason;
	int64_t transaction_id, first_frame, last_frame, capture_id;
};

struct record_subscription {
	int64_t id, dialog_id;
	struct slice event, state;
	int64_t expires_s, notifies;
	struct slice end_reason;
	int64_t run_id;
	struct slice kind, sip_call_id, resource, subscriber, event_id;
	int64_t start_us, end_us, refreshes, final_status, last_status;
	struct slice src, dst;
};

struct record_rule {
	int64_t run_id;
	struct slice rule, name, severity;
	bool enabled;
	struct slice section, meaning, disproof, settings, obstacle;
};

struct record_finding {
	int64_t id, run_id;
	struct slice rule, name, severity, confidence;
	int64_t call_id, dialog_id, stream_id, first_frame, last_frame, first_us, last_us;
	struct slice text, evidence, suggestion, cause, noun;
	int64_t occurrences, calls;
	struct slice downgraded;
	int64_t capture_id, last_capture_id;
};

struct record_occurrence {
	int64_t finding_id, call_id, dialog_id, stream_id, registration_id, capture_id, first_frame,
	        last_frame, first_us, last_us;
	struct slice text, evidence;
};

struct record_stream {
	int64_t id, run_id, call_id, dialog_id;
	struct slice direction; /* 'caller_to_callee', 'callee_to_caller' */
	struct endpoint src, dst;
	uint32_t ssrc;
	int64_t payload_type;
	struct slice codec;
	int64_t clock_hz;
	double ptime_ms;
	bool encrypted;
	int64_t first_us, last_us, packets, expected, lost, duplicates, reordered, late, bytes;
	int64_t segments, ignored; /* ignored: single packets far outside the sequence */
	double max_delta_ms, jitter_max_ms, jitter_mean_ms, jitter_p95_ms, loss_ratio, burst_r;
	int64_t longest_loss;
	double clock_skew_ppm, r_factor, mos_lq, mos_cq;
	struct slice mos_scale; /* 'nb', 'wb', 'fb' */
	int64_t mos_estimated; /* 0, 1 or RECORD_NULL */
	double delay_ms;
	struct slice delay_source; /* 'rtcp', 'assumed', ... */
	double silence_ratio;
	int64_t dscp, ended_early;
};

struct record_interval {
	int64_t stream_id, start_us, packets, lost, late;
	double jitter_ms, mos;
};

struct record_stream_events {
	int64_t stream_id, bursts;
	double burst_density, burst_ms, gap_density, gap_ms;
	struct slice trace; /* octets: see analyzer/score/trace.h */
	bool complete;
};

struct record_stream_mode {
	int64_t stream_id;
	struct slice mode;
	int64_t frames;
	double ie, bpl;
};

/* Every so many numbers of a stream one's time is kept, where marks are. */
#define STREAM_MARK_EVERY 32

struct record_stream_marks {
	int64_t stream_id;
	struct slice marks; /* octets: see reports/compare/marks.h */
	int64_t count;
	bool complete;
};

struct record_rtcp {
	int64_t id, stream_id, time_us, reporter_ssrc, source_ssrc;
	double fraction_lost; /* 0..1 */
	int64_t cumulative_lost;
	double jitter_ms, rtt_ms, xr_r_factor, xr_mos_lq, xr_mos_cq;
	struct slice kind; /* 'sr', 'rr', 'xr', 'vq' */
	int64_t frame, capture_id;
	double xr_discard_ratio, xr_burst_density, xr_burst_ms, xr_gap_density, xr_gap_ms,
	        xr_end_system_ms, xr_signal_dbm, xr_noise_dbm, xr_rerl_db;
	int64_t xr_gmin;
	double xr_ext_r_factor;
	struct slice xr_plc, xr_jitter_buffer;
	double xr_jb_nominal_ms, xr_jb_max_ms, xr_jb_abs_max_ms, one_way_ms;
	struct slice sip_call_id, source, target;
};

/* What is not observed in all members. */
void record_rtcp_init(struct record_rtcp *r);

struct record_stream_rtcp {
	int64_t stream_id;
	struct slice cname;
	int64_t sender_reports, sender_packets, sender_octets, receiver_reports;
	double far_fraction_max;
	int64_t far_lost;
	double far_jitter_max_ms, rtt_mean_ms, rtt_max_ms;
	int64_t bye_us;
	struct slice bye_reason;
};

struct record_stream_srtp {
	int64_t stream_id;
	struct slice suite, key;
	int64_t authenticated, failed, roc;
};

struct record_t38 {
	int64_t call_id, dialog_id, asked_us;
	struct slice asked_by;
	int64_t status;
	bool agreed;
	int64_t datagrams;
};

struct record_dtmf {
	int64_t id, call_id, stream_id, time_us;
	char digit;
	double duration_ms;
	struct slice method; /* 'rfc4733', 'inband', 'info', 'kpml' */
	struct slice direction;
	bool complete;
	int64_t dialog_id;
	int64_t press_id; /* dtmf.id */
	bool start_lost, end_lost;
	int64_t packets, end_packets, payload_type;
	double level_dbm0, wall_ms;
	int64_t status;
	struct slice lint;
	int64_t capture_id, first_frame, last_frame;
};

struct record_call_digits {
	int64_t call_id;
	struct slice party, digits;
	int64_t presses;
	struct slice methods;
	int64_t count_mismatch, first_us, last_us;
};

struct record_stream_audio {
	int64_t stream_id;
	double decoded_ms, concealed_ms, pause_ms;
	int64_t decoded_packets, undecoded_packets;
	struct slice undecoded;
	double level_dbov, mean_dbov, activity, noise_dbov, peak_dbov, clipped_ratio, silence_ms;
	int64_t dead_air;
	double dead_air_ms, dead_air_longest_ms, talk_ms;
	int64_t first_audio_us;
	bool inband_unreliable;
};

struct record_tone {
	int64_t stream_id, call_id, time_us;
	double duration_ms;
	struct slice tone, plan;
	double hz, other_hz, level_dbov;
	int64_t bursts;
};

struct record_call_audio {
	int64_t call_id, dialog_id;
	double caller_ms, callee_ms, caller_talk_ms, callee_talk_ms, double_talk_ms,
	        mutual_silence_ms, mutual_silence_longest_ms, caller_first_ms, callee_first_ms;
	struct slice silent; /* 'caller', 'callee', 'both' */
};

struct record_sim_step {
	int64_t run_id;
	struct slice scenario;
	int64_t step;
	struct slice label;
	int64_t sent, received, retransmissions, timeouts, unexpected, failed, line;
};

struct record_sim_call {
	int64_t run_id;
	struct slice sip_call_id, scenario, role;
	int64_t started_us, ended_us;
	struct slice outcome;
	int64_t failed_step;
	struct slice failure;
	int64_t packets_sent, packets_dropped;
	struct slice digits_sent;
	int64_t intended_us;
	struct slice failure_text;
	int64_t messages_sent, messages_dropped, rtp_sent, rtp_dropped, rtp_unseen, rtp_duplicated,
	        rtp_received;
};

struct record_sim_interval {
	int64_t run_id, start_us, calls_started, calls_ended, calls_failed, concurrent,
	        retransmissions;
	double rtt_p50_ms, rtt_p99_ms, rate;
};

struct record_kpi {
	int64_t run_id;
	struct slice scope, name;
	double value;
	struct slice unit;
	int64_t numerator, denominator;
};

struct store;

/* NULL path: a database in memory (tests, dump). An existing file is replaced only if it is a Milliwatt database; anything else is
 * an error that says so. `run` is written at once, as incomplete. */
struct store *store_create(const char *path, const struct record_run *run, struct err *err);

/* Each false means the environment failed (disk full, memory); err has the text. The first failure sticks. */
bool store_capture(struct store *s, const struct record_capture *r, struct err *err);
bool store_call(struct store *s, const struct record_call *r, struct err *err);
bool store_dialog(struct store *s, const struct record_dialog *r, struct err *err);
bool store_transaction(struct store *s, const struct record_transaction *r, struct err *err);
bool store_message(struct store *s, const struct record_message *r, struct err *err);
bool store_stream(struct store *s, const struct record_stream *r, struct err *err);
bool store_interval(struct store *s, const struct record_interval *r, struct err *err);
bool store_stream_events(struct store *s, const struct record_stream_events *r, struct err *err);
bool store_stream_mode(struct store *s, const struct record_stream_mode *r, struct err *err);
bool store_stream_marks(struct store *s, const struct record_stream_marks *r, struct err *err);
bool store_rtcp(struct store *s, const struct record_rtcp *r, struct err *err);
bool store_t38(struct store *s, const struct record_t38 *r, struct err *err);
bool store_stream_rtcp(struct store *s, const struct record_stream_rtcp *r, struct err *err);
bool store_stream_srtp(struct store *s, const struct record_stream_srtp *r, struct err *err);
bool store_dtmf(struct store *s, const struct record_dtmf *r, struct err *err);
bool store_call_digits(struct store *s, const struct record_call_digits *r, struct err *err);
bool store_stream_audio(struct store *s, const struct record_stream_audio *r, struct err *err);
bool store_tone(struct store *s, const struct record_tone *r, struct err *err);
bool store_call_audio(struct store *s, const struct record_call_audio *r, struct err *err);
bool store_edge(struct store *s, const struct record_edge *r, struct err *err);
bool store_transfer(struct store *s, const struct record_transfer *r, struct err *err);
bool store_registration(struct store *s, const struct record_registration *r, struct err *err);
bool store_subscription(struct store *s, const struct record_subscription *r, struct err *err);
bool store_rule(struct store *s, const struct record_rule *r, struct err *err);
bool store_finding(struct store *s, const struct record_finding *r, struct err *err);
bool store_occurrence(struct store *s, const struct record_occurrence *r, struct err *err);
bool store_sim_step(struct store *s, const struct record_sim_step *r, struct err *err);
bool store_sim_call(struct store *s, const struct record_sim_call *r, struct err *err);
bool store_sim_interval(struct store *s, const struct record_sim_interval *r, struct err *err);

/* A leg is part of a call with another number: what was or will be written under the leg's own number (streams, dtmf, occurrences of
 * findings) belongs to that call. The `calls` and `dialogs` rows have the right one already. */
bool store_joined(struct store *s, int64_t leg_id, int64_t call_id, struct err *err);
/* All rows are written: moves them, and counts the calls of findings. Before store_kpi(). */
bool store_join(struct store *s, struct err *err);

/* Writes the `kpi` rows of the run: counted from its captures, calls, dialogs, registrations and streams as they were stored, so it comes
 * after all of them. NULL value where the denominator is 0. The dialogs of one leg are to be stored together, the first one first. */
bool store_kpi(struct store *s, int64_t run_id, struct err *err);

/* The run will not be marked complete: `note` says why, to people. */
bool store_incomplete(struct store *s, struct slice note, struct err *err);

/* Marks the run complete (but for store_incomplete()), commits, renames into place. A store in memory stays open for queries. */
bool store_finish(struct store *s, int64_t finished_us, struct err *err);

/* Closes; what was not finished is thrown away. NULL allowed. */
void store_free(struct store *s);

/* For tests: the (n+1)-th SQL step from now (open, prepare, exec, step) fails as if the disk were full, and only that one. UINT64_MAX
 * switches it off. */
void store_fail_after(uint64_t n);

struct sqlite3;
/* For query.c: the open handle of an in-memory store. */
struct sqlite3 *store_handle(struct store *s);

#endif
