/* The table of directions. tcp_direction.c puts one in order, tcp_pending.c holds what came too early, tcp_framer.c makes
 * messages of what is in order. */
#include "analyzer/reassembly/tcp_stream.h"

#include "analyzer/reassembly/tcp_direction.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"

#include <assert.h>

struct tcp_streams {
	struct tcp_common common;
	struct table table;
	struct tcp_direction *oldest, *newest;
	uint64_t seed;
};

static void list_remove(struct tcp_streams *t, struct tcp_direction *d)
{
	*(d->older ? &d->older->newer : &t->oldest) = d->newer;
	*(d->newer ? &d->newer->older : &t->newest) = d->older;
}

static void list_append(struct tcp_streams *t, struct tcp_direction *d)
{
	d->older = t->newest;
	d->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = d;
	t->newest = d;
}

static void forget(struct tcp_streams *t, struct tcp_direction *d)
{
	tcp_direction_empty(&t->common, d, false);
	list_remove(t, d);
	table_remove(&t->table, d->hash, d);
	mem_free(d);
}

struct tcp_streams *tcp_streams_new(tcp_message_fn *message, void *context)
{
	struct tcp_streams *t = mem_zalloc(sizeof *t);

	if (!t)
		return NULL;
	table_init(&t->table);
	timers_init(&t->common.holes);
	t->common.message = message;
	t->common.context = context;
	/* Keys come from strangers: where memory happens to lie keeps them from aiming at one slot. */
	t->seed = (uint64_t)(uintptr_t)t;
	return t;
}

void tcp_streams_free(struct tcp_streams *t)
{
	if (!t)
		return;
	while (t->oldest)
		forget(t, t->oldest);
	table_release(&t->table);
	timers_release(&t->common.holes);
	mem_free(t);
}

static uint32_t ports_of(uint16_t source, uint16_t destination)
{
	return (uint32_t)source << 16 | destination;
}

static bool key_equal(const void *value, const void *key)
{
	const struct tcp_key *a = &((const struct tcp_direction *)value)->key, *b = key;

	return a->ports == b->ports && ip_addr_eq(a->src, b->src) && ip_addr_eq(a->dst, b->dst);
}

static uint64_t key_hash(const struct tcp_streams *t, const struct tcp_key *key)
{
	return hash_bytes(key, sizeof *key, t->seed);
}

/* For a hole given up without a segment of its own direction. */
static struct packet_view own_view(const struct tcp_direction *d)
{
	return (struct packet_view){
		.src = d->key.src,
		.dst = d->key.dst,
		.sport = (uint16_t)(d->key.ports >> 16),
		.dport = (uint16_t)d->key.ports,
		.transport = TRANSPORT_TCP,
	};
}

/* What befell one direction does not matter to the segment of another. */
static enum tcp_push_status aside(enum tcp_push_status status)
{
	return status == TCP_PUSH_FOREIGN ? TCP_PUSH_OK : status;
}

struct hole_round {
	struct tcp_streams *t;
	int64_t now_ns;
	enum tcp_push_status status;
};

static void hole_too_old(struct timer *timer, void *context)
{
	struct tcp_direction *d = (struct tcp_direction *)timer;
	struct hole_round *round = context;
	struct packet_view view = own_view(d);
	struct tcp_step s = { &round->t->common, round->now_ns, { 0 }, &view };

	if (round->status != TCP_PUSH_OK)
		return;
	round->status = aside(tcp_direction_give_up(&s, d, TCP_STREAM_GAP_S));
	if (round->status == TCP_PUSH_OK && !tcp_direction_watch(s.t, d))
		round->status = TCP_PUSH_NO_MEMORY;
}

static enum tcp_push_status give_up_old_holes(struct tcp_streams *t, int64_t now_ns)
{
	struct hole_round round = { t, now_ns, TCP_PUSH_OK };

	timers_advance(&t->common.holes, now_ns, &round);
	return round.status;
}

enum tcp_push_status tcp_streams_finish(struct tcp_streams *t)
{
	return give_up_old_holes(t, INT64_MAX);
}

