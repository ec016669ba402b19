/* Call-progress and fax tones by frequencies and cadence: the table (ITU-T E.180 supplement 2 and its national values, T.30, V.25, V.8) and
 * which of its entries some bursts of one tone fit. Pure. */
#ifndef ANALYZER_AUDIO_CADENCE_H
#define ANALYZER_AUDIO_CADENCE_H

#include <stdbool.h>
#include <stdint.h>

/* One steady burst. */
struct sine_burst {
	int64_t start_ns, end_ns;
	double hz[2]; /* ascending; hz[0] 0: a single sine, hz[1] */
	double level_dbov;
	double am_depth, am_hz; /* amplitude modulation, 0: none */
	unsigned reversals; /* of its phase */
};

/* Bursts of one tone: those kept, and the last one. */
#define CADENCE_BURSTS 12
struct sine_bursts {
	struct sine_burst kept[CADENCE_BURSTS];
	unsigned kept_count;
	unsigned count; /* all of them */
	int64_t end_ns;
	double level_sum; /* of dBov */
	bool open; /* the last one may go on: what follows was not heard */
};

struct cadence_match {
	const char *tone; /* "ringback"; see schema.sql */
	const char *plan; /* "US"; "" where it is the same everywhere */
};

/* Do both sound the same? Within 1.5 %, or 6 Hz. */
bool sine_burst_same(const struct sine_burst *a, const struct sine_burst *b);

/* False: nothing known. A tone of one frequency and a second or more is known as "tone" at least. */
bool cadence_match(const struct sine_bursts *b, struct cadence_match *out);

/* Three rising sines back to back: special information tone (E.180). */
bool cadence_is_sit(const struct sine_burst *first, const struct sine_burst *second,
                    const struct sine_burst *third);

#endif
