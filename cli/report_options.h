/* What the command line of `milliwatt report` asks for. */
#ifndef CLI_REPORT_OPTIONS_H
#define CLI_REPORT_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Pages of a folder that a file system and a browser still bear; plots and players take their time. */
#define REPORT_MOST_PAGES   1000000
#define REPORT_MOST_PLOTS   20000
#define REPORT_MOST_PLAYERS 20000

/* Of what. */
enum report_subject {
	REPORT_SUMMARY,
	REPORT_CALLS,
	REPORT_STREAMS,
	REPORT_FINDINGS,
	REPORT_KPI,
};

/* In which form. */
enum report_form {
	REPORT_TEXT,
	REPORT_MARKDOWN,
	REPORT_JSON,
	REPORT_CSV,
	REPORT_JUNIT,
	REPORT_HTML,
};

struct report_options {
	enum report_subject subject;
	enum report_form form;
	const char *database, *output;
	const char *table; /* of --csv */
	bool warnings_fail; /* --junit */
	const char *folder; /* --html, and what follows */
	int64_t pages, plots, audio;
	bool no_texts;
	const char *captures;
};

/* Whether there is one thing asked for, in a form that it has. False: err says what does not go together, and what does. *wants_help: nothing else
 * matters. */
bool report_options_parse(struct report_options *o, int argc, char **argv, bool *wants_help,
                          struct err *err);

#endif
