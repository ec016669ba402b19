/* Digits of whole streams: with and without SDP, with and without an end. */
#include "tests/helpers/stream_case.h"

#include <check.h>

START_TEST(digits_with_and_without_sdp)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	if (_i == 0)
		ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	if (_i != 2)
		lab_run(&lab, &f, 20);
	for (uint8_t e = 1; e <= 12; e++) {
		lab_press(&lab, &f, 101, e % 12, 6);
		if (_i != 2)
			lab_run(&lab, &f, 10);
		else
			f.time_ns += 200 * NS_PER_MS, f.timestamp += 1600;
	}
	end_lab();
	expect_text("SELECT group_concat(digit, '') FROM (SELECT digit FROM dtmf ORDER BY time_us)",
	            "123456789*#0");
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE complete = 1 AND "
	                               "duration_ms = 120.0 AND method = 'rfc4733'"),
	                 12);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE call_id = 1"),
	                 _i == 0 ? 12 : 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT count(*) FROM dtmf WHERE stream_id = 1"), 12);
	if (_i == 2)
		expect_text("SELECT codec FROM streams", "telephone-event");
	close_lab();
}
END_TEST

START_TEST(digit_without_end_is_given_by_time)
{
	struct lab_flow f = lab_flow(A, B, 1);

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 5);
	f.payload_type = 101;
	for (uint8_t i = 1; i < 5; i++) {
		uint8_t payload[4] = { 9, 10, 0, (uint8_t)(40 * i) };
		lab_send_payload(&lab, &f, slice_of(payload, 4));
		f.seq++;
		f.time_ns += f.step_ns;
	}
	lab_pass(&lab, f.time_ns + 3 * NS_PER_S);
	ck_assert_int_eq(
	        lab_int(&lab, "SELECT count(*) FROM dtmf WHERE digit = '9' AND complete = 0"), 1);
	end_lab();
	close_lab();
}
END_TEST

/* The first packets of the press are lost: its timestamp still says when it began. */
START_TEST(lost_start_is_placed_by_timestamp)
{
	struct lab_flow f = lab_flow(A, B, 1);
	int64_t start_ns;

	open_lab();
	ck_assert(lab_sdp(&lab, &call_one, PARTY_CALLEE, SDP_B));
	lab_run(&lab, &f, 20);
	start_ns = f.time_ns;
	struct lab_flow e = f;
	e.payload_type = 101;
	for (uint8_t i = 1; i <= 8; i++) {
		uint8_t payload[4] = { 7, i == 8 ? 0x8a : 10, (uint8_t)(160 * i >> 8),
			               (uint8_t)(160 * i) };
		if (i > 4)
			lab_send_payload(&lab, &e, slice_of(payload, 4));
		e.seq++;
		e.time_ns += e.step_ns;
		lab_skip(&f);
	}
	lab_run(&lab, &f, 50);
	end_lab();
	ck_assert_int_eq(
	        lab_int(&lab, "SELECT time_us FROM dtmf WHERE digit = '7' AND complete = 0"),
	        start_ns / 1000);
	close_lab();
}
END_TEST

Suite *suite_digits(void);
Suite *suite_digits(void)
{
	Suite *s = suite_create("digits");
	TCase *t = tcase_create("digits");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, digits_with_and_without_sdp, 0, 3);
	tcase_add_test(t, digit_without_end_is_given_by_time);
	tcase_add_test(t, lost_start_is_placed_by_timestamp);
	suite_add_tcase(s, t);
	return s;
}
