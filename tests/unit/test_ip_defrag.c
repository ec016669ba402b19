/* Putting IP datagrams together, in any order, with everything that may go wrong. */
#include "analyzer/reassembly/ip_defrag.h"
#include "base/clock.h"
#include "base/mem.h"

#include <check.h>
#include <stdlib.h>

#define UDP_LENGTH 4000

/* A UDP datagram of UDP_LENGTH octets from port 5060 to 5061. */
static uint8_t datagram[UDP_LENGTH];

static void datagram_fill(void)
{
	for (size_t i = 8; i < sizeof datagram; i++)
		datagram[i] = (uint8_t)(i * 31 >> 3);
	const uint8_t header[8] = { 5060 >> 8,  5060 & 255,      5061 >> 8,
		                    5061 & 255, UDP_LENGTH >> 8, UDP_LENGTH & 255 };
	memcpy(datagram, header, 8);
}

/* Where the next fragment stands; tests that do not look at it leave it. */
static uint64_t frame = 1;

static struct packet_place here(void)
{
	return (struct packet_place){ .frame = frame };
}

static struct packet_view fragment_of(uint32_t id, size_t from, size_t n)
{
	const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };

	return (struct packet_view){
		.src = ip_addr_v4(a),
		.dst = ip_addr_v4(b),
		.transport = TRANSPORT_FRAGMENT,
		.fragment = { id, (uint16_t)from, from + n < UDP_LENGTH, 17,
		              slice_sub(slice_of(datagram, UDP_LENGTH), from, n) },
	};
}

static enum ip_defrag_status push(struct ip_defrag *d, int64_t seconds, uint32_t id, size_t from,
                                  size_t n, struct packet_view *view)
{
	*view = fragment_of(id, from, n);
	enum ip_defrag_status status = ip_defrag_push(d, seconds * NS_PER_S, here(), view);
	ck_assert(ip_defrag_check(d));
	return status;
}

static void assert_whole(const struct packet_view *v)
{
	ck_assert_int_eq(v->transport, TRANSPORT_UDP);
	ck_assert_uint_eq(v->sport, 5060);
	ck_assert_uint_eq(v->dport, 5061);
	ck_assert(!v->truncated);
	ck_assert(slice_eq(v->payload, slice_of(datagram + 8, UDP_LENGTH - 8)));
}

/* Each word of digits is the order in which fragments of 800 octets come; a copy repeats its digit. */
static const struct {
	const char *order;
	int done_at; /* index of the push that completes it */
} orders[] = {
	{ "01234", 4 }, { "43210", 4 }, { "20413", 4 },  { "0011223344", 8 }, { "4400112233", 8 },
	{ "0123", -1 }, { "1234", -1 }, { "012344", 4 }, { "0123401234", 4 },
};

START_TEST(any_order)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	const char *order = orders[_i].order;
	struct packet_view v;

	frame = 10;
	for (int i = 0; order[i]; i++) {
		frame++;
		enum ip_defrag_status status =
		        push(d, 1, 7, (size_t)(order[i] - '0') * 800, 800, &v);
		bool after = orders[_i].done_at >= 0 && i > orders[_i].done_at;
		ck_assert_int_eq(status, i == orders[_i].done_at ? IP_DEFRAG_DONE
		                         : after                 ? IP_DEFRAG_DROPPED
		                                                 : IP_DEFRAG_WAITING);
		if (status != IP_DEFRAG_DONE)
			continue;
		assert_whole(&v);
		ck_assert_uint_eq(ip_defrag_first(d).frame, 11);
	}
	ck_assert_uint_eq(ip_defrag_counts(d).completed, orders[_i].done_at >= 0);
	ck_assert_uint_eq(ip_defrag_counts(d).waiting, orders[_i].done_at < 0);
	ip_defrag_free(d);
}
END_TEST

START_TEST(overlap_keeps_the_first)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v = fragment_of(7, 800, 1600);
	uint8_t lies[1600];

	memset(lies, 0xee, sizeof lies);
	ck_assert_int_eq(push(d, 1, 7, 800, 800, &v), IP_DEFRAG_WAITING);
	v = fragment_of(7, 800, 800);
	v.fragment.payload.p = lies;
	ck_assert_int_eq(ip_defrag_push(d, NS_PER_S, here(), &v), IP_DEFRAG_WAITING);
	ck_assert_uint_eq(ip_defrag_counts(d).duplicates, 1);
	ck_assert_int_eq(push(d, 1, 7, 0, 1600, &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 1, 7, 1200, UDP_LENGTH - 1200, &v), IP_DEFRAG_DONE);
	assert_whole(&v);
	ip_defrag_free(d);
}
END_TEST

