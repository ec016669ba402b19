/* RTCP reports of the far ends, tied to the streams they speak of. */
#ifndef ANALYZER_STREAMS_RTCP_H
#define ANALYZER_STREAMS_RTCP_H

#include "analyzer/streams/table.h"

/* One compound; *matched says whether any stream or media end knows it. False: the environment failed. */
bool rtcp_take(struct streams *s, int64_t time_ns, const struct packet_view *view,
               struct slice compound, bool *matched);

#endif
