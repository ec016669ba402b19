/* sim/sipp/options: SIPp's command line, option by option. */
#include "sim/sipp/options.h"
#include "sim/sipp/setup.h"

#include "base/mem.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

#define WRONG (-1)

static const struct {
	const char *text;
	int64_t unit_ns, ns;
} times[] = {
	{ "500", NS_PER_MS, 500 * NS_PER_MS },
	{ "20", NS_PER_S, 20 * NS_PER_S },
	{ "1.5", NS_PER_S, 1500 * NS_PER_MS },
	{ "300ms", NS_PER_S, 300 * NS_PER_MS },
	{ "1s", NS_PER_MS, NS_PER_S },
	{ "2m", NS_PER_MS, 120 * NS_PER_S },
	{ "1h", NS_PER_MS, 3600 * NS_PER_S },
	{ "0", NS_PER_MS, 0 },
	{ "01:30", NS_PER_MS, 90 * NS_PER_S },
	{ "1:02:03", NS_PER_MS, 3723 * NS_PER_S },
	{ "", NS_PER_MS, WRONG },
	{ "s", NS_PER_MS, WRONG },
	{ "1d", NS_PER_MS, WRONG },
	{ "1 s", NS_PER_MS, WRONG },
	{ "-1", NS_PER_MS, WRONG },
	{ "nan", NS_PER_MS, WRONG },
	{ "1e30", NS_PER_MS, WRONG },
	{ "1:60", NS_PER_MS, WRONG },
	{ "1:2", NS_PER_MS, WRONG },
	{ "1:02:03:04", NS_PER_MS, WRONG },
	{ ":30", NS_PER_MS, WRONG },
};

START_TEST(times_with_units)
{
	int64_t ns = 0;
	bool ok = sipp_time_parse(times[_i].text, times[_i].unit_ns, &ns);

	ck_assert_msg(ok == (times[_i].ns != WRONG), "'%s'", times[_i].text);
	ck_assert(!ok || ns == times[_i].ns);
}
END_TEST

static const struct {
	const char *text;
	unsigned set; /* onto BEHAVIOUR_ALL; UINT_MAX: refused */
} behaviours[] = {
	{ "all", BEHAVIOUR_ALL },
	{ "none", 0 },
	{ "all,-bye", BEHAVIOUR_ALL & ~(unsigned)BEHAVIOUR_BYE },
	{ "-abortunexp,-pingreply", BEHAVIOUR_BYE | BEHAVIOUR_CSEQ },
	{ "none,bye", BEHAVIOUR_BYE },
	{ "none,cseq,pingreply", BEHAVIOUR_CSEQ | BEHAVIOUR_PING_REPLY },
	{ "by", UINT32_MAX },
	{ "all,", UINT32_MAX },
	{ "", UINT32_MAX },
};

START_TEST(sets_of_behaviours)
{
	struct err err = ERR_INIT;
	unsigned set = BEHAVIOUR_ALL;
	bool ok = sipp_behaviours_parse(behaviours[_i].text, &set, &err);

	ck_assert_msg(ok == (behaviours[_i].set != UINT32_MAX), "'%s'", behaviours[_i].text);
	ck_assert(!ok || set == behaviours[_i].set);
}
END_TEST

/* A command line, cut at blanks. False: err. */
static bool parse(const char *line, struct sipp_settings *s, struct err *err)
{
	static char words[512];
	char *argv[64] = { (char[]){ "sipp" } };
	int argc = 1;

	sipp_settings_init(s);
	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return sipp_options_parse(argc, argv, s, err) && sipp_settings_finish(s, err);
}

