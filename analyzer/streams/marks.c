#include "analyzer/streams/marks.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

#define BLOCK_MOST 32 /* octets of one that is told */
#define LEAST_ROOM 64

static bool has_room(struct marks *m, size_t *used, bool *failed)
{
	uint32_t wanted = m->capacity ? 2 * m->capacity : LEAST_ROOM;

	if (m->n + BLOCK_MOST <= m->capacity)
		return true;
	if (wanted > MARKS_MAX || *used + wanted - m->capacity > MARKS_ALL_MAX)
		return false;
	uint8_t *octets = mem_resize(m->octets, wanted);
	*failed = !octets;
	if (!octets)
		return false;
	*used += wanted - m->capacity;
	m->octets = octets;
	m->capacity = wanted;
	return true;
}

static void put(struct marks *m, uint64_t value)
{
	while (value >= 0x80) {
		m->octets[m->n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	m->octets[m->n++] = (uint8_t)value;
}

static void put_missing(struct marks *m, uint32_t missing)
{
	for (unsigned i = 0; i < 4; i++)
		m->octets[m->n++] = (uint8_t)(missing >> 8 * i);
}

/* Packets come evenly: told is by how much a mark's distance from the one before differs from the distance before. */
static void put_time(struct marks *m, int64_t time_us)
{
	int64_t step = (int64_t)((uint64_t)time_us - (uint64_t)m->last_us);
	int64_t odd = (int64_t)((uint64_t)step - (uint64_t)m->step_us);

	put(m, (uint64_t)odd << 1 ^ (uint64_t)(odd >> 63));
	m->step_us = m->count ? step : 0;
	m->last_us = time_us;
	m->count++;
}

/* False: out of memory. */
static bool tell(struct marks *m, int64_t block, size_t *used)
{
	unsigned at = (unsigned)block % MARKS_WINDOW;
	uint32_t missing = ~m->came[at];
	bool failed = false, timed = m->came[at] & 1;

	if (!m->came[at] || m->full)
		return true;
	if (!has_room(m, used, &failed)) {
		m->full = true;
		return !failed;
	}
	put(m, (uint64_t)(block - m->told) << 2 | (uint64_t)timed << 1 | (missing != 0));
	m->told = block + 1;
	if (missing)
		put_missing(m, missing);
	if (timed)
		put_time(m, m->time_us[at]);
	return true;
}

/* Opens `block`, the newest from now on, and tells those that leave the window. */
static bool advance(struct marks *m, int64_t block, size_t *used)
{
	int64_t oldest = m->newest > MARKS_WINDOW ? m->newest - MARKS_WINDOW : 0;
	int64_t keep = block + 1 - MARKS_WINDOW;
	bool ok = true;

	for (int64_t i = oldest; i < m->newest && i < keep; i++) {
		ok = tell(m, i, used) && ok;
		m->came[(unsigned)i % MARKS_WINDOW] = 0;
	}
	m->newest = block + 1;
	return ok;
}

bool marks_push(struct marks *m, int64_t number, int64_t time_ns, size_t *used)
{
	int64_t block = number / STREAM_MARK_EVERY;
	unsigned at = (unsigned)block % MARKS_WINDOW;
	bool ok = block < m->newest || advance(m, block, used);

	if (block <= m->newest - 1 - MARKS_WINDOW)
		return ok;
	m->came[at] |= UINT32_C(1) << number % STREAM_MARK_EVERY;
	if (number % STREAM_MARK_EVERY == 0)
		m->time_us[at] = clock_us(time_ns);
	return ok;
}

bool marks_finish(struct marks *m, size_t *used)
{
	return advance(m, m->newest - 1 + MARKS_WINDOW, used);
}

void marks_release(struct marks *m, size_t *used)
{
	*used -= m->capacity;
	mem_free(m->octets);
	*m = (struct marks){ 0 };
}
