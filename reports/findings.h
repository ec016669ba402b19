/* Findings as people read them: on the summary page, as a list, beside one call, and one explained. Each appends to `out`; false: err is
 * set. `err` comes in clean. */
#ifndef REPORTS_FINDINGS_H
#define REPORTS_FINDINGS_H

#include "base/err.h"
#include "base/text.h"
#include "reports/records/query.h"

/* Columns of `findings` as "f". */
#define FINDINGS_BY_SEVERITY "CASE f.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"
#define FINDINGS_BY_CONFIDENCE                                                                     \
	"CASE f.confidence WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END"

/* Errors first, then what was seen most often. */
#define FINDINGS_ORDER                                                                             \
	FINDINGS_BY_SEVERITY ", f.occurrences DESC, " FINDINGS_BY_CONFIDENCE                       \
	                     ", f.first_us, f.rule, f.cause"

/* Of the findings of one call, the one that names its cause comes first: what the capture voids last, then what failed in signalling (D, C),
 * was cut at a fixed time (E), was lost to NAT or transport (F, A4 to A6), in the media path (A), by its quality (B), registration
 * (G). Security (H) never replaces a cause. */
#define FINDINGS_HEADLINE_ORDER                                                                    \
	"f.downgraded IS NOT NULL, CASE WHEN f.severity = 'info' THEN 1 ELSE 0 END, "              \
	"CASE WHEN substr(f.rule, 1, 1) IN ('D', 'C') THEN 1 WHEN f.rule GLOB 'E*' THEN 2 "        \
	"WHEN f.rule GLOB 'F*' OR f.rule IN ('A4', 'A5', 'A6') THEN 3 WHEN f.rule GLOB 'A*' "      \
	"THEN 4 "                                                                                  \
	"WHEN f.rule GLOB 'B*' THEN 5 WHEN f.rule GLOB 'G*' THEN 6 ELSE 7 "                        \
	"END, " FINDINGS_BY_SEVERITY ", " FINDINGS_BY_CONFIDENCE ", " FINDINGS_ORDER

/* One line per finding, with the number that `milliwatt explain` takes. */
bool findings_list(struct records *r, struct text *out, struct err *err);

/* What was found about one call, its cause first; nothing where nothing was. */
bool call_findings_text(struct records *r, int64_t call_id, struct text *out, struct err *err);
/* The same rows as a JSON array. */
bool call_findings_json(struct records *r, int64_t call_id, struct text *out, struct err *err);

/* `finding` is an id of `findings`. False and err, also if there is none: the text says how to find those there are. */
bool explain_find(struct records *r, struct slice finding, int64_t *id, struct err *err);
bool explain_text(struct records *r, int64_t id, struct text *out, struct err *err);
bool explain_json(struct records *r, int64_t id, struct text *out, struct err *err);

#endif
