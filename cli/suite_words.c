#include "cli/suite_words.h"

#include "base/mem.h"
#include "reports/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void suite_words_init(struct suite_words *w, const struct suite *s, struct arena *arena)
{
	*w = (struct suite_words){ .suite = s, .arena = arena };
}

void suite_words_release(struct suite_words *w)
{
	mem_free(w->word);
	w->word = NULL;
}

/* ---- ${...} ---- */

static bool is_letter(uint8_t c)
{
	return c == '_' || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool suite_is_variable(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_letter(name.p[i]) && !(i && ascii_is_digit(name.p[i])))
			return false;
	return name.n > 0 && name.n < 128;
}

/* Where it stands in the file. */
struct place {
	struct suite_words *words;
	const struct yaml_node *node;
	unsigned depth; /* of targets whose address names something */
};

static bool expand(const struct place *at, struct slice text, struct text *out, struct err *err);

static bool unknown(const struct place *at, struct slice name, struct err *err)
{
	return yaml_wrong(at->words->suite->yaml, at->node, err,
	                  "${%.*s} is nothing that is known: a variable of the environment, or "
	                  "NAME.port, NAME.address, NAME.transport of a target or a process in the "
	                  "background",
	                  SLICE_ARG(name));
}

static bool add_background(const struct place *at, size_t index, struct slice part,
                           struct text *out, struct err *err)
{
	const struct suite_background *b = &at->words->suite->backgrounds[index];

	at->words->uses |= UINT32_C(1) << index;
	if (!b->port)
		return yaml_wrong(at->words->suite->yaml, at->node, err,
		                  "'%s' has no 'port:' in the file", b->slug);
	if (slice_eq_str(part, "port"))
		text_addf(out, "%u", b->port);
	else
		text_addf(out, strchr(b->address, ':') ? "[%s]:%u" : "%s:%u", b->address, b->port);
	return true;
}

static bool add_target(const struct place *at, const struct suite_target *t, struct slice part,
                       struct text *out, struct err *err)
{
	const struct yaml_node *n = slice_eq_str(part, "transport") ? t->transport : t->address;
	struct place inside = { at->words, n, at->depth + 1 };
	struct text whole;

	if (!n || n->kind != YAML_SCALAR)
		return yaml_wrong(at->words->suite->yaml, at->node, err,
		                  "target '%.*s' says no %.*s", SLICE_ARG(t->name),
		                  SLICE_ARG(part));
	if (at->depth > 1)
		return yaml_wrong(at->words->suite->yaml, n, err,
		                  "addresses of targets name one another");
	text_init(&whole);
	bool ok = expand(&inside, n->text, &whole, err);
	struct slice address = slice_str(text_cstr(&whole));
	if (slice_eq_str(part, "port")) {
		size_t colon = address.n;
		while (colon && address.p[colon - 1] != ':')
			colon--;
		address = colon ? slice_from(address, colon) : SLICE_LIT("5060");
	}
	text_add(out, address);
	out->failed |= whole.failed;
	text_release(&whole);
	return ok;
}

/* NAME.port and so on. */
static bool add_part(const struct place *at, struct slice inside, size_t dot, struct text *out,
                     struct err *err)
{
	struct slice name = slice_sub(inside, 0, dot), part = slice_from(inside, dot + 1);
	const struct suite *s = at->words->suite;
	bool of_background = slice_eq_str(part, "port") || slice_eq_str(part, "address");

	for (size_t i = 0; i < s->background_count && of_background; i++)
		if (slice_eq(s->backgrounds[i].name, name))
			return add_background(at, i, part, out, err);
	for (size_t i = 0;
	     i < s->target_count && (of_background || slice_eq_str(part, "transport")); i++)
		if (slice_eq(s->targets[i].name, name))
			return add_target(at, &s->targets[i], part, out, err);
	return unknown(at, inside, err);
}

