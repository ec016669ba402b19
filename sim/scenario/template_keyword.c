#include "sim/scenario/template.h"

#include "sim/scenario/keyword.h"
#include "base/nearest.h"

/* --- arguments ---------------------------------------------------------------------------------------------------- */

/* Behind the [ at the front of s: where its ] stands, brackets within it counted. SLICE_NPOS: nowhere. */
static size_t closing(struct slice s)
{
	unsigned open = 0;

	for (size_t i = 0; i < s.n; i++) {
		open += s.p[i] == '[';
		if (s.p[i] == ']' && --open == 0)
			return i;
	}
	return SLICE_NPOS;
}

/* The value at the front of *rest: "in quotes", a [keyword] with what follows, or a word. */
static struct slice take_value(struct slice *rest)
{
	size_t n = 0, open = 0;

	if (rest->n && (rest->p[0] == '"' || rest->p[0] == '\'')) {
		struct slice inside = slice_from(*rest, 1);
		n = slice_find(inside, rest->p[0]);
		if (n == SLICE_NPOS)
			n = inside.n;
		*rest = slice_from(inside, n + 1);
		return slice_sub(inside, 0, n);
	}
	for (; n < rest->n && (open || !ascii_is_lws(rest->p[n])); n++) {
		open += rest->p[n] == '[';
		open -= rest->p[n] == ']' && open;
	}
	struct slice value = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n);
	return value;
}

static bool is_argument(const struct keyword_row *row, struct slice name)
{
	for (unsigned i = 0; i < KEYWORD_ARGUMENTS_MOST && row->arguments[i]; i++)
		if (slice_eq_str(name, row->arguments[i]))
			return true;
	return false;
}

static bool has_argument(const struct piece *piece, const char *name)
{
	for (unsigned i = 0; i < piece->argument_count; i++)
		if (slice_eq_str(piece->arguments[i].name, name))
			return true;
	return false;
}

/* name=value off the front of *rest. */
static struct slice take_argument(struct slice *rest, struct slice *name)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '=' && !ascii_is_lws(rest->p[n]))
		n++;
	*name = slice_sub(*rest, 0, n);
	*rest = slice_trim(slice_from(*rest, n));
	if (!rest->n || rest->p[0] != '=')
		return SLICE_NONE;
	*rest = slice_trim(slice_from(*rest, 1));
	struct slice value = take_value(rest);
	*rest = slice_trim(*rest);
	return value;
}

/* SIPp passes over what it does not know. */
static bool note_argument(struct builder *b, const struct keyword_row *row, struct slice name)
{
	struct nearest near = nearest_to(name);

	for (unsigned i = 0; i < KEYWORD_ARGUMENTS_MOST && row->arguments[i]; i++)
		nearest_try(&near, row->arguments[i]);
	return compile_note(b->c, b->line, NOTE_LOUD, "unknown-argument",
	                    "[%s %.*s=...] does nothing: %s%s", row->name, SLICE_ARG(name),
	                    near.best ? near.best : "there is no such argument",
	                    near.best ? " is meant?" : "");
}

static bool keep_argument(struct builder *b, struct slice name, struct slice value,
                          struct keyword_argument *out)
{
	if (!arena_keep(&b->c->s->arena, name, &out->name))
		return compile_memory(b->c);
	out->value = builder_template(b->c, value, b->line, false, b->depth + 1);
	if (out->value)
		b->uses_last |= out->value->uses_last;
	return out->value != NULL;
}

static bool add_arguments(struct builder *b, const struct keyword_row *row, struct slice rest,
                          struct piece *piece)
{
	struct keyword_argument list[KEYWORD_ARGUMENTS_MOST], *kept;
	struct slice name;
	unsigned n = 0;

	for (rest = slice_trim(rest); rest.n;) {
		struct slice value = take_argument(&rest, &name);
		if (!value.p || !is_argument(row, name) || n == KEYWORD_ARGUMENTS_MOST) {
			if (!note_argument(b, row, name))
				return false;
		} else if (!keep_argument(b, name, value, &list[n++])) {
			return false;
		}
	}
	if (!n)
		return true;
	kept = arena_alloc(&b->c->s->arena, n * sizeof *kept);
	if (!kept)
		return compile_memory(b->c);
	memcpy(kept, list, n * sizeof *kept);
	piece->arguments = kept;
	piece->argument_count = n;
	return true;
}

/* --- keywords ----------------------------------------------------------------------------------------------------- */

