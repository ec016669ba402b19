/* A3: streams that flow and say nothing. By payloads that are all the same, as sampled (sameness.h), and, where the run listens, by what
 * was heard. */
#ifndef ANALYZER_FINDINGS_DEAD_AIR_H
#define ANALYZER_FINDINGS_DEAD_AIR_H

#include "analyzer/findings/draft.h"

struct dead_air {
	struct draft draft;
	double span_s, same;
};

struct dead_air *dead_air_new(struct findings *f); /* NULL: out of memory, err set */
void dead_air_free(struct dead_air *d); /* NULL allowed */
/* An accepted stream ends. */
bool dead_air_stream(struct dead_air *d, const struct stream *st);

#endif
