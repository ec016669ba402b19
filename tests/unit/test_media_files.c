/* Files to be sent: WAV through every codec and back by the analyzer's decoders, captures, raw octets, speech; and what is wrong with them. */
#include "analyzer/audio/decoder.h"
#include "analyzer/audio/speech_level.h"
#include "base/mem.h"
#include "sim/media/capture_file.h"
#include "sim/media/rate.h"
#include "sim/media/wav.h"
#include "tests/helpers/media_lab.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_media_files(void);

static struct temp_dir dir;
static struct media_lab lab;
static struct media *media;
static struct media_call *call;

static void set_up(const char *formats, const char *more)
{
	media_lab_init(&lab);
	call = media_lab_call(&lab, &media);
	media_lab_sdp(call, "127.0.0.1", media_call_port(call, MEDIA_AUDIO), formats, more, true);
	media_lab_sdp(call, "127.0.0.2", 7000, formats, more, false);
}

static void tear_down(void)
{
	media_call_free(call, NULL);
	media_free(media);
	media_lab_release(&lab);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

/* `count` frames of 1 kHz at half of full scale, 16 bits; all channels alike. */
static size_t make_wav(uint8_t *out, unsigned rate, unsigned channels, size_t count)
{
	size_t octets = count * channels * 2;

	memcpy(out, "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0", 22);
	put32(out + 4, (uint32_t)(36 + octets));
	put16(out + 22, channels);
	put32(out + 24, rate);
	put32(out + 28, rate * channels * 2);
	put16(out + 32, channels * 2);
	put16(out + 34, 16);
	memcpy(out + 36, "data", 4);
	put32(out + 40, (uint32_t)octets);
	for (size_t i = 0; i < count * channels; i++) {
		double s = 16384 * sin(2 * M_PI * 1000 * (double)(i / channels) / rate);
		put16(out + 44 + 2 * i, (unsigned)(int)lrint(s));
	}
	return 44 + octets;
}

static const struct {
	const char *name, *formats, *rtpmap;
	uint32_t clock_hz;
	double least_db; /* signal to noise of a sine */
} codecs[] = {
	{ "PCMU", "0", "", 8000, 33 },
	{ "PCMA", "8", "", 8000, 33 },
	{ "G722", "9", "", 8000, 30 },
	{ "GSM", "3", "", 8000, 8 },
	{ "G726-40", "97", "a=rtpmap:97 G726-40/8000\r\n", 8000, 30 },
	{ "G726-32", "97", "a=rtpmap:97 G726-32/8000\r\n", 8000, 22 },
	{ "G726-24", "97", "a=rtpmap:97 G726-24/8000\r\n", 8000, 15 },
	{ "G726-16", "97", "a=rtpmap:97 G726-16/8000\r\n", 8000, 7 },
	{ "L16", "97", "a=rtpmap:97 L16/16000\r\n", 16000, 60 },
};

/* How much of it is the sine it should be, whatever its phase. */
static double sine_to_rest(const int16_t *samples, size_t n, unsigned rate)
{
	double all = 0, re = 0, im = 0, sine;

	for (size_t i = 0; i < n; i++) {
		double t = 2 * M_PI * 1000 * (double)i / rate;
		all += (double)samples[i] * samples[i];
		re += samples[i] * cos(t);
		im += samples[i] * sin(t);
	}
	sine = 2 * (re * re + im * im) / (double)n;
	return 10 * log10(sine / (all - sine > 1e-9 ? all - sine : 1e-9));
}

START_TEST(wav_comes_through_every_codec)
{
	static uint8_t wav[400000];
	static int16_t heard[64000];
	unsigned rate = _i % 2 ? 44100 : 8000;
	size_t n = make_wav(wav, rate, _i % 2 ? 2 : 1, rate), got = 0;
	struct decoder_format format = { codecs[_i].name, codecs[_i].clock_hz, 1 };
	struct decoder *decoder;
	const char *why = NULL;
	char argument[256];
	double sum = 0;

	temp_dir_make(&dir);
	snprintf(argument, sizeof argument, "wav:%s",
	         temp_dir_write(&dir, "one.wav", slice_of(wav, n)));
	set_up(codecs[_i].formats, codecs[_i].rtpmap);
	media_lab_act(call, MEDIA_PLAY, argument);
	ck_assert_int_gt(media_call_remaining_ns(call), 990 * NS_PER_MS);
	media_lab_run(&lab, 2 * NS_PER_S);
	ck_assert_uint_eq(lab.count, 50);
	decoder = decoder_new(&format, &why);
	ck_assert_ptr_nonnull(decoder);
	for (size_t k = 0; k < lab.count; k++) {
		struct rtp_packet p = media_lab_rtp(&lab, k);
		size_t count;
		ck_assert_uint_eq(p.payload_type, strtoul(codecs[_i].formats, NULL, 10));
		while ((count = decoder_decode(decoder, &p.payload, heard + got)) > 0)
			got += count;
	}
	rate = decoder_rate(decoder);
	decoder_free(decoder);
	ck_assert_uint_eq(got, rate);
	/* Without what filters and adaptation need at both ends. */
	for (size_t i = rate / 10; i < got - rate / 10; i++)
		sum += (double)heard[i] * heard[i];
	sum = sqrt(sum / ((double)got - rate / 5.0)) / (16384 / sqrt(2));
	ck_assert_double_ge(sum, 0.85);
	ck_assert_double_le(sum, 1.15);
	ck_assert_double_ge(sine_to_rest(heard + rate / 10, got - rate / 5, rate),
	                    codecs[_i].least_db);
	tear_down();
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(levels_are_what_is_asked_for)
{
	static const double levels[] = { 0, -10, -20, -30 };
	struct decoder_format format = { "PCMU", 8000, 1 };
	struct speech_level tone = { 0 }, speech = { 0 };
	struct decoder *decoder;
	const char *why = NULL;
	char argument[64];

	set_up("0", "");
	decoder = decoder_new(&format, &why);
	snprintf(argument, sizeof argument, "tone:1000,ms=2000,level=%g", levels[_i]);
	media_lab_act(call, MEDIA_PLAY, argument);
	media_lab_run(&lab, 3 * NS_PER_S);
	snprintf(argument, sizeof argument, "speech,ms=40000,level=%g", levels[_i] - 10);
	media_lab_act(call, MEDIA_PLAY, argument);
	media_lab_run(&lab, 41 * NS_PER_S);
	ck_assert_uint_eq(lab.count, 2100);
	for (size_t k = 0; k < lab.count; k++) {
		struct slice payload = media_lab_rtp(&lab, k).payload;
		int16_t samples[DECODER_MAX_SAMPLES];
		size_t count = decoder_decode(decoder, &payload, samples);
		speech_push(k < 100 ? &tone : &speech, samples, count, 8000);
	}
	decoder_free(decoder);
	/* 0 dBm0 is -6.15 dBov. */
	ck_assert_double_eq_tol(speech_measure(&tone).mean_dbov, levels[_i] - 6.15, 0.2);
	ck_assert_double_eq_tol(speech_measure(&speech).active_dbov, levels[_i] - 16.15, 1.5);
	ck_assert_double_ge(speech_measure(&speech).activity, 0.5);
	ck_assert_double_le(speech_measure(&speech).activity, 0.95);
	tear_down();
}
END_TEST

START_TEST(rates_are_converted)
{
	static int16_t in[44100];
	size_t n;
	int16_t *out;

	for (size_t i = 0; i < 44100; i++)
		in[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 1000 * (double)i / 44100));
	out = rate_convert(in, 44100, 44100, 8000, &n);
	ck_assert_uint_eq(n, 8000);
	ck_assert_double_ge(sine_to_rest(out + 400, 7200, 8000), 60);
	mem_free(out);
	/* What the lower rate cannot carry is not folded into it. */
	for (size_t i = 0; i < 44100; i++)
		in[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 5000 * (double)i / 44100));
	out = rate_convert(in, 44100, 44100, 8000, &n);
	for (size_t i = 400; i < 7600; i++)
		ck_assert_int_lt(abs(out[i]), 16);
	mem_free(out);
}
END_TEST

