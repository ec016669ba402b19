/* SIP messages out of TCP segments, however these are cut, ordered, repeated or lost. */
#include "analyzer/reassembly/tcp_stream.h"
#include "base/clock.h"
#include "base/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define INVITE                                                                                     \
	"INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP "                                    \
	"10.0.0.1;branch=z9hG4bK1\r\nCall-ID: 1\r\n"                                               \
	"CSeq: 1 INVITE\r\nContent-Length: 23\r\n\r\nv=0\r\no=- 1 1 IN IP4 a\r\n"
#define TRYING                                                                                     \
	"SIP/2.0 100 Trying\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nl: "   \
	"0\r\n\r\n"
#define ACK                                                                                        \
	"ACK sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1\r\nCall-ID: 1\r\nCSeq: 1 "     \
	"ACK\r\nContent-Length: 0\r\n\r\n"
#define BYE                                                                                        \
	"BYE sip:b@example.com SIP/2.0\r\nCall-ID: 1\r\nCSeq: 2 BYE\r\nContent-Length: "           \
	"5\r\n\r\nhello"
#define STREAM          INVITE ACK "\r\n\r\n" TRYING BYE ACK
#define STREAM_MESSAGES 5
#define STREAM_LENGTH   (sizeof STREAM - 1)

/* What came out: the messages one behind the other, '!' in front of those after a gap. */
struct heard {
	char text[1 << 18];
	size_t n, messages, gaps;
	int64_t time_ns;
	uint64_t first, last; /* frames of the newest one */
	uint16_t sport;
	bool refuse;
};

static bool hear(void *context, const struct packet_view *view, const struct tcp_message *m)
{
	struct heard *h = context;

	if (m->after_gap) {
		h->text[h->n++] = '!';
		h->gaps++;
	}
	ck_assert_uint_lt(h->n + m->bytes.n, sizeof h->text);
	memcpy(h->text + h->n, m->bytes.p, m->bytes.n);
	h->n += m->bytes.n;
	h->text[h->n] = 0;
	h->messages++;
	h->time_ns = m->time_ns;
	h->first = m->first.frame;
	h->last = m->last.frame;
	h->sport = view->sport;
	return !h->refuse;
}

/* Where the next segment stands; tests that do not look at it leave it. */
static uint64_t frame = 1;

static struct packet_place here(void)
{
	return (struct packet_place){ .frame = frame };
}

enum { FIN = 1, SYN = 2, RST = 4 };

struct rig {
	struct tcp_streams *t;
	struct heard heard;
	uint32_t isn;
	int64_t now_ns;
};

static struct rig *rig_new(uint32_t isn)
{
	struct rig *r = calloc(1, sizeof *r);

	ck_assert_ptr_nonnull(r);
	r->isn = isn;
	r->t = tcp_streams_new(hear, &r->heard);
	return r;
}

static void rig_free(struct rig *r)
{
	tcp_streams_free(r->t);
	free(r);
}

static struct packet_view view_of(uint16_t sport, uint16_t dport, uint32_t seq, int flags,
                                  struct slice payload)
{
	const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };

	return (struct packet_view){
		.src = sport < dport ? ip_addr_v4(a) : ip_addr_v4(b),
		.dst = sport < dport ? ip_addr_v4(b) : ip_addr_v4(a),
		.sport = sport,
		.dport = dport,
		.transport = TRANSPORT_TCP,
		.tcp = { .seq = seq, .syn = flags & SYN, .fin = flags & FIN, .rst = flags & RST },
		.payload = payload,
	};
}

/* The stream's octets start at offset 0, one behind the SYN's number. The copy is of the exact size, for the sanitizer. */
static enum tcp_push_status send_at(struct rig *r, size_t offset, struct slice data, int flags)
{
	uint32_t seq = r->isn + (flags & SYN ? 0 : 1 + (uint32_t)offset);
	uint8_t *copy = malloc(data.n ? data.n : 1);

	ck_assert_ptr_nonnull(copy);
	if (data.n)
		memcpy(copy, data.p, data.n);
	struct packet_view v = view_of(4000, 5060, seq, flags, slice_of(copy, data.n));
	enum tcp_push_status status = tcp_streams_push(r->t, r->now_ns, here(), &v);
	free(copy);
	ck_assert(tcp_streams_check(r->t));
	return status;
}

