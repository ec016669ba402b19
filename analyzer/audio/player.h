/* The packets of one track in order of sequence: decodes each and lays it on the timeline. See track.h for what goes where. */
#ifndef ANALYZER_AUDIO_PLAYER_H
#define ANALYZER_AUDIO_PLAYER_H

#include "analyzer/audio/timeline.h"

/* All zero but the timeline's sink: nothing played yet. */
struct player {
	struct timeline timeline;
	struct decoder *decoder; /* NULL: none yet, or this format has none */
	struct decoder_format format;
	const char *why; /* the format has none */
	struct comfort_noise noise;
	bool placed; /* next_timestamp holds */
	uint32_t next_timestamp; /* of the sample that comes next */
	uint32_t step_ticks; /* what the newest packet held */
	/* How much later than its place the least delayed packet came: of the window that runs, and of the last whole one. */
	bool window_open;
	int64_t window_ns, least_ns, drift_ns;
	struct track_counts counts;
};

void player_release(struct player *p);

/* `lost` numbers are missing before this packet; its time_ns is on the track's clock. False: the environment failed; err is set for
 * want of memory. */
bool player_play(struct player *p, const struct track_packet *packet, uint64_t lost,
                 struct err *err);

#endif
