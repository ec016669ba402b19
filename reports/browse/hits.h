/* Which findings a call has, or a stream, its cause first: read once, for there is no index over the occurrences. */
#ifndef REPORTS_BROWSE_HITS_H
#define REPORTS_BROWSE_HITS_H

#include "base/arena.h"
#include "reports/rows.h"

/* Occurrences beyond are not shown in the list; `more` counts them. */
#define HITS_MAX 8000000

struct hit {
	int64_t of; /* id of the call, or of the stream */
	uint32_t rank; /* of the finding among all, in the order of headlines */
	uint32_t finding; /* index in findings */
	int64_t row; /* of the occurrence */
};

struct hit_finding {
	int64_t id;
	struct slice rule, severity;
};

enum hits_of { HITS_OF_CALLS, HITS_OF_STREAMS, HITS_KINDS };

struct hits {
	struct hit *all; /* by `of`, rank; a finding of a call once */
	size_t count, room;
	int64_t more;
	struct hit_finding *findings; /* by id */
	size_t finding_count;
	struct arena arena;
};

/* False: err. Release in any case. */
bool hits_load(struct hits *h, struct records *r, enum hits_of of, struct err *err);
void hits_release(struct hits *h);
/* Of one call or stream; *count may be 0. */
const struct hit *hits_find(const struct hits *h, int64_t of, size_t *count);

#endif
