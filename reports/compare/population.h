/* What is compared of a database, or of several as one: calls, legs, registrations, and whom and what there was. */
#ifndef REPORTS_COMPARE_POPULATION_H
#define REPORTS_COMPARE_POPULATION_H

#include "reports/compare/frame.h"
#include "reports/records/query.h"

enum frame_kind { FRAME_CALLS, FRAME_LEGS, FRAME_REGISTRATIONS, FRAMES };

/* What one side may have and the other not. */
enum kept_name { KEPT_TRUNK, KEPT_SCENARIO, KEPT_RULE, KEPT_CODEC, KEPT_AGENT, KEPT_NAMES };
extern const char *const kept_names[KEPT_NAMES]; /* "trunks", "scenarios" ... */

/* Shared by all populations that are compared: the same name has the same number. */
struct vocabulary {
	struct names names[KEPT_NAMES];
	bool info
	        [NAMES_MOST]; /* of a rule: it never was more than information, or one event hits many calls */
};
void vocabulary_init(struct vocabulary *v);
void vocabulary_release(struct vocabulary *v);

struct volume {
	int64_t databases, calls, streams, registrations, packets;
	int64_t first_us, last_us; /* of the calls or streams; RECORD_NULL: none */
};

struct population {
	struct vocabulary *vocabulary; /* borrowed */
	struct frame frames[FRAMES];
	/* calls, legs (trunks), streams (codecs) or ends of dialogs (user agents) that each name was met with */
	int64_t met[KEPT_NAMES][NAMES_MOST];
	struct volume volume;
};

void population_init(struct population *p, struct vocabulary *v);
void population_release(struct population *p);
/* Adds all of a database. Its calls' ids are kept as they are. False: err. */
bool population_load(struct population *p, struct records *r, struct err *err);
/* After the last one. False: err. */
bool population_settle(struct population *p, struct err *err);

#endif
