#include "sim/transport/memory.h"

#include "base/mem.h"

#include <assert.h>

/* --- who is where ------------------------------------------------------------------------------------------------- */

static bool is_of_connections(enum bound_kind kind)
{
	return kind == BOUND_LISTENER || kind == BOUND_CONNECTION;
}

static uint64_t hash_of(bool connection, struct endpoint local, struct endpoint remote)
{
	return hash_mix(endpoint_hash(local), connection ? ~endpoint_hash(remote) : 1);
}

struct bound_key {
	bool connection;
	struct endpoint local, remote;
};

static bool is_bound(const void *value, const void *key)
{
	const struct bound *b = value;
	const struct bound_key *k = key;

	return endpoint_eq(b->local, k->local) && is_of_connections(b->kind) == k->connection &&
	       (!k->connection || endpoint_eq(b->remote, k->remote));
}

struct bound *memory_find(const struct memory_network *n, bool connection, struct endpoint local,
                          struct endpoint remote)
{
	struct bound_key key = { connection, local, remote };

	return table_get(&n->bound, hash_of(connection, local, remote), is_bound, &key);
}

bool memory_bind(struct memory_network *n, struct bound *b)
{
	bool connection = is_of_connections(b->kind);

	return !memory_find(n, connection, b->local, b->remote) &&
	       table_put(&n->bound, hash_of(connection, b->local, b->remote), b);
}

void memory_unbind(struct memory_network *n, struct bound *b)
{
	table_remove(&n->bound, hash_of(is_of_connections(b->kind), b->local, b->remote), b);
}

#define FIRST_FREE_PORT 32768

uint16_t memory_free_port(struct memory_network *n, bool connection, struct ip_addr addr,
                          struct endpoint remote)
{
	for (unsigned i = 0; i < UINT16_MAX - FIRST_FREE_PORT; i++) {
		struct endpoint local = { addr, n->next_port };
		n->next_port =
		        n->next_port == UINT16_MAX ? FIRST_FREE_PORT : (uint16_t)(n->next_port + 1);
		if (!memory_find(n, connection, local, remote))
			return local.port;
	}
	return 0;
}

/* --- what is under way -------------------------------------------------------------------------------------------- */

/* Flights one behind the other: octets stay where they are until they have arrived, whatever is sent meanwhile. */
struct flight_block {
	struct flight_block *next;
	size_t capacity, end, begin;
	_Alignas(16) uint8_t octets[];
};

#define BLOCK_OCTETS (256u << 10)

static size_t padded(size_t octets)
{
	return (octets + 15) & ~(size_t)15;
}

static struct flight_block *new_block(struct memory_network *n, size_t least)
{
	struct flight_block *b = n->spare;

	if (b && b->capacity >= least) {
		n->spare = NULL;
		b->begin = b->end = 0;
		b->next = NULL;
		return b;
	}
	if (least < BLOCK_OCTETS)
		least = BLOCK_OCTETS;
	b = mem_alloc(sizeof *b + least);
	if (b)
		*b = (struct flight_block){ .capacity = least };
	return b;
}

/* Room for a flight behind the last one; NULL: no memory, or too much. */
static struct flight *add_flight(struct memory_network *n, size_t length)
{
	size_t whole = padded(sizeof(struct flight)) + padded(length);
	struct flight_block *b = n->last;

	if (n->under_way + whole > MEMORY_MOST_UNDER_WAY)
		return NULL;
	if (!b || b->capacity - b->end < whole) {
		b = new_block(n, whole);
		if (!b)
			return NULL;
		*(n->last ? &n->last->next : &n->first) = b;
		n->last = b;
	}
	struct flight *f = (struct flight *)(void *)(b->octets + b->end);
	b->end += whole;
	n->under_way += whole;
	return f;
}

/* A block behind an empty one: what had to be added was larger than it. */
static void skip_empty(struct memory_network *n)
{
	struct flight_block *b = n->first;

	if (!b || b->begin < b->end || !b->next)
		return;
	n->first = b->next;
	mem_free(b);
}

static struct flight *first_flight(const struct memory_network *n)
{
	const struct flight_block *b = n->first;

	return b && b->begin < b->end ? (struct flight *)(void *)(b->octets + b->begin) : NULL;
}

static void drop_first(struct memory_network *n)
{
	struct flight_block *b = n->first;
	size_t whole = padded(sizeof(struct flight)) + padded(first_flight(n)->length);

	b->begin += whole;
	n->under_way -= whole;
	if (b->begin < b->end)
		return;
	if (!b->next) {
		b->begin = b->end = 0;
		return;
	}
	n->first = b->next;
	mem_free(n->spare);
	n->spare = b;
}

bool memory_send(struct memory_network *n, enum flight_kind kind, bool of_connection,
                 struct endpoint from, struct endpoint to, struct slice bytes)
{
	struct flight *f = bytes.n <= UINT32_MAX / 2 ? add_flight(n, bytes.n) : NULL;

