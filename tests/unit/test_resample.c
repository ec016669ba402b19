#include "analyzer/audio/resample.h"

#include <check.h>
#include <math.h>

/* A tone of 1 kHz comes out as the same tone, in phase, with as many samples as the time is long. */
static const unsigned rates[][2] = {
	{ 8000, 8000 },   { 16000, 8000 },  { 48000, 8000 },  { 44100, 8000 },  { 11025, 8000 },
	{ 8000, 16000 },  { 8000, 48000 },  { 16000, 48000 }, { 44100, 48000 }, { 48000, 44100 },
	{ 4000, 192000 }, { 192000, 4000 }, { 12345, 8000 },  { 8000, 23456 },
};

START_TEST(a_tone_stays_what_it_is)
{
	struct resample r = { 0 };
	unsigned from = rates[_i][0], to = rates[_i][1];
	int16_t in[960], out[RESAMPLE_MAX];
	size_t sent = 0, came = 0;
	double worst = 0;

	ck_assert(resample_set_rates(&r, from, to));
	while (sent < from) { /* a second */
		for (size_t i = 0; i < 960; i++)
			in[i] = (int16_t)lrint(8000 *
			                       sin(2 * M_PI * 1000 * (double)(sent + i) / from));
		const int16_t *next = in;
		size_t left = 960;
		while (left) {
			size_t n = resample_push(&r, &next, &left, out);
			ck_assert_uint_le(n, RESAMPLE_MAX);
			for (size_t i = 0; i < n; i++, came++) {
				double want = 8000 * sin(2 * M_PI * 1000 * (double)came / to);
				if (came > to / 100 && fabs(out[i] - want) > worst)
					worst = fabs(out[i] - want);
			}
		}
		sent += 960;
	}
	ck_assert_double_le(worst, 8000 * 0.02);
	/* But for what waits for its neighbours. */
	double due = (double)sent * to / from, held = 8.0 * (to > from ? to / (double)from : 1);
	ck_assert_double_ge((double)came, due - held);
	ck_assert_double_le((double)came, due + 1);
	resample_release(&r);
}
END_TEST

Suite *suite_resample(void);
Suite *suite_resample(void)
{
	Suite *s = suite_create("resample");
	TCase *tc = tcase_create("resample");

	tcase_add_loop_test(tc, a_tone_stays_what_it_is, 0, sizeof rates / sizeof *rates);
	suite_add_tcase(s, tc);
	return s;
}
