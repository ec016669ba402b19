/* One report in three forms: text for a terminal, Markdown, HTML. What is said is given raw and escaped here, for where it goes. */
#ifndef REPORTS_COMPARE_TAPS_FORM_H
#define REPORTS_COMPARE_TAPS_FORM_H

#include "base/err.h"
#include "base/text.h"

enum taps_form_kind { TAPS_TEXT, TAPS_MARKDOWN, TAPS_HTML };

#define TAPS_COLUMNS 12

struct taps_form {
	enum taps_form_kind kind;
	bool colour;
	struct text *out;
	struct text line; /* what is being said: a paragraph, a cell */
	/* A table, kept until its columns' widths are known. */
	struct text cells;
	size_t *ends; /* of cells, within `cells` */
	size_t cell_count, cell_room;
	unsigned columns;
	const char *titles[TAPS_COLUMNS]; /* '>' in front: figures, to the right */
	bool in_section;
};

void taps_form_begin(struct taps_form *f, enum taps_form_kind kind, bool colour, const char *title,
                     struct text *out);
/* False: out of memory. */
bool taps_form_end(struct taps_form *f, struct err *err);

void taps_form_heading(struct taps_form *f, const char *heading);
/* What f->line has is a paragraph; `bad`: one that must not be missed. */
void taps_form_paragraph(struct taps_form *f, bool bad);

void taps_form_table(struct taps_form *f, const char *const *titles, unsigned columns);
/* What f->line has is the next cell. */
void taps_form_cell(struct taps_form *f);
void taps_form_int(struct taps_form *f, int64_t value); /* "-" for RECORD_NULL */
void taps_form_real(struct taps_form *f, double value, int decimals); /* "-" for NAN */
void taps_form_end_table(struct taps_form *f);

#endif