static bool add_variable(const struct place *at, struct slice inside, struct text *out,
                         struct err *err)
{
	size_t colon = slice_find_str(inside, ":-");
	struct slice name = slice_sub(inside, 0, colon == SLICE_NPOS ? inside.n : colon);
	char text[128];

	if (!suite_is_variable(name))
		return unknown(at, inside, err);
	const char *value = getenv(slice_cstr(name, text, sizeof text));
	if (value && *value)
		text_add(out, slice_str(value));
	else if (colon != SLICE_NPOS)
		return expand(at, slice_from(inside, colon + 2), out, err);
	else
		return yaml_wrong(
		        at->words->suite->yaml, at->node, err,
		        "${%s} is not set in the environment; ${%s:-VALUE} would say what "
		        "else to take",
		        text, text);
	return true;
}

/* "${a:-${b.port}}": braces within count. */
static size_t closing_brace(struct slice s)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		if (s.p[i] == '}' && depth-- == 0)
			return i;
	}
	return SLICE_NPOS;
}

static bool add_reference(const struct place *at, struct slice inside, struct text *out,
                          struct err *err)
{
	size_t dot = slice_find(inside, '.'), colon = slice_find(inside, ':');

	if (dot < colon)
		return add_part(at, inside, dot, out, err);
	return add_variable(at, inside, out, err);
}

static bool expand(const struct place *at, struct slice text, struct text *out, struct err *err)
{
	size_t dollar;

	while ((dollar = slice_find_str(text, "${")) != SLICE_NPOS) {
		bool itself = dollar && text.p[dollar - 1] == '$';
		text_add(out, slice_sub(text, 0, dollar - itself));
		text = slice_from(text, dollar + 2);
		if (itself) {
			text_addf(out, "${");
			continue;
		}
		size_t end = closing_brace(text);
		if (end == SLICE_NPOS)
			return yaml_wrong(at->words->suite->yaml, at->node, err,
			                  "'${' without its '}'");
		if (!add_reference(at, slice_sub(text, 0, end), out, err))
			return false;
		text = slice_from(text, end + 1);
	}
	text_add(out, text);
	return true;
}

/* Gives its copy in the arena; NULL: err. */
static const char *keep(struct suite_words *w, const struct text *text, struct err *err)
{
	char *copy = text->failed ? NULL : arena_alloc(w->arena, text->n + 1);

	if (!copy) {
		err_memory(err, "a command");
		return NULL;
	}
	memcpy(copy, text_cstr(text), text->n + 1);
	return copy;
}

static const char *expand_text(struct suite_words *w, const struct yaml_node *n, struct slice text,
                               struct err *err)
{
	const struct place at = { .words = w, .node = n };
	struct text out;

	if (text.n && memchr(text.p, '\0', text.n)) {
		yaml_wrong(w->suite->yaml, n, err, "there is a NUL in it");
		return NULL;
	}
	text_init(&out);
	const char *kept = expand(&at, text, &out, err) ? keep(w, &out, err) : NULL;
	text_release(&out);
	return kept;
}

const char *suite_expand(struct suite_words *w, const struct yaml_node *n, struct err *err)
{
	if (n->kind == YAML_SCALAR)
		return expand_text(w, n, n->text, err);
	yaml_wrong(w->suite->yaml, n, err, "one value is wanted");
	return NULL;
}

/* ---- words ---- */

bool suite_words_add(struct suite_words *w, const char *word, struct err *err)
{
	if (w->count == SUITE_MAX_WORDS)
		return err_set(err, ERR_USAGE, "a command of more than %d words", SUITE_MAX_WORDS);
	if (w->count + 1 >= w->capacity) {
		size_t capacity = w->capacity ? 2 * w->capacity : 32;
		void *grown = mem_resize(w->word, capacity * sizeof *w->word);
		if (!grown)
			return err_memory(err, "a command");
		w->word = grown;
		w->capacity = capacity;
	}
	w->word[w->count++] = word;
	w->word[w->count] = NULL;
	return word != NULL;
}

