#include "reports/call_cursor.h"

bool call_cursor_open(struct call_cursor *c, struct records *r, const char *sql, int64_t id,
                      struct err *err)
{
	*c = (struct call_cursor){ .q = rows_query(r, sql, id, err) };
	return c->q != NULL;
}

void call_cursor_close(struct call_cursor *c)
{
	query_free(c->q);
	c->q = NULL;
}

bool call_cursor_next(struct call_cursor *c, int64_t call_id, struct err *err)
{
	while (!c->ended && (!c->ahead || c->call_id < call_id)) {
		c->ahead = query_step(c->q, err);
		c->ended = !c->ahead;
		if (c->ahead)
			c->call_id = query_int(c->q, 0);
	}
	if (!c->ahead || c->call_id != call_id)
		return false;
	c->ahead = false;
	return true;
}
