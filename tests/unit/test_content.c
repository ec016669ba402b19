/* Marks in a stream: both sides of a relay choose the same, and what many streams have in common is not marked. */
#include "analyzer/streams/content.h"

#include "tests/helpers/craft.h"

#include <check.h>

Suite *suite_content(void);

#define OCTETS 160

/* The n-th packet of a speaker. */
static struct slice speech(unsigned speaker, unsigned n, uint8_t buf[OCTETS])
{
	struct craft_random random = { (uint64_t)speaker << 32 | n };

	for (unsigned i = 0; i < OCTETS; i++)
		buf[i] = (uint8_t)craft_random_next(&random);
	return slice_of(buf, OCTETS);
}

static void push(struct content *c, int64_t time_ns, struct slice payload)
{
	if (content_is_chosen(payload))
		content_push(c, time_ns, payload);
}

static void hear(struct content *c, unsigned speaker, unsigned from, unsigned to)
{
	uint8_t buf[OCTETS];

	for (unsigned n = from; n < to; n++)
		push(c, n, speech(speaker, n, buf));
}

static unsigned in_common(const struct content *a, const struct content *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->count; i++)
		for (unsigned k = 0; k < b->count; k++)
			n += a->marks[i].hash == b->marks[k].hash &&
			     a->marks[i].time_ns == b->marks[k].time_ns;
	return n;
}

static const struct {
	unsigned from, to, other_from, other_to, least;
} spans[] = {
	{ 0, 3000, 0, 3000, CONTENT_MARKS },
	{ 0, 3000, 0, 2400, 8 }, /* the other one ends before */
	{ 0, 3000, 600, 3000, 8 }, /* begins later */
	{ 0, 200, 0, 200, 8 }, /* four seconds */
};

START_TEST(both_sides_choose_the_same)
{
	struct content one = { 0 }, other = { 0 };

	hear(&one, 1, spans[_i].from, spans[_i].to);
	hear(&other, 1, spans[_i].other_from, spans[_i].other_to);
	ck_assert_uint_ge(in_common(&one, &other), spans[_i].least);
}
END_TEST

START_TEST(others_say_something_else)
{
	struct content one = { 0 }, other = { 0 };

	hear(&one, 1, 0, 3000);
	hear(&other, 2, 0, 3000);
	ck_assert_uint_eq(one.count, CONTENT_MARKS);
	ck_assert_uint_eq(in_common(&one, &other), 0);
}
END_TEST

START_TEST(in_any_order)
{
	struct content one = { 0 }, other = { 0 };
	uint8_t buf[OCTETS];

	hear(&one, 1, 0, 1000);
	for (unsigned n = 1000; n-- > 0;)
		push(&other, n, speech(1, n, buf));
	ck_assert_uint_eq(in_common(&one, &other), CONTENT_MARKS);
}
END_TEST

/* Every period up to 8 octets, every octet value, every phase. */
START_TEST(tones_and_silence_are_not_marked)
{
	struct content c = { 0 };
	uint8_t buf[OCTETS];

	for (unsigned value = 0; value < 256; value++)
		for (unsigned period = 1; period <= 8; period *= 2) {
			for (unsigned i = 0; i < OCTETS; i++)
				buf[i] = (uint8_t)(value + i % period);
			push(&c, 0, slice_of(buf, OCTETS));
		}
	ck_assert_uint_eq(c.count, 0);
}
END_TEST

START_TEST(silence_costs_nothing)
{
	static const uint8_t silence[] = { 0xff, 0x7f, 0xd5, 0x55 };
	uint8_t buf[OCTETS];

	memset(buf, silence[_i], sizeof buf);
	ck_assert(!content_is_chosen(slice_of(buf, OCTETS)));
}
END_TEST

START_TEST(short_packets_are_not_chosen)
{
	static const uint8_t zeros[CONTENT_MIN_OCTETS];

	for (size_t n = 0; n < CONTENT_MIN_OCTETS; n++)
		ck_assert(!content_is_chosen(slice_of(n ? zeros : NULL, n)));
	ck_assert(content_is_chosen(slice_of(zeros, CONTENT_MIN_OCTETS)));
}
END_TEST

/* A loop of music: whatever is kept has been heard twice. */
START_TEST(what_is_repeated_says_nothing)
{
	struct content c = { 0 };

	hear(&c, 1, 0, 500);
	for (unsigned i = 0; i < c.count; i++)
		ck_assert(!c.marks[i].repeated);
	hear(&c, 1, 0, 500);
	ck_assert_uint_eq(c.count, CONTENT_MARKS);
	for (unsigned i = 0; i < c.count; i++)
		ck_assert(c.marks[i].repeated);
}
END_TEST

Suite *suite_content(void)
{
	Suite *s = suite_create("content");
	TCase *t = tcase_create("content");

	tcase_add_loop_test(t, both_sides_choose_the_same, 0,
	                    (int)(sizeof spans / sizeof spans[0]));
	tcase_add_test(t, others_say_something_else);
	tcase_add_test(t, in_any_order);
	tcase_add_test(t, tones_and_silence_are_not_marked);
	tcase_add_loop_test(t, silence_costs_nothing, 0, 4);
	tcase_add_test(t, short_packets_are_not_chosen);
	tcase_add_test(t, what_is_repeated_says_nothing);
	suite_add_tcase(s, t);
	return s;
}
