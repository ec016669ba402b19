/* The input is a program of small steps: octets that say what to push where, then data. Drives the IP and the TCP reassembly
 * and asks both for their invariants. */
#include "analyzer/reassembly/ip_defrag.h"
#include "analyzer/reassembly/tcp_stream.h"
#include "base/clock.h"
#include "dissectors/sip_frame.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
	if (!what)
		abort();
}

struct run {
	struct ip_defrag *defrag;
	struct tcp_streams *streams;
	int64_t now_ns;
	uint64_t messages, frame;
};

/* What comes out must be a message by sip_frame()'s own word. */
static bool hear(void *context, const struct packet_view *view, const struct tcp_message *m)
{
	struct run *r = context;
	size_t skip, length;

	r->messages++;
	require(view->transport == TRANSPORT_TCP);
	require(sip_frame(m->bytes, &skip, &length) == PARSE_OK && skip == 0 &&
	        length == m->bytes.n);
	require(m->first.frame && m->first.frame <= m->last.frame && m->last.frame <= r->frame);
	return true;
}

static void address(struct packet_view *v, uint8_t which)
{
	const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };

	v->src = which & 1 ? ip_addr_v4(b) : ip_addr_v4(a);
	v->dst = which & 1 ? ip_addr_v4(a) : ip_addr_v4(b);
	v->sport = which & 1 ? 5060 : 4000;
	v->dport = which & 1 ? 4000 : 5060;
}

static struct packet_place here(struct run *r)
{
	return (struct packet_place){ .frame = ++r->frame };
}

static void segment(struct run *r, struct cursor *c, uint8_t op)
{
	struct packet_view v = { .transport = TRANSPORT_TCP };
	uint8_t flags = cursor_u8(c);

	address(&v, op >> 1);
	v.tcp.seq = 0xffffff00u + cursor_be16(c);
	v.tcp.ack = 0xffffff00u + cursor_be16(c);
	v.tcp.syn = flags & 1;
	v.tcp.fin = flags & 2;
	v.tcp.rst = flags & 4;
	v.tcp.ack_set = flags & 8;
	if (flags & 16)
		v.tcp.seq += 0x40000000;
	size_t n = cursor_u8(c);
	v.payload = cursor_take(c, n < cursor_left(c) ? n : cursor_left(c));
	enum tcp_push_status status = tcp_streams_push(r->streams, r->now_ns, here(r), &v);
	require(status == TCP_PUSH_OK || status == TCP_PUSH_FOREIGN);
	require(tcp_streams_check(r->streams));
}

static void fragment(struct run *r, struct cursor *c, uint8_t op)
{
	static const uint8_t protocols[] = { 17, 6, 4, 41, 44, 47, 0, 60 };
	struct packet_view v = { .transport = TRANSPORT_FRAGMENT };

	address(&v, op >> 1);
	if (op & 4)
		v.src.word[0] = 1;
	v.fragment.id = op >> 6;
	v.fragment.protocol = protocols[op >> 3 & 7];
	uint16_t word = cursor_be16(c);
	v.fragment.more = word & 1;
	v.fragment.offset = word & 0xfff8;
	size_t n = cursor_u8(c);
	if (word & 2)
		n = n << 8 | cursor_u8(c);
	v.fragment.payload = cursor_take(c, n < cursor_left(c) ? n : cursor_left(c));
	if (!v.fragment.offset && !v.fragment.more)
		return;
	enum ip_defrag_status status = ip_defrag_push(r->defrag, r->now_ns, here(r), &v);
	require(status != IP_DEFRAG_NO_MEMORY);
	require(status != IP_DEFRAG_DONE || v.transport != TRANSPORT_FRAGMENT);
	require(status != IP_DEFRAG_DONE || ip_defrag_first(r->defrag).frame <= r->frame);
	/* Reads what it was given, so that a sanitizer sees a borrow that is none. */
	volatile uint8_t sum = 0;
	for (size_t i = 0; status == IP_DEFRAG_DONE && i < v.payload.n; i++)
		sum = (uint8_t)(sum + v.payload.p[i]);
	require(ip_defrag_check(r->defrag));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .now_ns = 0 };
	struct cursor c = cursor_of(slice_of(data, size));

	r.defrag = ip_defrag_new();
	r.streams = tcp_streams_new(hear, &r);
	require(r.defrag && r.streams);
	while (cursor_left(&c)) {
		uint8_t op = cursor_u8(&c);
		/* All ones: time passes, forward and sometimes back. */
		if (op == 0xff)
			r.now_ns += (int8_t)cursor_u8(&c) * NS_PER_S;
		else if (op & 1)
			segment(&r, &c, op);
		else
			fragment(&r, &c, op);
	}
	require(tcp_streams_finish(r.streams) == TCP_PUSH_OK);
	require(tcp_streams_check(r.streams));
	require(tcp_streams_counts(r.streams).messages == r.messages);
	tcp_streams_free(r.streams);
	ip_defrag_free(r.defrag);
	return 0;
}
