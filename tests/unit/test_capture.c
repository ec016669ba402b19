#include "analyzer/capture/capture.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/helpers/hex.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct temp_dir dir;

static void setup(void)
{
	temp_dir_make(&dir);
}

static void teardown(void)
{
	temp_dir_remove(&dir);
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static void put32(struct text *t, uint32_t v)
{
	uint8_t octets[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		              (uint8_t)(v >> 24) };
	text_add(t, slice_of(octets, 4));
}

static void put_header(struct text *t)
{
	uint8_t room[32];
	text_add(t, hex_decode("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000", room,
	                       sizeof room));
}

/* An IPv4 UDP datagram to this port, at this second, in an Ethernet frame. */
static void put_udp(struct text *t, uint32_t second, uint16_t port)
{
	uint8_t room[64];
	struct slice frame = hex_decode(
	        "020000000001 020000000002 0800 4500001c 00000000 40110000 0a000001 0a000002 "
	        "1388 0000 0008 0000",
	        room, sizeof room);
	room[36] = (uint8_t)(port >> 8);
	room[37] = (uint8_t)port;
	put32(t, second);
	put32(t, 0);
	put32(t, (uint32_t)frame.n);
	put32(t, (uint32_t)frame.n + 10);
	text_add(t, frame);
}

/* Writes a pcap whose packets have these seconds ("1 5 9") as times and ports; gives a copy of the path (free it). */
static char *write_pcap(const char *name, const char *seconds, const char *filter)
{
	struct text t;
	char *end;

	text_init(&t);
	put_header(&t);
	for (;; seconds = end) {
		uint32_t second = (uint32_t)strtoul(seconds, &end, 10);
		if (end == seconds)
			break;
		put_udp(&t, second, (uint16_t)second);
	}
	struct slice octets = slice_of(t.p, t.n);
	char *path = strdup(filter ? temp_dir_write_compressed(&dir, name, filter, octets)
	                           : temp_dir_write(&dir, name, octets));
	text_release(&t);
	return path;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

/* "FILE:SECOND FILE:SECOND ..." of all packets, then "!" if the end is an error. */
static void read_all(struct capture *c, struct text *out)
{
	struct err err = ERR_INIT;
	struct packet p;
	enum capture_status status;

	while ((status = capture_next(c, &p, &err)) == CAPTURE_PACKET)
		text_addf(out, "%" PRIu32 ":%" PRId64 " ", p.file, p.time_ns / NS_PER_S);
	ck_assert_int_eq(capture_next(c, &p, &err), status);
	if (status == CAPTURE_FAILED)
		text_addf(out, "! %s", err.text);
}

static struct capture *open_paths(const char *const *paths, size_t count, const char *filter)
{
	struct capture_options options = { .reader = CAPTURE_READER_NATIVE, .filter = filter };
	struct err err = ERR_INIT;
	struct capture *c = capture_open(paths, count, &options, &err);

	ck_assert_msg(c != NULL, "%s", err.text);
	return c;
}

static void expect_packets(const char *const *paths, size_t count, const char *filter,
                           const char *expected)
{
	struct capture *c = open_paths(paths, count, filter);
	struct text out;

	text_init(&out);
	read_all(c, &out);
	ck_assert_str_eq(text_cstr(&out), expected);
	text_release(&out);
	capture_close(c);
}

static void expect_error(const char *const *paths, size_t count, const char *filter,
                         enum err_code code, const char *expected)
{
	struct capture_options options = { .reader = CAPTURE_READER_NATIVE, .filter = filter };
	struct err err = ERR_INIT;
	char text[600];

	ck_assert_ptr_null(capture_open(paths, count, &options, &err));
	/* "DIR" stands for the test's directory. */
	const char *at = strstr(expected, "DIR");
	if (at)
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - expected), expected, dir.path,
		         at + 3);
	ck_assert_str_eq(err.text, at ? text : expected);
	ck_assert_int_eq(err.code, code);
}

