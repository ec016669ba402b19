#include "analyzer/audio/decoder.h"
#include "base/mem.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	struct decoder_format format;
	unsigned rate;
	size_t octets; /* of the payload, all zero */
	size_t samples;
} sizes[] = {
	{ { "PCMU", 8000, 1 }, 8000, 160, 160 },
	{ { "PCMA", 8000, 0 }, 8000, 160, 160 },
	{ { "PCMU", 16000, 1 }, 16000, 160, 160 },
	{ { "PCMA", 8000, 2 }, 8000, 161, 80 },
	{ { "G722", 8000, 1 }, 16000, 160, 320 },
	{ { "G726-40", 8000, 1 }, 8000, 100, 160 },
	{ { "G726-32", 8000, 1 }, 8000, 80, 160 },
	{ { "G726-24", 8000, 1 }, 8000, 60, 160 },
	{ { "G726-16", 8000, 1 }, 8000, 40, 160 },
	{ { "AAL2-G726-40", 8000, 1 }, 8000, 100, 160 },
	{ { "AAL2-G726-32", 8000, 1 }, 8000, 80, 160 },
	{ { "AAL2-G726-24", 8000, 1 }, 8000, 60, 160 },
	{ { "AAL2-G726-16", 8000, 1 }, 8000, 40, 160 },
	/* Octets that hold no whole samples are left out. */
	{ { "G726-40", 8000, 1 }, 8000, 104, 160 },
	{ { "G726-24", 8000, 1 }, 8000, 2, 0 },
	{ { "GSM", 8000, 1 }, 8000, 33, 160 },
	{ { "GSM", 8000, 1 }, 8000, 98, 320 },
	{ { "GSM", 8000, 1 }, 8000, 32, 0 },
	{ { "L16", 44100, 2 }, 44100, 1764, 441 },
	{ { "L16", 8000, 1 }, 8000, 3, 1 },
	{ { "L16", 8000, 1 }, 8000, 1, 0 },
	{ { "PCMU", 8000, 1 }, 8000, 0, 0 },
	/* More than one call gives. */
	{ { "PCMU", 8000, 1 }, 8000, 60000, 60000 },
	{ { "G722", 8000, 1 }, 16000, 60000, 120000 },
	{ { "G726-40", 8000, 1 }, 8000, 60000, 96000 },
	{ { "G726-16", 8000, 1 }, 8000, 60000, 240000 },
	{ { "GSM", 8000, 1 }, 8000, 60000, 290880 },
	{ { "L16", 48000, 2 }, 48000, 60000, 15000 },
	/* One octet of zero: CELT, no frame to speak of, 2.5 ms up to 20 ms; here SILK, 10 ms, nothing sent. */
	{ { "opus", 48000, 2 }, 48000, 1, 480 },
};

START_TEST(sample_counts)
{
	const char *why;
	uint8_t *octets = calloc(1, 60000);
	int16_t out[DECODER_MAX_SAMPLES];
	struct slice payload = slice_of(octets, sizes[_i].octets);
	struct decoder *d = decoder_new(&sizes[_i].format, &why);
	size_t samples = 0, n;

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(decoder_rate(d), sizes[_i].rate);
	while ((n = decoder_decode(d, &payload, out)) > 0)
		samples += n;
	ck_assert_uint_eq(samples, sizes[_i].samples);
	decoder_conceal(d, out, 1);
	decoder_conceal(d, out, DECODER_MAX_SAMPLES);
	decoder_free(d);
	free(octets);
}
END_TEST

/* G.711 tables 1a and 2a: silence, full scale, the first steps. */
static const struct {
	const char *name;
	uint8_t octet;
	int sample;
} values[] = {
	{ "PCMU", 0xff, 0 },      { "PCMU", 0x7f, 0 },     { "PCMU", 0x80, 32124 },
	{ "PCMU", 0x00, -32124 }, { "PCMU", 0xfe, 8 },     { "PCMA", 0xd5, 8 },
	{ "PCMA", 0x55, -8 },     { "PCMA", 0xaa, 32256 }, { "PCMA", 0x2a, -32256 },
};

START_TEST(g711_values)
{
	const struct decoder_format format = { values[_i].name, 8000, 1 };
	struct slice payload = slice_of(&values[_i].octet, 1);
	int16_t out[DECODER_MAX_SAMPLES];
	const char *why;
	struct decoder *d = decoder_new(&format, &why);

	ck_assert_uint_eq(decoder_decode(d, &payload, out), 1);
	ck_assert_int_eq(out[0], values[_i].sample);
	decoder_free(d);
}
END_TEST

