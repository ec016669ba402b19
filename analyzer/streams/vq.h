/* Reports of voice quality in SIP bodies (RFC 6035), as rows of `rtcp_reports` of kind 'vq'. */
#ifndef ANALYZER_STREAMS_VQ_H
#define ANALYZER_STREAMS_VQ_H

#include "analyzer/findings/evidence.h"
#include "analyzer/streams/streams.h"
#include "dissectors/vq_report.h"

/* One row for each side that the report knows. A stream that is still there is named; the others are found at the end, by the call and
 * the addresses of the report. False: the environment failed. */
bool vq_take(struct streams *s, struct sighting at, const struct vq_report *report);

#endif
