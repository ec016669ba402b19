/* Call-progress and fax tones: cadences of several countries as they are told, and what is none. */
#include "analyzer/audio/tones.h"

#include "analyzer/audio/speech_level.h"
#include "tests/helpers/pcm.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct tone_case {
	const char *what;
	double hz[3]; /* of two: together; of three: one after the other */
	double am_depth, am_hz, reversal_ms;
	int on_off_ms[9]; /* begins with on; 0: the end */
	const char *told; /* "tone plan bursts duration_ms", NULL: nothing */
};

static const struct tone_case cases[] = {
	{ "US dial", { 350, 440 }, 0, 0, 0, { 3000 }, "dial US/UK 1 3000" },
	{ "US ringback",
	  { 440, 480 },
	  0,
	  0,
	  0,
	  { 2000, 4000, 2000, 4000, 2000 },
	  "ringback US 3 14000" },
	{ "US ringback, answered",
	  { 440, 480 },
	  0,
	  0,
	  0,
	  { 2000, 4000, 700 },
	  "ringback US 2 6700" },
	{ "US ringback, once", { 440, 480 }, 0, 0, 0, { 1500 }, "ringback US 1 1500" },
	{ "US busy", { 480, 620 }, 0, 0, 0, { 500, 500, 500, 500, 500 }, "busy US 3 2500" },
	{ "US reorder",
	  { 480, 620 },
	  0,
	  0,
	  0,
	  { 250, 250, 250, 250, 250 },
	  "congestion US 3 1250" },
	{ "US call waiting", { 440 }, 0, 0, 0, { 300, 10000, 300 }, "call_waiting US 2 10600" },
	{ "UK ringback",
	  { 400, 450 },
	  0,
	  0,
	  0,
	  { 400, 200, 400, 2000, 400, 200, 400 },
	  "ringback UK 4 4000" },
	{ "UK ringback from its second ring",
	  { 400, 450 },
	  0,
	  0,
	  0,
	  { 400, 2000, 400, 200, 400 },
	  "ringback UK 3 3400" },
	{ "UK busy", { 400 }, 0, 0, 0, { 375, 375, 375, 375, 375 }, "busy UK 3 1875" },
	{ "UK congestion",
	  { 400 },
	  0,
	  0,
	  0,
	  { 400, 350, 225, 525, 400, 350, 225 },
	  "congestion UK 4 2475" },
	{ "DE busy", { 425 }, 0, 0, 0, { 480, 480, 480, 480, 480 }, "busy DE 3 2400" },
	{ "DE congestion", { 425 }, 0, 0, 0, { 240, 240, 240, 240, 240 }, "congestion DE 3 1200" },
	{ "ETSI dial", { 425 }, 0, 0, 0, { 2500 }, "dial ETSI 1 2500" },
	{ "ETSI ringback",
	  { 425 },
	  0,
	  0,
	  0,
	  { 1000, 4000, 1000, 4000, 1000 },
	  "ringback ETSI 3 11000" },
	{ "ETSI ringback, once", { 425 }, 0, 0, 0, { 1000 }, "ringback ETSI 1 1000" },
	{ "ETSI busy", { 425 }, 0, 0, 0, { 500, 500, 500, 500, 500 }, "busy ETSI 3 2500" },
	{ "ETSI congestion",
	  { 425 },
	  0,
	  0,
	  0,
	  { 200, 200, 200, 200, 200 },
	  "congestion ETSI 3 1000" },
	{ "FR dial", { 440 }, 0, 0, 0, { 2500 }, "dial FR 1 2500" },
	{ "FR ringback", { 440 }, 0, 0, 0, { 1500, 3500, 1500 }, "ringback FR 2 6500" },
	{ "FR busy", { 440 }, 0, 0, 0, { 500, 500, 500, 500 }, "busy FR 2 1500" },
	{ "JP dial", { 400 }, 0, 0, 0, { 3000 }, "dial JP 1 3000" },
	{ "JP ringback",
	  { 400 },
	  0.85,
	  16,
	  0,
	  { 1000, 2000, 1000, 2000, 1000 },
	  "ringback JP 3 7000" },
	{ "JP busy", { 400 }, 0, 0, 0, { 500, 500, 500, 500, 500 }, "busy JP 3 2500" },
	{ "SIT, vacant code", { 985.2, 1370.6, 1776.7 }, 0, 0, 0, { 380, 0 }, "sit  3 1140" },
	{ "SIT, no circuit", { 913.8, 1428.5, 1776.7 }, 0, 0, 0, { 274, 0 }, "sit  3 822" },
	{ "SIT, DE", { 950, 1400, 1800 }, 0, 0, 0, { 330, 0 }, "sit  3 990" },
	{ "CNG", { 1100 }, 0, 0, 0, { 500, 3000, 500, 3000, 500 }, "cng  3 7500" },
	{ "CNG, once, 35 Hz high", { 1135 }, 0, 0, 0, { 500 }, "cng  1 500" },
	{ "CED", { 2100 }, 0, 0, 0, { 3300 }, "ced  1 3300" },
	{ "CED, 12 Hz low", { 2088 }, 0, 0, 0, { 2600 }, "ced  1 2600" },
	{ "ANS with reversals", { 2100 }, 0, 0, 450, { 3300 }, "ans_reversals  1 3300" },
	{ "ANSam", { 2100 }, 0.2, 15, 0, { 3300 }, "ansam  1 3300" },
	{ "ANSam with reversals", { 2100 }, 0.2, 15, 450, { 3300 }, "ansam_reversals  1 3300" },
	{ "calling tone", { 1300 }, 0, 0, 0, { 600, 1750, 600 }, "calling_tone  2 2950" },
	{ "test line", { 1004 }, 0, 0, 0, { 2000 }, "milliwatt  1 2000" },
	{ "any other", { 700 }, 0, 0, 0, { 1500 }, "tone  1 1500" },
	/* What is none. */
	{ "1100 Hz, too short for CNG", { 1100 }, 0, 0, 0, { 300 }, NULL },
	{ "1160 Hz is no CNG", { 1160 }, 0, 0, 0, { 500 }, NULL },
	{ "one beep of 425 Hz", { 425 }, 0, 0, 0, { 500 }, NULL },
	{ "no cadence", { 425 }, 0, 0, 0, { 500, 1400, 200, 300, 700, 800, 300 }, NULL },
	{ "a digit", { 697, 1209 }, 0, 0, 0, { 200, 200, 200, 200 }, NULL },
	{ "a digit pressed long", { 697, 1209 }, 0, 0, 0, { 2000 }, NULL },
};

