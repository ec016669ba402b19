/* reports/dump: the golden format, word for word, and its independence of the order of rows. */
#include "base/mem.h"
#include "reports/dump.h"
#include "tests/helpers/sample_records.h"

#include <check.h>

static const char expected_dd[] =
        "call 1 sip_call_id=one@192.0.2.1 caller=alice callee=bob outcome=answered "
        "final_status=200 reason=OK q850_cause=16 released_by=caller\n"
        "    first=0.000000 start=0.000000 ring=0.200000 answer=2.000000 end=9.000000 "
        "last=9.100000 setup_ms=2000.000 pdd_ms=200.000 talk_ms=7000.000 held_ms=1500.000\n"
        "    leg_count=1 transferred=0 mos_min=3.200\n"
        "  dialog 1 kind=invite state=terminated sip_call_id=one@192.0.2.1 src=192.0.2.1:5060 "
        "dst=192.0.2.2:5060 transport=UDP\n"
        "      from_uri=sip:alice@192.0.2.1 from_tag=a1 to_uri=sip:bob@192.0.2.2 to_tag=b1\n"
        "      caller_contact=- callee_contact=- caller_user_agent=\"Phone 1.0\" "
        "callee_user_agent=-\n"
        "      start=0.000000 answer=2.000000 end=9.000000 forked_from=- replaces=-\n"
        "    transaction 1 method=INVITE cseq=1 sip_call_id=one@192.0.2.1 branch=z9hG4bK1 "
        "src=192.0.2.1:5060 dst=192.0.2.2:5060\n"
        "        request=0.000000 first_response=0.100000 final=2.000000 final_status=200 "
        "retransmissions=1 timed_out=0 auth_attempt=0\n"
        "    transaction 2 method=BYE cseq=2 sip_call_id=one@192.0.2.1 branch=z9hG4bK1 "
        "src=192.0.2.1:5060 dst=192.0.2.2:5060\n"
        "        request=9.000000 first_response=9.100000 final=9.100000 final_status=200 "
        "retransmissions=0 timed_out=0 auth_attempt=0\n"
        "call 2 sip_call_id=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "caller=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "callee=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" outcome=failed "
        "final_status=503 reason=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "q850_cause=- released_by=callee\n"
        "    first=1.000000 start=1.000000 ring=- answer=- end=1.100000 last=1.100000 setup_ms=- "
        "pdd_ms=- talk_ms=- held_ms=0.000\n"
        "    leg_count=1 transferred=0 mos_min=-\n"
        "  dialog 1 kind=invite state=failed "
        "sip_call_id=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "src=192.0.2.1:5060 dst=192.0.2.2:5060 transport=UDP\n"
        "      from_uri=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" from_tag=a1 "
        "to_uri=sip:bob@192.0.2.2 "
        "to_tag=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\"\n"
        "      caller_contact=- callee_contact=- caller_user_agent=\"Phone 1.0\" "
        "callee_user_agent=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\"\n"
        "      start=1.000000 answer=- end=1.100000 forked_from=- replaces=-\n"
        "call 3 sip_call_id=two@192.0.2.1 caller=alice callee=carol outcome=busy final_status=486 "
        "reason=\"Busy Here\" q850_cause=- released_by=callee\n"
        "    first=1.000000 start=1.000000 ring=- answer=- end=1.100000 last=1.100000 setup_ms=- "
        "pdd_ms=- talk_ms=- held_ms=0.000\n"
        "    leg_count=1 transferred=0 mos_min=-\n"
        "  dialog 1 kind=invite state=failed sip_call_id=two@192.0.2.1 src=192.0.2.1:5060 "
        "dst=192.0.2.2:5060 transport=UDP\n"
        "      from_uri=sip:alice@192.0.2.1 from_tag=a1 to_uri=sip:bob@192.0.2.2 to_tag=b1\n"
        "      caller_contact=- callee_contact=- caller_user_agent=\"Phone 1.0\" "
        "callee_user_agent=-\n"
        "      start=1.000000 answer=- end=1.100000 forked_from=- replaces=-\n"
        "no call\n"
        "  dialog 1 kind=subscribe state=terminated sip_call_id=one@192.0.2.1 src=192.0.2.1:5060 "
        "dst=192.0.2.2:5060 transport=UDP\n"
        "      from_uri=sip:alice@192.0.2.1 from_tag=a1 to_uri=sip:bob@192.0.2.2 to_tag=b1\n"
        "      caller_contact=- callee_contact=- caller_user_agent=\"Phone 1.0\" "
        "callee_user_agent=-\n"
        "      start=0.000000 answer=2.000000 end=9.000000 forked_from=b1 replaces=-\n"
        "no dialog\n"
        "  transaction 1 method=OPTIONS cseq=1 sip_call_id=one@192.0.2.1 branch=z9hG4bK1 "
        "src=192.0.2.1:5060 dst=192.0.2.2:5060\n"
        "      request=0.000000 first_response=- final=- final_status=- retransmissions=1 "
        "timed_out=1 auth_attempt=0\n";

