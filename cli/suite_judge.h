/* Did a case hold? What ran, what the records show, what the night before showed. */
#ifndef CLI_SUITE_JUDGE_H
#define CLI_SUITE_JUDGE_H

#include "cli/suite_plan.h"
#include "cli/suite_process.h"
#include "reports/verdicts.h"

struct suite_judged {
	bool records; /* the database can be read */
	bool compared; /* compare.html was written into the case's folder */
};

/* Adds to `out` what it came to. What cannot be judged is a verdict too: only `out` can have failed. */
void suite_judge_case(const struct suite *s, const struct suite_case *c, const struct suite_plan *p,
                      const struct suite_ended *ended, size_t ended_count, const char *folder,
                      struct verdicts *out, struct suite_judged *judged);

/* A verdict of an error; the text is taken. */
void suite_judge_error(struct verdicts *out, const char *group, const char *name,
                       const struct err *err);

/* A case that is meant to fail: what fell short is put aside, and that something did is what holds. */
void suite_judge_turned(struct verdicts *v);

/* Calls to look at, those first that verdicts blame, in turn; else the worst of the records. Returns how many. */
size_t suite_blamed_calls(const struct verdicts *v, const char *database, int64_t *ids,
                          size_t most);

#endif
