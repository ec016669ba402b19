/* What impairment decided about packets of a flow: those that leave later wait here. */
#include "sim/media/machine.h"

#include "base/mem.h"

struct delayed {
	struct wheel_timer timer;
	struct media_flow *flow;
	struct delayed *next, **link; /* of the flow's */
	uint64_t number; /* in the order of sending, from 1 */
	bool copy; /* the second one */
	size_t n;
	uint8_t bytes[];
};

#define ROOM 256 /* what most packets fit in: longer ones are allocations of their own */

size_t delayed_octets(void)
{
	return sizeof(struct delayed) + ROOM;
}

static void forget(struct delayed *d)
{
	struct media *m = d->flow->call->media;

	*d->link = d->next;
	if (d->next)
		d->next->link = d->link;
	pool_free(&m->delayed, d, sizeof *d + d->n);
}

static uint64_t dropped_of(uint64_t bits)
{
	return (uint64_t)__builtin_popcountll(bits);
}

/* Dropped before the first one that left. */
static uint64_t dropped_before(const struct flow_impair *i, uint64_t number)
{
	uint64_t later = i->offered - number + 1;

	return later < 64 ? dropped_of(i->dropped >> later) : 0;
}

/* Dropped behind the last one that left. */
static uint64_t dropped_behind(const struct flow_impair *i)
{
	uint64_t behind = i->offered - i->last_left;

	return dropped_of(behind < 64 ? i->dropped & ((UINT64_C(1) << behind) - 1) : i->dropped);
}

static void goes(struct media_flow *f, struct slice bytes, uint64_t number, bool copy)
{
	struct flow_impair *i = f->impair;

	if (!i->last_left)
		f->call->rtp_unseen += dropped_before(i, number);
	if (number > i->last_left)
		i->last_left = number;
	if (copy) {
		f->call->media->counts.rtp_duplicated++;
		f->call->rtp_duplicated++;
	}
	media_flow_transmit(f, bytes);
}

static void leave(struct wheel_timer *timer)
{
	struct delayed *d = (struct delayed *)((char *)timer - offsetof(struct delayed, timer));

	goes(d->flow, slice_of(d->bytes, d->n), d->number, d->copy);
	forget(d);
}

static void send_later(struct media_flow *f, struct slice bytes, bool copy, int64_t out_ns)
{
	struct media *m = f->call->media;
	struct delayed *d = pool_alloc(&m->delayed, sizeof *d + bytes.n);

	if (!d) {
		m->counts.send_errors++;
		return;
	}
	*d = (struct delayed){ .timer.fire = leave,
		               .flow = f,
		               .number = f->impair->offered,
		               .copy = copy,
		               .n = bytes.n };
	memcpy(d->bytes, bytes.p, bytes.n);
	d->next = f->delayed;
	d->link = &f->delayed;
	if (d->next)
		d->next->link = &d->next;
	f->delayed = d;
	wheel_arm(&m->loop->wheel, &d->timer, out_ns);
}

void media_flow_impair(struct media_flow *f, struct slice bytes)
{
	struct media *m = f->call->media;
	struct impair_fate fate;

	impair_packet(&f->impair->impair, m->loop->now_ns, &fate);
	f->impair->offered++;
	f->impair->dropped = f->impair->dropped << 1 | fate.drop;
	if (fate.drop) {
		m->counts.rtp_dropped++;
		f->call->rtp_dropped++;
		return;
	}
	for (unsigned i = 0; i < fate.copies; i++) {
		if (fate.out_ns[i] <= m->loop->now_ns)
			goes(f, bytes, f->impair->offered, i > 0);
		else
			send_later(f, bytes, i > 0, fate.out_ns[i]);
	}
}

/* The call is over: what was held back never leaves. */
static void give_up(struct media_flow *f, const struct delayed *d)
{
	uint64_t later = f->impair->offered - d->number;

	if (d->copy)
		return;
	if (later < 64)
		f->impair->dropped |= UINT64_C(1) << later;
	f->call->media->counts.rtp_dropped++;
	f->call->rtp_dropped++;
}

void media_flow_drop_delayed(struct media_flow *f)
{
	struct media *m = f->call->media;

	while (f->delayed) {
		wheel_cancel(&m->loop->wheel, &f->delayed->timer);
		give_up(f, f->delayed);
		forget(f->delayed);
	}
	if (f->impair)
		f->call->rtp_unseen += dropped_behind(f->impair);
	mem_free(f->impair);
	f->impair = NULL;
}
