/* Calls whose rows are written but of which late messages may still come: they find their dialog here, and are not taken for a call
 * whose beginning the capture missed. */
#ifndef ANALYZER_CALLS_ENDED_H
#define ANALYZER_CALLS_ENDED_H

#include "base/list.h"
#include "base/table.h"

#include <stdint.h>

#define ENDED_KEEP_NS INT64_C(64000000000) /* twice 64*T1 */
#define ENDED_MAX 262144 /* beyond, the oldest is forgotten */

struct ended {
	struct table table; /* by hash of the Call-ID */
	struct list_node all; /* oldest first */
};

void ended_init(struct ended *e);
void ended_release(struct ended *e);

/* False when out of memory. */
bool ended_add(struct ended *e, uint64_t call_hash, int64_t dialog_id, int64_t now_ns);
/* The dialog of the newest one with this Call-ID, 0 if there is none. */
int64_t ended_find(struct ended *e, uint64_t call_hash, int64_t now_ns);

#endif
