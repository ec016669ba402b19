/* Truth equals measurement: both sides of calls in virtual time, their media impaired on purpose, and what was meant compared with what the
 * analyzer says of the same packets, in one SELECT. And: the same seed, the same run. */
#include "base/text.h"
#include "cli/record.h"
#include "reports/records/query.h"
#include "sim/scenario/sipp_xml.h"
#include "sim/sim.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>

/* rtp_unseen: dropped ahead of the first packet that left, or behind the last: nobody can miss those. */
static const char differences[] =
        "SELECT c.sip_call_id, c.role, c.rtp_sent, s.packets, c.rtp_dropped, c.rtp_unseen, s.lost, "
        "c.rtp_duplicated, s.duplicates, c.digits_sent, d.digits "
        "FROM sim_calls c JOIN calls k ON k.sip_call_id = c.sip_call_id "
        "LEFT JOIN streams s ON s.call_id = k.id AND s.direction = "
        "  CASE c.role WHEN 'caller' THEN 'caller_to_callee' ELSE 'callee_to_caller' END "
        "LEFT JOIN (SELECT call_id, direction, group_concat(digit, '') AS digits FROM "
        "  (SELECT * FROM dtmf WHERE method = 'rfc4733' ORDER BY time_us) "
        "  GROUP BY call_id, direction) d ON d.call_id = k.id AND d.direction = s.direction "
        "WHERE c.rtp_sent - c.rtp_duplicated IS NOT s.packets "
        "OR c.rtp_dropped - c.rtp_unseen IS NOT s.lost "
        "OR c.rtp_duplicated IS NOT s.duplicates OR c.digits_sent IS NOT d.digits";

static const char call_differences[] =
        "SELECT c.sip_call_id, c.outcome, k.outcome FROM sim_calls c "
        "LEFT JOIN calls k ON k.sip_call_id = c.sip_call_id "
        "WHERE (c.outcome = 'succeeded') IS NOT (k.outcome = 'answered')";

static struct temp_dir dir;
static struct err err;

static void make_dir(void)
{
	err = (struct err)ERR_INIT;
	temp_dir_make(&dir);
}

static void remove_dir(void)
{
	temp_dir_remove(&dir);
}

/* An embedded scenario that can say digits too. */
static struct scenario *with_digits(const char *name)
{
	struct scenario_setting setting = { .any_key = true };
	struct slice rest = slice_str(builtin_scenario(name));
	struct text xml;

	text_init(&xml);
	for (struct slice line; slice_line(&rest, &line);) {
		size_t at = slice_find_str(line, "RTP/AVP 0");
		text_addf(&xml, "%.*s%s\n", SLICE_ARG(line), at == SLICE_NPOS ? "" : " 101");
		if (slice_find_str(line, "a=rtpmap:0") != SLICE_NPOS)
			text_addf(&xml, "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n");
	}
	struct scenario *s = sipp_xml_parse(slice_of(xml.p, xml.n), name, &setting, &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	text_release(&xml);
	return s;
}

struct settings {
	const char *impair;
	enum sim_transport transport;
	uint64_t seed, calls;
};

static struct sim_config config_of(const struct settings *s)
{
	struct sim_config c;

