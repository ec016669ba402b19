/* calls.html with the data of all calls, and by page for who has no script: calls-2.html ... One pass over the calls; the cursors of what
 * belongs to them go along. */
#include "base/clock.h"
#include "reports/html/calls_data.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define PER_PAGE 500
/* Rules named in a row without the script. */
#define MOST_RULES 4

/* Rows sorted by call. */
struct cursor {
	struct query *query;
	bool there;
};

struct listing {
	struct work *work;
	struct calls_data data;
	struct cursor legs, findings;
	struct text first; /* calls.html, until its data are complete */
	int64_t rows, pages, page; /* on this page; of all; this one, from 1 */
};

static bool cursor_open(struct cursor *c, struct records *r, const char *sql, struct err *err)
{
	c->query = rows_query(r, sql, 0, err);
	c->there = c->query && query_step(c->query, err);
	return c->query && err->code == ERR_NONE;
}

/* Is its row one of this call's? What belongs to calls that are none is passed over. */
static bool cursor_is_at(struct cursor *c, int64_t call_id, struct err *err)
{
	while (c->there && query_int(c->query, 0) < call_id)
		c->there = query_step(c->query, err);
	return c->there && query_int(c->query, 0) == call_id;
}

static void cursor_next(struct cursor *c, struct err *err)
{
	c->there = query_step(c->query, err);
}

/* "192.0.2.1:5060" and "[2001:db8::1]:5060" without the port. */
static struct slice address_of(struct slice endpoint)
{
	size_t n = endpoint.n;

	if (n && endpoint.p[0] == '[') {
		size_t end = slice_find(endpoint, ']');
		return end == SLICE_NPOS ? endpoint : slice_sub(endpoint, 1, end - 1);
	}
	while (n && endpoint.p[n - 1] != ':')
		n--;
	return n ? slice_sub(endpoint, 0, n - 1) : endpoint;
}

static bool add_trunks(struct listing *l, int64_t call_id, struct err *err)
{
	size_t count = 0;

	for (; cursor_is_at(&l->legs, call_id, err); cursor_next(&l->legs, err)) {
		struct slice address = address_of(query_text(l->legs.query, 1));
		if (address.n && !calls_data_add_trunk(&l->data, address, count++, err))
			return false;
	}
	calls_data_end_list(&l->data, count);
	return err->code == ERR_NONE;
}

static void add_rule_link(struct text *out, struct query *q)
{
	text_addf(out, "<a href=\"");
	findings_add_address(out, query_int(q, 1));
	text_addf(out, "\">");
	html_add(out, query_text(q, 2));
	text_addf(out, "</a> ");
}

static bool add_findings(struct listing *l, int64_t call_id, struct err *err)
{
	struct text *out = &l->work->out;
	int64_t before = RECORD_NULL;
	size_t count = 0;

	text_addf(out, "<td class=nowrap>");
	for (; cursor_is_at(&l->findings, call_id, err); cursor_next(&l->findings, err)) {
		int64_t id = query_int(l->findings.query, 1);
		if (id == before)
			continue;
		before = id;
		if (count < MOST_RULES)
			add_rule_link(out, l->findings.query);
		calls_data_add_finding(&l->data, id, count++);
	}
	if (count > MOST_RULES)
		text_addf(out, "... ");
	text_addf(out, "\n");
	calls_data_end_list(&l->data, count);
	return err->code == ERR_NONE;
}

static void add_figure_cell(struct text *out, double value, int decimals)
{
	if (isnan(value))
		text_add(out, SLICE_LIT("<td class=num>-"));
	else
		text_addf(out, "<td class=num>%.*f", decimals, value);
}

static void add_party(struct text *out, struct slice s)
{
	text_add(out, SLICE_LIT("<td class=wrap>"));
	if (s.p)
		html_add(out, s);
	else
		text_add(out, SLICE_LIT("-"));
}

/* The heading says UTC. */
static void add_began(struct text *out, int64_t us)
{
	char buf[64];

	clock_format_us(us, buf, sizeof buf);
	text_addf(out, "%.23s", buf);
}

static void add_row(struct listing *l, const struct call_line *c)
{
	struct text *out = &l->work->out;
	char label[24];

	snprintf(label, sizeof label, "%" PRId64, c->id);
	text_addf(out, "<tr id=\"c%" PRId64 "\"><td class=num>", c->id);
	if (c->has_page)
		work_add_call_link(l->work, "", c->id, label);
	else
		text_addf(out, "%s", label);
	text_addf(out, "<td class=nowrap>");
	add_began(out, c->start_us);
	add_party(out, c->caller);
	add_party(out, c->callee);
	text_addf(out, "<td>");
	html_add_badge(out, c->outcome);
	text_addf(out, "<td class=num>");
	if (c->status == RECORD_NULL)
		text_addf(out, "-");
	else
		text_addf(out, "%" PRId64 "", c->status);
	add_figure_cell(out, c->pdd_ms, 0);
	add_figure_cell(out, c->setup_ms, 0);
	add_figure_cell(out, c->talk_ms / 1000, 1);
	add_figure_cell(out, c->mos, 2);
}

