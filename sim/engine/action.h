/* What the files of <action> share: action.c (the dispatch, words, injection files, commands, media), action_values.c, destination.c. */
#ifndef SIM_ENGINE_ACTION_H
#define SIM_ENGINE_ACTION_H

#include "sim/engine/call.h"

/* The call fails by this action: always ACTION_CALL_OVER. */
enum action_result action_fail(struct call *c, const struct action *a, enum call_failure failure,
                               const char *what);
/* A text of the action, rendered; false: the call failed. */
bool action_text(struct call *c, const struct action *a, const struct template *t,
                 struct slice *out);
int action_target(const struct action *a); /* the first of assign_to; SCENARIO_NONE */
double action_operand(struct call *c, const struct action *a); /* value=, or that of variable= */

enum action_result action_ereg(struct call *c, const struct action *a, struct slice text);
enum action_result action_test(struct call *c, const struct action *a);
enum action_result action_strcmp(struct call *c, const struct action *a);
enum action_result action_arithmetic(struct call *c, const struct action *a);
enum action_result action_todouble(struct call *c, const struct action *a);
enum action_result action_assignstr(struct call *c, const struct action *a);
enum action_result action_transform(struct call *c,
                                    const struct action *a); /* trim, urlencode, urldecode */
enum action_result action_gettimeofday(struct call *c, const struct action *a);

enum action_result action_jump(struct call *c, const struct action *a);
enum action_result action_pauserestore(struct call *c, const struct action *a);
enum action_result action_setdest(struct call *c, const struct action *a);
enum action_result action_closecon(struct call *c);

#endif
