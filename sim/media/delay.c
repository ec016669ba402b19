/* What impairment decided about packets of a flow: those that leave later wait here. */
#include "sim/media/machine.h"

#include "base/mem.h"

struct delayed {
	struct wheel_timer timer;
	struct media_flow *flow;
	struct delayed *next, **link; /* of the flow's */
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

static void leave(struct wheel_timer *timer)
{
	struct delayed *d = (struct delayed *)((char *)timer - offsetof(struct delayed, timer));

	media_flow_transmit(d->flow, slice_of(d->bytes, d->n));
	forget(d);
}

static void send_later(struct media_flow *f, struct slice bytes, int64_t out_ns)
{
	struct media *m = f->call->media;
	struct delayed *d = pool_alloc(&m->delayed, sizeof *d + bytes.n);

	if (!d) {
		m->counts.send_errors++;
		return;
	}
	*d = (struct delayed){ .timer.fire = leave, .flow = f, .n = bytes.n };
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

	impair_packet(f->impair, m->loop->now_ns, &fate);
	if (fate.drop) {
		m->counts.rtp_dropped++;
		f->call->rtp_dropped++;
		return;
	}
	if (fate.copies > 1) {
		m->counts.rtp_duplicated++;
		f->call->rtp_duplicated++;
	}
	for (unsigned i = 0; i < fate.copies; i++) {
		if (fate.out_ns[i] <= m->loop->now_ns)
			media_flow_transmit(f, bytes);
		else
			send_later(f, bytes, fate.out_ns[i]);
	}
}

void media_flow_drop_delayed(struct media_flow *f)
{
	struct media *m = f->call->media;

	while (f->delayed) {
		wheel_cancel(&m->loop->wheel, &f->delayed->timer);
		forget(f->delayed);
	}
	mem_free(f->impair);
	f->impair = NULL;
}
