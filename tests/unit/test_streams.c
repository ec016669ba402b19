/* The streams module as a whole: what is accepted and when it ends, random input, memory. */
#include "base/mem.h"
#include "tests/helpers/stream_case.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* ---- acceptance ---- */

START_TEST(noise_is_not_accepted)
{
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	switch (_i) {
	case 0: /* zeros after a first octet 0x80, as games send */
		for (int i = 0; i < 50; i++, f.time_ns += f.step_ns) {
			f.seq = 0;
			f.timestamp = 0;
			lab_send(&lab, &f);
		}
		break;
	case 1: /* random everything */
		for (int i = 0; i < 300; i++, f.time_ns += f.step_ns) {
			f.ssrc = 7;
			f.seq = (uint16_t)rand();
			f.timestamp = (uint32_t)rand() * 3u;
			lab_send(&lab, &f);
		}
		break;
	case 2: /* RTCP-like and unassigned types */
		f.ssrc = 7;
		f.payload_type = 72;
		lab_run(&lab, &f, 20);
		f.payload_type = 50;
		lab_run(&lab, &f, 20);
		break;
	case 3: /* two packets only */
		f.ssrc = 7;
		lab_run(&lab, &f, 2);
		break;
	case 4: /* every packet its own SSRC, many of them */
		for (unsigned i = 1; i < 2 * STREAMS_MAX_PROBATION; i++, f.time_ns += 1000) {
			f.ssrc = i;
			lab_send(&lab, &f);
			ck_assert_uint_le(streams_counts(lab.streams).probation,
			                  STREAMS_MAX_PROBATION);
		}
		break;
	default: break;
	}
	end_lab();
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM streams"), 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM stream_intervals"), 0);
	close_lab();
}
END_TEST

START_TEST(lossy_stream_is_accepted_in_the_end)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	for (int i = 0; i < 12; i++) {
		lab_run(&lab, &f, 1);
		lab_skip(&f);
	}
	end_lab();
	ck_assert_int_eq(one("packets"), 12);
	ck_assert_int_eq(one("lost"), 11);
	close_lab();
}
END_TEST

START_TEST(idle_orphans_are_written)
{
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);

	open_lab();
	lab_run(&lab, &f, 50);
	lab_run(&lab, &g, 2);
	lab_pass(&lab, f.time_ns + 12 * NS_PER_S);
	ck_assert_uint_eq(streams_counts(lab.streams).probation, 0);
	ck_assert_uint_eq(streams_counts(lab.streams).live, 1);
	lab_pass(&lab, f.time_ns + 61 * NS_PER_S);
	ck_assert_uint_eq(streams_counts(lab.streams).live, 0);
	ck_assert_int_eq(one("packets"), 50);
	end_lab();
	close_lab();
}
END_TEST

/* ---- properties ---- */

/* Loss, duplicates, reordering and restarts with known truth, in sequences of any length. */
START_TEST(random_streams_equal_truth)
{
	struct lab_flow f = lab_flow(A, B, 3);
	int64_t packets = 0, lost = 0, duplicates = 0, reordered = 0, segments = 1;

	open_lab();
	srand((unsigned)_i);
	f.seq = (uint16_t)rand();
	f.timestamp = (uint32_t)rand() * 2u;
	lab_run(&lab, &f, 5);
	packets += 5;
	for (int k = 0; k < 3000; k++) {
		struct lab_flow g = f;
		int what = rand() % 100;
		if (what < 3) {
			int n = 1 + rand() % 8;
			for (int i = 0; i < n; i++)
				lab_skip(&f);
			lost += n;
		} else if (what < 6) {
			g.time_ns += NS_PER_MS;
			lab_skip(&f);
			lab_send(&lab, &f);
			g.time_ns = f.time_ns + NS_PER_MS;
			lab_send(&lab, &g);
			lab_skip(&f);
			reordered++;
			packets += 2;
		} else if (what < 9) {
			lab_send(&lab, &f);
			lab_send(&lab, &f);
			lab_skip(&f);
			packets++;
			duplicates++;
			continue;
		} else if (what == 9 && rand() % 10 == 0) {
			f.seq = (uint16_t)(f.seq + 5000 + rand() % 50000);
			f.timestamp += (uint32_t)rand();
			lab_run(&lab, &f, 2);
			packets += 2;
			segments++;
			continue;
		}
		lab_run(&lab, &f, 1);
		packets++;
	}
	end_lab();
	ck_assert_int_eq(one("packets"), packets);
	ck_assert_int_eq(one("lost"), lost);
	ck_assert_int_eq(one("duplicates"), duplicates);
	ck_assert_int_eq(one("reordered"), reordered);
	ck_assert_int_eq(one("segments"), segments);
	ck_assert_int_eq(one("ignored"), 0);
	close_lab();
}
END_TEST