static const char expected_ds[] =
        "call 1 sip_call_id=one@192.0.2.1 caller=alice callee=bob mos_min=3.200\n"
        "  stream 1 src_addr=192.0.2.1 src_port=4000 dst_addr=192.0.2.2 dst_port=6000 "
        "ssrc=0x00001234 direction=caller_to_callee\n"
        "      payload_type=0 codec=PCMU clock_hz=8000 ptime_ms=20.000 encrypted=0 dscp=46 "
        "first=2.020000 last=8.980000 ended_early=-\n"
        "      packets=345 expected=349 lost=4 duplicates=0 reordered=0 late=1 bytes=55200 "
        "segments=1 ignored=0\n"
        "      max_delta_ms=61.500 jitter_max_ms=4.250 jitter_mean_ms=1.125 jitter_p95_ms=3.000 "
        "loss_ratio=0.011 burst_r=1.250 longest_loss=2 clock_skew_ppm=-12.500 silence_ratio=-\n"
        "      r_factor=80.000 mos_lq=4.020 mos_cq=3.900 mos_scale=nb mos_estimated=0 "
        "delay_ms=100.000 delay_source=assumed rtcp=1\n"
        "    interval 1 start=2.020000 packets=250 lost=4 late=1 jitter_ms=1.500 mos=3.750\n"
        "    digit 1 key=5 time=4.000000 duration_ms=100.000 method=rfc4733 "
        "direction=caller_to_callee complete=1\n"
        "  stream 2 src_addr=192.0.2.2 src_port=6000 dst_addr=198.51.100.9 dst_port=4000 "
        "ssrc=0xFFFFFFFF direction=callee_to_caller\n"
        "      payload_type=0 codec=PCMU clock_hz=8000 ptime_ms=20.000 encrypted=0 dscp=46 "
        "first=2.020000 last=8.980000 ended_early=-\n"
        "      packets=345 expected=349 lost=0 duplicates=0 reordered=0 late=1 bytes=55200 "
        "segments=1 ignored=0\n"
        "      max_delta_ms=61.500 jitter_max_ms=4.250 jitter_mean_ms=1.125 jitter_p95_ms=3.000 "
        "loss_ratio=0.000 burst_r=1.250 longest_loss=2 clock_skew_ppm=-12.500 silence_ratio=-\n"
        "      r_factor=80.000 mos_lq=3.200 mos_cq=3.900 mos_scale=nb mos_estimated=0 "
        "delay_ms=100.000 delay_source=assumed rtcp=0\n"
        "call 2 sip_call_id=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "caller=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" "
        "callee=\"\\x1B[31m\\x22x\\x22<b>\xEF\xBF\xBD\xEF\xBF\xBD'\xC3\xA9\" mos_min=-\n"
        "call 3 sip_call_id=two@192.0.2.1 caller=alice callee=carol mos_min=-\n"
        "no call\n"
        "  stream 1 src_addr=2001:db8::1 src_port=4000 dst_addr=192.0.2.2 dst_port=6000 "
        "ssrc=0x00001234 direction=-\n"
        "      payload_type=0 codec=- clock_hz=8000 ptime_ms=20.000 encrypted=1 dscp=46 "
        "first=2.020000 last=8.980000 ended_early=-\n"
        "      packets=345 expected=349 lost=4 duplicates=0 reordered=0 late=- bytes=55200 "
        "segments=1 ignored=0\n"
        "      max_delta_ms=61.500 jitter_max_ms=4.250 jitter_mean_ms=- jitter_p95_ms=3.000 "
        "loss_ratio=0.011 burst_r=1.250 longest_loss=2 clock_skew_ppm=-12.500 silence_ratio=-\n"
        "      r_factor=- mos_lq=- mos_cq=- mos_scale=- mos_estimated=- delay_ms=100.000 "
        "delay_source=assumed rtcp=0\n"
        "no stream\n"
        "  digit 1 key=# time=4.500000 duration_ms=- method=info direction=callee_to_caller "
        "complete=0\n"
        "rtcp reports=2 of_no_stream=1\n";

