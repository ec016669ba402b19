/* Messages' texts laid beside each other, header by header: what was added, removed, changed, put in another order. RFC 3261 7.3 */
#include "reports/compare/taps_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADERS_MOST 128 /* of a message; those beyond are left out */
#define VALUE_MOST   160 /* octets of an example */

struct field {
	struct slice name, value;
	bool taken;
};

struct fields {
	struct field v[HEADERS_MOST];
	unsigned n;
};

struct comparing {
	struct taps *t;
	const struct message_texts *texts[TAP_SIDES];
	struct text room[TAP_SIDES];
	struct fields fields[TAP_SIDES];
	size_t headers_room;
	uint32_t call;
	struct err *err;
};

/* ---- reading ---- */

/* RFC 3261 7.3.3 and the registry of compact forms. */
static struct slice long_name(struct slice name)
{
	static const struct {
		char compact;
		const char *name;
	} names[] = {
		{ 'a', "Accept-Contact" },
		{ 'b', "Referred-By" },
		{ 'c', "Content-Type" },
		{ 'd', "Request-Disposition" },
		{ 'e', "Content-Encoding" },
		{ 'f', "From" },
		{ 'i', "Call-ID" },
		{ 'j', "Reject-Contact" },
		{ 'k', "Supported" },
		{ 'l', "Content-Length" },
		{ 'm', "Contact" },
		{ 'o', "Event" },
		{ 'r', "Refer-To" },
		{ 's', "Subject" },
		{ 't', "To" },
		{ 'u', "Allow-Events" },
		{ 'v', "Via" },
		{ 'x', "Session-Expires" },
		{ 'y', "Identity" },
	};

	if (name.n == 1)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (ascii_lower(name.p[0]) == (uint8_t)names[i].compact)
				return slice_str(names[i].name);
	return name;
}

/* Folded lines belong to the header before them (RFC 3261 7.3.1). */
static void read_fields(struct text *message, struct fields *out)
{
	struct slice rest = slice_of(message->p, message->n), line;

	out->n = 0;
	if (!slice_line(&rest, &line))
		return;
	while (slice_line(&rest, &line) && line.n) {
		size_t colon = slice_find(line, ':');
		if (line.p[0] == ' ' || line.p[0] == '\t') {
			struct field *last = out->n ? &out->v[out->n - 1] : NULL;
			if (last)
				last->value.n = (size_t)(line.p + line.n - last->value.p);
			continue;
		}
		if (colon == SLICE_NPOS || out->n == HEADERS_MOST)
			continue;
		struct slice value = slice_trim(slice_from(line, colon + 1));
		out->v[out->n++] =
		        (struct field){ long_name(slice_trim(slice_sub(line, 0, colon))),
			                value.p ? value : slice_of(line.p + line.n, 0), false };
	}
}

/* ---- counting ---- */

static struct taps_header *header_of(struct comparing *c, struct slice kind, struct slice name)
{
	struct taps *t = c->t;

	for (size_t i = 0; i < t->header_count; i++)
		if (slice_eq(t->headers[i].kind, kind) && slice_ieq(t->headers[i].name, name))
			return &t->headers[i];
	if (t->header_count == TAPS_HEADERS)
		return NULL;
	if (!TAPS_ROOM(t->headers, c->headers_room, t->header_count)) {
		err_memory(c->err, "headers");
		return NULL;
	}
	struct taps_header *h = &t->headers[t->header_count];
	*h = (struct taps_header){ .example = RECORD_NULL };
	if (!arena_keep(&t->arena, kind, &h->kind) || !arena_keep(&t->arena, name, &h->name)) {
		err_memory(c->err, "headers");
		return NULL;
	}
	t->header_count++;
	return h;
}

static void note_change(struct comparing *c, struct taps_header *h, struct slice from,
                        struct slice to)
{
	from = slice_sub(from, 0, VALUE_MOST);
	to = slice_sub(to, 0, VALUE_MOST);
	if (!h->from.p && !h->to.p) {
		if (!arena_keep(&c->t->arena, from, &h->from) ||
		    !arena_keep(&c->t->arena, to, &h->to))
			err_memory(c->err, "headers");
		h->example = c->t->side[TAP_A].calls[c->call].id;
	}
	h->alike += slice_eq(h->from, from) && slice_eq(h->to, to);
}

/* The next one of this name that nobody was compared with; equal values first. */
static struct field *partner_of(struct fields *f, const struct field *wanted)
{
	struct field *found = NULL;

	for (unsigned i = 0; i < f->n; i++) {
		struct field *other = &f->v[i];
		if (other->taken || !slice_ieq(other->name, wanted->name))
			continue;
		if (slice_eq(other->value, wanted->value))
			return other;
		found = found ? found : other;
	}
	return found;
}

