/* Suite files: what is read out of them, and what is said of those that are wrong. */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/suite_file.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

static struct suite *read_text(const char *text, struct err *err)
{
	return suite_read(temp_dir_write(&dir, "night.yaml", slice_str(text)), err);
}

static const char whole[] = "suite: nightly\n"
                            "output: out\n"
                            "jobs: 3\n"
                            "flaky: fail\n"
                            "defaults: {timeout: 90s, retries: 1, sim: {hold: 1s}}\n"
                            "evidence: {calls: 7, mask: [digits], tar: true, capture-limit: 2M,\n"
                            "  keep-captures: failed}\n"
                            "targets:\n"
                            "  pbx: {address: '192.0.2.1:5060', transport: tcp}\n"
                            "  sbc: 192.0.2.2\n"
                            "background:\n"
                            "  uas: {sim: {scenario: uas}, port: auto, ready: 3s}\n"
                            "cases:\n"
                            "  - name: Basic calls!\n"
                            "    sim: {target: pbx}\n"
                            "    tags: [smoke, tcp]\n"
                            "    expect: {}\n"
                            "    baseline: nights\n"
                            "    keep: 5\n"
                            "  - name: basic-calls\n"
                            "    virtual: {calls: 5}\n"
                            "    needs: Basic calls!\n"
                            "    timeout: 5m\n"
                            "    expected: fail\n"
                            "    record-capture: false\n"
                            "    html: failed\n"
                            "    only: PBX\n"
                            "    baseline: {path: base.db, alpha: 0.01}\n";

