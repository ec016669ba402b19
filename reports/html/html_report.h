/* `milliwatt report DB --html DIR`: the folder that people open after an outage.
 *
 *     index.html     headline numbers with definitions, outcomes over time, findings by calls hit, worst streams, trunks, percentiles
 *     calls.html     search and filters over all calls (calls-2.html ...: without the script, by page)
 *     findings.html, finding pages; calls/NNN/ID.html: one call; plots/: SVG of gnuplot and its data; audio/: WAV
 */
#ifndef REPORTS_HTML_HTML_REPORT_H
#define REPORTS_HTML_HTML_REPORT_H

#include "reports/html/folder.h"
#include "reports/message_texts.h"
#include "reports/plot.h"
#include "reports/records/query.h"

/* So many calls get a page of their own: those with findings, without an answer or with the lowest scores first. The others are in the
 * lists, with the command that shows them. */
#define HTML_DEFAULT_PAGES 20000
/* So many calls get plots of their streams by gnuplot, the same ones first. All have curves drawn by ourselves. */
#define HTML_DEFAULT_PLOTS 200

struct html_options {
	int64_t pages, plots;
	const struct message_texts *texts;
	/* Writes the sound of a call to a WAV file; false: err is set. NULL: no players. *none: there is nothing to hear in it. */
	bool (*audio)(void *context, int64_t call_id, const char *path, bool *none,
	              struct err *err);
	void *audio_context;
	void (*progress)(void *context, int64_t done, int64_t all); /* NULL: none */
	void *progress_context;
};

struct html_outcome {
	int64_t calls, pages, files, octets;
	const char *
	        plots_absent; /* why there are no plots by gnuplot; NULL: there are. Points to `why` */
	char why[256];
	char no_texts
	        [512]; /* why messages have no texts, as html_options.texts says; empty: they have */
};

bool html_report(struct records *r, const char *folder, const struct html_options *options,
                 struct html_outcome *outcome, struct err *err);

#endif
