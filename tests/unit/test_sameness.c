/* Payloads that are the same again and again. */
#include "analyzer/streams/sameness.h"

#include <check.h>
#include <string.h>

static void push(struct sameness *s, uint8_t first, size_t n, unsigned times)
{
	uint8_t payload[160];

	memset(payload, first, sizeof payload);
	for (unsigned i = 0; i < times; i++)
		sameness_push(s, slice_of(payload, n));
}

START_TEST(majority)
{
	struct sameness s = { 0 };

	ck_assert(sameness_ratio(&s) <= 0);
	push(&s, 1, 160, 1);
	push(&s, 0xff, 160, 99);
	/* The first one was the candidate until it was outvoted. */
	ck_assert_double_eq_tol(sameness_ratio(&s), 0.98, 0.001);
	ck_assert(s.constant && s.octet == 0xff);
	push(&s, 2, 160, 10);
	ck_assert_double_eq_tol(sameness_ratio(&s), 98.0 / 110, 0.001);
}
END_TEST

START_TEST(short_ones_say_nothing)
{
	struct sameness s = { 0 };

	push(&s, 1, 3, 10);
	push(&s, 1, 0, 10);
	ck_assert_uint_eq(s.samples, 0);
	push(&s, 1, SAMENESS_LEAST, 10);
	ck_assert_uint_eq(s.samples, 10);
}
END_TEST

START_TEST(tones_are_loud)
{
	static const uint8_t ulaw[8] = { 0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e };
	static const uint8_t alaw[8] = { 0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4 };
	static const uint8_t faint[8] = { 0xff, 0xfe, 0x7f, 0x7e, 0xff, 0xfe, 0x7f, 0x7e };
	struct sameness s = { 0 };

	sameness_push(&s, slice_of(ulaw, 8));
	ck_assert(sameness_is_loud(&s, false));
	s = (struct sameness){ 0 };
	sameness_push(&s, slice_of(alaw, 8));
	ck_assert(sameness_is_loud(&s, true));
	s = (struct sameness){ 0 };
	sameness_push(&s, slice_of(faint, 8));
	ck_assert(!sameness_is_loud(&s, false));
	/* Far from zero, and still. */
	s = (struct sameness){ 0 };
	push(&s, 0x00, 160, 1);
	ck_assert(!sameness_is_loud(&s, false));
}
END_TEST

Suite *suite_sameness(void);
Suite *suite_sameness(void)
{
	Suite *s = suite_create("sameness");
	TCase *t = tcase_create("sameness");

	tcase_add_test(t, majority);
	tcase_add_test(t, short_ones_say_nothing);
	tcase_add_test(t, tones_are_loud);
	suite_add_tcase(s, t);
	return s;
}