static enum tcp_push_status send_text(struct rig *r, size_t offset, const char *text)
{
	return send_at(r, offset, slice_str(text), 0);
}

static enum tcp_push_status send_part(struct rig *r, size_t from, size_t n)
{
	return send_at(r, from, slice_sub(SLICE_LIT(STREAM), from, n), 0);
}

static void send_syn(struct rig *r)
{
	ck_assert_int_eq(send_at(r, 0, SLICE_NONE, SYN), TCP_PUSH_OK);
}

static void acknowledge(struct rig *r, size_t offset)
{
	struct packet_view v = view_of(5060, 4000, 99, 0, SLICE_NONE);

	v.tcp.ack_set = true;
	v.tcp.ack = r->isn + 1 + (uint32_t)offset;
	ck_assert_int_eq(tcp_streams_push(r->t, r->now_ns, here(), &v), TCP_PUSH_OK);
	ck_assert(tcp_streams_check(r->t));
}

static void assert_whole(const struct rig *r)
{
	ck_assert_str_eq(r->heard.text, INVITE ACK TRYING BYE ACK);
	ck_assert_uint_eq(r->heard.messages, STREAM_MESSAGES);
	ck_assert_uint_eq(r->heard.gaps, 0);
	ck_assert_uint_eq(tcp_streams_counts(r->t).messages, STREAM_MESSAGES);
	ck_assert_uint_eq(tcp_streams_counts(r->t).gaps, 0);
}

/* Split once at every position, in both orders, with and without SYN, each segment captured twice or once. */
START_TEST(split_anywhere)
{
	bool syn = _i & 1, twice = _i & 2, swapped = _i & 4;

	for (size_t at = 1; at < STREAM_LENGTH; at++) {
		struct rig *r = rig_new(1000);
		if (syn || swapped)
			send_syn(r);
		for (int copy = 0; copy <= twice; copy++)
			send_part(r, swapped ? at : 0, swapped ? STREAM_LENGTH - at : at);
		for (int copy = 0; copy <= twice; copy++)
			send_part(r, swapped ? 0 : at, swapped ? at : STREAM_LENGTH - at);
		assert_whole(r);
		rig_free(r);
	}
}
END_TEST

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Random cuts, each neighbourhood shuffled, some segments repeated, some reaching back or ahead over others; the sequence numbers
 * wrap in the middle. */
START_TEST(random_segments)
{
	for (uint32_t round = 0; round < 100; round++) {
		uint32_t seed = 0x9e3779b9u * (round + 1) + (uint32_t)_i;
		struct {
			size_t from, n;
		} plan[STREAM_LENGTH];
		size_t count = 0;
		for (size_t at = 0; at < STREAM_LENGTH;) {
			size_t n = 1 + random_next(&seed) % (1u << (_i % 9));
			size_t back = random_next(&seed) % 4 ? 0 : random_next(&seed) % (at + 1);
			plan[count].from = at - back;
			plan[count++].n =
			        n + back + (random_next(&seed) % 4 ? 0 : random_next(&seed) % 50);
			at += n;
		}
		for (size_t i = 0; i + 1 < count; i++) {
			size_t span = count - i < 12 ? count - i : 12,
			       other = i + random_next(&seed) % span;
			size_t from = plan[i].from, n = plan[i].n;
			plan[i] = plan[other];
			plan[other].from = from;
			plan[other].n = n;
		}
		struct rig *r = rig_new(0u - (uint32_t)STREAM_LENGTH / 2);
		send_syn(r);
		for (size_t i = 0; i < count; i++) {
			ck_assert_int_eq(send_part(r, plan[i].from, plan[i].n), TCP_PUSH_OK);
			if (random_next(&seed) % 5 == 0)
				send_part(r, plan[random_next(&seed) % (i + 1)].from, plan[i].n);
		}
		assert_whole(r);
		rig_free(r);
	}
}
END_TEST

START_TEST(first_data_wins)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	/* The good octets come early, a lie about them later, with the hole's octets in front of the lie. */
	send_part(r, 100, STREAM_LENGTH - 100);
	char lie[200];
	memset(lie, 'x', sizeof lie);
	memcpy(lie, STREAM, 100);
	send_at(r, 0, slice_of(lie, sizeof lie), 0);
	assert_whole(r);
	rig_free(r);
}
END_TEST

