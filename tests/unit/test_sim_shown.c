/* What a simulation shows while it runs and at its end: the screen, --json, --metrics. */
#include "base/clock.h"
#include "cli/sim_json.h"
#include "cli/sim_metrics.h"
#include "cli/sim_screen.h"
#include "cli/sim_watch.h"
#include "sim/scenario/sipp_xml.h"
#include "tests/unit/suites.h"

#include <check.h>
#include <math.h>

Suite *suite_sim_shown(void);

#define START (INT64_C(1767225600) * NS_PER_S)

static const char xml[] = "<scenario><send start_rtd=\"setup\"><![CDATA[\n"
                          "OPTIONS sip:[service]@[remote_ip] SIP/2.0\nCall-ID: [call_id]\n"
                          "CSeq: 1 OPTIONS\n\n]]></send>"
                          "<recv response=\"200\" rtd=\"setup\"/></scenario>";

static struct scenario *scenario;
static struct sim_options options;
static struct sim_reading reading;
static struct text out;

/* 1,234 calls, of which two failed and four are under way, five seconds after the start. */
static void set_up(void)
{
	const struct scenario_setting setting = { 0 };
	struct counters *c = &reading.counters;
	struct err err = ERR_INIT;

	scenario = sipp_xml_parse(slice_str(xml), "a\x1b[1m.xml", &setting, &err);
	ck_assert_msg(scenario != NULL, "%s", err.text);
	options = (struct sim_options){ 0 };
	reading = (struct sim_reading){
		.started_ns = START, .now_ns = START + 5 * NS_PER_S, .target_rate = 250, .live = 4
	};
	ck_assert(counters_init(c, scenario));
	c->calls_out = 1234;
	c->peak = 17;
	c->succeeded = 1228;
	c->ended = 1230;
	c->failed = c->failures[FAILURE_RECEIVE_TIMEOUT] = 2;
	c->messages_out = 1250;
	c->messages_in = 1228;
	c->retransmissions = 16;
	c->steps[0].sent = 1234;
	latency_add(&c->status_time[2], 4 * NS_PER_MS);
	latency_add(&c->rtd[scenario->rtd_count - 1], 4 * NS_PER_MS); /* behind "1" */
	reading.media.rtp_sent = 7;
	text_init(&out);
}

static void tear_down(void)
{
	text_release(&out);
	counters_release(&reading.counters);
	scenario_free(scenario);
}

static const struct sim_second second = { .start_ns = START + 4 * NS_PER_S,
	                                  .end_ns = START + 5 * NS_PER_S,
	                                  .started = 248,
	                                  .ended = 249,
	                                  .failed = 1,
	                                  .answers = 247,
	                                  .answer_p50_ms = 1.5,
	                                  .answer_p99_ms = NAN };

static void shows(const char *what)
{
	ck_assert_msg(strstr(text_cstr(&out), what) != NULL, "'%s' is not in\n%s", what,
	              text_cstr(&out));
}

static void hides(const char *what)
{
	ck_assert_msg(strstr(text_cstr(&out), what) == NULL, "'%s' is in\n%s", what,
	              text_cstr(&out));
}

/* --- screen ------------------------------------------------------------------------------------------------------- */

START_TEST(screen_says)
{
	struct sim_screen screen = { .options = &options, .scenario = scenario };

	sim_screen_text(&screen, &reading, &second, &out);
	shows("milliwatt sim  a\\x1B[1m.xml  5 s\n");
	shows("Rate     248 a second (wanted 250)   first answer p50 1.5 ms");
	shows("Calls    1,234 in all, 4 now (most 17), 2 failed\n");
	shows("Time setup   p50 ");
	shows("Failed   2: ");
	shows("Machine  ");
	hides("OPTIONS");
	screen.steps = screen.paused = true;
	text_reset(&out);
	sim_screen_text(&screen, &reading, &second, &out);
	shows("  5 s  (paused)\n");
	shows("OPTIONS");
	reading.stopping = reading.health.limited = true;
	strcpy(reading.health.why, "the disk is slow");
	text_reset(&out);
	sim_screen_text(&screen, &reading, &second, &out);
	shows("  5 s  (ending)\n");
	shows("Limit    this machine: the disk is slow\n");
}
END_TEST

static const struct window {
	const char *all;
	unsigned rows, columns;
	const char *fits;
	unsigned lines;
} windows[] = {
	{ "one\ntwo\n", 24, 80, "one\ntwo\n", 2 },
	{ "one\ntwo\n", 3, 3, "one\ntwo\n", 2 },
	{ "one\ntwo\n", 2, 2, "on\n", 1 },
	{ "one\ntwo\n", 1, 80, "", 0 },
	{ "\xc3\xa9\xc3\xa8 x\n", 5, 2, "\xc3\xa9\xc3\xa8\n", 1 },
	{ "no end", 5, 80, "no end\n", 1 },
	{ "", 5, 80, "", 0 },
};

START_TEST(screen_fits)
{
	const struct window *w = &windows[_i];

	ck_assert_uint_eq(sim_screen_fit(slice_str(w->all), w->rows, w->columns, &out), w->lines);
	ck_assert_str_eq(text_cstr(&out), w->fits);
}
END_TEST