/* --- what is wrong with a file ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	struct slice file;
	const char *says;
} broken[] = {
	{ "text.wav", { (const uint8_t *)"hello, this is no sound", 23 }, "is no WAV file" },
	{ "bare.wav", { (const uint8_t *)"RIFF\4\0\0\0WAVE", 12 }, "without format" },
	{ "mp3.wav",
	  { (const uint8_t *)"RIFF\0\0\0\0WAVEfmt "
	                     "\20\0\0\0\x55\0\1\0\x40\x1f\0\0\0\0\0\0\1\0\0\0data\2\0\0\0ab",
	    46 },
	  "format 85" },
};

START_TEST(broken_files_are_said)
{
	struct err err = ERR_INIT;
	char argument[256];

	temp_dir_make(&dir);
	snprintf(argument, sizeof argument, "wav:%s",
	         temp_dir_write(&dir, broken[_i].name, broken[_i].file));
	set_up("0", "");
	ck_assert(!media_call_act(call, MEDIA_PLAY, slice_str(argument), &err));
	ck_assert_msg(strstr(err.text, broken[_i].says) && strstr(err.text, broken[_i].name), "%s",
	              err.text);
	tear_down();
	temp_dir_remove(&dir);
}
END_TEST

/* A scenario of one step with one media action. */
static void name_in_scenario(struct piece *piece, struct template *t, struct action *a,
                             struct step *step, enum media_verb verb, const char *argument)
{
	*piece = (struct piece){ .keyword = KEYWORD_TEXT, .text = slice_str(argument) };
	*t = (struct template){ .piece_count = 1, .pieces = piece };
	*a = (struct action){ .kind = ACTION_EXEC_MEDIA, .line = 42, .text = t, .media = verb };
	*step = (struct step){ .kind = STEP_NOP, .action_count = 1, .actions = a };
	lab.scenario.file = SLICE_LIT("folder/call.xml");
	lab.scenario.steps = step;
	lab.scenario.step_count = 1;
}

