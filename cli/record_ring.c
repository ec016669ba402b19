#include "cli/record_ring.h"

#include "base/mem.h"

#define HEADER 32

_Static_assert(sizeof(struct record_entry) <= HEADER, "an entry's octets are 16-aligned");

bool record_ring_init(struct record_ring *r, size_t size)
{
	*r = (struct record_ring){ .size = size };
	r->octets = mem_alloc(size);
	atomic_store(&r->newest_ns, INT64_MIN);
	return r->octets != NULL;
}

void record_ring_release(struct record_ring *r)
{
	mem_free(r->octets);
	r->octets = NULL;
}

static struct record_entry *entry_at(const struct record_ring *r, size_t position)
{
	return (struct record_entry *)(void *)(r->octets + (position & (r->size - 1)));
}

/* Is there room for so much beyond `written`? Asks the reader only when what it said last does not do. */
static bool has_room(struct record_ring *r, size_t written, size_t wanted)
{
	if (written + wanted - r->read_seen <= r->size)
		return true;
	r->read_seen = atomic_load_explicit(&r->read, memory_order_acquire);
	return written + wanted - r->read_seen <= r->size;
}

void *record_ring_reserve(struct record_ring *r, uint32_t kind, int64_t time_ns, size_t length)
{
	size_t written = atomic_load_explicit(&r->written, memory_order_relaxed);
	size_t whole = HEADER + ((length + HEADER - 1) & ~(size_t)(HEADER - 1));
	size_t to_end = r->size - (written & (r->size - 1)), skip = whole > to_end ? to_end : 0;

	if (whole > r->size / 2 || !has_room(r, written, skip + whole)) {
		atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
		return NULL;
	}
	if (skip)
		*entry_at(r, written) =
		        (struct record_entry){ .whole = (uint32_t)skip, .kind = RECORD_RING_SKIP };
	struct record_entry *e = entry_at(r, written + skip);
	*e = (struct record_entry){ .whole = (uint32_t)whole,
		                    .length = (uint32_t)length,
		                    .time_ns = time_ns,
		                    .kind = kind };
	r->ahead = skip + whole;
	return (uint8_t *)e + HEADER;
}

void record_ring_commit(struct record_ring *r)
{
	size_t written = atomic_load_explicit(&r->written, memory_order_relaxed) + r->ahead;
	const struct record_entry *e = entry_at(r, written - r->ahead);

	if (e->kind == RECORD_RING_SKIP)
		e = entry_at(r, written - r->ahead + e->whole);
	atomic_store_explicit(&r->newest_ns, e->time_ns, memory_order_relaxed);
	atomic_store_explicit(&r->written, written, memory_order_release);
}

const struct record_entry *record_ring_front(struct record_ring *r)
{
	size_t read = atomic_load_explicit(&r->read, memory_order_relaxed);

	for (;;) {
		if (read == r->written_seen) {
			r->written_seen = atomic_load_explicit(&r->written, memory_order_acquire);
			if (read == r->written_seen)
				return NULL;
		}
		const struct record_entry *e = entry_at(r, read);
		if (e->kind != RECORD_RING_SKIP)
			return e;
		read += e->whole;
		atomic_store_explicit(&r->read, read, memory_order_release);
	}
}

void record_ring_drop(struct record_ring *r)
{
	size_t read = atomic_load_explicit(&r->read, memory_order_relaxed);

	atomic_store_explicit(&r->read, read + entry_at(r, read)->whole, memory_order_release);
}
