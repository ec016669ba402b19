/* The compiler, inside: an XML tree in, a struct scenario out.
 *
 *   compile.c    the order of things, elements of <scenario>     step.c      attributes of steps       action.c, exec.c   <action>
 *   name.c       variables, labels, transactions, counters       value.c     numbers, times, yes and no
 *   template.c, template_keyword.c, keyword.c   text with [keywords]     message.c   the layout of a message   distribution.c     pauses
 *   settle.c     what is known only at the end                   attributes.c   which element knows which attribute */
#ifndef SIM_SCENARIO_COMPILE_H
#define SIM_SCENARIO_COMPILE_H

#include "base/text.h"
#include "sim/scenario/notes.h"
#include "sim/scenario/xml_tree.h"

struct compile {
	struct scenario *s;
	struct scenario_notes *notes; /* NULL: nobody asks */
	struct err *err;
	unsigned init_labels; /* of <init>, apart from the scenario's */
	struct named *init_label;
	const struct xml_node *node; /* where we are, for messages */
	bool in_init;
};

struct scenario *scenario_compile(const struct xml_node *root, const char *file,
                                  const struct scenario_setting *setting, struct err *err);

/* "FILE:LINE: text"; always false. */
bool compile_fail(struct compile *c, unsigned line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
bool compile_memory(struct compile *c);
/* A note on line `line`. False: no memory, err is set. */
bool compile_note(struct compile *c, unsigned line, enum note_weight weight, const char *code,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* --- value.c: of attributes of c->node; what is absent leaves *out alone ------------------------------------------- */

bool value_bool(struct compile *c, const char *name, bool *out);
bool value_int(struct compile *c, const char *name, int least, int most, int *out);
bool value_double(struct compile *c, const char *name, double *out);
/* Milliseconds; "2s", "1m", "1:30" too. */
bool value_ms(struct compile *c, const char *name, int *out);
bool number_parse(struct slice s, double *out); /* whole slice, finite */
bool duration_parse(struct slice s, double *ms);

/* --- name.c -------------------------------------------------------------------------------------------------------- */

/* Makes it where it is not known yet, and counts the use. */
bool name_variable(struct compile *c, struct slice name, unsigned line, int *out);
bool name_scope(struct compile *c, struct slice name, enum variable_scope scope);
bool name_variables(struct compile *c, const char *attribute, const int **out, unsigned *count);
bool name_variable_of(struct compile *c, const char *attribute, int *out);
bool name_labels(struct compile *c, const struct xml_node *parent, struct named **out,
                 unsigned *count);
/* The step a label names; one that is not there is an error. */
bool name_label_of(struct compile *c, const char *attribute, int *out);
bool name_rtd(struct compile *c, const char *attribute, uint64_t *out);
bool name_counter(struct compile *c, int *out);
bool name_txn(struct compile *c, const char *attribute, int *out);

/* --- parts --------------------------------------------------------------------------------------------------------- */

bool compile_step(struct compile *c, const struct xml_node *node, struct step *step);
bool compile_actions(struct compile *c, const struct xml_node *action, const struct action **out,
                     unsigned *count);
bool compile_exec(struct compile *c, struct action *a);
bool compile_distribution(struct compile *c, struct distribution *d);
/* Is there any attribute of a distribution? */
bool has_distribution(const struct xml_node *node);
bool compile_attributes(struct compile *c, const struct xml_node *node);
/* Roles, twin, needs, slots of variables, transactions: false where the scenario cannot run. */
bool compile_settle(struct compile *c);

/* Text of attribute `name` of c->node as a template; absent leaves *out. */
bool compile_text(struct compile *c, const char *name, const struct template **out);
const struct template *template_build(struct compile *c, struct slice text, unsigned line,
                                      bool is_message);
/* CDATA as it is sent: lines trimmed, CRLF ends, the empty line behind the headers. Into the arena. */
bool message_layout(struct compile *c, struct slice text, struct slice *out);
regex_t *compile_regex(struct compile *c, struct slice pattern, int flags);

/* Grows an arena array that holds `count`: at 0, 8, 16, 32 ... NULL: no memory. */
void *compile_grow(struct arena *a, void *array, unsigned count, size_t size);

#endif
