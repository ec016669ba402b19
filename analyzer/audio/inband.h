/* Digits in the sound (ITU-T Q.23, Q.24), at 8 kHz. Both tones of a digit are looked at every 5 ms through 15 ms of Hann window; their
 * frequency is told by the turn of their phase from one look to the next, to some 0.1 %, so that 1.5 % off is a digit and 3.5 % is none, and
 * 12 dB of twist either way harm nobody.
 *
 * Not spandsp's receiver: it sees frequencies through bins of 78 Hz, so it loses 1633 Hz where that is 1.5 % off and one digit in 16 at
 * 10 dB of twist, whatever it is told to accept.
 *
 * Codecs made for speech only (G.729, G.723.1, AMR) distort digits: do not believe what is found behind those. */
#ifndef ANALYZER_AUDIO_INBAND_H
#define ANALYZER_AUDIO_INBAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inband_digit {
	int64_t start_ns, end_ns;
	char digit; /* 0-9 * # A-D */
	double level_dbov; /* of both tones together */
	double twist_db; /* high tone above the low one */
	bool start_lost, end_lost; /* it begins, ends where packets are missing */
};

struct inband;

struct inband *inband_new(void); /* NULL: out of memory */
void inband_free(struct inband *r); /* NULL allowed */

/* The next samples, at 8 kHz. `samples` NULL: packets are missing here; that is silence. */
void inband_push(struct inband *r, int64_t time_ns, const int16_t *samples, size_t count);
/* Nothing follows. */
void inband_finish(struct inband *r);

/* The oldest digit that is over; ask after each push of 200 ms at most, and after inband_finish(), or digits are lost. */
bool inband_take(struct inband *r, struct inband_digit *out);

#endif
