/* What-ifs as text and JSON. */
#ifndef CLI_SCORE_TEXT_H
#define CLI_SCORE_TEXT_H

#include "base/text.h"
#include "cli/what_if.h"

void score_text_stream(const struct stream_facts *f, const struct what_if_result *r,
                       struct text *out);
/* One object on one line. */
void score_json_stream(const struct stream_facts *f, const struct what_if_result *r,
                       struct text *out);

/* Calls by their worst stream, before and after. */
struct score_summary {
	uint64_t streams, calls;
	uint64_t inexact; /* streams */
	double threshold; /* MOS-LQ */
	uint64_t below_before, below_after; /* calls under it */
	double mos_before, mos_after; /* sums over streams, MOS-CQ */
};

void score_text_summary(const struct score_summary *s, struct text *out);
void score_json_summary(const struct score_summary *s, struct text *out);

#endif
