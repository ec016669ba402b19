/* The head of a call's page: who called whom, when, how it ended, and the numbers that one looks at first. */
#include "reports/html/call_page.h"

#include <inttypes.h>
#include <math.h>

/* Columns of OF_CALLS, see call_pages.c. */
enum {
	CALLER = 1,
	CALLEE,
	SIP_CALL_ID,
	START,
	RING,
	ANSWER,
	END,
	SETUP_MS,
	PDD_MS,
	TALK_MS,
	OUTCOME,
	STATUS,
	REASON,
	CAUSE,
	RELEASED_BY,
	LEGS_SEEN,
	MOS_MIN,
	TRANSFERRED,
	HELD_MS,
	CUT,
	HOLDS,
	CHALLENGES,
	USERNAME,
	REALM,
	ATTEMPTS
};

static void add_party(struct text *out, struct slice party)
{
	html_add(out, party.p && party.n ? party : SLICE_LIT("?"));
}

static void add_title(struct call_page *p, struct query *q)
{
	add_party(p->out, query_text(q, CALLER));
	html_lit(p->out, " \xE2\x86\x92 ");
	add_party(p->out, query_text(q, CALLEE));
}

static void add_figure(struct call_page *p, const char *label, double value, unsigned decimals,
                       const char *unit)
{
	if (isnan(value))
		return;
	text_addf(p->out, "<div><dt>%s<dd>", label);
	html_add_fixed(p->out, value, decimals);
	if (*unit)
		text_addf(p->out, " <small>%s</small>", unit);
	html_lit(p->out, "</div>\n");
}

static void add_figures(struct call_page *p, struct query *q)
{
	html_lit(p->out, "<dl class=fig>\n");
	add_figure(p, "INVITE to ringing", query_real(q, PDD_MS), 0, "ms");
	add_figure(p, "INVITE to answer", query_real(q, SETUP_MS), 0, "ms");
	add_figure(p, "Talk", query_real(q, TALK_MS) / 1000, 1, "s");
	add_figure(p, "On hold", query_real(q, HELD_MS) > 0 ? query_real(q, HELD_MS) / 1000 : NAN,
	           1, "s");
	add_figure(p, "Lowest MOS", query_real(q, MOS_MIN), 2, "");
	html_lit(p->out, "</dl>\n");
}

/* "486 Busy here, Q.850 cause 17" */
static void add_status(struct call_page *p, struct query *q)
{
	struct text *out = p->out;

	if ((query_is_null(q, STATUS) || query_int(q, STATUS) == 200) && query_is_null(q, REASON) &&
	    query_is_null(q, CAUSE))
		return;
	html_lit(out, "<dt>Final answer<dd>");
	if (!query_is_null(q, STATUS))
		html_add_int(out, query_int(q, STATUS));
	if (!query_is_null(q, REASON)) {
		html_lit(out, " ");
		html_add(out, query_text(q, REASON));
	}
	if (!query_is_null(q, CAUSE)) {
		html_lit(out, " (Q.850 cause ");
		html_add_int(out, query_int(q, CAUSE));
		html_lit(out, ")");
	}
	html_lit(out, "\n");
}

static void add_times(struct call_page *p, struct query *q)
{
	html_lit(p->out, "<dt>Times<dd>");
	call_add_moment(p, "rang at ", query_int(q, RING));
	call_add_moment(p, query_is_null(q, RING) ? "answered at " : ", answered at ",
	                query_int(q, ANSWER));
	bool any = !query_is_null(q, RING) || !query_is_null(q, ANSWER);
	call_add_moment(p, any ? ", ended at " : "ended at ", query_int(q, END));
	if (!query_is_null(q, END) && !query_is_null(q, RELEASED_BY)) {
		html_lit(p->out, ", released by ");
		html_add(p->out, query_text(q, RELEASED_BY));
	}
	if (!any && query_is_null(q, END))
		html_lit(p->out, "neither ringing nor an answer nor an end was seen");
	html_lit(p->out, "\n");
}

static void add_extras(struct call_page *p, struct query *q)
{
	struct text *out = p->out;
	struct slice cut = query_text(q, CUT);

	if (query_int(q, LEGS_SEEN) > 1) {
		html_lit(out, "<dt>Legs<dd><a href=#legs>");
		html_add_int(out, query_int(q, LEGS_SEEN));
		html_lit(out, "</a>");
		if (query_int(q, TRANSFERRED))
			html_lit(out, ", transferred");
		html_lit(out, "\n");
	}
	if (query_int(q, HOLDS) > 0) {
		html_lit(out, "<dt>Holds<dd>");
		html_add_int(out, query_int(q, HOLDS));
		html_lit(out, "\n");
	}
	if (query_int(q, CHALLENGES) > 0 || !query_is_null(q, USERNAME)) {
		html_lit(out, "<dt>Credentials<dd>");
		add_party(out, query_text(q, USERNAME));
		html_lit(out, " of ");
		add_party(out, query_text(q, REALM));
		text_addf(out, ", challenges %" PRId64 ", attempts %" PRId64 "\n",
		          query_int(q, CHALLENGES), query_int(q, ATTEMPTS));
	}
	if (cut.p)
		text_addf(out, "<dt>Cut<dd>%s\n",
		          slice_eq_str(cut, "start") ? "its beginning lies before the capture"
		          : slice_eq_str(cut, "end") ? "its end lies behind the capture"
		                                     : "it reaches over both ends of the capture");
}

static void begin_page(struct call_page *p, struct query *q)
{
	struct text title;

	text_init(&title);
	text_addf(&title, "Call %" PRId64 ": ", p->call_id);
	text_add(&title, slice_sub(query_text(q, CALLER), 0, 60));
	text_addf(&title, " to ");
	text_add(&title, slice_sub(query_text(q, CALLEE), 0, 60));
	const struct html_head head = { .title = slice_of(text_cstr(&title), title.n),
		                        .root = "../../",
		                        .section = NULL };
	html_begin(p->out, &head);
	if (title.failed)
		p->out->failed = true;
	text_release(&title);
}

bool call_page_head(struct call_page *p, struct err *err)
{
	struct query *q;
	struct text *out = p->out;

	if (!call_page_row(p, OF_CALLS, &q, err))
		return err->code != ERR_NONE
		               ? false
		               : err_set(err, ERR_USAGE, "there is no call %" PRId64, p->call_id);
	p->start_us = query_int(q, START);
	begin_page(p, q);
	html_lit(out, "<p class=crumbs><a href=\"../../calls.html\">Calls</a> / ");
	html_add_int(out, p->call_id);
	html_lit(out, "</p>\n<h1>");
	add_title(p, q);
	html_lit(out, "</h1>\n<p class=sub>");
	html_add_badge(out, query_text(q, OUTCOME));
	html_lit(out, " ");
	html_add_time(out, p->start_us);
	html_lit(out, "</p>\n");
	add_figures(p, q);
	html_lit(out, "<dl class=kv>\n");
	add_times(p, q);
	add_status(p, q);
	add_extras(p, q);
	call_add_fact(p, "Call-ID", q, SIP_CALL_ID);
	if (call_page_row(p, OF_PARTIES, &q, err)) {
		call_add_fact(p, "Caller's agent", q, 2);
		call_add_fact(p, "Callee's agent", q, 3);
		call_add_fact(p, "Session timer, s", q, 4);
	}
	html_lit(out, "</dl>\n");
	return err->code == ERR_NONE;
}
