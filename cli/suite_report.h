/* What a suite came to, for each of its readers: junit.xml, summary.md, suite.json, index.html in the output folder. */
#ifndef CLI_SUITE_REPORT_H
#define CLI_SUITE_REPORT_H

#include "cli/suite_run.h"

#define SUITE_MARK         ".milliwatt-suite"
#define SUITE_JSON_VERSION 1

/* Makes the folder, or takes what an earlier suite left out of one of ours. False: err says what is in the way. */
bool suite_output_open(const char *path, struct err *err);

/* All files. `summary`: Markdown is appended to this file too; NULL: none. */
bool suite_write_reports(const struct suite_run *r, const char *summary, struct err *err);

/* Each appends. False: err. */
bool suite_add_markdown(const struct suite_run *r, struct text *out, struct err *err);
bool suite_add_json(const struct suite_run *r, struct text *out, struct err *err);
bool suite_html_index(const struct suite_run *r, struct text *out, struct err *err);

/* "3 of 5 cases hold, 1 falls short, 1 could not be judged" */
void suite_say_counts(const struct suite_run *r, struct text *out);
/* What is below the output folder, from there; `path` itself where it is not. */
const char *suite_relative(const struct suite_run *r, const char *path);

#endif
