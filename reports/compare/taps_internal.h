/* What the parts of the comparison of two taps share. Nobody else includes this.
 *
 *   taps_load.c      what each tap saw, out of its database
 *   taps_keys.c      what both have of something: candidates for the same call, without comparing every call with every other
 *   taps_score.c     how much two calls have in common; taps_calls.c: which are the same
 *   taps_rough.c     how far the clocks are apart, to milliseconds, before the calls are known; taps_clock.c: to microseconds, after
 *   taps_lay.c       two streams' marks beside each other; taps_streams.c: which streams are the same, what came of them
 *   taps_messages.c  messages of the same calls; taps_rewrites.c: what was rewritten, as far as the records know; taps_headers.c: in their texts
 *   taps_form.c      headings, paragraphs and tables as text, Markdown, HTML; taps_report.c, taps_json.c, taps_verdicts.c
 *
 * A is the first database, B the second. Differences of time are B's clock less A's; a call's or a stream's `way` says which tap its packets
 * pass first. */
#ifndef REPORTS_COMPARE_TAPS_INTERNAL_H
#define REPORTS_COMPARE_TAPS_INTERNAL_H

#include "base/arena.h"
#include "reports/compare/taps.h"
#include "reports/records/store.h"

#define TAPS_NONE UINT32_MAX

enum tap_side { TAP_A, TAP_B, TAP_SIDES };

/* Which tap comes first. */
enum tap_way { WAY_A_TO_B, WAY_B_TO_A, WAY_UNKNOWN };
static inline enum tap_way way_back(enum tap_way way)
{
	return way == WAY_UNKNOWN ? way : way == WAY_A_TO_B ? WAY_B_TO_A : WAY_A_TO_B;
}

/* A leg of a call: a dialog of it. */
struct tap_leg {
	int64_t id;
	uint32_t call;
	struct slice sip_call_id, from_tag, to_tag, from_uri, to_uri, caller_contact,
	        callee_contact, caller_user_agent, callee_user_agent, src, dst, transport;
};

struct tap_call {
	int64_t id;
	struct slice sip_call_id, caller, callee, outcome;
	int64_t start_us, ring_us, answer_us, end_us, final_status;
	uint32_t leg, legs; /* of tap_side.legs: the first one, how many */
	uint32_t edge, edges;
	uint32_t stream, streams;
	uint32_t message, messages;
	uint32_t partner; /* at the other tap; TAPS_NONE: none */
	bool ambiguous; /* there are several it may be */
};

struct tap_stream {
	int64_t id;
	uint32_t call; /* TAPS_NONE: of none */
	uint8_t from_callee; /* direction: 0 caller to callee, 1 back, 2 not known */
	struct slice src_addr, dst_addr, codec;
	int64_t src_port, dst_port, ssrc, payload_type, first_us, last_us, packets, expected, lost;
	struct slice marks; /* absent: none */
	bool whole; /* the marks are of all of it */
	int64_t first_number, last_number; /* extended; without marks RECORD_NULL */
	uint32_t partner;
};

struct tap_message {
	int64_t id, time_us, status, cseq; /* status: RECORD_NULL of requests */
	uint32_t call, leg;
	struct slice method, uri, sdp; /* method: CSeq's; uri: of an INVITE */
	bool again; /* a retransmission */
	bool from_callee;
};

/* A value that joined legs of a call: a Session-ID, a charging id, the other leg's Call-ID. */
struct tap_edge {
	uint32_t call;
	struct slice value;
};

/* What one tap saw. Texts lie in `arena`. */
struct tap {
	struct records *records;
	struct arena arena;
	struct tap_call *calls; /* by id */
	struct tap_leg *legs; /* by call */
	struct tap_edge *edges;
	struct tap_stream *streams; /* by call, those of none last */
	struct tap_message *messages; /* by call, then by time */
	uint32_t call_count, leg_count, edge_count, stream_count, message_count;
	bool more_messages; /* than TAPS_MAX_MESSAGES: those beyond are left out */
	bool marks; /* its streams have some */
	bool simulated;
	int64_t first_us, last_us; /* of its captures; RECORD_NULL: not known */
};

/* Bounds of what is loaded of a tap; beyond, nothing is. */
#define TAPS_MAX_ROWS     4000000u /* calls, dialogs, streams each: an error */
#define TAPS_MAX_MESSAGES 8000000u

/* False: err. `all`: streams' marks and messages too. */
bool tap_load(struct tap *t, struct records *r, bool all, struct err *err);
void tap_release(struct tap *t);

/* ---- small things ---- */

/* Room for one more in a growing array of elements of `size`; false: out of memory. */
bool taps_room(void **array, size_t *capacity, size_t count, size_t size);
#define TAPS_ROOM(array, capacity, count)                                                          \
	taps_room((void **)&(array), &(capacity), (count), sizeof *(array))