	if (!f) {
		n->dropped++;
		return false;
	}
	*f = (struct flight){ .due_ns = n->loop->now_ns + n->latency_ns,
		              .hash = hash_of(of_connection, to, from),
		              .from = from,
		              .to = to,
		              .length = (uint32_t)bytes.n,
		              .kind = (uint8_t)kind,
		              .of_connection = of_connection };
	if (bytes.n)
		memcpy((uint8_t *)f + padded(sizeof *f), bytes.p, bytes.n);
	if (!wheel_timer_armed(&n->timer))
		wheel_arm(&n->loop->wheel, &n->timer, f->due_ns);
	return true;
}

/* --- arriving ----------------------------------------------------------------------------------------------------- */

struct media_bound {
	struct bound bound;
	struct media_port *port;
};

static struct bound *datagram_goes_to(const struct memory_network *n, const struct flight *f)
{
	struct bound_key key = { false, f->to, f->from };

	return f->of_connection ? NULL : table_get(&n->bound, f->hash, is_bound, &key);
}

static const struct flight *behind(const struct flight_block *b, const struct flight *f)
{
	const uint8_t *next = (const uint8_t *)f + padded(sizeof *f) + padded(f->length);

	return next < b->octets + b->end ? (const struct flight *)(const void *)next : NULL;
}

/* Thousands of streams, each untouched for 20 ms: what the next ones will need is fetched while this one is worked on. Of the third behind it the
 * slot of the table, of the second who is bound there, of the next one the port. */
static void fetch_ahead(const struct memory_network *n, const struct flight *f)
{
	const struct flight *next = behind(n->first, f);
	const struct flight *second = next ? behind(n->first, next) : NULL;
	const struct flight *third = second ? behind(n->first, second) : NULL;
	const struct bound *b;

	if (third)
		table_prefetch(&n->bound, third->hash);
	if (second && n->bound.capacity)
		__builtin_prefetch(n->bound.slots[second->hash & (n->bound.capacity - 1)].value);
	b = next ? datagram_goes_to(n, next) : NULL;
	if (b && b->kind == BOUND_MEDIA)
		mem_prefetch(((const struct media_bound *)(const void *)b)->port, 128);
}

static void arrive(struct memory_network *n, const struct flight *f)
{
	struct slice bytes = slice_of((const uint8_t *)f + padded(sizeof *f), f->length);
	const struct bound *b = datagram_goes_to(n, f);

	n->delivered++;
	if (b && b->kind == BOUND_MEDIA) {
		if (f->kind == FLIGHT_DATAGRAM)
			media_port_arrived(((const struct media_bound *)(const void *)b)->port,
			                   f->from, bytes, n->loop->now_ns);
		return;
	}
	memory_arrived(n, f, bytes);
}

static void due(struct wheel_timer *timer)
{
	struct memory_network *n =
	        (struct memory_network *)(void *)((char *)timer -
	                                          offsetof(struct memory_network, timer));
	const struct flight *f;

	for (;;) {
		skip_empty(n);
		f = first_flight(n);
		if (!f || f->due_ns > n->loop->now_ns)
			break;
		fetch_ahead(n, f);
		arrive(n, f);
		drop_first(n);
	}
	if (f)
		wheel_arm(&n->loop->wheel, timer, f->due_ns);
}

/* --- media -------------------------------------------------------------------------------------------------------- */

static bool media_open(struct media_network *m, struct endpoint local, struct media_port *port,
                       struct err *err)
{
	struct memory_network *n = (struct memory_network *)(void *)m;
	struct media_bound *b = pool_alloc(&n->media_ports, sizeof *b);

	if (!b)
		return err_memory(err, "a media port");
	*b = (struct media_bound){ { local, { .port = 0 }, BOUND_MEDIA }, port };
	if (memory_bind(n, &b->bound))
		return true;
	pool_free(&n->media_ports, b, sizeof *b);
	return err_set(err, ERR_IO, "port %u is in use", local.port);
}

static void media_close(struct media_network *m, struct endpoint local)
{
	struct memory_network *n = (struct memory_network *)(void *)m;
	struct bound *b = memory_find(n, false, local, (struct endpoint){ .port = 0 });

	if (!b || b->kind != BOUND_MEDIA)
		return;
	memory_unbind(n, b);
	pool_free(&n->media_ports, b, sizeof(struct media_bound));
}

static void media_send(struct media_network *m, struct endpoint from, struct endpoint to,
                       struct slice bytes)
{
	memory_send((struct memory_network *)(void *)m, FLIGHT_DATAGRAM, false, from, to, bytes);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

void memory_network_init(struct memory_network *n, struct loop *loop, int64_t latency_ns)
{
	*n = (struct memory_network){
		.media = { media_open, media_close, media_send },
		.loop = loop,
		/* Nothing arrives before it was sent. */
		.latency_ns = latency_ns > 0 ? latency_ns : 1,
		.timer = { .fire = due },
		.next_port = FIRST_FREE_PORT,
	};
	table_init(&n->bound);
	pool_init(&n->media_ports, sizeof(struct media_bound));
	list_init(&n->held);
}

void memory_network_release(struct memory_network *n)
{
	struct flight_block *b = n->first;

	wheel_cancel(&n->loop->wheel, &n->timer);
	while (b) {
		struct flight_block *next = b->next;
		mem_free(b);
		b = next;
	}
	mem_free(n->spare);
	assert(n->bound.count == 0);
	table_release(&n->bound);
	pool_release(&n->media_ports);
}
