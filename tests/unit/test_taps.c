/* reports/compare/taps: two databases of the same calls, by hand. */
#include "base/clock.h"
#include "base/mem.h"
#include "reports/compare/taps_internal.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define START_US INT64_C(1700000000000000)
#define CALLS    4

/* What a tap saw of the calls, in the terms in which they differ. */
struct view {
	const char *kind; /* of the run */
	const char *call_id, *tag; /* in front of the call's number */
	const char *caller, *callee, *host;
	int64_t offset_us, transit_us; /* of its clock; from the caller to here */
	uint32_t ssrc;
	int64_t lost; /* packets of the caller's stream that did not come this far */
	bool no_bye, again; /* of the last call: no BYE came; of the first: its INVITE twice */
};

static const struct view at_a = { "capture", "a-", "t", "0049301234", "bob", "192.0.2.1", 0,
	                          0,         100,  0,   false,        false };
static const struct view behind_sbc = { "capture", "b-", "u", "+49301234", "bob", "203.0.113.9",
	                                13700,     3000, 900, 5,           true,  true };

struct filling {
	struct store *store;
	const struct view *v;
	struct err err;
	int64_t message;
};

static void add_message(struct filling *f, int64_t call, const char *method, int64_t status,
                        int64_t cseq, int64_t at_us, bool from_caller)
{
	char first_line[96], call_id[32], host[32];
	const char *other = "198.51.100.7:5060";

	snprintf(host, sizeof host, "%s:5060", f->v->host);
	snprintf(call_id, sizeof call_id, "%s%d", f->v->call_id, (int)call);
	if (status)
		snprintf(first_line, sizeof first_line, "SIP/2.0 %d OK", (int)status);
	else
		snprintf(first_line, sizeof first_line, "%s sip:bob@%s SIP/2.0", method,
		         f->v->host);
	struct record_message m = {
		.id = ++f->message,
		.capture_id = 1,
		.frame = f->message,
		/* What the callee sends passes B first. */
		.time_us = at_us + f->v->offset_us +
		           (from_caller ? f->v->transit_us : -f->v->transit_us),
		.src = slice_str(from_caller ? host : other),
		.dst = slice_str(from_caller ? other : host),
		.transport = SLICE_LIT("UDP"),
		.first_line = slice_str(first_line),
		.method = status ? SLICE_NONE : slice_str(method),
		.status = status ? status : RECORD_NULL,
		.cseq = cseq,
		.cseq_method = slice_str(method),
		.sip_call_id = slice_str(call_id),
		.transaction_id = RECORD_NULL,
		.dialog_id = call,
		.bytes = 300,
		.retransmission = false,
		.first_frame = RECORD_NULL,
	};
	if (strcmp(method, "INVITE") == 0)
		m.sdp = SLICE_LIT("offer PCMU PCMA 192.0.2.1:4000 sendrecv");
	ck_assert(store_message(f->store, &m, &f->err));
	if (f->v->again && call == 1 && !status && strcmp(method, "INVITE") == 0) {
		m.id = ++f->message;
		m.time_us += 500000;
		m.retransmission = true;
		ck_assert(store_message(f->store, &m, &f->err));
	}
}

static void add_stream(struct filling *f, int64_t call, bool from_caller, int64_t at_us)
{
	int64_t lost = from_caller ? f->v->lost : 0;
	struct record_stream s = {
		.id = 2 * call + from_caller,
		.run_id = 1,
		.call_id = call,
		.dialog_id = call,
		.direction =
		        from_caller ? SLICE_LIT("caller_to_callee") : SLICE_LIT("callee_to_caller"),
		.ssrc = f->v->ssrc + (uint32_t)(2 * call) + from_caller,
		.payload_type = 0,
		.codec = SLICE_LIT("PCMU"),
		.clock_hz = 8000,
		.first_us = at_us + f->v->offset_us +
		            (from_caller ? f->v->transit_us : -f->v->transit_us),
		.packets = 500 - lost,
		.expected = 500,
		.lost = lost,
		.mos_estimated = RECORD_NULL,
	};

	s.last_us = s.first_us + 10000000;
	ck_assert(store_stream(f->store, &s, &f->err));
}

