/* The one thing a signal handler can reach: the control of the run that is going on. */
#include "sim/sim.h"

static struct control *_Atomic current;

struct control *sim_control(void)
{
	return atomic_load(&current);
}

void sim_control_set(struct control *control)
{
	atomic_store(&current, control);
}
