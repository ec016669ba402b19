/* What a station counts. One writer, its worker; others read while it runs, so every counter is written whole (relaxed). Totals since the
 * start; who wants periods keeps the last reading. */
#ifndef SIM_ENGINE_COUNTERS_H
#define SIM_ENGINE_COUNTERS_H

#include "sim/scenario/scenario.h"
#include "sim/stats/latency.h"

/* Why a call failed, in the words of SIPp's statistics, then ours. */
enum call_failure {
	FAILURE_NONE,
	FAILURE_CANNOT_SEND,
	FAILURE_MAX_RETRANSMISSIONS,
	FAILURE_TCP_CONNECT,
	FAILURE_TCP_CLOSED,
	FAILURE_UNEXPECTED_MESSAGE,
	FAILURE_CALL_REJECTED,
	FAILURE_COMMAND_NOT_SENT,
	FAILURE_REGEXP_NO_MATCH,
	FAILURE_REGEXP_MATCH,
	FAILURE_REGEXP_NO_HEADER,
	FAILURE_CONGESTION,
	FAILURE_RECEIVE_TIMEOUT,
	FAILURE_SEND_TIMEOUT,
	FAILURE_TEST_NO_MATCH,
	FAILURE_TEST_MATCH,
	FAILURE_STRCMP_NO_MATCH,
	FAILURE_STRCMP_MATCH,
	FAILURE_AUTHENTICATION, /* no challenge to answer, or one that cannot be answered */
	FAILURE_MEDIA, /* a port, a file, an rtp check */
	FAILURE_STOPPED, /* by the user, a second time, or at the end */
	FAILURE_INTERNAL, /* ours: memory, variable that is no step ... */
	FAILURES
};
const char *call_failure_name(enum call_failure f); /* "max-udp-retransmissions" ... */
const char *call_failure_text(enum call_failure f); /* a sentence for people */

struct step_counters {
	uint64_t sent, received,
	        retransmitted; /* retransmitted: of what we send; received again: */
	uint64_t received_again, timeouts, unexpected, lost, failed;
	uint64_t sessions; /* pauses, nops: entered; calls in it now = entered - left */
	uint64_t left;
};

#define STATUS_CLASSES 7 /* [1]..[6]; [0]: requests */

struct counters {
	uint64_t calls_in, calls_out; /* created by a message; by us */
	uint64_t ended, succeeded, failed;
	uint64_t failures[FAILURES];
	uint64_t out_of_call, dead_call, retransmissions, auto_answered, warnings, fatal_errors;
	uint64_t messages_in, messages_out, status_in[STATUS_CLASSES];
	uint64_t late_starts; /* calls that began over 10 ms after their intended time */
	uint64_t peak; /* calls at once; merged: the highest of them */
	uint64_t digits_sent, media_failures;
	uint64_t named[SCENARIO_MAX_COUNTERS];
	struct step_counters *steps;
	struct latency *rtd; /* scenario's rtd_count, start to stop, ns */
	struct latency call_length, start_lag; /* start lag: intended to real start */
	struct latency status_time
	        [STATUS_CLASSES]; /* first INVITE or other request to first answer of the class */
	/* For SIPp's mean and standard deviation: microseconds */
	struct moments {
		uint64_t count;
		double sum, square;
	} rtd_moments[SCENARIO_MAX_RTD], length_moments;
};

bool counters_init(struct counters *c, const struct scenario *s);
void counters_release(struct counters *c);
/* As after counters_init(), with the memory it has. */
void counters_reset(struct counters *c, const struct scenario *s);
/* Adds what `from` counts now: for totals over workers. */
void counters_merge(struct counters *into, const struct counters *from, const struct scenario *s);

void moments_add(struct moments *m, int64_t ns);

static inline void counter_add(uint64_t *c, uint64_t n)
{
	__atomic_store_n(c, *c + n, __ATOMIC_RELAXED);
}
static inline uint64_t counter_read(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

#endif
