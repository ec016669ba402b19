#include "analyzer/capture/merge.h"

#include "base/mem.h"

#include <assert.h>

static bool is_before(const struct merge_entry *a, const struct merge_entry *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return a->source->index < b->source->index;
}

void merge_check(const struct merge *m)
{
	for (size_t i = 1; i < m->count; i++)
		assert(!is_before(&m->heap[i], &m->heap[(i - 1) / 2]));
	assert(m->open <= m->count);
	(void)m; /* with NDEBUG */
}

bool merge_init(struct merge *m, size_t sources, struct err *err)
{
	*m = (struct merge){ .heap = mem_alloc(sources * sizeof *m->heap) };
	return m->heap || err_memory(err, "the merge of files");
}

void merge_release(struct merge *m)
{
	mem_free(m->heap);
	*m = (struct merge){ .heap = NULL };
}

void merge_add(struct merge *m, struct source *s, int64_t first_ns)
{
	struct merge_entry entry = { .time_ns = first_ns, .source = s };
	size_t at = m->count++;

	while (at > 0 && is_before(&entry, &m->heap[(at - 1) / 2])) {
		m->heap[at] = m->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	m->heap[at] = entry;
}

/* The first entry's time has changed: sinks it to its place. */
static void sink(struct merge *m)
{
	struct merge_entry entry = m->heap[0];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= m->count)
			break;
		if (child + 1 < m->count && is_before(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!is_before(&m->heap[child], &entry))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	if (at > 0)
		m->heap[at] = entry;
}

static void remove_first(struct merge *m)
{
	m->heap[0] = m->heap[--m->count];
	if (m->count > 0)
		sink(m);
}

/* Reads the next packet of the first entry's source and puts the entry in its new place. */
static bool advance(struct merge *m, struct capture_filter *filter, struct err *err)
{
	struct merge_entry *top = &m->heap[0];
	bool reached = top->has_packet;
	enum capture_status status = source_next(top->source, filter, &top->packet, err);

	if (status == CAPTURE_FAILED)
		return false;
	if (status == CAPTURE_END) {
		m->open -= reached;
		remove_first(m);
		return true;
	}
	m->open += !reached;
	top->has_packet = true;
	top->time_ns = top->packet.time_ns;
	if (m->open > MERGE_DESCRIPTORS)
		input_park(&top->source->input);
	sink(m);
	return true;
}

enum capture_status merge_next(struct merge *m, struct capture_filter *filter, struct packet *out,
                               struct err *err)
{
	if (m->given) {
		m->given = false;
		if (!advance(m, filter, err))
			return CAPTURE_FAILED;
	}
	while (m->count > 0 && !m->heap[0].has_packet)
		if (!advance(m, filter, err))
			return CAPTURE_FAILED;
	if (m->count == 0)
		return CAPTURE_END;
	m->given = true;
	*out = m->heap[0].packet;
	return CAPTURE_PACKET;
}
