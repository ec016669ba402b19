#include "analyzer/capture/capture.h"
#include "analyzer/capture/input.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "tests/helpers/compress.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <sys/resource.h>

#define PACKETS 40u
#define RECORD  16u /* pcap: the header of a packet */

static struct temp_dir dir;
static struct text capture; /* a pcap of packets whose length and content vary */
static struct text stored; /* the same, compressed */
static const char *const filters[] = { "gzip", "zstd" };

static void add_be32(struct text *t, uint32_t v)
{
	const uint8_t octets[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
		                   (uint8_t)v };

	text_add(t, slice_of(octets, sizeof octets));
}

static void put_packet(struct text *t, uint32_t number)
{
	uint32_t length = 14 + number * 37 % 90, state = number;

	add_be32(t, number);
	add_be32(t, 0);
	add_be32(t, length);
	add_be32(t, length);
	for (uint32_t i = 0; i < length; i++) {
		state = state * 1664525u + 1013904223u;
		const uint8_t octet = (uint8_t)(state >> 28);
		text_add(t, slice_of(&octet, 1));
	}
}

static void setup(void)
{
	static const uint32_t header[] = { 0xa1b2c3d4, 0x00020004, 0, 0, 65535, 1 };

	temp_dir_make(&dir);
	text_init(&capture);
	text_init(&stored);
	for (size_t i = 0; i < 6; i++)
		add_be32(&capture, header[i]);
	for (uint32_t i = 0; i < PACKETS; i++)
		put_packet(&capture, i);
}

static void teardown(void)
{
	text_release(&capture);
	text_release(&stored);
	temp_dir_remove(&dir);
}

static struct slice all(const struct text *t)
{
	return slice_of(t->p, t->n);
}

/* The capture in `members` pieces, each flushed every 500 octets. */
static void store(const char *filter, size_t members)
{
	text_reset(&stored);
	for (size_t i = 0; i < members; i++) {
		size_t from = capture.n * i / members, to = capture.n * (i + 1) / members;
		compress_by(filter, slice_sub(all(&capture), from, to - from), 500, &stored);
	}
}

/* What the input makes of `octets` is what the slow decompressor makes of them. */
static void compare(const char *filter, struct slice octets, const char *what, size_t at)
{
	const char *path = temp_dir_write(&dir, "x", octets);
	struct err err = ERR_INIT;
	struct input in;
	struct text slow, ours;
	enum input_status status;

	text_init(&slow);
	text_init(&ours);
	bool is_sound = decompress_by(filter, octets, &slow);
	ck_assert_msg(input_open(&in, path, 65536, &err), "%s", err.text);
	while ((status = input_need(&in, 1, &err)) == INPUT_OK) {
		text_add(&ours, slice_of(in.p, input_have(&in)));
		in.p = in.end;
	}
	if (status != INPUT_END || !slice_eq(all(&ours), all(&slow)) ||
	    is_sound != (input_broken(&in) == NULL))
		ck_abort_msg("%s, %s %zu: %zu octets, not %zu; %s, not %s", filter, what, at,
		             ours.n, slow.n, input_broken(&in) ? input_broken(&in) : "sound",
		             is_sound ? "sound" : "broken");
	input_close(&in);
	text_release(&slow);
	text_release(&ours);
}

START_TEST(test_cut_everywhere)
{
	store(filters[_i], 2);
	for (size_t n = 4; n <= stored.n; n++)
		compare(filters[_i], slice_of(stored.p, n), "cut at", n);
}
END_TEST

/* Also what no longer decodes gives everything before it, and wrong octets that do decode are given. */
START_TEST(test_changed_everywhere)
{
	store(filters[_i], 2);
	for (size_t at = 4; at < stored.n; at++)
		for (unsigned bit = 0; bit < 8; bit += 3) {
			stored.p[at] = (char)(stored.p[at] ^ (1 << bit));
			compare(filters[_i], all(&stored), "changed at", at);
			stored.p[at] = (char)(stored.p[at] ^ (1 << bit));
		}
}
END_TEST

