/* The pages of calls, in one pass over each table: html_report() asks for them in order of id, and cursors that are sorted by call go
 * along. */
#ifndef REPORTS_HTML_CALL_PAGES_H
#define REPORTS_HTML_CALL_PAGES_H

#include "reports/html/folder.h"
#include "reports/html/html_report.h"

struct call_pages;

/* `plots`: where streams' curves go, for calls that `has_plots` names; NULL: none are made. */
struct call_pages *call_pages_new(struct records *r, const struct html_options *options,
                                  struct plots *plots, struct err *err);
void call_pages_free(struct call_pages *p);

/* Appends the whole page of a call. Ids must grow from one to the next. False: err. */
bool call_pages_add(struct call_pages *p, int64_t call_id, bool has_plots, bool has_audio,
                    struct text *out, struct err *err);

/* When all is drawn: what gnuplot left out of a call's plots becomes a picture that says so, for the page is written. `out` is used for it. */
bool call_plots_fill(struct html_folder *folder, int64_t call_id, struct text *out,
                     struct err *err); /* stream_plots.c */

#endif
