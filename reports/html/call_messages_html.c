/* The SIP messages of a call as a list, each with its text: what the ladder draws, for reading. */
#include "reports/html/call_page.h"

#include <inttypes.h>

/* Copies of messages are told, not written again. */
struct written {
	size_t at, n;
};

struct listing {
	struct call_page *p;
	size_t count, octets;
	bool untold; /* there was no room for a text */
	bool missing; /* one has no text, though there are texts */
	/* Between two endpoints alone, which are said once; else absent. */
	struct slice left, right;
	struct written written[CALL_PAGE_MAX_MESSAGES];
};

/* What stands on the page from `at` on is there already: then it is taken back. */
static bool take_back_copy(struct listing *l, size_t at)
{
	struct text *out = l->p->out;
	size_t n = out->n - at;

	for (size_t i = 0; i < l->count; i++)
		if (l->written[i].n == n &&
		    memcmp(out->p + l->written[i].at, out->p + at, n) == 0) {
			out->n = at;
			out->p[at] = '\0';
			return true;
		}
	l->written[l->count++] = (struct written){ at, n };
	return false;
}

/* Without the carriage returns of its line ends. A '>' is harmless in text, and there are many. */
static void add_line(struct text *out, struct slice line)
{
	struct slice part;
	bool first = true;

	for (; slice_split(&line, '>', &part) && !out->failed; first = false) {
		if (!first)
			html_lit(out, ">");
		html_add(out, part);
	}
}

static void add_octets(struct text *out, struct slice s)
{
	while (s.n && !out->failed) {
		size_t end = slice_find(s, '\n'), n = end == SLICE_NPOS ? s.n : end;
		bool crlf = end != SLICE_NPOS && n && s.p[n - 1] == '\r';
		add_line(out, slice_sub(s, 0, crlf ? n - 1 : n));
		s = slice_from(s, end == SLICE_NPOS ? n : n + 1);
		if (s.n) /* the last line end says nothing */
			html_lit(out, "\n");
	}
}

/* Its text, if there is one. */
static bool fetch(struct listing *l, const struct call_event *e, struct err *err)
{
	const struct message_texts *texts = l->p->options->texts;

	text_reset(l->p->scratch);
	if (!texts || texts->absent)
		return true;
	if (l->octets >= CALL_PAGE_MAX_OCTETS) {
		l->untold = true;
		return true;
	}
	if (!texts->of(texts->context, e->id, l->p->scratch, err))
		return false;
	if (l->p->scratch->failed)
		return err_memory(err, "the text of a message");
	l->missing |= !l->p->scratch->n;
	return true;
}

static bool add_text(struct listing *l, const struct call_event *e, struct err *err)
{
	struct text *out = l->p->out;
	size_t at = out->n;

	if (!fetch(l, e, err))
		return false;
	size_t n = l->p->scratch->n;
	if (!n) {
		html_add(out, e->first_line);
		return true;
	}
	add_octets(out, slice_of(text_cstr(l->p->scratch), n));
	if (e->bytes > (int64_t)n)
		text_addf(out, "\n[%" PRId64 " of %" PRId64 " octets are not shown]",
		          e->bytes - (int64_t)n, e->bytes);
	if (out->failed)
		return err_memory(err, "the page of a call");
	if (take_back_copy(l, at))
		html_lit(out, "[the same octets as in a message before]");
	l->octets += out->n - at;
	return true;
}

/* Who to whom; an arrow alone where that says it. */
static void add_ends(struct listing *l, const struct call_event *e)
{
	struct text *out = l->p->out;

	if (l->left.p && slice_eq(e->src, l->left)) {
		html_lit(out, "\xE2\x86\x92 ");
	} else if (l->left.p) {
		html_lit(out, "\xE2\x86\x90 ");
	} else {
		html_add(out, e->src);
		html_lit(out, " \xE2\x86\x92 ");
		html_add(out, e->dst);
		html_lit(out, " ");
	}
}