/* --- sets ------------------------------------------------------------------------------------------------------ */

/* What each file holds, and the order of all. */
static const struct {
	const char *name, *files[4], *expected;
} merges[] = {
	{ "one file", { "1 2 3" }, "0:1 0:2 0:3 " },
	{ "one after the other", { "1 2", "3 4" }, "0:1 0:2 1:3 1:4 " },
	{ "later file first", { "3 4", "1 2" }, "1:1 1:2 0:3 0:4 " },
	{ "interleaved", { "1 4 7", "2 5 8", "3 6 9" }, "0:1 1:2 2:3 0:4 1:5 2:6 0:7 1:8 2:9 " },
	{ "equal times go by index", { "1 2", "1 2", "1" }, "0:1 1:1 2:1 0:2 1:2 " },
	{ "a file keeps its own order", { "5 1 9", "4 6" }, "1:4 0:5 0:1 1:6 0:9 " },
	{ "empty captures", { "", "1", "" }, "1:1 " },
	{ "all empty", { "", "" }, "" },
	{ "one packet each", { "4", "3", "2", "1" }, "3:1 2:2 1:3 0:4 " },
};

START_TEST(test_merge)
{
	static const char *const filters[] = { NULL, "gzip", "zstd", NULL };
	char *paths[4];
	size_t count = 0;

	for (; count < 4 && merges[_i].files[count]; count++) {
		char name[8] = { (char)('a' + count), 0 };
		paths[count] = write_pcap(name, merges[_i].files[count], filters[count]);
	}
	expect_packets((const char *const *)paths, count, NULL, merges[_i].expected);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
}
END_TEST

START_TEST(test_info)
{
	char *paths[] = { write_pcap("a.pcap", "1 3", NULL),
		          write_pcap("b.pcap.gz", "9 2", "gzip") };
	struct capture *c = open_paths((const char *const *)paths, 2, NULL);
	struct text out;
	int64_t done, total;

	ck_assert_uint_eq(capture_file_count(c), 2);
	capture_progress(c, &done, &total);
	ck_assert_int_eq(done, 0);
	text_init(&out);
	read_all(c, &out);
	text_release(&out);
	const struct capture_info *a = capture_file(c, 0), *b = capture_file(c, 1);
	ck_assert_str_eq(a->path, paths[0]);
	ck_assert_str_eq(a->format, "pcap");
	ck_assert_str_eq(b->format, "pcap (gzip)");
	ck_assert_int_eq(a->bytes, 24 + 2 * (16 + 42));
	ck_assert_uint_eq(a->packets, 2);
	ck_assert_uint_eq(a->truncated_packets, 2);
	ck_assert_int_eq(b->first_ns, 2 * NS_PER_S);
	ck_assert_int_eq(b->last_ns, 9 * NS_PER_S);
	ck_assert_int_eq(a->damaged_bytes, 0);
	capture_progress(c, &done, &total);
	ck_assert_int_eq(done, total);
	ck_assert_int_eq(total, a->bytes + b->bytes);
	capture_close(c);
	free(paths[0]);
	free(paths[1]);
}
END_TEST

START_TEST(test_filter)
{
	char *paths[] = { write_pcap("a", "5060 7 5060", NULL),
		          write_pcap("b", "5061 5060", NULL) };
	const char *const *p = (const char *const *)paths;
	struct capture *c = open_paths(p, 1, "udp port 7");
	struct err err = ERR_INIT;
	struct packet packet;

	ck_assert_int_eq(capture_next(c, &packet, &err), CAPTURE_PACKET);
	ck_assert_uint_eq(packet.frame, 2); /* counted before the filter */
	ck_assert_int_eq(capture_next(c, &packet, &err), CAPTURE_END);
	ck_assert_uint_eq(capture_file(c, 0)->packets, 1);
	ck_assert_uint_eq(capture_file(c, 0)->skipped_packets, 0);
	capture_close(c);
	expect_packets(p, 2, "udp port 5060", "0:5060 0:5060 1:5060 ");
	expect_packets(p, 2, "udp port 9", "");
	expect_packets(p, 1, "", "0:5060 0:7 0:5060 ");
	/* Means something on wireless frames only: nothing here can be judged by it. */
	c = open_paths(p, 1, "type mgt subtype beacon");
	ck_assert_int_eq(capture_next(c, &packet, &err), CAPTURE_END);
	ck_assert_uint_eq(capture_file(c, 0)->skipped_packets, 3);
	capture_close(c);
	expect_error(p, 1, "udp prot 5060", ERR_USAGE,
	             "filter 'udp prot 5060': can't parse filter expression: syntax error");
	free(paths[0]);
	free(paths[1]);
}
END_TEST

