/* A stream's numbers as rows of the records database. */
#ifndef ANALYZER_STREAMS_RECORD_H
#define ANALYZER_STREAMS_RECORD_H

#include "analyzer/streams/stream.h"

/* The stream leaves one interval and enters the one that starts at start_ns. Rows of a stream on probation are kept. */
bool record_interval_turn(struct stream *st, struct analysis *a, int64_t start_ns);
bool record_intervals_finish(struct stream *st, struct analysis *a);

/* Its row in `streams`; media->mos_min follows. After seq_finish(). */
bool record_stream_row(struct stream *st, struct analysis *a);

/* Its row in `stream_events`, if anything went wrong with it. */
bool record_stream_events(const struct stream *st, struct analysis *a);
/* Its rows in `stream_modes`, if its codec shows them. */
bool record_stream_modes(const struct stream *st, struct analysis *a);
/* Its row in `stream_marks`, if the run keeps them. */
bool record_stream_marks(struct stream *st, struct analysis *a);

#endif
