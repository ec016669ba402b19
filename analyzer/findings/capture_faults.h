/* Family K: is the capture itself to blame? And K13, the outage that unrelated streams share, which looks like it. One report each, not one
 * per stream; what they void is weakened by capture_weakness() and view.c.
 *
 *   capture_faults.c   who is told what; K3, K10, K11, K12 and the reports of K1 and K2 that need no timeline
 *   capture_outages.c  K1, K13: a timeline of holes in all streams; capture_window.c: what those of one window mean
 *   capture_census.c   which streams went on meanwhile, and by which subnets
 *   capture_clock.c    K7, K8, K9; capture_steps.c: what streams show of K7; capture_date.c K6
 *   capture_sides.c    K5
 *   capture_copies.c   K4
 *
 * Memory: at most CAPTURE_MAX_HOLES holes of some 150 octets, three times that while they are judged, CAPTURE_MAX_STEPS changes of some 70,
 * and tables of CAPTURE_MAX_HOSTS. */
#ifndef ANALYZER_FINDINGS_CAPTURE_FAULTS_H
#define ANALYZER_FINDINGS_CAPTURE_FAULTS_H

#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "base/net.h"
#include "base/timer.h"

#define CAPTURE_HOLD_NS   (1 * NS_PER_S) /* so long a hole may still be filled, and others join it */
#define CAPTURE_MAX_HOLES 8192 /* within that; beyond, they are judged as they stand */
#define CAPTURE_MAX_STEPS 8192 /* likewise; beyond, the rest is not looked at */
#define CAPTURE_MAX_HOSTS 1024 /* with a clock of their own; beyond, the rest is not looked at */
#define CAPTURE_MAX_INTERVALS                                                                      \
	256 /* in which the capture lost packets; beyond, the last one grows */
#define CAPTURE_MAX_CLOCK_STEPS 256 /* beyond, the rest is not told */

struct capture_faults;
struct outages;
struct clock_watch;
struct streams;

struct capture_settings {
	int64_t window_ns; /* K1 */
	uint64_t streams, calls; /* K1, K13 */
	double share, outage_share;
	uint64_t others; /* K13 */
	uint64_t acked; /* K1 */
	double received; /* K1: share of packets that receivers have */
	double confirmed; /* K2 */
	double copies; /* K4 */
	uint64_t sides; /* K5 */
	double one_sided;
	int64_t edge_ns; /* K10 */
	size_t segment; /* K11 */
	double inverted; /* K12 */
	uint64_t least_inverted;
};

/* How often, and where first. */
struct capture_count {
	uint64_t times;
	struct sighting first;
};

struct capture_faults {
	struct findings *findings;
	struct draft draft;
	struct capture_settings set;
	struct sighting first; /* the capture's first packet */
	struct outages *outages;
	struct clock_watch *clock;
	uint64_t streams; /* finished */
	struct capture_count cut_sip, cut_rtp; /* K3 */
	uint64_t rtp_packets;
	struct capture_count large; /* K11 */
	size_t largest;
	struct { /* K12 */
		struct capture_count count;
		uint64_t transactions;
		int64_t worst_ns;
		bool across_files;
	} inverted;
	struct { /* K5: legs, or flows where there is no SIP */
		uint64_t one, two;
		struct lru flows;
		uint64_t flows_one, flows_two;
	} sides;
	struct { /* K4 */
		uint64_t streams, sip, sip_all; /* sip_all: whose copies can be told */
		bool sip_seen;
		struct sighting first;
		int64_t age_ns;
	} copies;
	struct { /* K1: what receivers have and the capture has not */
		uint64_t streams;
		int64_t packets;
		struct sighting first;
	} received;
	bool lost; /* K1 of no interval: throughout */
};

/* What families.h knows. NULL: out of memory. */
struct capture_faults *capture_faults_new(struct findings *f);
void capture_faults_free(struct capture_faults *k); /* NULL allowed */
/* The end of calls and streams: before all other families. */
bool capture_faults_finish(struct capture_faults *k, const struct capture_view *view);
bool capture_message(struct capture_faults *k, const struct seen_message *m);
bool capture_leg(struct capture_faults *k, const struct leg *leg);
bool capture_stream(struct capture_faults *k, const struct stream *st);

