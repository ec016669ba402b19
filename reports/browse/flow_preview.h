/* The selected event of a flow in full: beside the ladder where the screen is wide, else below it. */
#ifndef REPORTS_BROWSE_FLOW_PREVIEW_H
#define REPORTS_BROWSE_FLOW_PREVIEW_H

#include "reports/browse/flow.h"

struct preview {
	bool is_on, beside;
	unsigned x, top, bottom; /* its first cell, its rows */
};

/* Within rows [top, bottom); not on where it is switched off or there is no room. */
struct preview preview_place(const struct flow *f, const struct cells *c, unsigned top,
                             unsigned bottom);
bool preview_draw(struct browse *b, const struct flow *f, const struct preview *p, struct err *err);

#endif
