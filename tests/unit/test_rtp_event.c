#include "dissectors/rtp_event.h"
#include "tests/helpers/hex.h"

#include <check.h>

static const struct event_case {
	const char *name, *hex;
	enum parse_status status;
	unsigned count;
	struct rtp_event first, last;
	bool zero_prefix;
} cases[] = {
	{ "one",
	  "050a 00a0",
	  PARSE_OK,
	  1,
	  { 5, false, false, 10, 160 },
	  { 5, false, false, 10, 160 },
	  false },
	{ "end",
	  "0b8a 0320",
	  PARSE_OK,
	  1,
	  { 11, true, false, 10, 800 },
	  { 11, true, false, 10, 800 },
	  false },
	{ "R bit, volume 63",
	  "017f ffff",
	  PARSE_OK,
	  1,
	  { 1, false, true, 63, 65535 },
	  { 1, false, true, 63, 65535 },
	  false },
	{ "two finished events",
	  "018a 0320 028a 0640",
	  PARSE_OK,
	  2,
	  { 1, true, false, 10, 800 },
	  { 2, true, false, 10, 1600 },
	  false },
	{ "zeros before it",
	  "00000000 05ca 00a0",
	  PARSE_OK,
	  1,
	  { 5, true, true, 10, 160 },
	  { 5, true, true, 10, 160 },
	  true },
	{ "zeros alone are a 0",
	  "00000000",
	  PARSE_OK,
	  1,
	  { 0, false, false, 0, 0 },
	  { 0, false, false, 0, 0 },
	  false },
	{ "empty", "", PARSE_BAD, 0, { 0 }, { 0 }, false },
	{ "three octets", "050a00", PARSE_BAD, 0, { 0 }, { 0 }, false },
	{ "five octets", "050a00a000", PARSE_BAD, 0, { 0 }, { 0 }, false },
};

static bool same(const struct rtp_event *a, const struct rtp_event *b)
{
	return a->event == b->event && a->end == b->end && a->reserved == b->reserved &&
	       a->volume == b->volume && a->duration == b->duration;
}

START_TEST(parses)
{
	const struct event_case *k = &cases[_i];
	uint8_t buf[64];
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned count = 99;
	struct slice payload = hex_decode(k->hex, buf, sizeof buf);

	ck_assert_msg(rtp_event_parse(payload, events, &count) == k->status, "%s", k->name);
	ck_assert_msg(count == k->count, "%s: %u events", k->name, count);
	ck_assert_msg(rtp_event_zero_prefix(payload) == k->zero_prefix, "%s", k->name);
	if (count) {
		ck_assert_msg(same(&events[0], &k->first), "%s", k->name);
		ck_assert_msg(same(&events[count - 1], &k->last), "%s", k->name);
	}
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
	uint8_t buf[4 * (RTP_EVENT_MAX + 3)];
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned count;

	for (size_t i = 0; i < sizeof buf; i++)
		buf[i] = (uint8_t)(i / 4 + 1);
	ck_assert_int_eq(rtp_event_parse(slice_of(buf, sizeof buf), events, &count), PARSE_OK);
	ck_assert_uint_eq(count, RTP_EVENT_MAX);
	ck_assert_uint_eq(events[0].event, 1);
	ck_assert_uint_eq(events[RTP_EVENT_MAX - 1].event, RTP_EVENT_MAX);
}
END_TEST

START_TEST(digits)
{
	const char *keys = "0123456789*#ABCD!";

	for (unsigned e = 0; e < 256; e++)
		ck_assert_int_eq(rtp_event_digit((uint8_t)e), e <= 16 ? keys[e] : '\0');
}
END_TEST

Suite *suite_rtp_event(void)
{
	Suite *s = suite_create("rtp_event");
	TCase *t = tcase_create("rtp_event");

	tcase_add_loop_test(t, parses, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(t, no_more_than_there_is_room_for);
	tcase_add_test(t, digits);
	suite_add_tcase(s, t);
	return s;
}
