#include "analyzer/audio/audio_sink.h"
#include "base/mem.h"
#include "tests/helpers/stream_lab.h"

#include <check.h>

#define A "192.0.2.1:4000"
#define B "192.0.2.2:5000"
#define C "192.0.2.3:6000"

/* A sink that remembers what it was told. */
struct ear {
	unsigned opened, closed, decoded, concealed;
	struct audio_source source; /* of the last one */
	struct audio_ended ended; /* of the last one with a row */
	struct track_counts counts;
	bool deaf; /* wants nothing */
};

static bool ear_open(void *context, const struct audio_source *source, void **listener)
{
	struct ear *e = context;

	e->opened++;
	e->source = *source;
	*listener = e->deaf ? NULL : e;
	return true;
}

static bool ear_block(void *listener, const struct track_block *block)
{
	struct ear *e = listener;

	e->decoded += block->origin == TRACK_DECODED ? (unsigned)block->count : 0;
	e->concealed += block->origin == TRACK_CONCEALED ? (unsigned)block->count : 0;
	return true;
}

static bool ear_close(void *listener, const struct audio_ended *ended)
{
	struct ear *e = listener;

	e->closed++;
	if (ended->stream_id != RECORD_NULL) {
		e->ended = *ended;
		e->counts = *ended->counts;
	}
	return true;
}

static struct audio_sink sink_of(struct ear *e)
{
	return (struct audio_sink){
		.context = e, .open = ear_open, .block = ear_block, .close = ear_close
	};
}

START_TEST(a_stream_is_heard)
{
	struct ear ear = { 0 };
	struct audio_sink sink = sink_of(&ear);
	struct stream_lab lab;
	struct lab_flow f = lab_flow(A, B, 7);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	ck_assert(lab_run(&lab, &f, 50));
	lab_skip(&f);
	ck_assert(lab_run(&lab, &f, 49));
	ck_assert(streams_finish(lab.streams));
	ck_assert_uint_eq(ear.opened, 1);
	ck_assert_uint_eq(ear.closed, 1);
	ck_assert_uint_eq(ear.source.ssrc, 7);
	ck_assert(endpoint_eq(ear.source.src, f.src) && endpoint_eq(ear.source.dst, f.dst));
	ck_assert_uint_eq(ear.decoded, 99 * 160);
	ck_assert_uint_eq(ear.concealed, 160);
	ck_assert_int_eq(ear.ended.stream_id, lab_int(&lab, "SELECT id FROM streams"));
	ck_assert_int_eq(ear.ended.call_id, RECORD_NULL);
	ck_assert_uint_eq(ear.counts.decoded, 99);
	stream_lab_close(&lab);
}
END_TEST

/* The first packet of a segment waits for the second: it is heard as a whole. */
START_TEST(a_restart_is_heard_as_a_whole)
{
	struct ear ear = { 0 };
	struct audio_sink sink = sink_of(&ear);
	struct stream_lab lab;
	struct lab_flow f = lab_flow(A, B, 7);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	ck_assert(lab_run(&lab, &f, 50));
	f.seq = (uint16_t)(f.seq + 20000);
	f.timestamp += 1000000;
	ck_assert(lab_run(&lab, &f, 50));
	ck_assert(streams_finish(lab.streams));
	ck_assert_int_eq(lab_int(&lab, "SELECT segments FROM streams"), 2);
	ck_assert_uint_eq(ear.decoded, 100 * 160);
	ck_assert_uint_eq(ear.concealed, 0);
	stream_lab_close(&lab);
}
END_TEST

START_TEST(of_a_call)
{
	static const char offer[] = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\n"
	                            "t=0 0\nm=audio 4000 RTP/AVP 96\na=rtpmap:96 L16/8000\n";
	static const char answer[] = "v=0\no=- 1 1 IN IP4 192.0.2.2\ns=-\nc=IN IP4 192.0.2.2\n"
	                             "t=0 0\nm=audio 5000 RTP/AVP 96\na=rtpmap:96 L16/8000\n";
	struct ear ear = { 0 };
	struct audio_sink sink = sink_of(&ear);
	struct call_media media;
	struct stream_lab lab;
	struct lab_flow f = lab_flow(A, B, 7);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	call_media_init(&media, 5);
	ck_assert(lab_sdp(&lab, &media, PARTY_CALLER, offer));
	ck_assert(lab_sdp(&lab, &media, PARTY_CALLEE, answer));
	f.payload_type = 96;
	f.octets = 320;
	ck_assert(lab_run(&lab, &f, 10));
	ck_assert(streams_close_call(lab.streams, &media));
	ck_assert_int_eq(ear.ended.call_id, 5);
	ck_assert(ear.ended.to_callee);
	ck_assert_uint_eq(ear.decoded, 10 * 160);
	stream_lab_close(&lab);
}
END_TEST

