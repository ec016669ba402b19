/* What a person reads first of a database, and what a program reads. Each appends to `out`; false: err is set (the database cannot be
 * read, memory). `err` comes in clean. */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"
#include "reports/verdicts.h"

/* Ten seconds' reading: captures, calls, streams, digits, worst calls. Plain text. */
bool report_text(struct records *r, struct text *out, struct err *err);
/* The same with bold headings and red warnings, for a terminal. */
bool report_text_colour(struct records *r, struct text *out, struct err *err);

/* The same facts and every call as one JSON document: docs/report-json.md describes each key, docs/report.schema.json says it to programs.
 * REPORT_JSON_VERSION grows when a key goes or changes its meaning; new keys come without. */
#define REPORT_JSON_FORMAT  "milliwatt-report"
#define REPORT_KPI_FORMAT   "milliwatt-kpi"
#define REPORT_JSON_VERSION 1
bool report_json(struct records *r, struct text *out, struct err *err);

/* GitHub's and GitLab's Markdown for the summary of a CI job, at most some 500 KB: both refuse or cut at 1 MB. */
bool report_markdown(struct records *r, struct text *out, struct err *err);

/* A verdict for each rule in force: it falls short where the rule found something of severity error (or, where asked, warning), and is skipped
 * where the captures could not show what it looks for. */
bool report_verdicts(struct records *r, bool warnings_fail, struct verdicts *out, struct err *err);

/* The key figures with their definitions, of the whole, per trunk and per minute. */
bool report_kpi(struct records *r, bool colour, struct text *out, struct err *err);
/* All rows of `kpi`, and the definitions. */
bool report_kpi_json(struct records *r, struct text *out, struct err *err);

/* One line per call, for finding the one to show. */
bool report_calls(struct records *r, struct text *out, struct err *err);

/* One line per RTP stream in order of time, with its call's number or "-". */
bool report_streams(struct records *r, struct text *out, struct err *err);

#endif
