/* What one receiver's jitter buffer throws away, of packets of which it is known how far they came behind the anchor
 * (jitter_buffer.h). The analyzer asks as packets come, a what-if as it reads a trace (trace.h): the same code answers both.
 *
 *   fixed     late is what comes more than its depth behind. After ten late ones in a row it hangs on the tenth: a receiver
 *             that hears nothing any more starts afresh
 *   adaptive  the same with the depth of adaptive.h
 *   none      nothing is late */
#ifndef ANALYZER_SCORE_RECEIVER_H
#define ANALYZER_SCORE_RECEIVER_H

#include "base/clock.h"
#include "base/slice.h"

#define BUFFER_DEPTH_MS     60 /* unless asked otherwise */
#define BUFFER_DEPTH_MAX_MS 2000
#define BUFFER_LATE_IN_ROW  10
/* Packets less behind are in time for every buffer at least as deep: only others leave a trace. */
#define BUFFER_QUIET_NS (20 * NS_PER_MS)

enum buffer_mode { BUFFER_FIXED, BUFFER_NONE, BUFFER_ADAPTIVE };

/* All zero: fixed, BUFFER_DEPTH_MS. */
struct buffer_setting {
	enum buffer_mode mode;
	unsigned depth_ms; /* of a fixed one, 1..BUFFER_DEPTH_MAX_MS */
};

/* "none", "fixed:MS", "adaptive", and "MS" for a fixed one. False: none of them. */
bool buffer_setting_parse(struct slice text, struct buffer_setting *out);
#define BUFFER_SETTING_NAME 20
/* "fixed:60". Returns buf. */
const char *buffer_setting_name(struct buffer_setting setting,
                                char buf[static BUFFER_SETTING_NAME]);

struct adaptive;

/* All zero: nothing seen. Release it. */
struct receiver {
	double raised_ns; /* by how much it hangs above the anchor; below 0 after receiver_raise() */
	uint32_t seen; /* packets pushed, up to the last one it was told of */
	uint32_t last_late; /* which one */
	unsigned late_in_row;
	struct adaptive *adaptive; /* NULL: not needed yet */
};

void receiver_release(struct receiver *r);

/* A new anchor: the packet at hand. */
void receiver_restart(struct receiver *r);

/* Packet number `pushed` (from 1, wraps; those not told came within BUFFER_QUIET_NS) came so much behind the anchor. *late: it is thrown
 * away. False: out of memory. */
bool receiver_push(struct receiver *r, struct buffer_setting setting, uint32_t pushed,
                   double behind_ns, bool *late);

/* Delays are told from an anchor so much later from now on. */
void receiver_raise(struct receiver *r, int64_t ns);

/* Up to how far behind the anchor it needs not be told. */
double receiver_quiet_ns(const struct receiver *r, struct buffer_setting setting);

/* The mean delay that it adds, in ms; `pushed`: how many packets there were. At the end. */
double receiver_depth_ms(struct receiver *r, struct buffer_setting setting, uint32_t pushed);

#endif
