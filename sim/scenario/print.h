/* Parts of scenario_print(). */
#ifndef SIM_SCENARIO_PRINT_H
#define SIM_SCENARIO_PRINT_H

#include "base/text.h"
#include "sim/scenario/keyword.h"

/* Keywords in brackets, those alone in their line with ~ behind. */
void print_template(const struct scenario *s, const struct template *t, struct text *out);
void print_action(const struct scenario *s, const struct action *a, struct text *out);
void print_distribution(const struct distribution *d, struct text *out);

#endif
