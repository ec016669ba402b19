/* The recorder: rings between threads, frames out of payloads, what is lost and what a full disk does. */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/record.h"
#include "cli/record_frame.h"
#include "cli/record_ring.h"
#include "dissectors/packet.h"
#include "reports/records/query.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- ring --------------------------------------------------------------------------------------------------------- */

static size_t length_of(unsigned i)
{
	return i * 37 % 500;
}

static void *write_many(void *context)
{
	struct record_ring *r = context;

	for (unsigned i = 0; i < 20000;) {
		uint8_t *p = record_ring_reserve(r, i % 7, i, length_of(i));
		if (!p) {
			sched_yield(); /* full: the reader is behind */
			continue;
		}
		memset(p, (int)(i & 0xff), length_of(i));
		record_ring_commit(r);
		i++;
	}
	return NULL;
}

START_TEST(ring_between_threads)
{
	struct record_ring r;
	pthread_t writer;

	ck_assert(record_ring_init(&r, 4096));
	ck_assert_int_eq(pthread_create(&writer, NULL, write_many, &r), 0);
	for (unsigned i = 0; i < 20000;) {
		const struct record_entry *e = record_ring_front(&r);
		if (!e) {
			sched_yield();
			continue;
		}
		const uint8_t *p = record_entry_octets(e);
		ck_assert_uint_eq(e->length, length_of(i));
		ck_assert_int_eq(e->time_ns, i);
		ck_assert_uint_eq(e->kind, i % 7);
		for (size_t k = 0; k < e->length; k += 50)
			ck_assert_uint_eq(p[k], i & 0xff);
		record_ring_drop(&r);
		i++;
	}
	pthread_join(writer, NULL);
	ck_assert(record_ring_front(&r) == NULL);
	record_ring_release(&r);
}
END_TEST

START_TEST(ring_is_full)
{
	struct record_ring r;
	unsigned taken = 0;

	ck_assert(record_ring_init(&r, 1024));
	while (record_ring_reserve(&r, 0, 0, 100)) {
		record_ring_commit(&r);
		taken++;
	}
	ck_assert_uint_eq(taken, 1024 / 160);
	ck_assert_uint_eq(atomic_load(&r.lost), 1);
	ck_assert(record_ring_reserve(&r, 0, 0, 100000) == NULL);
	ck_assert_uint_eq(atomic_load(&r.lost), 2);
	ck_assert(record_ring_front(&r) != NULL);
	record_ring_drop(&r);
	ck_assert(record_ring_reserve(&r, 0, 0, 100) != NULL);
	record_ring_release(&r);
}
END_TEST

/* --- frames ------------------------------------------------------------------------------------------------------- */

struct frames_seen {
	struct packet_view views[16];
	unsigned count;
	size_t octets;
	uint8_t payload[16][16];
};

static bool see(void *context, int64_t time_ns, struct slice frame)
{
	struct frames_seen *s = context;
	struct packet_view *v = &s->views[s->count];

	(void)time_ns;
	ck_assert_uint_lt(s->count, 16);
	ck_assert(packet_dissect(LINK_RAW, frame, v) == PARSE_OK);
	s->octets += v->payload.n;
	memcpy(s->payload[s->count], v->payload.p, v->payload.n < 16 ? v->payload.n : 16);
	s->count++;
	return true;
}

static struct endpoint at(const char *address, uint16_t port)
{
	struct endpoint e = { .port = port };

	ck_assert(ip_addr_parse(slice_str(address), &e.addr));
	return e;
}

static struct record_frames *new_frames(void)
{
	struct record_frames *f = mem_alloc(sizeof *f);

	ck_assert_ptr_nonnull(f);
	record_frames_init(f);
	return f;
}

static void free_frames(struct record_frames *f)
{
	record_frames_release(f);
	mem_free(f);
}

/* As a receiver checks it: all of it with its checksum sums up to ones. */
static uint16_t sum16(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i++)
		s += (uint32_t)p[i] << (i % 2 ? 0 : 8);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static bool check_sums(void *context, int64_t time_ns, struct slice frame)
{
	bool v4 = frame.p[0] >> 4 == 4;
	size_t header = v4 ? 20 : 40, rest = frame.n - header;
	uint32_t pseudo = v4 ? frame.p[9] : frame.p[6];

	(void)context;
	(void)time_ns;
	if (v4)
		ck_assert_uint_eq(sum16(frame.p, header, 0), 0xffff);
	pseudo += (uint32_t)rest;
	pseudo += sum16(frame.p + (v4 ? 12 : 8), v4 ? 8 : 32, 0);
	ck_assert_uint_eq(sum16(frame.p + header, rest, pseudo), 0xffff);
	return true;
}