bool suite_words_addf(struct suite_words *w, struct err *err, const char *format, ...)
{
	struct text text;
	va_list args;
	char *formatted;

	va_start(args, format);
	int n = vasprintf(&formatted, format, args);
	va_end(args);
	if (n < 0)
		return err_memory(err, "a command");
	text_init(&text);
	text_add(&text, slice_str(formatted));
	free(formatted);
	const char *word = keep(w, &text, err);
	text_release(&text);
	return word && suite_words_add(w, word, err);
}

/* Takes the next word off *rest; false: there is none, or a quotation mark is missing (*rest is absent then). */
static bool next_word(struct slice *rest, struct text *word)
{
	uint8_t quote = 0;
	size_t n = 0;

	*rest = slice_trim(*rest);
	text_reset(word);
	if (!rest->n)
		return false;
	for (; n < rest->n && (quote || !ascii_is_lws(rest->p[n])); n++) {
		uint8_t c = rest->p[n];
		if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? 0 : c;
		else
			text_add(word, slice_sub(*rest, n, 1));
	}
	*rest = quote ? SLICE_NONE : slice_from(*rest, n);
	return !quote;
}

static bool take_text(struct suite_words *w, const struct yaml_node *n, struct err *err)
{
	struct slice rest = n->text;
	struct text word;
	bool ok = true;

	text_init(&word);
	while (ok && next_word(&rest, &word)) {
		const char *kept = expand_text(w, n, slice_of(word.n ? word.p : "", word.n), err);
		ok = !word.failed && kept && suite_words_add(w, kept, err);
	}
	if (ok && !rest.p && n->text.n)
		ok = yaml_wrong(w->suite->yaml, n, err, "a quotation mark is not closed");
	if (word.failed)
		err_memory(err, "a command");
	text_release(&word);
	return ok;
}

bool suite_words_take(struct suite_words *w, const struct yaml_node *n, struct err *err)
{
	const struct yaml_node *at = NULL;

	if (n->kind == YAML_MAPPING)
		return yaml_wrong(w->suite->yaml, n, err, "words are wanted: a text, or a list");
	if (n->kind == YAML_SCALAR)
		return take_text(w, n, err);
	while (suite_each(n, &at)) {
		const char *word = suite_expand(w, at, err);
		if (!word || !suite_words_add(w, word, err))
			return false;
	}
	return true;
}

/* ---- to be read ---- */

/* What stands behind these is a password. */
static bool is_secret(const char *before, const char *word, struct slice *shown)
{
	static const char *const names[] = { "password", "passwd", "secret", "token" };
	const char *equals = strchr(word, '=');

	if (strcmp(before, "-ap") == 0 || strcmp(before, "--ap") == 0) {
		*shown = SLICE_NONE;
		return true;
	}
	if (!equals || strcmp(before, "--set") != 0)
		return false;
	*shown = slice_of(word, (size_t)(equals - word) + 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_ifind_str(*shown, names[i]) != SLICE_NPOS)
			return true;
	return false;
}

/* rows_add_shell() takes a word for a file: one that begins with '-' would get "./". */
static void add_word(struct text *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	                            "_./:,=%@+-";

	if (*word && word[strspn(word, plain)] == '\0') {
		text_addf(out, "%s", word);
		return;
	}
	while (*word == '-')
		text_addf(out, "%c", *word++);
	rows_add_shell(out, word);
}

void suite_words_say(const char *const *words, struct text *out)
{
	const char *before = "";

	for (size_t i = 0; words[i]; i++) {
		struct slice shown;
		text_addf(out, "%s", i ? " " : "");
		if (is_secret(before, words[i], &shown)) {
			text_add(out, shown);
			text_addf(out, "'***'");
		} else {
			add_word(out, words[i]);
		}
		before = words[i];
	}
}
