#include "reports/browse/keys.h"

/* The first of a view and key counts. In the order in which the help lists them; the bar takes those with a name. */
const struct binding bindings[] = {
	{ VIEW_ALL, ACTION_HELP, { KEYS_F(1), 'h', 'H', '?' }, "Help", "this help" },
	{ VIEW_CALLS,
	  ACTION_OPEN,
	  { KEYS_ENTER },
	  "Flow",
	  "the call's flow; of all marked ones, in one" },
	{ VIEW_FLOW,
	  ACTION_OPEN,
	  { KEYS_ENTER },
	  "Message",
	  "the whole message; two marked ones beside each other; the stream" },
	{ VIEW_STREAMS,
	  ACTION_OPEN,
	  { KEYS_ENTER },
	  "Stream",
	  "its numbers, and its quality over time" },
	{ VIEW_FINDINGS, ACTION_OPEN, { KEYS_ENTER }, "Calls", "the calls that it was found in" },
	{ VIEW_REGISTRATIONS,
	  ACTION_OPEN,
	  { KEYS_ENTER },
	  "All",
	  "everything that is known of it" },
	{ VIEW_COLUMNS, ACTION_OPEN, { KEYS_ENTER }, "Done", "back to the list" },
	{ VIEW_CALLS,
	  ACTION_SAVE,
	  { KEYS_F(2), 's', 'S' },
	  "Save",
	  "write the marked calls, or this one, to a capture file" },
	{ VIEW_FLOW, ACTION_SAVE, { 's', 'S' }, "Save", "write these calls to a capture file" },
	{ VIEW_PAGE, ACTION_SAVE, { KEYS_F(2), 's', 'S' }, "Save", "write this text to a file" },
	{ VIEW_LISTS,
	  ACTION_FILTER,
	  { KEYS_F(3), '/', KEYS_F(7), 'f', KEYS_TAB },
	  "Filter",
	  "say which rows to show" },
	{ VIEW_LISTS, ACTION_UNFILTER, { KEYS_F(9), 'l' }, "All", "no filter: show all rows" },
	{ VIEW_FLOW | VIEW_PAGE, ACTION_SEARCH, { '/' }, "Search", "look for a text" },
	{ VIEW_FLOW | VIEW_PAGE, ACTION_NEXT, { 'n' }, NULL, "the next place where it stands" },
	{ VIEW_FLOW | VIEW_PAGE, ACTION_PREVIOUS, { 'N' }, NULL, "the one before" },
	{ VIEW_CALLS,
	  ACTION_EXTENDED,
	  { KEYS_F(4), 'x', 'X' },
	  NULL,
	  "the call's flow with all its legs: they always are in it" },
	{ VIEW_FLOW,
	  ACTION_EXTENDED,
	  { KEYS_F(4), 'x', 'X' },
	  NULL,
	  "one leg alone, the next one, and all again" },
	{ VIEW_CALLS,
	  ACTION_RAW,
	  { KEYS_F(6), 'r', 'R' },
	  "Raw",
	  "the messages of the call as text" },
	{ VIEW_FLOW, ACTION_RAW, { KEYS_F(6), 'r', 'R' }, "Raw", "all messages as text" },
	{ VIEW_CALLS, ACTION_OF_CALL, { 'e' }, "Findings", "the findings of this call" },
	{ VIEW_FLOW, ACTION_OF_CALL, { 'e' }, NULL, "the findings of this call" },
	{ VIEW_FINDINGS,
	  ACTION_OF_CALL,
	  { 'e' },
	  "Explain",
	  "why: the numbers, the packets, the rule, what to do" },
	{ VIEW_STREAMS, ACTION_OF_CALL, { 'e' }, "Flow", "the flow of its call" },
	{ VIEW_CALLS,
	  ACTION_MARK,
	  { ' ' },
	  NULL,
	  "mark it, or not any more: several calls in one flow, in one file" },
	{ VIEW_FLOW,
	  ACTION_MARK,
	  { ' ' },
	  NULL,
	  "mark it, or not any more: the time between two, two messages beside each other" },
	{ VIEW_CALLS | VIEW_FLOW, ACTION_UNMARK, { 'u' }, NULL, "no marks" },
	{ VIEW_LISTS, ACTION_SORT_LEFT, { '<' }, NULL, "sort by the column to the left" },
	{ VIEW_LISTS, ACTION_SORT_RIGHT, { '>' }, "Sort", "sort by the column to the right" },
	{ VIEW_LISTS, ACTION_SORT_TURN, { 'z', 'i', 'I' }, NULL, "largest first, smallest first" },
	{ VIEW_LISTS,
	  ACTION_COLUMNS,
	  { KEYS_F(10), KEYS_F(8), 't', 'T' },
	  "Columns",
	  "which columns, in which order" },
	{ VIEW_COLUMNS, ACTION_MARK, { ' ' }, "On/off", "show the column or not" },
	{ VIEW_COLUMNS, ACTION_MOVE_UP, { '-' }, "Up", "move the column to the left" },
	{ VIEW_COLUMNS, ACTION_MOVE_DOWN, { '+' }, "Down", "move the column to the right" },
	{ VIEW_FLOW,
	  ACTION_SDP,
	  { KEYS_F(2), 'd' },
	  "SDP",
	  "what stands below the arrows, SDP and quality, or not" },
	{ VIEW_FLOW, ACTION_ONLY_SDP, { 'D' }, NULL, "only messages with SDP" },
	{ VIEW_FLOW,
	  ACTION_MEDIA,
	  { KEYS_F(3), 'm' },
	  "Media",
	  "streams, digits and tones, or signalling alone" },
	{ VIEW_FLOW, ACTION_COLOUR, { KEYS_F(7), 'c' }, "Colour", "by outcome, by leg, by method" },
	{ VIEW_FLOW,
	  ACTION_TIME,
	  { 'w' },
	  "Time",
	  "since the call began, since the event before, time of day" },
	{ VIEW_FLOW,
	  ACTION_PREVIEW,
	  { 't' },
	  NULL,
	  "the selected event in full beside the flow, or not" },
	{ VIEW_FLOW, ACTION_WIDER, { '9' }, NULL, "more room for that" },
	{ VIEW_FLOW, ACTION_NARROWER, { '0' }, NULL, "less room for that" },
	{ VIEW_ALL & ~VIEW_COLUMNS, ACTION_CALLS, { '1' }, NULL, "the calls" },
	{ VIEW_ALL & ~VIEW_COLUMNS,
	  ACTION_FINDINGS,
	  { '2' },
	  NULL,
	  "the findings, grouped by cause" },
	{ VIEW_ALL & ~VIEW_COLUMNS,
	  ACTION_STREAMS,
	  { '3' },
	  NULL,
	  "the RTP streams; of a call where one is open" },
	{ VIEW_ALL & ~VIEW_COLUMNS, ACTION_REGISTRATIONS, { '4' }, NULL, "the registrations" },
	{ VIEW_ALL & ~VIEW_COLUMNS, ACTION_SUMMARY, { '5' }, NULL, "all of it on one page" },
	{ VIEW_ALL & ~VIEW_COLUMNS,
	  ACTION_FIGURES,
	  { '6' },
	  NULL,
	  "key figures (ASR, NER, PDD ...) with their definitions" },
	{ VIEW_ALL, ACTION_UP, { KEYS_UP, 'k' }, NULL, "up" },
	{ VIEW_ALL, ACTION_DOWN, { KEYS_DOWN, 'j' }, NULL, "down" },
	{ VIEW_ALL, ACTION_PAGE_UP, { KEYS_PAGE_UP, KEYS_CTRL('B') }, NULL, "a page up" },
	{ VIEW_ALL, ACTION_PAGE_DOWN, { KEYS_PAGE_DOWN, KEYS_CTRL('F') }, NULL, "a page down" },
	{ VIEW_ALL, ACTION_HALF_UP, { KEYS_CTRL('U') }, NULL, "half a page up" },
	{ VIEW_ALL, ACTION_HALF_DOWN, { KEYS_CTRL('D') }, NULL, "half a page down" },
	{ VIEW_ALL, ACTION_FIRST, { KEYS_HOME, KEYS_CTRL('A'), 'g' }, NULL, "to the first" },
	{ VIEW_ALL, ACTION_LAST, { KEYS_END, KEYS_CTRL('E'), 'G' }, NULL, "to the last" },
	{ VIEW_LISTS | VIEW_FLOW,
	  ACTION_LEFT,
	  { KEYS_LEFT },
	  NULL,
	  "what is cut at the right comes into view: back to the left" },
	{ VIEW_LISTS | VIEW_FLOW, ACTION_RIGHT, { KEYS_RIGHT }, NULL, "and further to the right" },
	{ VIEW_ALL, ACTION_RELOAD, { KEYS_F(5) }, NULL, "read the database again" },
	{ VIEW_ALL, ACTION_REDRAW, { KEYS_CTRL('L') }, NULL, "draw the screen again" },
	{ VIEW_ALL,
	  ACTION_BACK,
	  { KEYS_ESCAPE, 'q' },
	  "Back",
	  "back; from the calls: out of the program" },
	{ VIEW_ALL, ACTION_QUIT, { 'Q' }, NULL, "out of the program from anywhere" },
};

