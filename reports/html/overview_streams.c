/* The streams that sounded worst. */
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* The lowest MOS first, then what has none by loss. */
#define WORST                                                                                      \
	"SELECT s.id, s.call_id, s.mos_lq, s.mos_scale, s.loss_ratio, s.jitter_mean_ms, "          \
	"s.longest_loss, s.codec, s.src_addr, s.src_port, s.dst_addr, s.dst_port, c.caller, "      \
	"c.callee, s.packets FROM streams s LEFT JOIN calls c ON c.id = s.call_id ORDER BY "       \
	"s.mos_lq IS NULL, s.mos_lq, s.loss_ratio DESC, s.id LIMIT 10"

static void add_endpoint(struct text *out, struct query *q, int column)
{
	struct slice address = query_text(q, column);
	bool v6 = slice_find(address, ':') != SLICE_NPOS;

	text_addf(out, v6 ? "[" : "");
	html_add(out, address);
	text_addf(out, "%s:%" PRId64, v6 ? "]" : "", query_int(q, column + 1));
}

static void add_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;

	text_addf(out, "<tr><td class=\"num\">");
	html_add_real(out, query_real(q, 2), 2);
	text_addf(out, "</td><td>");
	html_add_column(out, q, 3);
	text_addf(out, "</td>");
	add_real_cell(out, q, 4, 100, 2);
	add_real_cell(out, q, 6, 1, 0);
	add_real_cell(out, q, 5, 1, 1);
	text_addf(out, "<td>");
	html_add_column(out, q, 7);
	text_addf(out, "</td><td class=\"mono nowrap\">");
	add_endpoint(out, q, 8);
	text_addf(out, " &rarr; ");
	add_endpoint(out, q, 10);
	text_addf(out, "</td><td class=\"wrap\">");
	if (query_is_null(q, 1)) {
		text_addf(out, "<span class=\"soft\">of no call</span>");
	} else {
		char label[40];
		snprintf(label, sizeof label, "call %" PRId64, query_int(q, 1));
		work_add_call_link(w, "", query_int(q, 1), label);
		text_addf(out, " ");
		html_add_column(out, q, 12);
		text_addf(out, " &rarr; ");
		html_add_column(out, q, 13);
	}
	text_addf(out, "</td></tr>\n");
}

bool overview_add_streams(struct work *w, struct err *err)
{
	static const char *const headings[] = { ">MOS",      "Scale",      ">Loss %",
		                                ">Longest",  ">Jitter ms", "Codec",
		                                "From - to", "Call",       NULL };
	struct query *q;

	if (!w->summary.streams)
		return true;
	q = rows_query(w->records, WORST, 0, err);
	if (!q)
		return false;
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"streams\"><div "
	                   "class=\"head\"><h2 id=\"streams\">Worst streams</h2><a "
	                   "class=\"tiny\" href=\"calls.html#sort=mos\">calls by MOS</a></div>\n");
	begin_table(&w->out, "RTP streams with the lowest MOS LQ, then those with most loss. "
	                     "Longest: packets lost in a row. Jitter: mean (RFC 3550)");
	add_headings(&w->out, headings);
	while (query_step(q, err) && !w->out.failed)
		add_row(w, q);
	end_table(&w->out);
	text_addf(&w->out, "</section>\n");
	return rows_end(q, &w->out, err);
}
