/* The rule table, its file and what is printed of it. */
#include "analyzer/findings/rules.h"
#include "base/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_rules(void);

/* Small words between single hyphens, at most 24 octets: what errors guess at. */
static bool is_kebab_case(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= 24 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
	       name[0] != '-' && name[n - 1] != '-' && !strstr(name, "--");
}

START_TEST(rule_explains_itself)
{
	const struct rule *rule = rule_of((enum rule_id)_i);
	size_t noun = strlen(rule->noun);

	ck_assert_msg(rule_named(slice_str(rule->id)) == (enum rule_id)_i, "%s", rule->id);
	ck_assert_msg(rule_named(slice_str(rule->name)) == (enum rule_id)_i, "%s", rule->name);
	ck_assert_int_eq(rule->id[0], rules_family((enum rule_id)_i)[0]);
	ck_assert_msg(is_kebab_case(rule->name), "%s: '%s'", rule->id, rule->name);
	ck_assert_msg(noun > 1 && rule->noun[noun - 1] == 's', "%s: '%s'", rule->id, rule->noun);
	ck_assert_msg(strncmp(rule->section, "RFC ", 4) == 0 ||
	                      strcmp(rule->section, "operational practice") == 0,
	              "%s: '%s'", rule->id, rule->section);
	ck_assert_msg(rule->meaning && strlen(rule->meaning) > 20, "%s", rule->id);
	ck_assert_msg(rule->fix && strlen(rule->fix) > 20, "%s", rule->id);
	/* What is worth an alarm can be wrong. */
	ck_assert_msg(rule->disproof ? strlen(rule->disproof) > 10
	                             : rule->severity == SEVERITY_INFO,
	              "%s", rule->id);
}
END_TEST

static void check_setting(const struct rule *rule, const struct rule_setting *s)
{
	static const char *const units[] = { "", "s", "ms", "h", "ratio", "octets" };
	unsigned i = 0;

	ck_assert_msg(strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(s->name),
	              "%s.%s", rule->id, s->name);
	if (s->list)
		return;
	ck_assert_msg(s->least < s->most && s->least <= s->value && s->value <= s->most, "%s.%s",
	              rule->id, s->name);
	ck_assert_msg(s->unit != NULL, "%s.%s", rule->id, s->name);
	while (i < sizeof units / sizeof *units && strcmp(units[i], s->unit) != 0)
		i++;
	ck_assert_msg(i < sizeof units / sizeof *units, "%s.%s: '%s'", rule->id, s->name, s->unit);
	if (strcmp(s->unit, "ratio") == 0)
		ck_assert_msg(s->least >= 0 && s->most <= 1, "%s.%s", rule->id, s->name);
}

START_TEST(settings_are_sound)
{
	const struct rule *rule = rule_of((enum rule_id)_i);

	for (unsigned i = 0; i < RULE_MAX_SETTINGS && rule->settings[i].name; i++) {
		check_setting(rule, &rule->settings[i]);
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(rule->settings[i].name, rule->settings[j].name);
	}
}
END_TEST

