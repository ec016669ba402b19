/* Messages: their headers, lengths and keywords. */
#include "sim/scenario/keyword.h"
#include "sim/scenario/lint_rules.h"

/* --- headers as they are written ---------------------------------------------------------------------------------- */

/* A message as one text in which every keyword is one octet, so that lines can be read. */
#define KEYWORD_MARK '\x01'

static void flatten(const struct template *t, struct text *out)
{
	text_reset(out);
	for (unsigned i = 0; i < t->piece_count; i++)
		text_add(out, t->pieces[i].keyword == KEYWORD_TEXT ? t->pieces[i].text
		                                                   : SLICE_LIT("\x01"));
}

struct line {
	struct slice name, value;
	unsigned line; /* of the file */
};

/* The first header of this name. False: none, or a keyword may be it. */
static bool find_header(const struct text *flat, unsigned first_line, const char *name,
                        const char *short_name, struct line *out)
{
	struct slice rest = slice_of(flat->p, flat->n), line;

	for (unsigned number = first_line; slice_line(&rest, &line) && line.n; number++) {
		struct slice value = line, head;
		if (!slice_split(&value, ':', &head) || !value.p)
			continue;
		head = slice_trim(head);
		if (!slice_ieq_str(head, name) && !(short_name && slice_ieq_str(head, short_name)))
			continue;
		*out = (struct line){ head, slice_trim(value), number };
		return true;
	}
	return false;
}

static bool has_mark(struct slice s)
{
	return slice_find(s, KEYWORD_MARK) != SLICE_NPOS;
}

typedef void message_check(struct lint *l, const struct step *step, const struct template *t,
                           const struct text *flat);

static void each_message(struct lint *l, message_check *check)
{
	struct text flat;

	text_init(&flat);
	for (unsigned i = 0; i < l->s->step_count; i++) {
		const struct step *step = &l->s->steps[i];
		if (step->kind != STEP_SEND)
			continue;
		flatten(step->message, &flat);
		l->failed |= flat.failed;
		if (!l->failed)
			check(l, step, step->message, &flat);
	}
	text_release(&flat);
}

static void fixed_call_id(struct lint *l, const struct step *step, const struct template *t,
                          const struct text *flat)
{
	struct line h;

	if (!step->message->is_response && find_header(flat, t->line, "Call-ID", "i", &h) &&
	    !has_mark(h.value))
		lint_say(l, h.line, "Call-ID \"%.*s\" is the same in every call: write [call_id]",
		         SLICE_ARG(slice_sub(h.value, 0, 80)));
}

void lint_call_id(struct lint *l)
{
	each_message(l, fixed_call_id);
}

static void fixed_branch(struct lint *l, const struct step *step, const struct template *t,
                         const struct text *flat)
{
	struct line h;
	(void)step;

	if (!find_header(flat, t->line, "Via", "v", &h))
		return;
	size_t at = slice_ifind_str(h.value, "branch=");
	if (at != SLICE_NPOS && !has_mark(slice_from(h.value, at)))
		lint_say(l, h.line,
		         "the branch is the same in every message, so transactions are not told "
		         "apart (RFC 3261 8.1.1.7): write [branch]");
}

void lint_branch(struct lint *l)
{
	each_message(l, fixed_branch);
}

static bool in_dialog(enum sip_method method)
{
	return method == SIP_BYE || method == SIP_PRACK || method == SIP_UPDATE ||
	       method == SIP_ACK;
}

static void missing_tag(struct lint *l, const struct step *step, const struct template *t,
                        const struct text *flat)
{
	struct line h;

	if (in_dialog(step->message->method) && find_header(flat, t->line, "To", "t", &h) &&
	    slice_ifind_str(h.value, "tag=") == SLICE_NPOS &&
	    !template_has(t, KEYWORD_PEER_TAG_PARAM) &&
	    (!h.value.n || h.value.p[h.value.n - 1] != KEYWORD_MARK))
		lint_say(l, h.line,
		         "To of this %.*s has no tag: within a dialog it has the peer's, "
		         "[peer_tag_param]",
		         SLICE_ARG(step->message->method_name));
}

void lint_tag_missing(struct lint *l)
{
	each_message(l, missing_tag);
}

/* --- lengths ------------------------------------------------------------------------------------------------------ */

/* The body as written; absent where a keyword may be the end of the headers. */
static struct slice body_of(const struct text *flat)
{
	struct slice all = slice_of(flat->p, flat->n);
	size_t at = slice_find_str(all, "\r\n\r\n");

