/* sim/sipp: the files that SIPp's users read. The lines expected here are in the form that SIPp 3.6.1 writes. */
#include "base/clock.h"
#include "base/mem.h"
#include "sim/scenario/sipp_xml.h"
#include "sim/sipp/counts_file.h"
#include "sim/sipp/names.h"
#include "sim/sipp/screen.h"
#include "sim/sipp/session.h"
#include "sim/sipp/stat_file.h"
#include "sim/sipp/steering.h"
#include "sim/sipp/traces.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* 2026-11-21 21:56:55.110766 UTC */
#define START (INT64_C(1795298215) * NS_PER_S + 110766 * NS_PER_US)

static const char xml[] =
        "<?xml version=\"1.0\"?><scenario name=\"x\">"
        "<send retrans=\"500\" start_rtd=\"setup\" counter=\"tries\"><![CDATA[\n"
        "OPTIONS sip:[service]@[remote_ip] SIP/2.0\nCall-ID: [call_id]\nCSeq: 1 OPTIONS\n\n"
        "]]></send>"
        "<recv response=\"200\" rtd=\"setup\" counter=\"3\"/>"
        "<nop hide=\"true\"/><pause milliseconds=\"100\"/>"
        "<ResponseTimeRepartition value=\"10, 20\"/></scenario>";

static struct scenario *scenario_of(const char *text)
{
	const struct scenario_setting setting = { .any_key = true };
	struct err err = ERR_INIT;
	struct scenario *s = sipp_xml_parse(slice_str(text), "dir/x.y.xml", &setting, &err);

	ck_assert_msg(s, "%s", err.text);
	return s;
}

static void utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

START_TEST(names_and_times)
{
	struct scenario *s = scenario_of(xml);
	struct text out;

	text_init(&out);
	sipp_file_name(&out, s, 4842, "messages.log");
	ck_assert_str_eq(text_cstr(&out), "x.y_4842_messages.log");
	text_reset(&out);
	sipp_add_time(&out, START, false);
	ck_assert_str_eq(text_cstr(&out), "2026-11-21\t21:56:55.110766\t1795298215.110766");
	text_reset(&out);
	sipp_add_time(&out, START, true);
	ck_assert_str_eq(text_cstr(&out), "2026-11-21T21:56:55.110766+00:00");
	text_reset(&out);
	sipp_add_elapsed(&out, 3723 * NS_PER_S + 3 * NS_PER_MS, true);
	ck_assert_str_eq(text_cstr(&out), "01:02:03:003000");
	setenv("TZ", "<-0330>3:30", 1);
	tzset();
	text_reset(&out);
	sipp_add_time(&out, START, true);
	ck_assert_str_eq(text_cstr(&out), "2026-11-21T18:26:55.110766-03:30");
	text_release(&out);
	scenario_free(s);
}
END_TEST

/* Two response times below 10 ms, one of 15 ms, and one call that failed. */
static void fill(struct sim_reading *r, const struct scenario *s)
{
	struct counters *c = &r->counters;
	static const int64_t times_ms[] = { 4, 6, 15 };

	unsigned rtd = 0;

	while (!slice_eq_str(s->rtd[rtd].name, "setup"))
		rtd++;
	ck_assert(counters_init(c, s));
	r->started_ns = START;
	r->now_ns = START + 2 * NS_PER_S;
	r->live = 1;
	c->calls_out = 5;
	c->succeeded = 3;
	c->failed = 1;
	c->failures[FAILURE_MEDIA] = 1;
	c->retransmissions = 7;
	c->named[0] = 5;
	c->named[1] = 3;
	for (size_t i = 0; i < 3; i++) {
		double us = (double)times_ms[i] * 1000;
		latency_add(&c->rtd[rtd], times_ms[i] * NS_PER_MS);
		c->rtd_moments[rtd].count++;
		c->rtd_moments[rtd].sum += us;
		c->rtd_moments[rtd].square += us * us;
	}
	c->steps[0].sent = 5;
	c->steps[0].retransmitted = 7;
	c->steps[1].received = 4;
	c->steps[1].unexpected = 1;
	c->steps[3].sessions = 4;
}

/* The n-th field of the line. */
static struct slice field(struct slice line, unsigned n)
{
	struct slice item = SLICE_NONE;

	for (unsigned i = 0; i <= n; i++)
		if (!slice_split(&line, ';', &item))
			return SLICE_NONE;
	return item;
}