START_TEST(a_hole_is_given_up_after_some_seconds)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	send_text(r, 0, INVITE);
	/* 40 octets of the ACK are lost. */
	size_t ack = sizeof INVITE - 1, bye = ack + sizeof ACK - 1;
	send_text(r, ack, "ACK sip:b@e");
	r->now_ns = 10 * NS_PER_S;
	send_text(r, ack + 51, &(ACK BYE)[51]);
	ck_assert_uint_eq(r->heard.messages, 1);
	r->now_ns += (TCP_STREAM_GAP_S - 1) * NS_PER_S;
	send_text(r, bye + sizeof BYE - 1, ACK);
	ck_assert_uint_eq(r->heard.messages, 1);
	r->now_ns += NS_PER_S;
	frame = 99;
	/* Any segment moves time, here another connection's; the message comes with its own ports and its own time. */
	struct packet_view other = view_of(6000, 7000, 1, SYN, SLICE_NONE);
	ck_assert_int_eq(tcp_streams_push(r->t, r->now_ns, here(), &other), TCP_PUSH_OK);
	ck_assert_str_eq(r->heard.text, INVITE "!" BYE ACK);
	ck_assert_uint_eq(r->heard.sport, 4000);
	ck_assert_uint_eq(r->heard.last, 1); /* not of the segment that moved time */
	ck_assert_int_eq(r->heard.time_ns, (10 + TCP_STREAM_GAP_S - 1) * NS_PER_S);
	ck_assert_uint_eq(tcp_streams_counts(r->t).gaps, 1);
	/* The lost octets come after all: too late. */
	send_text(r, ack, ACK);
	ck_assert_uint_eq(r->heard.messages, 3);
	rig_free(r);
}
END_TEST

START_TEST(a_hole_that_was_acknowledged_is_given_up_sooner)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	send_text(r, 0, INVITE);
	size_t bye = sizeof INVITE - 1 + sizeof ACK - 1;
	send_text(r, bye, BYE);
	acknowledge(r, bye + 10);
	ck_assert_uint_eq(r->heard.messages, 1);
	r->now_ns += NS_PER_S;
	acknowledge(r, sizeof INVITE - 1);
	ck_assert_uint_eq(r->heard.messages, 1);
	acknowledge(r, bye + 10);
	ck_assert_str_eq(r->heard.text, INVITE "!" BYE);
	rig_free(r);
}
END_TEST

START_TEST(the_end_gives_up_all_holes)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	send_text(r, 10, ACK);
	send_text(r, 1000, BYE);
	ck_assert_int_eq(tcp_streams_finish(r->t), TCP_PUSH_OK);
	ck_assert_str_eq(r->heard.text, "!" ACK "!" BYE);
	ck_assert_uint_eq(tcp_streams_counts(r->t).gaps, 2);
	ck_assert(tcp_streams_check(r->t));
	rig_free(r);
}
END_TEST

/* INVITE ACK in three segments: the INVITE ends and the ACK begins in the second. Frames are 11, 12, ... in the order of `order`. */
static const struct {
	const char *order;
	unsigned invite_first, invite_last, ack_first, ack_last;
} frame_orders[] = {
	{ "012", 11, 12, 12, 13 },
	{ "102", 11, 12, 11, 13 },
	{ "210", 12, 13, 11, 13 },
	{ "001122", 11, 13, 13, 15 },
};

START_TEST(frames_of_messages)
{
	static const size_t cuts[] = { 0, 60, sizeof INVITE + 20, sizeof INVITE + sizeof ACK - 2 };
	struct rig *r = rig_new(5);

	send_syn(r);
	frame = 10;
	for (const char *c = frame_orders[_i].order; *c; c++) {
		size_t n = (size_t)(*c - '0');
		frame++;
		ck_assert_int_eq(send_part(r, cuts[n], cuts[n + 1] - cuts[n]), TCP_PUSH_OK);
		if (r->heard.messages == 1) {
			ck_assert_uint_eq(r->heard.first, frame_orders[_i].invite_first);
			ck_assert_uint_eq(r->heard.last, frame_orders[_i].invite_last);
		}
	}
	ck_assert_uint_eq(r->heard.messages, 2);
	ck_assert_uint_eq(r->heard.first, frame_orders[_i].ack_first);
	ck_assert_uint_eq(r->heard.last, frame_orders[_i].ack_last);
	rig_free(r);
}
END_TEST

