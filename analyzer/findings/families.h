/* The families behind the door: each has a state made and freed here, and is told by observe.c what it asks for. */
#ifndef ANALYZER_FINDINGS_FAMILIES_H
#define ANALYZER_FINDINGS_FAMILIES_H

#include "analyzer/findings/findings.h"

/* All of them; false: out of memory, err set. */
bool families_new(struct findings *f);
void families_free(struct findings *f);
/* The end of the capture: what waited for more is judged as it stands. */
bool families_finish(struct findings *f, const struct capture_view *view);

#endif
