/* The recorder: hears every packet and every call's end from the workers, and keeps them (record_sink.h). In real time each worker has a ring,
 * and one thread empties them all, merged by time: a worker never waits, what does not fit is lost and counted. In virtual time all
 * is done at once, nothing is ever lost.
 *
 *   record.c        taps, rings, the thread         record_sink.c   capture file, analyzer, database
 *   record_ring.c   from one thread to another      record_frame.c  frames out of payloads */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "reports/records/store.h"
#include "sim/transport/tap.h"
#include "sim/truth.h"

#define RECORD_RING_OCTETS (32u << 20)

struct record_options {
	const char *database, *capture; /* NULL: none */
	struct slice command, version;
	int64_t started_us;
	bool from_the_past; /* of a virtual run: its times say nothing of how fresh the capture is */
	unsigned workers;
	bool synchronous; /* what is tapped is written before the tap returns; else by a thread, through rings */
	size_t ring_octets; /* of each worker's; 0: RECORD_RING_OCTETS */
};

struct recorder;

/* NULL: err. */
struct recorder *recorder_new(const struct record_options *options, struct err *err);
/* What was not finished is thrown away. NULL allowed. */
void recorder_free(struct recorder *r);

struct tap *recorder_tap(struct recorder *r, unsigned worker);
const struct truth *recorder_truth(struct recorder *r);
/* From the main thread. */
void recorder_interval(struct recorder *r, int64_t now_ns,
                       const struct record_sim_interval *interval);
/* Something cannot be written: the run had better end. recorder_finish() will say what. */
bool recorder_failed(const struct recorder *r);

/* After the workers: everything heard is written. Before recorder_steps(). Returns how many packets and calls were lost. */
uint64_t recorder_drain(struct recorder *r);
void recorder_steps(struct recorder *r, const struct scenario *scenario,
                    const struct counters *counters);
/* `note`: why the run is not complete; absent: it is. False: err, there is no database. */
bool recorder_finish(struct recorder *r, struct slice note, int64_t finished_us, struct err *err);

#endif
