#include "reports/html/page.h"

#include "base/clock.h"
#include "reports/html/assets.h"

#include <inttypes.h>
#include <math.h>

/* What a page of a folder may use: files beside it. From disk, browsers take 'self' for that. The data of calls.html stand in a script
 * element that is no script, and nothing in a page itself runs. */
static void add_policy(struct text *out, const struct html_head *head)
{
	text_addf(out,
	          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
	if (head->alone)
		text_addf(out, "style-src '%s'", html_style_digest());
	else
		text_addf(out, "script-src 'self'; style-src 'self'; img-src 'self'; "
		               "media-src 'self'");
	text_addf(out, "; base-uri 'none'; form-action 'none'\">\n");
}

static void add_style(struct text *out, const struct html_head *head)
{
	if (head->alone) {
		text_addf(out, "<style>");
		text_add(out, html_style());
		text_addf(out, "</style>\n");
		return;
	}
	text_addf(out, "<link rel=stylesheet href=\"%sstyle.css\">\n", head->root);
	/* Not deferred: the chosen theme is there before anything is drawn. */
	text_addf(out, "<script src=\"%sreport.js\"></script>\n", head->root);
}

static void add_entry(struct text *out, const struct html_head *head, const char *section,
                      const char *file, const char *label)
{
	bool here = head->section && strcmp(head->section, section) == 0;

	text_addf(out, "<a href=%s%s%s>%s</a>\n", head->root, file,
	          here ? " aria-current=\"page\"" : "", label);
}

static void add_navigation(struct text *out, const struct html_head *head)
{
	text_addf(out,
	          "<header class=top><a class=brand href=%sindex.html>milliwatt</a>"
	          "<nav aria-label=Report>\n",
	          head->root);
	add_entry(out, head, "overview", "index.html", "Overview");
	add_entry(out, head, "calls", "calls.html", "Calls");
	add_entry(out, head, "findings", "findings.html", "Findings");
	add_entry(out, head, "figures", "figures.html", "Figures");
	text_addf(out, "</nav></header>\n");
}

void html_begin(struct text *out, const struct html_head *head)
{
	text_addf(out, "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n");
	add_policy(out, head);
	text_addf(out, "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	               "<meta name=referrer content=no-referrer>\n<title>");
	html_add(out, head->title);
	text_addf(out, " - milliwatt</title>\n");
	add_style(out, head);
	text_addf(out, "</head>\n<body>\n<a class=skip href=#main>Skip to the content</a>\n");
	if (head->alone)
		text_addf(out, "<header class=top><span class=brand>milliwatt</span></header>\n");
	else
		add_navigation(out, head);
	text_addf(out, "<main id=main>\n");
}

void html_end(struct text *out)
{
	text_addf(out, "</main>\n<footer class=foot><p>Made by milliwatt " MILLIWATT_VERSION
	               ". Times are UTC, of the place where the capture was made. \"-\": not "
	               "observed.</p></footer>\n</body>\n</html>\n");
}

/* Characters that turn the direction of what follows: shown, not obeyed. U+200E, U+200F, U+202A..202E, U+2066..2069, U+061C. */
static unsigned direction_mark(struct slice s, size_t n)
{
	if (n == 2 && s.p[0] == 0xD8 && s.p[1] == 0x9C)
		return 0x61C;
	if (n != 3 || s.p[0] != 0xE2)
		return 0;
	unsigned code = 0x2000u | (s.p[1] & 0x3Fu) << 6 | (s.p[2] & 0x3Fu);
	bool is_mark = code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
	               (code >= 0x2066 && code <= 0x2069);
	return is_mark ? code : 0;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7F && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'';
}

/* One character that needs thought. Returns its octets. */
static size_t add_special(struct text *out, struct slice s)
{
	size_t n = utf8_length(s);
	unsigned mark = direction_mark(s, n);
	bool control =
	        n == 1 ? (s.p[0] < 0x20 && s.p[0] != '\n' && s.p[0] != '\t') || s.p[0] == 0x7F
	               : n == 2 && s.p[0] == 0xC2 && s.p[1] < 0xA0;

	if (!n || control) {
		n = n ? n : 1;
		for (size_t i = 0; i < n; i++)
			text_addf(out, "\\x%02X", s.p[i]);
	} else if (mark) {
		text_addf(out, "\\u%04X", mark);
	} else {
		text_add_html(out, slice_sub(s, 0, n));
	}
	return n;
}

void html_add(struct text *out, struct slice s)
{
	while (s.n && !out->failed) {
		size_t plain = 0;
		while (plain < s.n && is_plain(s.p[plain]))
			plain++;
		text_add(out, slice_sub(s, 0, plain));
		s = slice_from(s, plain);
		if (s.n)
			s = slice_from(s, add_special(out, s));
	}
}

static void add_absent(struct text *out)
{
	text_addf(out, "<span class=\"none\" title=\"not observed\">-</span>");
}

void html_add_column(struct text *out, struct query *q, int column)
{
	if (query_is_null(q, column))
		add_absent(out);
	else
		html_add(out, query_text(q, column));
}

void html_add_real(struct text *out, double value, int decimals)
{
	if (isnan(value))
		add_absent(out);
	else
		text_addf(out, "%.*f", decimals, value);
}

void html_add_time(struct text *out, int64_t us)
{
	char buf[64];

	if (us == RECORD_NULL) {
		add_absent(out);
		return;
	}
	clock_format_us(us, buf, sizeof buf);
	size_t n = strlen(buf);
	if (n > 3)
		buf[n - 3] = '\0'; /* microseconds to milliseconds */
	text_addf(out, "<time datetime=\"%.10sT%sZ\">%s UTC</time>", buf, n > 11 ? buf + 11 : "",
	          buf);
}

void html_begin_command(struct text *out)
{
	text_addf(out, "<code class=\"command\">");
}

void html_end_command(struct text *out)
{
	text_addf(out, "</code>");
}

static const char *badge_of(struct slice word)
{
	static const struct {
		const char *word, *look;
	} looks[] = {
		{ "answered", "good" },   { "passed", "good" },      { "same", "plain" },
		{ "better", "good" },     { "worse", "bad" },        { "failed", "bad" },
		{ "error", "bad" },       { "rejected", "bad" },     { "unauthorized", "bad" },
		{ "warning", "warn" },    { "busy", "warn" },        { "no_answer", "warn" },
		{ "cancelled", "plain" }, { "incomplete", "faint" }, { "in_progress", "faint" },
		{ "info", "note" },       { "skipped", "faint" },    { "succeeded", "good" },
	};

	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (slice_eq_str(word, looks[i].word))
			return looks[i].look;
	return "plain";
}

void html_add_badge(struct text *out, struct slice word)
{
	text_addf(out, "<span class=\"badge %s\">", badge_of(word));
	struct slice part;
	bool first = true;
	for (struct slice rest = word; slice_split(&rest, '_', &part); first = false) {
		text_addf(out, first ? "" : " ");
		html_add(out, part);
	}
	text_addf(out, "</span>");
}

void html_add_call_path(struct text *out, int64_t call_id)
{
	text_addf(out, "calls/%03" PRId64 "/%" PRId64 ".html", call_id / 1000, call_id);
}

void html_add_audio_path(struct text *out, int64_t call_id)
{
	text_addf(out, "audio/%" PRId64 ".wav", call_id);
}