/* What a scenario needs because of its keywords. */
static void note_needs(struct builder *b, const struct piece *piece)
{
	struct scenario *s = b->c->s;

	switch (piece->keyword) {
	case KEYWORD_LEN: b->has_len = true; break;
	case KEYWORD_LAST:
	case KEYWORD_LAST_MESSAGE:
	case KEYWORD_LAST_CSEQ_NUMBER:
	case KEYWORD_LAST_REQUEST_URI: b->uses_last = true; break;
	case KEYWORD_AUTO_MEDIA_PORT: s->uses_auto_media_port = true; break;
	case KEYWORD_RTPSTREAM_AUDIO_PORT:
	case KEYWORD_RTPSTREAM_VIDEO_PORT: s->uses_rtpstream_port = true; break;
	case KEYWORD_CRYPTO: s->has_srtp = true; break;
	case KEYWORD_AUTHENTICATION: s->has_auth = true; break;
	case KEYWORD_VARIABLE: s->uses_variables = true; break;
	default: break;
	}
}

/* name+N, name-N: *name keeps the name. */
static bool split_offset(struct slice *name, int *offset)
{
	size_t i = name->n;
	uint64_t value;

	while (i && ascii_is_digit(name->p[i - 1]))
		i--;
	if (i < 2 || i == name->n || (name->p[i - 1] != '+' && name->p[i - 1] != '-') ||
	    !slice_u64(slice_from(*name, i), INT32_MAX, &value))
		return false;
	*offset = name->p[i - 1] == '-' ? -(int)value : (int)value;
	*name = slice_trim(slice_sub(*name, 0, i - 1));
	return true;
}

/* 1: it is one, in *piece; 0: it is none; -1: err. */
static int plain_keyword(struct builder *b, struct slice inside, struct piece *piece)
{
	size_t blank = 0;

	while (blank < inside.n && !ascii_is_lws(inside.p[blank]))
		blank++;
	const struct keyword_row *row = keyword_named(slice_sub(inside, 0, blank));
	if (!row || (row->shape != KEYWORD_ARGUMENTS && blank < inside.n))
		return 0;
	piece->keyword = row->keyword;
	if (!add_arguments(b, row, slice_from(inside, blank), piece))
		return -1;
	if (row->needs && !has_argument(piece, row->needs)) {
		compile_fail(b->c, b->line, "[%s] needs %s=", row->name, row->needs);
		return -1;
	}
	return 1;
}

/* [local_port+1]. SIPp takes an offset with any keyword, and uses it only where there is something to count. */
static int counted_keyword(struct builder *b, struct slice inside, struct piece *piece)
{
	struct slice name = inside;
	const struct keyword_row *row =
	        split_offset(&name, &piece->offset) ? keyword_named(name) : NULL;

	if (!row || row->shape == KEYWORD_ARGUMENTS)
		return 0;
	piece->keyword = row->keyword;
	if (row->shape == KEYWORD_OFFSET)
		return 1;
	piece->offset = 0;
	return compile_note(b->c, b->line, NOTE_LOUD, "offset-unused",
	                    "[%.*s]: nothing is added to [%s]", SLICE_ARG(inside), row->name)
	               ? 1
	               : -1;
}

static int field_keyword(struct builder *b, const struct keyword_row *row, struct slice inside,
                         struct piece *piece)
{
	size_t n = strlen(row->name), from = n;
	uint64_t field;

	while (n < inside.n && ascii_is_digit(inside.p[n]))
		n++;
	if (!slice_u64(slice_sub(inside, from, n - from), 10000, &field) ||
	    (n < inside.n && !ascii_is_lws(inside.p[n])))
		return 0;
	piece->keyword = row->keyword;
	piece->field = (int)field;
	return add_arguments(b, row, slice_from(inside, n), piece) ? 1 : -1;
}

bool is_keyword_word(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '_' && c != '-' &&
		    c != '.')
			return false;
	}
	return s.n > 0;
}

static int named_by_beginning(struct builder *b, struct slice inside, struct piece *piece)
{
	const struct keyword_row *row = keyword_beginning(inside);

	if (!row)
		return 0;
	if (row->shape == KEYWORD_NUMBERED)
		return field_keyword(b, row, inside, piece);
	struct slice text = inside;
	if (row->keyword == KEYWORD_LAST) {
		text = slice_trim(slice_from(inside, strlen(row->name)));
		piece->with_name = text.p[text.n - 1] == ':';
		text.n -= piece->with_name;
	}
	if (!is_keyword_word(text))
		return 0;
	piece->keyword = row->keyword;
	return arena_keep(&b->c->s->arena, text, &piece->text) ? 1 : (compile_memory(b->c), -1);
}

