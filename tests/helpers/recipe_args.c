#include "tests/helpers/recipe_parts.h"

/* A word ends at a blank outside quotes (\" is a quote within them); the quotes themselves are dropped by moving the word into the arena. */
static bool next_word(struct recipe *r, struct slice *rest, struct slice *word)
{
	size_t i = 0, n = 0;
	bool quoted = false;

	while (rest->n && ascii_is_lws(rest->p[0]))
		*rest = slice_from(*rest, 1);
	if (!rest->n || rest->p[0] == '#')
		return false;
	uint8_t *out = recipe_alloc(r, rest->n + 1);
	for (; i < rest->n && (quoted || !ascii_is_lws(rest->p[i])); i++) {
		if (quoted && rest->p[i] == '\\' && i + 1 < rest->n && rest->p[i + 1] == '"')
			out[n++] = rest->p[++i];
		else if (rest->p[i] == '"')
			quoted = !quoted;
		else
			out[n++] = rest->p[i];
	}
	if (quoted)
		recipe_fail(r, "a quote is not closed");
	*rest = slice_from(*rest, i);
	*word = slice_of(out, n);
	return true;
}

/* Length of the key in front of '=', 0 if the word is a plain one. */
static size_t key_length(struct slice word)
{
	size_t n = slice_find(word, '=');

	if (n == SLICE_NPOS)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!(word.p[i] >= 'a' && word.p[i] <= 'z') && word.p[i] != '-' &&
		    !ascii_is_digit(word.p[i]))
			return 0;
	return n;
}

bool args_parse(struct recipe *r, struct slice line, struct args *a)
{
	struct slice word;

	memset(a, 0, sizeof(*a));
	while (!r->failed && next_word(r, &line, &word)) {
		size_t key = key_length(word);
		if (a->plain_count == RECIPE_MAX_WORDS || a->named_count == RECIPE_MAX_WORDS)
			return recipe_fail(r, "more than %d words in a line", RECIPE_MAX_WORDS);
		if (key)
			a->named[a->named_count++] =
			        (struct named){ slice_sub(word, 0, key), slice_from(word, key + 1),
				                false };
		else
			a->plain[a->plain_count++] = word;
	}
	return !r->failed;
}

struct slice args_word_if_any(struct args *a)
{
	for (unsigned i = 0; i < a->plain_count; i++) {
		if (!a->plain_used[i]) {
			a->plain_used[i] = true;
			return a->plain[i];
		}
	}
	return SLICE_NONE;
}

struct slice args_word(struct recipe *r, struct args *a, const char *what)
{
	struct slice word = args_word_if_any(a);

	if (!word.p)
		recipe_fail(r, "%s is missing", what);
	return word;
}

bool args_flag(struct args *a, const char *word)
{
	for (unsigned i = 0; i < a->plain_count; i++) {
		if (!a->plain_used[i] && slice_eq_str(a->plain[i], word)) {
			a->plain_used[i] = true;
			return true;
		}
	}
	return false;
}

struct slice args_text(struct args *a, const char *key)
{
	for (unsigned i = 0; i < a->named_count; i++) {
		if (!a->named[i].used && slice_eq_str(a->named[i].key, key)) {
			a->named[i].used = true;
			return a->named[i].value;
		}
	}
	return SLICE_NONE;
}

uint64_t recipe_whole(struct recipe *r, struct slice word, uint64_t max)
{
	uint64_t value = 0;
	bool hex = slice_istarts(word, "0x");
	unsigned base = hex ? 16 : 10;
	struct slice digits = slice_from(word, hex ? 2 : 0);

	if (!digits.n || digits.n > 16)
		goto bad;
	for (size_t i = 0; i < digits.n; i++) {
		uint8_t c = ascii_lower(digits.p[i]);
		unsigned digit = 99;
		if (ascii_is_digit(c))
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		if (digit >= base)
			goto bad;
		value = value * base + digit;
	}
	if (value <= max)
		return value;
bad:
	recipe_fail(r, "'%.*s' is not a whole number up to %llu", SLICE_ARG(word),
	            (unsigned long long)max);
	return 0;
}

