/* `milliwatt browse`: the records on a full screen, without the screen. Keys go in, a picture comes out; who has a terminal
 * (reports/browse/screen.h) shows it, tests read it.
 *
 *     browse_open(&b, ...);
 *     while (!b.done) { browse_draw(&b, rows, columns, &err); ...show b.cells...; browse_key(&b, key); }
 *     browse_release(&b);
 *
 * Views (view.h) lie on a stack: the calls at the bottom, what was opened from them above. What fails meanwhile (the database, memory) is a
 * red line at the bottom, not the end. */
#ifndef REPORTS_BROWSE_BROWSE_H
#define REPORTS_BROWSE_BROWSE_H

#include "reports/browse/cells.h"
#include "reports/browse/hits.h"
#include "reports/browse/keys.h"
#include "reports/browse/prompt.h"
#include "reports/message_texts.h"
#include "reports/records/query.h"

#include <sys/stat.h>

/* What only the outside can do. Any may be NULL: then a line says that it cannot be done here. */
struct browse_doors {
	void *context;
	/* Writes the packets of these calls into a capture; *packets: how many. False: err. */
	bool (*save)(void *context, struct records *r, const int64_t *calls, size_t count,
	             const char *path, uint64_t *packets, struct err *err);
	bool (*save_text)(void *context, const struct text *text, const char *path,
	                  struct err *err);
	/* Opens the database again, after it was written anew. */
	struct records *(*reopen)(void *context, struct err *err);
	/* What messages said. `now`: get it, which may read the captures once; else only if it is at hand. NULL: it is not, or err. */
	const struct message_texts *(*texts)(void *context, bool now, struct err *err);
};

#define BROWSE_DEPTH       12 /* further views replace the uppermost */
#define BROWSE_MIN_ROWS    10
#define BROWSE_MIN_COLUMNS 40

struct view;

struct browse {
	struct records *records; /* borrows the first one, owns what was reopened */
	bool owned;
	const char *name; /* what the title says it is; borrowed */
	const struct browse_doors *doors;
	struct cells cells;
	struct hits hits[HITS_KINDS]; /* what lists have asked for so far */
	bool has_hits[HITS_KINDS];
	struct view *views[BROWSE_DEPTH];
	unsigned depth;
	struct prompt prompt;
	struct text line; /* at the bottom, until the next key */
	bool line_is_error;
	char place[16]; /* "34 %": at the right of the bar; set while drawing */
	struct stat seen; /* of the file, when it was opened */
	bool has_seen, told_changed;
	bool redraw; /* the terminal may show something else: draw all of it */
	bool done;
};

/* Borrows all it is given. `filter`: of the calls, as typed (filter.h). False: err; release in any case. */
bool browse_open(struct browse *b, struct records *r, const char *name, const char *filter,
                 const struct browse_doors *doors, bool utf8, struct err *err);
void browse_release(struct browse *b);

void browse_key(struct browse *b, int key);
/* Into b->cells. False: memory. */
bool browse_draw(struct browse *b, unsigned rows, unsigned columns, struct err *err);

/* A word into the bottom row of the picture that is there, while something takes long: views are not asked. */
void browse_draw_busy(struct browse *b, const char *text);

#endif
