#include "tests/helpers/sample_records.h"

#define T       SAMPLE_START_US
#define ALICE   SLICE_LIT("192.0.2.1:5060")
#define BOB     SLICE_LIT("192.0.2.2:5060")
#define HOSTILE SLICE_LIT("\033[31m\"x\"<b>\0\xff'\xc3\xa9")

static const struct record_run run = {
	1,
	{ (const uint8_t *)"capture", 7 },
	{ (const uint8_t *)"analyze a.pcap", 14 },
	{ (const uint8_t *)"0.1", 3 },
	T - 10,
	RECORD_NULL,
	false,
	false,
	{ (const uint8_t *)"fixed:60", 8 },
	NAN,
};

struct store *sample_create(const char *path, struct err *err)
{
	return store_create(path, &run, err);
}

struct record_call sample_call(int64_t id)
{
	return (struct record_call){
		.id = id,
		.run_id = 1,
		.sip_call_id = SLICE_LIT("one@192.0.2.1"),
		.caller = SLICE_LIT("alice"),
		.callee = SLICE_LIT("bob"),
		.first_us = T,
		.last_us = T + 9100000,
		.start_us = T,
		.ring_us = T + 200000,
		.answer_us = T + 2000000,
		.end_us = T + 9000000,
		.setup_ms = 2000,
		.pdd_ms = 200,
		.talk_ms = 7000,
		.outcome = SLICE_LIT("answered"),
		.final_status = 200,
		.reason = SLICE_LIT("OK"),
		.q850_cause = 16,
		.released_by = SLICE_LIT("caller"),
		.leg_count = 1,
		.mos_min = 3.2,
		.transferred = false,
		.held_ms = 1500,
		.trying_ms = 100,
		.disconnect_ms = 100,
		.disconnect = SLICE_LIT("completed"),
		.attempts = 1,
		.holds = 1,
	};
}

static bool put_calls(struct store *s, struct err *err)
{
	struct record_call one = sample_call(1), two = sample_call(2), three = sample_call(3);

	two.sip_call_id = SLICE_LIT("two@192.0.2.1");
	two.callee = SLICE_LIT("carol");
	two.first_us = two.start_us = T + 1000000;
	two.ring_us = two.answer_us = two.q850_cause = RECORD_NULL;
	two.end_us = two.last_us = T + 1100000;
	two.setup_ms = two.pdd_ms = two.talk_ms = two.mos_min = NAN;
	two.trying_ms = two.disconnect_ms = NAN;
	two.disconnect = SLICE_NONE;
	two.held_ms = 0;
	two.holds = 0;
	two.outcome = SLICE_LIT("busy");
	two.final_status = 486;
	two.reason = SLICE_LIT("Busy Here");
	two.released_by = SLICE_LIT("callee");
	three = two;
	three.id = 3;
	three.sip_call_id = three.caller = three.callee = three.reason = HOSTILE;
	three.outcome = SLICE_LIT("failed");
	three.final_status = 503;
	return store_call(s, &one, err) && store_call(s, &two, err) && store_call(s, &three, err);
}

static struct record_dialog dialog(int64_t id)
{
	return (struct record_dialog){
		.id = id,
		.run_id = 1,
		.call_id = id,
		.sip_call_id = SLICE_LIT("one@192.0.2.1"),
		.kind = SLICE_LIT("invite"),
		.state = SLICE_LIT("terminated"),
		.from_uri = SLICE_LIT("sip:alice@192.0.2.1"),
		.from_tag = SLICE_LIT("a1"),
		.to_uri = SLICE_LIT("sip:bob@192.0.2.2"),
		.to_tag = SLICE_LIT("b1"),
		.caller_user_agent = SLICE_LIT("Phone 1.0"),
		.src = ALICE,
		.dst = BOB,
		.transport = SLICE_LIT("UDP"),
		.start_us = T,
		.answer_us = T + 2000000,
		.end_us = T + 9000000,
		.forked_from = RECORD_NULL,
		.first_message = 1,
		.last_message = 7,
		.ring_us = T + 200000,
		.final_status = 200,
		.won = RECORD_NULL,
		.session_expires_s = RECORD_NULL,
		.refreshes = RECORD_NULL,
	};
}

static bool put_dialogs(struct store *s, struct err *err)
{
	struct record_dialog one = dialog(1), two = dialog(2), three = dialog(3), four = dialog(4);

	two.sip_call_id = SLICE_LIT("two@192.0.2.1");
	two.state = SLICE_LIT("failed");
	two.start_us = T + 1000000;
	two.ring_us = two.answer_us = RECORD_NULL;
	two.final_status = 486;
	two.end_us = T + 1100000;
	two.first_message = 8;
	two.last_message = 9;
	three = two;
	three.id = three.call_id = 3;
	three.first_message = three.last_message = RECORD_NULL;
	three.final_status = 503;
	three.sip_call_id = three.from_uri = three.to_tag = three.callee_user_agent = HOSTILE;
	four.kind = SLICE_LIT("subscribe");
	four.call_id = four.first_message = four.last_message = RECORD_NULL;
	four.forked_from = 1;
	four.ring_us = RECORD_NULL;
	return store_dialog(s, &three, err) && store_dialog(s, &one, err) &&
	       store_dialog(s, &two, err) && store_dialog(s, &four, err);
}

