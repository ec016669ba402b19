/* reports/call_events: the long cursors give what a query for each call gives; what is left out; failing allocations. */
#include "base/mem.h"
#include "reports/call_events.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

static void print_event(const struct call_event *e, struct text *out)
{
	const struct slice texts[] = { e->src,  e->dst,    e->sip_src,   e->sip_dst,   e->label,
		                       e->note, e->method, e->transport, e->first_line };

	text_addf(out,
	          "%d %d %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
	          " %" PRId64 " %" PRId64 " %" PRId64,
	          (int)e->kind, e->again, e->has_sdp, e->id, e->time_us, e->status, e->capture_id,
	          e->frame, e->dialog_id, e->leg, e->bytes, e->defects);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		text_addf(out, texts[i].p ? " |" : " -");
		text_add_terminal(out, texts[i]);
	}
	text_addf(out, "\n");
}

static void print_events(const struct call_events *e, struct text *out)
{
	text_addf(out, "%zu events, %" PRId64 " more, %" PRId64 " legs\n", e->count, e->more,
	          e->legs);
	for (size_t i = 0; i < e->count; i++)
		print_event(&e->all[i], out);
}

static bool read_one(struct records *r, int64_t id, struct text *out, struct err *err)
{
	struct call_events e;
	struct arena arena;

	arena_init(&arena, 4096);
	bool ok = call_events_load(&e, r, id, &arena, err);
	if (ok)
		print_events(&e, out);
	arena_release(&arena);
	return ok;
}

/* Those of `ids`, which go up. */
static bool read_many(struct records *r, const int64_t *ids, size_t count, struct text *out,
                      struct err *err)
{
	struct call_events_reader *reader = call_events_reader_new(r, err);
	struct call_events e;
	struct arena arena;
	bool ok = reader != NULL;

	arena_init(&arena, 4096);
	for (size_t i = 0; i < count && ok; i++) {
		ok = call_events_read(reader, ids[i], &arena, &e, err);
		if (ok)
			print_events(&e, out);
		arena_reset(&arena);
	}
	arena_release(&arena);
	call_events_reader_free(reader);
	return ok;
}

/* Calls of several legs, their messages and streams in each other's way. */
static struct store *interleaved(void)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	char call_id[32];

	for (int64_t id = 1; id <= 12; id++) {
		struct record_call call = sample_call(1);
		call.id = id;
		ck_assert(store_call(s, &call, &err));
	}
	for (int64_t id = 1; id <= 24; id++) {
		snprintf(call_id, sizeof call_id, "leg%" PRId64 "@x", id);
		struct record_dialog d = { .id = id,
			                   .run_id = 1,
			                   .call_id = id % 5 ? (id * 7) % 12 + 1 : RECORD_NULL,
			                   .sip_call_id = slice_str(call_id),
			                   .kind = SLICE_LIT("invite"),
			                   .state = SLICE_LIT("confirmed"),
			                   .src = SLICE_LIT("192.0.2.1:5060"),
			                   .dst = SLICE_LIT("192.0.2.2:5060"),
			                   .start_us = id % 3 ? SAMPLE_START_US - id : RECORD_NULL,
			                   .answer_us = RECORD_NULL,
			                   .end_us = RECORD_NULL,
			                   .forked_from = RECORD_NULL,
			                   .first_message = id,
			                   .last_message = 200,
			                   .ring_us = RECORD_NULL,
			                   .final_status = RECORD_NULL,
			                   .won = RECORD_NULL,
			                   .session_expires_s = RECORD_NULL,
			                   .refreshes = RECORD_NULL };
		ck_assert(store_dialog(s, &d, &err));
	}
	for (int64_t id = 1; id <= 200; id++) {
		struct record_message m = sample_message(id);
		m.dialog_id = id <= 24 ? id : (id * 11) % 24 + 1;
		m.time_us = SAMPLE_START_US + (id * 37) % 40 * 1000;
		ck_assert(store_message(s, &m, &err));
	}
	for (int64_t id = 1; id <= 30; id++) {
		struct record_stream stream = sample_stream(id);
		stream.dialog_id = (id * 5) % 24 + 1;
		stream.call_id = id % 4 ? id % 12 + 1 : RECORD_NULL;
		stream.first_us = SAMPLE_START_US + (id * 13) % 20 * 2000;
		ck_assert(store_stream(s, &stream, &err));
	}
	ck_assert_msg(store_finish(s, 1, &err), "%s", err.text);
	return s;
}

