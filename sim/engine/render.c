/* Templates to octets. What depends on the whole message (its length, a digest over its body) is put in last. */
#include "sim/engine/call.h"

#include "sim/engine/keywords.h"

#define MOST_MESSAGE_OCTETS 65535

/* Places that wait for the rest of the message. */
struct late {
	size_t at;
	const struct piece *piece; /* KEYWORD_LEN, KEYWORD_AUTHENTICATION */
};

#define MOST_LATE 8

struct rendering {
	struct call *call;
	int step;
	struct text *out;
	bool in_field;
	unsigned late_count;
	struct late late[MOST_LATE];
	const char *why;
};

static inline void add(struct text *out, struct slice s)
{
	if (__builtin_expect(out->capacity - out->n > s.n, 1)) {
		memcpy(out->p + out->n, s.p, s.n);
		out->n += s.n;
		return;
	}
	text_add(out, s);
}

void render_number(struct text *out, uint64_t n)
{
	uint8_t digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (uint8_t)('0' + n % 10);
		n /= 10;
	} while (n);
	add(out, slice_of(digits + at, sizeof digits - at));
}

static bool wait_for_rest(struct rendering *r, const struct piece *piece)
{
	if (r->late_count == MOST_LATE) {
		r->why = "a message has more than eight [len] and [authentication]";
		return false;
	}
	r->late[r->late_count++] = (struct late){ r->out->n, piece };
	return true;
}

/* After a header that is not there the whole line goes: its line end too. */
static size_t skip_line_end(struct slice text)
{
	if (text.n >= 2 && text.p[0] == '\r' && text.p[1] == '\n')
		return 2;
	return text.n && text.p[0] == '\n';
}

static bool render_pieces(struct rendering *r, const struct piece *pieces, unsigned count);

/* A field may hold keywords; a field among those does not. */
static bool render_field(struct rendering *r, const struct piece *p)
{
	const struct template *more;

	if (r->in_field) {
		r->why = "a field of the injection file holds a field keyword";
		return false;
	}
	if (!keyword_field(r->call, p, r->out, &more, &r->why))
		return false;
	if (!more)
		return true;
	r->in_field = true;
	bool ok = render_pieces(r, more->pieces, more->piece_count);
	r->in_field = false;
	return ok;
}

static bool render_pieces(struct rendering *r, const struct piece *pieces, unsigned count)
{
	bool line_gone = false;

	for (unsigned i = 0; i < count; i++) {
		const struct piece *p = &pieces[i];
		bool missing = false;

		if (p->keyword == KEYWORD_TEXT) {
			add(r->out,
			    line_gone ? slice_from(p->text, skip_line_end(p->text)) : p->text);
		} else if (p->keyword == KEYWORD_LEN || p->keyword == KEYWORD_AUTHENTICATION) {
			if (!wait_for_rest(r, p))
				return false;
		} else if (p->keyword == KEYWORD_FIELD) {
			if (!render_field(r, p))
				return false;
		} else if (!keyword_render(r->call, r->step, p, r->out, &missing, &r->why)) {
			return false;
		}
		line_gone = missing && p->whole_line;
	}
	return true;
}

static bool insert(struct text *out, size_t at, struct slice s)
{
	size_t tail = out->n - at;

	text_add(out, s); /* makes room */
	if (out->failed)
		return false;
	memmove(out->p + at + s.n, out->p + at, tail);
	memcpy(out->p + at, s.p, s.n);
	return true;
}

static bool is_late_line(const struct rendering *r, size_t at)
{
	for (unsigned i = 0; i < r->late_count; i++)
		if (r->late[i].at == at && r->late[i].piece->keyword == KEYWORD_AUTHENTICATION)
			return true;
	return false;
}

/* Behind the first empty line that is not one yet to be filled in with [authentication]. A [len] by itself is in a header. */
static struct slice body_of(const struct rendering *r)
{
	struct slice all = slice_of(r->out->p, r->out->n);
	bool only_length = r->late_count == 1 && r->late[0].piece->keyword == KEYWORD_LEN;

