#include "cli/record_frame.h"

#include "base/mem.h"

#include <stddef.h>

#define IPV4_HEADER  20
#define IPV6_HEADER  40
#define UDP_HEADER   8
#define TCP_HEADER   20
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

#define TCP_SYN 0x02
#define TCP_PSH 0x08
#define TCP_ACK 0x10

struct connection {
	struct list_node node;
	struct endpoint end[2]; /* [0] opened it */
	uint32_t next_seq[2];
};

/* --- headers ------------------------------------------------------------------------------------------------------ */

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

/* RFC 1071, eight octets at a time: the sum may be taken in any width and in the machine's own order. */
static uint64_t sum(const uint8_t *p, size_t n, uint64_t so_far)
{
	uint64_t word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		so_far += word;
		so_far += so_far < word;
	}
	if (n) {
		word = 0;
		memcpy(&word, p, n);
		so_far += word;
		so_far += so_far < word;
	}
	return so_far;
}

static void put_checksum(uint8_t *p, uint64_t s)
{
	uint16_t folded;

	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	folded = (uint16_t)~s;
	memcpy(p, &folded, 2);
}

/* RFC 9293 3.1, RFC 8200 8.1: addresses, protocol and length belong to the sum of what IP carries. `p`: the transport header. */
static uint64_t pseudo_sum(const uint8_t *addresses, size_t n, uint8_t protocol, size_t length)
{
	uint8_t tail[8] = { 0, 0, 0, 0, 0, 0, 0, protocol };

	put32(tail, (uint32_t)length);
	return sum(tail, sizeof tail, sum(addresses, n, 0));
}

static void put_ipv4(struct record_frames *f, const struct tap_packet *p, uint8_t protocol,
                     size_t length)
{
	uint8_t *h = f->buffer;

	memset(h, 0, IPV4_HEADER);
	h[0] = 0x45;
	put16(h + 2, (uint32_t)(IPV4_HEADER + length));
	put16(h + 4, ++f->ip_id);
	h[6] = 0x40; /* do not fragment */
	h[8] = 64;
	h[9] = protocol;
	memcpy(h + 12, (const uint8_t *)p->src.addr.word + 12, 4);
	memcpy(h + 16, (const uint8_t *)p->dst.addr.word + 12, 4);
	put_checksum(h + 10, sum(h, IPV4_HEADER, 0));
}

static void put_ipv6(struct record_frames *f, const struct tap_packet *p, uint8_t protocol,
                     size_t length)
{
	uint8_t *h = f->buffer;

	memset(h, 0, 8);
	h[0] = 0x60;
	put16(h + 4, (uint32_t)length);
	h[6] = protocol;
	h[7] = 64;
	memcpy(h + 8, p->src.addr.word, 16);
	memcpy(h + 24, p->dst.addr.word, 16);
}

/* Writes the IP header; gives the place behind it, and the sum so far of what will stand there. */
static uint8_t *put_ip(struct record_frames *f, const struct tap_packet *p, uint8_t protocol,
                       size_t length, uint64_t *pseudo)
{
	if (ip_addr_is_v4(p->src.addr) && ip_addr_is_v4(p->dst.addr)) {
		put_ipv4(f, p, protocol, length);
		*pseudo = pseudo_sum(f->buffer + 12, 8, protocol, length);
		return f->buffer + IPV4_HEADER;
	}
	put_ipv6(f, p, protocol, length);
	*pseudo = pseudo_sum(f->buffer + 8, 32, protocol, length);
	return f->buffer + IPV6_HEADER;
}

static struct slice frame_to(const struct record_frames *f, const uint8_t *end)
{
	return slice_of(f->buffer, (size_t)(end - f->buffer));
}

/* --- UDP ---------------------------------------------------------------------------------------------------------- */

static bool datagram(struct record_frames *f, const struct tap_packet *p, record_take *take,
                     void *context)
{
	struct slice bytes = slice_sub(p->bytes, 0, RECORD_MOST_DATAGRAM);
	size_t length = UDP_HEADER + bytes.n;
	uint64_t pseudo;
	uint8_t *h = put_ip(f, p, PROTOCOL_UDP, length, &pseudo);

	put16(h, p->src.port);
	put16(h + 2, p->dst.port);
	put16(h + 4, (uint32_t)length);
	put16(h + 6, 0);
	if (bytes.n)
		memcpy(h + UDP_HEADER, bytes.p, bytes.n);
	put_checksum(h + 6, sum(h, length, pseudo));
	if (!h[6] && !h[7])
		put16(h + 6, 0xffff); /* RFC 768: 0 says that there is none */
	return take(context, p->time_ns, frame_to(f, h + length));
}

/* --- TCP ---------------------------------------------------------------------------------------------------------- */

/* The same for both directions. */
static uint64_t connection_hash(const struct tap_packet *p)
{
	return endpoint_hash(p->src) + endpoint_hash(p->dst);
}

