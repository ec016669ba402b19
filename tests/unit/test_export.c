/* What goes back to the captures of a database: the exporter, whose captures, analyzed again, give the same call, and the search for
 * text in headers. */
#include "analyzer/analyze.h"
#include "base/mem.h"
#include "cli/call_text.h"
#include "cli/export_records.h"
#include "reports/rows.h"
#include "tests/helpers/recipe.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
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

static void analyze(const char *const *paths, size_t count, const char *database)
{
	struct analyze_options options = {
		.paths = paths,
		.path_count = count,
		.database = database,
		.command = SLICE_LIT("test"),
		.version = SLICE_LIT("0"),
	};
	struct err err = ERR_INIT;

	ck_assert_msg(analyze_run(&options, NULL, NULL, &err), "%s", err.text);
}

/* All of a call but its numbers; its streams with their RTCP; its messages without their frames. */
static const char *const facts[] = {
	"SELECT sip_call_id, caller, callee, first_us, last_us, start_us, ring_us, answer_us, "
	"end_us, "
	"setup_ms, pdd_ms, talk_ms, outcome, final_status, reason, q850_cause, released_by, "
	"leg_count, mos_min, transferred, held_ms, attempts, challenges, username, realm, holds, "
	"extra_answers, cancel_race, disconnect_ms FROM calls WHERE id = ?1",
	"SELECT direction, src_addr, src_port, dst_addr, dst_port, ssrc, codec, first_us, last_us, "
	"packets, expected, lost, duplicates, reordered, late, bytes, jitter_mean_ms, "
	"jitter_max_ms, "
	"mos_lq, (SELECT count(*) FROM rtcp_reports p WHERE p.stream_id = s.id) AS reports "
	"FROM streams s WHERE call_id = ?1 ORDER BY first_us, src_addr, src_port, ssrc",
	"SELECT time_us, src, dst, first_line, bytes, retransmission, sdp FROM messages WHERE "
	"dialog_id IN (SELECT id FROM dialogs WHERE call_id = ?1) ORDER BY time_us, first_line, "
	"src",
	"SELECT time_us, digit, duration_ms, direction FROM dtmf WHERE call_id = ?1 ORDER BY "
	"time_us",
};

static void facts_of(const char *database, int64_t call_id, struct text *out)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(database, &err);

	ck_assert_msg(r != NULL, "%s", err.text);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		ck_assert_msg(rows_json_array(r, facts[i], call_id, 1, out, &err), "%s", err.text);
	records_close(r);
}

static int64_t count_of(const char *database, const char *sql)
{
	struct err err = ERR_INIT;
	struct records *r = records_open(database, &err);
	int64_t n;

	ck_assert_msg(r && rows_int(r, sql, 0, &n, &err), "%s", err.text);
	records_close(r);
	return n;
}

static bool export(const char *database, int64_t call_id, const char *output, bool media,
                   struct export_result *result, struct err *err)
{
	struct records *r = records_open(database, err);
	struct export_records e;

	ck_assert_msg(r != NULL, "%s", err->text);
	bool ok = export_records_load(&e, r, call_id, NULL, media, err);
	e.job.output = output;
	ok = ok && export_run(&e.job, result, err);
	export_records_release(&e);
	records_close(r);
	return ok;
}

