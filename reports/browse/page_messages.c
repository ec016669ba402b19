/* What SIP messages said: one, all of some calls, or two beside each other. The records have the first line and a summary of the SDP; the rest
 * comes out of the captures, where these can be had. */
#include "reports/browse/page.h"
#include "reports/call_messages.h"
#include "reports/rows.h"

#include <inttypes.h>

/* Of one call; further ones are counted only. */
#define MOST_MESSAGES 2000

/* 1:17  2026-01-31 14:05:06.789 UTC  192.0.2.1:5060 -> 192.0.2.2:5060  UDP, 812 octets */
#define HEAD_SQL                                                                                   \
	"capture_id || ':' || frame || '  ' || strftime('%Y-%m-%d %H:%M:%S', time_us / 1000000, "  \
	"'unixepoch') || printf('.%06d UTC  ', time_us % 1000000) || src || ' -> ' || dst || "     \
	"'  ' || transport || ', ' || bytes || ' octets' || iif(retransmission, ', "               \
	"retransmitted', '') || iif(defects, ', malformed', '')"

/* NULL: there are none, or err is set. */
static const struct message_texts *texts_of(const struct browse *b, struct err *err)
{
	return b->doors->texts ? b->doors->texts(b->doors->context, true, err) : NULL;
}

/* The message as lines; where there is only its first line, that. *whole: it is all there. */
static bool message_text(struct browse *b, int64_t id, struct slice first_line, struct slice sdp,
                         struct text *out, bool *whole, struct err *err)
{
	const struct message_texts *texts = texts_of(b, err);
	size_t before = out->n;

	if (err->code != ERR_NONE ||
	    (texts && !texts->absent && !texts->of(texts->context, id, out, err)))
		return false;
	*whole = out->n > before;
	if (*whole)
		return true;
	text_add(out, first_line);
	text_addf(out, "\n");
	if (sdp.n) {
		text_addf(out, "(SDP ");
		text_add(out, sdp);
		text_addf(out, ")\n");
	}
	return true;
}

static void add_lines(struct text *out, struct slice s)
{
	struct slice line;

	for (bool first = true; slice_line(&s, &line); first = false)
		page_add(out, first ? PAGE_GREEN : PAGE_PLAIN, line);
}

static bool add_reason(struct browse *b, struct text *out, struct err *err)
{
	const struct message_texts *texts = texts_of(b, err);
	struct text line;

	text_init(&line);
	text_addf(&line, "  (only what the records have%s%s)", texts && texts->absent ? ": " : "",
	          texts && texts->absent ? texts->absent : "");
	page_add(out, PAGE_DIM, slice_of(text_cstr(&line), line.n));
	text_release(&line);
	return err->code == ERR_NONE;
}

/* Columns id, head, first_line, sdp. */
static bool add_message(struct browse *b, struct query *q, struct text *out, struct err *err)
{
	struct text text;
	bool whole;

	page_add(out, PAGE_BOLD, query_text(q, 1));
	text_init(&text);
	bool ok = message_text(b, query_int(q, 0), query_text(q, 2), query_text(q, 3), &text,
	                       &whole, err);
	if (ok)
		add_lines(out, slice_of(text_cstr(&text), text.n));
	if (ok && !whole)
		ok = add_reason(b, out, err);
	page_addf(out, PAGE_PLAIN, " ");
	text_release(&text);
	return ok;
}

/* --- one, and all of calls --------------------------------------------------------------------------------------- */

#define ONE_SQL "SELECT id, " HEAD_SQL ", first_line, sdp FROM messages WHERE id = ?1"

static bool build_one(struct browse *b, struct reader *p, unsigned width, struct text *out,
                      struct err *err)
{
	struct query *q;

	(void)width;
	if (!rows_first(b->records, ONE_SQL, p->ids[0], &q, err))
		return err->code == ERR_NONE;
	bool ok = add_message(b, q, out, err);
	query_free(q);
	return ok;
}

