/* Tones in audio at 8 kHz: what is steady in frequency and level for 140 ms or more is a burst; bursts of one tone are matched with known
 * cadences (cadence.h). One tone heard for a while ("ringback, three times") is one struct heard_tone.
 *
 * Speech has no bursts: its pitch and level move. Digits (DTMF) are none of these tones. */
#ifndef ANALYZER_AUDIO_TONES_H
#define ANALYZER_AUDIO_TONES_H

#include "analyzer/audio/cadence.h"
#include "analyzer/audio/spectrum.h"

#include <stddef.h>

#define TONES_BLOCK    80 /* 10 ms */
#define TONES_LOOK     20 /* blocks whose power is remembered */
#define TONES_WAITING  8
#define TONES_ENVELOPE 256 /* blocks of a burst whose amplitude is looked at */

struct heard_tone {
	int64_t start_ns, end_ns;
	const char *tone, *plan; /* as in struct cadence_match */
	double hz[2]; /* 0: none */
	double level_dbov;
	unsigned bursts;
};

/* A burst going on. */
struct open_burst {
	struct sine_burst burst;
	double power; /* mean square */
	unsigned looks; /* at 100 ms that are wholly in it */
	double hz_sum[2], hz_least[2], hz_most[2];
	double level_sum, level_least, level_most;
	unsigned low_blocks; /* since it was last heard */
	unsigned odd_looks; /* in a row: something else is heard */
	unsigned envelope_count;
	float envelope[TONES_ENVELOPE];
	double phase; /* of its sine in the last block */
	bool phase_known;
};

struct tones {
	const struct spectrum *spectrum;
	float ring[SPECTRUM_SAMPLES]; /* the newest 100 ms */
	unsigned ring_at, in_block;
	double squares; /* of the block being filled */
	double powers[TONES_LOOK]; /* of the newest blocks */
	uint64_t blocks;
	int64_t start_ns; /* of the first block */
	int64_t free_ns; /* no burst begins before */
	bool started, in_burst;
	unsigned alike; /* looks in a row that found the same tone */
	struct sine_burst candidate;
	struct open_burst open;
	struct sine_burst before[2]; /* the two before the newest one, oldest first */
	struct sine_bursts bursts;
	struct heard_tone waiting[TONES_WAITING];
	unsigned waiting_count;
};

/* `spectrum` is borrowed. */
void tones_init(struct tones *t, const struct spectrum *spectrum);

/* The next samples, at 8 kHz; where time went on without any, it was silent. */
void tones_push(struct tones *t, int64_t time_ns, const int16_t *samples, size_t count);
/* Nothing follows. */
void tones_finish(struct tones *t);

/* The oldest one that is complete; ask after each push of a second at most, and after tones_finish(), or tones are lost. */
bool tones_take(struct tones *t, struct heard_tone *out);

#endif
