/* What an injection file says, read once and never changed: its first line, and where its lines are. Comments, empty lines and CRs are
 * left out. Eight octets a line beside the text itself. */
#ifndef SIM_SCENARIO_INJECTION_TEXT_H
#define SIM_SCENARIO_INJECTION_TEXT_H

#include "base/err.h"
#include "base/text.h"

#define INJECTION_MOST_LINES (UINT32_MAX - 1)

enum injection_order { INJECTION_SEQUENTIAL, INJECTION_RANDOM, INJECTION_USER };

struct injection_text {
	enum injection_order order;
	/* PRINTF=n: so many lines are made up of those there are, in turn; %d in line v is v * multiple + offset. 0: none are. */
	uint32_t made_up;
	int64_t multiple, offset;
	uint8_t *bytes; /* each line and an LF behind it */
	size_t bytes_n;
	size_t *starts; /* of `count` lines, and where the last ends */
	uint32_t count;
	bool keywords; /* some line holds a '[' */
};

/* *t is all zero or released before. False: err says which line is wrong. */
bool injection_text_read(struct injection_text *t, const char *path, struct err *err);
void injection_text_release(struct injection_text *t);

/* The n-th of the lines that are there; n < count. */
struct slice injection_text_line(const struct injection_text *t, uint32_t n);

/* Between the field-th ';' and the next. False: the line has fewer. */
bool injection_cut(struct slice line, int field, struct slice *out);

/* printf's decimal conversions, each of `value`; "%%" is a percent sign. */
void injection_print(struct slice field, int64_t value, struct text *out);
/* Is it such a text? NULL, or what is wrong with it. */
const char *injection_print_wrong(struct slice line);

#endif
