/* Fragments begin and, all but the last, end on a multiple of 8 octets: a datagram is a buffer and a bitmap of the blocks of 8
 * octets it has. A datagram waits in one list, its key stays in another after it was given; both in order of their birth. */
#include "analyzer/reassembly/ip_defrag.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"

#include <assert.h>

enum {
	DATAGRAM_MAX = 65535,
	BLOCK = 8,
	BLOCKS = 65536 / BLOCK,
	BUFFER_MIN = 2048,
	NESTED_MAX = 4, /* fragments inside a tunnel that was itself fragmented */
};

struct key {
	struct ip_addr src, dst;
	uint32_t id;
	uint32_t protocol; /* RFC 791: part of the key; RFC 8200 4.5: not, so 0 for IPv6 */
};

/* What grows with the datagram, freed as soon as the whole was given. */
struct parts {
	uint64_t have[BLOCKS / 64];
	uint32_t blocks; /* bits set in `have` */
	uint32_t end; /* behind the last octet held */
	uint32_t total; /* known when the last fragment came, else 0 */
	uint32_t capacity;
	uint8_t protocol; /* of the fragment at offset 0 */
	uint8_t *bytes;
};

struct datagram {
	struct key key;
	uint64_t hash;
	int64_t first_ns;
	struct packet_place first_at;
	struct parts *parts; /* NULL: finished */
	struct datagram *older, *newer;
};

struct list {
	struct datagram *oldest, *newest;
	size_t count;
};

struct ip_defrag {
	struct table table; /* both lists by key */
	struct list waiting, finished;
	size_t bytes; /* held by those waiting */
	uint8_t *given; /* what the last DONE borrows from */
	struct packet_place given_first;
	uint64_t seed;
	struct ip_defrag_counts counts;
};

static void list_append(struct list *l, struct datagram *g)
{
	g->older = l->newest;
	g->newer = NULL;
	*(l->newest ? &l->newest->newer : &l->oldest) = g;
	l->newest = g;
	l->count++;
}

static void list_remove(struct list *l, struct datagram *g)
{
	*(g->older ? &g->older->newer : &l->oldest) = g->newer;
	*(g->newer ? &g->newer->older : &l->newest) = g->older;
	l->count--;
}

static size_t parts_size(const struct parts *p)
{
	return sizeof *p + p->capacity;
}

static void parts_free(struct ip_defrag *d, struct datagram *g)
{
	if (!g->parts)
		return;
	d->bytes -= parts_size(g->parts);
	mem_free(g->parts->bytes);
	mem_free(g->parts);
	g->parts = NULL;
}

static void forget(struct ip_defrag *d, struct datagram *g)
{
	list_remove(g->parts ? &d->waiting : &d->finished, g);
	table_remove(&d->table, g->hash, g);
	parts_free(d, g);
	mem_free(g);
}

struct ip_defrag *ip_defrag_new(void)
{
	struct ip_defrag *d = mem_zalloc(sizeof *d);

	if (!d)
		return NULL;
	table_init(&d->table);
	/* Keys come from strangers: where memory happens to lie keeps them from aiming at one slot. */
	d->seed = (uint64_t)(uintptr_t)d;
	return d;
}

void ip_defrag_free(struct ip_defrag *d)
{
	if (!d)
		return;
	while (d->waiting.oldest)
		forget(d, d->waiting.oldest);
	while (d->finished.oldest)
		forget(d, d->finished.oldest);
	table_release(&d->table);
	mem_free(d->given);
	mem_free(d);
}

/* A capture's clock may also jump back: what lies a timeout ahead is as stale as what lies one behind. */
static bool stale(const struct datagram *g, int64_t now_ns)
{
	uint64_t apart = now_ns >= g->first_ns ? (uint64_t)now_ns - (uint64_t)g->first_ns
	                                       : (uint64_t)g->first_ns - (uint64_t)now_ns;
	return apart > (uint64_t)(IP_DEFRAG_TIMEOUT_S * NS_PER_S);
}

static void expire(struct ip_defrag *d, int64_t now_ns)
{
	while (d->waiting.oldest && stale(d->waiting.oldest, now_ns)) {
		forget(d, d->waiting.oldest);
		d->counts.timed_out++;
	}
	while (d->finished.oldest && stale(d->finished.oldest, now_ns))
		forget(d, d->finished.oldest);
}

static void evict_oldest(struct ip_defrag *d)
{
	forget(d, d->waiting.oldest);
	d->counts.evicted++;
}

static struct key key_of(const struct packet_view *view)
{
	bool v4 = ip_addr_is_v4(view->src) && ip_addr_is_v4(view->dst);