static const struct {
	const char *name, *value;
} columns[] = {
	{ "StartTime", "2026-11-21\t21:56:55.110766\t1795298215.110766" },
	{ "CurrentTime", "2026-11-21\t21:56:57.110766\t1795298217.110766" },
	{ "ElapsedTime(P)", "00:00:02" },
	{ "TargetRate", "7.5" },
	{ "CallRate(P)", "2.5" },
	{ "OutgoingCall(P)", "5" },
	{ "TotalCallCreated", "5" },
	{ "CurrentCall", "1" },
	{ "SuccessfulCall(C)", "3" },
	{ "FailedCall(C)", "1" },
	{ "FailedMaxUDPRetrans(C)", "0" },
	{ "FailedCallRejected(C)", "1" }, /* what SIPp has no column for */
	{ "Retransmissions(C)", "7" },
	{ "ResponseTimesetup(C)", "00:00:00:008333" },
	{ "ResponseTimesetupStDev(C)", "00:00:00:004784" }, /* sqrt(22.888...) ms */
	{ "CallLength(C)", "00:00:00:000000" },
	{ "tries(C)", "5" },
	{ "GenericCounter3(C)", "3" },
	{ "ResponseTimeRepartitionsetup", "" },
	{ "ResponseTimeRepartitionsetup_<10", "2" },
	{ "ResponseTimeRepartitionsetup_<20", "1" },
	{ "ResponseTimeRepartitionsetup_>=20", "0" },
};

START_TEST(statistics_by_column)
{
	struct scenario *s = scenario_of(xml);
	const struct stat_form form = { .scenario = s, .delimiter = ";" };
	struct stat_values *start = calloc(1, sizeof *start), *now = calloc(1, sizeof *now);
	struct sim_reading reading = { 0 };
	struct text header, line;
	unsigned found = 0;

	utc();
	fill(&reading, s);
	start->at_ns = START;
	stat_values_take(now, &reading, s);
	text_init(&header);
	text_init(&line);
	stat_file_header(&header, &form);
	const struct stat_row row = { START, 7.5, now, start, start };
	stat_file_row(&line, &form, &row);
	struct slice names = slice_of(text_cstr(&header), header.n);
	struct slice values = slice_of(text_cstr(&line), line.n);
	for (unsigned i = 0; field(names, i).p; i++)
		if (slice_eq_str(field(names, i), columns[_i].name)) {
			ck_assert_msg(slice_eq_str(field(values, i), columns[_i].value), "%s: %.*s",
			              columns[_i].name, SLICE_ARG(field(values, i)));
			found++;
		}
	ck_assert_uint_eq(found, 1);
	text_release(&header);
	text_release(&line);
	counters_release(&reading.counters);
	free(start);
	free(now);
	scenario_free(s);
}
END_TEST

START_TEST(counts_of_steps)
{
	struct scenario *s = scenario_of(xml);
	struct stat_form form = { .scenario = s, .delimiter = ";" };
	struct sim_reading reading = { 0 };
	struct text out;

	utc();
	fill(&reading, s);
	text_init(&out);
	counts_file_header(&out, &form);
	counts_file_row(&out, &form, START, START + NS_PER_S, &reading.counters);
	ck_assert_str_eq(text_cstr(&out),
	                 "CurrentTime;ElapsedTime;0_OPTIONS_Sent;0_OPTIONS_Retrans;"
	                 "0_OPTIONS_Timeout;1_200_Recv;1_200_Retrans;1_200_Timeout;1_200_Unexp;"
	                 "3_Pause_Sessions;3_Pause_Unexp;\n"
	                 "2026-11-21\t21:56:56.110766\t1795298216.110766;00:00:01:000000;"
	                 "5;7;0;4;0;0;1;4;0;\n");
	text_reset(&out);
	form.losses = true;
	counts_file_header(&out, &form);
	ck_assert(strstr(text_cstr(&out), "0_OPTIONS_Timeout;0_OPTIONS_Lost;1_200_Recv"));
	text_release(&out);
	counters_release(&reading.counters);
	scenario_free(s);
}
END_TEST

static const char message[] = "OPTIONS sip:a@b SIP/2.0\r\nCSeq:  7 OPTIONS\r\ni: 1-2@c\r\n\r\n";

