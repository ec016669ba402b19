/* TCP connections that carry the sessions' messages: whole, split, joined, out of order, sent again. */
#include "tests/helpers/recipe_parts.h"

#define MAX_SEGMENTS 256

struct tcp_link *recipe_tcp_link(struct recipe *r, struct slice name)
{
	for (unsigned i = 0; i < r->tcp_count; i++)
		if (slice_eq(r->tcps[i].name, name))
			return &r->tcps[i];
	recipe_fail(r, "no TCP connection is called '%.*s'", SLICE_ARG(name));
	return NULL;
}

static void segment(struct recipe *r, int64_t time_ns, const struct tcp_link *t, unsigned by,
                    uint32_t seq, uint8_t flags, struct slice data)
{
	struct craft_tcp_header header = { seq, flags & CRAFT_ACK ? t->next_seq[1 - by] : 0,
		                           flags };
	recipe_tcp(r, time_ns, &t->flow[by], &header, data);
}

static void handshake(struct recipe *r, struct tcp_link *t)
{
	int64_t now = r->now_ns;

	segment(r, now, t, 0, t->next_seq[0]++, CRAFT_SYN, SLICE_NONE);
	segment(r, now + NS_PER_MS, t, 1, t->next_seq[1]++, CRAFT_SYN | CRAFT_ACK, SLICE_NONE);
	segment(r, now + 2 * NS_PER_MS, t, 0, t->next_seq[0], CRAFT_ACK, SLICE_NONE);
}

void directive_tcp(struct recipe *r, struct args *a)
{
	struct slice name = args_word(r, a, "the connection's name");
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "who opens it"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "whom to"));

	src.port = (uint16_t)args_whole(r, a, "port", 49152, 65535);
	if (r->tcp_count == RECIPE_MAX_TCP)
		recipe_fail(r, "more than %d TCP connections", RECIPE_MAX_TCP);
	if (r->failed)
		return;
	struct tcp_link *t = &r->tcps[r->tcp_count++];
	*t = (struct tcp_link){ .name = name };
	t->flow[0] = (struct craft_flow){ src.addr, dst.addr, src.port, dst.port, 0 };
	t->flow[1] = (struct craft_flow){ dst.addr, src.addr, dst.port, src.port, 0 };
	t->next_seq[0] = (uint32_t)args_whole(r, a, "seq", 1000, UINT32_MAX);
	t->next_seq[1] = (uint32_t)args_whole(r, a, "their-seq", 5000, UINT32_MAX);
	t->mss = (unsigned)args_whole(r, a, "mss", 1460, 60000);
	if (!args_flag(a, "open-already"))
		handshake(r, t);
}

static unsigned sender(const struct tcp_link *t, struct ip_addr from)
{
	return ip_addr_eq(t->flow[0].src, from) ? 0 : 1;
}

struct writing {
	unsigned by;
	size_t size;
	int64_t gap_ns;
	struct slice data;
	unsigned order[MAX_SEGMENTS], count; /* segment numbers from 1, in order of sending */
};

static void write_segments(struct recipe *r, struct tcp_link *t, const struct writing *w)
{
	uint32_t base = t->next_seq[w->by];
	int64_t time = r->now_ns;

	for (unsigned i = 0; i < w->count; i++, time += w->gap_ns) {
		size_t offset = (size_t)(w->order[i] - 1) * w->size;
		struct slice part = slice_sub(w->data, offset, w->size);
		segment(r, time, t, w->by, base + (uint32_t)offset, CRAFT_PSH | CRAFT_ACK, part);
	}
	t->next_seq[w->by] += (uint32_t)w->data.n;
	segment(r, time, t, 1 - w->by, t->next_seq[1 - w->by], CRAFT_ACK, SLICE_NONE);
}

static bool plan(struct recipe *r, struct writing *w, struct slice order)
{
	size_t segments = (w->data.n + w->size - 1) / w->size;
	struct slice item;

	w->count = 0;
	if (segments > MAX_SEGMENTS)
		return recipe_fail(r, "more than %d segments", MAX_SEGMENTS);
	if (!order.p) {
		for (; w->count < segments; w->count++)
			w->order[w->count] = w->count + 1;
		return true;
	}
	while (slice_split(&order, ',', &item) && !r->failed) {
		unsigned number = (unsigned)recipe_whole(r, item, segments);
		if (number == 0 || w->count == MAX_SEGMENTS)
			return recipe_fail(r, "order= names segments from 1 to %zu", segments);
		w->order[w->count++] = number;
	}
	return !r->failed;
}

void recipe_tcp_write(struct recipe *r, struct tcp_link *t, struct ip_addr from, struct slice text)
{
	struct writing w = {
		.by = sender(t, from), .size = t->mss, .gap_ns = 100 * NS_PER_US, .data = text
	};

	if (!t->holding) {
		if (plan(r, &w, SLICE_NONE))
			write_segments(r, t, &w);
		return;
	}
	struct slice old = t->held[w.by];
	uint8_t *p = recipe_alloc(r, old.n + text.n + 1);
	if (old.n)
		memcpy(p, old.p, old.n);
	memcpy(p + old.n, text.p, text.n);
	t->held[w.by] = slice_of(p, old.n + text.n);
}

void directive_hold(struct recipe *r, struct args *a)
{
	struct tcp_link *t = recipe_tcp_link(r, args_word(r, a, "the connection"));

	if (t)
		t->holding = true;
}

/* Everything held goes out, the opener's first. */
void directive_send(struct recipe *r, struct args *a)
{
	struct tcp_link *t = recipe_tcp_link(r, args_word(r, a, "the connection"));
	struct writing w = { .gap_ns = args_millis(r, a, "gap", NS_PER_MS) };
	struct slice order = args_text(a, "order");

	if (!t)
		return;
	w.size = args_whole(r, a, "size", t->mss, 60000);
	if (w.size == 0)
		recipe_fail(r, "size= is at least 1");
	t->holding = false;
	for (w.by = 0; w.by < 2 && !r->failed; w.by++) {
		w.data = t->held[w.by];
		t->held[w.by] = SLICE_NONE;
		if (w.data.n && plan(r, &w, order))
			write_segments(r, t, &w);
	}
}

void directive_tcp_close(struct recipe *r, struct args *a)
{
	struct tcp_link *t = recipe_tcp_link(r, args_word(r, a, "the connection"));

	if (!t)
		return;
	segment(r, r->now_ns, t, 0, t->next_seq[0]++, CRAFT_FIN | CRAFT_ACK, SLICE_NONE);
	segment(r, r->now_ns + NS_PER_MS, t, 1, t->next_seq[1]++, CRAFT_FIN | CRAFT_ACK,
	        SLICE_NONE);
	segment(r, r->now_ns + 2 * NS_PER_MS, t, 0, t->next_seq[0], CRAFT_ACK, SLICE_NONE);
}