static const struct {
	const char *name;
	int64_t ids[14];
	size_t count;
} ways[] = {
	{ "all", { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, 12 },
	{ "some", { 2, 3, 7, 11 }, 4 },
	{ "the last", { 12 }, 1 },
	{ "one that is not there", { 0, 5, 13 }, 3 },
};

START_TEST(long_cursors_are_as_short_ones)
{
	struct err err = ERR_INIT;
	struct store *s = interleaved();
	struct records *r = records_of(store_handle(s), &err);
	struct text want, got;

	text_init(&want);
	text_init(&got);
	for (size_t i = 0; i < ways[_i].count; i++)
		ck_assert_msg(read_one(r, ways[_i].ids[i], &want, &err), "%s", err.text);
	ck_assert_msg(read_many(r, ways[_i].ids, ways[_i].count, &got, &err), "%s", err.text);
	ck_assert_msg(strcmp(text_cstr(&want), text_cstr(&got)) == 0,
	              "%s: one by one:\n%s\nall:\n%s", ways[_i].name, text_cstr(&want),
	              text_cstr(&got));
	ck_assert(want.n > 30);
	text_release(&want);
	text_release(&got);
	records_close(r);
	store_free(s);
}
END_TEST

/* Of the sample: what is drawn, by hand. */
START_TEST(events_of_the_sample)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct call_events e;
	struct arena arena;
	static const struct {
		enum call_event_kind kind;
		const char *label;
	} want[] = {
		{ EVENT_MESSAGE, "INVITE" },       { EVENT_MESSAGE, "INVITE" },
		{ EVENT_MESSAGE, "100 INVITE" },   { EVENT_MESSAGE, "200 INVITE" },
		{ EVENT_MESSAGE, "ACK" },          { EVENT_STREAM, "RTP PCMU #1" },
		{ EVENT_STREAM, "RTP PCMU #2" },   { EVENT_DIGIT, "DTMF 5" },
		{ EVENT_DIGIT, "DTMF #" },         { EVENT_STREAM_END, "end of #1" },
		{ EVENT_STREAM_END, "end of #2" }, { EVENT_MESSAGE, "BYE" },
		{ EVENT_MESSAGE, "200 BYE" },
	};

	arena_init(&arena, 4096);
	ck_assert(call_events_load(&e, r, 1, &arena, &err));
	ck_assert_uint_eq(e.count, sizeof want / sizeof *want);
	ck_assert_int_eq(e.legs, 1);
	for (size_t i = 0; i < e.count; i++) {
		ck_assert_int_eq(e.all[i].kind, want[i].kind);
		ck_assert(slice_eq_str(e.all[i].label, want[i].label));
	}
	ck_assert(!e.all[0].again && e.all[1].again);
	ck_assert(slice_eq_str(e.all[0].first_line, "INVITE sip:bob@192.0.2.2 SIP/2.0"));
	ck_assert(slice_eq_str(e.all[0].note, "SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv"));
	ck_assert_int_eq(e.all[3].status, 200);
	arena_release(&arena);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(allocation_fails)
{
	static const int64_t ids[] = { 1, 2, 3 };
	struct shortage sh = { 0 };
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	shortage_watch(&sh);
	ck_assert(read_many(r, ids, 3, &out, &err) && read_one(r, 1, &out, &err));
	shortage_plan(&sh);
	while (shortage_next(&sh)) {
		text_release(&out); /* as much to allocate as at first */
		bool ok = read_many(r, ids, 3, &out, &err) && read_one(r, 1, &out, &err);
		shortage_over();
		ck_assert_msg(!ok || out.failed, "allocation %lu", shortage_at(&sh));
		ck_assert(ok || err.code == ERR_MEMORY);
		err = (struct err)ERR_INIT;
	}
	shortage_release(&sh);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

Suite *suite_call_events(void)
{
	Suite *s = suite_create("call_events");
	TCase *t = tcase_create("call_events");

	tcase_add_loop_test(t, long_cursors_are_as_short_ones, 0,
	                    (int)(sizeof ways / sizeof *ways));
	tcase_add_test(t, events_of_the_sample);
	tcase_add_test(t, allocation_fails);
	suite_add_tcase(s, t);
	return s;
}