static enum tcp_push_status ack_seen(struct tcp_streams *t, int64_t now_ns,
                                     const struct packet_view *view)
{
	struct tcp_key key = { view->dst, view->src, ports_of(view->dport, view->sport), 0 };
	struct tcp_direction *d = table_get(&t->table, key_hash(t, &key), key_equal, &key);

	if (!d)
		return TCP_PUSH_OK;
	struct packet_view other = own_view(d);
	struct tcp_step s = { &t->common, now_ns, { 0 }, &other };
	enum tcp_push_status status = aside(tcp_direction_acked(&s, d, view->tcp.ack));
	return status == TCP_PUSH_OK && !tcp_direction_watch(s.t, d) ? TCP_PUSH_NO_MEMORY : status;
}

static bool idle(const struct tcp_direction *d, int64_t now_ns)
{
	/* A capture's clock may also jump back. */
	uint64_t apart = now_ns >= d->last_ns ? (uint64_t)now_ns - (uint64_t)d->last_ns
	                                      : (uint64_t)d->last_ns - (uint64_t)now_ns;
	return apart > (uint64_t)(TCP_STREAM_IDLE_S * NS_PER_S);
}

static void evict_oldest(struct tcp_streams *t)
{
	forget(t, t->oldest);
	t->common.counts.evicted++;
}

static struct tcp_direction *direction_new(struct tcp_streams *t, const struct tcp_key *key,
                                           uint64_t hash)
{
	while (t->table.count >= TCP_STREAM_MAX_DIRECTIONS)
		evict_oldest(t);
	struct tcp_direction *d = mem_zalloc(sizeof *d);
	if (!d || !table_put(&t->table, hash, d)) {
		mem_free(d);
		return NULL;
	}
	d->hole.fire = hole_too_old;
	d->key = *key;
	d->hash = hash;
	list_append(t, d);
	return d;
}

/* Without a SYN or data there is nothing to remember; one zero octet is a keep-alive's (RFC 9293 3.8.4), its place a guess. */
static bool begins_nothing(const struct packet_view *view)
{
	struct slice data = view->payload;

	return !view->tcp.syn && (data.n == 0 || (data.n == 1 && data.p[0] == 0));
}

static enum tcp_push_status direction_push(struct tcp_streams *t, struct tcp_direction *d,
                                           int64_t time_ns, struct packet_place at,
                                           const struct packet_view *view)
{
	struct tcp_step s = { &t->common, time_ns, at, view };

	list_remove(t, d);
	list_append(t, d);
	d->last_ns = time_ns;
	enum tcp_push_status status = tcp_direction_push(&s, d);
	if (!tcp_direction_watch(&t->common, d))
		status = TCP_PUSH_NO_MEMORY;
	while (t->common.held > TCP_STREAM_MAX_TOTAL && t->oldest != d)
		evict_oldest(t);
	return status;
}

enum tcp_push_status tcp_streams_push(struct tcp_streams *t, int64_t time_ns,
                                      struct packet_place at, const struct packet_view *view)
{
	struct tcp_key key = { view->src, view->dst, ports_of(view->sport, view->dport), 0 };
	uint64_t hash = key_hash(t, &key);
	enum tcp_push_status status = TCP_PUSH_OK;

	assert(view->transport == TRANSPORT_TCP);
	t->common.counts.segments++;
	if (timers_next(&t->common.holes) <= time_ns)
		status = give_up_old_holes(t, time_ns);
	if (status == TCP_PUSH_OK && view->tcp.ack_set && t->common.holes.count)
		status = ack_seen(t, time_ns, view);
	if (status != TCP_PUSH_OK)
		return status;
	while (t->oldest && idle(t->oldest, time_ns))
		forget(t, t->oldest);
	struct tcp_direction *d = table_get(&t->table, hash, key_equal, &key);
	if (!d && begins_nothing(view))
		return TCP_PUSH_OK;
	if (!d)
		d = direction_new(t, &key, hash);
	return d ? direction_push(t, d, time_ns, at, view) : TCP_PUSH_NO_MEMORY;
}

struct tcp_counts tcp_streams_counts(const struct tcp_streams *t)
{
	struct tcp_counts counts = t->common.counts;

	counts.directions = t->table.count;
	return counts;
}

bool tcp_streams_check(const struct tcp_streams *t)
{
	size_t held = 0, count = 0;

	for (const struct tcp_direction *d = t->oldest; d; d = d->newer) {
		if (!tcp_direction_check(d))
			return false;
		held += tcp_direction_held(d);
		count++;
	}
	return held == t->common.held && held <= TCP_STREAM_MAX_TOTAL && count == t->table.count &&
	       count <= TCP_STREAM_MAX_DIRECTIONS && table_check(&t->table) &&
	       timers_check(&t->common.holes);
}
