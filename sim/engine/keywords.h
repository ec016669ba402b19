/* One keyword of a template, for one call. */
#ifndef SIM_ENGINE_KEYWORDS_H
#define SIM_ENGINE_KEYWORDS_H

#include "sim/engine/call.h"

/* *missing: there is nothing, and a line that it has for itself goes. False: *why it cannot be filled in. */
bool keyword_render(struct call *c, int step, const struct piece *p, struct text *out,
                    bool *missing, const char **why);
/* [fieldN]: adds its text, or, where it holds keywords itself, gives it as a template in *more. */
bool keyword_field(struct call *c, const struct piece *p, struct text *out,
                   const struct template **more, const char **why);
/* An argument of a keyword, rendered; absent without one. */
bool keyword_argument_text(struct call *c, const struct piece *p, const char *name,
                           struct slice *out, const char **why);
/* What -key says for a name; false: nothing. */
bool station_generic(const struct station *s, struct slice name, struct text *out);
void render_number(struct text *out, uint64_t n);
const char *transport_name(enum sim_transport t);

#endif