START_TEST(datagrams)
{
	static uint8_t large[70000];
	struct record_frames *f = new_frames();
	struct frames_seen seen = { .count = 0 };
	bool memory;
	struct tap_packet p = { 1, at("192.0.2.1", 5060), at("192.0.2.2", 5062), TAP_UDP,
		                SLICE_LIT("hello") };

	ck_assert(record_frames_packet(f, &p, see, &seen, &memory));
	ck_assert(record_frames_packet(f, &p, check_sums, NULL, &memory));
	p.src = at("2001:db8::1", 5060);
	p.dst = at("2001:db8::2", 5060);
	ck_assert(record_frames_packet(f, &p, see, &seen, &memory));
	ck_assert(record_frames_packet(f, &p, check_sums, NULL, &memory));
	p.bytes = slice_of(large, sizeof large);
	ck_assert(record_frames_packet(f, &p, see, &seen, &memory));
	ck_assert_uint_eq(seen.count, 3);
	ck_assert(seen.views[0].transport == TRANSPORT_UDP && seen.views[0].dport == 5062);
	ck_assert_mem_eq(seen.payload[0], "hello", 5);
	ck_assert(ip_addr_eq(seen.views[1].dst, p.dst.addr));
	ck_assert_mem_eq(seen.payload[1], "hello", 5);
	ck_assert_uint_eq(seen.octets, 10 + RECORD_MOST_DATAGRAM);
	free_frames(f);
}
END_TEST

START_TEST(a_connection)
{
	static uint8_t octets[3000];
	struct record_frames *f = new_frames();
	struct frames_seen seen = { .count = 0 };
	struct endpoint a = at("192.0.2.1", 40000), b = at("192.0.2.2", 5060);
	struct tap_packet there = { 1, a, b, TAP_TCP, SLICE_LIT("request") };
	struct tap_packet back = { 2, b, a, TAP_TLS, slice_of(octets, sizeof octets) };
	const struct packet_view *v = seen.views;
	bool memory;

	ck_assert(record_frames_packet(f, &there, see, &seen, &memory));
	ck_assert(record_frames_packet(f, &back, see, &seen, &memory));
	ck_assert(record_frames_packet(f, &there, see, &seen, &memory));
	/* SYN, SYN ACK, ACK, the request; 3000 octets in three; the request. */
	ck_assert_uint_eq(seen.count, 8);
	ck_assert(v[0].tcp.syn && !v[0].tcp.ack_set && v[0].dport == 5060);
	ck_assert(v[1].tcp.syn && v[1].tcp.ack_set && v[1].sport == 5060);
	ck_assert_uint_eq(v[1].tcp.ack, v[0].tcp.seq + 1);
	ck_assert_uint_eq(v[3].tcp.seq, v[0].tcp.seq + 1);
	ck_assert_uint_eq(v[3].tcp.ack, v[1].tcp.seq + 1);
	ck_assert_uint_eq(v[4].tcp.ack, v[3].tcp.seq + 7);
	ck_assert_uint_eq(v[6].tcp.seq, v[4].tcp.seq + 2 * RECORD_SEGMENT);
	ck_assert_uint_eq(v[7].tcp.ack, v[4].tcp.seq + 3000);
	ck_assert_uint_eq(v[7].tcp.seq, v[3].tcp.seq + 7);
	ck_assert(record_frames_packet(f, &back, check_sums, NULL, &memory));
	free_frames(f);
}
END_TEST

static bool ignore(void *context, int64_t time_ns, struct slice frame)
{
	(void)context;
	(void)time_ns;
	return frame.n > 0;
}

START_TEST(connections_without_end)
{
	struct record_frames *f = new_frames();
	struct tap_packet p = { 1, at("192.0.2.1", 1), at("192.0.2.2", 5060), TAP_TCP,
		                SLICE_LIT("x") };
	bool memory;

	for (unsigned i = 0; i < RECORD_MOST_CONNECTIONS + 100; i++) {
		p.src.port = (uint16_t)i;
		p.dst.port = (uint16_t)(5060 + (i >> 16));
		ck_assert(record_frames_packet(f, &p, ignore, NULL, &memory));
	}
	ck_assert_uint_eq(f->connections.count, RECORD_MOST_CONNECTIONS);
	free_frames(f);
}
END_TEST

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static struct temp_dir dir;

