/* Evidence of one occurrence: the numbers that crossed a threshold and the frames that show it, as one JSON object:
 * {"copies": 7, "threshold": 3, "frames": [12, 15]}. And where something was seen. */
#ifndef ANALYZER_FINDINGS_EVIDENCE_H
#define ANALYZER_FINDINGS_EVIDENCE_H

#include "base/clock.h"
#include "base/text.h"

/* A frame number is one of its capture file. */
struct sighting {
	int64_t capture_id; /* 0: nowhere */
	uint64_t frame;
	int64_t time_ns;
};

static inline bool sighting_is_set(struct sighting s)
{
	return s.capture_id != 0;
}

#define EVIDENCE_MAX_FRAMES 16

struct evidence {
	struct text text;
	uint64_t frames[EVIDENCE_MAX_FRAMES]; /* beyond, the last one is replaced */
	unsigned frame_count;
};

void evidence_init(struct evidence *e);
void evidence_release(struct evidence *e);
void evidence_reset(struct evidence *e);
void evidence_int(struct evidence *e, const char *name, int64_t value);
void evidence_real(struct evidence *e, const char *name,
                   double value); /* three decimals; NAN: left out */
void evidence_text(struct evidence *e, const char *name, struct slice value); /* escaped here */
void evidence_frame(struct evidence *e,
                    struct sighting at); /* in any order; unset ones are left out */
/* The whole object; valid until the next call. */
struct slice evidence_json(const struct evidence *e, struct text *out);

#endif
