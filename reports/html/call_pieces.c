/* Small pieces that all parts of a call's page are made of. */
#include "reports/html/call_page.h"

#include <inttypes.h>
#include <math.h>

void html_add_int(struct text *out, int64_t value)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		digits[--at] = '-';
	text_add(out, slice_of(digits + at, sizeof digits - at));
}

void html_add_fixed(struct text *out, double value, unsigned decimals)
{
	static const double powers[] = { 1, 10, 100, 1000 };

	if (decimals > 3 || !(fabs(value) < 1e12)) {
		text_addf(out, "%.*f", (int)decimals, value);
		return;
	}
	int64_t scaled = llround(fabs(value) * powers[decimals]), unit = (int64_t)powers[decimals];
	if (value < 0 && scaled)
		html_lit(out, "-");
	html_add_int(out, scaled / unit);
	if (!decimals)
		return;
	char digits[4] = ".";
	int64_t rest = scaled % unit;
	for (unsigned i = decimals; i > 0; i--, rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	text_add(out, slice_of(digits, decimals + 1));
}

void call_add_moment(const struct call_page *p, const char *before, int64_t us)
{
	if (us == RECORD_NULL)
		return;
	text_add(p->out, slice_str(before));
	if (us >= p->start_us)
		html_lit(p->out, "+");
	html_add_fixed(p->out, (double)(us - p->start_us) / 1e6, 3);
	html_lit(p->out, " s");
}

void call_add_fact(struct call_page *p, const char *name, struct query *q, int column)
{
	if (query_is_null(q, column))
		return;
	html_lit(p->out, "<dt>");
	text_add(p->out, slice_str(name));
	html_lit(p->out, "<dd>");
	html_add(p->out, query_text(q, column));
	html_lit(p->out, "\n");
}

void call_begin_section(struct call_page *p, const char *id, const char *title)
{
	text_addf(p->out, "<section id=%s><h2>%s</h2>\n", id, title);
}

void call_end_section(struct call_page *p)
{
	html_lit(p->out, "</section>\n");
}

void call_add_command(struct call_page *p, const char *command, int64_t id, const char *behind)
{
	struct text *line = p->scratch;

	text_reset(line);
	rows_add_command(line, p->records, command);
	text_addf(line, " %" PRId64 "%s", id, behind);
	html_begin_command(p->out);
	html_add(p->out, slice_of(text_cstr(line), line->n));
	html_end_command(p->out);
	if (line->failed)
		p->out->failed = true;
}

void call_add_more(struct call_page *p, int64_t more, const char *of_what)
{
	if (more <= 0)
		return;
	html_lit(p->out, "<p class=soft>... and ");
	html_add_int(p->out, more);
	text_addf(p->out, " more %s, not on this page. All of it:</p>\n", of_what);
	call_add_command(p, "show --wide", p->call_id, "");
}

void html_add_standard(struct text *out, struct slice section)
{
	uint64_t number;
	struct slice rest = section, word, rfc, part;
	size_t digits = 0;

	bool is_rfc = slice_split(&rest, ' ', &word) && slice_eq_str(word, "RFC") &&
	              slice_split(&rest, ' ', &rfc) && slice_u64(rfc, 99999, &number);
	part = is_rfc ? rest : SLICE_NONE;
	while (digits < part.n && (ascii_is_digit(part.p[digits]) || part.p[digits] == '.'))
		digits++;
	if (!is_rfc) {
		html_add(out, section);
		return;
	}
	text_addf(out, "<a href=\"https://www.rfc-editor.org/rfc/rfc%" PRIu64, number);
	if (digits && ascii_is_digit(part.p[0]))
		text_addf(out, "#section-%.*s", (int)digits, (const char *)part.p);
	html_lit(out, "\" rel=noreferrer>");
	html_add(out, section);
	html_lit(out, "</a>");
}

void html_add_frame(struct text *out, int64_t capture_id, int64_t frame)
{
	html_add_int(out, capture_id);
	html_lit(out, ":");
	html_add_int(out, frame);
}