START_TEST(a_message_in_both_logs)
{
	struct traced_message m = { .time_ns = START,
		                    .sent = true,
		                    .transport = SIM_TCP,
		                    .bytes = slice_of(message, sizeof message - 1) };
	struct text out;

	utc();
	text_init(&out);
	message_log_text(&out, &m, false);
	ck_assert_str_eq(text_cstr(&out),
	                 "----------------------------------------------- 2026-11-21 "
	                 "21:56:55.110766\nTCP message sent (55 bytes):\n\n"
	                 "OPTIONS sip:a@b SIP/2.0\r\nCSeq:  7 OPTIONS\r\ni: 1-2@c\r\n\r\n\n");
	text_reset(&out);
	m.sent = false;
	short_message_text(&out, &m, false);
	ck_assert_str_eq(text_cstr(&out),
	                 "2026-11-21\t21:56:55.110766\t1795298215.110766\tR\t1-2@c\tCSeq:7 "
	                 "OPTIONS\tOPTIONS sip:a@b SIP/2.0\n");
	/* What is no message at all still gives a line. */
	text_reset(&out);
	m.bytes = SLICE_LIT("\r\n\r\n");
	short_message_text(&out, &m, false);
	ck_assert(out.n && text_cstr(&out)[out.n - 1] == '\n');
	text_release(&out);
}
END_TEST

static long size_of(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		return -1;
	fseek(f, 0, SEEK_END);
	long n = ftell(f);
	fclose(f);
	return n;
}

START_TEST(files_that_end_and_rotate)
{
	struct temp_dir dir;
	struct log_file *log = calloc(1, sizeof *log);
	struct err err = ERR_INIT;
	char path[512];

	temp_dir_make(&dir);
	snprintf(path, sizeof path, "%s/a.log", dir.path);
	struct log_setting setting = { .path = path, .max_bytes = 25, .title = "title\n" };
	ck_assert(log_file_open(log, &setting, false, &err));
	ck_assert_int_eq(size_of(path), -1); /* only when something is said */
	for (int i = 0; i < 5; i++)
		log_file_write(log, SLICE_LIT("0123456789"));
	ck_assert(log_file_close(log, &err));
	ck_assert_int_eq(size_of(path), 26);
	/* The old one goes on where it ended, without a second title. */
	setting = (struct log_setting){ .path = path, .append = true, .title = "title\n" };
	ck_assert(log_file_open(log, &setting, true, &err));
	log_file_write(log, SLICE_LIT("0123456789"));
	log->on = false;
	log_file_write(log, SLICE_LIT("0123456789"));
	ck_assert(log_file_close(log, &err));
	ck_assert_int_eq(size_of(path), 36);
	/* Three of ten octets each are turned away, two are kept. */
	setting = (struct log_setting){ .path = path, .ring_bytes = 20, .ring_files = 2 };
	ck_assert(log_file_open(log, &setting, true, &err));
	for (int i = 0; i < 7; i++)
		log_file_write(log, SLICE_LIT("0123456789"));
	ck_assert_uint_eq(log->ring_count, 2);
	ck_assert_int_eq(size_of(log->ring[0]), 20);
	ck_assert_int_eq(size_of(log->ring[1]), 20);
	ck_assert(log_file_close(log, &err));
	ck_assert_int_eq(size_of(path), 10);
	free(log);
	temp_dir_remove(&dir);
}
END_TEST

static const struct {
	const char *keys;
	double rate;
	unsigned users;
	uint64_t limit;
	enum control_stop stop;
	bool paused;
	enum screen_kind screen;
} keyed[] = {
	{ "", -1, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "+", 5.5, 0, 50, STOP_NO, false, SCREEN_SCENARIO }, /* 11 in two seconds */
	{ "**/-", 9.5, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "//", 0, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "p2", -1, 0, 50, STOP_NO, true, SCREEN_STATISTICS },
	{ "pp7", -1, 0, 50, STOP_NO, false, (enum screen_kind)7 },
	{ "q", -1, 0, 50, STOP_GRACEFUL, false, SCREEN_SCENARIO },
	{ "qq", -1, 0, 50, STOP_CALLS, false, SCREEN_SCENARIO },
	{ "Q", -1, 0, 50, STOP_CALLS, false, SCREEN_SCENARIO },
	{ "qqqq", -1, 0, 50, STOP_NOW, false, SCREEN_SCENARIO },
	{ "cset rate 40\n", 20, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "cset rate-scale 10\n+", 10, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "cset limit 7\n", -1, 0, 7, STOP_NO, false, SCREEN_SCENARIO },
	{ "cset ratf\177e 8\n", 4, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "cq\033p", -1, 0, 50, STOP_NO, true, SCREEN_SCENARIO },
	{ "cset rate x\n", -1, 0, 50, STOP_NO, false, SCREEN_SCENARIO },
	{ "cset users 3\n", -1, 0, 50, STOP_NO, false, SCREEN_SCENARIO }, /* without -users */
};

