/* The facts of a whole database in a few numbers: what text.c prints and json.c writes. */
#ifndef REPORTS_SUMMARY_H
#define REPORTS_SUMMARY_H

#include "reports/rows.h"

#define SUMMARY_OUTCOMES 9
/* The values of calls.outcome, in the order in which people read them. */
extern const char *const summary_outcomes[SUMMARY_OUTCOMES];

/* Over streams, best first: the value that half, and 95 %, of the streams are no worse than (nearest rank), and the worst one.
 * NAN where count is 0. */
struct distribution {
	int64_t count;
	double p50, p95, worst;
};

struct summary {
	bool complete; /* every run came to its end */
	int64_t files, bytes, packets, first_us, last_us;
	int64_t damaged_files, truncated_packets, skipped_packets;
	int64_t calls, by_outcome[SUMMARY_OUTCOMES];
	double asr, ner, acd_s, pdd_p50_ms, pdd_p95_ms;
	int64_t messages, retransmissions, dialogs, transactions, timed_out;
	int64_t streams, unbound, encrypted, stream_packets, expected, lost;
	struct distribution loss, jitter, mos_nb, mos_wb, mos_fb; /* ratio, mean in ms, MOS LQ per scale */
	int64_t digits, digits_rfc4733, digits_info, digits_inband;
};

/* False: the database cannot be read, or memory; err is set. */
bool summary_read(struct summary *s, struct records *r, struct err *err);

#endif
