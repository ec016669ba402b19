/* repeat N every=SECONDS ... end: the lines between, N times, with ${i} (in a repeat within it: ${j}) for the number. */
#include "tests/helpers/recipe_parts.h"

#define REPEAT_MAX_DEPTH 2

static struct slice first_word(struct slice line)
{
	size_t n = 0;

	line = slice_trim(line);
	while (n < line.n && !ascii_is_lws(line.p[n]))
		n++;
	return slice_sub(line, 0, n);
}

/* "at 5 repeat 3" is one too. */
static bool is_repeat(struct slice line)
{
	struct slice word = first_word(line);

	if (slice_eq_str(word, "at")) {
		struct slice rest = slice_trim(slice_from(slice_trim(line), word.n));
		word = first_word(slice_from(rest, first_word(rest).n));
	}
	return slice_eq_str(word, "repeat");
}

/* What "<<END" as last word names, absent if there is none. */
static struct slice text_marker(struct slice line)
{
	size_t n = 0;

	line = slice_trim(line);
	while (n < line.n && !ascii_is_lws(line.p[line.n - 1 - n]))
		n++;
	struct slice word = slice_from(line, line.n - n);
	return n > 2 && slice_starts(word, "<<") && n < line.n ? slice_from(word, 2) : SLICE_NONE;
}

/* The lines up to the `end` that closes this repeat; texts may have an `end` of their own. */
static bool take_block(struct recipe *r, struct slice *rest, struct slice *block)
{
	struct slice start = *rest, line, marker = SLICE_NONE;
	unsigned depth = 1;

	while (slice_line(rest, &line)) {
		r->line++;
		if (marker.p) {
			if (slice_eq(line, marker))
				marker = SLICE_NONE;
			continue;
		}
		marker = text_marker(line);
		if (is_repeat(line))
			depth++;
		if (slice_eq_str(first_word(line), "end") && --depth == 0) {
			*block = slice_of(start.p, (size_t)(line.p - start.p));
			return true;
		}
	}
	return recipe_fail(r, "the repeat has no 'end'");
}

/* "i", "i+1000", "i%10", "i*2+1", each perhaps with ":4" behind it: at least so many digits. */
static void add_number(struct recipe *r, struct slice expression, uint64_t number, struct text *out)
{
	struct slice rest = slice_from(expression, 1);
	uint64_t width = 1;

	while (rest.n && !r->failed) {
		uint8_t op = rest.p[0];
		size_t n = 1;
		while (n < rest.n && ascii_is_digit(rest.p[n]))
			n++;
		uint64_t value = recipe_whole(r, slice_sub(rest, 1, n - 1), UINT32_MAX);
		rest = slice_from(rest, n);
		switch (op) {
		case '+': number += value; break;
		case '-': number -= value; break;
		case '*': number *= value; break;
		case '%': number = value ? number % value : 0; break;
		case ':': width = value; break;
		default:
			recipe_fail(r, "'%.*s' is not a number of a repeat", SLICE_ARG(expression));
		}
	}
	text_addf(out, "%0*llu", (int)(width < 20 ? width : 20), (unsigned long long)number);
}

/* "${i...}": the rest stays for those who know it. */
static bool is_number(struct slice expression, uint8_t letter)
{
	return expression.n && expression.p[0] == letter &&
	       (expression.n == 1 || memchr("+-*%:", expression.p[1], strlen("+-*%:")) != NULL);
}

static struct slice numbered(struct recipe *r, struct slice block, uint8_t letter, uint64_t number)
{
	struct text out;
	size_t at;

	text_init(&out);
	while ((at = slice_find_str(block, "${")) != SLICE_NPOS && !r->failed) {
		struct slice behind = slice_from(block, at + 2);
		size_t end = slice_find(behind, '}');
		struct slice expression = slice_sub(behind, 0, end == SLICE_NPOS ? 0 : end);
		bool ours = is_number(expression, letter);
		text_add(&out, slice_sub(block, 0, ours ? at : at + 2));
		if (ours)
			add_number(r, expression, number, &out);
		block = ours ? slice_from(behind, end + 1) : behind;
	}
	text_add(&out, block);
	struct slice kept = recipe_keep(r, slice_of(text_cstr(&out), out.n));
	text_release(&out);
	return kept;
}

/* Each time begins at its own time, `every` after the one before; the clock is back at the start in the end. */
void recipe_repeat(struct recipe *r, struct args *a, struct slice *rest)
{
	uint64_t count = recipe_whole(r, args_word(r, a, "how many times"), 1000000);
	int64_t every_ns = args_seconds(r, a, "every", 0), start_ns = r->now_ns;
	unsigned line = r->line;
	struct slice block = SLICE_LIT("");

	args_done(r, a);
	if (r->repeats == REPEAT_MAX_DEPTH)
		recipe_fail(r, "repeats are at most %d deep", REPEAT_MAX_DEPTH);
	if (r->failed || !take_block(r, rest, &block))
		return;
	unsigned last = r->line;
	uint8_t letter = r->repeats++ ? 'j' : 'i';
	for (uint64_t i = 1; i <= count && !r->failed; i++) {
		r->line = line;
		r->now_ns = start_ns + (int64_t)(i - 1) * every_ns;
		recipe_lines(r, numbered(r, block, letter, i));
	}
	r->repeats--;
	r->line = last;
	r->now_ns = start_ns;
}
