/* Names of files and forms of times as SIPp writes them, for what reads SIPp's files. */
#ifndef SIM_SIPP_NAMES_H
#define SIM_SIPP_NAMES_H

#include "base/text.h"
#include "sim/scenario/scenario.h"

/* "uac_4842_": the scenario's name without folder and .xml, and the process. The statistics file adds ".csv", others "counts.csv" ... */
void sipp_file_name(struct text *out, const struct scenario *scenario, int64_t process_id,
                    const char *ending);

/* "2026-11-21\t21:56:55.110766\t1795298215.110766": local time, and seconds since 1970. RFC 3339: "2026-11-21T21:56:55.110766+00:00". */
void sipp_add_time(struct text *out, int64_t ns, bool rfc3339);
/* "2026-11-21 21:56:55.110766", as above the messages of the message log. */
void sipp_add_message_time(struct text *out, int64_t ns, bool rfc3339);
/* "00:00:01"; with_us: "00:00:01:003000". */
void sipp_add_elapsed(struct text *out, int64_t ns, bool with_us);

#endif
