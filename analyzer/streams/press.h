/* One key press as one source saw it: a stream's telephone-events or tones, the INFO or NOTIFY requests of a dialog. Those of a call's leg
 * wait in its list until the call is written: what several methods and legs saw of one press is joined then (joining/pressed.h). */
#ifndef ANALYZER_STREAMS_PRESS_H
#define ANALYZER_STREAMS_PRESS_H

#include "analyzer/analysis.h"
#include "analyzer/findings/evidence.h"

/* In the order in which they are believed. */
enum press_method { PRESS_EVENT, PRESS_INFO, PRESS_KPML, PRESS_INBAND };

/* What is to be said of its sender, bits. */
enum press_lint {
	PRESS_NO_MARKER = 1 << 0, /* on none of its packets (RFC 4733 2.5.1.2) */
	PRESS_MARKER_ON_ALL = 1 << 1,
	PRESS_MOVING_TIMESTAMP = 1 << 2,
	PRESS_CONSTANT_DURATION = 1 << 3, /* updates that do not grow */
	PRESS_ZERO_DURATION = 1 << 4,
	PRESS_SINGLE_END = 1 << 5, /* RFC 4733 2.5.1.4: three; none was lost */
	PRESS_NO_END = 1 << 6, /* likewise */
	PRESS_RESERVED_BIT = 1 << 7,
	PRESS_ZERO_PREFIX = 1 << 8,
	PRESS_NOT_NEGOTIATED = 1 << 9, /* the receiver's SDP has no telephone-event */
	PRESS_OTHER_TYPE = 1 << 10, /* it has, of another payload type */
	PRESS_WRONG_DURATION = 1 << 11, /* half or double of the time its packets took */
	PRESS_UNRELIABLE = 1 << 12, /* heard behind a codec that bends tones */
	PRESS_WEAK = 1 << 13, /* RFC 4733 2.3.3: below what receivers must take */
};
#define PRESS_LINTS 14
const char *press_lint_name(unsigned bit); /* 0 .. PRESS_LINTS - 1: "no-marker" ... */

struct press {
	int64_t start_ns;
	double duration_ms; /* NAN: not said */
	double wall_ms; /* that its packets took; NAN: not known */
	double level_dbm0; /* per tone, NAN: not known */
	int64_t stream_id, dialog_id; /* 0: none */
	struct sighting first, last; /* its packets, or its request */
	uint32_t cseq; /* of the request */
	uint32_t timestamp, clock_hz; /* of an event; clock_hz 0: none */
	uint16_t status; /* final response to the request, 0: none */
	uint16_t packets, end_packets; /* of events */
	uint16_t lint; /* enum press_lint */
	uint8_t payload_type; /* of events */
	uint8_t method; /* enum press_method */
	uint8_t sender; /* enum party; of a stream that is no call's: not known */
	bool start_lost, end_lost;
	char digit;
};

/* Of one leg, in the order in which they were finished. All zero: none. */
#define PRESSES_MAX 512 /* of a leg; further ones are written at once, each for itself */

struct press_list {
	struct press *items;
	unsigned count, capacity;
};

void press_list_release(struct press_list *list);
/* False: out of memory. At PRESSES_MAX nothing happens: ask before. */
bool press_list_add(struct press_list *list, const struct press *p);
static inline bool press_list_is_full(const struct press_list *list)
{
	return list->count == PRESSES_MAX;
}

/* A press given by its source: to the list, or written where that is full or NULL. call_id 0: none. */
bool press_take(struct analysis *a, struct press_list *list, int64_t call_id,
                const struct press *p);

/* What it is called in records: masked where digits are. */
char press_digit(const struct analysis *a, const struct press *p);

/* Its row. `press_id`: the row that counts for it; 0: none does. The id was taken from a->next_dtmf. */
bool press_write(struct analysis *a, const struct press *p, int64_t id, int64_t call_id,
                 int64_t press_id);

const char *press_method_name(enum press_method m); /* "rfc4733", "info", "kpml", "inband" */

#endif
