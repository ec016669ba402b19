/* Where the delay of a stream comes from, best source first. */
#include "analyzer/streams/delay.h"

#include <check.h>
#include <math.h>

struct delay_case {
	double rtt_ms[2], xr_rtt_ms, end_system_ms; /* NAN: none */
	bool configured;
	double want_ms;
	const char *source;
};

#define NO NAN

static const struct delay_case cases[] = {
	{ { NO, NO }, NO, NO, false, 80, "assumed" },
	{ { NO, NO }, NO, NO, true, 80 + 35, "configured" },
	{ { 100, 60 }, NO, NO, true, 80 + 40, "rtcp" },
	{ { 0, NO }, NO, NO, true, 80, "rtcp" },
	{ { 100, 60 }, 90, 130, true, 45 + 130, "xr" },
	{ { NO, NO }, 90, NO, false, 80, "assumed" },
	{ { NO, NO }, NO, 130, false, 80, "assumed" },
};

START_TEST(best_source_wins)
{
	const struct delay_case *c = &cases[_i];
	struct media_settings settings = { .has_delay = c->configured, .delay_ms = 35 };
	struct delay d = { 0 };
	struct slice source;

	for (int i = 0; i < 2; i++)
		if (!isnan(c->rtt_ms[i]))
			delay_rtcp(&d, c->rtt_ms[i]);
	delay_xr(&d, c->xr_rtt_ms, c->end_system_ms);
	ck_assert_double_eq_tol(delay_ms(&d, &settings, 80, &source), c->want_ms, 1e-9);
	ck_assert(slice_eq_str(source, c->source));
	ck_assert(isnan(delay_rtcp_mean_ms(&d)) == isnan(c->rtt_ms[0]));
}
END_TEST

Suite *suite_delay(void);
Suite *suite_delay(void)
{
	Suite *s = suite_create("delay");
	TCase *t = tcase_create("sources");

	tcase_add_loop_test(t, best_source_wins, 0, (int)(sizeof cases / sizeof *cases));
	suite_add_tcase(s, t);
	return s;
}
