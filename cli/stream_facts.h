/* A stream's record as the score's functions want it (analyzer/score): what explain and what-ifs begin with. */
#ifndef CLI_STREAM_FACTS_H
#define CLI_STREAM_FACTS_H

#include "analyzer/score/burst.h"
#include "analyzer/score/codec_modes.h"
#include "analyzer/score/receiver.h"
#include "analyzer/score/score.h"
#include "reports/records/query.h"

/* Slices borrow from the query until the next row. */
struct stream_facts {
	int64_t id, call_id; /* call_id: RECORD_NULL without */
	struct slice direction, src, dst, codec_name, delay_source, buffer_name;
	const struct codec *codec;
	struct codec sent; /* with the Ie and Bpl of what was sent */
	struct codec_use use;
	bool has_use;
	int64_t packets, lost, late, expected;
	double ptime_ms; /* NAN: unknown */
	double kbps, burst_r, r_factor, mos_lq, mos_cq, delay_ms;
	bool estimated;
	struct buffer_setting buffer; /* of the run */
	double buffer_ms; /* the mean delay that it added */
	struct slice trace; /* absent: there was nothing to tell */
	bool complete; /* the trace is of all of it */
	struct burst_gap bursts; /* of what was lost or late, durations in packets */
	struct burst_gap bursts_a2; /* as an RTCP XR sender would have it */
};

/* Called for one stream after the other; false: err is set, and it ends. */
typedef bool stream_facts_taker(void *context, const struct stream_facts *f, struct err *err);

/* Every scored stream with this number, or of this call; RECORD_NULL for any. *count: how many there were. */
bool stream_facts_each(struct records *r, int64_t stream_id, int64_t call_id,
                       stream_facts_taker *take, void *context, uint64_t *count, struct err *err);

/* As recorded, for score_of(). */
struct score_input stream_facts_input(const struct stream_facts *f);

/* Packet time and look-ahead in ms of these packets in this codec. */
double stream_facts_packet_ms(const struct stream_facts *f, const struct codec *codec);

/* "12" or "stream:12". False: neither. */
bool stream_facts_number(const char *text, int64_t *id);

/* err: there is no scored stream of that number. Always false. */
bool stream_facts_missing(struct records *r, int64_t stream_id, struct err *err);

#endif