static int variable_keyword(struct builder *b, struct slice inside, struct piece *piece)
{
	if (!slice_starts(inside, "$"))
		return 0;
	piece->keyword = KEYWORD_VARIABLE;
	return name_variable(b->c, slice_trim(slice_from(inside, 1)), b->line, &piece->variable)
	               ? 1
	               : -1;
}

static int generic_keyword(struct builder *b, struct slice inside, struct piece *piece)
{
	piece->keyword = KEYWORD_GENERIC;
	return arena_keep(&b->c->s->arena, inside, &piece->text) ? 1 : (compile_memory(b->c), -1);
}

static int given_key(struct builder *b, struct slice inside, struct piece *piece)
{
	const struct scenario *s = b->c->s;

	for (unsigned i = 0; i < s->key_count; i++)
		if (slice_eq(inside, s->keys[i]))
			return generic_keyword(b, inside, piece);
	return 0;
}

static int any_key(struct builder *b, struct slice inside, struct piece *piece)
{
	bool word = is_keyword_word(inside) && !ascii_is_digit(inside.p[0]);

	return b->c->s->any_key && word ? generic_keyword(b, inside, piece) : 0;
}

/* SIPp's own keywords come before those of -key. */
static int keyword_of(struct builder *b, struct slice inside, struct piece *piece)
{
	static int (*const ways[])(struct builder *, struct slice,
	                           struct piece *) = { plain_keyword,    named_by_beginning,
		                                       variable_keyword, given_key,
		                                       counted_keyword,  any_key };
	int found = 0;

	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && !found; i++)
		found = ways[i](b, inside, piece);
	return found;
}

/* What stands in brackets and is no keyword: a word is one that nobody gave, all else (an IPv6 address, "[2 of 3]") is text. */
static bool refuse_unknown(struct builder *b, struct slice inside)
{
	bool word = is_keyword_word(inside) && !ascii_is_digit(inside.p[0]);
	size_t blank = slice_find(inside, ' ');
	bool call = blank != SLICE_NPOS && is_keyword_word(slice_sub(inside, 0, blank)) &&
	            slice_find(inside, '=') != SLICE_NPOS;

	if (!word && !call)
		return true;
	struct slice name = call ? slice_sub(inside, 0, blank) : inside;
	const char *near = keyword_nearest(name);
	if (near)
		return compile_fail(b->c, b->line,
		                    "[%.*s] is no keyword: did you mean [%s]? (-key %.*s VALUE "
		                    "makes it one, \\x5b writes a bracket)",
		                    SLICE_ARG(inside), near, SLICE_ARG(name));
	return compile_fail(b->c, b->line,
	                    "[%.*s] is no keyword: give it with -key %.*s VALUE, or write \\x5b "
	                    "for the bracket",
	                    SLICE_ARG(inside), SLICE_ARG(name));
}

/* A keyword alone in its line, whose value may be nothing. */
static bool alone_in_line(const struct builder *b, size_t after)
{
	bool begins = b->at == 0 || b->in.p[b->at - 1] == '\n';
	struct slice rest = slice_from(b->in, after);

	return begins && (rest.n == 0 || rest.p[0] == '\n' || slice_starts(rest, "\r\n"));
}

static void add_octets(struct builder *b, struct slice s)
{
	memcpy(b->octets + b->n, s.p, s.n);
	b->n += s.n;
}

bool builder_keyword(struct builder *b)
{
	struct piece piece = { .variable = SCENARIO_NONE };
	size_t n = closing(slice_from(b->in, b->at));
	int found = 0;

	if (n != SLICE_NPOS) {
		struct slice inside = slice_sub(b->in, b->at + 1, n - 1);
		found = inside.n ? keyword_of(b, inside, &piece) : 0;
		if (found < 0 || (!found && !refuse_unknown(b, inside)))
			return false;
	}
	if (!found) {
		add_octets(b, slice_sub(b->in, b->at++, 1));
		return compile_note(b->c, b->line, NOTE_QUIET, "bracket-text",
		                    "a [ that begins no keyword is sent as it stands");
	}
	piece.whole_line = alone_in_line(b, b->at + n + 1);
	note_needs(b, &piece);
	b->at += n + 1;
	return builder_end_text(b) && builder_piece(b, &piece);
}
