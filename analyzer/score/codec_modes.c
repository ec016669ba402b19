#include "analyzer/score/codec_modes.h"

#include <math.h>
#include <string.h>

/* Not in G.113 (09/2024): Ie as the literature has it, 12.2 and 7.4 as their twins GSM-EFR and IS-641; Bpl is a guess. */
#define AMR_MODE(name, ie)                                                                         \
	{                                                                                          \
		name, ie, 10, true, true                                                           \
	}
static const struct codec_mode amr[CODEC_MODES] = {
	AMR_MODE("4.75", 21), AMR_MODE("5.15", 20), AMR_MODE("5.9", 17), AMR_MODE("6.7", 14),
	AMR_MODE("7.4", 12),  AMR_MODE("7.95", 10), AMR_MODE("10.2", 6), AMR_MODE("12.2", 5),
};

/* G.113 App. IV. Ie of one ear; Bpl of two, given for 12.65, 23.05 and 23.85 and taken from the nearest of these for the others. */
static const struct codec_mode amr_wb[CODEC_MODES] = {
	{ "6.6", 41, 4.3, false, true },    { "8.85", 26, 4.3, false, true },
	{ "12.65", 13, 4.3, false, false }, { "14.25", 10, 4.3, false, true },
	{ "15.85", 7, 4.3, false, true },   { "18.25", 5, 4.6, false, true },
	{ "19.85", 3, 4.6, false, true },   { "23.05", 1, 4.6, false, false },
	{ "23.85", 8, 4.9, false, false },
};

/* G.113 App. I, with VAD, 30 ms. Bpl is of 6.3 kbit/s. */
static const struct codec_mode g723[CODEC_MODES] = {
	{ "6.3", 15, 16.1, false, false },
	{ "5.3", 19, 16.1, false, true },
};

/* G.113 fullband, EVS-SWB heard with two ears; other rates take the values of the nearest. 3GPP TS 26.445 A.2.1 has the order. */
static const struct codec_mode evs[CODEC_MODES] = {
	{ "2.8", 22.7, 13, true, true },      { "7.2", 22.7, 13, true, true },
	{ "8", 22.7, 13, true, true },        { "9.6", 22.7, 13, false, false },
	{ "13.2", 17.1, 11.7, false, false }, { "16.4", 10.8, 10.3, false, false },
	{ "24.4", 7.2, 11.4, false, false },  { "32", 8.7, 9.3, false, false },
	{ "48", 10.2, 9.6, false, false },    { "64", 10.2, 9.6, true, true },
	{ "96", 10.2, 9.6, true, true },      { "128", 10.2, 9.6, true, true },
};

/* Bits of speech by frame type; silence descriptors follow the modes. RFC 4867 section 3.6, 3GPP TS 26.101 and 26.201. */
static const uint16_t amr_bits[] = { 95, 103, 118, 134, 148, 159, 204, 244, 39 };
static const uint16_t amr_wb_bits[] = { 132, 177, 253, 285, 317, 365, 397, 461, 477, 40 };
/* 3GPP TS 26.445 table A.1: the size of a compact payload is its mode. */
static const uint16_t evs_octets[] = { 7, 18, 20, 24, 33, 41, 61, 80, 120, 160, 240, 320 };

#define NO_DATA 15

static const struct codec_mode *modes_of(const struct codec *codec)
{
	static const struct {
		const char *name;
		const struct codec_mode *modes;
	} all[] = { { "AMR", amr }, { "AMR-WB", amr_wb }, { "G723", g723 }, { "EVS", evs } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(codec->name, all[i].name) == 0)
			return all[i].modes;
	return NULL;
}

const struct codec_mode *codec_mode(const struct codec *codec, unsigned i)
{
	const struct codec_mode *modes = modes_of(codec);

	return modes && i < CODEC_MODES && modes[i].name ? &modes[i] : NULL;
}

/* ---- frames ---- */

/* AMR's table of contents, read bit by bit as one octet string: RFC 4867 sections 4.3 and 4.4. */
struct amr_frames {
	const uint16_t *bits;
	unsigned types; /* with bits; the last one is the silence descriptor */
	bool aligned;
};

static unsigned bits_at(struct slice s, size_t bit, unsigned count)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++, bit++)
		value = value << 1 | (bit / 8 < s.n && s.p[bit / 8] >> (7 - bit % 8) & 1);
	return value;
}

/* The types of its frames into *use, if all of the payload is made of them. */
static bool count_amr(const struct amr_frames *f, struct slice payload, struct codec_use *use)
{
	struct codec_use found = { 0 };
	size_t entry_bits = f->aligned ? 8 : 6, at = f->aligned ? 8 : 4, speech = 0;
	bool more = true;

	while (more) {
		if (at + entry_bits > 8 * payload.n)
			return false;
		more = bits_at(payload, at, 1);
		unsigned type = bits_at(payload, at + 1, 4);
		if (type >= f->types && type != NO_DATA)
			return false;
		size_t bits = type == NO_DATA ? 0 : f->bits[type];
		speech += f->aligned ? (bits + 7) / 8 * 8 : bits;
		if (type + 1 < f->types)
			found.frames[type]++;
		else
			found.silence++;
		at += entry_bits;
	}
	if ((at + speech + 7) / 8 != payload.n)
		return false;
	for (unsigned i = 0; i < CODEC_MODES; i++)
		use->frames[i] += found.frames[i];
	use->silence += found.silence;
	return true;
}

