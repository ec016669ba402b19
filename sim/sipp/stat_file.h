/* The statistics file (-trace_stat), column by column as SIPp has it. */
#ifndef SIM_SIPP_STAT_FILE_H
#define SIM_SIPP_STAT_FILE_H

#include "base/text.h"
#include "sim/sipp/stat_values.h"

struct stat_form {
	const struct scenario *scenario;
	const char *delimiter;
	bool rfc3339;
	bool periodic_rtd; /* buckets of the period */
	bool losses; /* -lost: messages are lost that no step says */
};

struct stat_row {
	int64_t started_ns;
	double target_rate; /* of a rate period, or users */
	const struct stat_values *now, *before; /* before: of the line above, or of the start */
	const struct stat_values *start;
};

void stat_file_header(struct text *out, const struct stat_form *form);
void stat_file_row(struct text *out, const struct stat_form *form, const struct stat_row *row);

#endif
