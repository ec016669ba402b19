/* Small pieces of a report's own pages. */
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

void add_count(struct text *out, int64_t count)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%" PRId64, count);

	for (int i = 0; i < n; i++) {
		int left = n - i;
		text_add(out, slice_of(digits + i, 1));
		if (left > 1 && left % 3 == 1 && digits[i] != '-')
			text_add(out, SLICE_LIT(","));
	}
}

void add_uri(struct text *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		bool plain = (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' || c == '.' ||
		             c == '_';
		text_addf(out, plain ? "%c" : "%%%02X", s.p[i]);
	}
}

void begin_table(struct text *out, const char *caption)
{
	text_addf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
	               "aria-label=\"Table\"><table class=\"data\"><caption>");
	html_add(out, slice_str(caption));
	text_addf(out, "</caption>\n");
}

void end_table(struct text *out)
{
	text_addf(out, "</tbody></table></div>\n");
}

void add_headings(struct text *out, const char *const *headings)
{
	text_addf(out, "<thead><tr>");
	for (; *headings; headings++) {
		bool number = (*headings)[0] == '>';
		const char *title = *headings + (number ? 1 : 0);
		if (*title)
			text_addf(out, "<th scope=\"col\"%s>%s</th>",
			          number ? " class=\"num\"" : "", title);
		else
			text_addf(out, "<td></td>");
	}
	text_addf(out, "</tr></thead>\n<tbody>\n");
}

void add_real_cell(struct text *out, struct query *q, int column, double scale, int decimals)
{
	text_addf(out, "<td class=\"num\">");
	html_add_real(out, query_real(q, column) * scale, decimals);
	text_addf(out, "</td>");
}

void add_count_cell(struct text *out, int64_t count)
{
	text_addf(out, "<td class=\"num\">");
	add_count(out, count);
	text_addf(out, "</td>");
}

void work_add_call_link(struct work *w, const char *root, int64_t call_id, const char *text)
{
	text_addf(&w->out, "<a href=\"%s", root);
	if (work_has_page(w, call_id))
		html_add_call_path(&w->out, call_id);
	else
		text_addf(&w->out, "calls.html#id=%" PRId64, call_id);
	text_addf(&w->out, "\">%s</a>", text);
}