static bool count_either_amr(const uint16_t *bits, unsigned types, bool aligned,
                             struct slice payload, struct codec_use *use)
{
	struct amr_frames f = { bits, types, aligned };

	if (count_amr(&f, payload, use))
		return true;
	f.aligned = !aligned;
	return count_amr(&f, payload, use);
}

/* RFC 3551 section 4.5.3: the low two bits of a frame's first octet are its size. */
static bool count_g723(struct slice payload, struct codec_use *use)
{
	static const uint8_t sizes[] = { 24, 20, 4 };

	if (!payload.n)
		return false;
	while (payload.n) {
		unsigned kind = payload.p[0] & 3;
		if (kind == 3 || payload.n < sizes[kind])
			return false;
		if (kind < 2)
			use->frames[kind]++;
		else
			use->silence++;
		payload = slice_from(payload, sizes[kind]);
	}
	return true;
}

/* Header-full: one ToC octet of an EVS primary frame, and the frame it names (3GPP TS 26.445 A.2.2.1.2). */
static bool count_evs(struct slice payload, struct codec_use *use)
{
	const unsigned modes = sizeof evs_octets / sizeof *evs_octets;

	for (unsigned i = 0; i < modes; i++) {
		if (payload.n == evs_octets[i] ||
		    (payload.n == evs_octets[i] + 1u && payload.p[0] == i)) {
			use->frames[i]++;
			return true;
		}
	}
	if (payload.n != 6 && !(payload.n == 7 && payload.p[0] == 12))
		return false;
	use->silence++;
	return true;
}

void codec_use_count(struct codec_use *use, const struct codec *codec, bool octet_aligned,
                     struct slice payload)
{
	const struct codec_mode *modes = modes_of(codec);
	bool known = false;

	if (modes == amr)
		known = count_either_amr(amr_bits, sizeof amr_bits / sizeof *amr_bits,
		                         octet_aligned, payload, use);
	else if (modes == amr_wb)
		known = count_either_amr(amr_wb_bits, sizeof amr_wb_bits / sizeof *amr_wb_bits,
		                         octet_aligned, payload, use);
	else if (modes == g723)
		known = count_g723(payload, use);
	else if (modes == evs)
		known = count_evs(payload, use);
	use->unknown += !known;
}

/* ---- what they make of a codec ---- */

static void take_modes(struct codec *c, const struct codec_mode *modes, const struct codec_use *use,
                       bool lossy)
{
	double frames = 0, ie = 0, bpl = 0;
	bool estimated = false;

	for (unsigned i = 0; i < CODEC_MODES; i++) {
		double n = (double)use->frames[i];
		if (!use->frames[i] || !modes[i].name)
			continue;
		frames += n;
		ie += n * modes[i].ie;
		bpl += n * modes[i].bpl;
		estimated |= modes[i].estimated || (lossy && modes[i].bpl_estimated);
	}
	if (frames <= 0)
		return;
	c->ie = ie / frames;
	c->bpl = bpl / frames;
	c->estimated = estimated;
}

struct rate_point {
	double kbps, ie;
};

/* Between two points on a straight line, beyond them as the nearest. */
static double ie_at(const struct rate_point *points, unsigned count, double kbps)
{
	if (kbps <= points[0].kbps)
		return points[0].ie;
	for (unsigned i = 1; i < count; i++) {
		const struct rate_point *a = &points[i - 1], *b = &points[i];
		if (kbps <= b->kbps)
			return a->ie + (b->ie - a->ie) * (kbps - a->kbps) / (b->kbps - a->kbps);
	}
	return points[count - 1].ie;
}

static void take_rate(struct codec *c, double kbps)
{
	static const struct rate_point opus[] = { { 12, 11 }, { 16, 6 }, { 24, 2 }, { 32, 0 } };

	if (strcmp(c->name, "opus") == 0)
		c->ie = ie_at(opus, sizeof opus / sizeof *opus, kbps);
	else if (strcmp(c->name, "G722") == 0)
		c->ie = kbps < 52 ? 31 : kbps < 60 ? 20 : 13;
	else if (strcmp(c->name, "G7221") == 0)
		c->ie = kbps < 28 ? 19 : 13;
}

struct codec codec_as_sent(const struct codec *codec, const struct codec_use *use, double kbps,
                           bool lossy)
{
	struct codec c = *codec;
	const struct codec_mode *modes = modes_of(codec);

	if (!c.scored)
		return c;
	if (modes && use)
		take_modes(&c, modes, use, lossy);
	if (!isnan(kbps))
		take_rate(&c, kbps);
	return c;
}

double codec_kbps(int64_t octets, int64_t packets, double ptime_ms)
{
	if (packets <= 0 || octets <= 0 || !(ptime_ms > 0))
		return NAN;
	return (double)octets * 8 / ((double)packets * ptime_ms);
}