START_TEST(caught_in_the_middle_of_a_message)
{
	size_t first = sizeof INVITE - 1;

	/* Begun anywhere inside the first message, the second and all others come out. */
	for (size_t from = 1; from < first; from++) {
		struct rig *r = rig_new(5);
		for (size_t at = from; at < STREAM_LENGTH; at += 37)
			ck_assert_int_eq(send_part(r, at, 37), TCP_PUSH_OK);
		ck_assert_uint_ge(r->heard.messages, STREAM_MESSAGES - 1);
		ck_assert_ptr_nonnull(strstr(r->heard.text, ACK TRYING BYE ACK));
		rig_free(r);
	}
}
END_TEST

START_TEST(foreign_streams_are_dropped_unseen)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
	static const uint8_t tls[] = { 0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 10, 13, 10 };
	struct rig *r = rig_new(5);

	send_syn(r);
	ck_assert_int_eq(send_text(r, 0, http), TCP_PUSH_FOREIGN);
	ck_assert_int_eq(send_text(r, sizeof http - 1, ACK), TCP_PUSH_FOREIGN);
	ck_assert_uint_eq(tcp_streams_counts(r->t).foreign, 1);
	ck_assert_uint_eq(r->heard.messages, 0);
	/* The same ports again. */
	r->isn = 77777;
	send_syn(r);
	ck_assert_int_eq(send_text(r, 0, ACK), TCP_PUSH_OK);
	ck_assert_uint_eq(r->heard.messages, 1);
	r->isn = 5;
	send_syn(r);
	ck_assert_int_eq(send_at(r, 0, slice_of(tls, sizeof tls), 0), TCP_PUSH_FOREIGN);
	rig_free(r);
}
END_TEST

START_TEST(without_a_syn_foreign_after_some_octets)
{
	struct rig *r = rig_new(5);
	uint8_t noise[1000];
	size_t at = 0;

	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * 7);
	while (send_at(r, at, slice_of(noise, sizeof noise), 0) == TCP_PUSH_OK)
		at += sizeof noise;
	ck_assert_uint_ge(at, TCP_STREAM_SNIFF - 2000);
	ck_assert_uint_le(at, TCP_STREAM_SNIFF + 2000);
	rig_free(r);
}
END_TEST

START_TEST(ends_and_begins_again)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	send_syn(r);
	send_text(r, 0, ACK "BYE sip:unfin");
	send_syn(r); /* a late copy */
	send_at(r, sizeof ACK - 1, SLICE_LIT("BYE sip:unfin"), FIN);
	ck_assert_uint_eq(r->heard.messages, 1);
	/* A copy of all: nothing new. */
	send_text(r, 0, ACK "BYE sip:unfin");
	ck_assert_uint_eq(r->heard.messages, 1);
	r->isn = 999;
	send_syn(r);
	send_text(r, 0, BYE);
	ck_assert_str_eq(r->heard.text, ACK BYE);
	/* A reset delivers what waited behind a hole. */
	send_text(r, 1000, ACK);
	send_at(r, 1000 + sizeof ACK - 1, SLICE_NONE, RST);
	ck_assert_str_eq(r->heard.text, ACK BYE "!" ACK);
	/* No SYN was captured, the numbers jump. */
	r->isn = 0x80000000;
	send_text(r, 0, TRYING);
	ck_assert_str_eq(r->heard.text, ACK BYE "!" ACK TRYING);
	r->isn = 0x10000000;
	send_text(r, 0, TRYING);
	ck_assert_uint_eq(r->heard.messages, 5);
	rig_free(r);
}
END_TEST

START_TEST(fin_before_the_data_it_ends)
{
	struct rig *r = rig_new(5);

	send_syn(r);
	send_at(r, 40, slice_from(SLICE_LIT(BYE), 40), FIN);
	ck_assert_uint_eq(r->heard.messages, 0);
	send_at(r, 0, slice_sub(SLICE_LIT(BYE), 0, 40), 0);
	ck_assert_str_eq(r->heard.text, BYE);
	rig_free(r);
}
END_TEST

