/* --until-failure: the highest rate that goes well. Twice the rate as long as it does, then halves between the highest that did and the
 * lowest that did not. A rate goes well if for a whole window no call failed, no message had to be repeated, calls did not pile up, and the
 * generator itself was not the limit. After a rate that did not, there are no new calls until those that live are over. Pure: somebody
 * looks at it now and then with a reading. */
#ifndef SIM_ENGINE_SEARCH_H
#define SIM_ENGINE_SEARCH_H

#include "sim/sim.h"

enum search_phase { SEARCH_SETTLES, SEARCH_MEASURES, SEARCH_DRAINS, SEARCH_OVER };

/* Totals since the start. */
struct search_facts {
	int64_t now_ns;
	uint64_t opened, failed, retransmissions, live;
	uint64_t most_live; /* the limit on calls at once; 0: none */
	struct sim_health health; /* since search_mark() */
};

struct search {
	enum search_phase phase;
	double rate; /* asked for now; 0 while it drains */
	double tried; /* the one that is being judged */
	double good, bad, most; /* 0: none yet; most: never beyond */
	double precision;
	int64_t window_ns, since_ns;
	uint64_t opened, failed, retransmissions; /* at the beginning of the window */
	bool marked; /* a window began: health counts from here on (the caller clears it) */
	struct sim_search_result result;
};

#define SEARCH_LEAST_RATE 0.5 /* calls per second; lower rates are not looked for */

void search_init(struct search *s, const struct pace_config *c, double max_rate, int64_t now_ns);
/* True: it is over, result stands. */
bool search_look(struct search *s, const struct search_facts *f);

#endif