/* Anything at all: invariants hold, nothing is read that should not be. */
START_TEST(random_input_keeps_the_invariants)
{
	static const char *const ends[] = { A, B, "192.0.2.9:9000", "192.0.2.9:9002" };
	static const char *const sdps[] = {
		SDP_A, SDP_B, SDP_TO("192.0.2.9", "9000", "0 97", "a=rtpmap:97 opus/48000\r\n"),
		SDP_TO("192.0.2.9", "9002", "97", "a=rtpmap:97 telephone-event/8000\r\n")
	};
	struct lab_flow f = lab_flow(A, B, 0);

	open_lab();
	srand((unsigned)_i + 100);
	for (int k = 0; k < 20000; k++) {
		uint8_t payload[8];
		for (int i = 0; i < 8; i++)
			payload[i] = (uint8_t)(rand() % 12);
		f.src = lab_endpoint(ends[rand() % 4]);
		f.dst = lab_endpoint(ends[rand() % 4]);
		f.ssrc = (uint32_t)rand() % 3;
		f.seq = (uint16_t)(rand() % 20 ? f.seq + rand() % 3 : rand());
		f.timestamp += rand() % 50 ? 160u : (uint32_t)rand();
		f.payload_type = (uint8_t)(rand() % 5 ? 0 : rand() % 128);
		f.time_ns += rand() % 500 ? 20 * NS_PER_MS : (rand() % 200 - 50) * NS_PER_S;
		ck_assert(lab_send_payload(&lab, &f, slice_of(payload, (size_t)(rand() % 9))));
		struct call_media *m = rand() % 2 ? &call_one : &call_two;
		if (rand() % 50 == 0)
			ck_assert(lab_sdp(&lab, m, (enum party)(rand() % 2), sdps[rand() % 4]));
		if (rand() % 300 == 0)
			m->end_ns = f.time_ns;
		if (rand() % 600 == 0) {
			ck_assert(streams_close_call(lab.streams, m));
			call_media_init(m, m->call_id);
		}
	}
	streams_close_call(lab.streams, &call_one);
	streams_close_call(lab.streams, &call_two);
	end_lab();
	close_lab();
}
END_TEST

/* Jitter from microseconds to seconds: more histogram pages than were promised, all given back. */
static bool jitter_everywhere(void)
{
	struct lab_flow f = lab_flow(A, B, 1);

	if (!stream_lab_open(&lab) || !lab_run(&lab, &f, 100))
		return false;
	for (int64_t shift = 0; shift < 32; shift++) {
		for (int i = 0; i < 20; i++) {
			f.time_ns += INT64_C(1000) << (shift < 21 ? shift : 21);
			if (!lab_run(&lab, &f, 1))
				return false;
		}
	}
	return streams_finish(lab.streams);
}

START_TEST(jitter_spreads_over_many_pages)
{
	uint64_t before = mem_count();

	ck_assert(jitter_everywhere());
	uint64_t total = mem_count() - before;
	ck_assert_double_gt(one_real("jitter_max_ms"), 500);
	close_lab();
	for (uint64_t n = 0; n < total; n++) {
		mem_fail_after(n);
		bool ok = jitter_everywhere();
		mem_fail_after(UINT64_MAX);
		ck_assert(!ok && lab.err.code == ERR_MEMORY);
		close_lab();
	}
}
END_TEST

/* Every payload type there can be: the common ones, those kept apart, and those beyond. */
START_TEST(many_payload_types_are_counted)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_run(&lab, &f, 20));
	for (int round = 0; round < 3; round++) {
		for (uint8_t type = 96; type < 112; type++) {
			f.payload_type = type;
			ck_assert(lab_run(&lab, &f, 2));
		}
		f.payload_type = 0;
		ck_assert(lab_run(&lab, &f, 20));
	}
	end_lab();
	ck_assert_int_eq(one("packets"), 20 + 3 * (16 * 2 + 20));
	ck_assert_int_eq(one("payload_type"), 0);
	expect_text("SELECT codec FROM streams", "PCMU");
	close_lab();
}
END_TEST