START_TEST(keep_alives_mean_nothing)
{
	struct rig *r = rig_new(5);

	/* The first thing seen is a keep-alive's octet. */
	send_at(r, (size_t)-1, slice_of("", 1), 0);
	send_text(r, 0, ACK);
	size_t at = sizeof ACK - 1;
	send_at(r, at - 1, slice_of("x", 1), 0);
	send_at(r, at - 1, SLICE_NONE, 0);
	send_text(r, at, "\r\n\r\n");
	send_text(r, at + 4, BYE);
	ck_assert_str_eq(r->heard.text, ACK BYE);
	ck_assert_uint_eq(tcp_streams_counts(r->t).retransmitted, 0);
	ck_assert_uint_eq(tcp_streams_counts(r->t).foreign, 0);
	rig_free(r);
}
END_TEST

START_TEST(pending_is_bounded)
{
	struct rig *r = rig_new(5);
	uint8_t junk[1000];

	memset(junk, 'j', sizeof junk);
	send_syn(r);
	send_text(r, 0, ACK);
	size_t at = 500;
	while (tcp_streams_counts(r->t).gaps == 0 && at < 4 * TCP_STREAM_MAX_PENDING) {
		send_at(r, at, slice_of(junk, sizeof junk), 0);
		at += sizeof junk;
	}
	ck_assert_uint_eq(tcp_streams_counts(r->t).gaps, 1);
	ck_assert_uint_le(at, TCP_STREAM_MAX_PENDING + 2000);
	send_text(r, at, "\r\n" BYE);
	ck_assert_str_eq(r->heard.text, ACK "!" BYE);
	/* Many tiny pieces, each with a hole in front. */
	at += 4000;
	for (size_t i = 0; i < 5000; i++, at += 2)
		send_text(r, at, "x");
	ck_assert_uint_gt(tcp_streams_counts(r->t).gaps, 3000);
	rig_free(r);
}
END_TEST

/* A message that comes octet by octet must not cost the square of its length: that would not be over
 * in the test's time. Once nearly all of it is headers, once body. */
START_TEST(large_message_in_tiny_segments)
{
	enum { LARGE = 200000 };
	struct rig *r = rig_new(5);
	char *all = malloc(LARGE + 200);
	size_t n = 0;

	ck_assert_ptr_nonnull(all);
	n += (size_t)sprintf(all, "MESSAGE sip:b SIP/2.0\r\nContent-Length: %d\r\n",
	                     _i ? LARGE : 0);
	for (; _i == 0 && n < LARGE; n += 5)
		memcpy(all + n, "a:b\r\n", 5);
	n += (size_t)sprintf(all + n, "\r\n");
	memset(all + n, '\n', _i ? LARGE : 0);
	n += _i ? LARGE : 0;
	send_syn(r);
	for (size_t at = 0; at < n; at++) {
		struct slice octet = slice_of(all + at, 1);
		struct packet_view v = view_of(4000, 5060, r->isn + 1 + (uint32_t)at, 0, octet);
		ck_assert_uint_eq(r->heard.messages, 0);
		ck_assert_int_eq(tcp_streams_push(r->t, 0, here(), &v), TCP_PUSH_OK);
	}
	ck_assert_uint_eq(r->heard.messages, 1);
	ck_assert_uint_eq(r->heard.n, n);
	ck_assert(tcp_streams_check(r->t));
	free(all);
	rig_free(r);
}
END_TEST

START_TEST(directions_are_bounded_and_idle_ones_go)
{
	struct rig *r = rig_new(5);
	enum { MORE = 1000 };

	for (uint32_t i = 0; i < TCP_STREAM_MAX_DIRECTIONS + MORE; i++) {
		struct packet_view v = view_of((uint16_t)(i & 0xffff), 5060, 1, SYN, SLICE_NONE);
		v.src.word[0] = i >> 16;
		ck_assert_int_eq(tcp_streams_push(r->t, 0, here(), &v), TCP_PUSH_OK);
	}
	struct tcp_counts c = tcp_streams_counts(r->t);
	ck_assert_uint_eq(c.directions, TCP_STREAM_MAX_DIRECTIONS);
	ck_assert_uint_eq(c.evicted, MORE);
	ck_assert(tcp_streams_check(r->t));
	r->now_ns = (TCP_STREAM_IDLE_S + 1) * NS_PER_S;
	send_syn(r);
	ck_assert_uint_eq(tcp_streams_counts(r->t).directions, 1);
	r->now_ns = INT64_MIN + 1;
	send_part(r, 5, 20);
	r->now_ns = INT64_MAX - 1;
	send_part(r, 25, 20);
	rig_free(r);
}
END_TEST

