#include "reports/ladder_columns.h"

/* INVITEs that say who stands left of whom. */
#define MOST_HOPS 10000

/* "192.0.2.1" of "192.0.2.1:5060", "2001:db8::1" of "[2001:db8::1]:5060", a bare address as it is. */
static struct slice address_of(struct slice endpoint)
{
	size_t close = slice_find(endpoint, ']');
	size_t first = slice_find(endpoint, ':');

	if (endpoint.n && endpoint.p[0] == '[' && close != SLICE_NPOS)
		return slice_sub(endpoint, 1, close - 1);
	if (first != SLICE_NPOS && slice_find(slice_from(endpoint, first + 1), ':') == SLICE_NPOS)
		return slice_sub(endpoint, 0, first);
	return endpoint;
}

static bool find_column(const struct ladder_columns *c, struct slice name, unsigned *index)
{
	for (*index = 0; *index < c->count; ++*index)
		if (slice_eq(c->names[*index], name))
			return true;
	return false;
}

/* Media goes to the SIP end of its party if that has the same address, else to the first end that has. */
static bool find_media_column(const struct ladder_columns *c, struct slice address,
                              struct slice sip_end, unsigned *index)
{
	if (!address.p) /* a digit by INFO has no stream */
		return sip_end.p && find_column(c, sip_end, index);
	if (sip_end.p && slice_eq(address_of(sip_end), address) && find_column(c, sip_end, index))
		return true;
	for (*index = 0; *index < c->count; ++*index)
		if (slice_eq(address_of(c->names[*index]), address))
			return true;
	return false;
}

bool ladder_columns_of(const struct ladder_columns *c, const struct call_event *e, bool of_dst,
                       unsigned *index)
{
	struct slice end = of_dst ? e->dst : e->src;
	bool found = e->kind == EVENT_MESSAGE
	                     ? find_column(c, end, index)
	                     : find_media_column(c, end, of_dst ? e->sip_dst : e->sip_src, index);

	if (!found)
		*index = c->count - 1;
	return found;
}

static bool add_column(struct ladder_columns *c, struct slice name, struct arena *arena)
{
	if (c->count == LADDER_MAX_COLUMNS)
		return true;
	if (c->count == LADDER_MAX_COLUMNS - 1)
		name = SLICE_LIT("others");
	if (!arena_keep(arena, name.p ? name : SLICE_LIT("?"), &c->names[c->count]))
		return false;
	c->count++;
	return true;
}

/* In order of appearance. */
static bool collect(struct ladder_columns *c, const struct call_events *events, bool messages,
                    struct arena *arena)
{
	unsigned index;

	for (size_t i = 0; i < events->count; i++) {
		const struct call_event *e = &events->all[i];
		if ((e->kind == EVENT_MESSAGE) != messages)
			continue;
		if (e->src.p && !ladder_columns_of(c, e, false, &index) &&
		    !add_column(c, e->src, arena))
			return false;
		if (e->dst.p && !ladder_columns_of(c, e, true, &index) &&
		    !add_column(c, e->dst, arena))
			return false;
	}
	return true;
}

/* --- order ----------------------------------------------------------------------------------------------------- */

/* bit j of after[i]: column j lies behind column i, by INVITEs that went from i, perhaps over others, to j. */
static void add_hop(uint64_t *after, unsigned count, unsigned from, unsigned to)
{
	if (from == to || after[to] >> from & 1)
		return; /* a re-INVITE from the callee's side, or a loop: who called first decides */
	uint64_t behind = after[to] | UINT64_C(1) << to;
	for (unsigned i = 0; i < count; i++)
		if (i == from || after[i] >> from & 1)
			after[i] |= behind;
}

/* Callers left of whom they call, a host that passes calls on between both; else as they first appear. */
static void sort_columns(struct ladder_columns *c, const uint64_t *after)
{
	struct slice sorted[LADDER_MAX_COLUMNS];
	uint64_t left = c->count == 64 ? UINT64_MAX : (UINT64_C(1) << c->count) - 1;

	for (unsigned n = 0; n < c->count; n++) {
		for (unsigned i = 0; i < c->count; i++) {
			bool has_before = false;
			for (unsigned j = 0; j < c->count; j++)
				has_before |= (left >> j & 1) && (after[j] >> i & 1);
			if ((left >> i & 1) && !has_before) {
				sorted[n] = c->names[i];
				left &= ~(UINT64_C(1) << i);
				break;
			}
		}
	}
	memcpy(c->names, sorted, c->count * sizeof *sorted);
}

static void order(struct ladder_columns *c, const struct call_events *events)
{
	uint64_t after[LADDER_MAX_COLUMNS] = { 0 };
	unsigned from, to, hops = 0;

	if (c->count == LADDER_MAX_COLUMNS) /* the last one is "others" then */
		return;
	for (size_t i = 0; i < events->count && hops < MOST_HOPS; i++) {
		const struct call_event *e = &events->all[i];
		if (e->kind != EVENT_MESSAGE || !slice_eq(e->method, SLICE_LIT("INVITE")))
			continue;
		hops++;
		if (find_column(c, e->src, &from) && find_column(c, e->dst, &to))
			add_hop(after, c->count, from, to);
	}
	sort_columns(c, after);
}

bool ladder_columns_make(struct ladder_columns *c, const struct call_events *events,
                         struct arena *arena, struct err *err)
{
	c->count = 0;
	if (!collect(c, events, true, arena))
		return err_memory(err, "a ladder");
	order(c, events);
	return collect(c, events, false, arena) || err_memory(err, "a ladder");
}

struct slice ladder_columns_short(const struct ladder_columns *c, unsigned index)
{
	struct slice address = address_of(c->names[index]);

	for (unsigned i = 0; i < c->count; i++)
		if (i != index && slice_eq(address_of(c->names[i]), address))
			return c->names[index];
	return address;
}
