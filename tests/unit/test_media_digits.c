/* Digits leave as RFC 4733 asks, as tones that the analyzer hears, or by way of the station. */
#include "analyzer/audio/decoder.h"
#include "analyzer/audio/dtmf.h"
#include "analyzer/audio/inband.h"
#include "sim/media/digits.h"
#include "tests/helpers/media_lab.h"

#include <check.h>

Suite *suite_media_digits(void);

static struct media_lab lab;
static struct media *media;
static struct media_call *call;

static void set_up(const char *formats)
{
	media_lab_init(&lab);
	call = media_lab_call(&lab, &media);
	media_lab_sdp(call, "127.0.0.1", media_call_port(call, MEDIA_AUDIO), formats, "", true);
	media_lab_sdp(call, "127.0.0.2", 7000, formats, "", false);
}

static void tear_down(struct media_truth *truth)
{
	media_call_free(call, truth);
	media_free(media);
	media_lab_release(&lab);
}

static const struct {
	const char *argument;
	unsigned ms, gap_ms, packets; /* of a digit */
} presses[] = {
	{ "1234567890*#ABCD", 100, 100, 7 }, { "0,method=rfc4733,ms=70,gap=50", 70, 50, 6 },
	{ "12,ms=100,gap=20", 100, 20, 7 },  { "99,ms=20,gap=200", 20, 200, 4 },
	{ "#,ms=9000", 9000, 100, 452 + 1 },
};

/* What the analyzer's own decoder makes of it, over silence and over nothing. */
START_TEST(events_are_read_as_sent)
{
	struct dtmf_press out[DTMF_MAX_OUT];
	struct dtmf_decoder decoder;
	struct media_truth truth;
	char read[64] = "";
	size_t n = 0, packets = 0;
	unsigned i = (unsigned)_i / 2;

	set_up("0 101");
	dtmf_init(&decoder);
	if (_i % 2)
		media_lab_act(call, MEDIA_PLAY, "silence");
	media_lab_run(&lab, 100 * NS_PER_MS);
	media_lab_act(call, MEDIA_DIGITS, presses[i].argument);
	ck_assert_int_gt(media_call_remaining_ns(call), presses[i].ms * NS_PER_MS);
	media_lab_run(&lab, 15 * NS_PER_S);
	ck_assert_int_eq(media_call_remaining_ns(call), 0);
	for (size_t k = 0; k < lab.count; k++) {
		struct rtp_packet p = media_lab_rtp(&lab, k);
		ck_assert_uint_eq(p.ssrc, media_lab_rtp(&lab, 0).ssrc);
		ck_assert_uint_eq(p.seq, (uint16_t)(media_lab_rtp(&lab, 0).seq + k));
		if (p.payload_type != 101)
			continue;
		packets++;
		unsigned given = dtmf_push(&decoder, lab.packets[k]->time_ns, p.timestamp, p.marker,
		                           p.payload, out);
		for (unsigned j = 0; j < given; j++) {
			ck_assert_uint_eq(out[j].duration, presses[i].ms * 8);
			ck_assert_uint_eq(out[j].end_packets, 3);
			ck_assert_uint_eq(out[j].markers, 1);
			ck_assert(!out[j].start_lost && !out[j].end_lost && !out[j].missing_marker);
			read[n++] = rtp_event_digit(out[j].event);
		}
	}
	if (dtmf_finish(&decoder, &out[0])) {
		ck_assert_uint_eq(out[0].duration, presses[i].ms * 8);
		ck_assert_uint_eq(out[0].end_packets, 3);
		read[n++] = rtp_event_digit(out[0].event);
	}
	ck_assert_uint_eq(decoder.late_or_repeated + decoder.malformed, 0);
	ck_assert_uint_eq(packets, n * presses[i].packets);
	tear_down(&truth);
	ck_assert_str_eq(truth.digits, read);
	ck_assert_int_eq(strncmp(presses[i].argument, read, n), 0);
}
END_TEST

/* The stream's clock is one: audio goes on where the digit ended. */
START_TEST(audio_stands_still_while_a_digit_sounds)
{
	uint32_t event = 0, after = 0, before = 0;

	set_up("0 101");
	media_lab_act(call, MEDIA_PLAY, "tone:440");
	media_lab_run(&lab, 200 * NS_PER_MS);
	media_lab_act(call, MEDIA_DIGITS, "5");
	media_lab_run(&lab, 400 * NS_PER_MS);
	for (size_t k = 0; k < lab.count; k++) {
		struct rtp_packet p = media_lab_rtp(&lab, k);
		if (p.payload_type == 101)
			event = p.timestamp;
		else if (!event)
			before = p.timestamp;
		else if (!after)
			after = p.timestamp;
	}
	ck_assert_uint_eq(event, before + 160);
	ck_assert_uint_eq(after, event + 800);
	tear_down(NULL);
}
END_TEST