START_TEST(test_directory)
{
	const char *const path[] = { dir.path };

	expect_error(path, 1, NULL, ERR_FORMAT, "DIR: no capture in this directory");
	temp_dir_write(&dir, "notes.txt", SLICE_LIT("only text\n"));
	expect_error(path, 1, NULL, ERR_FORMAT, "DIR: no capture in this directory");
	free(write_pcap("ring_00002", "3 4", NULL));
	free(write_pcap("ring_00001", "1 2", "zstd"));
	free(write_pcap(".hidden", "0", NULL));
	ck_assert_int_eq(mkfifo(temp_dir_path(&dir, "fifo"), 0600), 0);
	ck_assert_int_eq(mkdir(temp_dir_path(&dir, "sub"), 0700), 0);
	expect_packets(path, 1, NULL, "0:1 0:2 1:3 1:4 ");
	char *twice = write_pcap("one", "5", NULL);
	const char *const both[] = { dir.path, twice };
	expect_packets(both, 2, NULL, "1:1 1:2 2:3 2:4 0:5 3:5 ");
	free(twice);
}
END_TEST

/* Thousands of ring-buffer files need few descriptors; so do many files over the same time. */
START_TEST(test_descriptors)
{
	const struct rlimit few = { 90, 90 };
	const bool overlapping = _i == 1;
	struct text expected;

	text_init(&expected);
	for (unsigned i = 0; i < 300; i++) {
		char name[16], seconds[40];
		snprintf(name, sizeof name, "%04u", i);
		snprintf(seconds, sizeof seconds, "%u %u", overlapping ? 1 : 2 * i,
		         overlapping ? 2 : 2 * i + 1);
		free(write_pcap(name, seconds, NULL));
		if (!overlapping)
			text_addf(&expected, "%u:%u %u:%u ", i, 2 * i, i, 2 * i + 1);
	}
	for (unsigned second = 1; overlapping && second <= 2; second++)
		for (unsigned i = 0; i < 300; i++)
			text_addf(&expected, "%u:%u ", i, second);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	const char *const path[] = { dir.path };
	expect_packets(path, 1, NULL, text_cstr(&expected));
	text_release(&expected);
}
END_TEST

/* --- stdin, FIFOs ---------------------------------------------------------------------------------------------- */

