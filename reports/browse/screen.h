/* The terminal as a screen. screen.c is the only file that sees ncurses. */
#ifndef REPORTS_BROWSE_SCREEN_H
#define REPORTS_BROWSE_SCREEN_H

#include "reports/browse/cells.h"

struct screen;

/* Takes the terminal over (standard input and output). False: err says that it cannot be drawn on, and what to use instead. The locale has
 * been set before. */
struct screen *screen_open(bool colour, struct err *err);
/* The terminal is as it was. NULL allowed. */
void screen_close(struct screen *s);

void screen_size(const struct screen *s, unsigned *rows, unsigned *columns);
/* `all`: what the terminal shows may be something else by now. */
void screen_show(struct screen *s, const struct cells *c, bool all);
/* Waits; a key of keys.h, KEYS_RESIZE after the size changed, KEYS_NONE where a signal came in between. False: the terminal is gone. */
bool screen_key(struct screen *s, int *key);

#endif