START_TEST(nonsense_is_dropped)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v;

	v = fragment_of(7, 800, 0);
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DROPPED);
	v = fragment_of(7, 0, 7); /* not even one block of 8 */
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DROPPED);
	v = fragment_of(7, 0, 800);
	v.fragment.offset = 65528;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DROPPED);
	ck_assert_uint_eq(ip_defrag_counts(d).waiting, 0);

	/* Beyond the end, and a second, other end. */
	ck_assert_int_eq(push(d, 0, 7, 3200, 800, &v), IP_DEFRAG_WAITING);
	v = fragment_of(7, 0, 800);
	v.fragment.offset = 4000;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DROPPED);
	v = fragment_of(7, 0, 800);
	v.fragment.more = false;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DROPPED);
	ck_assert_uint_eq(ip_defrag_counts(d).dropped, 5);
	ck_assert_int_eq(push(d, 0, 7, 0, 3200, &v), IP_DEFRAG_DONE);
	assert_whole(&v);
	ip_defrag_free(d);
}
END_TEST

START_TEST(keys_do_not_mix)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v;

	ck_assert_int_eq(push(d, 0, 7, 0, 2000, &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 0, 8, 2000, 2000, &v), IP_DEFRAG_WAITING);
	v = fragment_of(7, 2000, 2000);
	v.fragment.protocol = 6;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_WAITING);
	v = fragment_of(7, 2000, 2000);
	v.dst = v.src;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 0, 7, 2000, 2000, &v), IP_DEFRAG_DONE);
	assert_whole(&v);

	/* RFC 8200 4.5: of IPv6 fragments only the first one's protocol counts, and no protocol is in the key. */
	v = fragment_of(9, 2000, 2000);
	v.src.word[0] = 1;
	v.fragment.protocol = 99;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_WAITING);
	v = fragment_of(9, 0, 2000);
	v.src.word[0] = 1;
	ck_assert_int_eq(ip_defrag_push(d, 0, here(), &v), IP_DEFRAG_DONE);
	assert_whole(&v);
	ip_defrag_free(d);
}
END_TEST

START_TEST(timeout_in_capture_time)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v;

	ck_assert_int_eq(push(d, 100, 7, 0, 2000, &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 100 + IP_DEFRAG_TIMEOUT_S + 1, 7, 2000, 2000, &v),
	                 IP_DEFRAG_WAITING);
	ck_assert_uint_eq(ip_defrag_counts(d).timed_out, 1);
	ck_assert_int_eq(push(d, 132, 7, 0, 2000, &v), IP_DEFRAG_DONE);
	/* A copy is known for what it is as long as the timeout; then the id may come again. */
	ck_assert_int_eq(push(d, 133, 7, 0, 2000, &v), IP_DEFRAG_DROPPED);
	ck_assert_int_eq(push(d, 170, 7, 0, 2000, &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 170, 7, 2000, 2000, &v), IP_DEFRAG_DONE);
	/* A clock that jumps back makes things stale, too. */
	ck_assert_int_eq(push(d, 170, 8, 0, 2000, &v), IP_DEFRAG_WAITING);
	ck_assert_int_eq(push(d, 5, 8, 2000, 2000, &v), IP_DEFRAG_WAITING);
	ck_assert_uint_eq(ip_defrag_counts(d).timed_out, 2);
	v = fragment_of(9, 0, 800);
	ck_assert_int_eq(ip_defrag_push(d, INT64_MAX, here(), &v), IP_DEFRAG_WAITING);
	v = fragment_of(9, 0, 800);
	ck_assert_int_eq(ip_defrag_push(d, INT64_MIN, here(), &v), IP_DEFRAG_WAITING);
	ip_defrag_free(d);
}
END_TEST