/* A child writes the file into a new pipe, in small pieces; gives the end to read. */
static int pipe_of(const char *path)
{
	int ends[2];
	char piece[100];
	size_t n;

	ck_assert_int_eq(pipe(ends), 0);
	if (fork() == 0) {
		FILE *f = fopen(path, "rb");
		close(ends[0]);
		while (f && (n = fread(piece, 1, sizeof piece, f)) > 0)
			if (write(ends[1], piece, n) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

START_TEST(test_stdin)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };
	char *path = write_pcap("a", "1 5 9", filters[_i]);
	char *other = write_pcap("b", "2 7", NULL);
	const char *const paths[] = { "-", other };
	struct stat st;
	int64_t done, total;

	ck_assert_int_eq(stat(path, &st), 0);
	dup2(pipe_of(path), 0);
	struct capture *c = open_paths(paths, 1, NULL);
	struct text out;
	text_init(&out);
	read_all(c, &out);
	ck_assert_str_eq(text_cstr(&out), "0:1 0:5 0:9 ");
	text_release(&out);
	ck_assert_str_eq(capture_file(c, 0)->path, "-");
	ck_assert_int_eq(capture_file(c, 0)->bytes, st.st_size);
	capture_progress(c, &done, &total);
	ck_assert_int_eq(done, st.st_size);
	ck_assert_int_eq(total, 0);
	capture_close(c);
	/* In a set it stays open while it waits for its turn. */
	dup2(pipe_of(path), 0);
	expect_packets(paths, 2, "ip", "0:1 1:2 0:5 1:7 0:9 ");
	const char *const twice[] = { "-", "-" };
	expect_error(twice, 2, NULL, ERR_USAGE, "stdin ('-') can be read only once");
	free(path);
	free(other);
}
END_TEST

START_TEST(test_fifo)
{
	char *path = write_pcap("a", "1 5 9", NULL);
	char fifo[32];
	char *other = write_pcap("b", "2 7", NULL);

	snprintf(fifo, sizeof fifo, "/dev/fd/%d", pipe_of(path));
	const char *const paths[] = { other, fifo };
	expect_packets(paths, 2, NULL, "1:1 0:2 1:5 0:7 1:9 ");
	free(path);
	free(other);
}
END_TEST

/* --- damage and errors ----------------------------------------------------------------------------------------- */

START_TEST(test_damage)
{
	char *paths[] = { write_pcap("a", "1 2 3", NULL), write_pcap("b", "4", NULL) };

	ck_assert_int_eq(truncate(paths[0], 24 + 3 * 58 - 10), 0);
	for (size_t count = 1; count <= 2; count++) {
		struct capture *c = open_paths((const char *const *)paths, count, NULL);
		struct text out;
		text_init(&out);
		read_all(c, &out);
		ck_assert_str_eq(text_cstr(&out), count == 1 ? "0:1 0:2 " : "0:1 0:2 1:4 ");
		text_release(&out);
		const struct capture_info *info = capture_file(c, 0);
		ck_assert_int_eq(info->damaged_bytes, 48);
		ck_assert_str_eq(info->damage,
		                 "truncated: 48 of 58 octets of the record at offset 140");
		capture_close(c);
	}
	free(paths[0]);
	free(paths[1]);
}
END_TEST

/* The decompressor stops in the middle: a damaged capture, however much of it there was. */
START_TEST(test_damage_compressed)
{
	static const char *const filters[] = { "gzip", "zstd" };
	char *path = write_pcap("a", "1 2 3", filters[_i]);
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size - 9), 0);
	const char *const paths[] = { path, path };
	for (size_t count = 1; count <= 2; count++) {
		struct capture *c = open_paths(paths, count, NULL);
		struct text out;
		text_init(&out);
		read_all(c, &out);
		text_release(&out);
		ck_assert_int_ge(capture_file(c, 0)->damaged_bytes, 1);
		ck_assert_ptr_nonnull(strstr(capture_file(c, 0)->damage, filters[_i]));
		capture_close(c);
	}
	free(path);
}
END_TEST

static const struct {
	const char *content, *filter, *expected;
} errors[] = {
	{ "", NULL, "DIR/x: is empty: nothing was captured, or not yet written" },
	{ "", "gzip", "DIR/x: is empty inside gzip: nothing was captured, or not yet written" },
	{ "hello\n", NULL, "DIR/x: not a pcap or pcapng capture: it looks like a text file" },
	{ "hello\n", "gzip",
	  "DIR/x: not a pcap or pcapng capture: it looks like a text file (gzip)" },
	{ "snoop", NULL, "DIR/x: not a pcap or pcapng capture: it looks like a text file" },
	{ "GMBU", NULL,
	  "DIR/x: not a pcap or pcapng capture: it looks like a Network Monitor 2 capture; "
	  "convert it with: editcap -F pcap IN OUT" },
	{ "\x7f"
	  "ELF\2",
	  NULL, "DIR/x: not a pcap or pcapng capture: it looks like an ELF program or library" },
	{ "\1\2\3", NULL, "DIR/x: not a pcap or pcapng capture (it begins with 01 02 03)" },
};

