#include "analyzer/streams/table.h"

#include "analyzer/findings/findings.h"
#include "analyzer/streams/bind.h"
#include "analyzer/streams/sound.h"
#include "base/duration.h"
#include "base/mem.h"

#include <assert.h>
#include <stddef.h>

#define IDLE_ORPHAN_NS    (60 * NS_PER_S)
#define IDLE_PROBATION_NS (10 * NS_PER_S)

static struct stream *stream_of_order(struct list_node *node)
{
	return ((struct stream_cold *)(void *)((char *)node - offsetof(struct stream_cold, order)))
	        ->stream;
}

struct analysis *stream_analysis(const struct stream *st)
{
	return st->cold->owner->a;
}

/* ---- bounds ---- */

/* The lists are in the order of the last look, not of the last packet: who had packets since then goes to the end again. Every such
 * move is paid for by a packet. */
static struct stream *longest_idle(struct list_node *head)
{
	for (;;) {
		struct stream *st = stream_of_order(head->next);
		if (st->cold->listed_ns == st->seen_ns)
			return st;
		st->cold->listed_ns = st->seen_ns;
		list_move_last(head, &st->cold->order);
	}
}

static void enlist(struct list_node *head, struct stream *st)
{
	st->cold->listed_ns = st->seen_ns;
	list_move_last(head, &st->cold->order);
}

static bool make_room_on_probation(struct streams *s)
{
	if (s->counts.probation < STREAMS_MAX_PROBATION)
		return true;
	s->counts.evicted_at_limit++;
	return flow_close(s, longest_idle(&s->probation));
}

static bool make_room_alive(struct streams *s)
{
	if (s->counts.live < STREAMS_MAX)
		return true;
	s->counts.evicted_at_limit++;
	return flow_close(s, longest_idle(&s->live));
}

/* ---- idle ---- */

static int64_t idle_limit(const struct stream *st)
{
	return st->accepted ? IDLE_ORPHAN_NS : IDLE_PROBATION_NS;
}

/* Lazy: packets do not move the timer, it looks again when it fires. A stream of a call lives as long as the call. */
static void on_idle(struct timer *timer, void *context)
{
	struct stream *st =
	        ((struct stream_cold *)(void *)((char *)timer - offsetof(struct stream_cold, idle)))
	                ->stream;
	struct streams *s = st->cold->owner;
	int64_t due = duration_after(st->seen_ns, idle_limit(st));

	(void)context;
	if (st->media)
		return;
	if (due <= s->a->now_ns) {
		if (!flow_close(s, st))
			analysis_fail(s->a);
	} else if (!timers_arm(&s->a->timers, &st->cold->idle, due)) {
		err_memory(s->a->err, "a timer");
		analysis_fail(s->a);
	}
}

/* ---- memory ---- */

static void give_back(struct streams *s, struct stream *st)
{
	st->cold->next_in_call = s->unused;
	s->unused = st;
}

static bool add_block(struct streams *s)
{
	struct stream_block *block = mem_alloc(sizeof *block);

	if (!block)
		return false;
	block->next = s->blocks;
	s->blocks = block;
	for (unsigned i = STREAMS_PER_BLOCK; i-- > 0;) {
		block->streams[i].cold = &block->cold[i];
		give_back(s, &block->streams[i]);
	}
	return true;
}

static struct stream *take_unused(struct streams *s)
{
	if (!s->unused && !add_block(s))
		return NULL;
	struct stream *st = s->unused;
	s->unused = st->cold->next_in_call;
	return st;
}

void flow_release_memory(struct streams *s)
{
	while (s->blocks) {
		struct stream_block *block = s->blocks;
		s->blocks = block->next;
		mem_free(block);
	}
	histogram_pool_release(&s->jitter_pages);
}

/* ---- life ---- */

static void discard(struct streams *s, struct stream *st)
{
	stream_release(st);
	give_back(s, st);
}

static struct stream *create(struct streams *s, uint64_t hash, const struct flow_key *key,
                             int64_t time_ns, uint8_t dscp)
{
	struct stream *st = take_unused(s);

	if (st)
		stream_init(st, s, key, time_ns, dscp);
	if (!st || !histogram_init(&st->cold->jitter_us, &s->jitter_pages) ||
	    !table_put(&s->flows, hash, st)) {
		if (st)
			discard(s, st);
		err_memory(s->a->err, "an RTP stream");
		return NULL;
	}
	st->seen_ns = s->a->now_ns;
	st->cold->idle.fire = on_idle;
	s->counts.created++;
	s->counts.probation++;
	enlist(&s->probation, st);
	return st;
}

struct stream *flow_open(struct streams *s, uint64_t hash, const struct flow_key *key,
                         int64_t time_ns, uint8_t dscp)
{
	if (!make_room_on_probation(s))
		return NULL;
	struct stream *st = create(s, hash, key, time_ns, dscp);
	if (!st)
		return NULL;
	st->cold->dtls = handshake_seen(&s->handshakes, (struct endpoint){ key->src, key->sport },
	                                (struct endpoint){ key->dst, key->dport });
	st->cold->encrypted = st->cold->dtls;
	bool ok = bind_attach(s, st) && (!st->media || flow_accept(s, st));
	if (ok && !st->media &&
	    !timers_arm(&s->a->timers, &st->cold->idle,
	                duration_after(st->seen_ns, IDLE_PROBATION_NS)))
		ok = err_memory(s->a->err, "a timer");
	if (ok)
		return st;
	flow_free(s, st);
	return NULL;
}

bool flow_accept(struct streams *s, struct stream *st)
{
	if (st->accepted)
		return true;
	if (!make_room_alive(s))
		return false;
	st->accepted = true;
	st->cold->id = s->a->next_stream++;
	s->counts.probation--;
	s->counts.live++;
	s->counts.accepted++;
	s->counts.rtp_packets += st->cold->probation_packets;
	enlist(&s->live, st);
	return !st->media || digits_release_held(st, s->a);
}

void flow_free(struct streams *s, struct stream *st)
{
	bind_detach(s, st);
	list_remove(&st->cold->order);
	table_remove(&s->flows, flow_hash(&st->key), st);
	if (st->accepted)
		s->counts.live--;
	else
		s->counts.probation--;
	discard(s, st);
}

/* Its call hears of it when it is finished. */
static void tell_call(const struct stream *st)
{
	const struct stream_cold *cold = st->cold;
	struct media_heard *heard;

	if (!st->media || cold->bound == BOUND_WAITING || cold->is_video || !st->taken)
		return;
	heard = &st->media->heard[cold->receiver];
	if (heard->first_ns == TIME_NONE || cold->first_ns < heard->first_ns)
		heard->first_ns = cold->first_ns;
	if (heard->last_ns == TIME_NONE || st->last_ns > heard->last_ns)
		heard->last_ns = st->last_ns;
	heard->packets += st->taken;
	heard->paused = heard->paused || st->silent_ticks;
}

bool flow_close(struct streams *s, struct stream *st)
{
	bool ok = true;

	assert(stream_check(st));
	if (st->accepted) {
		tell_call(st);
		if (st->media)
			st->media->sent[!st->cold->receiver] = true;
		ok = sound_finish(st) && stream_finish(st, s->a);
		s->counts.written += ok;
	} else {
		s->counts.probation_dropped++;
	}
	flow_free(s, st);
	return ok;
}