static const struct {
	enum media_verb verb;
	const char *argument;
} missing[] = {
	{ MEDIA_PLAY, "wav:nowhere.wav" },      { MEDIA_RTP_STREAM, "nowhere.raw,1,0" },
	{ MEDIA_PLAY_PCAP_AUDIO, "no.pcap" },   { MEDIA_PLAY_PCAP_IMAGE, "no.pcap" },
	{ MEDIA_RTP_STREAM, "apattern,7" },     { MEDIA_PLAY_DTMF, "X" },
	{ MEDIA_DIGITS, "1,method=telepathy" }, { MEDIA_RTP_STREAM, "a.raw,0" },
};

START_TEST(what_is_missing_is_said_with_its_line)
{
	struct err err = ERR_INIT;
	struct template t;
	struct action a;
	struct piece p;
	struct step s;

	media_lab_init(&lab);
	name_in_scenario(&p, &t, &a, &s, missing[_i].verb, missing[_i].argument);
	ck_assert_ptr_null(media_lab_media(&lab, &err));
	ck_assert_msg(strncmp(err.text, "folder/call.xml:42: ", 20) == 0, "%s", err.text);
	media_lab_release(&lab);
}
END_TEST

/* --- captures ----------------------------------------------------------------------------------------------------- */

/* An Ethernet frame with a UDP datagram from port `sport`; returns its length. */
static size_t make_frame(uint8_t *f, unsigned sport, const uint8_t *payload, size_t n)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1,  2,  0, 0, 0,  0, 2, 8, 0,  0x45, 0, 0,
		                        0, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0,    0, 2 };

	memcpy(f, head, sizeof head);
	f[16] = (uint8_t)((28 + n) >> 8);
	f[17] = (uint8_t)(28 + n);
	f[34] = (uint8_t)(sport >> 8);
	f[35] = (uint8_t)sport;
	f[36] = 0x27;
	f[37] = 0x10;
	f[38] = (uint8_t)((8 + n) >> 8);
	f[39] = (uint8_t)(8 + n);
	f[40] = f[41] = 0;
	memcpy(f + 42, payload, n);
	return 42 + n;
}

struct capture_writer {
	uint8_t bytes[16384];
	size_t n;
	bool nano, blocks;
};

