/* Bit rates that frames show, and what they make of a codec's Ie. Payloads typed from RFC 4867, RFC 3551 and 3GPP TS 26.445. */
#include "analyzer/score/codec_modes.h"
#include "tests/helpers/stream_case.h"

#include <check.h>

struct payload_case {
	const char *codec;
	bool aligned;
	uint8_t head[4]; /* the rest is 0 */
	size_t octets;
	const char *mode; /* "silence", "unknown" */
	uint64_t frames;
};

static const struct payload_case payloads[] = {
	/* CMR 15, F 0, FT 7, Q 1, 244 bits: 254. */
	{ "AMR", false, { 0xf3, 0xc0 }, 32, "12.2", 1 },
	{ "AMR", true, { 0xf0, 0x3c }, 33, "12.2", 1 },
	/* FT 0, 95 bits: 105. */
	{ "AMR", false, { 0xf0, 0x40 }, 14, "4.75", 1 },
	{ "AMR", true, { 0xf0, 0x04 }, 14, "4.75", 1 },
	/* What only fits the other way. */
	{ "AMR", true, { 0xf3, 0xc0 }, 32, "12.2", 1 },
	{ "AMR", false, { 0xf0, 0x3c }, 33, "12.2", 1 },
	/* Two frames: F 1, FT 7; F 0, FT 7. 4 + 12 + 488 bits; aligned 3 + 62 octets. */
	{ "AMR", true, { 0xf0, 0xbc, 0x3c }, 65, "12.2", 2 },
	{ "AMR", false, { 0xfb, 0xcf }, 63, "12.2", 2 },
	/* FT 8, 39 bits: 49. FT 15 has none. */
	{ "AMR", false, { 0xf4, 0x40 }, 7, "silence", 1 },
	{ "AMR", true, { 0xf0, 0x44 }, 7, "silence", 1 },
	{ "AMR", false, { 0xf7, 0xc0 }, 2, "silence", 1 },
	{ "AMR", false, { 0xf3, 0xc0 }, 40, "unknown", 1 },
	{ "AMR", true, { 0xf0, 0x6c }, 33, "unknown", 1 },
	{ "AMR", true, { 0 }, 0, "unknown", 1 },
	/* FT 2, 253 bits: 263. */
	{ "AMR-WB", false, { 0xf1, 0x40 }, 33, "12.65", 1 },
	{ "AMR-WB", true, { 0xf0, 0x14 }, 34, "12.65", 1 },
	/* FT 8, 477 bits; FT 9 is the silence descriptor, 40 bits. */
	{ "AMR-WB", false, { 0xf4, 0x40 }, 61, "23.85", 1 },
	{ "AMR-WB", true, { 0xf0, 0x4c }, 7, "silence", 1 },
	{ "G723", false, { 0x04 }, 24, "6.3", 1 },
	{ "G723", false, { 0x05 }, 20, "5.3", 1 },
	{ "G723", false, { 0x08 }, 48, "6.3", 2 },
	{ "G723", false, { 0x02 }, 4, "silence", 1 },
	{ "G723", false, { 0x03 }, 1, "unknown", 1 },
	{ "G723", false, { 0x04 }, 20, "unknown", 1 },
	{ "EVS", false, { 0x55 }, 61, "24.4", 1 },
	{ "EVS", false, { 0x06 }, 62, "24.4", 1 },
	{ "EVS", false, { 0x55 }, 33, "13.2", 1 },
	{ "EVS", false, { 0x55 }, 6, "silence", 1 },
	{ "EVS", false, { 0x55 }, 59, "unknown", 1 },
};

static uint64_t frames_of(const struct codec *codec, const struct codec_use *use, const char *mode)
{
	for (unsigned i = 0; codec_mode(codec, i); i++)
		if (strcmp(codec_mode(codec, i)->name, mode) == 0)
			return use->frames[i];
	return strcmp(mode, "silence") == 0 ? use->silence : use->unknown;
}

START_TEST(frames_are_counted_by_mode)
{
	const struct payload_case *c = &payloads[_i];
	const struct codec *codec = codec_by_name(slice_str(c->codec), 0);
	struct codec_use use = { 0 };
	uint8_t octets[128] = { 0 };
	uint64_t all = 0;

	memcpy(octets, c->head, sizeof c->head);
	codec_use_count(&use, codec, c->aligned, slice_of(octets, c->octets));
	ck_assert_msg(frames_of(codec, &use, c->mode) == c->frames, "%s, %zu octets: not %s",
	              c->codec, c->octets, c->mode);
	for (unsigned i = 0; i < CODEC_MODES; i++)
		all += use.frames[i];
	ck_assert_uint_eq(all + use.silence + use.unknown, c->frames);
}
END_TEST

