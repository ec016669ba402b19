/* What the payload types of one stream mean: from SDP, from RFC 3551's static numbers, or unknown. */
#ifndef ANALYZER_STREAMS_FORMAT_H
#define ANALYZER_STREAMS_FORMAT_H

#include "analyzer/score/codec_table.h"

#define FORMAT_NAME 24
#define FORMATS_MAX                                                                                \
	8 /* payload types told apart per stream; packets of further ones are counted, no more */

struct payload_format {
	uint8_t payload_type;
	uint8_t channels; /* 0: not said, one */
	enum payload_role role;
	bool octet_aligned; /* AMR and AMR-WB: fmtp says octet-align=1, or what implies it */
	bool known; /* false: a dynamic type that nothing explains */
	uint32_t clock_hz; /* 0: unknown */
	const struct codec *codec; /* NULL: not in our table */
	char name[FORMAT_NAME]; /* as SDP says, cut; empty: use codec->name */
	uint64_t packets; /* of a stream's */
	int64_t first_ns, last_ns; /* of these; last_ns when another type had come */
};

/* From an SDP format line; clock_hz 0 if it gave none. is_video: the media line's type. */
struct payload_format format_of_sdp(uint8_t payload_type, struct slice encoding, uint32_t clock_hz,
                                    bool is_video);
/* From the number alone. */
struct payload_format format_of_type(uint8_t payload_type);

/* Same meaning: role, clock and codec. */
bool format_same(const struct payload_format *a, const struct payload_format *b);
/* Absent if unknown. Borrows from f or from the codec table. */
struct slice format_name(const struct payload_format *f);

#endif
