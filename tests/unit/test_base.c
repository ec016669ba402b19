/* base/: slices, cursor, errors, arena, clock, addresses. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/net.h"

#include <check.h>

static const struct {
	const char *text;
	uint64_t max, value;
	bool ok;
} numbers[] = {
	{ "0", 10, 0, true },
	{ "00042", 100, 42, true },
	{ "255", 255, 255, true },
	{ "256", 255, 0, false },
	{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
	{ "18446744073709551616", UINT64_MAX, 0, false },
	{ "", 10, 0, false },
	{ "-1", 10, 0, false },
	{ "1x", 10, 0, false },
	{ "9", 5, 0, false },
};

START_TEST(slice_numbers)
{
	uint64_t value = 0;
	bool ok = slice_u64(slice_str(numbers[_i].text), numbers[_i].max, &value);

	ck_assert_int_eq(ok, numbers[_i].ok);
	if (ok)
		ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

START_TEST(slice_splits_every_piece)
{
	struct slice rest = SLICE_LIT("a,,b,"), item;
	const char *want[] = { "a", "", "b", "" };
	int n = 0;

	while (slice_split(&rest, ',', &item)) {
		ck_assert_int_lt(n, 4);
		ck_assert(slice_eq_str(item, want[n++]));
	}
	ck_assert_int_eq(n, 4);
}
END_TEST

START_TEST(slice_lines_of_both_kinds)
{
	struct slice rest = SLICE_LIT("one\r\ntwo\n\nlast"), line;
	const char *want[] = { "one", "two", "", "last" };
	int n = 0;

	while (slice_line(&rest, &line))
		ck_assert(slice_eq_str(line, want[n++]));
	ck_assert_int_eq(n, 4);
}
END_TEST

START_TEST(slice_searches)
{
	struct slice s = SLICE_LIT("Call-ID: x");

	ck_assert(slice_istarts(s, "call-id:"));
	ck_assert(!slice_starts(s, "call-id:"));
	ck_assert(!slice_istarts(SLICE_LIT("Ca"), "call"));
	ck_assert_uint_eq(slice_find(s, ':'), 7);
	ck_assert_uint_eq(slice_find(s, '!'), SLICE_NPOS);
	ck_assert_uint_eq(slice_find(SLICE_NONE, 'x'), SLICE_NPOS);
	ck_assert_uint_eq(slice_find_str(s, "ID"), 5);
	ck_assert_uint_eq(slice_ifind_str(s, "id:"), 5);
	ck_assert_uint_eq(slice_sub(s, 8, 100).n, 2);
	ck_assert_uint_eq(slice_sub(s, 80, 1).n, 0);
	ck_assert(slice_eq_str(slice_trim(SLICE_LIT(" \t a b\r\n ")), "a b"));
}
END_TEST

START_TEST(cursor_is_sticky)
{
	const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct cursor c = cursor_of(slice_of(bytes, sizeof bytes));

	ck_assert_uint_eq(cursor_be32(&c), 0x01020304);
	ck_assert(!c.overrun);
	ck_assert_uint_eq(cursor_be16(&c), 0);
	ck_assert(c.overrun);
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_uint_eq(cursor_left(&c), 0);

	c = cursor_of(SLICE_NONE);
	ck_assert_uint_eq(cursor_be64(&c), 0);
	ck_assert(c.overrun);
}
END_TEST

START_TEST(err_gathers_context)
{
	struct err err = ERR_INIT;

	ck_assert(!err_set(&err, ERR_FORMAT, "bad magic 0x%08x", 0x1234));
	err_context(&err, "packet %d", 812);
	err_context(&err, "calls.pcap");
	ck_assert_str_eq(err.text, "calls.pcap: packet 812: bad magic 0x00001234");
	ck_assert_int_eq(err_exit_code(&err), 2);
	err_memory(&err, "a call");
	ck_assert_int_eq(err_exit_code(&err), 3);
	for (int i = 0; i < 300; i++)
		err_context(&err, "very long context");
	ck_assert_uint_lt(strlen(err.text), sizeof err.text);
}
END_TEST

START_TEST(arena_keeps_and_resets)
{
	struct arena a;
	struct slice copy;

	arena_init(&a, 64);
	ck_assert(arena_keep(&a, SLICE_LIT("hello"), &copy));
	ck_assert(slice_eq_str(copy, "hello"));
	ck_assert(arena_keep(&a, SLICE_NONE, &copy));
	ck_assert_ptr_null(copy.p);
	uint8_t *big = arena_zalloc(&a, 1000);
	ck_assert_ptr_nonnull(big);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(big[i], 0);
	arena_reset(&a);
	ck_assert_ptr_nonnull(arena_alloc(&a, 10));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 3));
	arena_release(&a);

	mem_fail_after(0);
	ck_assert_ptr_null(arena_alloc(&a, 1));
	mem_fail_after(UINT64_MAX);
	arena_release(&a);
}
END_TEST

START_TEST(clock_rounds_down_and_prints_utc)
{
	char buf[40];

	ck_assert_int_eq(clock_us(1999), 1);
	ck_assert_int_eq(clock_us(-1), -1);
	ck_assert_int_eq(clock_us(TIME_NONE), TIME_NONE);
	ck_assert_str_eq(clock_format_us(INT64_C(1795227247345678), buf, sizeof buf),
	                 "2026-11-21 02:14:07.345678");
	ck_assert_str_eq(clock_format_us(-1, buf, sizeof buf), "1969-12-31 23:59:59.999999");
	ck_assert_str_eq(clock_format_us(TIME_NONE, buf, sizeof buf), "-");
}
END_TEST

static const struct {
	const char *text, *printed; /* NULL: refused */
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "[2001:db8::1]", "2001:db8::1" },
	{ "::", "::" },
	{ "::ffff:10.0.0.1", "10.0.0.1" },
	{ "example.com", NULL },
	{ "1.2.3", NULL },
	{ "", NULL },
	{ "[]", NULL },
	{ "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20", NULL },
};

