/* Below the streams of a call: digits, sound, legs and why they are one call, transfers, what the simulator knows, and commands. */
#include "reports/html/call_page.h"

#include <inttypes.h>
#include <stdio.h>

static void add_cell(struct text *out, struct query *q, int column)
{
	html_lit(out, "<td>");
	html_add_column(out, q, column);
	html_lit(out, "</td>");
}

static void add_number_cell(struct text *out, struct query *q, int column, double scale,
                            unsigned decimals)
{
	html_lit(out, "<td class=num>");
	if (query_is_null(q, column))
		html_add_column(out, q, column);
	else
		html_add_fixed(out, query_real(q, column) * scale, decimals);
	html_lit(out, "</td>");
}

/* Headings apart by '|'; those that begin with '#' are of figures. */
static void begin_table(struct text *out, const char *headings)
{
	struct slice rest = slice_str(headings), one;

	html_lit(out, "<div class=scroll><table class=data><thead><tr>");
	while (slice_split(&rest, '|', &one)) {
		bool number = one.n && one.p[0] == '#';
		text_add(out, number ? SLICE_LIT("<th scope=col class=num>")
		                     : SLICE_LIT("<th scope=col>"));
		text_add(out, slice_from(one, number));
		html_lit(out, "</th>");
	}
	html_lit(out, "</tr></thead><tbody>\n");
}

static void end_table(struct text *out)
{
	html_lit(out, "</tbody></table></div>\n");
}

/* A section with a table, a row each by `add`; nothing where there are none. */
static bool add_table(struct call_page *p, enum call_table table, const char *id, const char *title,
                      const char *headings, void (*add)(struct call_page *p, struct query *q),
                      struct err *err)
{
	int64_t count = 0;
	struct query *q;

	while (call_page_row(p, table, &q, err)) {
		if (!count++) {
			call_begin_section(p, id, title);
			begin_table(p->out, headings);
		}
		if (count > CALL_PAGE_MAX_ROWS)
			continue;
		html_lit(p->out, "<tr>");
		add(p, q);
		html_lit(p->out, "</tr>\n");
	}
	if (!count)
		return err->code == ERR_NONE;
	end_table(p->out);
	call_add_more(p, count - CALL_PAGE_MAX_ROWS, "rows");
	call_end_section(p);
	return err->code == ERR_NONE;
}

/* --- digits and sound ------------------------------------------------------------------------------------------ */

static void add_digits(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	add_cell(out, q, 1);
	html_lit(out, "<td class=\"mono wrap\">");
	html_add_column(out, q, 2);
	html_lit(out, "</td>");
	add_number_cell(out, q, 3, 1, 0);
	add_cell(out, q, 4);
	html_lit(out, "<td>");
	call_add_moment(p, "", query_int(q, 6));
	call_add_moment(p, " to ", query_int(q, 7));
	html_lit(out, "</td><td>");
	if (query_int(q, 5) > 0) {
		html_add_int(out, query_int(q, 5));
		html_lit(out, " seen more often by one method or leg than by another");
	} else {
		html_lit(out, "all saw the same");
	}
	html_lit(out, "</td>");
}

bool call_page_digits(struct call_page *p, struct err *err)
{
	return add_table(p, OF_DIGITS, "digits", "Digits",
	                 "pressed by|digits|#presses|seen in|when|agreement", add_digits, err);
}

static bool has_streams(const struct call_page *p)
{
	for (size_t i = 0; i < p->events.count; i++)
		if (p->events.all[i].kind == EVENT_STREAM)
			return true;
	return false;
}

static void add_talk(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	html_lit(out, "<p>The caller spoke for ");
	html_add_fixed(out, query_real(q, 1) / 1000, 1);
	html_lit(out, " s, the callee for ");
	html_add_fixed(out, query_real(q, 3) / 1000, 1);
	html_lit(out, " s, both at once for ");
	html_add_fixed(out, query_real(q, 5) / 1000, 1);
	html_lit(out, " s; the longest silence of both was ");
	html_add_fixed(out, query_real(q, 6) / 1000, 1);
	html_lit(out, " s.");
	if (!query_is_null(q, 7)) {
		html_lit(out, " Not a word was heard of: ");
		html_add(out, query_text(q, 7));
		html_lit(out, ".");
	}
	html_lit(out, "</p>\n");
}

