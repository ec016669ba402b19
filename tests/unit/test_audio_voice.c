#include "base/mem.h"
#include "cli/audio_voice.h"
#include "cli/wav.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define T0 (INT64_C(1700000000) * NS_PER_S)

/* --- spool -------------------------------------------------------------------------------------------------------- */

START_TEST(pieces_in_any_order)
{
	static const int16_t later[] = { 5, 6, 7 }, first[] = { 1, 2 }, over[] = { 10, 32767, -8 };
	static const int16_t want[] = { 0, 1, 12, 32767, -8, 5, 6, 7, 0, 0 };
	struct err err = ERR_INIT;
	struct spool s;
	int16_t got[10];

	ck_assert(spool_init(&s, &err));
	ck_assert(spool_mix(&s, 5, later, 3, &err));
	ck_assert(spool_mix(&s, 1, first, 2, &err));
	ck_assert(spool_mix(&s, 2, over, 3, &err));
	ck_assert_int_eq(s.length, 8);
	ck_assert(spool_read(&s, 0, got, 10, &err));
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(got[i], want[i]);
	/* Sums stay within 16 bits. */
	ck_assert(spool_mix(&s, 3, over, 1, &err) && spool_mix(&s, 3, over + 1, 1, &err));
	ck_assert(spool_read(&s, 3, got, 1, &err));
	ck_assert_int_eq(got[0], 32767);
	ck_assert(spool_mute(&s, -5, 2, &err) && spool_mute(&s, 6, INT64_MAX, &err));
	ck_assert_int_eq(s.length, 8);
	ck_assert(spool_read(&s, 0, got, 8, &err));
	ck_assert(got[1] == 0 && got[2] == 12 && got[5] == 5 && got[6] == 0 && got[7] == 0);
	spool_release(&s);
}
END_TEST

/* --- WAV ---------------------------------------------------------------------------------------------------------- */

START_TEST(header_and_samples)
{
	static const int16_t left[] = { 1, -2 }, right[] = { 0x1234 };
	static const uint8_t want[] = {
		'R',  'I',  'F', 'F', 48, 0,    0, 0, 'W', 'A', 'V',  'E',
		'f',  'm',  't', ' ', 16, 0,    0, 0, 1,   0,   2,    0,
		0x40, 0x1f, 0,   0,   0,  0x7d, 0, 0, 4,   0,   16,   0, /* 8000 Hz, 32000 octets */
		'd',  'a',  't', 'a', 12, 0,    0, 0, 1,   0,   0x34, 0x12,
		0xfe, 0xff, 0,   0,   0,  0,    0, 0,
	};
	struct err err = ERR_INIT;
	struct temp_dir dir;
	struct spool s[2];
	uint8_t got[100];

	temp_dir_make(&dir);
	const char *path = temp_dir_path(&dir, "x.wav");
	ck_assert(spool_init(&s[0], &err) && spool_init(&s[1], &err));
	ck_assert(spool_mix(&s[0], 0, left, 2, &err) && spool_mix(&s[1], 0, right, 1, &err));
	ck_assert(wav_write(path, s, 2, 8000, 3, &err));
	FILE *f = fopen(path, "rb");
	ck_assert_uint_eq(fread(got, 1, sizeof got, f), sizeof want);
	fclose(f);
	ck_assert_mem_eq(got, want, sizeof want);
	/* A full disk is told, a device is not removed. */
	ck_assert(!wav_write("/dev/full", s, 2, 8000, 3, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "/dev/full"));
	ck_assert_int_eq(access("/dev/full", F_OK), 0);
	spool_release(&s[0]);
	spool_release(&s[1]);
	temp_dir_remove(&dir);
}
END_TEST

/* --- voices ------------------------------------------------------------------------------------------------------- */

struct lab {
	struct err err;
	struct audio_target target;
	struct audio_stream stream;
	struct audio_voice voice;
};

static void open_lab(struct lab *l, unsigned rate, bool mask)
{
	*l = (struct lab){ .err = ERR_INIT };
	l->target = (struct audio_target){ .channel_count = 1,
		                           .rate = rate,
		                           .begin_ns = T0,
		                           .max_samples = 1000000,
		                           .mask_digits = mask,
		                           .err = &l->err };
	ck_assert(spool_init(&l->target.channels[0], &l->err));
	ck_assert(audio_voice_init(&l->voice, &l->stream, &l->target, 0));
}

static void close_lab(struct lab *l)
{
	audio_voice_release(&l->voice);
	spool_release(&l->target.channels[0]);
	mem_free(l->target.masks.all);
}