static void add_call(struct filling *f, int64_t id)
{
	/* As people call: never twice alike. */
	int64_t at_us = START_US + id * 4000000, talk_us = 10000000 + id * 700000;
	char call_id[32], from_tag[32], src[32], uri[64];

	snprintf(call_id, sizeof call_id, "%s%d", f->v->call_id, (int)id);
	snprintf(from_tag, sizeof from_tag, "%sfrom%d", f->v->tag, (int)id);
	snprintf(src, sizeof src, "%s:5060", f->v->host);
	snprintf(uri, sizeof uri, "sip:%s@%s", f->v->caller, f->v->host);
	int64_t here_us = at_us + f->v->offset_us + f->v->transit_us;
	struct record_call c = {
		.id = id,
		.run_id = 1,
		.sip_call_id = slice_str(call_id),
		.caller = slice_str(f->v->caller),
		.callee = slice_str(f->v->callee),
		.first_us = here_us,
		.last_us = here_us + talk_us,
		.start_us = here_us,
		.ring_us = RECORD_NULL,
		.answer_us = here_us + 1000000,
		.end_us = here_us + 1000000 + talk_us,
		.pdd_ms = NAN,
		.outcome = SLICE_LIT("answered"),
		.final_status = 200,
		.q850_cause = RECORD_NULL,
		.leg_count = 1,
		.mos_min = NAN,
		.trying_ms = NAN,
		.disconnect_ms = NAN,
	};
	struct record_dialog d = {
		.id = id,
		.run_id = 1,
		.call_id = id,
		.sip_call_id = slice_str(call_id),
		.kind = SLICE_LIT("invite"),
		.state = SLICE_LIT("terminated"),
		.from_uri = slice_str(uri),
		.from_tag = slice_str(from_tag),
		.caller_contact = slice_str(uri),
		.src = slice_str(src),
		.dst = SLICE_LIT("198.51.100.7:5060"),
		.transport = SLICE_LIT("UDP"),
		.start_us = here_us,
		.answer_us = RECORD_NULL,
		.end_us = RECORD_NULL,
		.forked_from = RECORD_NULL,
		.first_message = RECORD_NULL,
		.last_message = RECORD_NULL,
		.ring_us = RECORD_NULL,
		.final_status = 200,
		.won = RECORD_NULL,
		.session_expires_s = RECORD_NULL,
		.refreshes = RECORD_NULL,
	};
	ck_assert(store_call(f->store, &c, &f->err));
	ck_assert(store_dialog(f->store, &d, &f->err));
	add_message(f, id, "INVITE", 0, 1, at_us, true);
	add_message(f, id, "INVITE", 100, 1, at_us + 10000, false);
	add_message(f, id, "INVITE", 200, 1, at_us + 1000000, false);
	if (!(f->v->no_bye && id == CALLS))
		add_message(f, id, "BYE", 0, 2, at_us + 1000000 + talk_us, true);
	add_stream(f, id, true, at_us + 1000000);
	add_stream(f, id, false, at_us + 1020000);
}

static struct store *store_of(const struct view *v)
{
	struct record_run run = { .id = 1,
		                  .kind = slice_str(v->kind),
		                  .command = SLICE_LIT("test"),
		                  .version = SLICE_LIT("0"),
		                  .started_us = START_US,
		                  .finished_us = RECORD_NULL,
		                  .assumed_delay_ms = NAN };
	struct record_capture capture = { .id = 1,
		                          .run_id = 1,
		                          .path = SLICE_LIT("x.pcap"),
		                          .format = SLICE_LIT("pcap"),
		                          .first_us = START_US - 60000000,
		                          .last_us = START_US + 600000000,
		                          .dropped_packets = RECORD_NULL };
	struct filling f = { .v = v, .err = ERR_INIT };

	f.store = store_create(NULL, &run, &f.err);
	ck_assert_msg(f.store != NULL, "%s", f.err.text);
	ck_assert(store_capture(f.store, &capture, &f.err));
	for (int64_t id = 1; id <= CALLS; id++)
		add_call(&f, id);
	ck_assert_msg(store_finish(f.store, START_US, &f.err), "%s", f.err.text);
	return f.store;
}

/* Two stores, opened. */
struct both {
	struct store *stores[TAP_SIDES];
	struct records *records[TAP_SIDES];
};

static void open_both(struct both *b, const struct view *x, const struct view *y)
{
	struct err err = ERR_INIT;

	b->stores[TAP_A] = store_of(x);
	b->stores[TAP_B] = store_of(y);
	for (int i = 0; i < TAP_SIDES; i++) {
		b->records[i] = records_of(store_handle(b->stores[i]), &err);
		ck_assert(b->records[i] != NULL);
	}
}