typedef bool dumper(struct records *r, struct text *out, struct err *err);

static const struct {
	dumper *dump;
	const char *expected;
} dumps[] = {
	{ dump_dialogs, expected_dd },
	{ dump_streams, expected_ds },
};

START_TEST(dump_of_the_sample)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert_msg(dumps[_i].dump(r, &out, &err), "%s", err.text);
	ck_assert_msg(strcmp(text_cstr(&out), dumps[_i].expected) == 0, "got:\n%s\nwant:\n%s",
	              text_cstr(&out), dumps[_i].expected);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

/* Two streams, written in either order and under other ids: the same text. */
static void dump_two(int64_t first_id, bool swapped, struct text *out)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);

	for (int i = 0; i < 2; i++) {
		int which = swapped ? 1 - i : i;
		struct record_stream st = sample_stream(first_id + i);
		st.call_id = st.dialog_id = RECORD_NULL;
		st.first_us += which * 1000;
		st.ssrc = (uint32_t)which;
		ck_assert(store_stream(s, &st, &err));
	}
	ck_assert(store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	ck_assert(dump_streams(r, out, &err));
	records_close(r);
	store_free(s);
}

START_TEST(order_of_rows_does_not_show)
{
	struct text a, b;

	text_init(&a);
	text_init(&b);
	dump_two(1, false, &a);
	dump_two(50, true, &b);
	ck_assert_str_eq(text_cstr(&a), text_cstr(&b));
	ck_assert_uint_gt(a.n, 100);
	text_release(&a);
	text_release(&b);
}
END_TEST

START_TEST(empty_dump)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct text out;

	text_init(&out);
	ck_assert(store_finish(s, 1, &err));
	struct records *r = records_of(store_handle(s), &err);
	ck_assert(dump_dialogs(r, &out, &err));
	ck_assert(dump_registrations(r, &out, &err));
	ck_assert(dump_subscriptions(r, &out, &err));
	ck_assert_uint_eq(out.n, 0);
	ck_assert(dump_streams(r, &out, &err));
	ck_assert_str_eq(text_cstr(&out), "rtcp reports=0 of_no_stream=0\n");
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(allocation_n_fails)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	bool done = false;

	for (uint64_t n = 0; !done; n++) {
		struct text out;
		ck_assert_uint_lt(n, 1000);
		err.code = ERR_NONE;
		text_init(&out);
		mem_fail_after(n);
		struct records *r = records_of(store_handle(s), &err);
		done = r && dumps[_i].dump(r, &out, &err);
		mem_fail_after(UINT64_MAX);
		ck_assert_msg(done || err.code == ERR_MEMORY, "allocation %d: %s", (int)n,
		              err.text);
		ck_assert(!done || strcmp(text_cstr(&out), dumps[_i].expected) == 0);
		records_close(r);
		text_release(&out);
	}
	store_free(s);
}
END_TEST

Suite *suite_dump(void);
Suite *suite_dump(void)
{
	Suite *suite = suite_create("dump");
	TCase *tcase = tcase_create("dump");

	tcase_add_loop_test(tcase, dump_of_the_sample, 0, 2);
	tcase_add_test(tcase, order_of_rows_does_not_show);
	tcase_add_test(tcase, empty_dump);
	tcase_add_loop_test(tcase, allocation_n_fails, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