START_TEST(test_error)
{
	struct slice content = slice_str(errors[_i].content);
	const char *path =
	        errors[_i].filter ? temp_dir_write_compressed(&dir, "x", errors[_i].filter, content)
	                          : temp_dir_write(&dir, "x", content);
	const char *const paths[] = { path, path };

	expect_error(paths, 1, NULL, ERR_FORMAT, errors[_i].expected);
	expect_error(paths, 2, NULL, ERR_FORMAT, errors[_i].expected);
}
END_TEST

START_TEST(test_missing)
{
	char *path = write_pcap("a", "1", NULL), *later = write_pcap("b", "2", NULL);
	const char *const paths[] = { path, later, "/nonexistent/c" };
	struct text out;

	expect_error(paths + 2, 1, NULL, ERR_IO,
	             "/nonexistent/c: cannot open: No such file or directory");
	expect_error(paths, 3, NULL, ERR_IO,
	             "/nonexistent/c: cannot open: No such file or directory");
	expect_error(NULL, 0, NULL, ERR_USAGE, "no capture file given");
	/* Gone between the first look and its turn. */
	struct capture *c = open_paths(paths, 2, NULL);
	ck_assert_int_eq(unlink(later), 0);
	text_init(&out);
	read_all(c, &out);
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "0:1 ! "));
	ck_assert_ptr_nonnull(strstr(text_cstr(&out), "cannot open"));
	text_release(&out);
	capture_close(c);
	free(path);
	free(later);
}
END_TEST

/* --- allocation ------------------------------------------------------------------------------------------------ */

/* True when nothing failed; otherwise it must be memory that did. */
static bool run_once(const char *const *paths, size_t count, enum capture_reader reader)
{
	struct capture_options options = { .reader = reader, .filter = "ip" };
	struct err err = ERR_INIT;
	struct packet p;
	enum capture_status status = CAPTURE_FAILED;
	struct capture *c = capture_open(paths, count, &options, &err);

	while (c && (status = capture_next(c, &p, &err)) == CAPTURE_PACKET)
		;
	capture_close(c);
	ck_assert_msg(status == CAPTURE_END || err.code == ERR_MEMORY, "%s", err.text);
	return status == CAPTURE_END;
}

START_TEST(test_out_of_memory)
{
	const enum capture_reader reader = _i ? CAPTURE_READER_LIBPCAP : CAPTURE_READER_NATIVE;
	uint8_t room[128];
	char *paths[5] = { write_pcap("a", "1 3", NULL), write_pcap("b", "2 4", "gzip"),
		           strdup(dir.path) };
	struct slice pcapng =
	        hex_decode("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000 "
	                   "01000000 14000000 0100 0000 00000400 14000000 "
	                   "03000000 14000000 02000000 dead0000 14000000 ",
	                   room, sizeof room);

	temp_dir_write(&dir, "c", pcapng);
	for (size_t count = 1; count <= 3; count++) {
		uint64_t n = 0;
		for (;; n++) {
			mem_fail_after(n);
			bool done = run_once((const char *const *)paths, count, reader);
			mem_fail_after(UINT64_MAX);
			if (done)
				break;
			ck_assert_uint_lt(n, 1000);
		}
		ck_assert_uint_gt(n, 3);
	}
	for (size_t i = 0; i < 3; i++)
		free(paths[i]);
}
END_TEST

/* --- writer ---------------------------------------------------------------------------------------------------- */

