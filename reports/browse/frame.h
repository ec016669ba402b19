/* What stands around every view: the title with its tabs, and the bottom line. */
#ifndef REPORTS_BROWSE_FRAME_H
#define REPORTS_BROWSE_FRAME_H

#include "reports/browse/browse.h"

void frame_draw(struct browse *b);
void frame_draw_too_small(struct browse *b);

#endif