/* No telephone-event in SDP: the analyzer hears the tones. */
START_TEST(tones_are_heard)
{
	static const char *const formats[] = { "0", "8", "9", "3" };
	static const struct decoder_format decoders[] = {
		{ "PCMU", 8000, 1 }, { "PCMA", 8000, 1 }, { "G722", 8000, 1 }, { "GSM", 8000, 1 }
	};
	struct decoder *decoder;
	struct inband *inband = inband_new();
	struct inband_digit digit;
	struct media_truth truth;
	const char *why = NULL;
	char read[64] = "";
	size_t n = 0;

	set_up(formats[_i]);
	decoder = decoder_new(&decoders[_i], &why);
	ck_assert_ptr_nonnull(decoder);
	media_lab_act(call, MEDIA_PLAY, "silence");
	media_lab_act(call, MEDIA_DIGITS, "19*#0ABD");
	media_lab_run(&lab, 3 * NS_PER_S);
	for (size_t k = 0; k < lab.count; k++) {
		struct slice payload = media_lab_rtp(&lab, k).payload;
		int16_t samples[DECODER_MAX_SAMPLES];
		size_t count;
		while ((count = decoder_decode(decoder, &payload, samples)) > 0) {
			for (size_t j = 0; decoder_rate(decoder) == 16000 && j < count / 2; j++)
				samples[j] = samples[2 * j];
			inband_push(inband, lab.packets[k]->time_ns, samples,
			            count * 8000 / decoder_rate(decoder));
			while (inband_take(inband, &digit))
				read[n++] = digit.digit;
		}
	}
	inband_finish(inband);
	while (inband_take(inband, &digit))
		read[n++] = digit.digit;
	inband_free(inband);
	decoder_free(decoder);
	tear_down(&truth);
	ck_assert_str_eq(read, "19*#0ABD");
	ck_assert_str_eq(truth.digits, "19*#0ABD");
}
END_TEST

static char informed[32];

static bool inform(void *context, char digit, unsigned ms)
{
	char *at = context;

	ck_assert_uint_eq(ms, 160);
	at[strlen(at)] = digit;
	return digit != '3'; /* that one could not be sent */
}

START_TEST(info_goes_by_the_station)
{
	struct media_truth truth;
	struct err err = ERR_INIT;

	set_up("0");
	ck_assert(!media_call_act(call, MEDIA_DIGITS, SLICE_LIT("1,method=info"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, "INFO"));
	media_call_info(call, inform, informed);
	media_lab_act(call, MEDIA_DIGITS, "123#,method=info,ms=160");
	media_lab_run(&lab, 2 * NS_PER_S);
	ck_assert_str_eq(informed, "123#");
	ck_assert_uint_eq(lab.count, 0);
	tear_down(&truth);
	ck_assert_str_eq(truth.digits, "12#");
}
END_TEST

START_TEST(sipp_digits)
{
	struct digits_order o;
	struct err err = ERR_INIT;

	ck_assert(digits_parse_sipp(SLICE_LIT(" 12#,300 "), &o, &err));
	ck_assert_str_eq(o.text, "12#");
	ck_assert_uint_eq(o.ms, 300);
	ck_assert_uint_eq(o.event_type, 96);
	ck_assert(digits_parse_sipp(SLICE_LIT("7"), &o, &err));
	ck_assert_uint_eq(o.ms, 200);
	ck_assert(!digits_parse_sipp(SLICE_LIT("7,10"), &o, &err));
	/* 96 where SDP says nothing of events */
	set_up("0");
	media_lab_act(call, MEDIA_PLAY_DTMF, "7,100");
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 7);
	ck_assert_uint_eq(media_lab_rtp(&lab, 0).payload_type, 96);
	tear_down(NULL);
}
END_TEST

static const char *const wrong[] = {
	"",
	"E",
	"1,ms=5",
	"1,method=morse",
	"1,gap",
	"1,rate=3",
	"12345678901234567890123456789012345678901234567890123456789012345"
};

START_TEST(what_is_no_digit_is_said)
{
	struct digits_order o;
	struct err err = ERR_INIT;

	ck_assert(!digits_parse(slice_str(wrong[_i]), &o, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_uint_gt(strlen(err.text), 10);
}
END_TEST

Suite *suite_media_digits(void)
{
	Suite *s = suite_create("media_digits");
	TCase *t = tcase_create("media_digits");

	tcase_add_loop_test(t, events_are_read_as_sent, 0, 2 * sizeof presses / sizeof *presses);
	tcase_add_test(t, audio_stands_still_while_a_digit_sounds);
	tcase_add_loop_test(t, tones_are_heard, 0, 4);
	tcase_add_test(t, info_goes_by_the_station);
	tcase_add_test(t, sipp_digits);
	tcase_add_loop_test(t, what_is_no_digit_is_said, 0, sizeof wrong / sizeof *wrong);
	suite_add_tcase(s, t);
	return s;
}