static void add_page_link(struct text *out, int64_t page, int64_t here, const char *label)
{
	char number[24];

	snprintf(number, sizeof number, "%" PRId64, page);
	if (page == here && !label)
		text_addf(out, "<span aria-current=\"page\">%s</span>\n", number);
	else if (page == 1)
		text_addf(out, "<a href=\"calls.html\">%s</a>\n", label ? label : number);
	else
		text_addf(out, "<a href=\"calls-%s.html\">%s</a>\n", number,
		          label ? label : number);
}

/* The first, the last, and those around this one. */
static void add_pager(struct listing *l)
{
	struct text *out = &l->work->out;
	int64_t before = 0;

	if (l->pages < 2)
		return;
	text_addf(out, "<nav class=\"pager\" aria-label=\"Pages of calls\">\n");
	if (l->page > 1)
		add_page_link(out, l->page - 1, l->page, "Back");
	for (int64_t i = 1; i <= l->pages; i++) {
		int64_t away = i > l->page ? i - l->page : l->page - i;
		if (i != 1 && i != l->pages && away > 2 && i % (l->pages / 8 + 1) != 0)
			continue;
		text_addf(out, before && i > before + 1 ? "<span>...</span>\n" : "");
		add_page_link(out, i, l->page, NULL);
		before = i;
	}
	if (l->page < l->pages)
		add_page_link(out, l->page + 1, l->page, "Next");
	text_addf(out, "</nav>\n");
}

static void add_option(struct text *out, const char *value, const char *label)
{
	text_addf(out, "<option value=\"%s\">%s</option>", value, label);
}

/* Shown by the script, which knows what to do with it. */
static void add_filters(struct text *out)
{
	text_addf(out,
	          "<form id=\"filters\" class=\"filters hidden\" role=\"search\" "
	          "aria-label=\"Calls\">\n"
	          "<p class=\"wide\"><label for=\"f-q\">Text</label><input id=\"f-q\" name=\"q\" "
	          "type=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
	          "placeholder=\"caller, callee or Call-ID\"></p>\n"
	          "<p><label for=\"f-number\">Number begins with</label><input id=\"f-number\" "
	          "name=\"number\" inputmode=\"tel\" autocomplete=\"off\"></p>\n"
	          "<p><label for=\"f-outcome\">Outcome</label><select id=\"f-outcome\" "
	          "name=\"outcome\">");
	add_option(out, "", "any");
	add_option(out, "not-answered", "not answered");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++)
		add_option(out, summary_outcomes[i], summary_outcomes[i]);
	text_addf(out,
	          "</select></p>\n"
	          "<p><label for=\"f-status\">Final status</label><input id=\"f-status\" "
	          "name=\"status\" autocomplete=\"off\" placeholder=\"486, 5xx, none\"></p>\n"
	          "<p><label for=\"f-trunk\">Trunk</label><select id=\"f-trunk\" name=\"trunk\">"
	          "<option value=\"\">any</option></select></p>\n"
	          "<p><label for=\"f-finding\">Finding</label><select id=\"f-finding\" "
	          "name=\"finding\"><option value=\"\">with or without</option>"
	          "<option value=\"any\">with any</option><option value=\"none\">without</option>"
	          "</select></p>\n"
	          "<p><label for=\"f-mos\">MOS below</label><input id=\"f-mos\" name=\"mos\" "
	          "type=\"number\" min=\"1\" max=\"5\" step=\"0.1\"></p>\n"
	          "<p><label for=\"f-from\">Began from (UTC)</label><input id=\"f-from\" "
	          "name=\"from\" type=\"datetime-local\" step=\"1\"></p>\n"
	          "<p><label for=\"f-to\">Began before (UTC)</label><input id=\"f-to\" name=\"to\" "
	          "type=\"datetime-local\" step=\"1\"></p>\n"
	          "<p><button type=\"reset\">Clear</button></p>\n</form>\n"
	          "<p id=\"count\" class=\"soft\" role=\"status\"></p>\n"
	          "<p id=\"no-page\" class=\"notice note hidden\"></p>\n");
}

