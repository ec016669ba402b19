#include "analyzer/score/codec_table.h"

/* Ie and Bpl are ITU-T G.113 where `source` names it without "estimate". The rules for the rest, so that no number looks better
 * founded than it is:
 *   - a codec with an Ie of ITU but no Bpl gets Bpl 10 and the mark;
 *   - a codec whose rate the payload type does not tell is taken at its usual one, named in `source`;
 *   - a codec of which nobody published an Ie is not scored at all. */

#define BPL_UNKNOWN 10

#define AUDIO(n, clock, frame, ahead)                                                              \
	.name = n, .role = PAYLOAD_ROLE_AUDIO, .clock_hz = clock, .frame_ms = frame,               \
	.lookahead_ms = ahead
#define SCORED(on, i, b, from)    .scale = on, .scored = true, .ie = i, .bpl = b, .source = from
#define ESTIMATED(on, i, b, from) SCORED(on, i, b, from), .estimated = true
#define UNSCORED(why)             .source = why
#define OF_ROLE(n, r, clock)      .name = n, .role = r, .clock_hz = clock, .source = "not audio"
#define VIDEO(n)                  OF_ROLE(n, PAYLOAD_ROLE_VIDEO, 90000)
#define OTHER(n, clock)           OF_ROLE(n, PAYLOAD_ROLE_OTHER, clock)

#define G711_PLC   "G.113 App. I, 10 ms, receiver conceals loss (G.711 App. I)"
#define NO_BPL     "Ie G.113 App. I, Bpl estimate"
#define NO_VALUES  "no published Ie"
#define NOT_NARROW "no published Ie at this clock"