START_TEST(keys_and_commands)
{
	struct sipp_settings settings;
	struct steering s;
	struct control control;
	struct text out;

	sipp_settings_init(&settings);
	settings.rate_period_ns = 2 * NS_PER_S;
	control_init(&control, -1, 50, 0);
	steering_init(&s, &settings);
	s.control = &control;
	text_init(&out);
	for (const char *key = keyed[_i].keys; *key; key++)
		steering_key(&s, *key, &out);
	ck_assert_double_eq(atomic_load(&control.rate), keyed[_i].rate);
	ck_assert_uint_eq(atomic_load(&control.max_concurrent), keyed[_i].limit);
	ck_assert_int_eq(atomic_load(&control.stop), keyed[_i].stop);
	ck_assert(atomic_load(&control.paused) == keyed[_i].paused);
	ck_assert_uint_eq(s.screen, keyed[_i].screen);
	text_release(&out);
	sipp_settings_release(&settings);
}
END_TEST

static const struct {
	const char *datagram;
	bool ok;
	unsigned asked;
} datagrams[] = {
	{ "q\n", true, 0 },
	{ "cset rate 5\n", true, 0 },
	{ "creset stats", true, ASKED_RESET_STATS },
	{ "cdump tasks", true, ASKED_DUMP_TASKS },
	{ "cdump variables\r\n", true, ASKED_DUMP_VARIABLES },
	{ "ctrace messages on", true, ASKED_TRACE },
	{ "ctrace error off", true, ASKED_TRACE },
	{ "ctrace nothing on", false, 0 },
	{ "ctrace messages", false, 0 },
	{ "s", true, ASKED_SCREEN_DUMP },
	{ "cset hide maybe", false, 0 },
	{ "cset limit 1e999", false, 0 },
	{ "c", false, 0 },
	{ "\n", true, 0 },
	{ "c\001\002 \377", false, 0 },
};

START_TEST(datagrams_steer)
{
	struct sipp_settings settings;
	struct steering s;
	struct control control;
	struct text out;

	sipp_settings_init(&settings);
	control_init(&control, -1, 0, 0);
	steering_init(&s, &settings);
	s.control = &control;
	text_init(&out);
	ck_assert(steering_datagram(&s, slice_str(datagrams[_i].datagram), &out) ==
	          datagrams[_i].ok);
	ck_assert_uint_eq(s.asked, datagrams[_i].asked);
	ck_assert(datagrams[_i].ok || out.n);
	text_release(&out);
	sipp_settings_release(&settings);
}
END_TEST

START_TEST(screens_say_what_scripts_look_for)
{
	static const char *const wanted[] = { "Total-time  Total-calls",
		                              "---------->",
		                              "Successful call        |        3",
		                              "Failed call            |        1",
		                              "Response Time setup",
		                              "Counter tries",
		                              "10 ms <= n <         20 ms :          1",
		                              "Last Error: oh" };
	struct scenario *s = scenario_of(xml);
	struct stat_values *start = calloc(1, sizeof *start), *now = calloc(1, sizeof *now);
	struct sim_reading reading = { 0 };
	struct sipp_settings settings;
	struct text out;

	utc();
	fill(&reading, s);
	start->at_ns = START;
	stat_values_take(now, &reading, s);
	sipp_settings_init(&settings);
	const struct screen_view view = { .settings = &settings,
		                          .config = &settings.config,
		                          .scenario = s,
		                          .reading = &reading,
		                          .now = now,
		                          .before = start,
		                          .start = start,
		                          .rate = 10,
		                          .last_error = "oh",
		                          .footer = "end" };
	text_init(&out);
	screen_add_all(&out, &view);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		ck_assert_msg(strstr(text_cstr(&out), wanted[i]), "'%s' in\n%s", wanted[i],
		              text_cstr(&out));
	for (int kind = SCREEN_SCENARIO; kind <= SCREEN_LAST; kind++)
		screen_add(&out, &view, (enum screen_kind)kind);
	ck_assert(!out.failed);
	text_release(&out);
	counters_release(&reading.counters);
	sipp_settings_release(&settings);
	free(start);
	free(now);
	scenario_free(s);
}
END_TEST

