/* What the capturing machine does to the packets: it sees them twice, misses some, and has a clock of its own. */
#include "tests/helpers/recipe_parts.h"

/* --- twice ---------------------------------------------------------------------------------------------------------- */

void directive_mirror(struct recipe *r, struct args *a)
{
	r->mirror = (struct mirror){ .after_ns = TIME_NONE };
	if (args_flag(a, "off"))
		return;
	r->mirror.after_ns = args_millis(r, a, "after", 10 * NS_PER_US);
	r->mirror.ttl_less = (uint8_t)args_whole(r, a, "ttl-less", 0, 63);
	r->mirror.vlan = (uint16_t)args_whole(r, a, "vlan", 0, 4095);
	r->mirror.new_id = args_flag(a, "new-id");
}

void recipe_add_mirrored(struct recipe *r)
{
	const struct mirror *m = &r->mirror;

	if (m->after_ns == TIME_NONE)
		return;
	struct event *copy = recipe_add_event(r, 0);
	uint64_t order = copy->order;
	*copy = r->events[order - 1];
	copy->order = order;
	copy->time_ns += m->after_ns;
	copy->path.ttl = (uint8_t)(copy->path.ttl - m->ttl_less);
	if (m->new_id)
		copy->flow.ip_id = r->next_ip_id++;
	if (m->vlan) {
		copy->path.tags[0] = (struct craft_tag){ 0x8100, m->vlan };
		copy->path.tag_count = 1;
	}
}

/* --- not at all ----------------------------------------------------------------------------------------------------- */

/* "10.1.0.0/24", "alice" */
static void read_prefix(struct recipe *r, struct slice word, struct capture_gap *g)
{
	size_t slash = slice_find(word, '/');
	struct slice name = slice_sub(word, 0, slash == SLICE_NPOS ? word.n : slash);
	struct host *h = recipe_host_if_any(r, name);

	g->bits = 128;
	if (h)
		g->of = h->addr;
	else if (!ip_addr_parse(name, &g->of))
		recipe_fail(r, "'%.*s' is neither a host nor an address", SLICE_ARG(name));
	if (slash == SLICE_NPOS || r->failed)
		return;
	g->bits = (unsigned)recipe_whole(r, slice_from(word, slash + 1), 128);
	if (ip_addr_is_v4(g->of))
		g->bits += 96;
	if (g->bits > 128)
		recipe_fail(r, "an IPv4 address has 32 bits");
}

void directive_drop_all(struct recipe *r, struct args *a)
{
	struct capture_gap g = { .bits = 0 };
	struct slice of = args_text(a, "of");

	g.from_ns = recipe_time(r, args_word(r, a, "from when on"));
	g.until_ns = recipe_time(r, args_word(r, a, "until when"));
	if (of.p)
		read_prefix(r, of, &g);
	if (r->gap_count == RECIPE_MAX_GAPS)
		recipe_fail(r, "more than %d times of this", RECIPE_MAX_GAPS);
	if (!r->failed)
		r->gaps[r->gap_count++] = g;
}

static bool same_prefix(struct ip_addr a, struct ip_addr b, unsigned bits)
{
	uint8_t x[16], y[16];

	memcpy(x, &a, 16);
	memcpy(y, &b, 16);
	for (unsigned i = 0; i < bits; i++)
		if ((x[i / 8] ^ y[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

bool recipe_missed(const struct recipe *r, const struct event *e)
{
	for (unsigned i = 0; i < r->gap_count; i++) {
		const struct capture_gap *g = &r->gaps[i];
		if (e->time_ns >= g->from_ns && e->time_ns < g->until_ns &&
		    (same_prefix(e->flow.src, g->of, g->bits) ||
		     same_prefix(e->flow.dst, g->of, g->bits)))
			return true;
	}
	return false;
}

void directive_dropped(struct recipe *r, struct args *a)
{
	r->dropped = recipe_whole(r, args_word(r, a, "how many packets were dropped"), UINT32_MAX);
	if (r->format != CRAFT_PCAPNG)
		recipe_fail(r, "only pcapng says what was dropped");
}

/* --- its clock ------------------------------------------------------------------------------------------------------ */

void directive_clock_step(struct recipe *r, struct args *a)
{
	struct clock_step s;

	s.at_ns = recipe_time(r, args_word(r, a, "when the clock is set"));
	s.by_ns = recipe_decimal(r, args_word(r, a, "by how many seconds"), NS_PER_S);
	if (r->clock_step_count == RECIPE_MAX_CUTS)
		recipe_fail(r, "at most %d of these", RECIPE_MAX_CUTS);
	else
		r->clock_steps[r->clock_step_count++] = s;
}

void directive_clock_drift(struct recipe *r, struct args *a)
{
	r->drift_ppm = recipe_decimal(r, args_word(r, a, "parts per million"), 1);
}

void directive_quantum(struct recipe *r, struct args *a)
{
	r->quantum_ns = recipe_decimal(r, args_word(r, a, "milliseconds"), NS_PER_MS);
}

int64_t recipe_stamp(const struct recipe *r, int64_t time_ns)
{
	int64_t stamp = time_ns + time_ns / 1000 * r->drift_ppm / 1000;

	for (unsigned i = 0; i < r->clock_step_count; i++)
		if (time_ns >= r->clock_steps[i].at_ns)
			stamp += r->clock_steps[i].by_ns;
	if (r->quantum_ns > 0)
		stamp -= stamp % r->quantum_ns;
	return stamp;
}
