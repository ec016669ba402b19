/* Keys, and what they do where: the one table that views obey, that the bar at the bottom shows and that the help prints. Where sngrep has a
 * key for the same thing, it is the same key (compared in docs/browse.md). */
#ifndef REPORTS_BROWSE_KEYS_H
#define REPORTS_BROWSE_KEYS_H

#include "base/text.h"

/* A key is a Unicode character, or one of these. */
enum browse_key {
	KEYS_NONE = 0,
	KEYS_TAB = 9,
	KEYS_ENTER = 10,
	KEYS_ESCAPE = 27,
	KEYS_BACKSPACE = 127,
	KEYS_UP = 0x110000,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_DELETE,
	KEYS_F0, /* F1 is KEYS_F0 + 1, up to F12 */
	KEYS_RESIZE = KEYS_F0 + 13, /* nothing but a new size */
	KEYS_LAST
};
#define KEYS_F(n)       (KEYS_F0 + (n))
#define KEYS_CTRL(char) ((char)&31)

/* What a view is, as a bit. */
enum view_bit {
	VIEW_CALLS = 1,
	VIEW_STREAMS = 2,
	VIEW_FINDINGS = 4,
	VIEW_REGISTRATIONS = 8,
	VIEW_FLOW = 16,
	VIEW_PAGE = 32,
	VIEW_COLUMNS = 64,
	VIEW_LISTS = VIEW_CALLS | VIEW_STREAMS | VIEW_FINDINGS | VIEW_REGISTRATIONS,
	VIEW_ALL = 127
};

enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HALF_UP,
	ACTION_HALF_DOWN,
	ACTION_FIRST,
	ACTION_LAST,
	ACTION_LEFT,
	ACTION_RIGHT,
	ACTION_OPEN,
	ACTION_BACK,
	ACTION_QUIT,
	ACTION_HELP,
	ACTION_CALLS,
	ACTION_FINDINGS,
	ACTION_STREAMS,
	ACTION_REGISTRATIONS,
	ACTION_SUMMARY,
	ACTION_FIGURES,
	ACTION_SAVE,
	ACTION_FILTER,
	ACTION_UNFILTER,
	ACTION_SEARCH,
	ACTION_NEXT,
	ACTION_PREVIOUS,
	ACTION_MARK,
	ACTION_UNMARK,
	ACTION_COLUMNS,
	ACTION_MOVE_UP,
	ACTION_MOVE_DOWN,
	ACTION_SORT_LEFT,
	ACTION_SORT_RIGHT,
	ACTION_SORT_TURN,
	ACTION_RELOAD,
	ACTION_RAW,
	ACTION_EXTENDED,
	ACTION_SDP,
	ACTION_ONLY_SDP,
	ACTION_MEDIA,
	ACTION_COLOUR,
	ACTION_TIME,
	ACTION_PREVIEW,
	ACTION_WIDER,
	ACTION_NARROWER,
	ACTION_OF_CALL,
	ACTION_REDRAW,
	ACTIONS
};

#define BINDING_KEYS 5

struct binding {
	unsigned views; /* bits */
	enum action action;
	int keys[BINDING_KEYS]; /* 0 behind the last */
	const char *bar; /* its name in the bar; NULL: not there */
	const char *help; /* what it does, of a view or all of these */
};

extern const struct binding bindings[];
extern const size_t binding_count;

/* What the key does there; NULL: nothing. */
const struct binding *keys_find(unsigned view, int key);
/* "F2", "Ctrl-L", "Space", "q" */
void keys_name(int key, struct text *out);
/* All keys of a binding: "F2 or s" */
void keys_names(const struct binding *b, struct text *out);

#endif
