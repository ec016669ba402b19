/* stream_marks.marks: which packets of a stream came, and when every 32nd did (written by analyzer/streams/marks.c).
 *
 * Sequence numbers are extended over wraps; a tap extends them from what it saw first, so two taps agree in the low 16 bits only. They
 * stand in blocks of STREAM_MARK_EVERY, of which only those are told that have a packet, in ascending order. Of each:
 *
 *   head     LEB128 of (step - 1) << 2 | timed << 1 | partial; step: from the number of the block before, of the first from -1
 *   missing  only if partial: four octets, the lowest first; bit i: packet 32 * block + i did not come
 *   time     only if timed, that is if the block's first packet came: LEB128 of a zigzag number, by how much this mark's distance from
 *            the one before differs from the distance before, in us (the first one's from 0, the second one's from a distance of 0)
 *
 * LEB128: seven bits an octet, the lowest first, the high bit says that more follow. */
#ifndef REPORTS_COMPARE_MARKS_H
#define REPORTS_COMPARE_MARKS_H

#include "base/slice.h"
#include "reports/records/store.h"

struct mark_block {
	int64_t number; /* of the block: its first packet's number is this times STREAM_MARK_EVERY */
	uint32_t came; /* bit i: of the i-th packet */
	int64_t time_us; /* of the first packet; RECORD_NULL: it did not come */
};

struct marks_reader {
	struct slice rest;
	int64_t number, last_us, step_us;
	bool any;
	bool broken; /* these are no marks */
};

void marks_read(struct marks_reader *r, struct slice octets);
/* False: the end, or it is broken. */
bool marks_next(struct marks_reader *r, struct mark_block *out);

#endif
