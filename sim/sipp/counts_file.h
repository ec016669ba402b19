/* The counts file (-trace_counts): columns for each step that is not hidden, a line for each period. */
#ifndef SIM_SIPP_COUNTS_FILE_H
#define SIM_SIPP_COUNTS_FILE_H

#include "base/text.h"
#include "sim/sipp/stat_file.h"

void counts_file_header(struct text *out, const struct stat_form *form);
/* counters NULL: all zero, as at the start. */
void counts_file_row(struct text *out, const struct stat_form *form, int64_t started_ns,
                     int64_t now_ns, const struct counters *counters);

#endif