static void find_ends(struct listing *l)
{
	const struct call_events *events = &l->p->events;
	struct slice left = SLICE_NONE, right = SLICE_NONE;

	for (size_t i = 0; i < events->count; i++) {
		const struct call_event *e = &events->all[i];
		if (e->kind != EVENT_MESSAGE)
			continue;
		if (!left.p) {
			left = e->src;
			right = e->dst;
		}
		bool there = slice_eq(e->src, left) && slice_eq(e->dst, right);
		bool back = slice_eq(e->src, right) && slice_eq(e->dst, left);
		if ((!there && !back) || slice_eq(left, right))
			return;
	}
	l->left = left;
	l->right = right;
}

static void add_summary(struct listing *l, const struct call_event *e)
{
	struct text *out = l->p->out;

	html_lit(out, "<details><summary><b>");
	html_add_fixed(out, (double)(e->time_us - l->p->start_us) / 1e6, 3);
	html_lit(out, "</b> ");
	if (e->again)
		html_lit(out, "again: ");
	html_add(out, e->label);
	html_lit(out, " <i>");
	add_ends(l, e);
	if (!slice_eq_str(e->transport, "UDP")) {
		html_add(out, e->transport);
		html_lit(out, " ");
	}
	html_add_frame(out, e->capture_id, e->frame);
	html_lit(out, "</i></summary>");
}

/* `number` of the message, from 1, is where the ladder leads. */
static bool add_message(struct listing *l, const struct call_event *e, size_t number,
                        struct err *err)
{
	struct text *out = l->p->out;

	add_summary(l, e);
	html_lit(out, "<pre id=m");
	html_add_int(out, (int64_t)number);
	html_lit(out, ">");
	if (!add_text(l, e, err))
		return false;
	html_lit(out, "</pre></details>\n");
	return true;
}

static void add_why_absent(struct call_page *p)
{
	const struct message_texts *texts = p->options->texts;

	if (texts && !texts->absent)
		return;
	html_lit(p->out, "<p class=\"notice note\">Only first lines: ");
	if (texts)
		html_add(p->out, slice_str(texts->absent));
	else
		html_lit(p->out, "this report was made without the texts of messages");
	html_lit(p->out, ".</p>\n");
}

static void add_what_is_missing(struct listing *l)
{
	const struct message_texts *texts = l->p->options->texts;

	if (l->missing) {
		html_lit(l->p->out, "<p class=soft>Of some messages only the first line is "
		                    "there");
		if (texts->missing) {
			html_lit(l->p->out, ": ");
			html_add(l->p->out, slice_str(texts->missing));
		}
		html_lit(l->p->out, ".</p>\n");
	}
	if (l->untold)
		html_lit(l->p->out, "<p class=soft>The texts of the last messages are left out: "
		                    "the page is long enough.</p>\n");
}

static bool add_all(struct listing *l, int64_t *more, struct err *err)
{
	const struct call_events *events = &l->p->events;
	size_t listed = 0;

	for (size_t i = 0; i < events->count; i++) {
		if (events->all[i].kind != EVENT_MESSAGE)
			continue;
		if (listed++ >= CALL_PAGE_MAX_MESSAGES)
			++*more;
		else if (!add_message(l, &events->all[i], listed, err))
			return false;
	}
	return true;
}

bool call_page_messages(struct call_page *p, struct err *err)
{
	int64_t more = p->events.more;
	bool any = false;

	for (size_t i = 0; i < p->events.count && !any; i++)
		any = p->events.all[i].kind == EVENT_MESSAGE;
	if (!any)
		return true;
	struct listing l;
	l.p = p;
	l.count = l.octets = 0;
	l.untold = l.missing = false;
	l.left = l.right = SLICE_NONE;
	find_ends(&l);
	call_begin_section(p, "messages", "Messages");
	if (l.left.p) {
		html_lit(p->out, "<p class=lead>");
		html_add(p->out, l.left);
		html_lit(p->out, " \xE2\x86\x92 ");
		html_add(p->out, l.right);
		html_lit(p->out, "</p>\n");
	}
	add_why_absent(p);
	if (!add_all(&l, &more, err))
		return false;
	add_what_is_missing(&l);
	call_add_more(p, more, "messages");
	call_end_section(p);
	return true;
}
