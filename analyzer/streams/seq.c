#include "analyzer/streams/seq.h"

#include <stdlib.h>

#define ONE ((unsigned __int128)1)

/* The number so far behind max is bad, if anything is: burst.h wants to hear of it. */
static __attribute__((noinline)) void leave_bad(struct seq *s, int behind)
{
	burst_next(&s->burst, s->came >> behind & 1, s->late >> behind & 1, s->base,
	           s->max - behind);
}

static void leave_oldest(struct seq *s)
{
	bool good = s->came >> (SEQ_WINDOW - 1) && !(s->late >> (SEQ_WINDOW - 1));

	if (!good && s->max - s->base >= SEQ_WINDOW - 1)
		leave_bad(s, SEQ_WINDOW - 1);
}

/* Numbers more than a window behind the new max were never in the window, and cannot come any more. */
static __attribute__((noinline)) void leave_unseen(struct seq *s, uint32_t count)
{
	burst_bad(&s->burst, s->base, s->max + 1 - SEQ_WINDOW, count, true);
	s->max += count;
}

static void advance(struct seq *s, uint32_t distance)
{
	uint32_t steps = distance < SEQ_WINDOW ? distance : SEQ_WINDOW;

	for (uint32_t i = 0; i < steps; i++) {
		leave_oldest(s);
		s->came <<= 1;
		s->late <<= 1;
		s->max++;
	}
	if (distance > steps)
		leave_unseen(s, distance - steps);
	s->came |= ONE;
}

static struct seq_step forward(struct seq *s, uint32_t distance)
{
	advance(s, distance);
	s->packets++;
	s->lost += distance - 1;
	return (struct seq_step){ distance == 1 ? SEQ_NEXT : SEQ_GAP, distance - 1, s->max };
}

static struct seq_step backward(struct seq *s, uint32_t distance)
{
	int64_t number = s->max - distance;
	uint32_t missing = 0;

	if (s->came >> distance & 1) {
		s->duplicates++;
		return (struct seq_step){ SEQ_DUPLICATE, 0, number };
	}
	s->came |= ONE << distance;
	s->packets++;
	s->reordered++;
	if (number < s->base) {
		/* The capture began between two swapped packets: the segment begins earlier than we thought. */
		missing = (uint32_t)(s->base - number - 1);
		s->lost += missing;
		s->base = number;
	} else {
		s->lost--;
	}
	return (struct seq_step){ SEQ_REORDERED, missing, number };
}

static void flush_window(struct seq *s)
{
	int64_t oldest = s->max - s->base;

	for (int64_t i = oldest < SEQ_WINDOW ? oldest : SEQ_WINDOW - 1; i >= 0; i--)
		leave_bad(s, (int)i);
	burst_segment(&s->burst, s->base, s->max);
}

static void begin(struct seq *s, int64_t number)
{
	s->base = s->max = number;
	s->came = ONE;
	s->late = 0;
	s->packets++;
	s->segments++;
}

/* Extended numbers keep growing over a restart, so that they still tell earlier from later. `distance`: of the second packet from the
 * one that waits; the network may have swapped them. */
static struct seq_step restart(struct seq *s, int distance)
{
	int64_t cycle = (s->max & ~INT64_C(0xffff)) + 2 * 0x10000;
	struct seq_step second;

	flush_window(s);
	s->has_waiting = false;
	begin(s, cycle + s->waiting);
	second = distance > 0 ? forward(s, (uint32_t)distance) : backward(s, (uint32_t)-distance);
	second.kind = SEQ_RESTART;
	return second;
}

static void drop_waiting(struct seq *s)
{
	s->ignored += s->has_waiting;
	s->has_waiting = false;
}

static struct seq_step far(struct seq *s, uint16_t number)
{
	if (s->has_waiting && number == s->waiting) {
		s->duplicates++;
		return (struct seq_step){ SEQ_DUPLICATE, 0, s->max };
	}
	int distance = (int16_t)(uint16_t)(number - s->waiting);
	if (s->has_waiting && abs(distance) <= SEQ_RESTART_NEAR)
		return restart(s, distance);
	drop_waiting(s);
	s->has_waiting = true;
	s->waiting = number;
	return (struct seq_step){ SEQ_FAR, 0, s->max };
}

struct seq_step seq_push(struct seq *s, uint16_t number)
{
	if (!s->segments) {
		begin(s, 0x10000 + (int64_t)number);
		return (struct seq_step){ SEQ_FIRST, 0, s->max };
	}
	uint16_t ahead = (uint16_t)(number - (uint64_t)s->max);
	uint16_t behind = (uint16_t)((uint64_t)s->max - number);
	if (ahead >= SEQ_MAX_DROPOUT && behind >= SEQ_MAX_MISORDER)
		return far(s, number);
	drop_waiting(s);
	return behind < SEQ_MAX_MISORDER ? backward(s, behind) : forward(s, ahead);
}

void seq_mark_late(struct seq *s, int64_t number)
{
	int64_t behind = s->max - number;

	if (behind >= 0 && behind < SEQ_WINDOW)
		s->late |= ONE << behind;
}

void seq_new_segment(struct seq *s)
{
	s->segments++;
}

void seq_finish(struct seq *s)
{
	drop_waiting(s);
	if (s->segments)
		flush_window(s);
}

bool seq_check(const struct seq *s)
{
	if (!s->segments)
		return !s->packets && !s->lost && !s->ignored;
	if (s->base > s->max || !(s->came & 1) || s->late & ~s->came)
		return false;
	int64_t size = s->max - s->base + 1;
	if (size < SEQ_WINDOW && s->came >> size)
		return false;
	return s->reordered < s->packets && s->segments <= s->packets;
}