static bool put_transactions(struct store *s, struct err *err)
{
	struct record_transaction t = {
		.id = 1,
		.run_id = 1,
		.dialog_id = 1,
		.sip_call_id = SLICE_LIT("one@192.0.2.1"),
		.method = SLICE_LIT("INVITE"),
		.branch = SLICE_LIT("z9hG4bK1"),
		.cseq = 1,
		.src = ALICE,
		.dst = BOB,
		.request_us = T,
		.first_response_us = T + 100000,
		.final_us = T + 2000000,
		.final_status = 200,
		.retransmissions = 1,
	};
	struct record_transaction bye = t, options = t;

	bye.id = 2;
	bye.method = SLICE_LIT("BYE");
	bye.cseq = 2;
	bye.request_us = T + 9000000;
	bye.first_response_us = bye.final_us = T + 9100000;
	bye.retransmissions = 0;
	options.id = 3;
	options.dialog_id = options.final_status = options.final_us = options.first_response_us =
	        RECORD_NULL;
	options.method = SLICE_LIT("OPTIONS");
	options.timed_out = true;
	return store_transaction(s, &bye, err) && store_transaction(s, &t, err) &&
	       store_transaction(s, &options, err);
}

struct record_message sample_message(int64_t id)
{
	return (struct record_message){
		.id = id,
		.capture_id = 1,
		.frame = id,
		.time_us = T,
		.file_offset = 24,
		.src = ALICE,
		.dst = BOB,
		.transport = SLICE_LIT("UDP"),
		.first_line = SLICE_LIT("INVITE sip:bob@192.0.2.2 SIP/2.0"),
		.method = SLICE_LIT("INVITE"),
		.status = RECORD_NULL,
		.cseq = 1,
		.cseq_method = SLICE_LIT("INVITE"),
		.sip_call_id = SLICE_LIT("one@192.0.2.1"),
		.transaction_id = 1,
		.dialog_id = 1,
		.bytes = 400,
		.first_frame = RECORD_NULL,
	};
}

