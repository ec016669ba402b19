/* Runs all suites, or those named on the command line, each test in its own process so that a sanitizer's report is
 * counted under its test's name. CK_FORK=no for a debugger. */
#include "dissectors/sip_grammar.h"
#include "tests/unit/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wanted(const char *name, int argc, char **argv)
{
	if (argc < 2)
		return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	if (!sip_grammar_init())
		return 1;
	for (const struct suite_entry *e = suite_entries; e->name; e++) {
		if (!wanted(e->name, argc, argv))
			continue;
		SRunner *runner = srunner_create(e->make());
		srunner_run_all(runner, CK_SILENT);
		int run = srunner_ntests_run(runner), bad = srunner_ntests_failed(runner);
		TestResult **failures = srunner_failures(runner);
		for (int i = 0; i < bad; i++) {
			const char *test = tr_msg(failures[i]);
			printf("not ok - %s/%s at %s:%d: %s\n", e->name, tr_tcname(failures[i]),
			       tr_lfile(failures[i]), tr_lno(failures[i]), test);
		}
		free(failures);
		srunner_free(runner);
		printf("ok - %s: %d tests, %d failed\n", e->name, run, bad);
		fflush(stdout);
		passed += run - bad;
		failed += bad;
		if (run == 0) {
			printf("not ok - %s runs no test\n", e->name);
			failed++;
		}
	}
	printf("unit: %d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
