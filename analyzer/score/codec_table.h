/* What the E-model needs to know of codecs: ITU-T G.113 Appendix I, III and IV, with the source of each value and a mark where ITU
 * has none. ../../docs/scores.md prints this table. */
#ifndef ANALYZER_SCORE_CODEC_TABLE_H
#define ANALYZER_SCORE_CODEC_TABLE_H

#include "base/slice.h"

enum mos_scale { MOS_NB, MOS_WB, MOS_FB };

enum payload_role {
	PAYLOAD_ROLE_AUDIO,
	PAYLOAD_ROLE_EVENT, /* telephone-event: no jitter, digits */
	PAYLOAD_ROLE_COMFORT_NOISE,
	PAYLOAD_ROLE_VIDEO,
	PAYLOAD_ROLE_REDUNDANT, /* RFC 2198: events in it are read */
	PAYLOAD_ROLE_OTHER, /* FEC, data: sequence numbers only */
};

struct codec {
	const char *name; /* SDP encoding name, canonical case: "PCMU", "G722", "telephone-event" */
	enum payload_role role;
	uint32_t clock_hz; /* RTP clock; 0: taken from rtpmap only */
	double frame_ms; /* natural frame or default packet, 0 if variable */
	double lookahead_ms;
	enum mos_scale scale;
	bool scored; /* the values below mean something */
	double ie, bpl; /* equipment impairment, packet-loss robustness (of this scale) */
	bool estimated; /* ITU has no value for ie or bpl, or the payload type does not tell the bit rate they are of */
	const char *source; /* "G.113 App. I", "estimate", ... */
};

/* By SDP encoding name (case-insensitive, a few aliases) and clock (0: any). NULL if the name is unknown or never has that clock:
 * "G722/16000", written by mistake, is found by name alone, with the clock it really has. */
const struct codec *codec_by_name(struct slice encoding, uint32_t clock_hz);
/* RFC 3551 static payload types 0..34; NULL for dynamic and unassigned ones. */
const struct codec *codec_by_static_type(uint8_t payload_type);
/* For listing: entry i, NULL past the end. */
const struct codec *codec_at(size_t i);

const char *mos_scale_name(enum mos_scale scale); /* "nb", "wb", "fb" */

#endif
