/* Curves of a stream over time. Only the page of a call includes this. */
#ifndef REPORTS_HTML_STREAM_CARDS_H
#define REPORTS_HTML_STREAM_CARDS_H

#include "reports/html/call_page.h"

/* Loss, jitter, MOS and delay of a stream as one small SVG; nothing where it has less than two points of them. */
void stream_curves_add(struct call_page *p, int64_t stream_id);

/* The same of all streams of the call together, by gnuplot, where this call has plots. False: err. */
bool stream_plots_add(struct call_page *p, struct err *err);

#endif