	return at == SLICE_NPOS ? SLICE_NONE : slice_from(all, at + 4);
}

/* [$sdp] alone in the last line of the headers may bring length and body. */
static bool ends_with_keyword(const struct text *flat)
{
	struct slice all = slice_of(flat->p, flat->n);
	size_t at = slice_find_str(all, "\r\n\r\n");

	return at != SLICE_NPOS && at > 0 && all.p[at - 1] == KEYWORD_MARK &&
	       (at < 2 || all.p[at - 2] == '\n');
}

static void missing_length(struct lint *l, const struct step *step, const struct template *t,
                           const struct text *flat)
{
	struct line h;

	if (find_header(flat, t->line, "Content-Length", "l", &h) || ends_with_keyword(flat))
		return;
	if (body_of(flat).n)
		lint_say(l, step->line,
		         "a body without Content-Length: over TCP nobody sees where it ends; write "
		         "Content-Length: [len]");
}

void lint_length_missing(struct lint *l)
{
	each_message(l, missing_length);
}

static void wrong_length(struct lint *l, const struct step *step, const struct template *t,
                         const struct text *flat)
{
	struct slice body = body_of(flat);
	struct line h;
	uint64_t n;
	(void)step;

	if (!find_header(flat, t->line, "Content-Length", "l", &h) ||
	    !slice_u64(h.value, UINT32_MAX, &n) || ends_with_keyword(flat))
		return;
	if (has_mark(body))
		lint_say(l, h.line,
		         "Content-Length: %llu, but keywords make the body's length: write [len]",
		         (unsigned long long)n);
	else if (body.n != n)
		lint_say(l, h.line,
		         "Content-Length: %llu, but the body has %zu octets: write [len]",
		         (unsigned long long)n, body.n);
}

void lint_length_wrong(struct lint *l)
{
	each_message(l, wrong_length);
}

/* --- keywords ----------------------------------------------------------------------------------------------------- */

/* What goes out before anything came in, on the way that every call takes first. */
static void before_first_recv(struct lint *l, bool (*uses)(const struct template *t),
                              const char *what)
{
	const struct scenario *s = l->s;

	for (unsigned i = 0; i < s->step_count; i++) {
		const struct step *step = &s->steps[i];
		if (step->kind == STEP_RECV || step->kind == STEP_RECV_CMD)
			return;
		if (step->message && uses(step->message))
			lint_say(l, step->line, "%s, and nothing was received before it", what);
	}
}

static bool uses_last(const struct template *t)
{
	return t->uses_last;
}

void lint_last_too_early(struct lint *l)
{
	before_first_recv(l, uses_last, "[last_...] stays empty");
}

static bool uses_tag(const struct template *t)
{
	return template_has(t, KEYWORD_PEER_TAG_PARAM);
}

void lint_tag_too_early(struct lint *l)
{
	before_first_recv(l, uses_tag, "[peer_tag_param] stays empty");
}

static void len_of_text(struct lint *l, const struct step *step, const struct template *t,
                        void *context)
{
	(void)context;
	if (step && !t->is_message && t->has_len)
		lint_say(l, t->line, "[len] is the length of a message's body: here there is none");
}

void lint_text_len(struct lint *l)
{
	lint_templates(l, len_of_text, NULL);
}

static void key_of(struct lint *l, const struct piece *piece, unsigned line, void *context)
{
	(void)context;
	if (piece->keyword != KEYWORD_GENERIC)
		return;
	for (unsigned i = 0; i < l->s->key_count; i++)
		if (slice_eq(l->s->keys[i], piece->text))
			return;
	const char *near = keyword_nearest(piece->text);
	enum note_weight weight = l->weight;
	l->weight = near ? NOTE_LOUD : weight;
	if (near)
		lint_say(l, line,
		         "[%.*s] is no keyword: [%s] is meant? As it is, it needs -key %.*s VALUE",
		         SLICE_ARG(piece->text), near, SLICE_ARG(piece->text));
	else
		lint_say(l, line, "[%.*s] needs -key %.*s VALUE", SLICE_ARG(piece->text),
		         SLICE_ARG(piece->text));
	l->weight = weight;
}

static void keys_of(struct lint *l, const struct step *step, const struct template *t,
                    void *context)
{
	(void)step;
	lint_pieces(l, t, key_of, context);
}

void lint_key(struct lint *l)
{
	lint_templates(l, keys_of, NULL);
}