	return (struct key){ view->src, view->dst, view->fragment.id,
		             v4 ? view->fragment.protocol : 0 };
}

static bool key_equal(const void *value, const void *key)
{
	const struct key *a = &((const struct datagram *)value)->key, *b = key;

	return a->id == b->id && a->protocol == b->protocol && ip_addr_eq(a->src, b->src) &&
	       ip_addr_eq(a->dst, b->dst);
}

static struct datagram *datagram_new(struct ip_defrag *d, const struct key *key, uint64_t hash,
                                     int64_t time_ns, struct packet_place at)
{
	while (d->waiting.count >= IP_DEFRAG_MAX_DATAGRAMS)
		evict_oldest(d);
	struct datagram *g = mem_zalloc(sizeof *g);
	struct parts *parts = mem_zalloc(sizeof *parts);
	if (!g || !parts || !table_put(&d->table, hash, g)) {
		mem_free(parts);
		mem_free(g);
		return NULL;
	}
	g->key = *key;
	g->hash = hash;
	g->first_ns = time_ns;
	g->first_at = at;
	g->parts = parts;
	d->bytes += parts_size(parts);
	list_append(&d->waiting, g);
	return g;
}

/* Room up to `end`; makes room among all by letting the oldest others go. */
static bool reserve(struct ip_defrag *d, struct datagram *g, uint32_t end)
{
	struct parts *p = g->parts;
	uint32_t capacity = p->capacity ? p->capacity : BUFFER_MIN;

	while (capacity < end)
		capacity *= 2;
	if (capacity != p->capacity) {
		uint8_t *bytes = mem_resize(p->bytes, capacity);
		if (!bytes)
			return false;
		d->bytes += capacity - p->capacity;
		p->bytes = bytes;
		p->capacity = capacity;
	}
	while (d->bytes > IP_DEFRAG_MAX_BYTES) {
		/* Its own turn comes last: one datagram alone is far below the bound. */
		if (d->waiting.oldest == g) {
			list_remove(&d->waiting, g);
			list_append(&d->waiting, g);
		} else {
			evict_oldest(d);
		}
	}
	return true;
}

/* Copies the blocks that are not there yet. Returns how many were new. */
static uint32_t blocks_keep(struct parts *p, uint32_t offset, struct slice payload)
{
	uint32_t added = 0;

	for (size_t at = 0; at < payload.n; at += BLOCK) {
		uint32_t block = (offset + (uint32_t)at) / BLOCK;
		uint64_t bit = UINT64_C(1) << (block % 64);
		if (p->have[block / 64] & bit)
			continue;
		struct slice part = slice_sub(payload, at, BLOCK);
		p->have[block / 64] |= bit;
		memcpy(p->bytes + offset + at, part.p, part.n);
		added++;
	}
	p->blocks += added;
	return added;
}

/* RFC 791: all but the last carry a multiple of 8 octets, and nothing lies beyond the end that the last one sets. A fragment
 * that the capture cut short gives the whole blocks it has. */
static bool fragment_sound(const struct parts *p, const struct ip_fragment *f, uint32_t end)
{
	if (f->payload.n == 0 || end > DATAGRAM_MAX)
		return false;
	if (f->more)
		return !p->total || end <= p->total;
	return p->total ? end == p->total : end >= p->end;
}

static struct slice usable_payload(const struct packet_view *view)
{
	struct slice payload = view->fragment.payload;

	if (view->fragment.more)
		payload.n -= payload.n % BLOCK;
	return payload;
}

static enum ip_defrag_status fragment_keep(struct ip_defrag *d, struct datagram *g,
                                           const struct ip_fragment *f)
{
	struct parts *p = g->parts;
	uint32_t end = f->offset + (uint32_t)f->payload.n;

	if (!reserve(d, g, end))
		return IP_DEFRAG_NO_MEMORY;
	if (!f->more)
		p->total = end;
	if (p->end < end)
		p->end = end;
	if (f->offset == 0 && !(p->have[0] & 1))
		p->protocol = f->protocol;
	if (!blocks_keep(p, f->offset, f->payload))
		d->counts.duplicates++;
	bool whole = p->total && p->blocks == (p->total + BLOCK - 1) / BLOCK;
	return whole ? IP_DEFRAG_DONE : IP_DEFRAG_WAITING;
}

/* The buffer passes to d->given, the key to the list of those finished. */
static enum ip_defrag_status give(struct ip_defrag *d, struct datagram *g, struct packet_view *view)
{
	struct slice whole = { g->parts->bytes, g->parts->total };
	uint8_t protocol = g->parts->protocol;