START_TEST(addresses_round_trip)
{
	struct ip_addr a;
	char buf[IP_ADDR_TEXT];
	bool ok = ip_addr_parse(slice_str(addresses[_i].text), &a);

	ck_assert_int_eq(ok, addresses[_i].printed != NULL);
	if (ok) {
		ck_assert_uint_eq(ip_addr_format(a, buf), strlen(addresses[_i].printed));
		ck_assert_str_eq(buf, addresses[_i].printed);
	}
}
END_TEST

START_TEST(endpoints_print)
{
	struct endpoint e = { .port = 65535 };
	char buf[ENDPOINT_TEXT];

	ck_assert(ip_addr_parse(SLICE_LIT("192.0.2.1"), &e.addr));
	endpoint_format(e, buf);
	ck_assert_str_eq(buf, "192.0.2.1:65535");
	ck_assert(!ip_addr_is_any(e.addr));
	ck_assert(ip_addr_parse(SLICE_LIT("::"), &e.addr));
	e.port = 0;
	endpoint_format(e, buf);
	ck_assert_str_eq(buf, "[::]:0");
	ck_assert(ip_addr_is_any(e.addr));
	ck_assert(ip_addr_parse(SLICE_LIT("0.0.0.0"), &e.addr));
	ck_assert(ip_addr_is_any(e.addr));
}
END_TEST

Suite *suite_base(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");

	tcase_add_loop_test(t, slice_numbers, 0, sizeof numbers / sizeof *numbers);
	tcase_add_test(t, slice_splits_every_piece);
	tcase_add_test(t, slice_lines_of_both_kinds);
	tcase_add_test(t, slice_searches);
	tcase_add_test(t, cursor_is_sticky);
	tcase_add_test(t, err_gathers_context);
	tcase_add_test(t, arena_keeps_and_resets);
	tcase_add_test(t, clock_rounds_down_and_prints_utc);
	tcase_add_loop_test(t, addresses_round_trip, 0, sizeof addresses / sizeof *addresses);
	tcase_add_test(t, endpoints_print);
	suite_add_tcase(s, t);
	return s;
}
