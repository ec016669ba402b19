/* Who wants to hear the streams of a run: `analyze --audio` and `milliwatt audio` are two of them. The streams module asks about every
 * audio stream at its first packet, gives its blocks (track.h) and says at its end which stream of the records it was. */
#ifndef ANALYZER_AUDIO_AUDIO_SINK_H
#define ANALYZER_AUDIO_AUDIO_SINK_H

#include "analyzer/audio/track.h"
#include "base/net.h"

struct stream;

struct audio_source {
	struct endpoint src, dst;
	uint32_t ssrc;
	int64_t first_ns; /* arrival of its first packet */
};

struct audio_ended {
	int64_t stream_id; /* RECORD_NULL: it was no stream after all, or the run failed; no row */
	int64_t call_id; /* RECORD_NULL: no call's */
	bool to_callee; /* of a call's: the caller is heard */
	struct stream *stream; /* borrows */
	const struct track_counts *counts;
};

/* Functions that return false have set the run's err. */
struct audio_sink {
	void *context;
	/* *listener is what the others get, NULL if this stream is not wanted (block and close are not called then). */
	bool (*open)(void *context, const struct audio_source *source, void **listener);
	track_sink *block; /* its context is the listener */
	/* The listener is never used again. Called once for each, also when the run fails. */
	bool (*close)(void *listener, const struct audio_ended *ended);
};

#endif