static void make_dir(void)
{
	temp_dir_make(&dir);
}

static void remove_dir(void)
{
	temp_dir_remove(&dir);
}

static const char request[] = "OPTIONS sip:b@192.0.2.2 SIP/2.0\r\n"
                              "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%u\r\n"
                              "From: <sip:a@192.0.2.1>;tag=1\r\n"
                              "To: <sip:b@192.0.2.2>\r\n"
                              "Call-ID: %u\r\n"
                              "CSeq: 1 OPTIONS\r\n\r\n";

static void give_request(struct tap *tap, unsigned number, int64_t time_ns)
{
	char text[512];
	int n = snprintf(text, sizeof text, request, number, number);

	tap_packet(tap, time_ns, at("192.0.2.1", 5060), at("192.0.2.2", 5060), TAP_UDP,
	           slice_of(text, (size_t)n));
}

static struct record_options options_for(const char *database, const char *capture)
{
	return (struct record_options){ .database = database,
		                        .capture = capture,
		                        .command = SLICE_LIT("test"),
		                        .version = SLICE_LIT("0"),
		                        .workers = 2 };
}

static int64_t number_of(const char *database, const char *sql)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(database, &err);
	struct query *q = r ? query_new(r, &err, sql) : NULL;

	ck_assert_msg(q && query_step(q, &err), "%s: %s", sql, err.text);
	int64_t n = query_int(q, 0);
	query_free(q);
	records_close(r);
	return n;
}

#define EACH 2000

static void *be_worker(void *context)
{
	struct tap *tap = context;
	static _Atomic unsigned next;

	for (unsigned i = 0; i < EACH; i++) {
		unsigned n = atomic_fetch_add(&next, 1);
		give_request(tap, n, (int64_t)(1700000000 * NS_PER_S + n * NS_PER_US));
	}
	return NULL;
}

START_TEST(two_workers)
{
	struct err err = ERR_INIT;
	char database[160];
	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "run.db"));
	struct record_options options = options_for(database, NULL);
	struct recorder *r = recorder_new(&options, &err);
	struct truth_call call = { .sip_call_id = SLICE_LIT("7"),
		                   .scenario = SLICE_LIT("s"),
		                   .failed_step = 3,
		                   .outcome = "failed",
		                   .failure = FAILURE_RECEIVE_TIMEOUT,
		                   .failure_text = SLICE_LIT("why"),
		                   .digits_sent = SLICE_LIT("12"),
		                   .messages_sent = 2,
		                   .rtp_sent = 5 };
	struct record_sim_interval interval = { .run_id = 1, .start_us = 1, .calls_started = 9 };
	pthread_t workers[2];

	ck_assert_msg(r != NULL, "%s", err.text);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&workers[i], NULL, be_worker, recorder_tap(r, i));
	for (unsigned i = 0; i < 2; i++)
		pthread_join(workers[i], NULL);
	recorder_truth(r)->call(recorder_truth(r)->context, 1, &call);
	recorder_interval(r, 5, &interval);
	ck_assert_uint_eq(recorder_drain(r), 0);
	ck_assert(recorder_finish(r, SLICE_NONE, 5, &err));
	recorder_free(r);
	ck_assert_int_eq(number_of(database, "SELECT count(*) FROM messages"), 2 * EACH);
	/* In order of time, whoever they came from. */
	ck_assert_int_eq(number_of(database, "SELECT count(*) FROM messages a JOIN messages b "
	                                     "ON b.id = a.id + 1 WHERE b.time_us < a.time_us"),
	                 0);
	ck_assert_int_eq(
	        number_of(database,
	                  "SELECT count(*) FROM sim_calls WHERE sip_call_id = '7' AND "
	                  "failure = 'receive-timeout' AND failure_text = 'why' AND "
	                  "digits_sent = '12' AND packets_sent = 7 AND failed_step = 3 AND "
	                  "scenario = 's' AND role = 'caller'"),
	        1);
	ck_assert_int_eq(number_of(database, "SELECT calls_started FROM sim_intervals"), 9);
	ck_assert_int_eq(number_of(database, "SELECT complete FROM runs"), 1);
}
END_TEST