/* The host of "addr:port" or "[addr]:port" or of a SIP URI; its user part (absent: none). */
struct slice taps_host(struct slice address);
struct slice taps_uri_host(struct slice uri);
struct slice taps_uri_user(struct slice uri);

/* Do two numbers end in the same digits? 0: no; 1: in few; 2: in seven or more, or they are the same. */
unsigned taps_numbers_alike(struct slice a, struct slice b);

struct taps_values { /* a growing array of reals */
	double *v;
	size_t count, capacity;
};
bool taps_values_add(struct taps_values *v, double value);
void taps_values_sort(struct taps_values *v);
double taps_values_quantile(const struct taps_values *v,
                            double share); /* of sorted ones; NAN: none */
void taps_values_release(struct taps_values *v);

/* ---- which calls are the same ---- */

/* Start times of the same call differ by `us`, give or take `slack_us`. */
struct taps_rough {
	int64_t us, slack_us;
	bool known; /* else it is taken for granted that both clocks are right */
};

/* How sure: the marks of what both have in common. 100: a Call-ID. */
#define TAPS_ENOUGH 40
#define TAPS_MARGIN 12 /* a rival must have that much less */
#define TAPS_SURE   60 /* without looking at the time */

/* `rough` NULL: without regard to time. */
int taps_score(const struct tap *a, const struct tap *b, uint32_t call_a, uint32_t call_b,
               const struct taps_rough *rough);

struct taps_candidate {
	uint32_t a, b; /* calls */
	int score;
};
struct taps_candidates {
	struct taps_candidate *v;
	size_t count, capacity;
};
/* Calls that have a Call-ID, a tag, an SSRC or a first sequence number in common. */
bool taps_candidates_by_keys(const struct tap *a, const struct tap *b, struct taps_candidates *out);
/* Calls that have a number in common and began at about the same time; a call's nearest few only. */
bool taps_candidates_by_time(const struct tap *a, const struct tap *b,
                             const struct taps_rough *rough, const bool *settled,
                             struct taps_candidates *out); /* settled: A's calls that need none */
/* Each pair once. */
void taps_candidates_tidy(struct taps_candidates *c);
/* Of calls with the same numbers: by which difference of start times most are explained. */
/* These three: false: out of memory. out->known only where it can be told. */
bool taps_rough_by_vote(const struct tap *a, const struct tap *b, struct taps_rough *out);
bool taps_rough_of(const struct tap *a, const struct tap *b, const struct taps_candidates *scored,
                   struct taps_rough *out);
bool taps_rough_find(const struct tap *a, const struct tap *b, const struct taps_candidates *scored,
                     struct taps_rough *out);

/* Sets `partner` and `ambiguous`. */
bool taps_match_calls(struct tap *a, struct tap *b, struct taps_rough *rough, struct err *err);

/* ---- clocks ---- */

struct taps_sample {
	double at_us, difference_us; /* A's time, and B's less A's */
	enum tap_way way;
	unsigned group; /* taps_clock_of() counts them off */
};
struct taps_samples {
	struct taps_sample *v;
	size_t count, capacity;
};

struct taps_clock {
	bool known; /* there was anything to tell it by */
	bool both_ways; /* else the fastest packet is taken to need no time at all */
	bool by_rtp; /* else by SIP messages */
	bool contradictory; /* packets arrived before they were sent, by any offset */
	double at_us; /* A's clock at the time that `offset_us` is of: the middle of what was compared */
	double offset_us; /* B's clock less A's */
	double uncertainty_us; /* half the least round trip */
	double drift_ppm; /* B's clock gains so much on A's; 0: none is seen */
	double drift_uncertainty_ppm; /* NAN: too little to tell */
	double span_us;
	size_t samples[2]; /* by way */
};

/* Sorts the samples. */
void taps_clock_of(struct taps_samples *samples, struct taps_clock *out);
/* B's clock less A's when A's says so much. */
double taps_clock_offset(const struct taps_clock *c, double at_us);

/* ---- streams ---- */

struct taps_transit {
	int64_t count;
	double least_ms, median_ms, p95_ms, most_ms, spread_ms; /* spread: p95 less p5 */
	double jitter_ms; /* RFC 3550 A.8 over the packets compared */
};

struct taps_pair { /* the same stream at both taps */
	uint32_t a, b;
	enum tap_way way;
	bool by_marks; /* packet by packet, else by the counts alone */
	bool renumbered; /* there are marks, but their numbers are others */
	bool partial; /* the marks are not of all of it */
	int64_t first, second; /* unique packets at the first and second tap of its way */
	int64_t lost_before; /* by neither tap seen */
	int64_t lost_between; /* RECORD_NULL: not known */
	int64_t only_second; /* the first tap missed them; RECORD_NULL: not known */
	int64_t outside; /* while the other capture was not running */
	int64_t bursts, longest_burst; /* of those lost between */
	int64_t worst_us, worst_lost, worst_packets; /* the worst five seconds, by A's clock */
	struct taps_transit transit;
	uint32_t call; /* of A's; TAPS_NONE: of none, or of one that is not matched */
	bool from_callee; /* of that call */
	double difference_us; /* median of the differences of its marks; NAN: none. Only to find its way */
};

