/* Session descriptions, RFC 8866, as a tolerant scan: any line order, CRLF or LF, missing lines. Everything borrows. */
#ifndef DISSECTORS_SDP_H
#define DISSECTORS_SDP_H

#include "base/cursor.h"
#include "base/net.h"

#define SDP_MAX_MEDIA      16
#define SDP_MAX_FORMATS    32
#define SDP_MAX_CANDIDATES 24
#define SDP_MAX_CRYPTO     8

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

struct sdp_format {
	uint8_t payload_type;
	struct slice
	        encoding; /* "PCMU", from rtpmap, else from RFC 3551's static table; absent if unknown */
	uint32_t clock_hz; /* 0 if unknown */
	uint8_t channels; /* 0: not said */
	struct slice fmtp;
};

struct sdp_crypto { /* RFC 4568 section 4; what it means: sdes.h */
	struct slice tag, suite, key_params;
	struct slice session_params; /* absent if none */
};

struct sdp_session_media {
	struct slice type; /* "audio", "video", "image", ... */
	struct slice protocol; /* "RTP/AVP", "RTP/SAVP", "udptl", ... */
	uint16_t port; /* 0: rejected or disabled */
	bool has_addr; /* a literal address was given (media-level c= beats the session's) */
	struct ip_addr addr; /* 0.0.0.0 stays what it is: old-style hold */
	struct slice host; /* connection address as written */
	uint16_t rtcp_port; /* a=rtcp (RFC 3605), else port + 1, else 0; with rtcp-mux = port */
	bool rtcp_mux;
	enum sdp_direction direction; /* media level, else session level, else sendrecv */
	unsigned ptime_ms, maxptime_ms; /* 0: not said */
	unsigned format_count;
	struct sdp_format formats[SDP_MAX_FORMATS];
	bool has_fingerprint; /* DTLS-SRTP */
	unsigned candidate_count; /* a=candidate, UDP, component 1 */
	struct endpoint candidates[SDP_MAX_CANDIDATES];
	unsigned crypto_count; /* a=crypto, in their order: the sender's preference */
	struct sdp_crypto crypto[SDP_MAX_CRYPTO];
};

/* What a description must have and this one has not (RFC 8866 section 5), or has wrong. */
enum sdp_defect {
	SDP_DEFECT_VERSION = 1 << 0, /* no v= */
	SDP_DEFECT_ORIGIN = 1 << 1, /* no o=, or not six parts in it */
	SDP_DEFECT_NAME = 1 << 2, /* no s= */
	SDP_DEFECT_TIME = 1 << 3, /* no t= */
	SDP_DEFECT_CONNECTION = 1 << 4, /* a medium in use has no c=, nor has the session */
	SDP_DEFECT_MEDIA = 1 << 5, /* an m= line without port, protocol or format */
	SDP_DEFECT_CUT = 1 << 6, /* shorter than its Content-Length: the caller's to say */
};

struct sdp {
	unsigned defects; /* enum sdp_defect */
	struct slice origin_user, session_id, session_version, origin_host;
	unsigned media_count;
	struct sdp_session_media media[SDP_MAX_MEDIA];
	bool too_many; /* more media, formats, candidates or keys than we keep */
};

/* PARSE_OK if there is at least `v=` or an m= line; PARSE_NOT_MINE otherwise. Bad lines are skipped. */
enum parse_status sdp_parse(struct slice body, struct sdp *out);

/* True for on-hold descriptions: sendonly, inactive, or connection address 0.0.0.0 (RFC 3264 8.4). */
bool sdp_media_is_hold(const struct sdp_session_media *m);
/* NULL if this payload type is not offered. */
const struct sdp_format *sdp_media_format(const struct sdp_session_media *m, uint8_t payload_type);

const char *sdp_direction_name(enum sdp_direction d);
struct text;
void sdp_print(const struct sdp *sdp, struct text *out);

#endif
