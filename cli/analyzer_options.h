/* The analyzer's options, as `milliwatt analyze` has them and so has everything else that takes a capture in place of a database. */
#ifndef CLI_ANALYZER_OPTIONS_H
#define CLI_ANALYZER_OPTIONS_H

#include "analyzer/analyze.h"

/* What getopt_long() gives for them; 'f' too. */
enum analyzer_option {
	ANALYZER_FILTER = 1000,
	ANALYZER_INTERVAL,
	ANALYZER_BUFFER,
	ANALYZER_DELAY,
	ANALYZER_RULES,
	ANALYZER_CORRELATE,
	ANALYZER_MASK_DTMF,
	ANALYZER_AUDIO,
	ANALYZER_MARKS,
	ANALYZER_APART,
	ANALYZER_READER,
	ANALYZER_END
};

/* For the table of long options. */
#define ANALYZER_LONG_OPTIONS                                                                      \
	{ "filter", required_argument, NULL, ANALYZER_FILTER },                                    \
	        { "interval", required_argument, NULL, ANALYZER_INTERVAL },                        \
	        { "intervals", required_argument, NULL, ANALYZER_INTERVAL },                       \
	        { "jitter-buffer", required_argument, NULL, ANALYZER_BUFFER },                     \
	        { "delay", required_argument, NULL, ANALYZER_DELAY },                              \
	        { "rules", required_argument, NULL, ANALYZER_RULES },                              \
	        { "correlate", required_argument, NULL, ANALYZER_CORRELATE },                      \
	        { "mask-dtmf", no_argument, NULL, ANALYZER_MASK_DTMF },                            \
	        { "audio", no_argument, NULL, ANALYZER_AUDIO },                                    \
	        { "marks", no_argument, NULL, ANALYZER_MARKS },                                    \
	        { "no-payload-join", no_argument, NULL, ANALYZER_APART },                          \
	{                                                                                          \
		"reader", required_argument, NULL, ANALYZER_READER                                 \
	}

/* For the help of commands where a capture is the exception. */
#define ANALYZER_SHORT_HELP                                                                        \
	"Of a capture in place of a database: the options of 'milliwatt analyze' (--filter,\n"     \
	"--jitter-buffer, --delay, --rules, --correlate, --mask-dtmf, --audio, --interval).\n"

struct analyzer_choice {
	struct analyze_options run;
	const char *given; /* the first option that was given, "--audio"; NULL: none was */
};

/* Takes what getopt_long() gave, if it is one of these: 1; 0: it is not; -1: err. Values are borrowed. */
int analyzer_option(struct analyzer_choice *choice, int option, const char *value, struct err *err);

/* "milliwatt SUBCOMMAND: warning: ...", for struct analyze_options.damaged. */
void analyzer_warn_damaged(const char *subcommand, const struct capture_info *info);

#endif