struct taps_bin { /* of time, by way */
	int64_t packets, lost;
};
#define TAPS_BINS 60

struct taps_flow { /* all streams of one way */
	int64_t streams, first, second, lost_before, lost_between, only_second, outside, bursts,
	        longest_burst;
	int64_t judged; /* streams of which the loss between is known */
	struct taps_transit transit;
	struct taps_bin bins[TAPS_BINS];
};

/* ---- messages ---- */

struct taps_kind { /* a method, or a status and the method it answers, one way */
	struct slice method;
	int64_t status; /* RECORD_NULL: the request */
	enum tap_way way;
	bool hop; /* goes from hop to hop: that it is not forwarded means nothing */
	int64_t both, only_first, only_second;
	int64_t again_first, again_second; /* retransmissions at the first and second tap */
	int64_t example_first,
	        example_second; /* calls.id at A (or B) where it was seen there only */
	struct taps_values transit_ms;
};
#define TAPS_KINDS 256 /* further ones are counted as one, without a name */

/* ---- what was rewritten ---- */

struct taps_rewrite {
	const char *field; /* "Contact host" */
	struct slice from, to; /* A's, B's */
	int64_t calls, example; /* calls.id at A */
};
struct taps_field {
	const char *field;
	int64_t compared, changed, different; /* calls; different rewrites */
};
#define TAPS_REWRITES 4096 /* different ones that are told apart */
#define TAPS_FIELDS   32

struct taps_header {
	struct slice kind, name; /* "INVITE", "Via" */
	int64_t compared, added, removed,
	        changed; /* messages: at B only, at A only, another value */
	int64_t example; /* calls.id at A */
	struct slice from, to; /* of the first that changed */
	int64_t alike; /* so many changed in just this way */
};
#define TAPS_HEADERS    1024
#define TAPS_TEXT_CALLS 200 /* calls whose messages' texts are laid beside each other */

struct taps {
	struct tap side[TAP_SIDES];
	const char *names[TAP_SIDES]; /* NULL: captures that were not written down */
	double max_loss_ratio;
	struct taps_rough rough;
	struct taps_clock clock;
	struct arena arena;
	enum tap_way *ways; /* by A's calls: where the caller is */
	int64_t matched, same_call_id, ambiguous[TAP_SIDES];
	int64_t alone[TAP_SIDES]; /* while the other capture was running */
	int64_t outside[TAP_SIDES]; /* while it was not */
	struct taps_pair *pairs;
	size_t pair_count, pair_room;
	int64_t streams_alone[TAP_SIDES], streams_outside[TAP_SIDES];
	struct taps_flow flows[2]; /* by way */
	int64_t bins_from_us;
	double bin_us;
	struct taps_kind *kinds;
	unsigned kind_count;
	struct taps_rewrite *rewrites;
	size_t rewrite_count;
	int64_t rewrites_beyond;
	struct taps_field fields[TAPS_FIELDS];
	unsigned field_count;
	struct taps_header *headers;
	size_t header_count;
	int64_t text_calls, text_messages, reordered;
	struct slice text_absent; /* why no texts were compared; absent: they were */
};

/* Pairs of streams; which came alone is told by taps_measure_streams(). */
bool taps_match_streams(struct taps *t, struct err *err);
/* Which tap each call's and stream's packets pass first, and the clock, which needs to know that. */
bool taps_find_clock(struct taps *t, struct err *err);
bool taps_measure_streams(struct taps *t, struct err *err);

/* Messages of a matched call that both taps saw. */
struct taps_seen {
	const struct tap_message *first; /* of A's, the oldest copy; NULL: A saw none */
	const struct tap_message *other; /* of B's */
	int64_t copies[TAP_SIDES], again[TAP_SIDES];
};
typedef bool taps_visit_message(void *context, uint32_t call, const struct taps_seen *seen);
/* Every message of every matched call. False: a visit said so, or out of memory (err). */
bool taps_each_message(const struct taps *t, taps_visit_message *visit, void *context,
                       struct err *err);
/* Goes it through to the other end? 100, challenges, CANCEL and what belongs to it go from hop to hop. */
bool taps_is_end_to_end(const struct tap_message *m);
bool taps_match_messages(struct taps *t, struct err *err);
bool taps_find_rewrites(struct taps *t, struct err *err);
bool taps_compare_texts(struct taps *t, const struct message_texts *a,
                        const struct message_texts *b, struct err *err);

#endif
