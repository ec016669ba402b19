/* In-band digits: the limits of Q.24, and no digit in minutes of speech. */
#include "analyzer/audio/inband.h"

#include "analyzer/audio/resample.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/helpers/pcm.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char keys[] = "1234567890*#ABCD";

static void press(struct pcm *p, char digit, double on_ms, double off_ms, double low_dbov,
                  double high_dbov, double off_frequency)
{
	static const double rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };
	const char *pad = "123A456B789C*0#D";
	size_t at = (size_t)(strchr(pad, digit) - pad);
	struct pcm_sine s[2] = { { .hz = rows[at / 4] * (1 + off_frequency), .dbov = low_dbov },
		                 { .hz = columns[at % 4] * (1 + off_frequency),
		                   .dbov = high_dbov } };

	pcm_sines(p, on_ms, s, 2);
	pcm_silence(p, off_ms);
}

struct heard {
	unsigned count;
	struct inband_digit digits[64];
};

static void hear(const struct pcm *p, struct heard *h)
{
	struct inband *r = inband_new();
	struct resample to_narrow = { 0 };
	struct inband_digit d;
	int16_t out[RESAMPLE_MAX];
	uint64_t done = 0;

	h->count = 0;
	ck_assert(resample_set_rate(&to_narrow, p->rate));
	for (size_t i = 0; i < p->count; i += 320) {
		const int16_t *in = p->samples + i;
		size_t left = p->count - i < 320 ? p->count - i : 320;
		while (left) {
			size_t n = resample_push(&to_narrow, &in, &left, out);
			inband_push(r, (int64_t)done * 125000, out, n);
			done += n;
		}
		while (inband_take(r, &d))
			if (h->count < 64)
				h->digits[h->count++] = d;
	}
	inband_finish(r);
	while (inband_take(r, &d))
		if (h->count < 64)
			h->digits[h->count++] = d;
	inband_free(r);
	resample_release(&to_narrow);
}

struct digit_case {
	const char *what;
	unsigned rate;
	double on_ms, off_ms, low_dbov, high_dbov, off_frequency, noise_dbov;
	bool heard;
};

/* A level of 0 dBm0 is -6.15 dBov (G.711): -24 dBm are -30. */
static const struct digit_case cases[] = {
	{ "plain", 8000, 100, 100, -16, -16, 0, -70, true },
	{ "at 16 kHz", 16000, 100, 100, -16, -16, 0, -70, true },
	{ "at 48 kHz", 48000, 100, 100, -16, -16, 0, -70, true },
	{ "at 44.1 kHz", 44100, 100, 100, -16, -16, 0, -70, true },
	{ "40 ms on, 50 ms off", 8000, 40, 50, -16, -16, 0, -70, true },
	{ "40 ms on, 50 ms off, faint", 8000, 40, 50, -30, -30, 0, -75, true },
	{ "-24 dBm, high tone 10 dB weaker", 8000, 60, 60, -30, -39.8, 0, -75, true },
	{ "-24 dBm, high tone 10 dB stronger", 8000, 60, 60, -39.8, -30, 0, -75, true },
	{ "1.5 % high", 8000, 60, 60, -16, -16, 0.015, -70, true },
	{ "1.5 % low", 8000, 60, 60, -16, -16, -0.015, -70, true },
	{ "1.5 % high, 40 ms", 8000, 40, 50, -16, -16, 0.015, -70, true },
	{ "1.5 % low, 40 ms", 8000, 40, 50, -16, -16, -0.015, -70, true },
	{ "40 ms off", 8000, 60, 40, -16, -16, 0, -70, true },
	{ "15 dB above noise", 8000, 80, 80, -16, -16, 0, -28, true },
	{ "3.5 % high", 8000, 60, 60, -16, -16, 0.035, -70, false },
	{ "3.5 % low", 8000, 60, 60, -16, -16, -0.035, -70, false },
	{ "20 ms", 8000, 20, 100, -16, -16, 0, -70, false },
	{ "high tone 16 dB weaker", 8000, 100, 100, -16, -32, 0, -70, false },
	{ "high tone 16 dB stronger", 8000, 100, 100, -32, -16, 0, -70, false },
	{ "far too faint", 8000, 100, 100, -62, -62, 0, -90, false },
};

START_TEST(digits_at_the_limits)
{
	const struct digit_case *c = &cases[_i];
	struct heard h;
	struct pcm p;

	pcm_init(&p, c->rate);
	pcm_silence(&p, 203);
	for (const char *k = keys; *k; k++)
		press(&p, *k, c->on_ms, c->off_ms, c->low_dbov, c->high_dbov, c->off_frequency);
	pcm_silence(&p, 200);
	pcm_add_noise(&p, c->noise_dbov);
	pcm_companded(&p);
	hear(&p, &h);
	ck_assert_msg(h.count == (c->heard ? 16 : 0), "%s: %u digits", c->what, h.count);
	for (unsigned i = 0; i < h.count; i++) {
		const struct inband_digit *d = &h.digits[i];
		double start = (double)d->start_ns / 1e6,
		       ms = (double)(d->end_ns - d->start_ns) / 1e6;
		ck_assert_msg(d->digit == keys[i], "%s: %c for %c", c->what, d->digit, keys[i]);
		ck_assert_msg(fabs(ms - c->on_ms) <= 8, "%s: %c lasts %g", c->what, keys[i], ms);
		ck_assert_msg(fabs(start - 203 - i * (c->on_ms + c->off_ms)) <= 8,
		              "%s: %c begins at %g", c->what, keys[i], start);
		ck_assert_double_eq_tol(d->twist_db, c->high_dbov - c->low_dbov, 1.5);
		ck_assert_double_eq_tol(
		        d->level_dbov,
		        10 * log10(pow(10, c->low_dbov / 10) + pow(10, c->high_dbov / 10)), 1);
		ck_assert(!d->start_lost && !d->end_lost);
	}
	pcm_release(&p);
}
END_TEST