static void close_both(struct both *b)
{
	for (int i = 0; i < TAP_SIDES; i++) {
		records_close(b->records[i]);
		store_free(b->stores[i]);
	}
}

static const struct taps_options plain = { .max_loss_ratio = NAN };

static struct taps *compare(const struct both *b, const struct taps_options *options)
{
	struct err err = ERR_INIT;
	struct taps *t = taps_new(b->records[TAP_A], b->records[TAP_B], options, &err);

	ck_assert_msg(t != NULL, "%s", err.text);
	return t;
}

/* ---- behind an SBC ---- */

static const struct taps_kind *kind(const struct taps *t, const char *method, int64_t status)
{
	for (unsigned i = 0; i < t->kind_count; i++)
		if (slice_eq_str(t->kinds[i].method, method) && t->kinds[i].status == status)
			return &t->kinds[i];
	ck_abort_msg("no %s", method);
	return NULL;
}

static int64_t rewrite(const struct taps *t, const char *field, const char *from, const char *to)
{
	for (size_t i = 0; i < t->rewrite_count; i++)
		if (strcmp(t->rewrites[i].field, field) == 0 &&
		    slice_eq_str(t->rewrites[i].from, from) && slice_eq_str(t->rewrites[i].to, to))
			return t->rewrites[i].calls;
	return 0;
}

START_TEST(everything_behind_an_sbc)
{
	struct both b;

	open_both(&b, &at_a, &behind_sbc);
	struct taps *t = compare(&b, &plain);
	ck_assert_int_eq(t->matched, CALLS);
	ck_assert_int_eq(t->same_call_id, 0);
	for (uint32_t i = 0; i < CALLS; i++)
		ck_assert_uint_eq(t->side[TAP_A].calls[i].partner, i);
	/* SIP alone: no marks, and one stream of each call lacks packets. */
	ck_assert(t->clock.known && t->clock.both_ways && !t->clock.by_rtp);
	ck_assert_double_eq_tol(t->clock.offset_us, 13700, 1);
	ck_assert_double_eq_tol(t->clock.uncertainty_us, 3000, 1);
	ck_assert_uint_eq(t->pair_count, 2 * CALLS);
	ck_assert_int_eq(t->flows[WAY_A_TO_B].lost_between, 5 * CALLS);
	ck_assert_int_eq(t->flows[WAY_B_TO_A].lost_between, 0);
	/* One BYE of four, an INVITE that came again, 100s that stand on either side. */
	const struct taps_kind *bye = kind(t, "BYE", RECORD_NULL),
	                       *invite = kind(t, "INVITE", RECORD_NULL);
	ck_assert_int_eq(bye->both, CALLS - 1);
	ck_assert_int_eq(bye->only_first, 1);
	ck_assert_int_eq(bye->example_first, CALLS);
	ck_assert_int_eq(invite->both, CALLS);
	ck_assert_int_eq(invite->again_second, 1);
	ck_assert(kind(t, "INVITE", 100)->hop);
	ck_assert_double_eq_tol(taps_values_quantile(&invite->transit_ms, 0.5), 3, 0.01);
	ck_assert_int_eq(rewrite(t, "From user", "00", "+"), CALLS);
	ck_assert_int_eq(rewrite(t, "Request-URI host", "192.0.2.1", "203.0.113.9"), CALLS);
	ck_assert_int_eq(rewrite(t, "caller's Contact host", "192.0.2.1", "203.0.113.9"), CALLS);
	taps_free(t);
	close_both(&b);
}
END_TEST

/* B given first: the same, seen from the other side. */
START_TEST(the_other_way_round)
{
	struct both b;

	open_both(&b, &behind_sbc, &at_a);
	struct taps *t = compare(&b, &plain);
	ck_assert_int_eq(t->matched, CALLS);
	ck_assert_double_eq_tol(t->clock.offset_us, -13700, 1);
	ck_assert_int_eq(t->flows[WAY_B_TO_A].lost_between, 5 * CALLS);
	ck_assert_int_eq(kind(t, "BYE", RECORD_NULL)->only_first, 1);
	ck_assert_int_eq(kind(t, "BYE", RECORD_NULL)->way, WAY_B_TO_A);
	taps_free(t);
	close_both(&b);
}
END_TEST

/* ---- is it the same at all? ---- */