static void add_player(struct call_page *p)
{
	text_reset(p->scratch);
	html_add_audio_path(p->scratch, p->call_id);
	const char *path = text_cstr(p->scratch);
	if (p->scratch->failed)
		p->out->failed = true;
	text_addf(p->out,
	          "<audio controls preload=none src=\"../../%s\"></audio>\n<p><a "
	          "href=\"../../%s\" download>Download</a>: the caller on the left, the callee on "
	          "the "
	          "right.</p>\n",
	          path, path);
}

/* A player where there is one; the command that makes a file of it stands at the end of the page in any case. */
bool call_page_audio(struct call_page *p, struct err *err)
{
	int64_t spoken = 0;
	struct query *q;

	if (p->has_audio) {
		call_begin_section(p, "audio", "Sound");
		add_player(p);
	}
	while (call_page_row(p, OF_TALK, &q, err)) {
		if (!spoken++ && !p->has_audio)
			call_begin_section(p, "audio", "Sound");
		add_talk(p, q);
	}
	if (spoken || p->has_audio)
		call_end_section(p);
	return err->code == ERR_NONE;
}

/* --- legs ------------------------------------------------------------------------------------------------------ */

static void add_uri_cell(struct text *out, struct query *q, int from, int to)
{
	html_lit(out, "<td class=wrap>");
	html_add_column(out, q, from);
	html_lit(out, " \xE2\x86\x92 ");
	html_add_column(out, q, to);
	html_lit(out, "</td>");
}

static void add_leg(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	add_number_cell(out, q, 1, 1, 0);
	add_uri_cell(out, q, 2, 3);
	add_uri_cell(out, q, 4, 5);
	html_lit(out, "<td>");
	html_add_column(out, q, 7);
	if (!query_is_null(q, 8)) {
		html_lit(out, " (");
		html_add_int(out, query_int(q, 8));
		html_lit(out, ")");
	}
	call_add_moment(p, "<br>began ", query_int(q, 9));
	call_add_moment(p, "<br>answered ", query_int(q, 10));
	call_add_moment(p, "<br>ended ", query_int(q, 11));
	if (!query_is_null(q, 16)) {
		html_lit(out, "<br>session timer ");
		html_add_int(out, query_int(q, 16));
		html_lit(out, " s");
	}
	html_lit(out, "</td>");
	add_uri_cell(out, q, 13, 14);
	html_lit(out, "<td class=\"wrap mono\">");
	html_add_column(out, q, 12);
	html_lit(out, "</td>");
}

static void add_edge(struct call_page *p, struct query *q)
{
	html_lit(p->out, "<tr><td>");
	html_add_int(p->out, query_int(q, 1));
	html_lit(p->out, " and ");
	html_add_int(p->out, query_int(q, 2));
	html_lit(p->out, "</td>");
	add_cell(p->out, q, 3);
	add_number_cell(p->out, q, 4, 1, 0);
	html_lit(p->out, "<td class=\"wrap mono\">");
	html_add_column(p->out, q, 5);
	html_lit(p->out, "</td></tr>\n");
}

static bool add_edges(struct call_page *p, bool shown, struct err *err)
{
	int64_t count = 0;
	struct query *q;

	while (call_page_row(p, OF_EDGES, &q, err)) {
		if (!count++ && shown) {
			html_lit(p->out, "<h3>Why they are one call</h3>\n");
			begin_table(p->out, "legs|reason|#score of 100|what both have");
		}
		if (shown && count <= CALL_PAGE_MAX_ROWS)
			add_edge(p, q);
	}
	if (count && shown) {
		end_table(p->out);
		call_add_more(p, count - CALL_PAGE_MAX_ROWS, "reasons");
	}
	return err->code == ERR_NONE;
}