/* How many packets of the recipe are the call's; 0: all there are in the capture. */
static const struct {
	const char *folder, *files[2];
	uint64_t packets;
	enum capture_file_format format;
} round_trips[] = {
	{ "baseline-call", { "capture.pcap" }, 7 + 2 * 498, CAPTURE_FILE_PCAP_US },
	/* SYN both ways, an INVITE of four segments, 100 and 180 in one, then four more messages. */
	{ "tcp-framing", { "capture.pcap" }, 2 + 4 + 1 + 4, CAPTURE_FILE_PCAP_US },
	/* Five pieces until the INVITE is whole; the copy behind is not needed. */
	{ "tcp-out-of-order", { "capture.pcap" }, 2 + 5 + 6, CAPTURE_FILE_PCAP_US },
	{ "ipv4-fragment-twice", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "ipv6-fragments", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "two-files", { "capture.pcap", "capture-2.pcap" }, 7 + 2 * 98, CAPTURE_FILE_PCAP_US },
	{ "compressed-gz", { "capture.pcap.gz" }, 7 + 2 * 48, CAPTURE_FILE_PCAP_US },
	{ "nanosecond-big-endian", { "capture.pcap" }, 7 + 2 * 48, CAPTURE_FILE_PCAP_NS },
	{ "rtcp-mux-reports", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "mirrored-twice", { "capture.pcap" }, 2 * (7 + 2 * 48), CAPTURE_FILE_PCAP_US },
	{ "proxy-in-between", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "dtmf-and-loss", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	/* All legs: three of a call through two B2BUAs; two and three of transfers. */
	{ "b2bua-three-legs", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "blind-transfer", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	{ "attended-transfer", { "capture.pcap" }, 0, CAPTURE_FILE_PCAP_US },
	/* One of five calls, each on another link type. */
	{ "link-layers", { "capture.pcapng" }, 7 + 2 * 48, CAPTURE_FILE_PCAP_US },
	/* Signalling on Ethernet, media on a raw interface. */
	{ "pcapng-interfaces", { "capture.pcapng" }, 7 + 60, CAPTURE_FILE_PCAPNG },
};

static uint64_t packets_in(const char *path)
{
	struct err err = ERR_INIT;
	struct capture *c = capture_open(&path, 1, NULL, &err);
	struct packet p;

	ck_assert_msg(c != NULL, "%s", err.text);
	while (capture_next(c, &p, &err) == CAPTURE_PACKET)
		;
	uint64_t n = capture_file(c, 0)->packets;
	ck_assert_int_eq(capture_file(c, 0)->damaged_bytes, 0);
	capture_close(c);
	return n;
}

START_TEST(exported_call_is_the_same_call)
{
	char a[200], b[200], capture[200], names[2][200];
	const char *paths[2] = { names[0], names[1] };
	size_t count = 0;
	struct err err = ERR_INIT;
	struct export_result result;
	struct text before, after;

	for (; count < 2 && round_trips[_i].files[count]; count++)
		snprintf(names[count], sizeof names[count], "fixtures/%s/%s",
		         round_trips[_i].folder, round_trips[_i].files[count]);
	snprintf(a, sizeof a, "%s", temp_dir_path(&dir, "a.db"));
	snprintf(b, sizeof b, "%s", temp_dir_path(&dir, "b.db"));
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "call.pcap"));
	analyze(paths, count, a);
	ck_assert_msg(export(a, 1, capture, true, &result, &err), "%s", err.text);
	ck_assert_uint_eq(result.format, round_trips[_i].format);
	uint64_t packets = round_trips[_i].packets;
	ck_assert_uint_eq(result.packets, packets ? packets : packets_in(paths[0]));
	ck_assert_uint_eq(packets_in(capture), result.packets);

	const char *again = capture;
	analyze(&again, 1, b);
	ck_assert_int_eq(count_of(b, "SELECT count(*) FROM calls"), 1);
	text_init(&before);
	text_init(&after);
	facts_of(a, 1, &before);
	facts_of(b, 1, &after);
	ck_assert_str_eq(text_cstr(&after), text_cstr(&before));
	text_release(&before);
	text_release(&after);
}
END_TEST

/* An INVITE of four segments, the last two in the next file: the records name the last one only. Another call's message on the same
 * connection stays behind. */
