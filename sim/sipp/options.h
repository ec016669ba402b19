/* SIPp's command line: the options of 3.6 and 3.7 by name, with one or two dashes, and what each one's value looks like. */
#ifndef SIM_SIPP_OPTIONS_H
#define SIM_SIPP_OPTIONS_H

#include "base/err.h"
#include "base/text.h"
#include "sim/sipp/settings.h"

enum option_kind {
	OPTION_HEADING, /* no option: a title of the help */
	OPTION_FLAG, /* sets a bool */
	OPTION_UNFLAG, /* clears it */
	OPTION_BOOL, /* true, false */
	OPTION_STRING,
	OPTION_INT,
	OPTION_UNSIGNED,
	OPTION_COUNT, /* uint64_t */
	OPTION_PORT,
	OPTION_FLOAT,
	OPTION_MS, /* a time in ns; a bare number is milliseconds */
	OPTION_SECONDS, /* ... is seconds */
	OPTION_CALL, /* take() has it */
};

struct sipp_option {
	const char *name; /* without the dash */
	enum option_kind kind;
	size_t offset; /* of what it sets, in struct sipp_settings */
	const char *values; /* names of its values, "FILE FIELD"; NULL: none */
	const char *help;
	bool (*take)(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
	             struct err *err);
};

extern const struct sipp_option sipp_option_table[];
extern const size_t sipp_option_count;

/* How many arguments it takes. */
unsigned sipp_option_arity(const struct sipp_option *option);
/* By name without dashes; NULL: none. */
const struct sipp_option *sipp_option_find(const char *name);
/* The name that was probably meant; NULL: none is near. */
const char *sipp_option_nearest(const char *name);

/* One value into settings, as its kind reads. */
bool sipp_option_set(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                     struct err *err);

/* argv[0] is passed over. An argument without a dash is the target; of several, the last. */
bool sipp_options_parse(int argc, char *const *argv, struct sipp_settings *s, struct err *err);

/* "20", "1.5s", "300ms", "2m", "1h", "01:30", "1:02:03"; bare numbers are in units of `unit_ns`. False: no time. */
bool sipp_time_parse(const char *text, int64_t unit_ns, int64_t *ns);

void sipp_help(struct text *out);
/* -h stat: what stands in the columns of the statistics file. */
void sipp_help_stat(struct text *out);

/* "all,-bye" onto a set of behaviours (enum default_behaviour). */
bool sipp_behaviours_parse(const char *text, unsigned *set, struct err *err);

/* What take() of the table points to. */
bool sipp_take_ask(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                   struct err *err);
bool sipp_take_key(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                   struct err *err);
bool sipp_take_injection(struct sipp_settings *s, const struct sipp_option *option,
                         char *const *values, struct err *err);
bool sipp_take_behaviours(struct sipp_settings *s, const struct sipp_option *option,
                          char *const *values, struct err *err);
bool sipp_take_choice(struct sipp_settings *s, const struct sipp_option *option,
                      char *const *values, struct err *err);
bool sipp_take_port_range(struct sipp_settings *s, const struct sipp_option *option,
                          char *const *values, struct err *err);
bool sipp_take_refused(struct sipp_settings *s, const struct sipp_option *option,
                       char *const *values, struct err *err);

#endif
