/* What the parts of a call's page share. call_pages.c reads along; call_head.c, call_findings_html.c, svg_ladder.c, call_messages_html.c,
 * stream_cards.c, stream_curves.c, stream_plots.c and call_details.c write a part each. Nobody else includes this. */
#ifndef REPORTS_HTML_CALL_PAGE_H
#define REPORTS_HTML_CALL_PAGE_H

#include "reports/call_cursor.h"
#include "reports/html/call_pages.h"
#include "reports/html/page.h"
#include "reports/ladder_columns.h"

/* Of a page; what is beyond is counted. */
#define CALL_PAGE_MAX_DRAWN    1000 /* events of the ladder */
#define CALL_PAGE_MAX_MESSAGES 1000 /* not less than events: those drawn lead to them */
#define CALL_PAGE_MAX_OCTETS   1000000 /* of messages' texts */
#define CALL_PAGE_MAX_FINDINGS 50
#define CALL_PAGE_MAX_STREAMS  100
#define CALL_PAGE_MAX_POINTS   100000 /* intervals of all streams */
#define CALL_PAGE_MAX_ROWS     100 /* of every other table */

/* Every table that pages are made of, sorted by call. */
enum call_table {
	OF_CALLS,
	OF_FINDINGS,
	OF_STREAMS,
	OF_INTERVALS,
	OF_DELAYS,
	OF_DIGITS,
	OF_TALK,
	OF_PARTIES,
	OF_LEGS,
	OF_EDGES,
	OF_TRANSFERS,
	OF_TRUTH,
	CALL_TABLES
};

struct call_point {
	int64_t stream_id, time_us;
	double loss, jitter_ms, mos; /* loss: in percent, with what came too late; NAN: not known */
};

struct call_delay {
	int64_t stream_id, time_us;
	double rtt_ms;
};

struct call_page {
	struct records *records;
	const struct html_options *options;
	struct plots *plots; /* NULL: this call has none */
	struct call_cursor *tables;
	struct query *evidence; /* ?1: JSON, rows key, value */
	bool has_audio;
	bool has_captures; /* false: a simulation that kept none */
	int64_t call_id, start_us;
	struct call_events events;
	struct ladder_columns columns;
	struct call_point *points;
	struct call_delay *delays;
	size_t point_count, delay_count;
	struct text *scratch;
	struct arena *arena;
	struct text *out;
};

/* Each appends its section, or nothing where there is nothing to say. False: err. */
bool call_page_head(struct call_page *p, struct err *err);
bool call_page_findings(struct call_page *p, struct err *err);
bool call_page_ladder(struct call_page *p, struct err *err);
bool call_page_messages(struct call_page *p, struct err *err);
bool call_page_streams(struct call_page *p, struct err *err);
bool call_page_digits(struct call_page *p, struct err *err);
bool call_page_audio(struct call_page *p, struct err *err);
bool call_page_legs(struct call_page *p, struct err *err);
bool call_page_transfers(struct call_page *p, struct err *err);
bool call_page_truth(struct call_page *p, struct err *err);
bool call_page_commands(struct call_page *p, struct err *err);

/* The next row of a table for this call. */
static inline bool call_page_row(struct call_page *p, enum call_table table, struct query **q,
                                 struct err *err)
{
	*q = p->tables[table].q;
	return call_cursor_next(&p->tables[table], p->call_id, err);
}

/* --- pieces (call_pieces.c) ------------------------------------------------------------------------------------ */

#define html_lit(out, text) text_add((out), SLICE_LIT(text))

void html_add_int(struct text *out, int64_t value);
/* With as many decimals, without printf. */
void html_add_fixed(struct text *out, double value, unsigned decimals);
/* "+1.200 s" since the call began; nothing for RECORD_NULL. */
void call_add_moment(const struct call_page *p, const char *before, int64_t us);
/* <dt>NAME</dt><dd> ... </dd>, where the column is not NULL. */
void call_add_fact(struct call_page *p, const char *name, struct query *q, int column);
/* <section id=ID><h2>TITLE</h2>; ends with </section>. */
void call_begin_section(struct call_page *p, const char *id, const char *title);
void call_end_section(struct call_page *p);
/* A command of ours with this database and an id (of this call, of a finding), to be copied. */
void call_add_command(struct call_page *p, const char *command, int64_t id, const char *behind);
/* "... and N more, which the command shows". */
void call_add_more(struct call_page *p, int64_t more, const char *of_what);
/* "RFC 3261 22.2" as a link to it; anything else as text. */
void html_add_standard(struct text *out, struct slice section);
/* "1:17" of capture and frame. */
void html_add_frame(struct text *out, int64_t capture_id, int64_t frame);

#endif