/* A ring that holds four messages cannot keep up with a thousand at once: the rest is counted, and the records say so. */
START_TEST(too_slow)
{
	struct err err = ERR_INIT;
	char database[160];
	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "run.db"));
	struct record_options options = options_for(database, NULL);
	options.ring_octets = 2048;
	struct recorder *r = recorder_new(&options, &err);

	ck_assert_msg(r != NULL, "%s", err.text);
	for (unsigned i = 0; i < 1000; i++)
		give_request(recorder_tap(r, 0), i, 1700000000 * NS_PER_S + i);
	uint64_t lost = recorder_drain(r);
	ck_assert_uint_gt(lost, 0);
	ck_assert(recorder_finish(r, SLICE_LIT("it was too slow"), 5, &err));
	recorder_free(r);
	ck_assert_int_eq(number_of(database, "SELECT count(*) FROM messages"),
	                 (int64_t)(1000 - lost));
	ck_assert_int_eq(number_of(database, "SELECT count(*) FROM runs WHERE NOT complete AND "
	                                     "note = 'it was too slow'"),
	                 1);
	ck_assert_int_eq(number_of(database, "SELECT dropped_packets FROM captures"),
	                 (int64_t)lost);
}
END_TEST

START_TEST(full_disk)
{
	struct err err = ERR_INIT;
	struct record_options options = options_for(NULL, "/dev/full");
	options.synchronous = true;
	struct recorder *r = recorder_new(&options, &err);

	ck_assert_msg(r != NULL, "%s", err.text);
	for (unsigned i = 0; i < 1000; i++)
		give_request(recorder_tap(r, 0), i, i);
	ck_assert(recorder_failed(r));
	ck_assert(!recorder_finish(r, SLICE_NONE, 5, &err));
	ck_assert_msg(strstr(err.text, "cannot write '/dev/full': No space left") != NULL &&
	                      strstr(err.text, "; '/dev/full' holds what there was room for"),
	              "%s", err.text);
	recorder_free(r);
}
END_TEST

/* The database cannot get its name; the packets are kept, and it is said how many. */
START_TEST(capture_outlives_database)
{
	struct err err = ERR_INIT;
	char database[160], capture[160];

	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "run.db"));
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "x.pcapng"));
	struct record_options options = options_for(database, capture);
	options.synchronous = true;
	struct recorder *r = recorder_new(&options, &err);

	ck_assert_msg(r != NULL, "%s", err.text);
	for (unsigned i = 0; i < 12; i++)
		give_request(recorder_tap(r, 0), i, i);
	ck_assert_int_eq(mkdir(database, 0700), 0);
	ck_assert(!recorder_finish(r, SLICE_NONE, 5, &err));
	ck_assert_msg(strstr(err.text, "x.pcapng' holds the 12 packets until then") != NULL, "%s",
	              err.text);
	recorder_free(r);
	rmdir(database);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	char database[160];
	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "run.db"));
	struct record_options options = options_for(database, NULL);
	options.synchronous = true;

	mem_fail_after((uint64_t)_i);
	struct recorder *r = recorder_new(&options, &err);
	bool ok = r != NULL;
	for (unsigned i = 0; r && i < 3; i++)
		give_request(recorder_tap(r, 0), i, i);
	ok = ok && recorder_finish(r, SLICE_NONE, 5, &err);
	mem_fail_after(UINT64_MAX);
	recorder_free(r);
	ck_assert(ok || err.code == ERR_MEMORY);
}
END_TEST

Suite *suite_recorder(void);
Suite *suite_recorder(void)
{
	Suite *s = suite_create("recorder");
	TCase *t = tcase_create("parts"), *w = tcase_create("whole");

	tcase_set_timeout(
	        t, 60); /* the threads wait for each other, on whatever is left of the machine */
	tcase_add_test(t, ring_between_threads);
	tcase_add_test(t, ring_is_full);
	tcase_add_test(t, datagrams);
	tcase_add_test(t, a_connection);
	tcase_add_test(t, connections_without_end);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(w, make_dir, remove_dir);
	tcase_add_test(w, two_workers);
	tcase_add_test(w, too_slow);
	tcase_add_test(w, full_disk);
	tcase_add_test(w, capture_outlives_database);
	tcase_add_loop_test(w, allocation_n_fails, 0, 60);
	suite_add_tcase(s, w);
	return s;
}
