/* A list of rows of the records: calls, streams, findings, registrations. Kept are the ids that the filter lets through, in order; of the
 * rows only those in sight are read, each by its id, whenever they are drawn. */
#ifndef REPORTS_BROWSE_LIST_H
#define REPORTS_BROWSE_LIST_H

#include "reports/browse/view.h"

#define LIST_MAX_COLUMNS 20
/* Further ones are not marked, and that is said. */
#define LIST_MAX_MARKS BROWSE_MAX_SAVE

enum list_format {
	LIST_TEXT,
	LIST_INT,
	LIST_DATE, /* of _us: 2026-01-31 */
	LIST_CLOCK, /* 14:05:06.789 */
	LIST_SECONDS, /* of _ms, one decimal */
	LIST_SECONDS2, /* two */
	LIST_MS, /* one decimal */
	LIST_PERCENT, /* of a ratio */
	LIST_MOS,
	LIST_OUTCOME,
	LIST_SEVERITY,
	LIST_STATUS,
	LIST_RULES /* of the hits; no column of the query */
};

struct list_column {
	const char *name;
	enum list_format format;
	unsigned width; /* at least */
	unsigned most; /* at most; 0: does not grow */
	unsigned rank; /* the highest one is left out first where there is no room; 0: never */
	bool hidden; /* until it is asked for */
	const char *sort; /* SQL; NULL: cannot be sorted by */
};

struct list;

struct list_kind {
	struct view_kind view;
	const char *one, *many; /* "call", "calls" */
	const char *none; /* what is said of an empty list */
	const struct list_column *columns; /* in the order of the query's */
	unsigned column_count;
	unsigned sort; /* by which at first */
	bool reverse;
	bool has_hits; /* findings stand beside the rows, */
	enum hits_of hits_of; /* of these */
	const char *row_sql; /* of id ?1 */
	const char *count_sql; /* of all */
	/* The ids, to l->order_sql(); NULL: list_ids() by `from` and `match`. */
	struct query *(*ids)(struct browse *b, const struct list *l, struct err *err);
	const char *from; /* "streams s WHERE (?1 IS NULL OR s.call_id = ?1)": its id is "s.id" */
	const char *id; /* "s.id" */
	const char *match; /* an expression of SQL, with ?2 as the pattern of LIKE */
	const char *hint; /* above the filter line */
	unsigned detail_rows; /* at most */
	/* Below the list, of the row under the cursor. False: err. */
	bool (*details)(struct browse *b, struct list *l, int64_t id, unsigned row, unsigned bottom,
	                struct err *err);
	bool (*open)(struct browse *b, struct list *l, int64_t id, struct err *err);
	/* Actions that lists do not share; *known is false where it is none. */
	bool (*act)(struct browse *b, struct list *l, enum action what, bool *known,
	            struct err *err);
};

struct list {
	struct view view;
	const struct list_kind *kind;
	int64_t of_id; /* of this call; RECORD_NULL: all */
	int64_t *ids;
	size_t count, room;
	int64_t greatest; /* id */
	int64_t all; /* without the filter */
	struct scroll at;
	char filter[PROMPT_MAX + 1];
	unsigned order[LIST_MAX_COLUMNS]; /* of columns */
	bool shown[LIST_MAX_COLUMNS];
	bool asked[LIST_MAX_COLUMNS]; /* shown because somebody said so: the last to be left out */
	unsigned sort; /* a column of kind */
	unsigned shift, most_shift; /* columns moved out to the left; how many can be, as drawn */
	bool reverse;
	struct query *row;
	const struct hits *hits; /* while drawing, of a kind that has them */
	int64_t marks[LIST_MAX_MARKS]; /* ascending */
	size_t mark_count;
};

struct list *list_new(struct browse *b, const struct list_kind *kind, enum action tab,
                      int64_t of_id, const char *filter, struct err *err);
void list_free(struct view *v);
/* Reads the ids again; the cursor stays on its row if that is still there. */
bool list_fill(struct browse *b, struct list *l, struct err *err);
int64_t list_current(const struct list *l); /* RECORD_NULL: it is empty */
bool list_is_marked(const struct list *l, int64_t id);

bool list_act(struct browse *b, struct view *v, enum action what, struct err *err);
bool list_answer(struct browse *b, struct view *v, enum prompt_kind kind, const char *text,
                 struct err *err);
bool list_reload(struct browse *b, struct view *v, struct err *err);

/* list_draw.c */
bool list_draw(struct browse *b, struct view *v, unsigned top, unsigned bottom, struct err *err);
/* list_columns.c: which columns to show. */
struct view *list_columns_new(struct list *l, struct err *err);

#endif