/* Every allocation fails once: an error comes out, or all is well; nothing leaks. */
static bool scenario(void)
{
	struct lab_flow f = lab_flow(A, B, 1), g = lab_flow(B, A, 2);
	uint8_t buf[100];

	call_media_init(&call_one, 1);
	return stream_lab_open(&lab) && lab_run(&lab, &f, 5) && lab_press(&lab, &f, 101, 3, 5) &&
	       lab_sdp(&lab, &call_one, PARTY_CALLER, SDP_A) && lab_run(&lab, &g, 5) &&
	       lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B) && lab_run(&lab, &f, 600) &&
	       lab_press(&lab, &f, 101, 4, 5) &&
	       lab_rtcp(&lab, f.time_ns, B, A, receiver_report(buf, 2, 1, 0, 0)) &&
	       streams_close_call(lab.streams, &call_one) && streams_finish(lab.streams);
}

START_TEST(out_of_memory_is_an_error)
{
	uint64_t before = mem_count();

	ck_assert(scenario());
	close_lab();
	uint64_t total = mem_count() - before;
	ck_assert_uint_ge(total, 10);
	for (uint64_t n = 0; n < total; n++) {
		mem_fail_after(n);
		bool ok = scenario();
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(ok || lab.err.code == ERR_MEMORY, "allocation %lu: %s",
		              (unsigned long)n, lab.err.text);
		ck_assert_msg(!ok, "allocation %lu of %lu was not missed", (unsigned long)n,
		              (unsigned long)total);
		close_lab();
	}
}
END_TEST

START_TEST(known_stream_allocates_nothing)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 500); /* the store has made room for interval rows */
	uint64_t before = mem_count();
	lab_run(&lab, &f, 500);
	ck_assert_uint_eq(mem_count(), before);
	end_lab();
	close_lab();
}
END_TEST

/* The clock of the capture is set back once, by more than any reordering: no jitter, no loss, no new segment. */
START_TEST(clock_stepped_back)
{
	static const int64_t steps_ms[] = { 600, 2000, 20000, 7200000 };
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 50);
	f.time_ns -= steps_ms[_i] * NS_PER_MS;
	lab_run(&lab, &f, 50);
	end_lab();
	ck_assert(one_real("jitter_max_ms") < 1e-6);
	ck_assert(fabs(one_real("max_delta_ms") - 20) < 1e-6);
	ck_assert_int_eq(one("late"), 0);
	ck_assert_int_eq(one("lost"), 0);
	ck_assert_int_eq(one("segments"), 1);
	ck_assert_int_eq(one("expected"), 100);
	close_lab();
}
END_TEST

/* The codec is the one of most packets, whichever came first or last. */
START_TEST(codec_of_most_packets)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE,
	                  SDP_TO("198.51.100.2", "6000", "0 8 18", "")));
	lab_run(&lab, &f, 40);
	f.payload_type = 18;
	f.octets = 20;
	lab_run(&lab, &f, 60);
	f.payload_type = 8;
	f.octets = 160;
	lab_run(&lab, &f, 50);
	end_lab();
	ck_assert_int_eq(one("payload_type"), 18);
	expect_text("SELECT codec FROM streams", "G729");
	ck_assert_int_eq(one("packets"), 150);
	ck_assert_int_eq(one("bytes"), 90 * 160 + 60 * 20);
	ck_assert(one_real("mos_lq") < 4.2); /* PCMU and PCMA: 4.41 */
	close_lab();
}
END_TEST

Suite *suite_streams(void);
Suite *suite_streams(void)
{
	Suite *s = suite_create("streams");
	TCase *t = tcase_create("streams");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, noise_is_not_accepted, 0, 5);
	tcase_add_test(t, lossy_stream_is_accepted_in_the_end);
	tcase_add_test(t, idle_orphans_are_written);
	tcase_add_loop_test(t, random_streams_equal_truth, 0, 20);
	tcase_add_loop_test(t, random_input_keeps_the_invariants, 0, 5);
	tcase_add_test(t, jitter_spreads_over_many_pages);
	tcase_add_test(t, many_payload_types_are_counted);
	tcase_add_test(t, out_of_memory_is_an_error);
	tcase_add_test(t, known_stream_allocates_nothing);
	tcase_add_loop_test(t, clock_stepped_back, 0, 4);
	tcase_add_test(t, codec_of_most_packets);
	suite_add_tcase(s, t);
	return s;
}
