#include "reports/compare/taps_form.h"

#include "base/mem.h"
#include "reports/html/page.h"
#include "reports/rows.h"

#include <inttypes.h>

#define CELL_MOST 64 /* columns of a terminal that a cell may have */

static void add(struct taps_form *f, struct slice s)
{
	switch (f->kind) {
	case TAPS_TEXT: text_add_terminal(f->out, s); break;
	case TAPS_MARKDOWN: text_add_markdown(f->out, s); break;
	case TAPS_HTML: html_add(f->out, s); break;
	}
}

static struct slice line_of(const struct taps_form *f)
{
	return slice_of(text_cstr(&f->line), f->line.n);
}

void taps_form_begin(struct taps_form *f, enum taps_form_kind kind, bool colour, const char *title,
                     struct text *out)
{
	*f = (struct taps_form){ .kind = kind, .colour = colour, .out = out };
	text_init(&f->line);
	text_init(&f->cells);
	switch (kind) {
	case TAPS_TEXT:
		text_addf(out, "%s%s%s\n", colour ? "\033[1m" : "", title, colour ? "\033[0m" : "");
		break;
	case TAPS_MARKDOWN: text_addf(out, "# %s\n", title); break;
	case TAPS_HTML:
		html_begin(out, &(struct html_head){
		                        .title = slice_str(title), .root = "", .alone = true });
		text_addf(out, "<h1>%s</h1>\n", title);
		break;
	}
}

static void end_section(struct taps_form *f)
{
	if (f->in_section && f->kind == TAPS_HTML)
		text_addf(f->out, "</section>\n");
	f->in_section = false;
}

bool taps_form_end(struct taps_form *f, struct err *err)
{
	bool failed = f->line.failed || f->cells.failed;

	end_section(f);
	if (f->kind == TAPS_HTML)
		html_end(f->out);
	text_release(&f->line);
	text_release(&f->cells);
	mem_free(f->ends);
	return (!failed && !f->out->failed) || err_memory(err, "the report");
}

void taps_form_heading(struct taps_form *f, const char *heading)
{
	end_section(f);
	f->in_section = true;
	switch (f->kind) {
	case TAPS_TEXT:
		text_addf(f->out, "\n%s%s%s\n", f->colour ? "\033[1m" : "", heading,
		          f->colour ? "\033[0m" : "");
		break;
	case TAPS_MARKDOWN: text_addf(f->out, "\n## %s\n\n", heading); break;
	case TAPS_HTML:
		text_addf(f->out, "<section class=\"card\">\n<h2>%s</h2>\n", heading);
		break;
	}
}

void taps_form_paragraph(struct taps_form *f, bool bad)
{
	switch (f->kind) {
	case TAPS_TEXT:
		text_addf(f->out, "  %s", bad && f->colour ? "\033[31m" : "");
		add(f, line_of(f));
		text_addf(f->out, "%s\n", bad && f->colour ? "\033[0m" : "");
		break;
	case TAPS_MARKDOWN:
		text_addf(f->out, bad ? "**" : "");
		add(f, line_of(f));
		text_addf(f->out, bad ? "**\n\n" : "\n\n");
		break;
	case TAPS_HTML:
		text_addf(f->out, bad ? "<p class=\"notice bad\">" : "<p>");
		add(f, line_of(f));
		text_addf(f->out, "</p>\n");
		break;
	}
	text_reset(&f->line);
}

/* ---- tables ---- */

void taps_form_table(struct taps_form *f, const char *const *titles, unsigned columns)
{
	f->columns = columns;
	f->cell_count = 0;
	text_reset(&f->cells);
	for (unsigned i = 0; i < columns; i++)
		f->titles[i] = titles[i];
}

static bool is_figure(const struct taps_form *f, unsigned column)
{
	return f->titles[column][0] == '>';
}

static const char *title_of(const struct taps_form *f, unsigned column)
{
	return f->titles[column] + is_figure(f, column);
}

void taps_form_cell(struct taps_form *f)
{
	if (f->cell_count == f->cell_room) {
		size_t room = f->cell_room ? 2 * f->cell_room : 64;
		size_t *bigger = mem_resize(f->ends, room * sizeof *bigger);
		if (!bigger) {
			f->cells.failed = true;
			text_reset(&f->line);
			return;
		}
		f->ends = bigger;
		f->cell_room = room;
	}
	text_add(&f->cells, line_of(f));
	f->ends[f->cell_count++] = f->cells.n;
	text_reset(&f->line);
}