static void make(struct pcm *p, const struct tone_case *c, double dbov)
{
	struct pcm_sine s[2] = { { c->hz[0], dbov, c->am_depth, c->am_hz, c->reversal_ms },
		                 { c->hz[1], dbov, 0, 0, 0 } };
	unsigned n = c->hz[1] > 0 ? 2 : 1;

	pcm_silence(p, 537);
	if (c->hz[2] > 0) {
		for (unsigned i = 0; i < 3; i++)
			pcm_sine(p, c->on_off_ms[0], c->hz[i], dbov);
	} else {
		for (unsigned i = 0; c->on_off_ms[i]; i++)
			if (i % 2)
				pcm_silence(p, c->on_off_ms[i]);
			else
				pcm_sines(p, c->on_off_ms[i], s, n);
	}
	pcm_silence(p, 1000);
}

static bool hear(struct spectrum *s, const struct pcm *p, struct heard_tone *first)
{
	struct tones t;
	struct heard_tone more;
	bool heard = false;

	tones_init(&t, s);
	for (size_t i = 0; i < p->count; i += 160) {
		size_t n = p->count - i < 160 ? p->count - i : 160;
		tones_push(&t, (int64_t)i * 125000, p->samples + i, n);
		if (tones_take(&t, heard ? &more : first)) {
			ck_assert_msg(!heard, "a second one: %s %s", more.tone, more.plan);
			heard = true;
		}
	}
	tones_finish(&t);
	while (tones_take(&t, heard ? &more : first)) {
		ck_assert_msg(!heard, "a second one: %s %s %u", more.tone, more.plan, more.bursts);
		heard = true;
	}
	return heard;
}

static void check_case(const struct tone_case *c, double dbov, double noise_dbov)
{
	struct spectrum *s = spectrum_new();
	struct heard_tone h;
	struct pcm p;
	char tone[40], plan[40] = "", told[100];
	unsigned bursts;
	double ms;

	pcm_init(&p, 8000);
	make(&p, c, dbov);
	pcm_add_noise(&p, noise_dbov);
	pcm_companded(&p);
	bool heard = hear(s, &p, &h);
	ck_assert_msg(heard == (c->told != NULL), "%s at %g: %s", c->what, dbov,
	              heard ? h.tone : "nothing");
	if (heard) {
		if (sscanf(c->told, "%39s %39s %u %lf", tone, plan, &bursts, &ms) < 4)
			ck_assert_int_eq(sscanf(c->told, "%39s %u %lf", tone, &bursts, &ms), 3);
		snprintf(told, sizeof told, "%s %s %u %.0f", h.tone, h.plan, h.bursts,
		         (double)(h.end_ns - h.start_ns) / 1e6);
		ck_assert_msg(fabs((double)(h.end_ns - h.start_ns) / 1e6 - ms) <= 25, "%s: %s",
		              c->what, told);
		ck_assert_msg(fabs((double)h.start_ns / 1e6 - 537) <= 20, "%s begins at %g",
		              c->what, (double)h.start_ns / 1e6);
		snprintf(strrchr(told, ' '), 20, " %.0f", ms);
		ck_assert_str_eq(told, c->told);
		if (c->hz[2] <= 0 && c->am_depth <= 0)
			ck_assert_double_eq_tol(h.level_dbov, dbov + (c->hz[1] > 0 ? 3.01 : 0),
			                        0.7);
	}
	pcm_release(&p);
	spectrum_free(s);
}

START_TEST(cadences_are_told)
{
	check_case(&cases[_i], -16, -60);
	check_case(&cases[_i], -30, -65);
	check_case(&cases[_i], -20, -38);
}
END_TEST

START_TEST(neither_noise_nor_silence)
{
	struct spectrum *s = spectrum_new();
	struct heard_tone h;
	struct pcm p;

	pcm_init(&p, 8000);
	pcm_silence(&p, 20000);
	pcm_noise(&p, 60000, -30);
	ck_assert(!hear(s, &p, &h));
	pcm_release(&p);
	spectrum_free(s);
}
END_TEST

Suite *suite_tones(void);
Suite *suite_tones(void)
{
	Suite *s = suite_create("tones");
	TCase *t = tcase_create("cadences");

	tcase_add_loop_test(t, cadences_are_told, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, neither_noise_nor_silence);
	suite_add_tcase(s, t);
	return s;
}