/* Of a call with one leg, the head has told all. */
bool call_page_legs(struct call_page *p, struct err *err)
{
	int64_t last = 0, count = 0;
	bool several = p->events.legs > 1;
	struct query *q;

	while (call_page_row(p, OF_LEGS, &q, err)) {
		if (!several || query_int(q, 1) == last) /* a fork that did not win */
			continue;
		last = query_int(q, 1);
		if (!count++) {
			call_begin_section(p, "legs", "Legs");
			begin_table(p->out,
			            "#leg|from and to|signalling|state|user agents|Call-ID");
		}
		if (count > CALL_PAGE_MAX_ROWS)
			continue;
		html_lit(p->out, "<tr>");
		add_leg(p, q);
		html_lit(p->out, "</tr>\n");
	}
	if (count) {
		end_table(p->out);
		call_add_more(p, count - CALL_PAGE_MAX_ROWS, "legs");
	}
	if (err->code != ERR_NONE || !add_edges(p, count > 0, err))
		return false;
	if (count)
		call_end_section(p);
	return true;
}

static void add_transfer(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	html_lit(out, "<td>");
	call_add_moment(p, "", query_int(q, 1));
	html_lit(out, "</td>");
	add_cell(out, q, 2);
	html_lit(out, "<td class=wrap>");
	html_add_column(out, q, 3);
	html_lit(out, "</td><td class=wrap>");
	html_add_column(out, q, 4);
	html_lit(out, "</td><td class=\"wrap mono\">");
	html_add_column(out, q, 5);
	html_lit(out, "</td>");
	add_cell(out, q, 6);
	add_cell(out, q, 7);
	add_cell(out, q, 8);
}

bool call_page_transfers(struct call_page *p, struct err *err)
{
	return add_table(p, OF_TRANSFERS, "transfers", "Transfers",
	                 "when|kind|to|referred by|replaces|outcome|answered with|last told",
	                 add_transfer, err);
}

/* --- the simulator --------------------------------------------------------------------------------------------- */

static void add_truth(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	add_cell(out, q, 1);
	add_cell(out, q, 2);
	html_lit(out, "<td class=wrap>");
	html_add_column(out, q, 3);
	if (!query_is_null(q, 4)) {
		html_lit(out, ": ");
		html_add(out, query_text(q, 4));
	}
	if (!query_is_null(q, 5)) {
		html_lit(out, " (");
		html_add(out, query_text(q, 5));
		html_lit(out, ")");
	}
	html_lit(out, "</td>");
	add_cell(out, q, 14);
	for (int column = 8; column <= 10; column++)
		add_number_cell(out, q, column, 1, 0);
	add_number_cell(out, q, 12, 1, 0);
	add_number_cell(out, q, 15, 1, 0);
	add_number_cell(out, q, 16, 1, 0);
	html_lit(out, "<td class=\"wrap mono\">");
	html_add_column(out, q, 13);
	html_lit(out, "</td><td class=\"wrap mono\">");
	html_add_column(out, q, 17);
	html_lit(out, "</td>");
}

bool call_page_truth(struct call_page *p, struct err *err)
{
	return add_table(p, OF_TRUTH, "truth", "What the simulator did, beside what was measured",
	                 "role|scenario|played|outcome measured|#RTP sent|#dropped on purpose|#of "
	                 "these unseen|#RTP received|#RTP measured, all|#lost, measured|digits "
	                 "sent|digits measured",
	                 add_truth, err);
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static const char *why_no_player(const struct call_page *p)
{
	if (p->has_audio)
		return "";
	return p->options->audio ? "<p>No player: nothing could be decoded, or --audio took fewer "
	                           "calls. This tells which:</p>\n"
	                         : "<p>No player: made without --audio. As a file:</p>\n";
}

bool call_page_commands(struct call_page *p, struct err *err)
{
	char to[48];

	(void)err;
	call_begin_section(p, "commands", "Its packets; this page on a terminal");
	snprintf(to, sizeof to, " -w call-%" PRId64 ".pcap", p->call_id);
	if (p->has_captures)
		call_add_command(p, "export", p->call_id, to);
	else
		html_lit(p->out,
		         "<p>No capture was kept of this run: its packets and its sound are "
		         "gone.</p>\n");
	call_add_command(p, "show", p->call_id, "");
	if (has_streams(p) && p->has_captures) {
		text_add(p->out, slice_str(why_no_player(p)));
		snprintf(to, sizeof to, " -o call-%" PRId64 ".wav", p->call_id);
		call_add_command(p, "audio", p->call_id, to);
	}
	call_end_section(p);
	return true;
}