START_TEST(test_writer)
{
	static uint8_t octets[300000] = { 0xaa, 0xbb };
	static const int64_t times[] = { 0, 1234567890123456789, -5, INT64_MAX };
	static const int64_t expected[] = { 0, 1234567890123456789, 0,
		                            INT64_C(4294967295999999999) };
	static const uint32_t link_types[] = { 1, 101, 113, 276 };
	struct err err = ERR_INIT;
	const char *path = temp_dir_path(&dir, "out.pcap");
	struct capture_writer *w =
	        capture_writer_open(path, CAPTURE_FILE_PCAP_NS, link_types[_i], &err);

	ck_assert_msg(w != NULL, "%s", err.text);
	for (size_t i = 0; i < 4; i++) {
		struct packet p = { .time_ns = times[i],
			            .data = slice_of(octets, i < 3 ? i : sizeof octets),
			            .original_length = 300000 };
		ck_assert(capture_writer_put(w, &p, &err));
	}
	ck_assert(capture_writer_close(w, &err));
	const char *const paths[] = { path };
	struct capture *c = open_paths(paths, 1, NULL);
	struct packet p;
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(capture_next(c, &p, &err), CAPTURE_PACKET);
		ck_assert_int_eq(p.time_ns, expected[i]);
		ck_assert_uint_eq(p.data.n, i < 3 ? i : 262144);
		ck_assert_uint_eq(p.original_length, 300000);
		ck_assert_uint_eq(p.link_type, link_types[_i]);
		ck_assert(p.data.n < 2 || p.data.p[1] == 0xbb);
	}
	ck_assert_int_eq(capture_next(c, &p, &err), CAPTURE_END);
	ck_assert_str_eq(capture_file(c, 0)->format, "pcap-ns");
	capture_close(c);
}
END_TEST

START_TEST(test_writer_errors)
{
	struct err err = ERR_INIT;
	const struct packet p = { .data = SLICE_LIT("x"), .original_length = 1 };

	ck_assert_ptr_null(capture_writer_open("/nonexistent/x", CAPTURE_FILE_PCAP_NS, 1, &err));
	ck_assert_str_eq(err.text, "cannot write '/nonexistent/x': No such file or directory");
	struct capture_writer *w = capture_writer_open("/dev/full", CAPTURE_FILE_PCAP_US, 1, &err);
	ck_assert_ptr_nonnull(w);
	ck_assert(capture_writer_put(w, &p, &err));
	ck_assert(!capture_writer_close(w, &err));
	ck_assert_str_eq(err.text, "cannot write '/dev/full': No space left on device");
	for (uint64_t n = 0; n < 2; n++) {
		mem_fail_after(n);
		ck_assert_ptr_null(capture_writer_open(temp_dir_path(&dir, "x"),
		                                       CAPTURE_FILE_PCAPNG, 1, &err));
		ck_assert_int_eq(err.code, ERR_MEMORY);
	}
}
END_TEST

/* --- progress -------------------------------------------------------------------------------------------------- */

