/* What changes while a simulation runs: rate, pause, how it ends. Written by keys, signals, the control port, the search; read by workers. */
#ifndef SIM_ENGINE_CONTROL_H
#define SIM_ENGINE_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum control_stop {
	STOP_NO,
	STOP_GRACEFUL, /* no new calls; those that live go to their end (SIPp's q) */
	STOP_CALLS, /* live calls are ended with CANCEL and BYE (Ctrl-C) */
	STOP_NOW, /* a second Ctrl-C */
};

struct control {
	_Atomic double
	        rate; /* calls per second over all workers, as the pace says or a key set; < 0: as the pace says */
	_Atomic uint64_t max_concurrent; /* 0: none */
	_Atomic unsigned users;
	_Atomic bool paused;
	_Atomic int stop; /* enum control_stop; only ever rises: control_stop() */
	_Atomic int exit_code; /* of stop_now inside a scenario, twin closed ...; 0: by the calls */
	_Atomic uint64_t calls_opened; /* over all workers: gives [call_number], and -m its end */
	_Atomic uint64_t calls_ended;
};

void control_init(struct control *c, double rate, uint64_t max_concurrent, unsigned users);
void control_stop(struct control *c, enum control_stop how);

#endif
