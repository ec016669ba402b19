/* The right side of an assertion: ">= 3.8", "0", "990..1010", "answered | busy", "none". Numbers mean the decimal that is written: 98 % is the
 * double nearest to 0.98, 2.5 s the one nearest to 2500 (ms), and that is what a measured ratio or time is compared with. */
#ifndef REPORTS_CHECK_BOUND_H
#define REPORTS_CHECK_BOUND_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum value_kind {
	KIND_COUNT, /* a number of things */
	KIND_NUMBER, /* without unit: MOS, ppm, percent of nothing */
	KIND_MS, /* also written as 2.5s, 500us, 2min, 1h */
	KIND_SECONDS, /* the same */
	KIND_RATIO, /* 0..1, also written as 98 % */
	KIND_STATUS, /* of SIP: a number, or 4xx */
	KIND_TEXT, /* words, with * and ? for any characters; upper and lower case are the same */
	KIND_DIGITS, /* as pressed: * is the star */
	KIND_FLAG, /* true, false, yes, no */
	KIND_ANY, /* a number whose unit only the records know */
};

enum bound_op { BOUND_EQ, BOUND_NE, BOUND_LT, BOUND_LE, BOUND_GT, BOUND_GE, BOUND_WITHIN };

struct bound_choice {
	struct slice text;
	struct bound_choice *next;
};

struct bound {
	enum value_kind kind;
	enum bound_op op;
	double low, high; /* of numbers: low; of BOUND_WITHIN both, which belong to it */
	struct bound_choice *choices; /* of words: any of them */
	bool none; /* nothing observed is as good; without choices or number: it is what is asked */
	bool only_none;
	struct slice shown; /* ">= 3.8" */
};

/* Reads one; `text` is kept in the arena. False: err says what is wrong and how it is written, without where. */
bool bound_parse(struct bound *b, enum value_kind kind, struct slice text, struct arena *arena,
                 struct err *err);
/* NAN: nothing was observed. */
bool bound_holds(const struct bound *b, double value);
/* Words between U+001F, of which one is enough (of !=: none may be); absent: nothing was observed. */
bool bound_holds_text(const struct bound *b, struct slice value);
/* Which end is worse: true where low values break it. */
bool bound_wants_more(const struct bound *b);

/* A value with its unit, in as many digits as it takes to see on which side of the bound it is; NULL: none to see. */
void bound_add_value(struct text *out, enum value_kind kind, double value, const struct bound *b);

#endif