START_TEST(test_progress)
{
	char *path = write_pcap("a", "1 2 3", NULL);
	const char *const paths[] = { path };
	struct capture *c = open_paths(paths, 1, NULL);
	struct progress bar;
	struct packet p;
	struct err err = ERR_INIT;
	char drawn[400] = "";

	while (capture_next(c, &p, &err) == CAPTURE_PACKET)
		;
	int fd = open(temp_dir_path(&dir, "stderr"), O_RDWR | O_CREAT, 0600);
	int keep = dup(2);
	dup2(fd, 2);
	progress_init(&bar, true);
	bool to_a_file = bar.enabled;
	bar.enabled = true; /* as on a terminal, long ago */
	for (int i = 0; i < 256; i++)
		progress_update(&bar, c, 12345);
	progress_done(&bar);
	dup2(keep, 2);
	ck_assert(!to_a_file);
	ck_assert_int_gt(pread(fd, drawn, sizeof drawn - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(drawn, "[####################] 100 %  12345 packets  "));
	ck_assert_ptr_nonnull(strstr(drawn, " MB/s"));
	ck_assert_int_eq(strcmp(drawn + strlen(drawn) - 4, "\r\033[K"), 0);
	close(fd);
	capture_close(c);
	free(path);
}
END_TEST

/* --- libpcap as oracle ----------------------------------------------------------------------------------------- */

static void compare_packets(const char *path, const struct packet *ours,
                            const struct packet *theirs)
{
	ck_assert_msg(ours->time_ns == theirs->time_ns && ours->link_type == theirs->link_type &&
	                      ours->original_length == theirs->original_length &&
	                      ours->frame == theirs->frame && slice_eq(ours->data, theirs->data),
	              "%s: frame %" PRIu64, path, ours->frame);
}

/* Packets that both readers give must be the same. libpcap may end early, with damage, where link types differ. */
static size_t compare_readers(const char *path)
{
	struct capture_options native = { .reader = CAPTURE_READER_NATIVE };
	struct capture_options libpcap = { .reader = CAPTURE_READER_LIBPCAP };
	struct err err = ERR_INIT;
	struct packet ours, theirs;
	struct capture *b = capture_open(&path, 1, &libpcap, &err),
	               *a = capture_open(&path, 1, &native, &err);
	size_t packets = 0;

	if (!b)
		return 0;
	ck_assert_ptr_nonnull(a);
	while (capture_next(b, &theirs, &err) == CAPTURE_PACKET) {
		ck_assert_int_eq(capture_next(a, &ours, &err), CAPTURE_PACKET);
		compare_packets(path, &ours, &theirs);
		packets++;
	}
	if (capture_file(b, 0)->damaged_bytes == 0)
		ck_assert_int_eq(capture_next(a, &ours, &err), CAPTURE_END);
	ck_assert_str_eq(capture_file(a, 0)->format, capture_file(b, 0)->format);
	capture_close(a);
	capture_close(b);
	return packets;
}

START_TEST(test_oracle)
{
	const char *captures = getenv("CAPTURES");
	char pattern[300];
	glob_t found;
	size_t files = 0;

	if (!captures) {
		printf("skipped: CAPTURES is not set\n");
		return;
	}
	snprintf(pattern, sizeof pattern, "%s/*/*cap*", captures);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		files += compare_readers(found.gl_pathv[i]) > 0;
	ck_assert_uint_ge(files, found.gl_pathc * 9 / 10);
	globfree(&found);
}
END_TEST

/* The same over files of our own, so that it is tested without captures too. */
START_TEST(test_oracle_own)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };

	for (size_t i = 0; i < 3; i++) {
		char *path = write_pcap("a", "1 2 3 4000000000 5", filters[i]);
		ck_assert_uint_eq(compare_readers(path), 5);
		free(path);
	}
}
END_TEST

static void add_sets(TCase *tc)
{
	tcase_add_loop_test(tc, test_merge, 0, sizeof merges / sizeof *merges);
	tcase_add_test(tc, test_info);
	tcase_add_test(tc, test_filter);
	tcase_add_test(tc, test_directory);
	tcase_add_loop_test(tc, test_descriptors, 0, 2);
	tcase_add_loop_test(tc, test_stdin, 0, 3);
	tcase_add_test(tc, test_fifo);
}

static void add_trouble(TCase *tc)
{
	tcase_add_test(tc, test_damage);
	tcase_add_loop_test(tc, test_damage_compressed, 0, 2);
	tcase_add_loop_test(tc, test_error, 0, sizeof errors / sizeof *errors);
	tcase_add_test(tc, test_missing);
	tcase_add_loop_test(tc, test_out_of_memory, 0, 2);
}

Suite *suite_capture(void);
Suite *suite_capture(void)
{
	Suite *suite = suite_create("capture");
	TCase *tc = tcase_create("capture");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	add_sets(tc);
	add_trouble(tc);
	tcase_add_loop_test(tc, test_writer, 0, 4);
	tcase_add_test(tc, test_writer_errors);
	tcase_add_test(tc, test_progress);
	tcase_add_test(tc, test_oracle);
	tcase_add_test(tc, test_oracle_own);
	suite_add_tcase(suite, tc);
	return suite;
}
