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
	struct distribution loss, jitter, mos_nb, mos_wb,
	        mos_fb; /* ratio, mean in ms, MOS LQ per scale */
	/* Answered calls that talked for 3 s or longer: with RTP in one direction after the answer, and never on hold; with no RTP at all
	 * where the captures have RTP elsewhere. */
	int64_t one_way, without_rtp;
	int64_t digits; /* each press once */
	int64_t digits_rfc4733, digits_info, digits_inband, digits_kpml; /* as each method saw them */
};

/* Rows id, caller, callee, way: the calls counted in `one_way`. A stream of unknown direction speaks for either. */
#define SUMMARY_ONE_WAY_SQL                                                                        \
	"SELECT c.id AS id, c.caller AS caller, c.callee AS callee, min(s.direction) AS way FROM " \
	"calls c "                                                                                 \
	"JOIN streams s ON s.call_id = c.id AND s.last_us > c.answer_us WHERE c.outcome = "        \
	"'answered' AND c.talk_ms >= 3000 "                                                        \
	"AND c.held_ms = 0 GROUP BY c.id HAVING count(DISTINCT s.direction) = 1 AND "              \
	"count(s.direction) = count(*)"

/* False: the database cannot be read, or memory; err is set. */
bool summary_read(struct summary *s, struct records *r, struct err *err);

#endif
