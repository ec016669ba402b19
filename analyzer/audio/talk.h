/* Who of a call spoke when: the talkspurts of all its streams on one timeline, and from them double talk, mutual silence and how long either
 * took to be heard. A byte per 20 ms, TALK_MAX_FRAMES at most: what lies beyond is left out. */
#ifndef ANALYZER_AUDIO_TALK_H
#define ANALYZER_AUDIO_TALK_H

#include "analyzer/audio/levels.h"

#define TALK_MAX_FRAMES LEVELS_MAX_FRAMES

enum talker { TALKER_CALLER, TALKER_CALLEE };

/* All zero: nobody was heard. Owns its frames. */
struct talk {
	uint8_t *
	        frames; /* 1, 2: caller, callee talks; 4, 8: there is sound of the caller, the callee */
	size_t count, capacity;
	int64_t first; /* frame 0, in frames since the epoch */
};

void talk_release(struct talk *t);

/* One stream of this party. False: out of memory. */
bool talk_add(struct talk *t, enum talker who, const struct levels *levels, double threshold_dbov);

struct talk_facts {
	int64_t heard_ns[2]; /* enum talker: there was sound of them, silence too */
	int64_t talk_ns[2];
	int64_t first_ns[2]; /* the first talkspurt; TIME_NONE: none */
	int64_t double_ns, silence_ns,
	        longest_silence_ns; /* both talk; neither does, from the first sound on */
};

/* Between two times; TIME_NONE: no such bound. */
struct talk_facts talk_measure(const struct talk *t, int64_t from_ns, int64_t until_ns);

#endif
