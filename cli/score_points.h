/* The points of R that a stream lost, one by one, with formula and numbers: for `explain`. */
#ifndef CLI_SCORE_POINTS_H
#define CLI_SCORE_POINTS_H

#include "base/text.h"
#include "cli/stream_facts.h"

/* As text; the points are rounded so that they add up as printed. */
void score_points_text(const struct stream_facts *f, struct text *out);
/* One JSON object, numbers in full. */
void score_points_json(const struct stream_facts *f, struct text *out);

#endif