/* 20 ms of two tones, `n` blocks from `from_ns` on. */
static void send(struct lab *l, unsigned rate, int64_t from_ns, unsigned n, double low, double high)
{
	int16_t samples[960];
	size_t step = rate / 50;

	for (unsigned i = 0; i < n; i++) {
		for (size_t k = 0; k < step; k++) {
			double t = (double)(i * step + k) / rate;
			samples[k] = (int16_t)(5000 * sin(2 * M_PI * low * t) +
			                       5000 * sin(2 * M_PI * high * t));
		}
		struct track_block b = { T0 + from_ns + (int64_t)i * 20 * NS_PER_MS, rate, samples,
			                 step, TRACK_DECODED };
		ck_assert(audio_voice_block(&l->voice, &b));
	}
}

static int loudest(struct lab *l, int64_t from_ms, int64_t to_ms)
{
	int64_t from = from_ms * l->target.rate / 1000, to = to_ms * l->target.rate / 1000;
	size_t n = (size_t)(to - from);
	int16_t *v = calloc(n, sizeof *v);
	int most = 0;

	ck_assert(spool_read(&l->target.channels[0], from, v, n, &l->err));
	for (size_t i = 0; i < n; i++)
		most = abs(v[i]) > most ? abs(v[i]) : most;
	free(v);
	return most;
}

static const unsigned rates[][2] = { { 8000, 8000 },   { 8000, 16000 }, { 16000, 8000 },
	                             { 48000, 16000 }, { 8000, 48000 }, { 44100, 48000 } };

/* Runs with a hole between lie where they belong, and are as long as they are. */
START_TEST(lies_where_it_belongs)
{
	struct lab l;
	unsigned from = rates[_i][0], to = rates[_i][1];

	open_lab(&l, to, false);
	send(&l, from, 100 * NS_PER_MS, 10, 500, 900);
	send(&l, from, 700 * NS_PER_MS, 15, 500, 900);
	ck_assert(audio_voice_end(&l.voice));
	ck_assert_int_eq(l.target.channels[0].length, to);
	ck_assert_int_eq(l.voice.heard_ns, 500 * NS_PER_MS);
	ck_assert_int_eq(loudest(&l, 0, 99), 0);
	ck_assert_int_gt(loudest(&l, 100, 110), 3000);
	ck_assert_int_gt(loudest(&l, 285, 300), 3000);
	ck_assert_int_eq(loudest(&l, 301, 699), 0);
	ck_assert_int_gt(loudest(&l, 985, 1000), 3000);
	close_lab(&l);
}
END_TEST

START_TEST(too_long_is_cut)
{
	struct lab l;

	open_lab(&l, 8000, false);
	send(&l, 8000, 0, 10, 500, 900);
	send(&l, 8000, 500 * NS_PER_S, 10, 500, 900);
	ck_assert(audio_voice_end(&l.voice));
	ck_assert(l.target.cut);
	ck_assert_int_eq(l.target.channels[0].length, 1600);
	close_lab(&l);
}
END_TEST

/* The digit 5 between speech: silent with the mask, the rest is not. */
START_TEST(digits_are_masked)
{
	for (unsigned rate = 8000; rate <= 48000; rate += 20000) {
		for (int mask = 0; mask < 2; mask++) {
			struct lab l;
			open_lab(&l, rate, mask);
			send(&l, rate, 0, 20, 310, 520);
			send(&l, rate, 400 * NS_PER_MS, 5, 770, 1336);
			send(&l, rate, 500 * NS_PER_MS, 20, 310, 520);
			ck_assert(audio_voice_end(&l.voice) && audio_masks_apply(&l.target));
			ck_assert_int_gt(loudest(&l, 0, 330), 8000);
			ck_assert_int_gt(loudest(&l, 570, 900), 8000);
			ck_assert_int_eq(loudest(&l, 395, 505) == 0, mask);
			close_lab(&l);
		}
	}
}
END_TEST

START_TEST(too_many_masks_silence_the_rest)
{
	struct audio_masks m = { 0 };

	for (int i = 0; i < AUDIO_MAX_MASKS + 2; i++)
		ck_assert(audio_masks_add(&m, (struct audio_mask){ 0, i, i + 1 }));
	ck_assert_uint_eq(m.count, AUDIO_MAX_MASKS);
	ck_assert_int_eq(m.all[AUDIO_MAX_MASKS - 1].to_ns, INT64_MAX);
	mem_free(m.all);
}
END_TEST

Suite *suite_audio_voice(void);
Suite *suite_audio_voice(void)
{
	Suite *s = suite_create("audio_voice");
	TCase *tc = tcase_create("audio_voice");

	tcase_add_test(tc, pieces_in_any_order);
	tcase_add_test(tc, header_and_samples);
	tcase_add_loop_test(tc, lies_where_it_belongs, 0, sizeof rates / sizeof *rates);
	tcase_add_test(tc, too_long_is_cut);
	tcase_add_test(tc, digits_are_masked);
	tcase_add_test(tc, too_many_masks_silence_the_rest);
	suite_add_tcase(s, tc);
	return s;
}
