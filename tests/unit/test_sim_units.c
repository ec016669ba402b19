/* Times, rates and numbers as people write them on the command line of the simulator. */
#include "base/clock.h"
#include "cli/sim_units.h"

#include <check.h>

struct unit_case {
	const char *text;
	double want; /* < 0: refused */
};

static const struct unit_case durations[] = {
	{ "3", 3 },     { "3s", 3 },     { "20ms", 0.02 },    { "250us", 250e-6 },
	{ "1.5m", 90 }, { "1m30s", 90 }, { "2h", 7200 },      { "1d", 86400 },
	{ "0", 0 },     { ".5", 0.5 },   { "1h1m1s", 3661 },  { "2min", 120 },
	{ "", -1 },     { "s", -1 },     { "-3s", -1 },       { "3 s", -1 },
	{ "3x", -1 },   { "3s4", -1 },   { "inf", -1 },       { "nan", -1 },
	{ "0x10", -1 }, { "1e400", -1 }, { "10000000d", -1 }, { "3S", -1 },
};

static const struct unit_case rates[] = {
	{ "200", 200 }, { "200/s", 200 }, { "90/m", 1.5 },         { "3600/h", 1 },
	{ "2k", 2000 }, { "0.5", 0.5 },   { "2k/m", 2000.0 / 60 }, { "0", 0 },
	{ "/s", -1 },   { "5/", -1 },     { "5/ms", -1 },          { "-5", -1 },
	{ "1e12", -1 }, { "5/s/s", -1 },
};

static const struct unit_case counts[] = {
	{ "1", 1 },   { "10k", 10000 }, { "1.5M", 1500000 }, { "0", 0 },    { "1.5", -1 },
	{ "-1", -1 }, { "1kk", -1 },    { "9e15", -1 },      { "ten", -1 },
};

START_TEST(a_duration)
{
	int64_t ns;
	bool ok = units_duration(durations[_i].text, &ns);

	ck_assert_msg(ok == (durations[_i].want >= 0), "'%s'", durations[_i].text);
	if (ok)
		ck_assert_double_eq_tol((double)ns / 1e9, durations[_i].want, 1e-9);
}
END_TEST

START_TEST(a_rate)
{
	double rate;
	bool ok = units_rate(rates[_i].text, &rate);

	ck_assert_msg(ok == (rates[_i].want >= 0), "'%s'", rates[_i].text);
	if (ok)
		ck_assert_double_eq_tol(rate, rates[_i].want, 1e-9);
}
END_TEST

START_TEST(a_count)
{
	uint64_t n;
	bool ok = units_count(counts[_i].text, &n);

	ck_assert_msg(ok == (counts[_i].want >= 0), "'%s'", counts[_i].text);
	if (ok)
		ck_assert_uint_eq(n, (uint64_t)counts[_i].want);
}
END_TEST

static const struct {
	const char *text, *want; /* NULL: refused */
} endpoints[] = {
	{ "192.0.2.1", "192.0.2.1:0" },
	{ "192.0.2.1:5070", "192.0.2.1:5070" },
	{ "[2001:db8::1]:5070", "[2001:db8::1]:5070" },
	{ "2001:db8::1", "[2001:db8::1]:0" },
	{ ":5070", "[::]:5070" },
	{ "host:5070", NULL },
	{ "192.0.2.1:70000", NULL },
	{ "192.0.2.1:", NULL },
	{ "", NULL },
};

START_TEST(an_endpoint)
{
	char buf[ENDPOINT_TEXT];
	struct endpoint e;

	ck_assert(units_endpoint(endpoints[_i].text, &e) == (endpoints[_i].want != NULL));
	if (endpoints[_i].want) {
		endpoint_format(e, buf);
		ck_assert_str_eq(buf, endpoints[_i].want);
	}
}
END_TEST

START_TEST(said_again)
{
	char buf[UNITS_TEXT];

	ck_assert_str_eq(units_say_count(0, buf), "0");
	ck_assert_str_eq(units_say_count(999, buf), "999");
	ck_assert_str_eq(units_say_count(1000, buf), "1,000");
	ck_assert_str_eq(units_say_count(UINT64_MAX, buf), "18,446,744,073,709,551,615");
	ck_assert_str_eq(units_say_duration(20 * NS_PER_MS, buf), "20 ms");
	ck_assert_str_eq(units_say_duration(90 * NS_PER_S, buf), "90 s");
	ck_assert_str_eq(units_say_duration(150 * NS_PER_S, buf), "2 min 30 s");
	ck_assert_str_eq(units_say_duration(3 * 3600 * NS_PER_S, buf), "3 h 0 min");
}
END_TEST

Suite *suite_sim_units(void);
Suite *suite_sim_units(void)
{
	Suite *s = suite_create("sim_units");
	TCase *t = tcase_create("units");

	tcase_add_loop_test(t, a_duration, 0, (int)(sizeof durations / sizeof *durations));
	tcase_add_loop_test(t, a_rate, 0, (int)(sizeof rates / sizeof *rates));
	tcase_add_loop_test(t, a_count, 0, (int)(sizeof counts / sizeof *counts));
	tcase_add_loop_test(t, an_endpoint, 0, (int)(sizeof endpoints / sizeof *endpoints));
	tcase_add_test(t, said_again);
	suite_add_tcase(s, t);
	return s;
}