static void begin_capture(struct capture_writer *w)
{
	static const uint8_t section[] = { 0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0,   0,   0x4d, 0x3c,
		                           0x2b, 0x1a, 1,    0,    0,  0, 255, 255, 255,  255,
		                           255,  255,  255,  255,  28, 0, 0,   0,   1,    0,
		                           0,    0,    20,   0,    0,  0, 1,   0,   0,    0,
		                           0,    0,    0,    0,    20, 0, 0,   0 };

	w->n = 0;
	if (w->blocks) {
		memcpy(w->bytes, section, sizeof section);
		w->n = sizeof section;
		return;
	}
	memset(w->bytes, 0, 24);
	put32(w->bytes, w->nano ? 0xa1b23c4d : 0xa1b2c3d4);
	put32(w->bytes + 16, 65535);
	put32(w->bytes + 20, 1);
	w->n = 24;
}

static void add_frame(struct capture_writer *w, int64_t time_us, const uint8_t *frame, size_t n)
{
	uint64_t at = UINT64_C(1600000000000000) + (uint64_t)time_us;
	size_t padded = (n + 3) & ~(size_t)3;
	uint8_t *p = w->bytes + w->n;

	if (!w->blocks) {
		put32(p, (uint32_t)(at / 1000000));
		put32(p + 4, (uint32_t)(at % 1000000 * (w->nano ? 1000 : 1)));
		put32(p + 8, (uint32_t)n);
		put32(p + 12, (uint32_t)n);
		memcpy(p + 16, frame, n);
		w->n += 16 + n;
		return;
	}
	memset(p, 0, 32 + padded);
	put32(p, 6);
	put32(p + 4, (uint32_t)(32 + padded));
	put32(p + 12, (uint32_t)(at >> 32));
	put32(p + 16, (uint32_t)at);
	put32(p + 20, (uint32_t)n);
	put32(p + 24, (uint32_t)n);
	memcpy(p + 28, frame, n);
	put32(p + 28 + padded, (uint32_t)(32 + padded));
	w->n += 32 + padded;
}

static void add_rtp(struct capture_writer *w, int64_t time_us, unsigned sport, uint8_t second,
                    uint16_t seq, uint32_t timestamp, uint8_t fill)
{
	uint8_t frame[200], rtp[30] = { 0x80, second, (uint8_t)(seq >> 8), (uint8_t)seq };

	for (int i = 0; i < 4; i++)
		rtp[4 + i] = (uint8_t)(timestamp >> (24 - 8 * i));
	memset(rtp + 8, fill, 22);
	add_frame(w, time_us, frame, make_frame(frame, sport, rtp, sizeof rtp));
}