static const struct {
	const char *line, *says;
} refused[] = {
	{ "-trace_mgs", "'-trace_mgs'; did you mean '-trace_msg'?" },
	{ "--zn uac", "no option '--zn'; " },
	{ "--xyzzyplugh uac", "no option '--xyzzyplugh'; 'milliwatt sipp -h'" },
	{ "-m", "'-m' needs CALLS behind it" },
	{ "-key a", "'-key' needs NAME VALUE behind it" },
	{ "-r abc", "'-r abc': give a number" },
	{ "-r -1", "a rate is 0 or more" },
	{ "-p 65536", "a port, 0 to 65535" },
	{ "-m 5x", "a whole number" },
	{ "-d xyz", "500 is milliseconds" },
	{ "-timeout xyz", "20 is seconds" },
	{ "-error_overwrite no", "true or false" },
	{ "-rtcheck foo", "full or loose" },
	{ "-cid_type guid", "uuid-compact" },
	{ "-default_behaviors zork", "no behaviour 'zork'" },
	{ "-t s1", "SCTP is not supported" },
	{ "-t cn", "compression" },
	{ "-t zz", "give u1, un, ui" },
	{ "-plugin x.so", "plugins" },
	{ "-infindex a.csv 0", "no '-inf a.csv' in front" },
	{ "-inf d/a.csv -infindex a.csv x", "number of a field" },
	{ "-slave s1", "'-slave' needs '-slave_cfg FILE'" },
	{ "-rp 0", "a rate needs a period" },
	{ "-fd 0", "'-fd 0'" },
};

START_TEST(what_is_refused_says_why)
{
	struct sipp_settings s;
	struct err err = ERR_INIT;

	ck_assert_msg(!parse(refused[_i].line, &s, &err), "%s", refused[_i].line);
	ck_assert_msg(strstr(err.text, refused[_i].says), "%s: %s", refused[_i].line, err.text);
	sipp_settings_release(&s);
}
END_TEST

START_TEST(a_whole_command_line)
{
	struct sipp_settings s;
	struct err err = ERR_INIT;

	ck_assert_msg(parse("127.0.0.9 --sn uac 127.0.0.1:5070 -r 7 -rp 2s -m 10 -l 20 -d 1s -t tn "
	                    "-key domain example.com -key x y -set v 1 -inf d/a.csv -inf b.csv "
	                    "-infindex a.csv 2 -trace_msg -message_file m.log -message_overwrite "
	                    "false -timeout 20 -nd -au joe -s bob -max_retrans 9 "
	                    "-max_invite_retrans 4 -T2 8000 -rtcheck loose -watchdog_interval 500 "
	                    "-min_rtp_port 7000 -tls_ca ca.pem",
	                    &s, &err),
	              "%s", err.text);
	const struct sim_config *c = &s.config;
	ck_assert_str_eq(c->target_text, "127.0.0.1:5070"); /* of two the last, as SIPp */
	ck_assert_str_eq(s.scenario_name, "uac");
	ck_assert(c->pace.kind == PACE_CONSTANT && fabs(c->pace.rate - 3.5) < 1e-9);
	ck_assert(c->max_calls == 10 && c->max_concurrent == 20 && c->pause_ns == NS_PER_S);
	ck_assert(c->transport == SIM_TCP && c->sockets == SOCKETS_PER_CALL);
	ck_assert(c->key_count == 2 && strcmp(c->keys[1].key, "x") == 0);
	ck_assert(c->global_count == 1 && strcmp(c->globals[0].value, "1") == 0);
	ck_assert(c->injection_count == 2 && c->injection[0].index_field == 2);
	ck_assert(c->injection[1].index_field == -1);
	ck_assert(s.logs[SIPP_LOG_MESSAGES].wanted && !s.logs[SIPP_LOG_MESSAGES].overwrite);
	ck_assert(!s.logs[SIPP_LOG_ERRORS].wanted && s.logs[SIPP_LOG_ERRORS].overwrite);
	ck_assert(c->max_duration_ns == 20 * NS_PER_S && c->behaviours == 0);
	ck_assert_str_eq(c->credentials.username, "joe");
	ck_assert_str_eq(c->credentials.password, "password");
	ck_assert_int_eq(c->max_retransmissions, 9);
	ck_assert_int_eq(c->max_invite_retransmissions, 4);
	ck_assert(c->t2_ns == 8 * NS_PER_S && c->loose_retransmission_check);
	ck_assert(c->media.port_min == 7000 && !c->tls.no_verify);
	sipp_settings_release(&s);
}
END_TEST

