#include "sim/engine/control.h"

void control_init(struct control *c, double rate, uint64_t max_concurrent, unsigned users)
{
	atomic_init(&c->rate, rate);
	atomic_init(&c->max_concurrent, max_concurrent);
	atomic_init(&c->users, users);
	atomic_init(&c->paused, false);
	atomic_init(&c->stop, STOP_NO);
	atomic_init(&c->exit_code, 0);
	atomic_init(&c->calls_opened, 0);
	atomic_init(&c->calls_ended, 0);
}

/* Called by signal handlers too: lock-free all of it. */
void control_stop(struct control *c, enum control_stop how)
{
	int now = atomic_load(&c->stop);

	while (now < (int)how && !atomic_compare_exchange_weak(&c->stop, &now, (int)how))
		;
}
