/* RTCP reports of the far ends, tied to the streams they speak of; and reports of voice quality in SIP bodies (RFC 6035), likewise. */
#ifndef ANALYZER_STREAMS_RTCP_H
#define ANALYZER_STREAMS_RTCP_H

#include "analyzer/findings/evidence.h"
#include "analyzer/streams/delay.h"
#include "analyzer/streams/far_loss.h"
#include "analyzer/streams/table.h"

#define RTCP_SENT_REPORTS 4
#define RTCP_TEXT_MAX     64 /* longer ones are cut */

/* A sender report seen on its way, to be found again in the LSR of a receiver report. */
struct sent_report {
	uint32_t ntp_middle;
	int64_t time_ns;
};

/* The far end's loss and ours between two of its reports differ: how often, where first and last, and the worst of both. */
struct rtcp_disagreement {
	uint64_t reports;
	struct sighting first, last;
	double far, ours; /* 0..1, in the worst one */
};

/* What RTCP says of a stream: allocated with the first packet that names it. */
struct stream_rtcp {
	/* of its sender */
	uint64_t sender_reports;
	uint32_t sender_packets, sender_octets;
	struct sent_report sent_reports[RTCP_SENT_REPORTS];
	int64_t bye_ns; /* TIME_NONE: none */
	uint8_t cname_n, reason_n;
	char cname[RTCP_TEXT_MAX], reason[RTCP_TEXT_MAX];
	/* of its receiver */
	uint64_t reports;
	double fraction_max, jitter_max_ms; /* NAN: none yet */
	int64_t far_lost;
	double rtt_max_ms;
	struct delay delay; /* from us to it and back, and in its end system */
	uint64_t expected_then, lost_then; /* ours, at its last report */
	struct rtcp_disagreement far_worse, ours_worse;
	struct far_loss missed;
};

/* Between two reports of fewer packets than this nothing is compared. */
#define RTCP_COMPARED_PACKETS 50

/* One compound; *matched says whether any stream or media end knows it. False: the environment failed. */
bool rtcp_take(struct streams *s, int64_t time_ns, const struct packet_view *view,
               struct slice compound, bool *matched);

/* Its row in stream_rtcp, if there is anything to say. */
bool rtcp_record(const struct stream *st, struct analysis *a);

#endif