START_TEST(encrypted_says_why)
{
	static const char offer[] = "v=0\no=- 1 1 IN IP4 192.0.2.2\ns=-\nc=IN IP4 192.0.2.2\n"
	                            "t=0 0\nm=audio 5000 RTP/SAVP 0\n";
	struct ear ear = { 0 };
	struct audio_sink sink = sink_of(&ear);
	struct call_media media;
	struct stream_lab lab;
	struct lab_flow f = lab_flow(A, B, 7);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	call_media_init(&media, 5);
	ck_assert(lab_sdp(&lab, &media, PARTY_CALLEE, offer));
	ck_assert(lab_run(&lab, &f, 10));
	ck_assert(streams_close_call(lab.streams, &media));
	ck_assert_uint_eq(ear.decoded, 0);
	ck_assert_uint_eq(ear.counts.undecoded, 10);
	ck_assert_ptr_nonnull(strstr(ear.counts.why, "encrypted"));
	stream_lab_close(&lab);
}
END_TEST

/* What never became a stream has no row, and its listener is told so. */
START_TEST(probation_ends_without_a_row)
{
	struct ear ear = { .ended = { .stream_id = -5 } };
	struct audio_sink sink = sink_of(&ear);
	struct stream_lab lab;
	struct lab_flow f = lab_flow(C, B, 9);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	ck_assert(lab_run(&lab, &f, 1));
	ck_assert(streams_finish(lab.streams));
	ck_assert_uint_eq(ear.opened, 1);
	ck_assert_uint_eq(ear.closed, 1);
	ck_assert_int_eq(ear.ended.stream_id, -5);
	stream_lab_close(&lab);
}
END_TEST

START_TEST(not_wanted)
{
	struct ear ear = { .deaf = true };
	struct audio_sink sink = sink_of(&ear);
	struct stream_lab lab;
	struct lab_flow f = lab_flow(A, B, 7);

	ck_assert(stream_lab_open(&lab));
	lab.analysis.audio = &sink;
	ck_assert(lab_run(&lab, &f, 50));
	f.seq = (uint16_t)(f.seq + 20000);
	ck_assert(lab_run(&lab, &f, 50));
	ck_assert(streams_finish(lab.streams));
	ck_assert_uint_eq(ear.opened, 1);
	ck_assert_uint_eq(ear.closed, 0);
	ck_assert_uint_eq(ear.decoded, 0);
	stream_lab_close(&lab);
}
END_TEST

/* Every listener that was opened is closed, whatever fails. */
START_TEST(allocation_fails)
{
	for (uint64_t n = 0; n < 40; n++) {
		struct ear ear = { 0 };
		struct audio_sink sink = sink_of(&ear);
		struct stream_lab lab;
		struct lab_flow f = lab_flow(A, B, 7);

		ck_assert(stream_lab_open(&lab));
		lab.analysis.audio = &sink;
		mem_fail_after(n);
		bool ok = lab_run(&lab, &f, 20);
		f.seq = (uint16_t)(f.seq + 20000);
		ok = ok && lab_run(&lab, &f, 20) && streams_finish(lab.streams);
		mem_fail_after(UINT64_MAX);
		ck_assert(ok == (lab.err.code == ERR_NONE));
		stream_lab_close(&lab);
		ck_assert_uint_eq(ear.opened, ear.closed);
	}
}
END_TEST

Suite *suite_sound(void);
Suite *suite_sound(void)
{
	Suite *s = suite_create("sound");
	TCase *tc = tcase_create("sound");

	tcase_add_test(tc, a_stream_is_heard);
	tcase_add_test(tc, a_restart_is_heard_as_a_whole);
	tcase_add_test(tc, of_a_call);
	tcase_add_test(tc, encrypted_says_why);
	tcase_add_test(tc, probation_ends_without_a_row);
	tcase_add_test(tc, not_wanted);
	tcase_add_test(tc, allocation_fails);
	suite_add_tcase(s, tc);
	return s;
}