START_TEST(is_read)
{
	struct err err = ERR_INIT;
	struct suite *s = read_text(whole, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_str_eq(s->name, "nightly");
	ck_assert_uint_eq(s->jobs, 3);
	ck_assert(s->flaky_fails);
	ck_assert_uint_eq(s->evidence.calls, 7);
	ck_assert(s->evidence.mask_digits && !s->evidence.mask_credentials && s->evidence.tar);
	ck_assert_int_eq(s->evidence.capture_octets, 2000000);
	ck_assert_int_eq(s->evidence.keep_captures, SUITE_FAILED);
	ck_assert_uint_eq(s->target_count, 2);
	ck_assert(slice_eq_str(s->targets[1].address->text, "192.0.2.2"));
	ck_assert_ptr_null(s->targets[1].transport);
	ck_assert_uint_eq(s->background_count, 1);
	ck_assert(s->backgrounds[0].auto_port);
	ck_assert_int_eq(s->backgrounds[0].ready_ns, 3 * NS_PER_S);
	ck_assert_uint_eq(s->case_count, 2);
	const struct suite_case *a = &s->cases[0], *b = &s->cases[1];
	ck_assert_int_eq(a->kind, SUITE_SIM);
	ck_assert_str_eq(a->slug, "basic-calls");
	ck_assert_int_eq(a->timeout_ns, 90 * NS_PER_S);
	ck_assert_uint_eq(a->retries, 1);
	ck_assert_uint_eq(a->baseline.keep, 5);
	ck_assert(suite_case_has_tag(a, SLICE_LIT("tcp")));
	ck_assert(!suite_case_has_tag(b, SLICE_LIT("tcp")));
	ck_assert_int_eq(b->kind, SUITE_VIRTUAL);
	ck_assert_str_eq(b->slug, "basic-calls-2");
	ck_assert_int_eq(b->timeout_ns, 300 * NS_PER_S);
	ck_assert(b->expected_to_fail);
	ck_assert_int_eq(b->capture, CAPTURE_NO);
	ck_assert_int_eq(b->html, SUITE_FAILED);
	ck_assert_str_eq(b->only, "PBX");
	ck_assert_double_eq_tol(b->baseline.alpha, 0.01, 1e-12);
	ck_assert_uint_eq(b->baseline.keep, 14);
	suite_free(s);
}
END_TEST

static const struct {
	const char *text, *says;
} wrongs[] = {
	{ "", "the file is empty" },
	{ "- a\n", "names with values are wanted" },
	{ "suite: x\n", "a suite needs 'cases:'" },
	{ "cases: []\n", "a suite needs 'cases:'" },
	{ "cases: [x]\n", "a case is a mapping" },
	{ "caces: []\n", "cases" },
	{ "cases:\n- name: a\n", "say what case 'a' runs" },
	{ "cases:\n- sim: {}\n", "a case needs a 'name:'" },
	{ "cases:\n- {name: a, sim: {}, virtual: {}}\n",
	  "'sim' and 'virtual': a case is one of them" },
	{ "cases:\n- {name: a, sim: {}, timeout: soon}\n", "night.yaml:2:" },
	{ "cases:\n- {name: a, sim: {}, timeout: soon}\n", "a time is wanted" },
	{ "cases:\n- {name: a, sim: {}, timeout: 0s}\n", "a time is wanted" },
	{ "cases:\n- {name: a, sim: {}, retries: -1}\n", "a number from 0 to 20 is wanted" },
	{ "cases:\n- {name: a, sim: {}, keep: 3}\n", "'keep' is of a 'baseline'" },
	{ "cases:\n- {name: a, sim: {}, baseline: {keep: 3}}\n", "a baseline is a database" },
	{ "cases:\n- {name: a, sim: {}, needs: b}\n- {name: b, sim: {}}\n",
	  "'b' is no case above this one" },
	{ "cases:\n- {name: a, sim: {}, needs: a}\n", "'a' is no case above this one" },
	{ "cases:\n- {name: a, sim: {}}\n- {name: a, sim: {}}\n", "two cases are called 'a'" },
	{ "cases:\n- {name: a, sim: {}, expected: maybe}\n", "'pass' or 'fail' is wanted" },
	{ "cases:\n- {name: a, sim: {}, only: 'a b'}\n", "names a variable of the environment" },
	{ "cases:\n- {name: a, sim: {}, html: some}\n", "'none', 'failed' or 'all'" },
	{ "cases:\n- {name: a, sim: {}, record-capture: auto-ish}\n", "true or false" },
	{ "cases:\n- {name: a, sim: {}, expect: nowhere.yaml}\n", "nowhere.yaml" },
	{ "targets: {a: {transport: udp}}\ncases: []\n", "a target needs its address" },
	{ "targets: {'a b': x}\ncases: []\n", "such names are of letters" },
	{ "targets: {a: x}\nbackground: {a: {sim: {}}}\ncases: []\n",
	  "is the name of a target already" },
	{ "background: {a: {port: auto}}\ncases: []\n", "say what runs" },
	{ "background: {a: {sim: {}, command: [x]}}\ncases: []\n", "is what runs" },
	{ "background: {a: {sim: {}, port: 70000}}\ncases: []\n", "from 0 to 65535" },
	{ "evidence: {mask: passwords}\ncases: []\n", "'credentials' and 'digits'" },
	{ "evidence: {calls: 21}\ncases: []\n", "from 0 to 20" },
	{ "evidence: {capture-limit: big}\ncases: []\n", "octets are wanted" },
	{ "flaky: perhaps\ncases: []\n", "'pass' or 'fail'" },
	{ "jobs: many\ncases: []\n", "a number from 0 to 64" },
	{ "defaults: {needs: a}\ncases: []\n", "needs" },
};

START_TEST(is_refused)
{
	struct err err = ERR_INIT;
	struct suite *s = read_text(wrongs[_i].text, &err);

	ck_assert_ptr_null(s);
	ck_assert_int_ne(err.code, ERR_NONE);
	ck_assert_msg(strstr(err.text, wrongs[_i].says) != NULL, "'%s' is not in: %s",
	              wrongs[_i].says, err.text);
}
END_TEST

static const struct yaml_node *at(const struct yaml_node *n, const char *const *keys)
{
	for (; *keys; keys++) {
		ck_assert_int_eq(n->kind, YAML_MAPPING);
		n = yaml_get(n, *keys);
		ck_assert_msg(n != NULL, "no '%s'", *keys);
	}
	return n;
}

#define AT(y, ...) at(yaml_root(y), (const char *const[]){ __VA_ARGS__, NULL })

/* tests/suite/run.sh runs their line; this reads them as CI would. */
START_TEST(workflows_of_docs)
{
	struct err err = ERR_INIT;
	struct yaml *hub = yaml_read("docs/ci/github-actions.yml", &err);
	struct yaml *lab = yaml_read("docs/ci/gitlab-ci.yml", &err);
	const struct yaml_node *run = NULL, *kept = NULL;

	ck_assert_msg(hub && lab, "%s", err.text);
	for (const struct yaml_node *s = AT(hub, "jobs", "suite", "steps")->first; s; s = s->next) {
		const struct yaml_node *r = yaml_get(s, "run"), *uses = yaml_get(s, "uses");
		ck_assert(!r != !uses);
		if (r && slice_starts(r->text, "milliwatt suite "))
			run = r;
		if (uses && slice_starts(uses->text, "actions/upload-artifact"))
			kept = yaml_get(yaml_get(s, "with"), "path");
	}
	ck_assert(run && kept);
	ck_assert(slice_find_str(run->text, "--output nightly-report ") != SLICE_NPOS);
	ck_assert(slice_eq_str(kept->text, "nightly-report"));
	const struct yaml_node *line = AT(lab, "nightly", "script")->first;
	ck_assert(slice_starts(line->text, "milliwatt suite --jobs 2 --output nightly-report "));
	ck_assert_ptr_null(line->next);
	ck_assert(slice_eq_str(AT(lab, "nightly", "artifacts", "reports", "junit")->text,
	                       "nightly-report/junit.xml"));
	yaml_close(hub);
	yaml_close(lab);
}
END_TEST

START_TEST(the_suite_of_docs)
{
	struct err err = ERR_INIT;
	struct suite *s = suite_read("docs/ci/nightly.yaml", &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_uint_eq(s->case_count, 5);
	suite_free(s);
}
END_TEST

START_TEST(allocation_n_fails)
{
	char path[200];

	snprintf(path, sizeof path, "%s", temp_dir_write(&dir, "night.yaml", slice_str(whole)));
	for (uint64_t n = 0;; n++) {
		struct err err = ERR_INIT;
		ck_assert_uint_lt(n, 10000);
		mem_fail_after(n);
		struct suite *s = suite_read(path, &err);
		mem_fail_after(UINT64_MAX);
		suite_free(s);
		if (s)
			break;
		ck_assert_int_eq(err.code, ERR_MEMORY);
	}
}
END_TEST

Suite *suite_suite_file(void);
Suite *suite_suite_file(void)
{
	Suite *s = suite_create("suite_file");
	TCase *t = tcase_create("suite_file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, is_read);
	tcase_add_loop_test(t, is_refused, 0, (int)(sizeof wrongs / sizeof *wrongs));
	tcase_add_test(t, workflows_of_docs);
	tcase_add_test(t, the_suite_of_docs);
	tcase_add_test(t, allocation_n_fails);
	suite_add_tcase(s, t);
	return s;
}