static bool is_connection(const void *value, const void *key)
{
	const struct connection *c = value;
	const struct tap_packet *p = key;

	return (endpoint_eq(c->end[0], p->src) && endpoint_eq(c->end[1], p->dst)) ||
	       (endpoint_eq(c->end[0], p->dst) && endpoint_eq(c->end[1], p->src));
}

static bool segment(struct record_frames *f, const struct connection *c, unsigned from,
                    int64_t time_ns, uint8_t flags, struct slice bytes, record_take *take,
                    void *context)
{
	struct tap_packet p = { .time_ns = time_ns, .src = c->end[from], .dst = c->end[!from] };
	size_t length = TCP_HEADER + bytes.n;
	uint64_t pseudo;
	uint8_t *h = put_ip(f, &p, PROTOCOL_TCP, length, &pseudo);

	memset(h, 0, TCP_HEADER);
	put16(h, p.src.port);
	put16(h + 2, p.dst.port);
	put32(h + 4, c->next_seq[from]);
	put32(h + 8, flags & TCP_ACK ? c->next_seq[!from] : 0);
	h[12] = (TCP_HEADER / 4) << 4;
	h[13] = flags;
	put16(h + 14, UINT16_MAX);
	if (bytes.n)
		memcpy(h + TCP_HEADER, bytes.p, bytes.n);
	put_checksum(h + 16, sum(h, length, pseudo));
	return take(context, time_ns, frame_to(f, h + length));
}

static bool handshake(struct record_frames *f, struct connection *c, int64_t time_ns,
                      record_take *take, void *context)
{
	if (!segment(f, c, 0, time_ns, TCP_SYN, SLICE_NONE, take, context))
		return false;
	c->next_seq[0]++;
	if (!segment(f, c, 1, time_ns, TCP_SYN | TCP_ACK, SLICE_NONE, take, context))
		return false;
	c->next_seq[1]++;
	return segment(f, c, 0, time_ns, TCP_ACK, SLICE_NONE, take, context);
}

static struct connection *of_node(struct list_node *node)
{
	return (struct connection *)(void *)((char *)node - offsetof(struct connection, node));
}

static void forget(struct record_frames *f, struct connection *c)
{
	struct tap_packet key = { .src = c->end[0], .dst = c->end[1] };

	table_remove(&f->connections, connection_hash(&key), c);
	list_remove(&c->node);
	mem_free(c);
}

/* NULL: no memory. */
static struct connection *new_connection(struct record_frames *f, const struct tap_packet *p)
{
	struct connection *c = mem_alloc(sizeof *c);
	uint64_t hash = connection_hash(p);

	if (!c)
		return NULL;
	if (f->connections.count >= RECORD_MOST_CONNECTIONS)
		forget(f, of_node(f->by_use.next));
	*c = (struct connection){ .end = { p->src, p->dst },
		                  .next_seq = { (uint32_t)hash, (uint32_t)(hash >> 32) } };
	if (!table_put(&f->connections, hash, c)) {
		mem_free(c);
		return NULL;
	}
	list_append(&f->by_use, &c->node);
	return c;
}

static bool octets(struct record_frames *f, struct connection *c, const struct tap_packet *p,
                   record_take *take, void *context)
{
	unsigned from = !endpoint_eq(c->end[0], p->src);
	struct slice rest = p->bytes;

	while (rest.n) {
		struct slice part = slice_sub(rest, 0, RECORD_SEGMENT);
		uint8_t flags = part.n == rest.n ? TCP_ACK | TCP_PSH : TCP_ACK;
		if (!segment(f, c, from, p->time_ns, flags, part, take, context))
			return false;
		c->next_seq[from] += (uint32_t)part.n;
		rest = slice_from(rest, part.n);
	}
	return true;
}

static bool stream(struct record_frames *f, const struct tap_packet *p, record_take *take,
                   void *context, bool *memory)
{
	struct connection *c = table_get(&f->connections, connection_hash(p), is_connection, p);

	if (c) {
		list_move_last(&f->by_use, &c->node);
		return octets(f, c, p, take, context);
	}
	c = new_connection(f, p);
	*memory = !c;
	return c && handshake(f, c, p->time_ns, take, context) && octets(f, c, p, take, context);
}

/* --- both --------------------------------------------------------------------------------------------------------- */

void record_frames_init(struct record_frames *f)
{
	table_init(&f->connections);
	list_init(&f->by_use);
	f->ip_id = 0;
}

void record_frames_release(struct record_frames *f)
{
	while (!list_is_empty(&f->by_use))
		forget(f, of_node(f->by_use.next));
	table_release(&f->connections);
}

bool record_frames_packet(struct record_frames *f, const struct tap_packet *packet,
                          record_take *take, void *context, bool *memory)
{
	*memory = false;
	if (packet->transport == TAP_UDP)
		return datagram(f, packet, take, context);
	return stream(f, packet, take, context, memory);
}
