/* `analyze --audio`: an audio_sink that hears every stream of the run (listener.h) and writes what it heard: stream_audio, tones, digits in the
 * sound as dtmf rows, and for each leg of a call call_audio. What rules ask of it stays with the stream (struct stream_heard) and with its
 * call (struct media_tones). */
#ifndef ANALYZER_STREAMS_LISTENING_H
#define ANALYZER_STREAMS_LISTENING_H

#include "analyzer/analysis.h"
#include "analyzer/streams/streams.h"

struct listening;
struct audio_sink;

struct listening *listening_new(struct analysis *a); /* NULL: out of memory, a->err set */
void listening_free(struct listening *l); /* NULL allowed; streams are freed before */
const struct audio_sink *listening_sink(const struct listening *l);

/* A leg's streams are finished: its row, if any of them was heard. l NULL: nothing. False: environment failed. */
struct listened_leg {
	int64_t call_id, dialog_id;
	int64_t answer_ns, end_ns; /* TIME_NONE: not seen */
};
bool listening_leg(struct listening *l, struct call_media *media, const struct listened_leg *leg);

#endif
