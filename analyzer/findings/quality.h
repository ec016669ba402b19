/* Family B, media quality: what the far ends say of delay and loss.
 *
 *   quality.c       who is told what; settings
 *   quality_rtcp.c  B13 (delay), B14 (the far end's loss is not ours) */
#ifndef ANALYZER_FINDINGS_QUALITY_H
#define ANALYZER_FINDINGS_QUALITY_H

#include "analyzer/findings/draft.h"

struct quality_settings {
	double long_ms, very_long_ms, buffer_ms; /* B13 */
	uint64_t reports; /* B14 */
	double much_loss, little_loss;
};

struct quality {
	struct draft draft;
	struct quality_settings set;
};

struct quality *quality_new(struct findings *f); /* NULL: out of memory, err set */
void quality_free(struct quality *q); /* NULL allowed */
/* False: environment failed. */
bool quality_media(struct quality *q, const struct leg *leg); /* before its streams are closed */
bool quality_stream(struct quality *q, const struct stream *st); /* it ends */
enum loss_verdict quality_compare_loss(const struct quality *q, double far, double ours);

/* Internal to these files. */
bool quality_delay(struct quality *q, const struct leg *leg);
bool quality_disagreement(struct quality *q, const struct stream *st);

#endif