static void compare_fields(struct comparing *c, struct slice kind)
{
	struct fields *x = &c->fields[TAP_A], *y = &c->fields[TAP_B];

	for (unsigned i = 0; i < x->n; i++) {
		struct taps_header *h = header_of(c, kind, x->v[i].name);
		struct field *other = partner_of(y, &x->v[i]);
		if (!h)
			continue;
		h->compared++;
		if (!other) {
			if (!h->removed++ && h->example == RECORD_NULL)
				h->example = c->t->side[TAP_A].calls[c->call].id;
			continue;
		}
		other->taken = true;
		if (!slice_eq(other->value, x->v[i].value)) {
			h->changed++;
			note_change(c, h, x->v[i].value, other->value);
		}
	}
	for (unsigned i = 0; i < y->n; i++) {
		struct taps_header *h = y->v[i].taken ? NULL : header_of(c, kind, y->v[i].name);
		if (!h)
			continue;
		h->compared++;
		if (!h->added++ && h->example == RECORD_NULL)
			h->example = c->t->side[TAP_A].calls[c->call].id;
	}
}

static bool has_name(const struct fields *f, struct slice name)
{
	for (unsigned i = 0; i < f->n; i++)
		if (slice_ieq(f->v[i].name, name))
			return true;
	return false;
}

static unsigned next_common(const struct fields *f, const struct fields *other, unsigned i)
{
	while (i < f->n && !has_name(other, f->v[i].name))
		i++;
	return i;
}

/* Names that both have, each as often as it stands in a row. */
static bool same_order(const struct fields *x, const struct fields *y)
{
	unsigned i = next_common(x, y, 0), j = next_common(y, x, 0);

	while (i < x->n && j < y->n) {
		struct slice name = x->v[i].name;
		if (!slice_ieq(name, y->v[j].name))
			return false;
		while (i < x->n && slice_ieq(x->v[i].name, name))
			i = next_common(x, y, i + 1);
		while (j < y->n && slice_ieq(y->v[j].name, name))
			j = next_common(y, x, j + 1);
	}
	return i >= x->n && j >= y->n;
}

/* ---- messages ---- */

static bool read_text(struct comparing *c, enum tap_side side, int64_t id)
{
	const struct message_texts *texts = c->texts[side];

	text_reset(&c->room[side]);
	if (!texts->of(texts->context, id, &c->room[side], c->err))
		return false;
	if (c->room[side].failed)
		return err_memory(c->err, "a message");
	read_fields(&c->room[side], &c->fields[side]);
	return true;
}

static struct slice kind_of(const struct tap_message *m, char buf[64])
{
	int n = m->status == RECORD_NULL
	                ? snprintf(buf, 64, "%.*s", SLICE_ARG(slice_sub(m->method, 0, 32)))
	                : snprintf(buf, 64, "%d (%.*s)", (int)(m->status % 1000),
	                           SLICE_ARG(slice_sub(m->method, 0, 32)));

	return slice_of(buf, (size_t)n);
}

static bool take_message(void *context, uint32_t call, const struct taps_seen *seen)
{
	struct comparing *c = context;
	char kind[64];

	if (!seen->first || !seen->other || c->t->text_calls > TAPS_TEXT_CALLS)
		return true;
	if (c->call != call) {
		c->call = call;
		if (++c->t->text_calls > TAPS_TEXT_CALLS)
			return true;
	}
	if (!read_text(c, TAP_A, seen->first->id) || !read_text(c, TAP_B, seen->other->id))
		return false;
	if (!c->fields[TAP_A].n || !c->fields[TAP_B].n)
		return true;
	c->t->text_messages++;
	c->t->reordered += !same_order(&c->fields[TAP_A], &c->fields[TAP_B]);
	compare_fields(c, kind_of(seen->first, kind));
	return c->err->code == ERR_NONE;
}

static int by_kind(const void *a, const void *b)
{
	const struct taps_header *x = a, *y = b;
	int64_t n_x = x->added + x->removed + x->changed, n_y = y->added + y->removed + y->changed;

	if (n_x != n_y)
		return n_x > n_y ? -1 : 1;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = n ? memcmp(x->name.p, y->name.p, n) : 0;
	if (order || x->name.n != y->name.n)
		return order ? order : x->name.n < y->name.n ? -1 : 1;
	n = x->kind.n < y->kind.n ? x->kind.n : y->kind.n;
	order = n ? memcmp(x->kind.p, y->kind.p, n) : 0;
	return order ? order : (x->kind.n > y->kind.n) - (x->kind.n < y->kind.n);
}

bool taps_compare_texts(struct taps *t, const struct message_texts *a,
                        const struct message_texts *b, struct err *err)
{
	const char *why = !a || !b    ? "the captures' messages were not read"
	                  : a->absent ? a->absent
	                              : b->absent;
	struct comparing *c;

	if (why)
		return arena_keep(&t->arena, slice_str(why), &t->text_absent) ||
		       err_memory(err, "headers");
	c = mem_zalloc(sizeof *c);
	if (!c)
		return err_memory(err, "headers");
	c->t = t;
	c->texts[TAP_A] = a;
	c->texts[TAP_B] = b;
	c->call = TAPS_NONE;
	c->err = err;
	text_init(&c->room[TAP_A]);
	text_init(&c->room[TAP_B]);
	bool ok = taps_each_message(t, take_message, c, err);
	if (t->text_calls > TAPS_TEXT_CALLS)
		t->text_calls = TAPS_TEXT_CALLS;
	if (t->header_count)
		qsort(t->headers, t->header_count, sizeof *t->headers, by_kind);
	text_release(&c->room[TAP_A]);
	text_release(&c->room[TAP_B]);
	mem_free(c);
	return ok;
}
