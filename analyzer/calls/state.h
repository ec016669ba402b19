/* What the files of this room share: everything alive in one analysis. */
#ifndef ANALYZER_CALLS_STATE_H
#define ANALYZER_CALLS_STATE_H

#include "analyzer/calls/call.h"
#include "analyzer/calls/ended.h"
#include "analyzer/registrations/registration.h"
#include "analyzer/registrations/watch.h"
#include "base/pool.h"

struct calls {
	struct analysis *analysis;
	struct streams *streams;
	struct transactions transactions;
	struct registrations registrations;
	struct watches watches;
	struct pool pool; /* of struct leg */
	struct table table; /* of struct leg, by kind, Call-ID and From-tag */
	struct list_node all; /* the live: idle for longest first */
	struct waiting waiting; /* the closed */
	struct correlation correlation; /* what makes calls of them */
	struct ended ended;
	struct calls_counts counts;
	struct sdp sdp; /* of the message at hand */
	struct text sdp_line;
};

#endif