static bool add_call(struct browse *b, int64_t call, struct text *out, struct err *err)
{
	struct query *q = rows_query(b->records,
	                             WITH_CALL_MESSAGES "SELECT id, " HEAD_SQL
	                                                ", first_line, sdp FROM m ORDER BY "
	                                                "time_us, id",
	                             call, err);
	int64_t count = 0;
	bool ok = q != NULL;

	while (ok && query_step(q, err) && !out->failed)
		if (++count <= MOST_MESSAGES)
			ok = add_message(b, q, out, err);
	if (count > MOST_MESSAGES)
		page_addf(out, PAGE_BOLD, "... and %" PRId64 " more", count - MOST_MESSAGES);
	if (ok && !count)
		page_addf(out, PAGE_PLAIN, "No messages of call %" PRId64 " are recorded.", call);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

static bool build_calls(struct browse *b, struct reader *p, unsigned width, struct text *out,
                        struct err *err)
{
	(void)width;
	for (size_t i = 0; i < p->id_count; i++)
		if (!add_call(b, p->ids[i], out, err))
			return false;
	return true;
}

/* --- two --------------------------------------------------------------------------------------------------------- */

/* Its text, and what stands above it. */
static bool read_one(struct browse *b, int64_t id, struct text *head, struct text *text,
                     bool *whole, struct err *err)
{
	struct query *q;

	if (!rows_first(b->records, ONE_SQL, id, &q, err))
		return err->code == ERR_NONE;
	text_add(head, query_text(q, 1));
	bool ok = message_text(b, id, query_text(q, 2), query_text(q, 3), text, whole, err);
	query_free(q);
	return ok;
}

static bool has_line(struct slice s, struct slice wanted)
{
	struct slice line;

	while (slice_line(&s, &line))
		if (slice_eq(line, wanted))
			return true;
	return false;
}

/* Lines that the other one does not have, as they are, are marked. */
static void add_beside(const struct text *head, const struct text *one, const struct text *other,
                       const char *sign, struct text *out)
{
	struct slice rest = slice_of(text_cstr(one), one->n), line;
	struct slice against = slice_of(text_cstr(other), other->n);
	struct text marked;

	page_add(out, PAGE_BOLD, slice_of(text_cstr(head), head->n));
	text_init(&marked);
	while (slice_line(&rest, &line)) {
		bool same = has_line(against, line);
		text_reset(&marked);
		text_addf(&marked, "%s ", same ? " " : sign);
		text_add(&marked, line);
		page_add(out, same ? PAGE_PLAIN : PAGE_YELLOW, slice_of(marked.p, marked.n));
	}
	out->failed |= marked.failed;
	text_release(&marked);
	page_addf(out, PAGE_PLAIN, " ");
}

static bool build_compare(struct browse *b, struct reader *p, unsigned width, struct text *out,
                          struct err *err)
{
	struct text heads[2], texts[2];
	bool ok = true, whole = true;

	(void)width;
	for (int i = 0; i < 2; i++) {
		text_init(&heads[i]);
		text_init(&texts[i]);
		ok = ok && read_one(b, p->ids[i], &heads[i], &texts[i], &whole, err);
	}
	if (ok && (texts[0].failed || texts[1].failed || heads[0].failed || heads[1].failed))
		ok = err_memory(err, "two messages");
	if (ok) {
		page_addf(out, PAGE_DIM, "Lines that only one of the two has are marked.");
		add_beside(&heads[0], &texts[0], &texts[1], "-", out);
		add_beside(&heads[1], &texts[1], &texts[0], "+", out);
		if (!whole)
			ok = add_reason(b, out, err);
	}
	for (int i = 0; i < 2; i++) {
		text_release(&heads[i]);
		text_release(&texts[i]);
	}
	return ok;
}

/* --- making them ------------------------------------------------------------------------------------------------- */

static struct view *view_of(struct reader *p)
{
	return p ? &p->view : NULL;
}

struct view *page_messages_new(struct browse *b, const int64_t *calls, size_t count,
                               struct err *err)
{
	(void)b;
	return view_of(page_new(build_calls, ACTION_NONE, "messages.txt", calls, count, err));
}

struct view *page_message_new(struct browse *b, int64_t message, struct err *err)
{
	(void)b;
	return view_of(page_new(build_one, ACTION_NONE, "message.txt", &message, 1, err));
}

struct view *page_compare_new(struct browse *b, int64_t one, int64_t other, struct err *err)
{
	int64_t ids[] = { one, other };

	(void)b;
	return view_of(page_new(build_compare, ACTION_NONE, "messages.txt", ids, 2, err));
}