static const struct {
	const char *name, *kind_a, *kind_b;
	int64_t offset_us;
	double ratio;
} overlaps[] = {
	{ "the same calls", "capture", "capture", 13700, 1 },
	{ "a clock of another time zone", "capture", "capture", INT64_C(7200000000), 1 },
	{ "the same Call-IDs, another night", "capture", "capture", INT64_C(86400000000), 0 },
	{ "two runs of a simulator", "simulation", "simulation", 0, 0 },
	{ "a simulator and a capture of it", "simulation", "capture", 200, 1 },
};

START_TEST(how_much_is_the_same)
{
	struct view x = at_a, y = at_a;
	struct err err = ERR_INIT;
	struct both b;
	double ratio;

	x.kind = overlaps[_i].kind_a;
	y.kind = overlaps[_i].kind_b;
	y.offset_us = overlaps[_i].offset_us;
	open_both(&b, &x, &y);
	ck_assert(taps_overlap(b.records[TAP_A], b.records[TAP_B], &ratio, &err));
	ck_assert_msg(ratio == overlaps[_i].ratio, "%s: %f", overlaps[_i].name, ratio);
	close_both(&b);
}
END_TEST

/* ---- verdicts ---- */

static const struct {
	const char *name;
	const struct view *b;
	double max_loss_ratio;
	int code;
} judgements[] = {
	{ "the same tap twice", &at_a, 0, 0 },
	{ "a BYE vanished", &behind_sbc, NAN, 1 },
};

START_TEST(what_falls_short)
{
	struct taps_options options = { .max_loss_ratio = judgements[_i].max_loss_ratio };
	struct err err = ERR_INIT;
	struct verdicts v;
	struct both b;

	open_both(&b, &at_a, judgements[_i].b);
	struct taps *t = compare(&b, &options);
	verdicts_init(&v, "taps", NULL);
	ck_assert(taps_verdicts(t, &v, &err));
	ck_assert_msg(verdicts_exit_code(&v) == judgements[_i].code, "%s", judgements[_i].name);
	verdicts_release(&v);
	taps_free(t);
	close_both(&b);
}
END_TEST

static int64_t results(const struct view *y, double max_loss_ratio, enum verdict_result result)
{
	struct taps_options options = { .max_loss_ratio = max_loss_ratio };
	struct err err = ERR_INIT;
	struct verdicts v;
	struct both b;

	open_both(&b, &at_a, y);
	struct taps *t = compare(&b, &options);
	verdicts_init(&v, "taps", NULL);
	ck_assert(taps_verdicts(t, &v, &err));
	int64_t count = v.counts[result];
	verdicts_release(&v);
	taps_free(t);
	close_both(&b);
	return count;
}

/* 5 of 500 packets are 1 %: of all of that way, and of each stream. */
START_TEST(loss_is_judged_by_its_limit)
{
	ck_assert_int_eq(results(&behind_sbc, 0.0099, VERDICT_FAILED),
	                 results(&behind_sbc, 0.0101, VERDICT_FAILED) + 2);
	ck_assert_int_eq(results(&behind_sbc, NAN, VERDICT_SKIPPED), 2);
}
END_TEST

/* Captures of other calls. */
START_TEST(nothing_in_common)
{
	struct view y = behind_sbc;

	y.caller = "+33199999999";
	y.callee = "carol";
	y.offset_us = INT64_C(40000000000);
	ck_assert_int_eq(results(&y, NAN, VERDICT_ERROR), 1);
}
END_TEST

/* ---- texts ---- */

/* The INVITE of either side; nothing of other messages. */
static bool text_of(void *context, int64_t id, struct text *out, struct err *err)
{
	static const char *const invites[] = {
		"INVITE sip:bob@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nf: <sip:a@x>;tag=1\r\n"
		"Subject: one\r\n two\r\nX-Gone: yes\r\nMax-Forwards: 70\r\nAllow: "
		"BYE\r\n\r\nbody: no\r\n",
		"INVITE sip:bob@x SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9\r\nVia: SIP/2.0/UDP "
		"192.0.2.1\r\nFrom: <sip:a@x>;tag=1\r\nAllow: BYE\r\nMax-Forwards: 69\r\n"
		"Subject: one\r\n two\r\n\r\n",
	};

	(void)err;
	if (id == 1)
		text_addf(out, "%s", invites[*(int *)context]);
	return true;
}

static const struct taps_header *header(const struct taps *t, const char *name)
{
	for (size_t i = 0; i < t->header_count; i++)
		if (slice_eq_str(t->headers[i].name, name))
			return &t->headers[i];
	ck_abort_msg("no %s", name);
	return NULL;
}