/* "12.5" times unit, exact: no floating point, so that captures are the same everywhere. */
int64_t recipe_decimal(struct recipe *r, struct slice word, int64_t unit_ns)
{
	struct slice rest = word;
	bool negative = rest.n && rest.p[0] == '-';
	int64_t whole = 0, fraction = 0, scale = unit_ns;

	if (negative || (rest.n && rest.p[0] == '+'))
		rest = slice_from(rest, 1);
	size_t dot = slice_find(rest, '.');
	struct slice head = slice_sub(rest, 0, dot == SLICE_NPOS ? rest.n : dot);
	struct slice tail = dot == SLICE_NPOS ? SLICE_NONE : slice_from(rest, dot + 1);
	uint64_t value;
	if (!slice_u64(head, INT32_MAX, &value) || tail.n > 9) {
		recipe_fail(r, "'%.*s' is not a decimal number", SLICE_ARG(word));
		return 0;
	}
	whole = (int64_t)value * unit_ns;
	for (size_t i = 0; i < tail.n; i++) {
		if (!ascii_is_digit(tail.p[i])) {
			recipe_fail(r, "'%.*s' is not a decimal number", SLICE_ARG(word));
			return 0;
		}
		scale /= 10;
		fraction += (tail.p[i] - '0') * scale;
	}
	return negative ? -(whole + fraction) : whole + fraction;
}

int64_t recipe_time(struct recipe *r, struct slice word)
{
	int64_t t = recipe_decimal(r, word, NS_PER_S);
	return word.n && (word.p[0] == '+' || word.p[0] == '-') ? r->now_ns + t : t;
}

uint64_t args_whole(struct recipe *r, struct args *a, const char *key, uint64_t otherwise,
                    uint64_t max)
{
	struct slice value = args_text(a, key);
	return value.p ? recipe_whole(r, value, max) : otherwise;
}

int64_t args_time(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns)
{
	struct slice value = args_text(a, key);
	return value.p ? recipe_time(r, value) : otherwise_ns;
}

int64_t args_seconds(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns)
{
	struct slice value = args_text(a, key);
	return value.p ? recipe_decimal(r, value, NS_PER_S) : otherwise_ns;
}

int64_t args_millis(struct recipe *r, struct args *a, const char *key, int64_t otherwise_ns)
{
	struct slice value = args_text(a, key);
	return value.p ? recipe_decimal(r, value, NS_PER_MS) : otherwise_ns;
}

void args_done(struct recipe *r, const struct args *a)
{
	for (unsigned i = 0; i < a->plain_count; i++)
		if (!a->plain_used[i])
			recipe_fail(r, "'%.*s' is not understood here", SLICE_ARG(a->plain[i]));
	for (unsigned i = 0; i < a->named_count; i++)
		if (!a->named[i].used)
			recipe_fail(r, "option '%.*s' is not understood here",
			            SLICE_ARG(a->named[i].key));
}

void recipe_mark(struct recipe *r, struct slice list, unsigned count, bool *marks)
{
	struct slice item;

	while (list.p && !r->failed && slice_split(&list, ',', &item)) {
		size_t dash = slice_find(item, '-');
		uint64_t from = recipe_whole(
		        r, slice_sub(item, 0, dash == SLICE_NPOS ? item.n : dash), count);
		uint64_t to = dash == SLICE_NPOS
		                      ? from
		                      : recipe_whole(r, slice_from(item, dash + 1), count);
		if (from < 1 || from > to) {
			recipe_fail(r, "'%.*s' is not a packet number from 1 to %u",
			            SLICE_ARG(item), count);
			return;
		}
		for (; from <= to; from++)
			marks[from] = true;
	}
}

void recipe_assign(struct recipe *r, struct slice list, unsigned count, int64_t unit,
                   int64_t *values)
{
	struct slice item;

	while (list.p && !r->failed && slice_split(&list, ',', &item)) {
		size_t colon = slice_find(item, ':');
		if (colon == SLICE_NPOS) {
			recipe_fail(r, "'%.*s' should be NUMBER:VALUE", SLICE_ARG(item));
			return;
		}
		uint64_t at = recipe_whole(r, slice_sub(item, 0, colon), count);
		values[at] = recipe_decimal(r, slice_from(item, colon + 1), unit);
		if (at == 0)
			recipe_fail(r, "packets are numbered from 1");
	}
}
