/* Commands of a suite: ${...}, words, options of the simulator, files. */
#include "base/mem.h"
#include "cli/suite_plan.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdlib.h>

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
	setenv("SUITE_TEST_SET", "192.0.2.7", 1);
	setenv("SUITE_TEST_EMPTY", "", 1);
	unsetenv("SUITE_TEST_UNSET");
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

#define HEAD                                                                                       \
	"targets:\n"                                                                               \
	"  pbx: {address: '${SUITE_TEST_UNSET:-${uas.address}}', transport: tcp}\n"                \
	"  sbc: 192.0.2.2:5080\n"                                                                  \
	"  round: ${round.address}\n"                                                              \
	"background:\n"                                                                            \
	"  uas: {sim: {scenario: uas}, port: 5071}\n"                                              \
	"  quiet: {command: [sleep, 9]}\n"                                                         \
	"  six: {sim: {scenario: uas}, address: '::1', port: 5072}\n"                              \
	"defaults: {sim: {hold: 2s}}\n"                                                            \
	"cases:\n"                                                                                 \
	"- name: a\n"

/* The words of the only step as a person would type them, or what is wrong. */
static void plan_of(const char *cases, struct text *out, struct suite_plan *plan)
{
	struct err err = ERR_INIT;
	struct text file;
	struct arena arena;

	text_init(&file);
	text_addf(&file, HEAD "%s", cases);
	struct suite *s =
	        suite_read(temp_dir_write(&dir, "night.yaml", slice_str(text_cstr(&file))), &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	arena_init(&arena, 1024);
	if (!suite_plan_case(s, &s->cases[0], "/out", false, &arena, plan, &err))
		text_addf(out, "%s", err.text);
	else if (plan->step_count)
		suite_words_say(plan->steps[0].words, out);
	arena_release(&arena);
	suite_free(s);
	text_release(&file);
}

#define OUT " --record /out/run.db --capture /out/run.pcapng"

static const struct {
	const char *cases, *says;
	uint32_t uses;
} plans[] = {
	{ "  sim: {target: pbx, rate: 5/s}\n",
	  "milliwatt sim --target 127.0.0.1:5071 --transport tcp --rate 5/s --hold 2s" OUT, 1 },
	{ "  sim: {target: pbx, transport: udp, hold: 1s}\n",
	  "milliwatt sim --target 127.0.0.1:5071 --transport udp --hold 1s" OUT, 1 },
	{ "  sim: {target: sbc, duration: 3s}\n",
	  "milliwatt sim --target 192.0.2.2:5080 --max-duration 3s --hold 2s" OUT, 0 },
	{ "  sim: {target: '${six.address}', echo: true, until-failure: false}\n",
	  "milliwatt sim --target '[::1]:5072' --echo --hold 2s" OUT, 4 },
	{ "  sim: {target: '${SUITE_TEST_SET}:${sbc.port}', set: {a: 1, password: tell}}\n",
	  "milliwatt sim --target 192.0.2.7:5080 --set a=1 --set password='***' --hold 2s" OUT, 0 },
	{ "  sim: {target: sbc, inject: [a.csv, 'b c.csv']}\n",
	  "milliwatt sim --target 192.0.2.2:5080 --inject a.csv --inject 'b c.csv' --hold 2s" OUT,
	  0 },
	{ "  virtual: {calls: 5, to: '$${x}'}\n  record-capture: false\n",
	  "milliwatt sim --virtual --calls 5 --to '${x}' --hold 2s --record /out/run.db", 0 },
	{ "  sipp: sipp -sn uac ${uas.address} -m 5 -key 'a b' \"c d\" -ap \"secret\"\n",
	  "milliwatt sipp -sn uac 127.0.0.1:5071 -m 5 -key 'a b' 'c d' -ap '***' -record "
	  "/out/run.db "
	  "-capture /out/run.pcapng",
	  1 },
	{ "  sipp: [-sn, uac, '${uas.address}']\n",
	  "milliwatt sipp -sn uac 127.0.0.1:5071 -record /out/run.db -capture /out/run.pcapng", 1 },
	/* What is wrong. */
	{ "  sim: {target: '${SUITE_TEST_UNSET}'}\n", "${SUITE_TEST_UNSET} is not set", 0 },
	{ "  sim: {target: '${SUITE_TEST_EMPTY}'}\n", "${SUITE_TEST_EMPTY} is not set", 0 },
	{ "  sim: {target: '${nobody.port}'}\n", "${nobody.port} is nothing that is known", 0 },
	{ "  sim: {target: '${uas.transport}'}\n", "is nothing that is known", 0 },
	{ "  sim: {target: '${quiet.port}'}\n", "'quiet' has no 'port:'", 0 },
	{ "  sim: {target: round}\n", "name one another", 0 },
	{ "  sim: {target: '${uas.port'}\n", "'${' without its '}'", 0 },
	{ "  sim: {target: '${a-b}'}\n", "${a-b} is nothing that is known", 0 },
	{ "  sim: {target: sbc, ratte: 5}\n", "rate", 0 },
	{ "  sim: {target: sbc, rate: fast}\n", "--rate takes calls per time", 0 },
	{ "  sim: {target: sbc, record: x.db}\n", "'record' is not for a suite", 0 },
	{ "  sim: {target: sbc, echo: 3}\n", "true or false is wanted", 0 },
	{ "  sim: {target: sbc, rate: {a: 3}}\n", "one value is wanted", 0 },
	{ "  sim: {calls: 3}\n", "whom to call?", 0 },
	{ "  sim: uac\n", "options of 'milliwatt sim' are wanted", 0 },
	{ "  sipp: uac -bg\n", "'-bg' is not for a suite", 0 },
	{ "  sipp: -sn 'uac\n", "a quotation mark is not closed", 0 },
	{ "  sipp: ''\n", "the words of a SIPp command line are wanted", 0 },
	{ "  capture: nowhere-*.pcap\n", "no file 'nowhere-*.pcap'", 0 },
	{ "  capture: {filter: udp}\n", "which captures?", 0 },
	{ "  capture: {files: night.yaml, fitler: udp}\n", "filter", 0 },
	{ "  database: nowhere.db\n", "no file 'nowhere.db'", 0 },
	{ "  compare: {a: night.yaml}\n", "two are compared", 0 },
	{ "  compare: {a: night.yaml, b: night.yaml, max-loss: much}\n", "a part is wanted", 0 },
};

START_TEST(a_plan)
{
	struct suite_plan plan;
	struct text out;

	text_init(&out);
	plan_of(plans[_i].cases, &out, &plan);
	if (slice_starts(slice_str(plans[_i].says), "milliwatt "))
		ck_assert_str_eq(text_cstr(&out), plans[_i].says);
	else
		ck_assert_msg(strstr(text_cstr(&out), plans[_i].says) != NULL, "'%s' is not in: %s",
		              plans[_i].says, text_cstr(&out));
	ck_assert_uint_eq(plan.uses, plans[_i].uses);
	text_release(&out);
}
END_TEST

/* Files are found beside the suite, whatever the current folder is, sorted. */
START_TEST(captures)
{
	struct suite_plan plan;
	struct text out, want;

	temp_dir_write(&dir, "b.pcap", SLICE_LIT("x"));
	temp_dir_write(&dir, "a.pcap", SLICE_LIT("x"));
	text_init(&out);
	text_init(&want);
	plan_of("  capture: {files: '*.pcap', filter: udp port 5060, audio: yes, mask-dtmf: no}\n",
	        &out, &plan);
	text_addf(&want,
	          "milliwatt analyze -o /out/run.db --filter 'udp port 5060' --audio %s/a.pcap "
	          "%s/b.pcap",
	          dir.path, dir.path);
	ck_assert_str_eq(text_cstr(&out), text_cstr(&want));
	text_reset(&out);
	text_reset(&want);
	plan_of("  compare: {a: a.pcap, b: b.pcap, max-loss: 2%}\n", &out, &plan);
	text_addf(&want, "milliwatt analyze -o /out/a.db --marks %s/a.pcap", dir.path);
	ck_assert_str_eq(text_cstr(&out), text_cstr(&want));
	ck_assert_uint_eq(plan.step_count, 2);
	ck_assert_double_eq_tol(plan.max_loss, 0.02, 1e-12);
	text_release(&out);
	text_release(&want);
}
END_TEST

/* Larger than evidence.capture-limit: 256 MB are 32 such calls. */
START_TEST(a_capture_that_would_be_too_large)
{
	struct suite_plan plan;
	struct text out;

	text_init(&out);
	plan_of("  virtual: {calls: 40, media: speech, hold: 300s}\n", &out, &plan);
	ck_assert_ptr_null(strstr(text_cstr(&out), "--capture"));
	ck_assert_ptr_nonnull(plan.no_capture);
	text_reset(&out);
	plan_of("  virtual: {calls: 30, media: speech, hold: 300s}\n", &out, &plan);
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "--capture"));
	text_reset(&out);
	plan_of("  virtual: {calls: 40, media: speech, hold: 300s}\n  record-capture: true\n", &out,
	        &plan);
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "--capture"));
	text_release(&out);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	struct suite *s = suite_read(
	        temp_dir_write(&dir, "night.yaml",
	                       SLICE_LIT(HEAD "  sim: {target: pbx, set: {a: 1}, calls: 7}\n")),
	        &err);

	ck_assert_ptr_nonnull(s);
	for (uint64_t n = 0;; n++) {
		struct suite_plan plan;
		struct arena arena;
		err = (struct err)ERR_INIT;
		ck_assert_uint_lt(n, 10000);
		arena_init(&arena, 64);
		mem_fail_after(n);
		bool ok = suite_plan_case(s, &s->cases[0], "/out", false, &arena, &plan, &err);
		mem_fail_after(UINT64_MAX);
		arena_release(&arena);
		if (ok)
			break;
		ck_assert_int_ne(err.code, ERR_NONE);
	}
	suite_free(s);
}
END_TEST

Suite *suite_suite_plan(void);
Suite *suite_suite_plan(void)
{
	Suite *s = suite_create("suite_plan");
	TCase *t = tcase_create("suite_plan");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_plan, 0, (int)(sizeof plans / sizeof *plans));
	tcase_add_test(t, captures);
	tcase_add_test(t, a_capture_that_would_be_too_large);
	tcase_add_test(t, allocation_n_fails);
	suite_add_tcase(s, t);
	return s;
}