	sim_config_init(&c);
	c.follow_rfc3261 = true;
	c.virtual_time = true;
	c.transport = s->transport;
	c.seed = s->seed;
	c.max_calls = s->calls;
	c.pace.rate = 7;
	c.pause_ns = 12 * NS_PER_S;
	c.media.rtcp = true;
	c.media.play = "speech";
	c.media.digits = "1234567890*#ABCD";
	if (!impair_parse(s->impair, &c.media.impair, &err))
		ck_abort_msg("%s", err.text);
	return c;
}

static struct tap *tap_of(void *context, unsigned worker)
{
	return recorder_tap(context, worker);
}

/* Runs and records; the counters are released. */
static void run(const struct settings *s, const char *database, const char *capture)
{
	struct record_options options = { .database = database,
		                          .capture = capture,
		                          .command = SLICE_LIT("test"),
		                          .version = SLICE_LIT("0"),
		                          .started_us = SIM_VIRTUAL_START_NS / NS_PER_US,
		                          .from_the_past = true,
		                          .workers = 1,
		                          .synchronous = true };
	struct recorder *recorder = recorder_new(&options, &err);
	struct scenario *caller = with_digits("uac"), *callee = with_digits("uas");
	struct sim_setup a = { .config = config_of(s), .scenario = caller };
	struct sim_setup b = { .config = config_of(s), .scenario = callee };
	struct sim_result ra, rb;

	ck_assert_msg(recorder != NULL, "%s", err.text);
	struct sim_hooks hooks = { .context = recorder,
		                   .tap = tap_of,
		                   .truth = recorder_truth(recorder) };
	ck_assert_msg(sim_run_virtual(&a, &b, &hooks, &ra, &rb, &err), "%s", err.text);
	ck_assert_uint_eq(ra.last.counters.succeeded, s->calls);
	ck_assert_uint_eq(rb.last.counters.succeeded, s->calls);
	ck_assert_uint_eq(recorder_drain(recorder), 0);
	recorder_steps(recorder, caller, &ra.last.counters);
	recorder_steps(recorder, callee, &rb.last.counters);
	ck_assert_msg(recorder_finish(recorder, SLICE_NONE, ra.last.now_ns / NS_PER_US, &err), "%s",
	              err.text);
	recorder_free(recorder);
	counters_release(&ra.last.counters);
	counters_release(&rb.last.counters);
	scenario_free(caller);
	scenario_free(callee);
}

static int64_t number(struct records *r, const char *sql)
{
	struct query *q = query_new(r, &err, sql);

	ck_assert_msg(q && query_step(q, &err), "%s: %s", sql, err.text);
	int64_t n = query_int(q, 0);
	query_free(q);
	return n;
}

static void expect_nothing(struct records *r, const char *sql)
{
	struct query *q = query_new(r, &err, sql);
	struct text row;

	ck_assert_msg(q != NULL, "%s: %s", sql, err.text);
	text_init(&row);
	if (query_step(q, &err))
		for (int i = 0; i < query_columns(q); i++)
			text_addf(&row, " %s=%.*s", query_column_name(q, i),
			          SLICE_ARG(query_text(q, i)));
	ck_assert_msg(row.n == 0, "truth and measurement differ:%s", text_cstr(&row));
	text_release(&row);
	query_free(q);
}

static const struct settings cases[] = {
	{ "loss=0%", SIM_UDP, 1, 20 },
	{ "ge=1.5%:70%,jitter=10ms", SIM_UDP, 1,
	  40 }, /* 2.1 % lost, in bursts that leave something of each digit */
	{ "ge=1.5%:70%,jitter=10ms", SIM_UDP, 2, 40 },
	{ "ge=1.5%:70%,jitter=10ms,duplicate=2%", SIM_TCP, 3, 40 },
	{ "loss=2%,delay=30ms,jitter=3ms,reorder=1%", SIM_UDP, 4, 40 },
};

START_TEST(truth_is_what_is_measured)
{
	const struct settings *s = &cases[_i];
	char database[160];

	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "run.db"));
	run(s, database, NULL);
	struct records *r = records_open(database, &err);
	ck_assert_msg(r != NULL, "%s", err.text);
	ck_assert_int_eq(number(r, "SELECT count(*) FROM sim_calls"), 2 * (int64_t)s->calls);
	ck_assert_int_eq(number(r, "SELECT count(*) FROM streams"), 2 * (int64_t)s->calls);
	ck_assert_int_eq(number(r, "SELECT count(*) FROM runs WHERE complete"), 1);
	/* So that nothing is not what it says: there was something to lose. */
	int64_t lost = number(r, "SELECT sum(rtp_dropped) FROM sim_calls");
	int64_t sent = number(r, "SELECT sum(rtp_sent) FROM sim_calls");
	ck_assert_int_gt(sent, 2 * 590 * (int64_t)s->calls);
	ck_assert(_i == 0 ? lost == 0 : lost * 100 > sent);
	expect_nothing(r, differences);
	expect_nothing(r, call_differences);
	records_close(r);
}
END_TEST

static struct slice read_whole(const char *path, struct text *out)
{
	FILE *f = fopen(path, "rb");
	char part[65536];
	size_t n;

	ck_assert_ptr_nonnull(f);
	text_reset(out);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		text_add(out, slice_of(part, n));
	fclose(f);
	return slice_of(out->p, out->n);
}

START_TEST(same_seed_same_run)
{
	struct settings s = { "ge=1%:40%,jitter=10ms", SIM_UDP, 7, 5 };
	struct text first, second;
	char capture[160];

	text_init(&first);
	text_init(&second);
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "run.pcapng"));
	run(&s, NULL, capture);
	struct slice a = read_whole(capture, &first);
	run(&s, NULL, capture);
	ck_assert(slice_eq(a, read_whole(capture, &second)));
	s.seed = 8;
	run(&s, NULL, capture);
	ck_assert(!slice_eq(a, read_whole(capture, &second)));
	text_release(&first);
	text_release(&second);
}
END_TEST

Suite *suite_sim_truth(void);
Suite *suite_sim_truth(void)
{
	Suite *s = suite_create("sim_truth");
	TCase *t = tcase_create("virtual");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_loop_test(t, truth_is_what_is_measured, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, same_seed_same_run);
	suite_add_tcase(s, t);
	return s;
}