/* Entries of one name stand together: first the one that a name alone means, last the one for clocks not listed (clock 0). */
static const struct codec codecs[] = {
	{ AUDIO("PCMU", 8000, 20, 0), SCORED(MOS_NB, 0, 25.1, G711_PLC) },
	{ AUDIO("PCMU", 0, 20, 0), UNSCORED(NOT_NARROW) },
	{ AUDIO("PCMA", 8000, 20, 0), SCORED(MOS_NB, 0, 25.1, G711_PLC) },
	{ AUDIO("PCMA", 0, 20, 0), UNSCORED(NOT_NARROW) },
	{ AUDIO("PCMU-WB", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("PCMA-WB", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("G722", 8000, 20, 0),
	  ESTIMATED(MOS_WB, 13, 7.1, "Ie G.113 App. IV at 64 kbit/s, Bpl estimate") },
	{ AUDIO("G729", 8000, 20, 5),
	  SCORED(MOS_NB, 11, 19.0, "G.113 App. I, G.729A + VAD, 20 ms") },
	{ AUDIO("G729D", 8000, 20, 5), UNSCORED(NO_VALUES) },
	{ AUDIO("G729E", 8000, 20, 5), UNSCORED(NO_VALUES) },
	{ AUDIO("G7291", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("G723", 8000, 30, 7.5),
	  SCORED(MOS_NB, 15, 16.1, "G.113 App. I, 6.3 kbit/s + VAD, 30 ms (5.3 kbit/s: Ie 19)") },
	{ AUDIO("G726-40", 8000, 20, 0), ESTIMATED(MOS_NB, 2, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("G726-32", 8000, 20, 0), ESTIMATED(MOS_NB, 7, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("G726-24", 8000, 20, 0), ESTIMATED(MOS_NB, 25, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("G726-16", 8000, 20, 0), ESTIMATED(MOS_NB, 50, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("AAL2-G726-40", 8000, 20, 0), ESTIMATED(MOS_NB, 2, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("AAL2-G726-32", 8000, 20, 0), ESTIMATED(MOS_NB, 7, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("AAL2-G726-24", 8000, 20, 0), ESTIMATED(MOS_NB, 25, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("AAL2-G726-16", 8000, 20, 0), ESTIMATED(MOS_NB, 50, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("G728", 8000, 20, 0), ESTIMATED(MOS_NB, 7, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("GSM", 8000, 20, 0), ESTIMATED(MOS_NB, 20, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("GSM-EFR", 8000, 20, 0), SCORED(MOS_NB, 5, 10.0, "G.113 App. I, 20 ms") },
	{ AUDIO("GSM-HR-08", 8000, 20, 0), ESTIMATED(MOS_NB, 23, BPL_UNKNOWN, NO_BPL) },
	{ AUDIO("iLBC", 8000, 30, 0), ESTIMATED(MOS_NB, 11, BPL_UNKNOWN, "estimate") },
	{ AUDIO("AMR", 8000, 20, 5),
	  ESTIMATED(MOS_NB, 5, BPL_UNKNOWN, "estimate at 12.2 kbit/s, the rate of GSM-EFR") },
	{ AUDIO("AMR-WB", 16000, 20, 5),
	  ESTIMATED(MOS_WB, 13, 4.3,
	            "G.113 App. IV at 12.65 kbit/s: Ie of one ear, Bpl of two; rate assumed") },
	{ AUDIO("AMR-WB+", 72000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("EVS", 16000, 20, 12),
	  ESTIMATED(MOS_FB, 7.2, 11.4,
	            "G.113 fullband, super-wideband at 24.4 kbit/s; rate assumed") },
	{ AUDIO("opus", 48000, 20, 6.5),
	  ESTIMATED(MOS_NB, 0, 20, "estimate at 32 kbit/s, mapped to the narrowband scale") },
	{ AUDIO("speex", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("speex", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("speex", 32000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("speex", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("G7221", 16000, 20, 0),
	  ESTIMATED(MOS_WB, 13, BPL_UNKNOWN,
	            "Ie G.113 App. IV at 32 kbit/s (24 kbit/s: 19), Bpl estimate; rate assumed") },
	{ AUDIO("G7221", 32000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("G719", 48000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("QCELP", 8000, 20, 0),
	  ESTIMATED(MOS_NB, 21, BPL_UNKNOWN, "Ie G.113 App. I, IS-96a, Bpl estimate") },
	{ AUDIO("EVRC", 8000, 20, 10),
	  ESTIMATED(MOS_NB, 6, BPL_UNKNOWN, "Ie G.113 App. I, IS-127, Bpl estimate") },
	{ AUDIO("EVRC0", 8000, 20, 10),
	  ESTIMATED(MOS_NB, 6, BPL_UNKNOWN, "Ie G.113 App. I, IS-127, Bpl estimate") },
	{ AUDIO("EVRCB", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("EVRCWB", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("L16", 8000, 20, 0),
	  ESTIMATED(MOS_NB, 0, BPL_UNKNOWN, "estimate: no coding, no concealment told") },
	{ AUDIO("L16", 44100, 20, 0), UNSCORED(NOT_NARROW) },
	{ AUDIO("L16", 0, 20, 0), UNSCORED(NOT_NARROW) },
	{ AUDIO("L8", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("L20", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("L24", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DAT12", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DVI4", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DVI4", 11025, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DVI4", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DVI4", 22050, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("DVI4", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("VDVI", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("LPC", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("SILK", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("SILK", 12000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("SILK", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("SILK", 24000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("SILK", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("BV16", 8000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("BV32", 16000, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("iSAC", 16000, 30, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("iSAC", 32000, 30, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("CELT", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("Lyra", 0, 20, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("MPA", 90000, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("MP4A-LATM", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("mpeg4-generic", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("ac3", 0, 0, 0), UNSCORED(NO_VALUES) },
	{ AUDIO("vorbis", 0, 0, 0), UNSCORED(NO_VALUES) },

	{ OF_ROLE("telephone-event", PAYLOAD_ROLE_EVENT, 0) },
	{ OF_ROLE("cisco-rtp-dtmf", PAYLOAD_ROLE_EVENT, 8000) },
	{ OF_ROLE("CN", PAYLOAD_ROLE_COMFORT_NOISE, 8000) },
	{ OF_ROLE("CN", PAYLOAD_ROLE_COMFORT_NOISE, 0) },

	{ VIDEO("H261") },
	{ VIDEO("H263") },
	{ VIDEO("H263-1998") },
	{ VIDEO("H263-2000") },
	{ VIDEO("H264") },
	{ VIDEO("H264-SVC") },
	{ VIDEO("X-H264UC") },
	{ VIDEO("H265") },
	{ VIDEO("H266") },
	{ VIDEO("VP8") },
	{ VIDEO("VP9") },
	{ VIDEO("AV1") },
	{ VIDEO("AV1X") },
	{ VIDEO("MPV") },
	{ VIDEO("MP1S") },
	{ VIDEO("MP2P") },
	{ VIDEO("MP2T") },
	{ VIDEO("MP4V-ES") },
	{ VIDEO("JPEG") },
	{ VIDEO("jpeg2000") },
	{ VIDEO("CelB") },
	{ VIDEO("nv") },
	{ VIDEO("BT656") },
	{ VIDEO("theora") },
	{ VIDEO("raw") },

	{ OF_ROLE("red", PAYLOAD_ROLE_REDUNDANT, 0) },
	{ OTHER("ulpfec", 0) },
	{ OTHER("parityfec", 0) },
	{ OTHER("flexfec", 0) },
	{ OTHER("flexfec-03", 0) },
	{ OTHER("rtx", 0) },
	{ OTHER("t38", 0) },
	{ OTHER("t140", 1000) },
	{ OTHER("t140c", 8000) },
	{ OTHER("tone", 0) },
	{ OTHER("CLEARMODE", 8000) },
	{ OTHER("X-CCD", 8000) },
	{ OTHER("X-NSE", 8000) },
	{ OTHER("H224", 0) },
};

#define CODEC_COUNT (sizeof codecs / sizeof codecs[0])

/* Names seen in SDP for one of the above. G729 with its annexes is one bit stream. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "G711U", "PCMU" },   { "G711A", "PCMA" },       { "G729A", "G729" },
	{ "G729B", "G729" },   { "G729AB", "G729" },      { "G.729", "G729" },
	{ "G.729A", "G729" },  { "G723.1", "G723" },      { "G7231", "G723" },
	{ "G.723.1", "G723" }, { "G721", "G726-32" },     { "G.726-32", "G726-32" },
	{ "GSM-FR", "GSM" },   { "GSM-HR", "GSM-HR-08" }, { "G722.1", "G7221" },
	{ "G7222", "AMR-WB" }, { "X-AMR-WB", "AMR-WB" },  { "EVRC1", "EVRC" },
	{ "NSE", "X-NSE" },
};

static struct slice canonical_name(struct slice encoding)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (slice_ieq_str(encoding, aliases[i].alias))
			return slice_str(aliases[i].name);
	return encoding;
}

/* Most names differ in their first letter: that test alone makes the walk cheap. */
static const struct codec *first_of_name(struct slice encoding)
{
	uint8_t initial = encoding.n ? ascii_lower(encoding.p[0]) : 0;

	for (const struct codec *c = codecs; c < codecs + CODEC_COUNT; c++)
		if (ascii_lower((uint8_t)c->name[0]) == initial && slice_ieq_str(encoding, c->name))
			return c;
	return NULL;
}

const struct codec *codec_by_name(struct slice encoding, uint32_t clock_hz)
{
	const struct codec *first = first_of_name(encoding);

	if (!first)
		first = first_of_name(canonical_name(encoding));
	if (!first || clock_hz == 0)
		return first;

	/* Entries of one name stand together; that for any clock is the last. */
	for (const struct codec *c = first;
	     c < codecs + CODEC_COUNT && strcmp(c->name, first->name) == 0; c++)
		if (c->clock_hz == clock_hz || c->clock_hz == 0)
			return c;
	return NULL;
}

const struct codec *codec_by_static_type(uint8_t payload_type)
{
	/* 2 was G721 and still carries G726-32; 19 was CN in drafts of RFC 3551 and is sent as such. */
	static const struct {
		const char *name;
		uint32_t clock_hz;
	} types[] = {
		[0] = { "PCMU", 8000 },   [2] = { "G726-32", 8000 }, [3] = { "GSM", 8000 },
		[4] = { "G723", 8000 },   [5] = { "DVI4", 8000 },    [6] = { "DVI4", 16000 },
		[7] = { "LPC", 8000 },    [8] = { "PCMA", 8000 },    [9] = { "G722", 8000 },
		[10] = { "L16", 44100 },  [11] = { "L16", 44100 },   [12] = { "QCELP", 8000 },
		[13] = { "CN", 8000 },    [14] = { "MPA", 90000 },   [15] = { "G728", 8000 },
		[16] = { "DVI4", 11025 }, [17] = { "DVI4", 22050 },  [18] = { "G729", 8000 },
		[19] = { "CN", 8000 },    [25] = { "CelB", 90000 },  [26] = { "JPEG", 90000 },
		[28] = { "nv", 90000 },   [31] = { "H261", 90000 },  [32] = { "MPV", 90000 },
		[33] = { "MP2T", 90000 }, [34] = { "H263", 90000 },
	};

	if (payload_type >= sizeof types / sizeof types[0] || !types[payload_type].name)
		return NULL;
	return codec_by_name(slice_str(types[payload_type].name), types[payload_type].clock_hz);
}

const struct codec *codec_at(size_t i)
{
	return i < CODEC_COUNT ? &codecs[i] : NULL;
}

const char *mos_scale_name(enum mos_scale scale)
{
	switch (scale) {
	case MOS_NB: return "nb";
	case MOS_WB: return "wb";
	case MOS_FB: return "fb";
	}
	return "?";
}