START_TEST(octets_in_all_are_bounded)
{
	struct rig *r = rig_new(5);
	static uint8_t line[60000];

	memset(line, 'a', sizeof line);
	memcpy(line, "INVITE sip:b SIP/2.0\r\n", 22);
	for (uint16_t port = 1; port < 1500; port++) {
		struct packet_view v = view_of(port, 5060, 1, 0, slice_of(line, sizeof line));
		ck_assert_int_eq(tcp_streams_push(r->t, 0, here(), &v), TCP_PUSH_OK);
	}
	ck_assert(tcp_streams_check(r->t));
	ck_assert_uint_gt(tcp_streams_counts(r->t).evicted, 100);
	rig_free(r);
}
END_TEST

START_TEST(a_refused_message_stops_the_push)
{
	struct rig *r = rig_new(5);

	r->heard.refuse = true;
	ck_assert_int_eq(send_text(r, 0, ACK BYE), TCP_PUSH_STOPPED);
	ck_assert_uint_eq(r->heard.messages, 1);
	rig_free(r);
}
END_TEST

/* Whatever allocation fails, it is said, nothing breaks, and no message comes out wrong. */
START_TEST(allocation_fails)
{
	int completed = 0;

	for (uint64_t n = 0; n < 60; n++) {
		struct heard *heard = calloc(1, sizeof *heard);
		ck_assert_ptr_nonnull(heard);
		struct rig r = { .isn = 5 };
		mem_fail_after(n);
		r.t = tcp_streams_new(hear, heard);
		bool failed = !r.t;
		if (r.t) {
			failed |= send_at(&r, 0, SLICE_NONE, SYN) != TCP_PUSH_OK;
			for (size_t at = 0; at < STREAM_LENGTH; at += 80) {
				/* Every second pair changes places. */
				size_t from = at / 80 % 4 == 1   ? at + 80
				              : at / 80 % 4 == 2 ? at - 80
				                                 : at;
				failed |= send_part(&r, from, 80) != TCP_PUSH_OK;
			}
			failed |= tcp_streams_finish(r.t) != TCP_PUSH_OK;
		}
		mem_fail_after(UINT64_MAX);
		if (!failed) {
			ck_assert_str_eq(heard->text, INVITE ACK TRYING BYE ACK);
			completed++;
		}
		tcp_streams_free(r.t);
		free(heard);
	}
	ck_assert_int_gt(completed, 0);
	ck_assert_int_lt(completed, 60);
}
END_TEST

Suite *suite_tcp_stream(void)
{
	Suite *s = suite_create("tcp_stream");
	TCase *t = tcase_create("tcp_stream");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, split_anywhere, 0, 8);
	tcase_add_loop_test(t, random_segments, 0, 9);
	tcase_add_test(t, first_data_wins);
	tcase_add_test(t, a_hole_is_given_up_after_some_seconds);
	tcase_add_test(t, a_hole_that_was_acknowledged_is_given_up_sooner);
	tcase_add_test(t, the_end_gives_up_all_holes);
	tcase_add_loop_test(t, frames_of_messages, 0, 4);
	tcase_add_test(t, caught_in_the_middle_of_a_message);
	tcase_add_test(t, foreign_streams_are_dropped_unseen);
	tcase_add_test(t, without_a_syn_foreign_after_some_octets);
	tcase_add_test(t, ends_and_begins_again);
	tcase_add_test(t, fin_before_the_data_it_ends);
	tcase_add_test(t, keep_alives_mean_nothing);
	tcase_add_test(t, pending_is_bounded);
	tcase_add_test(t, directions_are_bounded_and_idle_ones_go);
	tcase_add_test(t, octets_in_all_are_bounded);
	tcase_add_test(t, a_refused_message_stops_the_push);
	tcase_add_test(t, allocation_fails);
	suite_add_tcase(s, t);

	TCase *quick = tcase_create("quick");
	tcase_set_timeout(quick, 10);
	tcase_add_loop_test(quick, large_message_in_tiny_segments, 0, 2);
	suite_add_tcase(s, quick);
	return s;
}
