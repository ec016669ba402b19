/* Voice-quality reports in SIP bodies, application/vq-rtcpxr (RFC 6035 section 4.6): what an endpoint says of a call it was in, mostly
 * in a PUBLISH or NOTIFY when the call is over. Lines of a name and values:
 *
 *   VQSessionReport: CallTerm
 *   CallID: 6dg37f1890463
 *   LocalAddr: IP=10.10.1.100 PORT=5000 SSRC=1a3b5c7d
 *   RemoteAddr: IP=11.1.1.150 PORT=5002 SSRC=0x2468abcd
 *   LocalMetrics:
 *   PacketLoss: NLR=5.0 JDR=2.0
 *   ...
 *   RemoteMetrics:
 *   ...
 *
 * LocalMetrics are of the stream that the reporter received, RemoteMetrics of the one the other end did (as it said by RTCP XR). What
 * is not said is NAN, or absent. Borrows from the body. */
#ifndef DISSECTORS_VQ_REPORT_H
#define DISSECTORS_VQ_REPORT_H

#include "base/net.h"
#include "base/slice.h"

struct vq_end {
	bool has_endpoint, has_ssrc;
	struct endpoint endpoint;
	uint32_t ssrc; /* of the stream it sends */
};

enum vq_metric {
	VQ_NETWORK_LOSS, /* NLR, percent */
	VQ_DISCARD, /* JDR, percent */
	VQ_BURST_DENSITY, /* BLD, percent */
	VQ_BURST_MS, /* BD */
	VQ_GAP_DENSITY, /* GLD, percent */
	VQ_GAP_MS, /* GD */
	VQ_GMIN,
	VQ_ROUND_TRIP_MS, /* RTD */
	VQ_END_SYSTEM_MS, /* ESD */
	VQ_ONE_WAY_MS, /* SOWD: symmetric one-way delay */
	VQ_JITTER_MS, /* IAJ: interarrival jitter */
	VQ_SIGNAL_DBM, /* SL */
	VQ_NOISE_DBM, /* NL */
	VQ_RERL_DB,
	VQ_R_LQ,
	VQ_R_CQ,
	VQ_R_EXT, /* EXTRI */
	VQ_MOS_LQ,
	VQ_MOS_CQ,
	VQ_JB_MODE, /* JBA: 0 unknown, 2 not adaptive, 3 adaptive (RFC 3611 4.7.6) */
	VQ_JB_NOMINAL_MS, /* JBN */
	VQ_JB_MAX_MS, /* JBM */
	VQ_JB_ABS_MAX_MS, /* JBX */
	VQ_PLC, /* SessionDesc: 0 unspecified, 1 disabled, 2 enhanced, 3 standard */
	VQ_METRICS
};

struct vq_metrics {
	bool present;
	double value[VQ_METRICS]; /* NAN: not said */
};

struct vq_report {
	struct slice kind; /* "CallTerm", "Interval", an alert's metric; may be absent */
	struct slice call_id; /* the Call-ID of the call it is about; absent: not said */
	struct vq_end local, remote;
	struct vq_metrics of_local, of_remote;
};

/* False: the body is no such report, or says nothing of a call. Unknown lines and values are passed over. */
bool vq_report_parse(struct slice content_type, struct slice body, struct vq_report *out);

#endif
