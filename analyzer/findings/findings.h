/* Findings: what deserves a person's attention, by the rules of rules.h. One file per family watches what the other rooms tell
 * and adds occurrences; findings.c groups them by rule and cause ("503 from 10.1.0.7"), so that 214 calls with one cause are one
 * finding, and writes `rules`, `finding_occurrences` (at once) and `findings` (at the end, when the view is known).
 *
 *   observe.c       who is told what
 *   view.c          what the capture could show at all      finding_rows.c  groups as rows
 *   media_path.c    A; dead_air.c A3        codec_faults.c  C; fax.c C9, C10
 *   quality.c       B
 *   digit_faults.c  C8, the digits of calls
 *   srtp_faults.c   C5, C6, C14: encryption
 *   signalling.c    D, of single legs       overload.c   D, of servers and sources over time
 *   cut.c           E       transport.c  F       registration_faults.c  G       attack.c  H
 *   capture_faults.c  K: is the capture itself to blame?
 *   evidence.c      numbers and frames of an occurrence as JSON */
#ifndef ANALYZER_FINDINGS_FINDINGS_H
#define ANALYZER_FINDINGS_FINDINGS_H

#include "analyzer/analysis.h"
#include "analyzer/findings/evidence.h"
#include "analyzer/findings/rules.h"
#include "analyzer/streams/streams.h"

struct findings;
struct event;
struct leg;
struct transaction;
struct icmp_unreachable;
struct media_flow;
struct packet_view;
struct stream;
struct call;
struct pressed;

/* Groups at once; beyond, occurrences of new causes go to one group of their rule whose cause is "other". */
#define FINDINGS_MAX_GROUPS 16384

/* NULL: out of memory, a->err set. `rules` is borrowed. */
struct findings *findings_new(struct analysis *a, const struct rules *rules);
void findings_free(struct findings *f); /* NULL allowed */

/* What the capture as a whole could show; known at its end. */
struct capture_view {
	uint64_t dropped; /* packets that the capture says it lost */
	uint64_t sip_messages;
	uint64_t cut_messages; /* SIP messages that its snap length cut */
	uint64_t acked_gaps; /* holes in TCP streams whose octets were acknowledged */
	struct sighting last; /* its last packet */
	int64_t started_ns; /* wall clock of the run; 0: unknown */
};

/* All calls are closed: writes the rules in force and the groups. */
bool findings_finish(struct findings *f, const struct capture_view *view);

/* --- what the rooms tell; each does nothing where f is NULL; false: environment failed ------------------------------------ */

struct seen_message {
	const struct event *ev;
	const struct transaction *transaction; /* NULL: none; `late` ones are stand-ins */
	const struct leg *leg; /* NULL: none */
	int64_t dialog_id, transaction_id; /* 0: none */
	bool retransmission;
	bool created; /* its transaction began with it */
};
bool findings_message(struct findings *f, const struct seen_message *m);

/* A leg closes: its streams are still there. */
bool findings_media(struct findings *f, const struct leg *leg);

/* A leg closes: its streams are finished, its rows not yet written. */
bool findings_leg(struct findings *f, const struct leg *leg);

/* What one party of a call pressed, reconciled, before the call's rows are complete: its legs are closed. */
struct seen_presses {
	const struct call *call;
	enum party party;
	const struct pressed *all; /* in order of time */
	unsigned count;
};
bool findings_presses(struct findings *f, const struct seen_presses *s);

/* A transaction's row is about to be written. */
bool findings_transaction(struct findings *f, const struct transaction *t);

/* A registration attempt is over (before its row is written; the binding may go on). */
bool findings_registration(struct findings *f, const struct record_registration *r);

/* TCP segments with SYN or RST set, and those whose octets may be a TLS alert (they begin with 21). */
struct seen_segment {
	struct sighting at;
	const struct packet_view *view;
};
bool findings_segment(struct findings *f, const struct seen_segment *s);

/* A datagram that begins like SIP and is none. */
struct seen_junk {
	struct sighting at;
	struct endpoint src, dst;
};
bool findings_junk(struct findings *f, const struct seen_junk *j);

/* A datagram that only keeps a NAT open: CRLFs, zeros, STUN. */
void findings_keepalive(struct findings *f, const struct seen_junk *k);