START_TEST(names_are_unique)
{
	for (unsigned i = 0; i < RULE_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(rule_of((enum rule_id)i)->name,
			                 rule_of((enum rule_id)j)->name);
}
END_TEST

/* D9 has settings of the kinds there are: count, ratio; H1 a list. */
static const struct {
	const char *file;
	enum rule_id rule;
	const char *setting;
	double number;
	const char *list;
	int enabled; /* -1: not looked at */
} sound[] = {
	{ "", RULE_D9, "responses", 5, NULL, 1 },
	{ "D9.responses = 12", RULE_D9, "responses", 12, NULL, 1 },
	{ "d9.RESPONSES=12\r\n", RULE_D9, "responses", 12, NULL, 1 },
	{ "overload.responses = 12 # the trunk's limit", RULE_D9, "responses", 12, NULL, 1 },
	{ "  D9 . responses =\t7  ", RULE_D9, "responses", 7, NULL, 1 },
	{ "D9.ratio = 0.25", RULE_D9, "ratio", 0.25, NULL, 1 },
	{ "D9.responses = 12\nD9.responses = 13\n", RULE_D9, "responses", 13, NULL, 1 },
	{ "# D9 = off\n\n   # D9 = off", RULE_D9, "responses", 5, NULL, 1 },
	{ "D9 = off", RULE_D9, NULL, 0, NULL, 0 },
	{ "D9 = OFF\nD9 = on", RULE_D9, NULL, 0, NULL, 1 },
	{ "H1.agents = one, two words,#3", RULE_H1, "agents", 0, "one, two words,#3", 1 },
	{ "H1.agents = a\nH1.agents = b", RULE_H1, "agents", 0, "b", 1 },
	{ "H1.agents =", RULE_H1, "agents", 0, "", 1 },
	{ "H1.agents =#a # b", RULE_H1, "agents", 0, "", 1 },
};

START_TEST(file_is_read)
{
	struct err err = ERR_INIT;
	struct rules r;

	rules_init(&r);
	ck_assert_msg(rules_parse(&r, slice_str(sound[_i].file), "f", &err), "%s", err.text);
	ck_assert_int_eq(r.enabled[sound[_i].rule], sound[_i].enabled);
	if (sound[_i].list)
		ck_assert(slice_eq_str(rules_list(&r, sound[_i].rule, sound[_i].setting),
		                       sound[_i].list));
	else if (sound[_i].setting)
		ck_assert_double_eq(rules_number(&r, sound[_i].rule, sound[_i].setting),
		                    sound[_i].number);
	rules_release(&r);
}
END_TEST

static const struct {
	const char *file, *error;
} wrong[] = {
	{ "D99 = off", "f:1: no rule 'D99'; did you mean D9 (overload)? 'milliwatt rules' prints "
	               "them all" },
	{ "\n\noverlaod = off", "f:3: no rule 'overlaod'; did you mean D9 (overload)? 'milliwatt "
	                        "rules' prints them all" },
	{ "D9.response = 3", "f:1: D9 (overload) has no setting 'response'; did you mean "
	                     "D9.responses?" },
	{ "D9 off", "f:1: no '='; a line is RULE = on, RULE = off or RULE.setting = value" },
	{ "D9 = maybe", "f:1: D9 is 'on' or 'off', not 'maybe'" },
	{ "D9 =", "f:1: D9 is 'on' or 'off', not ''" },
	{ "D9.responses = 0", "f:1: D9.responses is a number from 1 to 1000000, not '0'" },
	{ "D9.responses = nan", "f:1: D9.responses is a number from 1 to 1000000, not 'nan'" },
	{ "D9.responses = inf", "f:1: D9.responses is a number from 1 to 1000000, not 'inf'" },
	{ "D9.responses = 3x", "f:1: D9.responses is a number from 1 to 1000000, not '3x'" },
	{ "D9.responses =", "f:1: D9.responses is a number from 1 to 1000000, not ''" },
	{ "D9.responses = 3 4", "f:1: D9.responses is a number from 1 to 1000000, not '3 4'" },
	{ "D9.window = 9999999", "f:1: D9.window is a number from 1 to 86400 s, not '9999999'" },
	{ "\x1b[31m = on", "f:1: no rule '\\x1B[31m'; did you mean" },
};

START_TEST(file_is_refused)
{
	struct err err = ERR_INIT;
	struct rules r;

	rules_init(&r);
	ck_assert(!rules_parse(&r, slice_str(wrong[_i].file), "f", &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(!strncmp(err.text, wrong[_i].error, strlen(wrong[_i].error)), "%s", err.text);
	rules_release(&r);
}
END_TEST

START_TEST(nul_is_refused)
{
	struct err err = ERR_INIT;
	struct rules r;

	rules_init(&r);
	ck_assert(!rules_parse(&r, SLICE_LIT("D9 = o\0n"), "f", &err));
	ck_assert_str_eq(err.text, "f:1: a NUL octet: this is no text file");
	rules_release(&r);
}
END_TEST

START_TEST(missing_file)
{
	struct err err = ERR_INIT;
	struct rules r;

	rules_init(&r);
	ck_assert(!rules_load(&r, "/nonexistent/x.rules", &err));
	ck_assert_str_eq(err.text, "cannot open '/nonexistent/x.rules': No such file or directory");
	rules_release(&r);
}
END_TEST

static void print_all(const struct rules *r, struct text *out)
{
	text_reset(out);
	for (unsigned id = 0; id < RULE_COUNT; id++)
		rules_print(r, (enum rule_id)id, out);
	ck_assert(!out->failed);
}

/* What is printed reads back as the same, changed values too. */
START_TEST(printed_file_reads_back)
{
	static const char changes[] = "D9.responses = 12\nD9.ratio = 0.0625\nD11 = off\n"
	                              "H1.agents = one, two words\n";
	struct err err = ERR_INIT;
	struct rules r, again;
	struct text printed, reprinted;

	rules_init(&r);
	rules_init(&again);
	text_init(&printed);
	text_init(&reprinted);
	ck_assert_msg(rules_parse(&r, slice_str(changes), "f", &err), "%s", err.text);
	print_all(&r, &printed);
	ck_assert_msg(rules_parse(&again, slice_of(printed.p, printed.n), "f", &err), "%s",
	              err.text);
	print_all(&again, &reprinted);
	ck_assert_str_eq(text_cstr(&printed), text_cstr(&reprinted));
	ck_assert(!again.enabled[RULE_D11]);
	ck_assert_double_eq(rules_number(&again, RULE_D9, "ratio"), 0.0625);
	text_release(&printed);
	text_release(&reprinted);
	rules_release(&r);
	rules_release(&again);
}
END_TEST

START_TEST(settings_as_json)
{
	struct err err = ERR_INIT;
	struct rules r;
	struct text out;

	rules_init(&r);
	text_init(&out);
	ck_assert(rules_parse(&r, SLICE_LIT("H1.agents = a\"b, ,c"), "f", &err));
	rules_settings_json(&r, RULE_H1, &out);
	ck_assert_str_eq(text_cstr(&out), "{\"agents\": {\"list\": [\"a\\\"b\", \"c\"]}}");
	text_release(&out);
	rules_release(&r);
}
END_TEST

START_TEST(lack_of_memory)
{
	struct rules r;
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		rules_init(&r);
		mem_fail_after(n);
		done = rules_parse(&r, SLICE_LIT("H1.agents = a\nH1.agents = b"), "f", &err);
		mem_fail_after(UINT64_MAX);
		ck_assert(done || err.code == ERR_MEMORY);
		rules_release(&r);
	}
}
END_TEST

Suite *suite_rules(void)
{
	Suite *s = suite_create("rules");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, rule_explains_itself, 0, RULE_COUNT);
	tcase_add_loop_test(tc, settings_are_sound, 0, RULE_COUNT);
	tcase_add_test(tc, names_are_unique);
	tcase_add_loop_test(tc, file_is_read, 0, sizeof sound / sizeof *sound);
	tcase_add_loop_test(tc, file_is_refused, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(tc, nul_is_refused);
	tcase_add_test(tc, missing_file);
	tcase_add_test(tc, printed_file_reads_back);
	tcase_add_test(tc, settings_as_json);
	tcase_add_test(tc, lack_of_memory);
	suite_add_tcase(s, tc);
	return s;
}
