/* Who wants to hear what happens, message by message: SIPp's log files, --json. NULL functions are not called. With several workers they
 * are called from several threads. */
#ifndef SIM_ENGINE_TRACE_H
#define SIM_ENGINE_TRACE_H

#include "base/net.h"
#include "dissectors/sip_msg.h"
#include "sim/config.h"

struct traced_call {
	uint64_t number;
	struct slice call_id;
	int64_t started_ns;
	int step;
};

struct traced_message {
	int64_t time_ns;
	bool sent;
	enum sim_transport transport;
	struct endpoint local, remote;
	struct slice bytes;
	const char *
	        note; /* "unexpected", "retransmission", "dead call", "out of call", "lost"; NULL */
	const struct traced_call *call; /* NULL: none */
	struct slice step_name; /* of the step it belongs to, for the short log; may be absent */
};

struct trace {
	void *context;
	void (*message)(void *context, const struct traced_message *m);
	void (*error)(void *context, int64_t time_ns, const struct traced_call *call,
	              struct slice text); /* what goes to the error log */
	void (*unexpected_code)(void *context, int64_t time_ns, struct slice call_id, int status);
	void (*log)(void *context, int64_t time_ns, const struct traced_call *call,
	            struct slice text); /* <log>, <warning> with `Warning: ` */
	void (*response_time)(void *context, int64_t time_ns, int rtd, int64_t ns);
	/* A call failed: its story, where call debugging is on (keep_story). */
	bool keep_story;
	void (*story)(void *context, int64_t time_ns, const struct traced_call *call,
	              struct slice text);
};

#endif