START_TEST(header_by_header)
{
	int sides[TAP_SIDES] = { TAP_A, TAP_B };
	struct message_texts texts[TAP_SIDES] = {
		{ .context = &sides[0], .of = text_of },
		{ .context = &sides[1], .of = text_of },
	};
	struct taps_options options = { .texts_a = &texts[0],
		                        .texts_b = &texts[1],
		                        .max_loss_ratio = NAN };
	struct both b;

	open_both(&b, &at_a, &behind_sbc);
	struct taps *t = compare(&b, &options);
	ck_assert_int_eq(t->text_messages, 1);
	ck_assert_int_eq(t->reordered, 1);
	const struct taps_header *via = header(t, "Via"), *forwards = header(t, "Max-Forwards");
	ck_assert(via->added == 1 && via->changed == 0 && via->removed == 0);
	ck_assert(forwards->changed == 1 && slice_eq_str(forwards->from, "70") &&
	          slice_eq_str(forwards->to, "69"));
	ck_assert_int_eq(header(t, "X-Gone")->removed, 1);
	ck_assert_int_eq(header(t, "From")->changed, 0); /* the compact form is the same */
	ck_assert_int_eq(header(t, "Subject")->changed, 0); /* folded */
	for (size_t i = 0; i < t->header_count; i++)
		ck_assert(!slice_eq_str(t->headers[i].name, "body"));
	taps_free(t);
	close_both(&b);
}
END_TEST

/* ---- forms ---- */

typedef bool write_form(const struct taps *t, struct text *out, struct err *err);

static bool as_text(const struct taps *t, struct text *out, struct err *err)
{
	return taps_text(t, true, out, err);
}

static write_form *const forms[] = { as_text, taps_markdown, taps_json, taps_html };
enum { FORMS = sizeof forms / sizeof *forms };

START_TEST(hostile_names_are_text)
{
	struct view x = at_a, y = behind_sbc;
	struct err err = ERR_INIT;
	struct text out;
	struct both b;

	x.host = y.host = "<script>alert(1)</script>\x1b[31m|`*";
	y.callee = x.callee = "\"><script>";
	open_both(&b, &x, &y);
	struct taps *t = compare(&b, &plain);
	text_init(&out);
	ck_assert_msg(forms[_i](t, &out, &err), "%s", err.text);
	if (forms[_i] == taps_html)
		ck_assert(!strstr(text_cstr(&out), "<script>"));
	if (forms[_i] != as_text)
		ck_assert(!strchr(text_cstr(&out), '\x1b'));
	ck_assert(!strstr(text_cstr(&out), "\x1b[31m|"));
	text_release(&out);
	taps_free(t);
	close_both(&b);
}
END_TEST

/* Every allocation fails once; what is given up leaves nothing behind. */
static bool run_all(const struct both *b, struct err *err)
{
	struct taps_options options = { .max_loss_ratio = 0.001 };
	struct taps *t = taps_new(b->records[TAP_A], b->records[TAP_B], &options, err);
	struct verdicts v;
	struct text out;
	bool ok = t != NULL;

	text_init(&out);
	verdicts_init(&v, "taps", NULL);
	for (int i = 0; ok && i < FORMS; i++)
		ok = forms[i](t, &out, err);
	ok = ok && taps_verdicts(t, &v, err);
	verdicts_release(&v);
	text_release(&out);
	taps_free(t);
	return ok;
}