/* Any octets of any length. */
START_TEST(hostile_payloads_are_counted_once)
{
	static const char *const names[] = { "AMR", "AMR-WB", "G723", "EVS" };
	uint32_t seed = 5;
	uint8_t octets[80];

	for (int i = 0; i < 20000; i++) {
		struct codec_use use = { 0 };
		for (size_t k = 0; k < sizeof octets; k++)
			octets[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		codec_use_count(&use, codec_by_name(slice_str(names[i % 4]), 0), i & 4,
		                slice_of(octets, (size_t)i % (sizeof octets + 1)));
		ck_assert_uint_le(use.unknown, 1);
	}
}
END_TEST

START_TEST(ie_is_the_mean_over_speech_frames)
{
	const struct codec *amr_wb = codec_by_name(SLICE_LIT("AMR-WB"), 0);
	struct codec_use use = { .frames = { [2] = 300, [8] = 100 }, .silence = 1000 };
	struct codec c = codec_as_sent(amr_wb, &use, NAN, false);

	ck_assert_double_eq_tol(c.ie, (300 * 13 + 100 * 8) / 400.0, 1e-12);
	ck_assert_double_eq_tol(c.bpl, (300 * 4.3 + 100 * 4.9) / 400, 1e-12);
	ck_assert(!c.estimated);
	use.frames[0] = 1; /* ITU has an Ie for 6.6 kbit/s, and no Bpl */
	ck_assert(!codec_as_sent(amr_wb, &use, NAN, false).estimated);
	ck_assert(codec_as_sent(amr_wb, &use, NAN, true).estimated);
	/* Of nothing but silence nobody can tell. */
	ck_assert_double_eq(
	        codec_as_sent(amr_wb, &(struct codec_use){ .silence = 9 }, NAN, false).ie, 13);
}
END_TEST

static const struct {
	const char *codec;
	double kbps, ie;
} rates[] = {
	{ "opus", 6, 11 },   { "opus", 12, 11 },  { "opus", 14, 8.5 }, { "opus", 16, 6 },
	{ "opus", 20, 4 },   { "opus", 28, 1 },   { "opus", 32, 0 },   { "opus", 64, 0 },
	{ "G722", 64, 13 },  { "G722", 56, 20 },  { "G722", 48, 31 },  { "G722", 63.2, 13 },
	{ "G7221", 24, 19 }, { "G7221", 32, 13 }, { "PCMU", 64, 0 },
};

START_TEST(ie_by_octets)
{
	const struct codec *codec = codec_by_name(slice_str(rates[_i].codec), 0);

	ck_assert_double_eq_tol(codec_as_sent(codec, NULL, rates[_i].kbps, false).ie, rates[_i].ie,
	                        1e-9);
	ck_assert_double_eq_tol(codec_kbps(16000, 100, 20), 64, 1e-9);
	ck_assert(isnan(codec_kbps(16000, 100, NAN)));
}
END_TEST

/* A hundred frames each of 12.2 and 4.75 kbit/s: Ie (5 + 21) / 2. */
START_TEST(amr_stream_is_scored_by_its_frames)
{
	struct lab_flow f = lab_flow(A, B, 1);
	uint8_t best[33] = { 0xf0, 0x3c }, least[14] = { 0xf0, 0x04 }, silence[7] = { 0xf0, 0x44 };

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                  SDP_TO("198.51.100.2", "6000", "97",
	                         "a=rtpmap:97 AMR/8000\r\na=fmtp:97 octet-align=1; "
	                         "mode-set=0,7\r\n")));
	f.payload_type = 97;
	for (int i = 0; i < 230; i++) {
		struct slice payload = i < 100   ? slice_of(best, sizeof best)
		                       : i < 200 ? slice_of(least, sizeof least)
		                                 : slice_of(silence, sizeof silence);
		ck_assert(lab_send_payload(&lab, &f, payload));
		lab_skip(&f);
	}
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT frames FROM stream_modes WHERE mode = '12.2'"), 100);
	ck_assert_int_eq(lab_int(&lab, "SELECT frames FROM stream_modes WHERE mode = '4.75'"), 100);
	ck_assert_int_eq(lab_int(&lab, "SELECT frames FROM stream_modes WHERE mode = 'silence'"),
	                 30);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM stream_modes"), 3);
	ck_assert_double_eq_tol(one_real("r_factor"), 93.2062077 - 13, 1e-6);
	ck_assert_int_eq(one("mos_estimated"), 1);
	close_lab();
}
END_TEST

Suite *suite_codec_modes(void);
Suite *suite_codec_modes(void)
{
	Suite *s = suite_create("codec_modes");
	TCase *t = tcase_create("modes");

	tcase_add_loop_test(t, frames_are_counted_by_mode, 0,
	                    (int)(sizeof payloads / sizeof *payloads));
	tcase_add_test(t, hostile_payloads_are_counted_once);
	tcase_add_test(t, ie_is_the_mean_over_speech_frames);
	tcase_add_loop_test(t, ie_by_octets, 0, (int)(sizeof rates / sizeof *rates));
	tcase_add_test(t, amr_stream_is_scored_by_its_frames);
	suite_add_tcase(s, t);
	return s;
}
