/* Many calls one after the other, with what several tables say of each: every table is read once, sorted by call, and its cursor goes along.
 * The other way, a query for each call, reads a whole table each time: there are no indexes. */
#ifndef REPORTS_CALL_CURSOR_H
#define REPORTS_CALL_CURSOR_H

#include "reports/rows.h"

struct call_cursor {
	struct query *q; /* its row is the one last given */
	int64_t call_id; /* of the row that it stands on */
	bool ahead, ended; /* that row was not given yet; there are no more */
};

/* The first column of `sql` is the call's id, in ascending order; ?1 is bound to `id` where it stands. False: err. Close in any case. */
bool call_cursor_open(struct call_cursor *c, struct records *r, const char *sql, int64_t id,
                      struct err *err);
void call_cursor_close(struct call_cursor *c);

/* The next row of this call, in c->q until the next use. False: it has no more, or err is set. Ids must not go down from one to the next;
 * rows of those left out are passed over. */
bool call_cursor_next(struct call_cursor *c, int64_t call_id, struct err *err);

#endif
