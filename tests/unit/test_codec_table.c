#include "analyzer/score/codec_table.h"

#include <check.h>

static const struct name_case {
	const char *encoding;
	uint32_t clock;
	const char *name; /* NULL: unknown */
	uint32_t entry_clock;
	enum payload_role role;
	bool scored;
} names[] = {
	{ "PCMU", 8000, "PCMU", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "pcma", 0, "PCMA", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "PCMU", 16000, "PCMU", 0, PAYLOAD_ROLE_AUDIO, false },
	{ "PCMA", 16000, "PCMA", 0, PAYLOAD_ROLE_AUDIO, false },
	{ "G722", 8000, "G722", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G722", 16000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
	{ "G722", 0, "G722", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "opus", 24000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
	{ "speex", 44100, "speex", 0, PAYLOAD_ROLE_AUDIO, false },
	{ "OPUS", 48000, "opus", 48000, PAYLOAD_ROLE_AUDIO, true },
	{ "AMR", 8000, "AMR", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "amr-wb", 16000, "AMR-WB", 16000, PAYLOAD_ROLE_AUDIO, true },
	{ "EVS", 16000, "EVS", 16000, PAYLOAD_ROLE_AUDIO, true },
	{ "speex", 8000, "speex", 8000, PAYLOAD_ROLE_AUDIO, false },
	{ "speex", 16000, "speex", 16000, PAYLOAD_ROLE_AUDIO, false },
	{ "SPEEX", 32000, "speex", 32000, PAYLOAD_ROLE_AUDIO, false },
	{ "L16", 8000, "L16", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "L16", 44100, "L16", 44100, PAYLOAD_ROLE_AUDIO, false },
	{ "L16", 96000, "L16", 0, PAYLOAD_ROLE_AUDIO, false },
	{ "DVI4", 11025, "DVI4", 11025, PAYLOAD_ROLE_AUDIO, false },
	{ "DVI4", 22050, "DVI4", 22050, PAYLOAD_ROLE_AUDIO, false },
	{ "G7221", 16000, "G7221", 16000, PAYLOAD_ROLE_AUDIO, true },
	{ "G7221", 32000, "G7221", 32000, PAYLOAD_ROLE_AUDIO, false },
	{ "G729", 8000, "G729", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G729a", 8000, "G729", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "g729ab", 8000, "G729", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G729D", 8000, "G729D", 8000, PAYLOAD_ROLE_AUDIO, false },
	{ "G723", 8000, "G723", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G7231", 8000, "G723", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G721", 8000, "G726-32", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G726-16", 8000, "G726-16", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "AAL2-G726-24", 8000, "AAL2-G726-24", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "G728", 8000, "G728", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "iLBC", 8000, "iLBC", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "GSM", 8000, "GSM", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "GSM-EFR", 8000, "GSM-EFR", 8000, PAYLOAD_ROLE_AUDIO, true },
	{ "SILK", 24000, "SILK", 24000, PAYLOAD_ROLE_AUDIO, false },
	{ "telephone-event", 8000, "telephone-event", 0, PAYLOAD_ROLE_EVENT, false },
	{ "TELEPHONE-EVENT", 48000, "telephone-event", 0, PAYLOAD_ROLE_EVENT, false },
	{ "cisco-rtp-dtmf", 8000, "cisco-rtp-dtmf", 8000, PAYLOAD_ROLE_EVENT, false },
	{ "CN", 8000, "CN", 8000, PAYLOAD_ROLE_COMFORT_NOISE, false },
	{ "CN", 16000, "CN", 0, PAYLOAD_ROLE_COMFORT_NOISE, false },
	{ "H264", 90000, "H264", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "h263-1998", 90000, "H263-1998", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "H261", 0, "H261", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "H263", 0, "H263", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "H265", 0, "H265", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "VP8", 0, "VP8", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "VP9", 0, "VP9", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "AV1", 0, "AV1", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "MPV", 0, "MPV", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "JPEG", 0, "JPEG", 90000, PAYLOAD_ROLE_VIDEO, false },
	{ "red", 8000, "red", 0, PAYLOAD_ROLE_REDUNDANT, false },
	{ "rtx", 90000, "rtx", 0, PAYLOAD_ROLE_OTHER, false },
	{ "ulpfec", 90000, "ulpfec", 0, PAYLOAD_ROLE_OTHER, false },
	{ "flexfec", 90000, "flexfec", 0, PAYLOAD_ROLE_OTHER, false },
	{ "t38", 8000, "t38", 0, PAYLOAD_ROLE_OTHER, false },
	{ "PCM", 8000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
	{ "PCMUU", 8000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
	{ "", 8000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
	{ "nobody's codec", 8000, NULL, 0, PAYLOAD_ROLE_OTHER, false },
};

START_TEST(by_name)
{
	const struct name_case *k = &names[_i];
	const struct codec *c = codec_by_name(slice_str(k->encoding), k->clock);

	if (!k->name) {
		ck_assert_msg(!c, "%s", k->encoding);
		return;
	}
	ck_assert_msg(c != NULL, "%s", k->encoding);
	ck_assert_str_eq(c->name, k->name);
	ck_assert_msg(c->clock_hz == k->entry_clock, "%s: clock %u", k->encoding, c->clock_hz);
	ck_assert_msg(c->role == k->role, "%s", k->encoding);
	ck_assert_msg(c->scored == k->scored, "%s", k->encoding);
}
END_TEST

static const struct value_case {
	const char *encoding;
	enum mos_scale scale;
	double ie, bpl;
	bool estimated;
} values[] = {
	{ "PCMU", MOS_NB, 0, 25.1, false },    { "PCMA", MOS_NB, 0, 25.1, false },
	{ "G729", MOS_NB, 11, 19, false },     { "G723", MOS_NB, 15, 16.1, false },
	{ "GSM-EFR", MOS_NB, 5, 10, false },   { "G726-40", MOS_NB, 2, 10, true },
	{ "G726-32", MOS_NB, 7, 10, true },    { "G726-24", MOS_NB, 25, 10, true },
	{ "G726-16", MOS_NB, 50, 10, true },   { "AAL2-G726-32", MOS_NB, 7, 10, true },
	{ "G728", MOS_NB, 7, 10, true },       { "GSM", MOS_NB, 20, 10, true },
	{ "GSM-HR-08", MOS_NB, 23, 10, true }, { "iLBC", MOS_NB, 11, 10, true },
	{ "AMR", MOS_NB, 5, 10, true },        { "opus", MOS_NB, 0, 20, true },
	{ "G722", MOS_WB, 13, 7.1, true },     { "G7221", MOS_WB, 13, 10, true },
	{ "AMR-WB", MOS_WB, 13, 4.3, true },   { "EVS", MOS_FB, 7.2, 11.4, true },
};

START_TEST(has_the_values)
{
	const struct value_case *k = &values[_i];
	const struct codec *c = codec_by_name(slice_str(k->encoding), 0);

	ck_assert_msg(c && c->scored, "%s", k->encoding);
	ck_assert_msg(c->scale == k->scale && c->estimated == k->estimated, "%s", k->encoding);
	ck_assert_double_eq(c->ie, k->ie);
	ck_assert_double_eq(c->bpl, k->bpl);
}
END_TEST

/* RFC 3551 tables 4 and 5. */
START_TEST(by_static_type)
{
	static const struct {
		const char *name;
		uint32_t clock;
	} types[128] = {
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

	const struct codec *c = codec_by_static_type((uint8_t)_i);
	ck_assert_msg(!c == (_i >= 128 || !types[_i].name), "type %d", _i);
	if (c) {
		ck_assert_str_eq(c->name, types[_i].name);
		ck_assert_uint_eq(c->clock_hz, types[_i].clock);
	}
}
END_TEST

/* What must hold of every entry. */
START_TEST(is_consistent)
{
	const struct codec *c, *before = NULL;
	size_t i;

	for (i = 0; (c = codec_at(i)); before = c, i++) {
		ck_assert_msg(c->name && c->source && c->source[0], "entry %zu", i);
		ck_assert_msg(!c->scored || c->role == PAYLOAD_ROLE_AUDIO, "%s", c->name);
		ck_assert_msg(!c->scored || (c->bpl >= 4.3 && c->ie >= 0 && c->ie < 95), "%s",
		              c->name);
		ck_assert_msg(!c->scored || strstr(c->source, "G.113") ||
		                      strstr(c->source, "estimate"),
		              "%s", c->name);
		ck_assert_msg(!c->estimated || c->scored, "%s", c->name);
		ck_assert_msg(!strstr(c->source, "estimate") || c->estimated, "%s", c->name);
		/* By its own name and clock each entry is found: names stand together, no entry hides another. */
		ck_assert_msg(c->clock_hz == 0 ||
		                      codec_by_name(slice_str(c->name), c->clock_hz) == c,
		              "%s", c->name);
		const struct codec *first = codec_by_name(slice_str(c->name), 0);
		ck_assert_msg(first == c || (before && strcmp(before->name, c->name) == 0), "%s",
		              c->name);
	}
	ck_assert_uint_gt(i, 60);
	ck_assert_ptr_null(codec_at(i + 1000));
}
END_TEST

START_TEST(scales_have_names)
{
	ck_assert_str_eq(mos_scale_name(MOS_NB), "nb");
	ck_assert_str_eq(mos_scale_name(MOS_WB), "wb");
	ck_assert_str_eq(mos_scale_name(MOS_FB), "fb");
}
END_TEST

Suite *suite_codec_table(void)
{
	Suite *s = suite_create("codec_table");
	TCase *t = tcase_create("codec_table");

	tcase_add_loop_test(t, by_name, 0, sizeof names / sizeof names[0]);
	tcase_add_loop_test(t, has_the_values, 0, sizeof values / sizeof values[0]);
	tcase_add_loop_test(t, by_static_type, 0, 256);
	tcase_add_test(t, is_consistent);
	tcase_add_test(t, scales_have_names);
	suite_add_tcase(s, t);
	return s;
}