START_TEST(bounded_in_number_and_octets)
{
	datagram_fill();
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v;

	for (uint32_t id = 0; id < 3 * IP_DEFRAG_MAX_DATAGRAMS; id++) {
		v = fragment_of(id, 0, 800);
		/* Far up: each takes the whole 64 KiB. */
		v.fragment.offset = id % 2 ? 64000 : 0;
		ck_assert_int_eq(ip_defrag_push(d, 1, here(), &v), IP_DEFRAG_WAITING);
	}
	ck_assert(ip_defrag_check(d));
	struct ip_defrag_counts c = ip_defrag_counts(d);
	ck_assert_uint_eq(c.waiting + c.evicted, 3 * IP_DEFRAG_MAX_DATAGRAMS);
	ck_assert_uint_gt(c.waiting, 100);
	for (uint32_t id = 0; id < 2 * IP_DEFRAG_MAX_FINISHED; id++) {
		push(d, 1, 100000 + id, 0, 2000, &v);
		v = fragment_of(100000 + id, 2000, 2000);
		ck_assert_int_eq(ip_defrag_push(d, NS_PER_S, here(), &v), IP_DEFRAG_DONE);
		if (id > 20)
			id += 97; /* the check walks all of it */
	}
	for (uint32_t id = 0; id < 2 * IP_DEFRAG_MAX_FINISHED; id++) {
		v = fragment_of(200000 + id, 0, 2000);
		ck_assert_int_eq(ip_defrag_push(d, NS_PER_S, here(), &v), IP_DEFRAG_WAITING);
		v = fragment_of(200000 + id, 2000, 2000);
		ck_assert_int_eq(ip_defrag_push(d, NS_PER_S, here(), &v), IP_DEFRAG_DONE);
	}
	ck_assert(ip_defrag_check(d));
	ip_defrag_free(d);
}
END_TEST

START_TEST(fragments_in_a_fragmented_tunnel)
{
	/* IPv4 in UDP in GTP-U, in two outer fragments; inside, the first and then the second half of a small datagram. */
	const uint8_t outer_udp[16] = { 8, 104, 8, 104, 0, 52, 0, 0, 0x30, 255, 0, 36, 0, 0, 0, 1 };
	uint8_t ip[20] = { 0x45, 0, 0, 36, 0, 9, 0x20, 0, 64, 17, 0, 0, 10, 9, 9, 1, 10, 9, 9, 2 };
	const uint8_t inner[32] = { 1, 2, 3, 4, 0, 32, 0, 0, 'a', 'b', 'c', 'd' };
	struct ip_defrag *d = ip_defrag_new();
	struct packet_view v;
	enum ip_defrag_status status = IP_DEFRAG_WAITING;

	for (uint32_t half = 0; half < 2; half++) {
		uint8_t whole[52];
		ip[6] = half ? 0 : 0x20;
		ip[7] = half ? 2 : 0;
		memcpy(whole, outer_udp, 16);
		memcpy(whole + 16, ip, 20);
		memcpy(whole + 36, inner + 16 * half, 16);
		for (uint32_t part = 0; part < 2; part++) {
			v = fragment_of(50 + half, 0, 24);
			v.fragment.payload = part ? slice_of(whole + 24, 28) : slice_of(whole, 24);
			v.fragment.offset = part ? 24 : 0;
			v.fragment.more = !part;
			status = ip_defrag_push(d, 0, here(), &v);
			ck_assert(ip_defrag_check(d));
			ck_assert_int_eq(status, half && part ? IP_DEFRAG_DONE : IP_DEFRAG_WAITING);
		}
	}
	ck_assert_int_eq(v.transport, TRANSPORT_UDP);
	ck_assert_uint_eq(v.payload.n, 24);
	ck_assert_uint_eq(v.payload.p[0], 'a');
	ck_assert_uint_eq(v.tunnels, 1);
	ip_defrag_free(d);
}
END_TEST

START_TEST(allocation_fails)
{
	datagram_fill();
	int completed = 0;

	for (uint64_t n = 0; n < 30; n++) {
		mem_fail_after(n);
		struct ip_defrag *d = ip_defrag_new();
		bool failed = !d;
		struct packet_view v;
		for (size_t at = 0; d && at < UDP_LENGTH; at += 800) {
			enum ip_defrag_status status = push(d, 0, 7, at, 800, &v);
			if (status == IP_DEFRAG_NO_MEMORY) {
				failed = true;
				status = push(d, 0, 7, at, 800, &v);
			}
			ck_assert_int_eq(status, at + 800 < UDP_LENGTH ? IP_DEFRAG_WAITING
			                                               : IP_DEFRAG_DONE);
		}
		mem_fail_after(UINT64_MAX);
		completed += !failed;
		ip_defrag_free(d);
	}
	ck_assert_int_gt(completed, 0);
	ck_assert_int_lt(completed, 30);
}
END_TEST

Suite *suite_ip_defrag(void)
{
	Suite *s = suite_create("ip_defrag");
	TCase *t = tcase_create("ip_defrag");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, any_order, 0, sizeof orders / sizeof *orders);
	tcase_add_test(t, overlap_keeps_the_first);
	tcase_add_test(t, nonsense_is_dropped);
	tcase_add_test(t, keys_do_not_mix);
	tcase_add_test(t, timeout_in_capture_time);
	tcase_add_test(t, bounded_in_number_and_octets);
	tcase_add_test(t, fragments_in_a_fragmented_tunnel);
	tcase_add_test(t, allocation_fails);
	suite_add_tcase(s, t);
	return s;
}