START_TEST(steps_of_the_rate)
{
	struct sipp_settings s;
	struct err err = ERR_INIT;

	ck_assert(parse("-r 10 -rate_increase 5 -rate_max 100 -fd 10", &s, &err));
	ck_assert(s.config.pace.kind == PACE_STEPS && s.config.pace.quit_at_top);
	ck_assert(s.config.pace.period_ns == 10 * NS_PER_S); /* without -rate_interval */
	ck_assert_double_eq(s.config.pace.rate_to, 100);
	sipp_settings_release(&s);
	ck_assert(parse("-rate_increase 5 -rate_max 100 -rate_interval 3 -no_rate_quit", &s, &err));
	ck_assert(!s.config.pace.quit_at_top && s.config.pace.period_ns == 3 * NS_PER_S);
	sipp_settings_release(&s);
	ck_assert(parse("-rate_increase 5", &s, &err));
	ck_assert(!s.config.pace.quit_at_top && s.config.pace.rate_to == 0);
	sipp_settings_release(&s);
	ck_assert(parse("-users 12", &s, &err));
	ck_assert(s.config.pace.kind == PACE_CONCURRENT && s.config.pace.users == 12);
	sipp_settings_release(&s);
}
END_TEST

START_TEST(every_option_takes_a_good_value)
{
	const struct sipp_option *option = &sipp_option_table[_i];
	static const char *const good[] = {
		[OPTION_BOOL] = "true",  [OPTION_STRING] = "x", [OPTION_INT] = "3",
		[OPTION_UNSIGNED] = "3", [OPTION_COUNT] = "3",  [OPTION_PORT] = "5071",
		[OPTION_FLOAT] = "0.5",  [OPTION_MS] = "5s",    [OPTION_SECONDS] = "5"
	};
	struct sipp_settings s;
	struct err err = ERR_INIT;
	char line[128];

	if (option->kind == OPTION_HEADING || option->kind == OPTION_CALL)
		return;
	ck_assert_ptr_eq(sipp_option_find(option->name), option); /* no name twice */
	bool value = option->values;
	ck_assert(value == (option->kind != OPTION_FLAG && option->kind != OPTION_UNFLAG));
	snprintf(line, sizeof line, "--%s %s 127.0.0.1", option->name,
	         value ? good[option->kind] : "");
	sipp_settings_init(&s);
	sipp_settings_release(&s);
	bool ok = parse(line, &s, &err) || strstr(err.text, "-slave_cfg");
	ck_assert_msg(ok, "%s: %s", line, err.text);
	ck_assert_str_eq(s.config.target_text, "127.0.0.1");
	sipp_settings_release(&s);
}
END_TEST

START_TEST(memory_runs_out)
{
	const char *line = "-key a b -set c d -inf e -key f g -inf h";
	struct sipp_settings s;

	for (uint64_t n = 0; n < 5; n++) {
		struct err err = ERR_INIT;
		mem_fail_after(n);
		bool ok = parse(line, &s, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert(!ok && err.code == ERR_MEMORY);
		sipp_settings_release(&s);
	}
}
END_TEST

static const struct {
	uint64_t succeeded, failed;
	int given;
	bool timed_out;
	int code;
} ends[] = {
	{ 10, 0, 0, false, 0 },  { 9, 1, 0, false, 1 },    { 0, 1, 0, false, 1 },
	{ 0, 0, 0, false, 99 },  { 0, 0, 0, true, 97 },    { 3, 0, 0, true, 0 },
	{ 3, 0, 97, false, 97 }, { 3, 1, 253, true, 253 },
};

START_TEST(ends_in_codes)
{
	struct sim_result r = { .timed_out = ends[_i].timed_out, .exit_code = ends[_i].given };

	r.last.counters.succeeded = ends[_i].succeeded;
	r.last.counters.failed = ends[_i].failed;
	ck_assert_int_eq(sipp_exit_code(&r), ends[_i].code);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

Suite *suite_sipp_options(void);
Suite *suite_sipp_options(void)
{
	Suite *suite = suite_create("sipp_options");
	TCase *tcase = tcase_create("sipp_options");

	tcase_add_loop_test(tcase, times_with_units, 0, COUNT(times));
	tcase_add_loop_test(tcase, sets_of_behaviours, 0, COUNT(behaviours));
	tcase_add_loop_test(tcase, what_is_refused_says_why, 0, COUNT(refused));
	tcase_add_test(tcase, a_whole_command_line);
	tcase_add_test(tcase, steps_of_the_rate);
	tcase_add_loop_test(tcase, every_option_takes_a_good_value, 0, (int)sipp_option_count);
	tcase_add_test(tcase, memory_runs_out);
	tcase_add_loop_test(tcase, ends_in_codes, 0, COUNT(ends));
	suite_add_tcase(suite, tcase);
	return suite;
}
