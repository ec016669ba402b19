/* Where what was tapped goes: a capture file, the analyzer and its database, or both. One thread uses it. The first failure of the environment
 * sticks: what comes later is passed over, and `failed` says it. */
#ifndef CLI_RECORD_SINK_H
#define CLI_RECORD_SINK_H

#include "analyzer/pipeline.h"
#include "cli/record.h"
#include "cli/record_frame.h"

struct record_sink {
	struct record_options options;
	struct capture_writer *writer;
	struct store *store;
	struct rules rules;
	struct pipeline *pipeline;
	struct record_frames *frames;
	uint64_t packets;
	int64_t offset; /* of the next packet in the capture file */
	int64_t first_ns, last_ns;
	bool failed;
	bool torn; /* the capture file lacks some of `packets` */
	struct err err; /* why; the pipeline's too */
};

/* The address of `s` is kept. False: err. */
bool record_sink_open(struct record_sink *s, const struct record_options *options, struct err *err);
void record_sink_packet(struct record_sink *s, const struct tap_packet *packet);
void record_sink_call(struct record_sink *s, const struct truth_call *call);
void record_sink_interval(struct record_sink *s, const struct record_sim_interval *interval);
void record_sink_steps(struct record_sink *s, const struct scenario *scenario,
                       const struct counters *counters);

/* The last rows; the capture is closed, the database gets its name. `note`: why it is not complete; absent: it is. False: err, which also
 * says what is left. */
bool record_sink_finish(struct record_sink *s, struct slice note, uint64_t lost,
                        int64_t finished_us, struct err *err);
/* What was not finished is thrown away, but for packets in the capture file. */
void record_sink_release(struct record_sink *s);

#endif
