/* Which packets of a stream came, and when every 32nd of them did, kept so densely that another capture of the same stream can be laid
 * beside it: `milliwatt compare` of two taps. Only in runs with --marks. The octets' form is reports/compare/marks.h.
 *
 * Sequence numbers are taken in blocks of STREAM_MARK_EVERY; the newest MARKS_WINDOW blocks are open, since a late packet may still come
 * (seq.h takes none that is SEQ_MAX_MISORDER behind), then they are told. A block of which all came costs three octets. */
#ifndef ANALYZER_STREAMS_MARKS_H
#define ANALYZER_STREAMS_MARKS_H

#include "reports/records/store.h"

#define MARKS_WINDOW 8
/* Octets of one stream, about four hours of 20 ms packets. What comes later is not told: stream_marks.complete is 0. */
#define MARKS_MAX (64u << 10)
/* All streams that are open at the same time share this much; beyond, none grows any more. */
#define MARKS_ALL_MAX ((size_t)256 << 20)

/* All zero: nothing came. */
struct marks {
	uint8_t *octets;
	uint32_t n, capacity;
	bool full; /* not all was told */
	int64_t newest; /* number of the newest open block + 1 */
	int64_t told; /* number of the last one told + 1 */
	int64_t last_us,
	        step_us; /* of the marks told: the last one, and how long after the one before */
	int64_t count; /* of marks told */
	uint32_t
	        came[MARKS_WINDOW]; /* bit i: of number 32 * block + i; block modulo MARKS_WINDOW */
	int64_t time_us[MARKS_WINDOW]; /* of the first number of the block, where that came */
};

/* The first copy of the packet with this extended number (seq.h). `used`: octets that all streams' marks have. False: out of memory. */
bool marks_push(struct marks *m, int64_t number, int64_t time_ns, size_t *used);
/* No more packets. */
bool marks_finish(struct marks *m, size_t *used);
void marks_release(struct marks *m, size_t *used);

#endif
