/* Values that outlive calls: of <Global>, <User>, and -set. Shared by all workers; small and rarely written, so one lock holds them. */
#ifndef SIM_ENGINE_VALUES_H
#define SIM_ENGINE_VALUES_H

#include "sim/engine/call.h"

#define VALUES_MOST_USERS 1000000u

struct shared_value {
	enum value_kind kind;
	char *text; /* mem_free() */
	size_t n;
	double number; /* or truth */
};

/* The value of a variable that is not of a call; NULL: no such user, no memory. Locked until shared_unlock(). */
struct shared_value *shared_lock(struct shared_values *v, const struct variable *variable,
                                 unsigned user);
void shared_unlock(struct shared_values *v);

#endif
