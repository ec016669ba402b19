/* What a check came to: assertions, each with what was expected, what was found, and the calls to blame. `check`, `compare`, `suite` and
 * `report --junit` all end in one of these, and it is written in one place for each reader. */
#ifndef REPORTS_VERDICTS_H
#define REPORTS_VERDICTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum verdict_result {
	VERDICT_PASSED,
	VERDICT_FAILED, /* it falls short: exit code 1 */
	VERDICT_ERROR, /* it could not be judged: exit code 2 */
	VERDICT_SKIPPED, /* with its reason in `note` */
	VERDICT_RESULTS
};

/* Further ones are counted only. */
#define VERDICT_MAX_BLAME 20

struct verdict_blame {
	int64_t call_id; /* RECORD_NULL: none, the text says what */
	struct slice text; /* "+15550100 -> +15550199, MOS 2.71" */
	struct verdict_blame *next;
};

struct verdict {
	struct slice group; /* 'totals', 'trunk:192.0.2.1', 'finding:A1': JUnit's classname */
	struct slice name; /* 'mos_lq.p05 >= 3.8' */
	enum verdict_result result;
	struct slice expected, actual; /* absent where there is nothing to say */
	struct slice note; /* why, in a sentence; further lines allowed */
	struct slice file; /* where the assertion stands; absent: nowhere */
	unsigned line;
	double seconds; /* that it took; 0: not measured */
	struct verdict_blame *blame, *last_blame;
	int64_t blame_count; /* of all, kept or not */
	struct verdict *next;
};

struct verdicts {
	struct slice title; /* of the whole: JUnit's testsuite name */
	const char *database; /* for the commands that show a call; NULL: none. Borrowed */
	int64_t started_us;
	struct verdict *first, *last;
	int64_t counts[VERDICT_RESULTS];
	struct arena arena;
	struct verdict spare; /* given where there is no memory for one */
	bool failed; /* out of memory at some point: check once at the end */
};

void verdicts_init(struct verdicts *v, const char *title, const char *database);
void verdicts_release(struct verdicts *v);

/* Adds one, keeping copies; never NULL: after a failed allocation a spare one that counts for nothing is given. */
struct verdict *verdicts_add(struct verdicts *v, struct slice group, struct slice name,
                             enum verdict_result result);
/* Takes another result than it was added with. */
void verdicts_turn(struct verdicts *v, struct verdict *one, enum verdict_result result);
/* Keeps a formatted text: `to` is a slice of a verdict. */
void verdicts_say(struct verdicts *v, struct slice *to, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void verdicts_blame(struct verdicts *v, struct verdict *one, int64_t call_id, struct slice text);
/* All of another, their group with "PREFIX." in front. */
void verdicts_take(struct verdicts *v, const struct verdicts *from, struct slice prefix);

/* 2 where one could not be judged, else 1 where one falls short, else 0. */
int verdicts_exit_code(const struct verdicts *v);

/* Each appends to `out`, everything escaped for its place. False: memory, err is set. */
bool verdicts_text(const struct verdicts *v, bool colour, struct text *out, struct err *err);
bool verdicts_markdown(const struct verdicts *v, struct text *out, struct err *err);
bool verdicts_json(const struct verdicts *v, struct text *out, struct err *err);
/* JUnit as the Jenkins xunit plugin and GitLab read it: one testsuite, a testcase each, in UTF-8 without what XML 1.0 forbids. */
bool verdicts_junit(const struct verdicts *v, struct text *out, struct err *err);
/* Several as the testsuites of one file. */
bool verdicts_junit_all(const struct verdicts *const *all, size_t count, struct text *out,
                        struct err *err);
/* A table for inside a page (reports/html/page.h); `call_link`: how to reach a call's page, NULL: not at all. */
bool verdicts_html(const struct verdicts *v, void (*call_link)(struct text *out, int64_t call_id),
                   struct text *out, struct err *err);

#endif
