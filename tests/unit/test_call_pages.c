/* reports/html/call_pages: whole pages of the sample and of hostile and huge calls: their tags fit together and are ours alone, bounds are kept
 * and told, one pass gives what a pass for each call gives, failing allocations. */
#include "base/mem.h"
#include "reports/html/call_pages.h"
#include "tests/helpers/sample_records.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* --- is it well formed? ---------------------------------------------------------------------------------------- */

/* Those that a page may have, and how they end: '/' by a tag, 'o' perhaps not at all, 'v' never. */
static const struct {
	const char *name;
	char end;
} elements[] = {
	{ "html", '/' },       { "head", '/' },     { "body", '/' },     { "title", '/' },
	{ "script", '/' },     { "header", '/' },   { "nav", '/' },      { "main", '/' },
	{ "footer", '/' },     { "section", '/' },  { "article", '/' },  { "details", '/' },
	{ "summary", '/' },    { "pre", '/' },      { "code", '/' },     { "svg", '/' },
	{ "text", '/' },       { "g", '/' },        { "a", '/' },        { "h1", '/' },
	{ "h2", '/' },         { "h3", '/' },       { "p", '/' },        { "span", '/' },
	{ "time", '/' },       { "b", '/' },        { "i", '/' },        { "small", '/' },
	{ "div", '/' },        { "dl", '/' },       { "ul", '/' },       { "table", '/' },
	{ "thead", '/' },      { "tbody", '/' },    { "audio", '/' },    { "figure", '/' },
	{ "figcaption", '/' }, { "dt", 'o' },       { "dd", 'o' },       { "li", 'o' },
	{ "tr", 'o' },         { "th", 'o' },       { "td", 'o' },       { "caption", '/' },
	{ "meta", 'v' },       { "link", 'v' },     { "img", 'v' },      { "br", 'v' },
	{ "path", 'v' },       { "polyline", 'v' }, { "!doctype", 'v' },
};

static char end_of(struct slice name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (slice_eq_str(name, elements[i].name))
			return elements[i].end;
	ck_abort_msg("element '%.*s'", SLICE_ARG(slice_sub(name, 0, 30)));
	return 0;
}

/* Behind the '>' of the tag at the front; its attributes are none that run anything. */
static struct slice skip_tag(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"') {
			size_t close = slice_find(slice_from(s, i + 1), '"');
			if (close == SLICE_NPOS)
				ck_abort_msg("a value does not end");
			i += close + 1;
		} else if (s.p[i] == '>') {
			return slice_from(s, i + 1);
		} else if (s.p[i] == ' ' && slice_istarts(slice_from(s, i + 1), "on")) {
			ck_abort_msg("attribute: %.*s", SLICE_ARG(slice_sub(s, i, 40)));
		}
		if (s.p[i] == '<')
			ck_abort_msg("a tag in a tag: %.*s", SLICE_ARG(slice_sub(s, 0, 60)));
	}
	ck_abort_msg("a tag does not end");
	return SLICE_NONE;
}

static void check_text(struct slice s)
{
	for (size_t n; s.n; s = slice_from(s, n)) {
		n = utf8_length(s);
		if (!n || (n == 1 && s.p[0] < 0x20 && s.p[0] != '\n' && s.p[0] != '\t'))
			ck_abort_msg("octet %02X", s.p[0]);
	}
}

/* Elements lie in each other, and all that is begun is ended. */
static void check_form(const struct text *page)
{
	struct slice open[64], s = slice_of(text_cstr(page), page->n), name;
	size_t depth = 0, scripts = 0;

	check_text(s);
	for (size_t at; (at = slice_find(s, '<')) != SLICE_NPOS;) {
		s = slice_from(s, at);
		bool closes = s.n > 1 && s.p[1] == '/';
		name = slice_from(s, closes ? 2 : 1);
		size_t n = 0;
		while (n < name.n && name.p[n] != ' ' && name.p[n] != '>' && name.p[n] != '/')
			n++;
		name = slice_sub(name, 0, n);
		scripts += slice_eq_str(name, "script");
		s = skip_tag(s);
		if (closes) {
			ck_assert_uint_gt(depth, 0);
			depth--;
			ck_assert_msg(slice_eq(open[depth], name), "%.*s is ended by %.*s",
			              SLICE_ARG(open[depth]), SLICE_ARG(name));
		} else if (end_of(name) == '/') {
			ck_assert_uint_lt(depth, 64);
			open[depth++] = name;
		}
	}
	ck_assert_uint_eq(depth, 0);
	ck_assert_uint_eq(scripts, 2); /* report.js, its beginning and its end */
}