	mem_free(d->given);
	d->given = g->parts->bytes;
	d->given_first = g->first_at;
	g->parts->bytes = NULL;
	list_remove(&d->waiting, g);
	parts_free(d, g);
	list_append(&d->finished, g);
	if (d->finished.count > IP_DEFRAG_MAX_FINISHED)
		forget(d, d->finished.oldest);
	d->counts.completed++;
	if (packet_dissect_ip_payload(protocol, whole, view) == PARSE_OK)
		return IP_DEFRAG_DONE;
	d->counts.dropped++;
	return IP_DEFRAG_DROPPED;
}

static enum ip_defrag_status drop(struct ip_defrag *d)
{
	d->counts.dropped++;
	return IP_DEFRAG_DROPPED;
}

/* The lists expire from their old end only; where the clock jumped, one that is stale may still be found. */
static struct datagram *find(struct ip_defrag *d, int64_t time_ns, uint64_t hash,
                             const struct key *key)
{
	struct datagram *g = table_get(&d->table, hash, key_equal, key);

	if (!g || !stale(g, time_ns))
		return g;
	d->counts.timed_out += g->parts != NULL;
	forget(d, g);
	return NULL;
}

static enum ip_defrag_status push_one(struct ip_defrag *d, int64_t time_ns, struct packet_place at,
                                      struct packet_view *view)
{
	static const struct parts nothing;
	struct key key = key_of(view);
	uint64_t hash = hash_bytes(&key, sizeof key, d->seed);
	struct ip_fragment fragment = view->fragment;

	fragment.payload = usable_payload(view);
	struct datagram *g = find(d, time_ns, hash, &key);
	if (g && !g->parts) {
		d->counts.duplicates++;
		return IP_DEFRAG_DROPPED;
	}
	if (!fragment_sound(g ? g->parts : &nothing, &fragment,
	                    fragment.offset + (uint32_t)fragment.payload.n))
		return drop(d);
	if (!g)
		g = datagram_new(d, &key, hash, time_ns, at);
	if (!g)
		return IP_DEFRAG_NO_MEMORY;
	enum ip_defrag_status status = fragment_keep(d, g, &fragment);
	return status == IP_DEFRAG_DONE ? give(d, g, view) : status;
}

enum ip_defrag_status ip_defrag_push(struct ip_defrag *d, int64_t time_ns, struct packet_place at,
                                     struct packet_view *view)
{
	assert(view->transport == TRANSPORT_FRAGMENT);
	expire(d, time_ns);
	/* The whole may be a tunnel that carries a fragment; what is kept of it is copied before d->given changes. */
	for (int nested = 0; nested < NESTED_MAX; nested++) {
		enum ip_defrag_status status = push_one(d, time_ns, at, view);
		if (status != IP_DEFRAG_DONE || view->transport != TRANSPORT_FRAGMENT)
			return status;
		at = d->given_first;
	}
	return drop(d);
}

struct packet_place ip_defrag_first(const struct ip_defrag *d)
{
	return d->given_first;
}

struct ip_defrag_counts ip_defrag_counts(const struct ip_defrag *d)
{
	struct ip_defrag_counts counts = d->counts;

	counts.waiting = d->waiting.count;
	return counts;
}

static bool parts_check(const struct parts *p)
{
	uint32_t blocks = 0;

	for (size_t i = 0; i < BLOCKS / 64; i++)
		blocks += (uint32_t)__builtin_popcountll(p->have[i]);
	return blocks == p->blocks && p->end <= p->capacity && (!p->total || p->end == p->total) &&
	       !(p->total && blocks >= (p->total + BLOCK - 1) / BLOCK);
}

bool ip_defrag_check(const struct ip_defrag *d)
{
	size_t bytes = 0, waiting = 0, finished = 0;

	for (const struct datagram *g = d->waiting.oldest; g; g = g->newer, waiting++) {
		if (!g->parts || !parts_check(g->parts))
			return false;
		bytes += parts_size(g->parts);
	}
	for (const struct datagram *g = d->finished.oldest; g; g = g->newer, finished++)
		if (g->parts)
			return false;
	return bytes == d->bytes && bytes <= IP_DEFRAG_MAX_BYTES && waiting == d->waiting.count &&
	       finished == d->finished.count && waiting <= IP_DEFRAG_MAX_DATAGRAMS &&
	       finished <= IP_DEFRAG_MAX_FINISHED && table_check(&d->table) &&
	       d->table.count == waiting + finished;
}