/* Why a rule cannot be sure of what it saw between these times; NULL: nothing speaks against it. */
const char *capture_weakness(const struct capture_faults *k, const struct rule *rule,
                             int64_t first_ns, int64_t last_ns);
bool capture_lost(const struct capture_faults *k); /* packets, nobody knows when */
bool capture_one_direction(const struct capture_faults *k);

/* --- among these files ------------------------------------------------------------------------------------------------ */

/* findings_add() of the draft as it stands. */
bool capture_tell(struct capture_faults *k, enum rule_id rule, struct sighting first,
                  struct sighting last, const char *weak, bool certain);
/* "02:14:07.3" */
void capture_add_moment(struct text *out, int64_t time_ns);
/* "180 ms", "12 s" */
void capture_add_length(struct text *out, int64_t ns);
void capture_note(struct capture_count *c, struct sighting at);

/* capture_outages.c */
struct outages *outages_new(struct capture_faults *k);
void outages_free(struct outages *o);
bool outages_hole(struct outages *o, const struct seen_hole *h);
void outages_filled(struct outages *o, struct stream *st, int64_t number);
/* Nothing was captured between these times, and much before. */
void outages_silence(struct outages *o, int64_t from_ns, int64_t to_ns);
bool outages_end(struct outages *o); /* no more packets; streams are still there */
bool outages_finish(struct outages *o);
bool outages_overlap(const struct outages *o, int64_t first_ns, int64_t last_ns);

/* capture_census.c */
#define CENSUS_PREFIXES 6

/* The upper `bits` of 128. */
struct prefix {
	struct ip_addr addr;
	unsigned bits;
};

bool prefix_holds(struct prefix p, struct ip_addr a);
struct prefix prefix_of(struct ip_addr a, unsigned bits);
/* "10.1.0.0/24", a host without the length. */
void prefix_add(struct text *out, struct prefix p);

/* The two addresses of a stream that takes part. */
struct pair {
	struct ip_addr src, dst;
};

/* Prefixes of hosts and usual subnets that at least nine in ten of the pairs touch, at most CENSUS_PREFIXES, longest first; SIZE_MAX: out of
 * memory. */
size_t census_common(const struct pair *pairs, size_t n, struct prefix out[static CENSUS_PREFIXES]);
/* Different pairs of hosts, in either direction; SIZE_MAX: out of memory. */
size_t census_host_pairs(const struct pair *pairs, size_t n);

struct census {
	int64_t time_ns; /* streams count that were there then, and after it */
	size_t prefix_count;
	struct prefix prefixes[CENSUS_PREFIXES];
	uint64_t active, touching[CENSUS_PREFIXES];
};
void census_take(struct census *c, const struct streams *streams);
void census_count(struct census *c, struct ip_addr src, struct ip_addr dst);

/* capture_clock.c */
struct clock_watch *clock_watch_new(struct capture_faults *k);
void clock_watch_free(struct clock_watch *c);
void clock_times(struct clock_watch *c, const struct seen_times *t);
void clock_tick(struct clock_watch *c, int64_t step_ns);
bool clock_transit_step(struct clock_watch *c, const struct stream *st, int64_t time_ns,
                        int64_t step_ns);
bool clock_message(struct clock_watch *c, const struct seen_message *m);
bool clock_stream(struct clock_watch *c, const struct stream *st);
bool clock_end(struct clock_watch *c); /* no more packets; streams are still there */
bool clock_finish(struct clock_watch *c, const struct capture_view *view);
bool clock_stepped(const struct clock_watch *c, int64_t from_ns, int64_t to_ns, int64_t *by_ns);
bool clock_skew(const struct clock_watch *c, double *ppm);

/* capture_sides.c */
void sides_leg(struct capture_faults *k, const struct leg *leg);
bool sides_stream(struct capture_faults *k, const struct stream *st);
bool sides_finish(struct capture_faults *k, const struct capture_view *view);

/* capture_copies.c */
bool copies_finish(struct capture_faults *k);
void copies_message(struct capture_faults *k, const struct seen_message *m);
void copies_stream(struct capture_faults *k, const struct stream *st);

#endif