static void play(struct sipp_session *session, const struct scenario *scenario)
{
	struct sim_hooks hooks = sipp_session_hooks(session);
	struct sim_reading reading = { 0 };
	struct control control;
	const struct traced_call call = { .call_id = SLICE_LIT("1-2@c") };
	const struct traced_message m = { .time_ns = START,
		                          .bytes = slice_of(message, sizeof message - 1) };

	control_init(&control, -1, 50, 0);
	fill(&reading, scenario);
	hooks.tick(hooks.context, &reading, &control);
	hooks.trace->message(hooks.trace->context, &m);
	hooks.trace->error(hooks.trace->context, START, &call, SLICE_LIT("one\033 two\nthree"));
	hooks.trace->log(hooks.trace->context, START, &call, SLICE_LIT("Warning: beware"));
	hooks.trace->story(hooks.trace->context, START, &call, SLICE_LIT("once"));
	reading.now_ns += 2 * NS_PER_S;
	hooks.tick(hooks.context, &reading, &control);
	counters_release(&reading.counters);
}

/* A session with every log, in a folder of its own; the n-th allocation fails. */
static bool session(const char *folder, uint64_t n)
{
	char paths[SIPP_LOGS][128], stat[128];
	struct scenario *scenario = scenario_of(xml);
	struct sipp_settings settings;
	struct err err = ERR_INIT;

	sipp_settings_init(&settings);
	for (unsigned i = 0; i < SIPP_LOGS; i++) {
		snprintf(paths[i], sizeof paths[i], "%s/%u.log", folder, i);
		settings.logs[i] = (struct sipp_log_setting){ true, paths[i], true };
	}
	snprintf(stat, sizeof stat, "%s/stat.csv", folder);
	settings.trace_stat = true;
	settings.stat_path = stat;
	settings.no_stdin = true;
	settings.background = true; /* nothing on our standard output */
	const struct sim_setup setup = { .config = settings.config, .scenario = scenario };
	mem_fail_after(n);
	struct sipp_session *s = sipp_session_open(&settings, &setup, &err);
	mem_fail_after(UINT64_MAX);
	if (s) {
		play(s, scenario);
		ck_assert_msg(sipp_session_close(s, &err), "%s", err.text);
	} else {
		ck_assert_msg(err.code == ERR_MEMORY, "%s", err.text);
	}
	sipp_settings_release(&settings);
	scenario_free(scenario);
	return s;
}

START_TEST(a_session_writes_and_runs_out_of_memory)
{
	struct temp_dir dir;
	char line[512] = "";

	temp_dir_make(&dir);
	uint64_t n = 0;
	while (!session(dir.path, n))
		n++;
	ck_assert_uint_gt(n, 5);
	const char *errors = temp_dir_path(&dir, "2.log");
	FILE *f = fopen(errors, "r");
	ck_assert(f && fgets(line, sizeof line, f)); /* the title */
	ck_assert(fgets(line, sizeof line, f));
	ck_assert_msg(strstr(line, ": Call-Id: 1-2@c, one\033 two\n"), "%s", line);
	ck_assert(fgets(line, sizeof line, f) && fgets(line, sizeof line, f));
	ck_assert_msg(strstr(line, ": beware\n"), "%s", line);
	fclose(f);
	temp_dir_remove(&dir);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_sipp_files(void);
Suite *suite_sipp_files(void)
{
	Suite *suite = suite_create("sipp_files");
	TCase *tcase = tcase_create("sipp_files");

	tcase_add_test(tcase, names_and_times);
	tcase_add_loop_test(tcase, statistics_by_column, 0, COUNT(columns));
	tcase_add_test(tcase, counts_of_steps);
	tcase_add_test(tcase, a_message_in_both_logs);
	tcase_add_test(tcase, files_that_end_and_rotate);
	tcase_add_loop_test(tcase, keys_and_commands, 0, COUNT(keyed));
	tcase_add_loop_test(tcase, datagrams_steer, 0, COUNT(datagrams));
	tcase_add_test(tcase, screens_say_what_scripts_look_for);
	tcase_add_test(tcase, a_session_writes_and_runs_out_of_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