START_TEST(out_of_memory)
{
	struct both b;
	bool ok = false;

	open_both(&b, &at_a, &behind_sbc);
	for (uint64_t n = 0; !ok && n < 5000; n++) {
		struct err err = ERR_INIT;
		mem_fail_after(n);
		ok = run_all(&b, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(ok || err.code != ERR_NONE, "allocation %d", (int)n);
	}
	ck_assert(ok);
	close_both(&b);
}
END_TEST

/* ---- small things ---- */

static const struct {
	const char *a, *b;
	unsigned alike;
} numbers[] = {
	{ "+493012345678", "00493012345678", 2 },
	{ "03012345678", "+493012345678", 2 },
	{ "678", "+493012345678", 1 },
	{ "alice", "ALICE", 2 },
	{ "alice", "bob", 0 },
	{ "+4930111", "+4930222", 0 },
	{ "12", "12", 2 },
	{ "12", "112", 0 },
	{ "", "", 0 },
};

START_TEST(numbers_that_end_alike)
{
	ck_assert_uint_eq(taps_numbers_alike(slice_str(numbers[_i].a), slice_str(numbers[_i].b)),
	                  numbers[_i].alike);
}
END_TEST

static const struct {
	const char *uri, *user, *host;
} uris[] = {
	{ "sip:alice@192.0.2.1:5060;transport=udp", "alice", "192.0.2.1" },
	{ "<sips:bob@[2001:db8::1]:5061>;q=1", "bob", "2001:db8::1" },
	{ "sip:192.0.2.1", NULL, "192.0.2.1" },
	{ "sip:+4930;phone-context=x@example.com", "+4930", "example.com" },
};

START_TEST(parts_of_uris)
{
	struct slice uri = slice_str(uris[_i].uri);

	ck_assert(slice_eq(taps_uri_host(uri), slice_str(uris[_i].host)));
	ck_assert(slice_eq(taps_uri_user(uri), slice_str(uris[_i].user)));
}
END_TEST

/* ---- the clock alone ---- */

static struct taps_clock clock_of(double drift_ppm, double there_us, double back_us,
                                  double jitter_us, bool both)
{
	static struct taps_sample samples[4000];
	struct taps_samples s = { samples, 0, 4000 };
	struct taps_clock c = { 0 };

	srand(11);
	for (unsigned i = 0; i < 4000; i++) {
		double at = 1.7e15 + i * 25000.0, late = jitter_us * (rand() % 1000) / 1000;
		double offset = 5000 + drift_ppm * 1e-6 * (i - 2000.0) * 25000;
		bool there = !both || i % 2;
		if (!both && i % 2)
			continue;
		samples[s.count++] = (struct taps_sample){
			.at_us = at,
			.difference_us = there ? offset + there_us + late : offset - back_us - late,
			.way = there ? WAY_A_TO_B : WAY_B_TO_A,
		};
	}
	taps_clock_of(&s, &c);
	return c;
}

START_TEST(clock_of_samples)
{
	struct taps_clock c = clock_of(0, 1000, 1000, 4000, true);
	ck_assert_double_eq_tol(c.offset_us, 5000, 20);
	ck_assert_double_eq_tol(c.uncertainty_us, 1000, 20);
	ck_assert(c.drift_ppm == 0);
	c = clock_of(20, 1000, 1000, 4000, true);
	ck_assert_double_eq_tol(c.drift_ppm, 20, 1);
	ck_assert_double_eq_tol(c.offset_us, 5000, 40);
	/* Half the difference of the two ways is taken for offset, and is within the uncertainty. */
	c = clock_of(0, 5000, 1000, 0, true);
	ck_assert_double_eq_tol(c.offset_us, 7000, 1);
	ck_assert(fabs(c.offset_us - 5000) <= c.uncertainty_us);
	c = clock_of(0, 1000, 0, 0, false);
	ck_assert(c.known && !c.both_ways && isnan(c.uncertainty_us));
	ck_assert_double_eq_tol(c.offset_us, 6000, 1);
	c = clock_of(0, -1000, -1000, 0, true);
	ck_assert(c.contradictory);
}
END_TEST

START_TEST(clock_of_nothing)
{
	struct taps_samples none = { 0 };
	struct taps_clock c = { 0 };

	taps_clock_of(&none, &c);
	ck_assert(!c.known);
}
END_TEST

Suite *suite_taps(void);
Suite *suite_taps(void)
{
	Suite *s = suite_create("taps");
	TCase *t = tcase_create("taps"), *small = tcase_create("parts");

	tcase_add_test(t, everything_behind_an_sbc);
	tcase_add_test(t, the_other_way_round);
	tcase_add_loop_test(t, how_much_is_the_same, 0, (int)(sizeof overlaps / sizeof *overlaps));
	tcase_add_loop_test(t, what_falls_short, 0, (int)(sizeof judgements / sizeof *judgements));
	tcase_add_test(t, loss_is_judged_by_its_limit);
	tcase_add_test(t, nothing_in_common);
	tcase_add_test(t, header_by_header);
	tcase_add_loop_test(t, hostile_names_are_text, 0, FORMS);
	tcase_add_test(t, out_of_memory);
	tcase_add_loop_test(small, numbers_that_end_alike, 0,
	                    (int)(sizeof numbers / sizeof *numbers));
	tcase_add_loop_test(small, parts_of_uris, 0, (int)(sizeof uris / sizeof *uris));
	tcase_add_test(small, clock_of_samples);
	tcase_add_test(small, clock_of_nothing);
	suite_add_tcase(s, t);
	suite_add_tcase(s, small);
	return s;
}