static size_t count_of(const struct text *page, const char *what)
{
	size_t count = 0;

	for (const char *at = text_cstr(page); (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

/* Texts are numbered from 1, and no arrow leads beyond. */
static void check_links(const struct text *page)
{
	int texts = 0;

	for (const char *at = text_cstr(page); (at = strstr(at, "<pre id=m")) != NULL; at++)
		if (atoi(at + 9) != ++texts)
			ck_abort_msg("text %d is called %.10s", texts, at + 9);
	for (const char *at = text_cstr(page); (at = strstr(at, "<a href=#m")) != NULL; at++)
		if (atoi(at + 10) < 1 || atoi(at + 10) > texts)
			ck_abort_msg("no text %.10s", at + 10);
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static const char hostile[] = "INVITE sip:</pre><script>owned=1</script> SIP/2.0\r\n"
                              "From: \"\x1B[2J<b>\" <sip:a&b@x>\r\n\xFF\xC0\xAF\0nul\r\n\r\n]]>";

/* Message 10 of call 3 is hostile; others are as many octets as their number says. */
static bool text_of(void *context, int64_t id, struct text *out, struct err *err)
{
	(void)err;
	if (id == 10)
		text_add(out, slice_of(hostile, sizeof hostile - 1));
	else if (id != 2)
		text_addf(out, "%s\r\nthis is message %d\r\n", (const char *)context, (int)id);
	return true;
}

static const struct message_texts given = { (void *)"SIP", text_of, NULL, "a capture is gone" };
static const struct message_texts none = { NULL, text_of, "<gone> & away", NULL };

static bool add_page(struct records *r, const struct message_texts *texts, int64_t id,
                     bool has_audio, struct text *out, struct err *err)
{
	const struct html_options options = { .texts = texts };
	struct call_pages *pages = call_pages_new(r, &options, NULL, err);
	bool ok = pages && call_pages_add(pages, id, false, has_audio, out, err);

	call_pages_free(pages);
	return ok;
}

static bool add_pages(struct records *r, const int64_t *ids, size_t count, struct text *out,
                      struct err *err)
{
	const struct html_options options = { .texts = &given };
	struct call_pages *pages = call_pages_new(r, &options, NULL, err);
	bool ok = pages != NULL;

	for (size_t i = 0; ok && i < count; i++)
		ok = call_pages_add(pages, ids[i], false, false, out, err);
	call_pages_free(pages);
	return ok;
}

static const struct {
	int64_t call;
	const struct message_texts *texts;
	bool audio;
	const char *part;
} parts[] = {
	{ 1, &given, false, "<h1>alice \xE2\x86\x92 bob</h1>" },
	{ 1, &given, false, "<span class=\"badge good\">answered</span>" },
	{ 1, &given, false, "<div><dt>Talk<dd>7.0 <small>s</small></div>" },
	{ 1, &given, false,
	  "<dt>Times<dd>rang at +0.200 s, answered at +2.000 s, ended at +9.000 s, released by "
	  "caller" },
	{ 1, &given, false,
	  "<a href=#m1 class=q transform=translate(0,53)><text>0.000    1:1</text>" },
	{ 1, &given, false, "class=\"q r\"" }, /* the retransmission */
	{ 1, &given, false, "again: INVITE" },
	{ 1, &given, false, "RTP PCMU #1</text>" },
	{ 1, &given, false, "1.15 % lost, jitter 1.1 ms, MOS 4.02 nb</text>" },
	{ 1, &given, false, "end of #1, #2</text>" },
	{ 1, &given, false, "DTMF 5</text>" },
	{ 1, &given, false,
	  "<pre id=m1>SIP\nthis is message 1\n[376 of 400 octets are not shown]</pre>" },
	{ 1, &given, false, "Of some messages only the first line is there: a capture is gone." },
	{ 1, &given, false, "<article id=s1><h3>Stream 1, of the caller</h3>" },
	{ 1, &given, false, "listening 4.02" },
	{ 1, &given, false, "<code class=\"command\">milliwatt export DB 1 -w call-1.pcap</code>" },
	{ 1, &given, false, "<code class=\"command\">milliwatt audio DB 1 -o call-1.wav</code>" },
	{ 1, &given, false, "No player: made without --audio" },
	{ 1, &given, true, "<audio controls preload=none src=\"../../audio/1.wav\"></audio>" },
	{ 1, &none, false, "Only first lines: &lt;gone&gt; &amp; away." },
	{ 1, NULL, false, "this report was made without the texts of messages" },
	{ 1, NULL, false, "<pre id=m1>INVITE sip:bob@192.0.2.2 SIP/2.0</pre>" },
	{ 3, &given, false,
	  "sip:&lt;/pre>&lt;script>owned=1&lt;/script> SIP/2.0\nFrom: &quot;\\x1B[2J&lt;b>&quot; "
	  "&lt;sip:a&amp;b@x>\n\\xFF\\xC0\\xAF\\x00nul\n\n]]>\n[306 of 400 octets are not "
	  "shown]</pre>" },
};

START_TEST(page_has)
{
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert_msg(add_page(r, parts[_i].texts, parts[_i].call, parts[_i].audio, &out, &err),
	              "%s", err.text);
	if (!strstr(text_cstr(&out), parts[_i].part))
		fprintf(stderr, "%s\n", text_cstr(&out));
	ck_assert_msg(strstr(text_cstr(&out), parts[_i].part) != NULL, "not there: %s",
	              parts[_i].part);
	check_form(&out);
	check_links(&out);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(one_pass_is_as_many)
{
	static const int64_t ids[] = { 1, 2, 3 };
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text one, many;

	text_init(&one);
	text_init(&many);
	for (int i = 0; i < 3; i++)
		ck_assert(add_page(r, &given, ids[i], false, &one, &err));
	ck_assert(add_pages(r, ids, 3, &many, &err));
	ck_assert_str_eq(text_cstr(&one), text_cstr(&many));
	text_release(&one);
	text_release(&many);
	ck_assert(!add_page(r, &given, 4, false, &one, &err));
	ck_assert_str_eq(err.text, "there is no call 4");
	text_release(&one);
	records_close(r);
	store_free(s);
}
END_TEST

/* --- bounds ---------------------------------------------------------------------------------------------------- */

/* `endpoints` hosts in a chain, `messages` messages, `streams` streams. */
static struct store *crowd(int endpoints, int messages, int streams)
{
	struct err err = ERR_INIT;
	struct store *s = sample_create(NULL, &err);
	struct record_call call = sample_call(1);
	struct record_dialog d = { .id = 1,
		                   .run_id = 1,
		                   .call_id = 1,
		                   .kind = SLICE_LIT("invite"),
		                   .forked_from = RECORD_NULL,
		                   .start_us = RECORD_NULL,
		                   .answer_us = RECORD_NULL,
		                   .end_us = RECORD_NULL };
	char src[32], dst[32];

	ck_assert(store_call(s, &call, &err) && store_dialog(s, &d, &err));
	for (int i = 0; i < messages; i++) {
		struct record_message m = sample_message(i + 1);
		snprintf(src, sizeof src, "10.0.0.%d:5060", i % endpoints);
		snprintf(dst, sizeof dst, "10.0.0.%d:5060", (i + 1) % endpoints);
		m.time_us += i;
		m.src = slice_str(src);
		m.dst = slice_str(dst);
		ck_assert(store_message(s, &m, &err));
	}
	for (int i = 0; i < streams; i++) {
		struct record_stream stream = sample_stream(i + 1);
		stream.first_us += i;
		ck_assert(store_stream(s, &stream, &err));
	}
	ck_assert(store_finish(s, 1, &err));
	return s;
}

static const struct {
	int endpoints, messages, streams;
	size_t octets; /* at most */
	size_t arrows, texts, cards;
	const char *part;
} crowds[] = {
	{ 1, 1, 0, 5000, 1, 1, 0, "M154 0h26" },
	{ 40, 40, 2, 40000, 42, 40, 2, "10.0.0.39" },
	{ 200, 400, 0, 200000, 400, 400, 0, "There are more endpoints than columns" },
	{ 3, 3000, 0, 600000, 1000, 1000, 0, "... and 2000 more messages" },
	{ 3, 12000, 0, 600000, 1000, 1000, 0, "... and 11000 more events" },
	{ 2, 2, 300, 300000, 102, 2, 100, "... and 200 more streams" },
};

START_TEST(much_is_bounded)
{
	struct err err = ERR_INIT;
	struct store *s = crowd(crowds[_i].endpoints, crowds[_i].messages, crowds[_i].streams);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert_msg(add_page(r, &given, 1, false, &out, &err), "%s", err.text);
	ck_assert_msg(strstr(text_cstr(&out), crowds[_i].part) != NULL, "not there: %s",
	              crowds[_i].part);
	ck_assert_uint_lt(out.n, crowds[_i].octets);
	ck_assert_uint_eq(count_of(&out, "<a href=#m") + count_of(&out, "<a href=#s"),
	                  crowds[_i].arrows);
	ck_assert_uint_eq(count_of(&out, "<pre id=m"), crowds[_i].texts);
	ck_assert_uint_eq(count_of(&out, "<article id=s"), crowds[_i].cards);
	check_form(&out);
	check_links(&out);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

static bool large_text(void *context, int64_t id, struct text *out, struct err *err)
{
	char line[101];

	(void)context;
	(void)err;
	memset(line, '<', sizeof line);
	for (int i = 0; i < MESSAGE_TEXT_MAX / 101; i++)
		text_add(out, slice_of(line, sizeof line));
	text_addf(out, "%d", (int)id);
	return true;
}

START_TEST(long_texts_are_left_out)
{
	static const struct message_texts large = { NULL, large_text, NULL, NULL };
	struct err err = ERR_INIT;
	struct store *s = crowd(2, 300, 0);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	ck_assert(add_page(r, &large, 1, false, &out, &err));
	ck_assert_uint_lt(out.n, 1500000);
	ck_assert_ptr_nonnull(
	        strstr(text_cstr(&out), "The texts of the last messages are left out"));
	check_form(&out);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

START_TEST(allocation_fails)
{
	static const int64_t ids[] = { 1, 2, 3 };
	struct shortage sh = { 0 };
	struct err err = ERR_INIT;
	struct store *s = sample_store(NULL, &err);
	struct records *r = records_of(store_handle(s), &err);
	struct text out;

	text_init(&out);
	shortage_watch(&sh);
	ck_assert(add_pages(r, ids, 3, &out, &err));
	shortage_plan(&sh);
	while (shortage_next(&sh)) {
		text_release(&out); /* as much to allocate as at first */
		bool ok = add_pages(r, ids, 3, &out, &err);
		shortage_over();
		ck_assert_msg(!ok, "allocation %lu", shortage_at(&sh));
		ck_assert_msg(err.code == ERR_MEMORY, "allocation %lu: %s", shortage_at(&sh),
		              err.text);
		err = (struct err)ERR_INIT;
	}
	shortage_release(&sh);
	text_release(&out);
	records_close(r);
	store_free(s);
}
END_TEST

Suite *suite_call_pages(void)
{
	Suite *s = suite_create("call_pages");
	TCase *t = tcase_create("call_pages");

	tcase_add_loop_test(t, page_has, 0, (int)(sizeof parts / sizeof *parts));
	tcase_add_test(t, one_pass_is_as_many);
	tcase_add_loop_test(t, much_is_bounded, 0, (int)(sizeof crowds / sizeof *crowds));
	tcase_add_test(t, long_texts_are_left_out);
	tcase_add_test(t, allocation_fails);
	suite_add_tcase(s, t);
	return s;
}