START_TEST(keys)
{
	struct sim_screen screen = { .options = &options, .scenario = scenario };
	struct control control = { 0 };

	ck_assert(sim_screen_key(&screen, '+', &reading, &control));
	ck_assert_double_eq_tol(atomic_load(&control.rate), 275, 1e-9);
	options.config.max_rate = 400;
	ck_assert(sim_screen_key(&screen, '*', &reading, &control));
	ck_assert_double_eq(atomic_load(&control.rate), 400);
	ck_assert(sim_screen_key(&screen, '/', &reading, &control));
	ck_assert_double_eq(atomic_load(&control.rate), 125);
	ck_assert(sim_screen_key(&screen, 'p', &reading, &control) && atomic_load(&control.paused));
	ck_assert(sim_screen_key(&screen, 'p', &reading, &control) &&
	          !atomic_load(&control.paused));
	ck_assert(sim_screen_key(&screen, 's', &reading, &control) && screen.steps);
	ck_assert(!sim_screen_key(&screen, 'x', &reading, &control));
	options.config.pace.kind = PACE_CONCURRENT;
	atomic_store(&control.users, 1);
	sim_screen_key(&screen, '-', &reading, &control); /* none at all is what p is for */
	ck_assert_uint_eq(atomic_load(&control.users), 1);
	sim_screen_key(&screen, '+', &reading, &control);
	ck_assert_uint_eq(atomic_load(&control.users), 2);
	ck_assert(sim_screen_key(&screen, 'q', &reading, &control));
	ck_assert_int_eq(atomic_load(&control.stop), STOP_GRACEFUL);
}
END_TEST

/* --- for machines ------------------------------------------------------------------------------------------------- */

START_TEST(json_second)
{
	sim_json_second(&reading, &second, &out);
	ck_assert_str_eq(text_cstr(&out),
	                 "{\"type\": \"second\", \"start_us\": 1767225604000000, \"seconds\": 1, "
	                 "\"rate_wanted\": 250, \"calls_started\": 248, \"calls_ended\": 249, "
	                 "\"calls_failed\": 1, \"concurrent\": 4, \"retransmissions\": 0, "
	                 "\"answer_p50_ms\": 1.5, \"answer_p99_ms\": null, \"rtp_sent\": 7, "
	                 "\"rtp_received\": 0, \"cpu_share\": 0, \"limited\": false}\n");
}
END_TEST

START_TEST(json_end)
{
	struct sim_result result = { .last = reading };
	struct sim_ended ended = { .options = &options,
		                   .scenario = scenario,
		                   .result = &result,
		                   .unrecorded = 3,
		                   .seconds = 5 };

	sim_json_end(&ended, &out);
	shows("{\"type\": \"end\", \"verdict\": ");
	shows(", \"seconds\": 5, \"calls\": 1234, \"succeeded\": 1228, ");
	shows(", \"peak\": 17, \"messages_sent\": 1250, \"messages_received\": 1228, "
	      "\"retransmissions\": 16, \"failures\": {\"receive-timeout\": 2}, "
	      "\"status_times\": {\"2xx\": {\"count\": 1, ");
	shows("\"setup\": {\"count\": 1, ");
	shows("\"call_length\": {\"count\": 0, \"p50_ms\": null, ");
	shows("\"steps\": [{\"step\": 0, \"label\": \"OPTIONS\", \"sent\": 1234, ");
	shows("\"unrecorded\": 3}}\n");
	hides("highest_rate");
	options.config.pace.search = true;
	result.search.highest_rate = 40;
	text_reset(&out);
	sim_json_end(&ended, &out);
	shows(", \"highest_rate\": 40, \"failing_rate\": 0, ");
}
END_TEST

START_TEST(metrics)
{
	metrics_text(&reading, &out);
	shows("# TYPE milliwatt_calls_started_total counter\nmilliwatt_calls_started_total 1234\n");
	shows("\nmilliwatt_calls_failed_total{reason=\"receive-timeout\"} 2\n");
	shows("\nmilliwatt_calls_failed_total{reason=\"media\"} 0\n");
	shows("\nmilliwatt_calls 4\n");
	shows("\nmilliwatt_rate_wanted 250\n");
	shows("\nmilliwatt_rtp_sent_total 7\n");
	shows("\nmilliwatt_answer_seconds_sum{class=\"2xx\"} 0.004\n"
	      "milliwatt_answer_seconds_count{class=\"2xx\"} 1\n");
	hides("class=\"4xx\",quantile"); /* nothing was seen: no quantile */
	shows("\nmilliwatt_limited 0\n");
}
END_TEST

Suite *suite_sim_shown(void)
{
	Suite *s = suite_create("sim_shown");
	TCase *t = tcase_create("shown");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, screen_says);
	tcase_add_loop_test(t, screen_fits, 0, (int)(sizeof windows / sizeof *windows));
	tcase_add_test(t, keys);
	tcase_add_test(t, json_second);
	tcase_add_test(t, json_end);
	tcase_add_test(t, metrics);
	suite_add_tcase(s, t);
	return s;
}
