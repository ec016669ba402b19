/* The points of R that a stream lost add up to its R. */
#include "analyzer/score/emodel.h"
#include "analyzer/score/score.h"

#include <check.h>
#include <math.h>

static struct score_input input_of(const char *codec, uint64_t lost, uint64_t late, double burst_r,
                                   double delay_ms)
{
	return (struct score_input){
		.codec = *codec_by_name(slice_str(codec), 0),
		.expected = 10000,
		.lost = lost,
		.late = late,
		.burst_r = burst_r,
		.delay_ms = delay_ms,
	};
}

/* docs/scores.md, "A number by hand". */
START_TEST(points_by_hand)
{
	struct score_input in = input_of("PCMU", 240, 60, 2, 250);
	struct score s;

	score_of(&in, &s);
	ck_assert_double_eq_tol(s.codec, 0, 1e-12);
	ck_assert_double_eq_tol(s.random_loss, 95 * 2.4 / (2.4 + 25.1), 1e-9);
	ck_assert_double_eq_tol(s.late, 95 * 3 / (3 + 25.1) - 95 * 2.4 / (2.4 + 25.1), 1e-9);
	ck_assert_double_eq_tol(s.bursts, 95 * 3 / (1.5 + 25.1) - 95 * 3 / (3 + 25.1), 1e-9);
	ck_assert_double_eq_tol(s.delay, 8.917, 5e-4);
	ck_assert_double_eq_tol(s.r_lq, 82.492, 5e-4);
	ck_assert_double_eq_tol(s.mos_lq, 4.115, 5e-4);
	ck_assert_double_eq_tol(s.r_cq, 73.575, 5e-4);
	ck_assert_double_eq_tol(s.mos_cq, 3.760, 5e-4);
}
END_TEST

START_TEST(points_add_up)
{
	static const char *const codecs[] = { "PCMU", "G729", "GSM", "AMR-WB", "EVS", "G722" };
	static const uint64_t counts[] = { 0, 1, 500, 3000, 10000 };

	for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++)
		for (size_t lost = 0; lost < 5; lost++)
			for (size_t late = 0; late < 5; late++)
				for (double burst = 1; burst < 9; burst += 2.5) {
					struct score_input in =
					        input_of(codecs[c], counts[lost], counts[late],
					                 burst, 70 * burst);
					struct score s;
					score_of(&in, &s);
					ck_assert_double_eq_tol(s.clean - s.codec - s.random_loss -
					                                s.late - s.bursts +
					                                s.below_zero,
					                        s.r_lq, 1e-9);
					ck_assert_double_eq_tol(s.r_lq - s.delay, s.r_cq, 1e-9);
					ck_assert(s.random_loss >= 0 && s.late >= 0 &&
					          s.bursts >= -1e-9 && s.delay >= 0 &&
					          s.below_zero >= -1e-9 && s.r_cq >= 0);
				}
}
END_TEST

START_TEST(low_bpl_has_no_bursts)
{
	struct score_input in = input_of("GSM", 500, 0, 3, 0);
	struct score s;

	score_of(&in, &s);
	ck_assert_double_eq(s.bursts, 0);
	ck_assert_double_eq(s.burst_r, 1);
	ck_assert_double_eq_tol(s.ppl, 5, 1e-12);
}
END_TEST

Suite *suite_score(void);
Suite *suite_score(void)
{
	Suite *s = suite_create("score");
	TCase *t = tcase_create("points");

	tcase_add_test(t, points_by_hand);
	tcase_add_test(t, points_add_up);
	tcase_add_test(t, low_bpl_has_no_bursts);
	suite_add_tcase(s, t);
	return s;
}
