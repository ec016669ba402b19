/* A page of text to read: wrapped to the width, scrolled, searched, saved. What stands on it is built again for every width and after the
 * database was read again. */
#ifndef REPORTS_BROWSE_PAGE_H
#define REPORTS_BROWSE_PAGE_H

#include "reports/browse/view.h"

/* Texts longer are cut, and say so. */
#define PAGE_MAX_LINES 200000

/* Every line begins with one of these octets; the lines themselves hold no control characters. */
enum page_style { PAGE_PLAIN = 1, PAGE_BOLD, PAGE_DIM, PAGE_RED, PAGE_YELLOW, PAGE_GREEN };

struct page_line {
	size_t from, n; /* in text, behind the style octet */
	unsigned style; /* of cells */
	unsigned indent; /* of a line that goes on */
};

struct reader {
	struct view view;
	bool (*build)(struct browse *b, struct reader *p, unsigned width, struct text *out,
	              struct err *err);
	const char *file; /* name that saving proposes */
	int64_t *ids; /* what it is about; mem_free'd */
	size_t id_count;
	unsigned of_view; /* help: of which */
	struct text text;
	struct page_line *lines;
	size_t line_count, line_room;
	unsigned width; /* it was built for; 0: not yet */
	struct scroll at; /* the cursor is the first line */
	char search[PROMPT_MAX + 1];
	size_t found; /* line that was found, SIZE_MAX: none */
};

/* ids are copied. NULL: memory, err. */
struct reader *page_new(bool (*build)(struct browse *b, struct reader *p, unsigned width,
                                      struct text *out, struct err *err),
                        enum action tab, const char *file, const int64_t *ids, size_t id_count,
                        struct err *err);

/* One line; of `s`, control characters and broken UTF-8 are escaped. */
void page_add(struct text *out, enum page_style style, struct slice s);
void page_addf(struct text *out, enum page_style style, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Text of several lines that was escaped already; lines that do not begin with a blank are headings. */
void page_add_text(struct text *out, struct slice s);

#endif
