#include "analyzer/capture/input.h"
#include "base/mem.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OCTETS 700000u /* several buffers */

static struct temp_dir dir;
static uint8_t *octets; /* neither constant nor periodic, but compressible */

static void setup(void)
{
	uint32_t state = 1;

	temp_dir_make(&dir);
	octets = mem_alloc(OCTETS);
	ck_assert_ptr_nonnull(octets);
	for (size_t i = 0; i < OCTETS; i++) {
		state = state * 1664525u + 1013904223u;
		octets[i] = (uint8_t)(state >> 28);
	}
}

static void teardown(void)
{
	mem_free(octets);
	temp_dir_remove(&dir);
}

/* Reads everything in steps of `step` octets and compares; gives how much there was. */
static size_t compare_all(struct input *in, size_t step)
{
	struct err err = ERR_INIT;
	size_t at = 0;

	for (;;) {
		enum input_status status = input_need(in, step, &err);
		size_t n = status == INPUT_OK ? step : input_have(in);
		/* One call of check a step would take most of the time. */
		if (status == INPUT_FAILED || input_offset(in) != (int64_t)at || at + n > OCTETS ||
		    memcmp(in->p, octets + at, n) != 0)
			ck_abort_msg("differs at %zu: %s", at, err.text);
		in->p += n;
		at += n;
		if (status == INPUT_END)
			return at;
	}
}

static const struct {
	const char *filter, *name;
} filters[] = {
	{ NULL, NULL },
	{ "gzip", "gzip" },
	{ "zstd", "zstd" },
};

static const char *write_file(const char *filter, size_t n)
{
	/* The name says nothing: content decides. */
	return filter ? temp_dir_write_compressed(&dir, "octets.bin", filter, slice_of(octets, n))
	              : temp_dir_write(&dir, "octets.bin", slice_of(octets, n));
}

START_TEST(test_all_octets)
{
	static const size_t steps[] = { 1, 7, 1000, 65536, 262144, 300000, OCTETS };
	const char *path = write_file(filters[_i].filter, OCTETS);
	struct err err = ERR_INIT;
	struct input in;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		ck_assert_msg(input_open(&in, path, INPUT_BUFFER_BYTES, &err), "%s", err.text);
		ck_assert_pstr_eq(input_compression(&in), filters[_i].name);
		ck_assert(input_is_regular(&in));
		ck_assert_uint_eq(compare_all(&in, steps[i]), OCTETS);
		ck_assert_ptr_null(input_broken(&in));
		ck_assert_int_gt(input_stored_done(&in), 0);
		ck_assert_int_le(input_stored_done(&in), input_stored_bytes(&in));
		input_close(&in);
		input_close(&in);
	}
}
END_TEST

START_TEST(test_skip)
{
	const char *path = write_file(filters[_i].filter, OCTETS);
	struct err err = ERR_INIT;
	struct input in;

	ck_assert(input_open(&in, path, INPUT_BUFFER_BYTES, &err));
	ck_assert_int_eq(input_skip(&in, 5, &err), INPUT_OK);
	ck_assert_int_eq(input_skip(&in, 600000, &err), INPUT_OK);
	ck_assert_int_eq(input_offset(&in), 600005);
	ck_assert_int_eq(input_need(&in, 1, &err), INPUT_OK);
	ck_assert_uint_eq(in.p[0], octets[600005]);
	ck_assert_int_eq(input_skip(&in, OCTETS - 600005, &err), INPUT_OK);
	ck_assert_int_eq(input_skip(&in, 1, &err), INPUT_END);
	ck_assert_int_eq(input_offset(&in), OCTETS);
	input_close(&in);
}
END_TEST

/* What was decompressed before is given; then the input says why there is no more. */
START_TEST(test_cut_compressed)
{
	const char *path = write_file(filters[_i].filter, OCTETS);
	struct err err = ERR_INIT;
	struct input in;
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size * 3 / 4), 0);
	ck_assert(input_open(&in, path, INPUT_BUFFER_BYTES, &err));
	size_t n = compare_all(&in, 100);
	ck_assert_ptr_nonnull(input_broken(&in));
	ck_assert_ptr_nonnull(strstr(input_broken(&in), filters[_i].name));
	ck_assert_uint_gt(n, OCTETS / 2);
	ck_assert_int_ge(input_rest(&in, (int64_t)n), 1);
	input_close(&in);
}
END_TEST

START_TEST(test_empty_compressed)
{
	struct err err = ERR_INIT;
	struct input in;

	ck_assert_msg(input_open(&in, write_file(filters[_i].filter, 0), INPUT_BUFFER_BYTES, &err),
	              "%s", err.text);
	ck_assert_int_eq(input_need(&in, 1, &err), INPUT_END);
	ck_assert_ptr_null(input_broken(&in));
	input_close(&in);
}
END_TEST

/* A descriptor given back comes again where it was; another file of that name is noticed. */
START_TEST(test_park)
{
	const char *path = write_file(NULL, OCTETS);
	struct err err = ERR_INIT;
	struct input in;
	size_t at = 0;

	ck_assert(input_open(&in, path, 65536, &err));
	while (at < 500000) {
		input_park(&in);
		ck_assert_int_eq(input_need(&in, 50000, &err), INPUT_OK);
		ck_assert_int_eq(memcmp(in.p, octets + at, 50000), 0);
		in.p += 50000;
		at += 50000;
	}
	input_park(&in);
	char other[200];
	snprintf(other, sizeof other, "%s.old", path);
	ck_assert_int_eq(rename(path, other), 0);
	write_file(NULL, OCTETS);
	ck_assert_int_eq(input_need(&in, 150000, &err), INPUT_FAILED);
	ck_assert_ptr_nonnull(strstr(err.text, "replaced"));
	input_close(&in);
}
END_TEST

START_TEST(test_rest)
{
	struct err err = ERR_INIT;
	struct input in;

	ck_assert(input_open(&in, write_file(NULL, OCTETS), INPUT_BUFFER_BYTES, &err));
	ck_assert_int_eq(input_rest(&in, 100), OCTETS - 100);
	ck_assert_int_eq(input_rest(&in, OCTETS), 1);
	input_close(&in);
	ck_assert(input_open(&in, write_file("gzip", OCTETS), INPUT_BUFFER_BYTES, &err));
	ck_assert_int_eq(input_rest(&in, 100), OCTETS - 100);
	input_close(&in);
	ck_assert(input_open_memory(&in, slice_of(octets, 1000), &err));
	ck_assert_int_eq(input_rest(&in, 400), 600);
	input_close(&in);
}
END_TEST

START_TEST(test_errors)
{
	struct err err = ERR_INIT;
	struct input in;

	ck_assert(!input_open(&in, "/nonexistent/x", INPUT_BUFFER_BYTES, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_str_eq(err.text, "cannot open: No such file or directory");
	ck_assert(!input_open(&in, dir.path, INPUT_BUFFER_BYTES, &err));
	ck_assert_str_eq(err.text, "read error: Is a directory");
}
END_TEST

Suite *suite_input(void);
Suite *suite_input(void)
{
	const int count = sizeof filters / sizeof *filters;
	Suite *suite = suite_create("input");
	TCase *tc = tcase_create("input");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_all_octets, 0, count);
	tcase_add_loop_test(tc, test_skip, 0, count);
	tcase_add_loop_test(tc, test_cut_compressed, 1, count);
	tcase_add_loop_test(tc, test_empty_compressed, 1, count);
	tcase_add_test(tc, test_park);
	tcase_add_test(tc, test_rest);
	tcase_add_test(tc, test_errors);
	suite_add_tcase(suite, tc);
	return suite;
}
