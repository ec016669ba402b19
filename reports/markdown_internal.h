/* What the sections of the Markdown report share (report.h). */
#ifndef REPORTS_MARKDOWN_INTERNAL_H
#define REPORTS_MARKDOWN_INTERNAL_H

#include "reports/summary.h"

struct markdown {
	struct records *records;
	const struct summary *summary;
	struct text *out;
};

/* A value of a packet as `code`, "-" where there is none; cut after `most` octets, and shown to be. */
void markdown_add_code(struct text *out, struct slice value, size_t most);
/* A sentence, cut likewise. */
void markdown_add_text(struct text *out, struct slice value, size_t most);
/* With `decimals`; "-" for NULL. */
void markdown_add_real(struct text *out, struct query *q, int column, double scale, int decimals);
/* "`milliwatt show DB 17`" */
void markdown_add_command(struct markdown *m, const char *command, int64_t number);

/* Each appends nothing where there is nothing to say. False: err. */
bool markdown_findings(struct markdown *m, struct err *err);
bool markdown_quality(struct markdown *m, struct err *err);
bool markdown_worst_streams(struct markdown *m, struct err *err);
bool markdown_trunks(struct markdown *m, struct err *err);
bool markdown_failures(struct markdown *m, struct err *err);

#endif