static void begin_page(struct listing *l)
{
	static const struct {
		const char *key, *title;
		bool number;
	} columns[] = { { "id", "Call", true },           { "began", "Began (UTC)", false },
		        { "from", "From", false },        { "to", "To", false },
		        { "outcome", "Outcome", false },  { "status", "Status", true },
		        { "pdd", "PDD ms", true },        { "setup", "Setup ms", true },
		        { "talk", "Talk s", true },       { "mos", "MOS", true },
		        { "findings", "Findings", false } };
	struct text *out = &l->work->out;
	char title[48] = "Calls";

	l->page++;
	l->rows = 0;
	if (l->page > 1)
		snprintf(title, sizeof title, "Calls, page %" PRId64, l->page);
	work_begin_page(l->work, title, "calls", "");
	text_addf(out, "<h1>Calls</h1>\n");
	if (l->page == 1)
		add_filters(out);
	add_pager(l);
	text_addf(out, "<section class=\"card\" aria-label=\"List of calls\"><div class=\"scroll\" "
	               "tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table id=\"calls\" "
	               "class=\"data\"><caption>In the order in which they began. MOS: the lowest "
	               "of its streams</caption><thead><tr>");
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		text_addf(out, "<th scope=\"col\" data-key=\"%s\"%s>%s</th>", columns[i].key,
		          columns[i].number ? " class=\"num\"" : "", columns[i].title);
	text_addf(out, "</tr></thead>\n<tbody>\n");
}

/* The first page waits for its data. */
static bool end_page(struct listing *l, struct err *err)
{
	char name[48];

	end_table(&l->work->out);
	text_addf(&l->work->out, "</section>\n");
	add_pager(l);
	if (l->page == 1) {
		struct text first = l->first;
		l->first = l->work->out;
		l->work->out = first;
		return true;
	}
	snprintf(name, sizeof name, "calls-%" PRId64 ".html", l->page);
	return work_write_page(l->work, name, err);
}

static struct call_line line_of(struct work *w, struct query *q)
{
	return (struct call_line){
		.id = query_int(q, 0),
		.start_us = query_int(q, 1),
		.caller = query_text(q, 2),
		.callee = query_text(q, 3),
		.sip_call_id = query_text(q, 4),
		.outcome = query_text(q, 5),
		.status = query_int(q, 6),
		.pdd_ms = query_real(q, 7),
		.setup_ms = query_real(q, 8),
		.talk_ms = query_real(q, 9),
		.mos = query_real(q, 10),
		.has_page = work_has_page(w, query_int(q, 0)),
	};
}

static bool add_call(struct listing *l, const struct call_line *c, struct err *err)
{
	if (l->rows == PER_PAGE) {
		if (!end_page(l, err))
			return false;
		begin_page(l);
	}
	l->rows++;
	add_row(l, c);
	calls_data_add_call(&l->data, l->work, c);
	if (!add_trunks(l, c->id, err) || !add_findings(l, c->id, err))
		return false;
	calls_data_end_call(&l->data, c);
	return true;
}

static bool add_calls(struct listing *l, struct err *err)
{
	struct query *q = rows_query(
	        l->work->records,
	        "SELECT id, coalesce(start_us, first_us), caller, callee, sip_call_id, outcome, "
	        "final_status, pdd_ms, setup_ms, talk_ms, mos_min FROM calls ORDER BY id",
	        0, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err)) {
		struct call_line c = line_of(l->work, q);
		ok = add_call(l, &c, err);
	}
	query_free(q);
	return ok && err->code == ERR_NONE && end_page(l, err);
}

static bool open_cursors(struct listing *l, struct err *err)
{
	struct records *r = l->work->records;

	return cursor_open(&l->legs, r,
	                   "SELECT call_id, dst FROM dialogs WHERE kind = 'invite' AND forked_from "
	                   "IS NULL AND call_id IS NOT NULL ORDER BY call_id, id",
	                   err) &&
	       cursor_open(&l->findings, r,
	                   "SELECT o.call_id, o.finding_id, f.rule FROM finding_occurrences o JOIN "
	                   "findings f ON f.id = o.finding_id WHERE o.call_id IS NOT NULL ORDER BY "
	                   "o.call_id, o.finding_id",
	                   err);
}

static bool write_first(struct listing *l, struct err *err)
{
	struct text *out = &l->work->out;

	text_reset(out);
	text_add(out, slice_of(text_cstr(&l->first), l->first.n));
	text_addf(out, "<script type=\"application/json\" id=\"calls-data\">");
	text_add(out, slice_of(text_cstr(&l->data.json), l->data.json.n));
	text_addf(out, "</script>\n");
	if (l->first.failed)
		return err_memory(err, "the list of calls");
	return work_write_page(l->work, "calls.html", err);
}

bool calls_index_write(struct work *w, struct err *err)
{
	struct listing l = { .work = w };

	l.pages = (w->summary.calls + PER_PAGE - 1) / PER_PAGE;
	text_init(&l.first);
	calls_data_init(&l.data);
	bool ok = open_cursors(&l, err) && calls_data_begin(&l.data, w, err);
	if (ok) {
		begin_page(&l);
		ok = add_calls(&l, err) && calls_data_end(&l.data, err) && write_first(&l, err);
	}
	query_free(l.legs.query);
	query_free(l.findings.query);
	calls_data_release(&l.data);
	text_release(&l.first);
	return ok;
}
