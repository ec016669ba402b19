/* Codecs of many bit rates: which ones were really sent, and what that makes of their Ie and Bpl.
 *
 * AMR, AMR-WB, EVS and G.723.1 name or show the mode in each frame; Opus, G.722 and G.722.1 are known by their octets. Modes may change
 * with every packet: Ie is then the mean over all speech frames. Ie adds on the scale of R, so the mean of the impairments is the mean
 * R of the stream; the mode that most frames have would make a stream that changes halfway jump by ten points with a single frame. */
#ifndef ANALYZER_SCORE_CODEC_MODES_H
#define ANALYZER_SCORE_CODEC_MODES_H

#include "analyzer/score/codec_table.h"

#define CODEC_MODES 16

struct codec_mode {
	const char *name; /* "12.2": kbit/s */
	double ie, bpl;
	bool estimated; /* ITU has no Ie for it; or no Bpl, and something was lost */
	bool bpl_estimated;
};

/* Mode i of a codec that shows its modes, NULL past the last one and for any other codec. Places without a mode have an empty name. */
const struct codec_mode *codec_mode(const struct codec *codec, unsigned i);

/* Frames sent, by mode. */
struct codec_use {
	uint64_t frames[CODEC_MODES];
	uint64_t silence; /* silence descriptors, and frames without anything */
	uint64_t unknown; /* packets that did not look like the codec */
};

/* Counts the frames of one RTP payload. `octet_aligned`: as fmtp says (RFC 4867 section 8.1), of AMR and AMR-WB; a payload that only fits the
 * other way is taken so. */
void codec_use_count(struct codec_use *use, const struct codec *codec, bool octet_aligned,
                     struct slice payload);

/* The codec with the Ie and Bpl of what was sent. use: NULL if not counted; kbps: NAN if unknown. lossy: anything did not play (then an
 * estimated Bpl matters). */
struct codec codec_as_sent(const struct codec *codec, const struct codec_use *use, double kbps,
                           bool lossy);

/* kbit/s of payload; NAN if it cannot be told. */
double codec_kbps(int64_t octets, int64_t packets, double ptime_ms);

#endif