/* --- packets ----------------------------------------------------------------------------------------------------- */

static unsigned whole_packets(struct slice octets)
{
	size_t at = 24;
	unsigned count = 0;

	while (at + RECORD <= octets.n) {
		at += RECORD + load_be32(octets.p + at + 8);
		count += at <= octets.n;
	}
	return count;
}

/* Analyzes the octets as a file: packets given, and in *info what is said of it. */
static unsigned read_capture(struct slice octets, struct capture_info *info)
{
	const char *const paths[] = { temp_dir_write(&dir, "x", octets) };
	struct err err = ERR_INIT;
	struct packet p;
	unsigned count = 0;
	enum capture_status status;
	struct capture *c = capture_open(paths, 1, &(struct capture_options){ 0 }, &err);

	ck_assert_msg(c != NULL, "%s", err.text);
	while ((status = capture_next(c, &p, &err)) == CAPTURE_PACKET)
		ck_assert_int_eq(p.time_ns / NS_PER_S, count++);
	ck_assert_int_eq(status, CAPTURE_END);
	*info = *capture_file(c, 0);
	capture_close(c);
	return count;
}

START_TEST(test_packets_of_cut_file)
{
	struct capture_info info;
	struct text prefix;

	text_init(&prefix);
	store(filters[_i], 1);
	for (size_t n = 4; n < stored.n; n++) {
		text_reset(&prefix);
		decompress_by(filters[_i], slice_of(stored.p, n), &prefix);
		unsigned count = read_capture(slice_of(stored.p, n), &info);
		ck_assert_uint_eq(count, whole_packets(all(&prefix)));
		ck_assert_int_ge(info.damaged_bytes, 1);
		ck_assert_ptr_nonnull(
		        strstr(info.damage, "data: truncated; the last whole packet ends"));
	}
	ck_assert_uint_eq(read_capture(all(&stored), &info), PACKETS);
	ck_assert_int_eq(info.damaged_bytes, 0);
	text_release(&prefix);
}
END_TEST

static const struct {
	const char *what, *filter;
	int change_from_end; /* this octet from the end is wrong, 0: none */
	size_t members;
	const char *behind;
	size_t behind_bytes;
	const char *damage; /* NULL: sound */
} endings[] = {
	{ "two", "gzip", 0, 2, "", 0, NULL },
	{ "two", "zstd", 0, 2, "", 0, NULL },
	{ "nine", "gzip", 0, 9, "", 0, NULL },
	{ "nine", "zstd", 0, 9, "", 0, NULL },
	{ "padding", "gzip", 0, 1, "\0\0\0\0\0", 5, NULL },
	{ "padding", "zstd", 0, 1, "\0\0\0\0\0", 5, NULL },
	{ "checksum", "gzip", 5, 1, "", 0, "gzip data: incorrect data check" },
	{ "length", "gzip", 1, 1, "", 0, "gzip data: incorrect length check" },
	{ "checksum", "zstd", 1, 1, "", 0, "zstd data: Restored data doesn't match checksum" },
	{ "garbage", "gzip", 0, 1, "garbage", 7, "gzip data: incorrect header check" },
	{ "garbage", "zstd", 0, 1, "garbage", 7, "zstd data: Unknown frame descriptor" },
	{ "a beginning", "gzip", 0, 1, "\x1f\x8b\x08", 3, "gzip data: truncated" },
	{ "a beginning", "zstd", 0, 1, "\x28\xb5\x2f", 3, "zstd data: truncated" },
};

