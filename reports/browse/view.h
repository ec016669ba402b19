/* What views are made of, and what they may ask of the browser. Only the files of this folder include this. */
#ifndef REPORTS_BROWSE_VIEW_H
#define REPORTS_BROWSE_VIEW_H

#include "reports/browse/browse.h"

struct view_kind {
	enum view_bit bit;
	/* What a key means there; actions of the browser itself (back, help, the tabs) never come. False: err. */
	bool (*act)(struct browse *b, struct view *v, enum action what, struct err *err);
	/* Into rows [top, bottom) of b->cells. False: err. */
	bool (*draw)(struct browse *b, struct view *v, unsigned top, unsigned bottom,
	             struct err *err);
	/* What was typed after browse_ask(); NULL where nothing is asked. */
	bool (*answer)(struct browse *b, struct view *v, enum prompt_kind kind, const char *text,
	               struct err *err);
	/* The database was opened again: queries of the old one must go. NULL: it keeps none. */
	bool (*reload)(struct browse *b, struct view *v, struct err *err);
	void (*free)(struct view *v); /* and itself */
};

/* The first member of every view. */
struct view {
	const struct view_kind *kind;
	unsigned
	        tab; /* ACTION_CALLS ...: which of the title's words is lit; 0: that of the view below */
	unsigned page; /* rows that it showed last: how far a page goes */
};

/* Puts it on top; owns it from here on, also when there is no room and it is freed. NULL (memory) is false. */
bool browse_push(struct browse *b, struct view *v, struct err *err);

/* What is said at the bottom until the next key. Texts are escaped when drawn. */
void browse_say(struct browse *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Takes what err says as a red line, and cleans it. */
void browse_say_error(struct browse *b, struct err *err);
void browse_ask(struct browse *b, enum prompt_kind kind, const char *label, const char *hint,
                const char *text);

/* Asks for a file's name for these calls, and saves when it was given; the ids are copied, up to BROWSE_MAX_SAVE. */
#define BROWSE_MAX_SAVE 1000
bool browse_answer_save(struct browse *b, enum prompt_kind kind, const int64_t *calls, size_t count,
                        const char *path, struct err *err);
/* "call-17.pcap" */
void browse_ask_save(struct browse *b, const int64_t *calls, size_t count);

/* A cursor within `count` lines of which `page` are shown, moved as an action says. False: it is no move. */
struct scroll {
	size_t cursor, top;
};
bool scroll_act(struct scroll *s, enum action what, size_t count, unsigned page);
/* Brings the cursor into [0, count) and the window around it. */
void scroll_settle(struct scroll *s, size_t count, unsigned page);

/* Text over several rows, broken at blanks, from row up to `bottom`; returns the row behind. */
unsigned draw_wrapped(struct cells *c, unsigned row, unsigned bottom, unsigned x, unsigned end,
                      struct slice s, unsigned style);
/* How much of `s` stands in a line of `width` cells, broken at a blank where there is one; *skip: blanks that fall away behind it. */
size_t wrap_length(const struct cells *c, struct slice s, unsigned width, size_t *skip);

/* Colours of outcomes, of severities, of a MOS. Never the only sign: the word or number stands there too. */
unsigned style_of_outcome(struct slice outcome);
unsigned style_of_severity(struct slice severity);
unsigned style_of_mos(double mos);
unsigned style_of_status(int64_t status);

/* Of all calls, of all streams; read when first asked for. NULL: err. */
const struct hits *browse_hits(struct browse *b, enum hits_of of, struct err *err);

/* The finding of an occurrence, in at most `bottom - row` rows: what, then what to do; count: how many there are. False: err. */
bool draw_hit(struct browse *b, const struct hit *hit, size_t count, unsigned row, unsigned bottom,
              struct err *err);

/* --- the views ------------------------------------------------------------------------------------------------- */

/* Lists (list.h). `filter` is as typed; of_id: of that call or finding, RECORD_NULL: all. */
struct view *list_calls_new(struct browse *b, const char *filter, struct err *err);
struct view *list_streams_new(struct browse *b, int64_t call_id, struct err *err);
struct view *list_findings_new(struct browse *b, int64_t call_id, struct err *err);
struct view *list_registrations_new(struct browse *b, struct err *err);

/* The flow of calls, merged by time. */
#define FLOW_MAX_CALLS 16
struct view *flow_new(struct browse *b, const int64_t *calls, size_t count, struct err *err);

/* Pages of text (pages.c). */
struct view *page_help_new(struct browse *b, unsigned view_bit, struct err *err);
struct view *page_summary_new(struct browse *b, struct err *err);
struct view *page_figures_new(struct browse *b, struct err *err);
struct view *page_explain_new(struct browse *b, int64_t finding, struct err *err);
struct view *page_stream_new(struct browse *b, int64_t stream, struct err *err);
struct view *page_registration_new(struct browse *b, int64_t id, struct err *err);
struct view *page_messages_new(struct browse *b, const int64_t *calls, size_t count,
                               struct err *err);
struct view *page_message_new(struct browse *b, int64_t message, struct err *err);
struct view *page_compare_new(struct browse *b, int64_t one, int64_t other, struct err *err);

#endif