static bool put_messages(struct store *s, struct err *err)
{
	static const struct {
		int64_t dialog, time_us;
		int status;
		const char *method;
		bool from_callee, again, sdp;
	} rows[] = {
		{ 1, 0, 0, "INVITE", false, false, true },
		{ 1, 50000, 0, "INVITE", false, true, true },
		{ 1, 100000, 100, "INVITE", true, false, false },
		{ 1, 2000000, 200, "INVITE", true, false, true },
		{ 1, 2010000, 0, "ACK", false, false, false },
		{ 1, 9000000, 0, "BYE", false, false, false },
		{ 1, 9100000, 200, "BYE", true, false, false },
		{ 2, 1000000, 0, "INVITE", false, false, false },
		{ 2, 1100000, 486, "INVITE", true, false, false },
		{ 3, 1000000, 0, "IN\033VITE\xff", false, false, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct record_message m = sample_message((int64_t)i + 1);
		m.dialog_id = rows[i].dialog;
		m.time_us = T + rows[i].time_us;
		m.cseq_method = slice_str(rows[i].method);
		m.method = rows[i].status ? SLICE_NONE : m.cseq_method;
		m.status = rows[i].status ? rows[i].status : RECORD_NULL;
		m.src = rows[i].from_callee ? BOB : ALICE;
		m.dst = rows[i].from_callee ? ALICE : BOB;
		m.retransmission = rows[i].again;
		m.has_sdp = rows[i].sdp;
		if (rows[i].sdp)
			m.sdp = rows[i].dialog == 3
			                ? HOSTILE
			                : SLICE_LIT("offer PCMU PCMA 192.0.2.1:4000 sendrecv");
		if (!store_message(s, &m, err))
			return false;
	}
	return true;
}

struct record_stream sample_stream(int64_t id)
{
	struct record_stream r = {
		.id = id,
		.run_id = 1,
		.call_id = 1,
		.dialog_id = 1,
		.direction = SLICE_LIT("caller_to_callee"),
		.ssrc = 0x1234,
		.payload_type = 0,
		.codec = SLICE_LIT("PCMU"),
		.clock_hz = 8000,
		.ptime_ms = 20,
		.first_us = T + 2020000,
		.last_us = T + 8980000,
		.packets = 345,
		.expected = 349,
		.lost = 4,
		.late = 1,
		.bytes = 55200,
		.segments = 1,
		.max_delta_ms = 61.5,
		.jitter_max_ms = 4.25,
		.jitter_mean_ms = 1.125,
		.jitter_p95_ms = 3,
		.loss_ratio = 4.0 / 349,
		.burst_r = 1.25,
		.longest_loss = 2,
		.clock_skew_ppm = -12.5,
		.r_factor = 80,
		.mos_lq = 4.02,
		.mos_cq = 3.9,
		.mos_scale = SLICE_LIT("nb"),
		.mos_estimated = 0,
		.delay_ms = 100,
		.delay_source = SLICE_LIT("assumed"),
		.silence_ratio = NAN,
		.dscp = 46,
		.ended_early = RECORD_NULL,
	};
	r.src = (struct endpoint){ ip_addr_v4((const uint8_t[]){ 192, 0, 2, 1 }), 4000 };
	r.dst = (struct endpoint){ ip_addr_v4((const uint8_t[]){ 192, 0, 2, 2 }), 6000 };
	return r;
}

static bool put_streams(struct store *s, struct err *err)
{
	struct record_stream one = sample_stream(1), two = sample_stream(2),
	                     three = sample_stream(3);
	struct record_interval interval = { 1, T + 2020000, 250, 4, 1, 1.5, 3.75 };
	struct record_rtcp rtcp;
	struct record_dtmf digit = {
		.id = 1,
		.call_id = 1,
		.stream_id = 1,
		.time_us = T + 4000000,
		.digit = '5',
		.duration_ms = 100,
		.method = SLICE_LIT("rfc4733"),
		.direction = SLICE_LIT("caller_to_callee"),
		.complete = true,
		.dialog_id = 1,
		.press_id = 1,
		.packets = 8,
		.end_packets = 3,
		.payload_type = 101,
		.level_dbm0 = NAN,
		.wall_ms = 100,
		.status = RECORD_NULL,
		.capture_id = 1,
		.first_frame = RECORD_NULL,
		.last_frame = RECORD_NULL,
	};
	struct record_dtmf info = digit;

	record_rtcp_init(&rtcp);
	rtcp.id = rtcp.stream_id = 1;
	rtcp.time_us = T + 5000000;
	rtcp.reporter_ssrc = 7;
	rtcp.source_ssrc = 0x1234;
	rtcp.fraction_lost = 0.01;
	rtcp.cumulative_lost = 4;
	rtcp.jitter_ms = 1.5;
	rtcp.rtt_ms = 20;
	rtcp.kind = SLICE_LIT("rr");
	info.id = info.press_id = 2;
	info.stream_id = RECORD_NULL;
	info.time_us = T + 4500000;
	info.digit = '#';
	info.duration_ms = info.level_dbm0 = info.wall_ms = NAN;
	info.method = SLICE_LIT("info");
	info.direction = SLICE_LIT("callee_to_caller");
	info.complete = false;
	info.end_lost = true;
	info.packets = info.end_packets = info.payload_type = RECORD_NULL;
	info.status = 200;
	two.src = one.dst;
	two.dst = (struct endpoint){ ip_addr_v4((const uint8_t[]){ 198, 51, 100, 9 }), 4000 };
	two.direction = SLICE_LIT("callee_to_caller");
	two.ssrc = 0xFFFFFFFF;
	two.mos_lq = 3.2;
	two.lost = 0;
	two.loss_ratio = 0;
	three.call_id = three.dialog_id = RECORD_NULL;
	three.direction = three.mos_scale = three.codec = SLICE_NONE;
	three.mos_lq = three.mos_cq = three.r_factor = three.jitter_mean_ms = NAN;
	three.late = three.mos_estimated = RECORD_NULL;
	three.encrypted = true;
	three.src.addr = ip_addr_v6((const uint8_t[16]){ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 });
	bool ok = store_stream(s, &three, err) && store_stream(s, &two, err) &&
	          store_stream(s, &one, err) && store_interval(s, &interval, err) &&
	          store_rtcp(s, &rtcp, err) && store_dtmf(s, &digit, err) &&
	          store_dtmf(s, &info, err);
	rtcp.id = 2;
	rtcp.stream_id = RECORD_NULL;
	return ok && store_rtcp(s, &rtcp, err);
}

bool sample_fill(struct store *s, struct err *err)
{
	struct record_capture capture = {
		1,
		1,
		SLICE_LIT("a.pcap"),
		SLICE_LIT("pcap"),
		60000,
		800,
		T,
		T + 9100000,
		120,
		3,
		1,
		SLICE_LIT("record length 4194304 at offset 5340"),
		RECORD_NULL,
	};
	return store_capture(s, &capture, err) && put_calls(s, err) && put_dialogs(s, err) &&
	       put_transactions(s, err) && put_messages(s, err) && put_streams(s, err);
}

struct store *sample_store(const char *path, struct err *err)
{
	struct store *s = sample_create(path, err);

	if (s && sample_fill(s, err) && store_kpi(s, 1, err) && store_finish(s, T + 20000000, err))
		return s;
	store_free(s);
	return NULL;
}
