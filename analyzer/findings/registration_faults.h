/* Family G, registration, by what registration attempts came to and by the rate of REGISTERs:
 *
 *   registration_faults.c    who is told what; G1 (expired), G2 (flapping), G3 (expiry), of single accounts
 *   registration_sources.c   G4 (floods), G5 (passwords tried), of single sources, and G4's avalanche of all together */
#ifndef ANALYZER_FINDINGS_REGISTRATION_FAULTS_H
#define ANALYZER_FINDINGS_REGISTRATION_FAULTS_H

#include "analyzer/calls/event.h"
#include "analyzer/findings/findings.h"
#include "analyzer/findings/lru.h"

/* Beyond, the one unused for longest is judged as it stands and leaves. */
#define REGISTRATION_MAX_ACCOUNTS 65536
#define REGISTRATION_MAX_SOURCES  4096
#define REGISTRATION_MAX_RING     64 /* bound of the settings that count within a window */
#define REGISTRATION_CONTACTS     4 /* of an account, known again */
#define REGISTRATION_HISTORY      64 /* seconds of the total rate */

/* The newest times of something, to tell whether so many fell into a window. */
struct recent {
	struct sighting at[REGISTRATION_MAX_RING];
	unsigned next, count;
};

/* An account by user and host: when it could be reached, as far as the capture tells. */
struct account_watch {
	struct lru_node node;
	/* Its last binding: from the 200 to the end. */
	int64_t until_ns; /* TIME_NONE: never bound */
	struct sighting bound, ended; /* its REGISTER; the one that removed it */
	bool removed;
	/* The newest time without, before that. */
	int64_t gap_from_ns, gap_to_ns;
	struct sighting gap_bound;
	bool gap_removed;
	uint64_t contacts[REGISTRATION_CONTACTS]; /* newest first */
	struct recent *changes, *flips; /* NULL: none yet */
	bool known, succeeded; /* how the last attempt went */
	bool told_short, told_long; /* G3 */
};

struct source_watch {
	struct lru_node node;
	struct ip_addr addr;
	/* G4: the current second, and the flood of which it is part. */
	int64_t second_ns;
	uint64_t in_second, flood, peak; /* flood 0: none */
	struct sighting flood_first, flood_last;
	/* G5 */
	struct recent *failures;
	uint64_t refused; /* since the threshold was crossed; 0: not */
	struct sighting refused_first, refused_last; /* refused_last: also before it is crossed */
	uint64_t users[16];
	unsigned user_count;
};

struct registration_settings {
	unsigned changes, flips; /* G2 */
	int64_t flap_window_ns;
	double least_s, most_nat_s; /* G3 */
	uint64_t per_second; /* G4 */
	double ratio;
	int64_t gap_ns;
	uint64_t least_avalanche;
	unsigned failures; /* G5 */
	int64_t failures_window_ns;
};

/* REGISTERs of everyone, second by second. */
struct total_rate {
	int64_t second_ns; /* TIME_NONE: none yet */
	int64_t calm_ns; /* the gap's end: from here on it is an avalanche, TIME_NONE: no gap lately */
	uint64_t in_second;
	struct sighting first, last;
	uint64_t history[REGISTRATION_HISTORY]; /* of the seconds that had any */
	unsigned next, count;
	double gap_s;
};

struct registration_faults {
	struct findings *findings;
	struct registration_settings set;
	struct lru accounts, sources;
	struct total_rate rate;
	/* Of the occurrence at hand. */
	struct text cause, text;
	struct evidence evidence;
};

/* What families.h knows. NULL: out of memory, err set. */
struct registration_faults *registration_faults_new(struct findings *f);
void registration_faults_free(struct registration_faults *g); /* NULL allowed */
bool registration_faults_finish(struct registration_faults *g);
bool registration_faults_message(struct registration_faults *g, const struct seen_message *m);
bool registration_faults_leg(struct registration_faults *g, const struct leg *leg);
bool registration_faults_registration(struct registration_faults *g,
                                      const struct record_registration *r);

/* --- among these files ------------------------------------------------------------------------------------------------ */

/* Empties cause, text and evidence. */
void registration_begin(struct registration_faults *g);
/* findings_add() with these. */
bool registration_say(struct registration_faults *g, struct occurrence o);
/* A row's first or last frame and its time. */
struct sighting registration_first(const struct record_registration *r);
struct sighting registration_last(const struct record_registration *r);

/* Remembers one more, and forgets those before the window; true if `limit` of them are in it. *r is made where it is NULL; out of
 * memory: *r stays NULL. */
bool recent_add(struct recent **r, struct sighting at, unsigned limit, int64_t window_ns);
struct sighting recent_first(const struct recent *r, unsigned n); /* of the newest n */

bool sources_message(struct registration_faults *g, const struct seen_message *m);
bool sources_registration(struct registration_faults *g, const struct record_registration *r);
bool sources_finish(struct registration_faults *g);
void sources_release(struct registration_faults *g);

#endif
