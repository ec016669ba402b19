/* Runs all suites, or those named on the command line, and adds up their counts. Each suite is run by a process of its own, as many at a
 * time as there are processors (UNIT_JOBS=n: n), and each test by another, so that a sanitizer's report is counted under its test's name.
 * A suite that dies without its count is a failure. CK_FORK=no, for a debugger: everything in this process. */
#include "dissectors/sip_grammar.h"
#include "tests/unit/suites.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_JOBS   4 /* each has the sanitizer's memory */
#define MAX_SUITES 512

struct count {
	int passed, failed;
	bool told;
};

struct job {
	const struct suite_entry *suite;
	struct count *count; /* shared with the process that runs it */
	pid_t pid;
};

static struct count run_suite(const struct suite_entry *e)
{
	SRunner *runner = srunner_create(e->make());

	srunner_run_all(runner, CK_SILENT);
	int run = srunner_ntests_run(runner), bad = srunner_ntests_failed(runner);
	TestResult **failures = srunner_failures(runner);
	for (int i = 0; i < bad; i++)
		printf("not ok - %s/%s at %s:%d: %s\n", e->name, tr_tcname(failures[i]),
		       tr_lfile(failures[i]), tr_lno(failures[i]), tr_msg(failures[i]));
	free(failures);
	srunner_free(runner);
	printf("ok - %s: %d tests, %d failed\n", e->name, run, bad);
	if (run == 0)
		printf("not ok - %s runs no test\n", e->name);
	return (struct count){ .passed = run - bad, .failed = bad + (run == 0), .told = true };
}

static void start(struct job *job)
{
	fflush(stdout);
	job->pid = fork();
	if (job->pid == 0) {
		*job->count = run_suite(job->suite);
		exit(0);
	}
	if (job->pid < 0)
		perror("unit: fork");
}

static void end(const struct job *job, int status)
{
	if (job->count->told && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	printf("not ok - %s: its process ended with %s %d%s\n", job->suite->name,
	       WIFEXITED(status) ? "code" : "signal",
	       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	       job->count->told ? "" : " and no count");
	job->count->failed++;
}

static struct job *job_of(struct job *jobs, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (jobs[i].pid == pid)
			return &jobs[i];
	return NULL;
}

/* As soon as one is over the next is started. One that could not be started has told nothing. */
static void run_side_by_side(struct job *jobs, size_t count, size_t at_once)
{
	size_t started = 0, running = 0;

	while (started < count || running) {
		int status;
		if (started < count && running < at_once) {
			start(&jobs[started]);
			if (jobs[started].pid > 0)
				running++;
			else
				end(&jobs[started], 0);
			started++;
			continue;
		}
		struct job *over = job_of(jobs, started, wait(&status));
		if (!over)
			continue;
		end(over, status);
		running--;
	}
}

static size_t jobs_at_once(void)
{
	const char *wanted = getenv("UNIT_JOBS");
	long n = wanted ? strtol(wanted, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_JOBS ? MAX_JOBS : (size_t)n;
}

/* False if one of the names is no suite's. */
static bool choose(int argc, char **argv, struct job *jobs, size_t *count)
{
	int known = 0;

	for (const struct suite_entry *e = suite_entries; e->name; e++) {
		if (*count == MAX_SUITES)
			abort();
		bool named = false;
		for (int i = 1; i < argc; i++)
			if (strcmp(argv[i], e->name) == 0)
				named = true, known++;
		if (named || argc < 2)
			jobs[(*count)++].suite = e;
	}
	if (known != argc - 1)
		fprintf(stderr, "unit: a suite is named as its file: tests/unit/test_NAME.c\n");
	return known == argc - 1;
}

int main(int argc, char **argv)
{
	struct job jobs[MAX_SUITES] = { 0 };
	size_t count = 0;
	int passed = 0, failed = 0;
	const char *fork_tests = getenv("CK_FORK");
	struct count *counts = mmap(NULL, sizeof(struct count[MAX_SUITES]), PROT_READ | PROT_WRITE,
	                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* whole lines, from whichever process */
	if (counts == MAP_FAILED || !sip_grammar_init() || !choose(argc, argv, jobs, &count))
		return 1;
	for (size_t i = 0; i < count; i++)
		jobs[i].count = &counts[i];
	if (fork_tests && strcmp(fork_tests, "no") == 0)
		for (size_t i = 0; i < count; i++)
			counts[i] = run_suite(jobs[i].suite);
	else
		run_side_by_side(jobs, count, jobs_at_once());
	for (size_t i = 0; i < count; i++) {
		passed += counts[i].passed;
		failed += counts[i].failed;
	}
	printf("unit: %d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
