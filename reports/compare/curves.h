/* Both nights' distribution functions as one SVG, drawn by ourselves: numbers and our own words alone. */
#ifndef REPORTS_COMPARE_CURVES_H
#define REPORTS_COMPARE_CURVES_H

#include "reports/compare/rows.h"

/* Nothing where the row has no curves. */
void curves_add_svg(struct text *out, const struct row *r);

#endif
