/* `milliwatt report DB --html DIR`: the folder of pages, with what only the captures can give: texts of messages and sound. */
#ifndef CLI_HTML_REPORT_H
#define CLI_HTML_REPORT_H

#include "reports/html/html_report.h"

/* So many calls get a player where --audio names no number. */
#define HTML_DEFAULT_AUDIO 20

struct html_request {
	const char *folder;
	int64_t pages, plots; /* of so many calls: HTML_DEFAULT_PAGES, HTML_DEFAULT_PLOTS */
	int64_t audio; /* players: of so many calls, those with findings and low scores first */
	bool no_texts; /* the captures are not read for the texts of messages */
	const char *captures; /* the directory they lie in now; NULL: where they lay */
	bool quiet; /* no progress on stderr */
};

/* Writes the folder. Captures that are gone are no error: the pages say so. False: err. */
bool html_request_run(struct records *r, const struct html_request *request,
                      struct html_outcome *outcome, struct err *err);

#endif
