/* What the files share that write a report's own pages (not those of calls): html_report.c says in which order. Nobody else includes this.
 * Functions append to work->out or write whole files; false: err is set. */
#ifndef REPORTS_HTML_REPORT_PARTS_H
#define REPORTS_HTML_REPORT_PARTS_H

#include "reports/html/folder.h"
#include "reports/html/html_report.h"
#include "reports/html/page.h"
#include "reports/summary.h"

/* Growing integers. */
struct numbers {
	int64_t *v;
	size_t n, capacity;
};

bool numbers_add(struct numbers *v, int64_t value, struct err *err);
void numbers_release(struct numbers *v);
bool numbers_sort(struct numbers *v, struct err *err);
/* Of sorted ones, nearest rank: the value that `share` of them are no greater than. `v->n` > 0. */
int64_t numbers_at(const struct numbers *v, double share);

/* What was measured of streams, and how finely it is kept. */
enum quantity {
	QUANTITY_LOSS, /* 1e-6 */
	QUANTITY_JITTER, /* us; mean */
	QUANTITY_MOS_NB, /* 1e-4 */
	QUANTITY_MOS_WB,
	QUANTITY_MOS_FB,
	QUANTITIES
};

#define BUCKETS_MAX 120

/* A stretch of time: calls that began in it, and the most that talked at once. */
struct bucket {
	int64_t calls[SUMMARY_OUTCOMES], all, at_once;
};

struct buckets {
	int64_t start_us, width_us;
	size_t count; /* 0: there are no calls */
	struct bucket each[BUCKETS_MAX];
};

struct work {
	struct records *records;
	const struct html_options *options;
	struct html_outcome *outcome;
	struct html_folder folder;
	struct summary summary;
	struct numbers chosen; /* calls that have a page, ascending */
	struct numbers drawn; /* of these, those whose streams are plotted */
	struct buckets buckets;
	struct numbers quantities[QUANTITIES]; /* sorted */
	int64_t findings, simulations; /* rows of `findings`, of `sim_intervals` */
	struct plots *plots;
	const char *plots_absent;
	struct text out, name;
};

/* html_report.c */
void work_begin_page(struct work *w, const char *title, const char *section, const char *root);
/* Ends the page and writes it. */
bool work_write_page(struct work *w, const char *name, struct err *err);
/* A link to the call's page, else to where the list shows it. The text in it is escaped. */
void work_add_call_link(struct work *w, const char *root, int64_t call_id, const char *text);
bool work_has_page(const struct work *w, int64_t call_id);

/* parts.c. With commas for thousands. */
void add_count(struct text *out, int64_t count);
/* A value in an address behind '#': everything but letters, digits and "-._" as %XX. */
void add_uri(struct text *out, struct slice s);
/* Begins a table that scrolls by itself where it is too wide; the caption says what it shows. */
void begin_table(struct text *out, const char *caption);
void end_table(struct text *out);
/* <th scope="col"> each; a '>' in front: a column of figures. NULL ends them. */
void add_headings(struct text *out, const char *const *headings);
/* <td class="num">: a column of a query as it is, times `scale`; "-" for NULL. */
void add_real_cell(struct text *out, struct query *q, int column, double scale, int decimals);
void add_count_cell(struct text *out, int64_t count);
/* chosen.c: which calls get pages and plots. */
bool chosen_calls(struct work *w, struct err *err);

/* buckets.c */
bool buckets_read(struct buckets *b, struct records *r, struct err *err);

/* quantities.c */
bool quantities_read(struct work *w, struct err *err);
bool quantities_add_table(struct work *w, struct err *err);

/* overview*.c */
bool overview_write(struct work *w, struct err *err);
bool overview_add_streams(struct work *w, struct err *err); /* overview_streams.c: the worst ones */
bool overview_add_findings(struct work *w, struct err *err); /* overview_findings.c */
bool findings_add_table(struct work *w, int64_t most, struct err *err);
bool overview_add_failures(struct work *w, struct err *err);
bool overview_plot(struct work *w, struct err *err); /* overview_plots.c: before plots_draw() */
void overview_add_time(struct work *w); /* and after it */
void overview_add_quality(struct work *w);
/* A plot and its words: <figure> and <img>, where there are plots. What follows is a table; end_plot() ends both. `alt` is ours. */
void begin_plot(struct work *w, const char *name, const char *title, const struct text *alt);
void end_plot(struct work *w);
bool overview_plot_simulation(struct work *w, struct err *err); /* overview_simulation.c */
bool overview_add_simulation(struct work *w, struct err *err);

/* trunks.c: a line for each, those with most calls first. */
bool trunks_add_table(struct work *w, int64_t most, struct err *err);
bool figures_write(struct work *w, struct err *err); /* figures_page.c */
bool findings_write(struct work *w, struct err *err); /* findings_pages.c */
bool findings_has_page(int64_t id);
/* Of the finding's page; of its place in the list, where it has none. */
void findings_add_address(struct text *out, int64_t id);
bool calls_index_write(struct work *w, struct err *err); /* calls_index.c */

#endif