void taps_form_int(struct taps_form *f, int64_t value)
{
	if (value == RECORD_NULL)
		text_addf(&f->line, "-");
	else
		text_addf(&f->line, "%" PRId64, value);
	taps_form_cell(f);
}

void taps_form_real(struct taps_form *f, double value, int decimals)
{
	if (isnan(value))
		text_addf(&f->line, "-");
	else
		text_addf(&f->line, "%.*f", decimals, value);
	taps_form_cell(f);
}

static struct slice cell_of(const struct taps_form *f, size_t i)
{
	size_t from = i ? f->ends[i - 1] : 0;

	return slice_of(text_cstr(&f->cells) + from, f->ends[i] - from);
}

static void add_text_cell(struct taps_form *f, unsigned column, struct slice cell, size_t width)
{
	size_t start = f->out->n, wide = rows_width(cell);

	if (is_figure(f, column) && wide < width)
		text_addf(f->out, "%*s", (int)(width - wide), "");
	text_add_terminal(f->out, cell);
	if (!is_figure(f, column) && column + 1 < f->columns)
		rows_pad(f->out, start, width);
}

static void add_text_table(struct taps_form *f)
{
	size_t widths[TAPS_COLUMNS];

	for (unsigned c = 0; c < f->columns; c++) {
		widths[c] = strlen(title_of(f, c));
		for (size_t i = c; i < f->cell_count; i += f->columns) {
			size_t wide = rows_width(cell_of(f, i));
			wide = wide < CELL_MOST ? wide : CELL_MOST;
			widths[c] = wide > widths[c] ? wide : widths[c];
		}
	}
	for (unsigned c = 0; c < f->columns; c++) {
		text_addf(f->out, "  ");
		add_text_cell(f, c, slice_str(title_of(f, c)), widths[c]);
	}
	text_addf(f->out, "\n");
	for (size_t i = 0; i < f->cell_count; i++) {
		unsigned c = (unsigned)(i % f->columns);
		text_addf(f->out, "  ");
		add_text_cell(f, c, cell_of(f, i), widths[c]);
		text_addf(f->out, c + 1 == f->columns ? "\n" : "");
	}
}

static void add_markdown_table(struct taps_form *f)
{
	for (unsigned c = 0; c < f->columns; c++)
		text_addf(f->out, "| %s ", title_of(f, c));
	text_addf(f->out, "|\n");
	for (unsigned c = 0; c < f->columns; c++)
		text_addf(f->out, is_figure(f, c) ? "| ---: " : "| --- ");
	text_addf(f->out, "|\n");
	for (size_t i = 0; i < f->cell_count; i++) {
		text_addf(f->out, "| ");
		text_add_markdown(f->out, cell_of(f, i));
		text_addf(f->out, (i + 1) % f->columns ? " " : " |\n");
	}
	text_addf(f->out, "\n");
}

static void add_html_table(struct taps_form *f)
{
	text_addf(f->out,
	          "<div class=\"scroll\" tabindex=\"0\"><table class=\"data\">\n<thead><tr>");
	for (unsigned c = 0; c < f->columns; c++)
		text_addf(f->out, "<th scope=\"col\"%s>%s</th>",
		          is_figure(f, c) ? " class=\"num\"" : "", title_of(f, c));
	text_addf(f->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < f->cell_count; i++) {
		unsigned c = (unsigned)(i % f->columns);
		text_addf(f->out, "%s<td%s>", c ? "" : "<tr>",
		          is_figure(f, c) ? " class=\"num\"" : "");
		html_add(f->out, cell_of(f, i));
		text_addf(f->out, "</td>%s", c + 1 == f->columns ? "</tr>\n" : "");
	}
	text_addf(f->out, "</tbody></table></div>\n");
}

void taps_form_end_table(struct taps_form *f)
{
	if (f->cells.failed)
		return;
	switch (f->kind) {
	case TAPS_TEXT: add_text_table(f); break;
	case TAPS_MARKDOWN: add_markdown_table(f); break;
	case TAPS_HTML: add_html_table(f); break;
	}
}
