/* What the files share that write the page for people: text.c calls the sections in order. Each appends nothing where there is nothing
 * to say; false: err is set. */
#ifndef REPORTS_TEXT_PAGE_H
#define REPORTS_TEXT_PAGE_H

#include "reports/summary.h"

struct page {
	struct records *records;
	struct text *out;
	bool colour;
};

void page_heading(struct page *p, const char *title);

/* "1 call" or "2 calls". */
void page_add_count(struct text *out, int64_t count, const char *one, const char *many);

/* A text for a table cell: escaped, at most `width` columns; "?" if absent. */
void page_add_cell(struct text *out, struct slice text, size_t width);

/* Two columns of a query as "192.0.2.1:4000" or "[2001:db8::1]:4000", padded. */
void page_add_endpoint(struct text *out, struct query *q, int column, size_t width);

/* A value with `decimals`, times `scale`, right-aligned; "-" for NULL. */
void page_add_real(struct text *out, struct query *q, int column, double scale, int width,
                   int decimals);

/* text_findings.c */
bool page_requests(struct page *p, struct err *err);
bool page_one_way(struct page *p, const struct summary *s, struct err *err);
bool page_loose_streams(struct page *p, const struct summary *s, struct err *err);

/* text_registrations.c */
bool page_registrations(struct page *p, struct err *err);
bool page_subscriptions(struct page *p, struct err *err);

/* text_audio.c */
bool page_audio(struct page *p, struct err *err);

/* kpi.c: the busiest trunks, where there are several */
bool page_trunks(struct page *p, struct err *err);

/* findings.c */
bool page_findings(struct page *p, struct err *err);

#endif
