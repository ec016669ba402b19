/* Family H: attacks and fraud, by what single sources and accounts do.
 *
 *   attack.c           who is told what; sources; H1 (names of scanners), H2 (scans)
 *   attack_calls.c     H4 (bursts), H7 (consecutive numbers), when calls begin
 *   attack_numbers.c   H5 (high-risk prefixes), H6 (short calls, wangiri), H9 (off hours), when calls are over
 *   attack_media.c     H8 (false answer), H11 (RTP injection), likewise
 *   attack_accounts.c  H3 (many accounts), H9 (another network), by registrations
 *   attack_digest.c    H10 (weak digest)
 *
 * A source is an address. Tables are bounded: what was unused for longest is judged as it stands and leaves. */
#ifndef ANALYZER_FINDINGS_ATTACK_H
#define ANALYZER_FINDINGS_ATTACK_H

#include "analyzer/findings/draft.h"
#include "analyzer/findings/lru.h"
#include "analyzer/findings/window.h"

#define ATTACK_MAX_SOURCES  8192
#define ATTACK_MAX_ACCOUNTS 65536
#define ATTACK_MAX_PREFIXES 8192 /* pairs of a source and a prefix that it calls */
#define ATTACK_MAX_SERVERS  1024
#define ATTACK_KEPT         64 /* bound of the settings that count different things within a window */
#define ATTACK_SAMPLE       16 /* first requests of a source that are looked through for names */

/* Different things and when each was seen last; beyond ATTACK_KEPT the oldest leaves. */
struct seen_set {
	struct {
		uint64_t hash;
		int64_t time_ns;
	} kept[ATTACK_KEPT];
	unsigned count;
};
/* One more; how many different ones there are within the window. */
unsigned seen_set_add(struct seen_set *s, uint64_t hash, int64_t window_ns, int64_t time_ns);

struct source {
	struct lru_node node;
	struct ip_addr addr;
	uint32_t looked; /* requests looked through, up to ATTACK_SAMPLE */
	bool named; /* H1 told */
	bool served; /* something of it rang or succeeded */
	struct window opens, calls;
	struct seen_set *users, *accounts; /* asked for; registered (NULL: none) */
	/* H2: the burst, judged when it is known whether anything succeeds. */
	struct sighting burst_first, burst_last;
	uint64_t burst_requests;
	unsigned burst_users;
	/* H4 */
	uint64_t calls_in_all;
	int64_t first_call_ns, burst_told_until_ns, accounts_told_until_ns;
	/* H7: the run of consecutive numbers. */
	uint64_t number;
	unsigned run;
	bool run_told;
	struct sighting run_first;
};

struct attack_settings {
	struct slice agents, prefixes;
	uint16_t prefix_starts
	        [10]; /* of the prefixes: bit s of [f] is first digit f, second s; nearly all numbers stop there */
	int64_t scan_window_ns, account_window_ns, burst_window_ns, short_window_ns, run_window_ns,
	        move_window_ns, false_least_ns, short_ns, ring_ns, overlap_ns;
	double scan_requests, scan_users, accounts, burst_calls, burst_factor, burst_least,
	        concurrent, short_calls, run_numbers, false_packets, injected_packets;
	unsigned digits, from_hour, to_hour;
	int64_t utc_offset_s;
	bool weekend;
};

struct attack {
	struct draft draft;
	struct attack_settings set;
	struct lru sources, accounts, prefixes, servers;
	struct source *last; /* found last */
};

struct attack *attack_new(struct findings *f); /* NULL: out of memory, err set */
void attack_free(struct attack *a); /* NULL allowed */
/* False: environment failed. */
bool attack_message(struct attack *a, const struct seen_message *m);
bool attack_media(struct attack *a, const struct leg *leg); /* before its streams are closed */
bool attack_leg(struct attack *a, const struct leg *leg);
bool attack_registration(struct attack *a, const struct record_registration *r);
bool attack_finish(struct attack *a);

/* Internal to these files. */
struct source *attack_source(struct attack *a, struct ip_addr addr); /* NULL: out of memory */
struct sighting attack_sighting(const struct seen_message *m);
bool attack_call_begins(struct attack *a, struct source *s, const struct seen_message *m);
bool attack_challenge(struct attack *a, const struct seen_message *m);
bool attack_credentials(struct attack *a, const struct seen_message *m);
bool attack_numbers(struct attack *a, const struct leg *leg);
bool attack_false_answer(struct attack *a, const struct leg *leg);
bool attack_out_of_memory(struct attack *a);
/* Fills prefix_starts from prefixes. */
void attack_prefix_starts(struct attack_settings *set);
/* Digits of a number in international form, without + or 00 or 011; absent where it is none. */
struct slice attack_international(struct slice user);

#endif
