/* A stream's way to whoever listens (audio_sink.h): its packets into a track, what is heard to the sink. */
#ifndef ANALYZER_STREAMS_SOUND_H
#define ANALYZER_STREAMS_SOUND_H

#include "analyzer/streams/stream.h"

/* The next packet, as take() has it; a->audio is set. False: the environment failed. */
bool sound_take(struct stream *st, struct analysis *a, int64_t time_ns,
                const struct rtp_packet *rtp, size_t octets, const struct seq_step *step);

/* The packet that waits in cold->waiting: its payload is kept as a whole, until the next one. */
bool sound_keep_waiting(struct stream *st, struct analysis *a, struct slice payload);

/* The stream has ended well: gives what is held and says which stream it was. */
bool sound_finish(struct stream *st);
/* It is freed, whether it was finished or not. */
void sound_release(struct stream *st);

#endif
