/* Family B, media quality: each stream is judged when it ends, by what its packets did; B13 and B14 by what the far ends say.
 *
 *   quality.c         who is told what; settings; what the files share
 *   quality_loss.c    B1 (loss), B2 (drop-outs), B7 (order), B8 (copies)
 *   quality_timing.c  B3 (late packets), B4 (stalls with a period), B9 (groups)
 *   quality_sender.c  B6 (timestamps of another clock), B10 (silence suppression), B11 (comfort noise), B15 (short packets)
 *   quality_clock.c   B5 (the sender's clock), when what all clocks have in common is known
 *   quality_marking.c B12 (DSCP), when it is known whether anybody marks
 *   quality_rtcp.c    B13 (delay), B14 (the far end's loss is not ours) */
#ifndef ANALYZER_FINDINGS_QUALITY_H
#define ANALYZER_FINDINGS_QUALITY_H

#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "analyzer/streams/streams.h"

#define QUALITY_MAX_CLOCKS 4096 /* streams whose clock is off; beyond, the rest is not told of */
#define QUALITY_MAX_SOURCES                                                                        \
	1024 /* that do not mark; beyond, the one unused for longest is forgotten */

struct quality_settings {
	uint64_t packets; /* of shorter streams nothing is said */
	double loss, bad_loss, burst_r, least_lost; /* B1 */
	double run_packets, run_ms; /* B2 */
	double late, late_second; /* B3 */
	double repeats, shortest_s, longest_s, tolerance; /* B4 */
	double skew_ppm, residual_ms; /* B5 */
	double increment; /* B6 */
	double reordered; /* B7 */
	double copies; /* B8 */
	double grouped; /* B9 */
	double silent; /* B10 */
	double noise_packets; /* B11 */
	struct slice marks; /* B12 */
	bool always_mark;
	double long_ms, very_long_ms, buffer_ms; /* B13 */
	uint64_t reports; /* B14 */
	double much_loss, little_loss;
	double short_ptime_ms; /* B15 */
};

/* A stream whose clock is off, for B5. */
struct odd_clock {
	int64_t stream_id, call_id;
	struct endpoint src, dst;
	double ppm, residual_ms;
};

struct quality {
	struct draft draft;
	struct quality_settings set;
	struct odd_clock *clocks;
	size_t clock_count, clock_capacity;
	struct lru unmarked; /* struct unmarked_source, by address and DSCP */
	bool any_marked;
};

struct quality *quality_new(struct findings *f); /* NULL: out of memory, err set */
void quality_free(struct quality *q); /* NULL allowed */
/* False: environment failed. */
bool quality_media(struct quality *q, const struct leg *leg); /* before its streams are closed */
bool quality_stream(struct quality *q,
                    const struct stream *st); /* it ends: its numbers are final */
bool quality_finish(struct quality *q);
enum loss_verdict quality_compare_loss(const struct quality *q, double far, double ours);

/* --- among these files ------------------------------------------------------------------------------------------------ */

/* Of its audio, NAN: not known. */
double quality_ptime_ms(const struct stream *st);
/* " from 192.0.2.10 to 198.51.100.20", with ports or without. */
void quality_say_way(struct text *t, const struct stream *st, bool ports);
/* The packet behind its longest hole, where that was no reordering. */
struct sighting quality_hole(const struct stream *st);
/* findings_add() of the draft, about this stream. `at`: its first frame if it is unset. */
bool quality_tell(struct quality *q, const struct stream *st, enum rule_id rule,
                  struct sighting at);

bool quality_random_loss(struct quality *q, const struct stream *st);
bool quality_loss_burst(struct quality *q, const struct stream *st);
bool quality_copies(struct quality *q, const struct stream *st);
bool quality_noise(struct quality *q, const struct stream *st);
bool quality_order(struct quality *q, const struct stream *st);
bool quality_jitter(struct quality *q, const struct stream *st);
bool quality_period(struct quality *q, const struct stream *st);
bool quality_groups(struct quality *q, const struct stream *st);
bool quality_increment(struct quality *q, const struct stream *st);
bool quality_silence(struct quality *q, const struct stream *st);
bool quality_overhead(struct quality *q, const struct stream *st);
bool quality_clock(struct quality *q, const struct stream *st);
bool quality_clocks_finish(struct quality *q);
bool quality_marking(struct quality *q, const struct stream *st);
bool quality_marking_finish(struct quality *q);
bool quality_delay(struct quality *q, const struct leg *leg);
bool quality_disagreement(struct quality *q, const struct stream *st);

#endif