START_TEST(message_over_two_files)
{
	static const char recipe[] = "file pcap-us ethernet\n"
	                             "host alice 192.0.2.10\n"
	                             "host bob 198.51.100.20\n"
	                             "at 0.000 tcp t1 alice bob\n"
	                             "session c2 from=alice to=bob over=t1\n"
	                             "at 0.010 request c2 OPTIONS\n"
	                             "session c1 from=alice to=bob over=t1\n"
	                             "hold t1\n"
	                             "at 1.000 request c1 INVITE sdp\n"
	                             "send t1 size=150 gap=100\n"
	                             "next-file 1.150\n"
	                             "at 2.000 reply c1 486\n"
	                             "at 2.010 request c1 ACK\n";
	char first[200], second[200], a[200], b[200], capture[200];
	const char *paths[] = { first, second }, *again = capture;
	struct err err = ERR_INIT;
	struct recipe_result made;
	struct export_result result;
	struct text before, after;

	snprintf(first, sizeof first, "%s", temp_dir_path(&dir, "x.pcap"));
	snprintf(second, sizeof second, "%s", temp_dir_path(&dir, "x-2.pcap"));
	snprintf(a, sizeof a, "%s", temp_dir_path(&dir, "a.db"));
	snprintf(b, sizeof b, "%s", temp_dir_path(&dir, "b.db"));
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "call.pcap"));
	ck_assert_msg(recipe_run("two", slice_str(recipe), first, &made, &err), "%s", err.text);
	ck_assert_uint_eq(made.files, 2);
	analyze(paths, 2, a);
	ck_assert_msg(export(a, 1, capture, true, &result, &err), "%s", err.text);
	/* SYN both ways, four segments, the 486, its ACK. */
	ck_assert_uint_eq(result.packets, 2 + 4 + 2);
	analyze(&again, 1, b);
	text_init(&before);
	text_init(&after);
	facts_of(a, 1, &before);
	facts_of(b, 1, &after);
	ck_assert_str_eq(text_cstr(&after), text_cstr(&before));
	text_release(&before);
	text_release(&after);
}
END_TEST

START_TEST(without_media_only_signalling)
{
	const char *path = "fixtures/rtcp-mux-reports/capture.pcap";
	char database[200], capture[200];
	struct err err = ERR_INIT;
	struct export_result result;

	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "a.db"));
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "call.pcap"));
	analyze(&path, 1, database);
	ck_assert_msg(export(database, 1, capture, false, &result, &err), "%s", err.text);
	ck_assert_uint_eq(result.packets, 7);
}
END_TEST

static void copy_file(const char *from, const char *to, size_t without, int64_t later_s)
{
	static uint8_t octets[1 << 20];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n = fread(octets, 1, sizeof octets, in);

	octets[24] = (uint8_t)(octets[24] + later_s); /* seconds of the first packet */
	ck_assert_uint_eq(fwrite(octets, 1, n - without, out), n - without);
	fclose(in);
	fclose(out);
}

/* What the capture became after it was analyzed, and what is said then. */
START_TEST(changed_captures_are_told)
{
	const char *original = "fixtures/baseline-call/capture.pcap";
	char database[200], capture[200], out[200];
	const char *path = capture;
	struct err err = ERR_INIT;
	struct export_result result;

	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "a.db"));
	snprintf(out, sizeof out, "%s", temp_dir_path(&dir, "call.pcap"));
	snprintf(capture, sizeof capture, "%s", temp_dir_path(&dir, "tonight.pcap"));
	copy_file(original, capture, 0, 0);
	analyze(&path, 1, database);
	ck_assert(export(database, 1, out, true, &result, &err));
	unlink(out);

	copy_file(original, capture, 100, 0);
	ck_assert(!export(database, 1, out, true, &result, &err));
	ck_assert_msg(strstr(err.text, "has changed since it was analyzed: it had ") != NULL, "%s",
	              err.text);
	err = (struct err)ERR_INIT;
	copy_file(original, capture, 0, 1);
	ck_assert(!export(database, 1, out, true, &result, &err));
	ck_assert_msg(strstr(err.text, "packet 1 is not the one that the database knows") != NULL,
	              "%s", err.text);
	err = (struct err)ERR_INIT;
	copy_file(original, capture, 0, 0);
	ck_assert(!export(database, 1, capture, true, &result, &err));
	ck_assert_msg(strstr(err.text, "is the capture itself") != NULL, "%s", err.text);
	err = (struct err)ERR_INIT;
	unlink(capture);
	ck_assert(!export(database, 1, out, true, &result, &err));
	ck_assert_msg(strstr(err.text, "No such file or directory; --captures DIR") != NULL, "%s",
	              err.text);
	ck_assert_int_ne(access(out, F_OK), 0);
}
END_TEST