/* Whatever is wrong behind the last packet, all packets are there. */
START_TEST(test_ending)
{
	struct capture_info info;

	store(endings[_i].filter, endings[_i].members);
	if (endings[_i].change_from_end)
		stored.p[stored.n - (size_t)endings[_i].change_from_end] ^= 1;
	text_add(&stored, slice_of(endings[_i].behind, endings[_i].behind_bytes));
	ck_assert_uint_eq(read_capture(all(&stored), &info), PACKETS);
	ck_assert_int_eq(info.damaged_bytes, endings[_i].damage ? 1 : 0);
	if (!endings[_i].damage) {
		ck_assert_str_eq(info.damage, "");
		return;
	}
	struct text expected;
	text_init(&expected);
	text_addf(&expected, "%s; the last whole packet ends at offset %zu", endings[_i].damage,
	          capture.n);
	ck_assert_str_eq(info.damage, text_cstr(&expected));
	text_release(&expected);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------------------------- */

static long peak_kib(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* 256 MiB of zeros out of a quarter of a mebibyte go through the window. */
START_TEST(test_bomb)
{
	const size_t megabytes = 16, members = 16;
	uint8_t *zeros = mem_zalloc(megabytes << 20);
	struct err err = ERR_INIT;
	struct input in;
	size_t total = 0;

	ck_assert_ptr_nonnull(zeros);
	for (size_t i = 0; i < members; i++)
		compress_by(filters[_i], slice_of(zeros, megabytes << 20), SIZE_MAX, &stored);
	mem_free(zeros);
	ck_assert_uint_gt((members * megabytes << 20) / stored.n, 900);
	const char *path = temp_dir_write(&dir, "bomb", all(&stored));
	long before = peak_kib();
	ck_assert(input_open(&in, path, INPUT_BUFFER_BYTES, &err));
	while (input_need(&in, 1, &err) == INPUT_OK) {
		total += input_have(&in);
		in.p = in.end;
	}
	ck_assert_ptr_null(input_broken(&in));
	input_close(&in);
	ck_assert_uint_eq(total, members * megabytes << 20);
	ck_assert_int_lt(peak_kib() - before, 32 << 10);
}
END_TEST

/* A window of 2 GiB, as zstd --long=31 makes them: told, with what to do, and not allocated. */
START_TEST(test_large_window)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00 };
	struct err err = ERR_INIT;
	struct input in;

	ck_assert(input_open(&in, temp_dir_write(&dir, "x", slice_of(frame, sizeof frame)),
	                     INPUT_BUFFER_BYTES, &err));
	ck_assert_int_eq(input_need(&in, 1, &err), INPUT_END);
	ck_assert_pstr_eq(input_broken(&in), "zstd data: window over 128 MiB (decompress it first "
	                                     "with: zstd -d --long=31)");
	input_close(&in);
}
END_TEST

/* Allocation n fails, for n = 0, 1, 2 ... */
START_TEST(test_no_memory)
{
	bool done = false;

	store(filters[_i], 2);
	const char *path = temp_dir_write(&dir, "x", all(&stored));
	for (uint64_t n = 0; !done; n++) {
		struct err err = ERR_INIT;
		struct input in;
		size_t total = 0;
		ck_assert_uint_lt(n, 100);
		mem_fail_after(n);
		enum input_status status = INPUT_FAILED;
		if (input_open(&in, path, 65536, &err))
			while ((status = input_need(&in, 1, &err)) == INPUT_OK) {
				total += input_have(&in);
				in.p = in.end;
			}
		mem_fail_after(UINT64_MAX);
		done = status == INPUT_END;
		if (done)
			ck_assert_uint_eq(total, capture.n);
		else
			ck_assert_int_eq(err.code, ERR_MEMORY);
		ck_assert(n > 2 || !done);
		input_close(&in);
	}
}
END_TEST

Suite *suite_decompressor(void);
Suite *suite_decompressor(void)
{
	Suite *suite = suite_create("decompressor");
	TCase *tc = tcase_create("decompressor");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_cut_everywhere, 0, 2);
	tcase_add_loop_test(tc, test_changed_everywhere, 0, 2);
	tcase_add_loop_test(tc, test_packets_of_cut_file, 0, 2);
	tcase_add_loop_test(tc, test_ending, 0, sizeof endings / sizeof *endings);
	tcase_add_loop_test(tc, test_bomb, 0, 2);
	tcase_add_test(tc, test_large_window);
	tcase_add_loop_test(tc, test_no_memory, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