	if (only_length) {
		struct slice rest = slice_from(all, r->late[0].at);
		size_t end = slice_find_str(rest, "\r\n\r\n");
		if (end != SLICE_NPOS)
			return slice_from(rest, end + 4);
	}
	for (size_t from = 0;;) {
		size_t end = slice_find_str(slice_from(all, from), "\r\n\r\n");
		if (end == SLICE_NPOS)
			return SLICE_NONE;
		if (!is_late_line(r, from + end + 2))
			return slice_from(all, from + end + 4);
		from += end + 2;
	}
}

/* A challenge that is not there takes its line with it, as SIPp does. */
static bool insert_authentication(struct rendering *r, const struct late *late, struct slice method,
                                  struct slice body)
{
	struct station *s = r->call->station;
	struct text *value = &s->scratch[RENDER_DEPTH - 1];

	text_reset(value);
	if (!render_authentication(r->call, late->piece, method, body, value, &r->why))
		return false;
	if (value->n)
		return insert(r->out, late->at, slice_of(value->p, value->n));
	size_t end = skip_line_end(slice_from(slice_of(r->out->p, r->out->n), late->at));
	memmove(r->out->p + late->at, r->out->p + late->at + end, r->out->n - late->at - end);
	r->out->n -= end;
	return true;
}

/* Of the message as it stands now: what is inserted may move it. */
static struct slice method_of(const struct text *out)
{
	struct slice line = slice_of(out->p, out->n);
	size_t blank = slice_find(slice_sub(line, 0, 64), ' ');
	return slice_sub(line, 0, blank == SLICE_NPOS ? 0 : blank);
}

static bool finish(struct rendering *r)
{
	size_t length = body_of(r).n;

	for (unsigned i = r->late_count; i-- > 0;) {
		const struct late *late = &r->late[i];
		if (late->piece->keyword == KEYWORD_AUTHENTICATION) {
			if (!insert_authentication(r, late, method_of(r->out), body_of(r)))
				return false;
			continue;
		}
		char digits[24];
		int64_t n = (int64_t)length + late->piece->offset;
		size_t at = sizeof digits;
		do {
			digits[--at] = (char)('0' + n % 10);
			n /= 10;
		} while (n > 0);
		/* Five octets wide, as SIPp writes it. */
		while (at > sizeof digits - 5)
			digits[--at] = ' ';
		if (!insert(r->out, late->at, slice_of(digits + at, sizeof digits - at)))
			return false;
	}
	return true;
}

bool render_message(struct call *c, int step, const struct baked *message, struct text *out,
                    const char **why)
{
	struct rendering r = { .call = c, .step = step, .out = out, .why = "out of memory" };

	text_reset(out);
	bool ok = render_pieces(&r, message->pieces, message->piece_count) &&
	          (!r.late_count || finish(&r)) && !out->failed;
	if (ok && out->n > MOST_MESSAGE_OCTETS) {
		r.why = "the message is longer than 65,535 octets";
		ok = false;
	}
	*why = r.why;
	return ok;
}

bool render_text(struct call *c, const struct template *t, struct slice *out, const char **why)
{
	struct station *s = c->station;

	*out = SLICE_LIT("");
	if (!t || t->piece_count == 0)
		return true;
	if (t->piece_count == 1 && t->pieces[0].keyword == KEYWORD_TEXT) {
		*out = t->pieces[0].text;
		return true;
	}
	struct rendering r = { .call = c,
		               .step = c->step,
		               .out = &s->scratch[s->depth++ % (RENDER_DEPTH - 1)],
		               .why = "out of memory" };
	text_reset(r.out);
	bool ok = render_pieces(&r, t->pieces, t->piece_count) && finish(&r) && !r.out->failed;
	*out = slice_of(text_cstr(r.out), r.out->n);
	*why = r.why;
	return ok;
}
