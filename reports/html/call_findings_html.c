/* What was found about a call, its cause first: the sentence, the numbers that crossed a threshold, what to do. */
#include "reports/html/call_page.h"
#include "reports/html/report_parts.h"

/* Columns of OF_FINDINGS, see call_pages.c. */
enum {
	ID = 1,
	RULE,
	NAME,
	SEVERITY,
	CONFIDENCE,
	DOWNGRADED,
	SAYS,
	EVIDENCE,
	FIX,
	CAPTURE,
	FIRST_FRAME,
	LAST_FRAME,
	FIRST_US,
	SECTION,
	MEANING
};

/* "lost_ratio" is read as "lost ratio". */
static void add_key(struct text *out, struct slice key)
{
	struct slice word;
	bool first = true;

	for (struct slice rest = key; slice_split(&rest, '_', &word); first = false) {
		if (!first)
			html_lit(out, " ");
		html_add(out, word);
	}
}

/* The unit that ends a name: "talk_s" is a talk in s. Not where a number stands before it, "within_2_ms" counts something. */
static struct slice unit_of(struct slice key)
{
	static const char *const units[] = { "_per_s", "_per_minute", "_ms", "_s", "_ppm" };

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct slice unit = slice_str(units[i]);
		if (key.n <= unit.n || !slice_eq(slice_from(key, key.n - unit.n), unit))
			continue;
		return ascii_is_digit(key.p[key.n - unit.n - 1]) ? SLICE_NONE : unit;
	}
	return SLICE_NONE;
}

/* "threshold_ms", "100": threshold 100 ms. */
static void add_number(struct text *out, struct slice key, struct slice value)
{
	struct slice unit = unit_of(key);

	html_lit(out, "<div><dt>");
	add_key(out, slice_sub(key, 0, key.n - unit.n));
	html_lit(out, "<dd>");
	html_add(out, slice_sub(value, 0, 400));
	add_key(out, unit);
	html_lit(out, "</div>");
}

static bool add_evidence(struct call_page *p, struct slice json, struct err *err)
{
	struct text *out = p->out;
	unsigned rows = 0;

	if (!json.n)
		return true;
	query_reset(p->evidence);
	query_bind_text(p->evidence, 1, json);
	while (query_step(p->evidence, err) && rows < CALL_PAGE_MAX_ROWS) {
		if (!rows++)
			html_lit(out, "<dl class=ev>");
		add_number(out, query_text(p->evidence, 0), query_text(p->evidence, 1));
	}
	query_reset(p->evidence);
	if (rows)
		html_lit(out, "</dl>\n");
	return err->code == ERR_NONE;
}

static void add_place(struct call_page *p, struct query *q)
{
	int64_t first = query_int(q, FIRST_FRAME), last = query_int(q, LAST_FRAME);

	if (first == RECORD_NULL)
		return;
	html_lit(p->out, "<dt>Frames<dd>");
	html_add_int(p->out, query_int(q, CAPTURE));
	html_lit(p->out, ":");
	html_add_int(p->out, first);
	if (last != RECORD_NULL && last != first) {
		html_lit(p->out, " to ");
		html_add_int(p->out, last);
	}
	call_add_moment(p, ", at ", query_int(q, FIRST_US));
	html_lit(p->out, "\n");
}

static void add_sureness(struct call_page *p, struct query *q)
{
	html_lit(p->out, "<dt>Confidence<dd>");
	html_add(p->out, query_text(q, CONFIDENCE));
	if (!query_is_null(q, DOWNGRADED)) {
		html_lit(p->out, ", because ");
		html_add(p->out, query_text(q, DOWNGRADED));
	}
	html_lit(p->out, "\n");
}

/* What it is called, leading to the finding's page: all that it hit, how to explain it. */
static void add_title(struct call_page *p, struct query *q)
{
	bool linked = findings_has_page(query_int(q, ID));
	struct text *out = p->out;

	html_lit(out, "<article class=find><h3>");
	html_add_badge(out, query_text(q, SEVERITY));
	html_lit(out, " ");
	if (linked) {
		html_lit(out, "<a href=../../");
		findings_add_address(out, query_int(q, ID));
		html_lit(out, ">");
	}
	html_add(out, query_text(q, RULE));
	html_lit(out, " ");
	add_key(out, query_text(q, NAME));
	text_add(out, linked ? SLICE_LIT("</a></h3>\n<p>") : SLICE_LIT("</h3>\n<p>"));
}

static bool add_finding(struct call_page *p, struct query *q, struct err *err)
{
	struct text *out = p->out;

	add_title(p, q);
	html_add(out, query_text(q, SAYS));
	html_lit(out, "</p>\n<dl class=kv>\n");
	call_add_fact(p, "Do", q, FIX);
	add_sureness(p, q);
	add_place(p, q);
	if (slice_starts(query_text(q, SECTION), "RFC ") ||
	    slice_starts(query_text(q, SECTION), "ITU")) {
		html_lit(out, "<dt>Standard<dd>");
		html_add_standard(out, query_text(q, SECTION));
		html_lit(out, "\n");
	}
	html_lit(out, "</dl>\n");
	if (!add_evidence(p, query_text(q, EVIDENCE), err))
		return false;
	if (!findings_has_page(query_int(q, ID)))
		call_add_command(p, "explain", query_int(q, ID), "");
	html_lit(out, "</article>\n");
	return true;
}

/* Further occurrences of a finding only say where. */
static void add_again(struct call_page *p, struct query *q, int64_t again)
{
	if (again == 6)
		html_lit(p->out, "<p class=soft>... and more of it</p>\n");
	if (again > 5)
		return;
	html_lit(p->out, "<p class=soft>Also: ");
	html_add(p->out, query_text(q, SAYS));
	html_lit(p->out, "</p>\n");
}

bool call_page_findings(struct call_page *p, struct err *err)
{
	int64_t id = RECORD_NULL, again = 0, count = 0, more = 0;
	struct query *q;

	while (call_page_row(p, OF_FINDINGS, &q, err)) {
		if (query_int(q, ID) == id) {
			add_again(p, q, ++again);
			continue;
		}
		id = query_int(q, ID);
		again = 0;
		if (count == CALL_PAGE_MAX_FINDINGS) {
			more++;
			continue;
		}
		if (!count++)
			call_begin_section(p, "findings", "What was found");
		if (!add_finding(p, q, err))
			return false;
	}
	if (count) {
		call_add_more(p, more, "findings");
		call_end_section(p);
	}
	return err->code == ERR_NONE;
}