/* A router or host says that it cannot deliver RTP or RTCP. */
struct seen_unreachable {
	struct sighting at;
	struct ip_addr reporter;
	const struct icmp_unreachable *said;
	const struct media_flow *flow;
};
bool findings_unreachable(struct findings *f, const struct seen_unreachable *u);

/* A datagram that nobody here knows. */
void findings_datagram(struct findings *f, struct endpoint dst);

/* An accepted stream ends: its numbers are final, its row is not yet written. */
bool findings_stream(struct findings *f, const struct stream *st);

/* Between two reports the receiver lost `far` of a stream and we missed `ours`, 0..1: whose loss is the other one's not, by B14's
 * settings? */
enum loss_verdict { LOSS_AGREES, LOSS_FAR_WORSE, LOSS_OURS_WORSE };
enum loss_verdict findings_compare_loss(const struct findings *f, double far, double ours);

/* --- of the capture itself (capture_faults.h) ------------------------------------------------------------------------- */

/* No packet for longer than this is told. */
#define CAPTURE_QUIET_NS (100 * NS_PER_MS)
/* Octets of a TCP segment in a packet of 1,500, without TCP options (RFC 879). */
#define CAPTURE_USUAL_SEGMENT 1460

/* Sequence numbers of an accepted stream did not come: `missing` ones from `number` on. start_ns: its last packet before them, end_ns:
 * its first behind. */
struct seen_hole {
	struct stream *st;
	int64_t start_ns, end_ns, number;
	uint32_t missing;
};
bool findings_hole(struct findings *f, const struct seen_hole *h);
/* One of them has come after all. */
void findings_hole_filled(struct findings *f, struct stream *st, int64_t number);

/* A stream's packet took so much longer than the one before (less: negative). */
bool findings_transit_step(struct findings *f, const struct stream *st, int64_t time_ns,
                           int64_t step_ns);

/* The capture's first packet, one that is older than the one before it, or one after CAPTURE_QUIET_NS. */
struct seen_times {
	struct sighting at;
	int64_t before_ns; /* time of the packet before; TIME_NONE: it is the first */
	uint64_t packets; /* so far, with it */
};
void findings_times(struct findings *f, const struct seen_times *t);

/* Some packets, at random, and the ones behind them: how far their times are apart. */
void findings_tick(struct findings *f, int64_t step_ns);

/* The snap length cut a SIP message, or the payload of RTP. */
void findings_cut(struct findings *f, struct sighting at, bool sip);

/* A TCP segment of more than CAPTURE_USUAL_SEGMENT octets. */
void findings_large_segment(struct findings *f, struct sighting at, const struct packet_view *view);

/* There are no more packets; calls and streams are still open. */
bool findings_capture_ends(struct findings *f);

/* For the rules of media: the capture's clock was set between these times (K7); by how much. */
bool findings_clock_step(const struct findings *f, int64_t from_ns, int64_t to_ns, int64_t *by_ns);
/* When all streams are finished (families_finish() asks family K first): what nearly all senders' clocks have in common is the capture's
 * own drift (K8). */
bool findings_common_skew(const struct findings *f, double *ppm);

/* --- what the families use -------------------------------------------------------------------------------------------- */

struct occurrence {
	enum rule_id rule;
	struct slice cause; /* what groups occurrences, as a phrase: "503 from 10.1.0.7" */
	const char *
	        noun; /* what it is, where not the rule's: "times"; of a cause always the same. NULL: the rule's */
	struct slice text; /* this occurrence in one sentence, for an operator */
	int64_t call_id, dialog_id, stream_id, registration_id; /* 0: none */
	struct sighting first, last;
	const struct evidence *evidence; /* NULL: none */
	const char *
	        weak; /* why the confidence is low here ("the call began before the capture"); NULL: it is not */
	bool certain; /* raises the group's confidence to high */
};

/* How many of this rule and cause there are by now. */
uint64_t findings_count(const struct findings *f, enum rule_id rule, struct slice cause);

/* Copies what it keeps. Nothing happens where the rule is switched off. */
bool findings_add(struct findings *f, const struct occurrence *o);

const struct rules *findings_rules(const struct findings *f);
struct analysis *findings_analysis(struct findings *f);
static inline bool findings_enabled(const struct rules *r, enum rule_id id)
{
	return r->enabled[id];
}

#endif
