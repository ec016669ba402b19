/* What loads and runs, and is not what its author meant: checks of a compiled scenario. */
#ifndef SIM_SCENARIO_LINT_H
#define SIM_SCENARIO_LINT_H

#include "sim/scenario/notes.h"

/* Appends to `notes` what the rules below find, then sorts all of them by line. False: no memory. */
bool scenario_lint(const struct scenario *s, struct scenario_notes *notes);

/* The n-th rule's code, NULL behind the last; those the compiler itself notes are among them. */
const char *lint_rule_name(size_t n, const char **summary);

#endif
