/* stream_intervals rows: a stream's counters cut at wall-clock multiples of the interval, so that streams can be laid side by side.
 *
 * A row is the difference of the stream's counters between two cuts. A number that was lost in a row and comes after all is taken back
 * from that row, as long as the row is still here: the newest INTERVALS_HELD wait.
 * The sums over all rows are then the stream's totals; a packet that comes even later stays lost in its row. The window of
 * sequence numbers (seq.h) is 6 s long at 60 ms a packet, so at one second a row that takes packets of more than that. */
#ifndef ANALYZER_STREAMS_INTERVAL_H
#define ANALYZER_STREAMS_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#define INTERVALS_HELD 7

struct interval_totals {
	uint64_t packets, late, jitter_count;
	int64_t lost;
	double jitter_sum_ns;
	int64_t newest; /* greatest extended sequence number */
};

struct interval_row {
	int64_t start_ns;
	int64_t newest_before; /* numbers beyond are this row's */
	uint64_t packets, late, jitter_count;
	int64_t lost;
	double jitter_sum_ns;
	bool late_known;
};

/* All zero: nothing begun. */
struct intervals {
	bool begun;
	unsigned count;
	struct interval_row rows[INTERVALS_HELD]; /* oldest first */
	int64_t start_ns; /* of the one that runs */
	struct interval_totals before; /* totals at its start */
};

/* Start of the interval that holds time_ns. */
int64_t interval_floor(int64_t time_ns, int64_t interval_ns);

/* Ends the running interval (if one was begun) and begins the one that starts at start_ns. True if *full is a row to be written. */
bool intervals_turn(struct intervals *v, const struct interval_totals *now, bool late_known,
                    int64_t start_ns, struct interval_row *full);

/* As many rows as fit are kept; for streams whose rows may not be written yet: adds *full to the oldest row held. */
void intervals_merge_back(struct intervals *v, const struct interval_row *full);

/* This number, lost until now, has come; totals already say so. */
void intervals_take_back(struct intervals *v, int64_t number);

/* Takes the oldest row held; at the end, after a last intervals_turn(), until false. */
bool intervals_take(struct intervals *v, struct interval_row *row);

#endif