START_TEST(allocation_n_fails)
{
	const char *path = "fixtures/ipv4-fragment-twice/capture.pcap";
	char database[200], out[200];
	struct export_result result;
	uint64_t n = 0;

	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "a.db"));
	snprintf(out, sizeof out, "%s", temp_dir_path(&dir, "call.pcap"));
	analyze(&path, 1, database);
	for (;; n++) {
		struct err err = ERR_INIT, unused = ERR_INIT;
		struct records *r = records_open(database, &unused);
		struct export_records e;
		ck_assert_uint_lt(n, 1000);
		mem_fail_after(n);
		bool ok = export_records_load(&e, r, 1, NULL, true, &err);
		e.job.output = out;
		ok = ok && export_run(&e.job, &result, &err);
		mem_fail_after(UINT64_MAX);
		export_records_release(&e);
		records_close(r);
		if (ok)
			break;
		ck_assert_int_eq(err.code, ERR_MEMORY);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

static const struct {
	const char *folder, *file, *text, *ids;
} searches[] = {
	{ "proxy-in-between", "capture.pcap", "RECORD-ROUTE: <SIP:203.0.113.1", "[1]" },
	{ "proxy-in-between", "capture.pcap", "no such text", "[]" },
	/* Bodies are no headers. */
	{ "proxy-in-between", "capture.pcap", "m=audio", "[]" },
	/* In the last fragment, in the last segment. */
	{ "ipv6-fragments", "capture.pcap", "content-type: application/sdp", "[1]" },
	{ "tcp-out-of-order", "capture.pcap", "content-type: application/sdp", "[1]" },
	{ "compressed-gz", "capture.pcap.gz", "gz@example", "[1]" },
	{ "link-layers", "capture.pcapng", "ppp@example.com", "[3]" },
	{ "link-layers", "capture.pcapng", "max-forwards", "[1,2,3,4,5]" },
};

START_TEST(text_in_headers_finds_calls)
{
	char database[200], name[200];
	const char *path = name;
	struct err err = ERR_INIT;
	struct text ids;

	snprintf(name, sizeof name, "fixtures/%s/%s", searches[_i].folder, searches[_i].file);
	snprintf(database, sizeof database, "%s", temp_dir_path(&dir, "a.db"));
	analyze(&path, 1, database);
	for (uint64_t n = 0;; n++) {
		struct records *r = records_open(database, &err);
		ck_assert_uint_lt(n, 1000);
		text_init(&ids);
		mem_fail_after(n);
		bool ok = call_text_ids(r, searches[_i].text, NULL, &ids, &err);
		mem_fail_after(UINT64_MAX);
		records_close(r);
		if (ok)
			break;
		ck_assert_int_eq(err.code, ERR_MEMORY);
		err = (struct err)ERR_INIT;
		text_release(&ids);
	}
	ck_assert_str_eq(text_cstr(&ids), searches[_i].ids);
	text_release(&ids);
}
END_TEST

Suite *suite_export(void)
{
	Suite *s = suite_create("export");
	TCase *t = tcase_create("export");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, exported_call_is_the_same_call, 0,
	                    sizeof round_trips / sizeof *round_trips);
	tcase_add_test(t, message_over_two_files);
	tcase_add_test(t, without_media_only_signalling);
	tcase_add_test(t, changed_captures_are_told);
	tcase_add_test(t, allocation_n_fails);
	tcase_add_loop_test(t, text_in_headers_finds_calls, 0, sizeof searches / sizeof *searches);
	suite_add_tcase(s, t);
	return s;
}