/* Timing, marker, payload type and payload stay; numbers are the stream's own. The other direction's packet and SIP are left out. */
START_TEST(captures_are_sent_again)
{
	static const int64_t times_us[] = { 0, 20000, 47000, 60000, 160000 };
	struct capture_writer w = { .nano = _i == 1, .blocks = _i == 2 };
	uint8_t frame[200];
	struct rtp_packet first;

	begin_capture(&w);
	add_frame(&w, -100, frame,
	          make_frame(frame, 5060, (const uint8_t *)"OPTIONS sip:x SIP/2.0\r\n\r\n", 25));
	add_rtp(&w, -50, 30002, 0x80, 9, 9, 9);
	for (unsigned i = 0; i < 5; i++)
		add_rtp(&w, times_us[i], 30000,
		        i == 4   ? 0xe5
		        : i == 0 ? 0x88
		                 : 8,
		        (uint16_t)(65534 + i), 0xffffff00u + 160 * i, (uint8_t)(0x40 + i));
	temp_dir_make(&dir);
	set_up("8 101", "");
	media_lab_act(call, MEDIA_PLAY_PCAP_AUDIO,
	              temp_dir_write(&dir, "x.pcap", slice_of(w.bytes, w.n)));
	ck_assert_int_ge(media_call_remaining_ns(call), 180 * NS_PER_MS);
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 5);
	first = media_lab_rtp(&lab, 0);
	for (unsigned i = 0; i < 5; i++) {
		struct rtp_packet p = media_lab_rtp(&lab, i);
		ck_assert_int_eq(lab.packets[i]->time_ns - lab.packets[0]->time_ns,
		                 times_us[i] * NS_PER_US);
		ck_assert_uint_eq(p.timestamp, first.timestamp + 160 * i);
		ck_assert_uint_eq(p.seq, (uint16_t)(first.seq + i));
		ck_assert_uint_eq(p.ssrc, first.ssrc);
		ck_assert_uint_ne(p.ssrc, 0x40404040);
		ck_assert_uint_eq(p.marker, i == 0 || i == 4);
		ck_assert_uint_eq(p.payload_type, i == 4 ? 101 : 8);
		ck_assert_uint_eq(p.payload.n, 18);
		ck_assert_uint_eq(p.payload.p[17], 0x40 + i);
	}
	tear_down();
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(fax_is_sent_as_it_is)
{
	static const uint8_t udptl[] = { 0, 7, 1, 6, 0, 0 };
	struct capture_writer w = { 0 };
	uint8_t frame[200];

	begin_capture(&w);
	add_rtp(&w, 0, 30000, 8, 1, 1, 1);
	for (int i = 0; i < 3; i++)
		add_frame(&w, 30000 * i, frame, make_frame(frame, 30000, udptl, sizeof udptl));
	temp_dir_make(&dir);
	media_lab_init(&lab);
	call = media_lab_call(&lab, &media);
	media_call_sdp(call, SLICE_LIT("v=0\r\nc=IN IP4 127.0.0.2\r\nm=image 7004 udptl t38\r\n"),
	               false);
	media_lab_act(call, MEDIA_PLAY_PCAP_IMAGE,
	              temp_dir_write(&dir, "fax.pcap", slice_of(w.bytes, w.n)));
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 3);
	ck_assert_uint_eq(lab.packets[2]->to.port, 7004);
	ck_assert_mem_eq(lab.packets[2]->bytes, udptl, sizeof udptl);
	tear_down();
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(raw_files_are_cut_into_packets)
{
	uint8_t raw[400];

	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)i;
	temp_dir_make(&dir);
	temp_dir_write(&dir, "a.raw", slice_of(raw, sizeof raw));
	set_up("0", "");
	char argument[200];
	snprintf(argument, sizeof argument, "%s,2,18,G729/8000", dir.file);
	media_lab_act(call, MEDIA_RTP_STREAM, argument);
	media_lab_run(&lab, 2 * NS_PER_S);
	ck_assert_uint_eq(lab.count, 40);
	ck_assert_uint_eq(media_lab_rtp(&lab, 21).payload_type, 18);
	ck_assert_mem_eq(media_lab_rtp(&lab, 21).payload.p, raw + 20, 20);
	/* PCMA is what SIPp takes it for, and the rest of the last packet is silence. */
	snprintf(argument, sizeof argument, "%s", dir.file);
	media_lab_act(call, MEDIA_RTP_STREAM, argument);
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 43);
	ck_assert_uint_eq(media_lab_rtp(&lab, 42).payload_type, 8);
	ck_assert_uint_eq(media_lab_rtp(&lab, 42).payload.p[159], 0xd5);
	tear_down();
	temp_dir_remove(&dir);
}
END_TEST

Suite *suite_media_files(void)
{
	Suite *s = suite_create("media_files");
	TCase *t = tcase_create("media_files");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, wav_comes_through_every_codec, 0, sizeof codecs / sizeof *codecs);
	tcase_add_loop_test(t, levels_are_what_is_asked_for, 0, 4);
	tcase_add_test(t, rates_are_converted);
	tcase_add_loop_test(t, broken_files_are_said, 0, sizeof broken / sizeof *broken);
	tcase_add_loop_test(t, what_is_missing_is_said_with_its_line, 0,
	                    sizeof missing / sizeof *missing);
	tcase_add_loop_test(t, captures_are_sent_again, 0, 3);
	tcase_add_test(t, fax_is_sent_as_it_is);
	tcase_add_test(t, raw_files_are_cut_into_packets);
	suite_add_tcase(s, t);
	return s;
}