START_TEST(channels_become_one)
{
	static const uint8_t octets[] = { 0x00, 0x64, 0x00, 0xc8, 0xff, 0x9c, 0xff, 0x38 };
	const struct decoder_format format = { "L16", 44100, 2 };
	struct slice payload = slice_of(octets, sizeof octets);
	int16_t out[DECODER_MAX_SAMPLES];
	const char *why;
	struct decoder *d = decoder_new(&format, &why);

	ck_assert_uint_eq(decoder_decode(d, &payload, out), 2);
	ck_assert_int_eq(out[0], 150);
	ck_assert_int_eq(out[1], -150);
	decoder_free(d);
}
END_TEST

static const struct {
	struct decoder_format format;
	const char *why;
} refused[] = {
	{ { NULL, 0, 0 }, "payload type" },   { { "iLBC", 8000, 1 }, "spandsp 0.0.6 has none" },
	{ { "AMR", 8000, 1 }, "no decoder" }, { { "AMR-WB", 16000, 1 }, "no decoder" },
	{ { "PCMU", 8000, 9 }, "channels" },  { { "L16", 0, 1 }, "clock" },
	{ { "L16", 4000000, 1 }, "clock" },
};

START_TEST(refusals_say_why)
{
	const char *why;

	ck_assert_ptr_null(decoder_new(&refused[_i].format, &why));
	ck_assert_ptr_nonnull(strstr(why, refused[_i].why));
}
END_TEST

/* G.729 is there or it says what is missing; nothing between. */
START_TEST(g729_is_loaded_or_refused)
{
	static const uint8_t frames[22] = { 0 };
	const struct decoder_format format = { "G729", 8000, 1 };
	struct slice payload = slice_of(frames, sizeof frames);
	int16_t out[DECODER_MAX_SAMPLES];
	const char *why;
	struct decoder *d = decoder_new(&format, &why);

	if (!d) {
		ck_assert_ptr_nonnull(strstr(why, "libbcg729"));
		return;
	}
	/* Two frames and a silence descriptor. */
	ck_assert_uint_eq(decoder_decode(d, &payload, out), 240);
	decoder_conceal(d, out, 100);
	decoder_free(d);
}
END_TEST

/* A tone goes on where a packet is missing, and is gone after 60 ms of nothing. */
START_TEST(concealment)
{
	static const struct decoder_format formats[] = { { "L16", 8000, 1 },
		                                         { "L16", 16000, 1 },
		                                         { "L16", 44100, 1 } };
	unsigned rate = formats[_i].clock_hz;
	uint8_t octets[2 * 882];
	int16_t out[DECODER_MAX_SAMPLES];
	const char *why;
	struct decoder *d = decoder_new(&formats[_i], &why);
	unsigned step = rate / 50, period = rate / 200;
	int loudest = 0;

	for (unsigned i = 0; i < step; i++) {
		int v = i % period < period / 2 ? 8000 : -8000;
		octets[2 * i] = (uint8_t)((unsigned)v >> 8);
		octets[2 * i + 1] = (uint8_t)v;
	}
	for (int i = 0; i < 5; i++) {
		struct slice payload = slice_of(octets, 2 * (size_t)step);
		decoder_decode(d, &payload, out);
	}
	decoder_conceal(d, out, step);
	for (unsigned i = 0; i < step; i++)
		loudest = abs(out[i]) > loudest ? abs(out[i]) : loudest;
	ck_assert_int_gt(loudest, 4000);
	ck_assert_int_lt(loudest, 12000);
	for (int i = 0; i < 4; i++)
		decoder_conceal(d, out, step);
	for (unsigned i = 0; i < step; i++)
		ck_assert_int_eq(out[i], 0);
	decoder_free(d);
}
END_TEST

START_TEST(allocation_fails)
{
	static const char *const names[] = { "PCMU", "G726-24", "G729", "G722" };
	const struct decoder_format format = { names[_i], 8000, 1 };
	const char *why;

	for (uint64_t n = 0; n < 4; n++) {
		mem_fail_after(n);
		struct decoder *d = decoder_new(&format, &why);
		mem_fail_after(UINT64_MAX);
		ck_assert(d || !why || strstr(why, "libbcg729"));
		decoder_free(d);
	}
}
END_TEST

Suite *suite_decoder(void);
Suite *suite_decoder(void)
{
	Suite *s = suite_create("decoder");
	TCase *tc = tcase_create("decoder");

	tcase_add_loop_test(tc, sample_counts, 0, sizeof sizes / sizeof *sizes);
	tcase_add_loop_test(tc, g711_values, 0, sizeof values / sizeof *values);
	tcase_add_test(tc, channels_become_one);
	tcase_add_loop_test(tc, refusals_say_why, 0, sizeof refused / sizeof *refused);
	tcase_add_test(tc, g729_is_loaded_or_refused);
	tcase_add_loop_test(tc, concealment, 0, 3);
	tcase_add_loop_test(tc, allocation_fails, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}