/* Silence of the right length stands in for what is lost: the digit before ends, that behind is one of its own. */
START_TEST(lost_packets_cut_digits)
{
	struct inband *r = inband_new();
	struct inband_digit d;
	struct pcm p;

	pcm_init(&p, 8000);
	press(&p, '5', 400, 0, -16, -16, 0);
	inband_push(r, 0, p.samples, 1600);
	inband_push(r, 200 * NS_PER_MS, NULL, 800);
	inband_push(r, 300 * NS_PER_MS, p.samples + 2400, 800);
	inband_finish(r);
	ck_assert(inband_take(r, &d) && d.digit == '5' && !d.start_lost && d.end_lost);
	ck_assert_int_eq((d.end_ns + 5 * NS_PER_MS) / (20 * NS_PER_MS), 10);
	ck_assert(inband_take(r, &d) && d.digit == '5' && d.start_lost && !d.end_lost);
	ck_assert_int_eq((d.start_ns + 5 * NS_PER_MS) / (20 * NS_PER_MS), 15);
	ck_assert(!inband_take(r, &d));
	inband_free(r);
	pcm_release(&p);
}
END_TEST

START_TEST(no_memory)
{
	for (uint64_t n = 0; n < 2; n++) {
		mem_fail_after(n);
		struct inband *r = inband_new();
		mem_fail_after(UINT64_MAX);
		ck_assert((r == NULL) == (n == 0));
		inband_free(r);
	}
}
END_TEST

/* ---- talk-off ---- */

static const char *const voices[] = {
	"en-us", "en-gb+f3", "de", "de+f2", "fr+f4", "es",
	"it+f1", "pl+m3",    "ru", "sv+f5", "pt+m7", "nl+f2",
};

static const char speech_text[] = "Good morning, this is the exchange. You have reached the office "
                                  "of Mister Oliver Moore and Missus Eileen Mooney. "
                                  "Please hold the line while we are trying to connect you. Who "
                                  "may I say is calling? Zero, one, two, three, four, five, "
                                  "six, seven, eight, nine. Our menu moves in a new room, you may "
                                  "use the blue moon tune. Whee, wee, mee, noo, noo, noo. "
                                  "Alle Menschen sind frei und gleich an Wuerde und Rechten "
                                  "geboren. Tous les etres humains naissent libres et egaux. "
                                  "We will be happy to help you again on Monday morning, between "
                                  "eight and nine. Thank you, and good bye. ";

START_TEST(no_digit_in_speech)
{
	char text[4000] = "";
	struct heard h;
	struct pcm p;

	for (int i = 0; i < 3; i++)
		strcat(text, speech_text);
	if (!pcm_speech(&p, voices[_i], text)) {
		printf("skip - no espeak-ng: digits in speech are not looked for\n");
		return;
	}
	/* Twelve voices of 50 s or more: ten minutes. */
	ck_assert_uint_ge(p.count, 50u * 22050);
	hear(&p, &h);
	ck_assert_msg(h.count == 0, "%s: '%c' of %.0f ms at %.2f s, twist %.1f", voices[_i],
	              h.digits[0].digit, (double)(h.digits[0].end_ns - h.digits[0].start_ns) / 1e6,
	              (double)h.digits[0].start_ns / 1e9, h.digits[0].twist_db);
	pcm_release(&p);
}
END_TEST

/* Chords that change, with harmonics: what music on hold does. */
START_TEST(no_digit_in_music)
{
	struct heard h;
	struct pcm p;

	pcm_init(&p, 8000);
	for (int chord = 0; chord < 600; chord++) {
		struct pcm_sine s[9];
		for (int note = 0; note < 3; note++)
			for (int k = 0; k < 3; k++) {
				double hz = 220 * pow(2, (chord * 7 % 24 + note * (3 + chord % 3)) /
				                                 12.0);
				s[3 * note + k] =
				        (struct pcm_sine){ .hz = hz * (k + 1) < 3800 ? hz * (k + 1)
					                                             : hz,
					                   .dbov = -22 - 6 * k };
			}
		pcm_sines(&p, 180, s, 9);
	}
	pcm_add_noise(&p, -50);
	hear(&p, &h);
	ck_assert_msg(h.count == 0, "%u digits, '%c'", h.count, h.digits[0].digit);
	pcm_release(&p);
}
END_TEST

START_TEST(no_digit_in_noise)
{
	struct heard h;
	struct pcm p;

	pcm_init(&p, 8000);
	pcm_noise(&p, 120000, -20);
	hear(&p, &h);
	ck_assert_uint_eq(h.count, 0);
	pcm_release(&p);
}
END_TEST

Suite *suite_inband(void);
Suite *suite_inband(void)
{
	Suite *s = suite_create("inband");
	TCase *t = tcase_create("digits"), *off = tcase_create("talk-off");

	tcase_add_loop_test(t, digits_at_the_limits, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, lost_packets_cut_digits);
	tcase_add_test(t, no_memory);
	tcase_set_timeout(off, 120);
	tcase_add_loop_test(off, no_digit_in_speech, 0, (int)(sizeof voices / sizeof *voices));
	tcase_add_test(off, no_digit_in_music);
	tcase_add_test(off, no_digit_in_noise);
	suite_add_tcase(s, t);
	suite_add_tcase(s, off);
	return s;
}