const size_t binding_count = sizeof bindings / sizeof *bindings;

const struct binding *keys_find(unsigned view, int key)
{
	if (key == 13)
		key = KEYS_ENTER;
	for (size_t i = 0; i < binding_count; i++)
		for (unsigned k = 0; (bindings[i].views & view) && k < BINDING_KEYS; k++)
			if (bindings[i].keys[k] == key && key)
				return &bindings[i];
	return NULL;
}

static const struct {
	int key;
	const char *name;
} names[] = {
	{ KEYS_TAB, "Tab" },      { KEYS_ENTER, "Enter" },
	{ KEYS_ESCAPE, "Esc" },   { KEYS_BACKSPACE, "Backspace" },
	{ KEYS_UP, "Up" },        { KEYS_DOWN, "Down" },
	{ KEYS_LEFT, "Left" },    { KEYS_RIGHT, "Right" },
	{ KEYS_PAGE_UP, "PgUp" }, { KEYS_PAGE_DOWN, "PgDn" },
	{ KEYS_HOME, "Home" },    { KEYS_END, "End" },
	{ KEYS_DELETE, "Del" },   { ' ', "Space" },
};

void keys_name(int key, struct text *out)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].key == key) {
			text_addf(out, "%s", names[i].name);
			return;
		}
	if (key > KEYS_F0 && key < KEYS_RESIZE)
		text_addf(out, "F%d", key - KEYS_F0);
	else if (key < 32)
		text_addf(out, "Ctrl-%c", key + 64);
	else if (key < 127)
		text_addf(out, "%c", key);
	else
		text_addf(out, "key %d", key);
}

void keys_names(const struct binding *b, struct text *out)
{
	for (unsigned k = 0; k < BINDING_KEYS && b->keys[k]; k++) {
		text_addf(out, k ? " " : "");
		keys_name(b->keys[k], out);
	}
}
