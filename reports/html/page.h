/* What all HTML pages share: head and foot, and small pieces. Pages work from disk, without network and without the script; the script is
 * report.js, the style is style.css, and a policy in the head forbids everything else, scripts in the page first of all. */
#ifndef REPORTS_HTML_PAGE_H
#define REPORTS_HTML_PAGE_H

#include "base/text.h"
#include "reports/rows.h"

struct html_head {
	struct slice title; /* escaped here */
	const char
	        *root; /* "" in the report's folder, "../../" two below: in front of every link */
	const char *
	        section; /* which entry of the navigation is this: "overview", "calls", ...; NULL: none */
	bool alone; /* no navigation: a page outside a report's folder, style inside it (compare --html FILE) */
};

/* <!doctype> up to and with <main>; what follows is the page's own. */
void html_begin(struct text *out, const struct html_head *head);
void html_end(struct text *out);

/* An octet string of a packet as HTML text: text_add_html() of valid UTF-8, other octets as \xNN. Safe in double-quoted attributes. */
void html_add(struct text *out, struct slice s);
/* A column as text; "-" (with a label for screen readers) for NULL. */
void html_add_column(struct text *out, struct query *q, int column);
void html_add_real(struct text *out, double value, int decimals); /* "-" for NAN */
/* <time datetime=...>2026-11-02 20:13:09.123 UTC</time> */
void html_add_time(struct text *out, int64_t us);
/* A command to copy: <code class="command">, a button where there is the script. */
void html_begin_command(struct text *out);
void html_end_command(struct text *out);
/* The badge of an outcome or a severity: text and colour, never colour alone. */
void html_add_badge(struct text *out, struct slice word);

/* "calls/017/17423.html": where the page of a call is, below the report's folder. */
void html_add_call_path(struct text *out, int64_t call_id);
/* "audio/17423.wav": where its sound is, if any is there. */
void html_add_audio_path(struct text *out, int64_t call_id);

#endif
