#include "sim/scenario/injection_text.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

#define FIRST_ROOM   4096
#define MOST_WIDTH   256 /* of a printed number */
#define NUMBER_TEXT  24
#define SHOWN_OCTETS 40

/* ---- the file ---- */

static bool grow(struct injection_text *t, size_t *room, struct err *err)
{
	size_t wanted = *room ? *room * 2 : FIRST_ROOM;
	uint8_t *p = mem_resize(t->bytes, wanted);

	if (!p)
		return err_memory(err, "an injection file");
	t->bytes = p;
	*room = wanted;
	return true;
}

/* The whole file; there is room for one octet more. */
static bool read_all(struct injection_text *t, FILE *f, const char *path, struct err *err)
{
	size_t room = 0, n;

	do {
		if (t->bytes_n + 1 >= room && !grow(t, &room, err))
			return false;
		n = fread(t->bytes + t->bytes_n, 1, room - t->bytes_n - 1, f);
		t->bytes_n += n;
	} while (n);
	return !ferror(f) || err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
}

static bool load(struct injection_text *t, const char *path, struct err *err)
{
	FILE *f = fopen(path, "rbe");

	if (!f)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	bool ok = read_all(t, f, path, err);
	fclose(f);
	return ok;
}

/* ---- its first line ---- */

static bool take_number(struct slice value, int64_t least, int64_t most, int64_t *out,
                        struct err *err)
{
	bool negative = slice_starts(value, "-");
	uint64_t n;

	if (slice_u64(slice_from(value, negative), UINT32_MAX, &n)) {
		*out = negative ? -(int64_t)n : (int64_t)n;
		if (*out >= least && *out <= most)
			return true;
	}
	return err_set(err, ERR_FORMAT, "'%.*s' is not a number from %lld to %lld",
	               SLICE_ARG(slice_sub(value, 0, SHOWN_OCTETS)), (long long)least,
	               (long long)most);
}

static bool take_option(struct injection_text *t, struct slice option, struct err *err)
{
	size_t equals = slice_find(option, '=');
	struct slice name = slice_trim(slice_sub(option, 0, equals));
	struct slice value =
	        slice_trim(equals == SLICE_NPOS ? SLICE_LIT("") : slice_from(option, equals + 1));
	int64_t made_up;

	if (slice_ieq_str(name, "PRINTF")) {
		if (!take_number(value, 1, INJECTION_MOST_LINES, &made_up, err))
			return err_context(err, "PRINTF");
		t->made_up = (uint32_t)made_up;
		return true;
	}
	if (slice_ieq_str(name, "PRINTFMULTIPLE"))
		return take_number(value, INT32_MIN, INT32_MAX, &t->multiple, err) ||
		       err_context(err, "PRINTFMULTIPLE");
	if (slice_ieq_str(name, "PRINTFOFFSET"))
		return take_number(value, INT32_MIN, INT32_MAX, &t->offset, err) ||
		       err_context(err, "PRINTFOFFSET");
	return err_set(err, ERR_FORMAT,
	               "'%.*s' is not known here: PRINTF=, PRINTFOFFSET= and PRINTFMULTIPLE= may "
	               "follow the order",
	               SLICE_ARG(slice_sub(option, 0, SHOWN_OCTETS)));
}

/* What follows the word is of no account to SIPp (USERS, "SEQUENTIAL;"), nor to us. */
static bool take_order(struct injection_text *t, struct slice word, struct err *err)
{
	if (slice_istarts(word, "SEQUENTIAL"))
		t->order = INJECTION_SEQUENTIAL;
	else if (slice_istarts(word, "RANDOM"))
		t->order = INJECTION_RANDOM;
	else if (slice_istarts(word, "USER"))
		t->order = INJECTION_USER;
	else
		return err_set(err, ERR_FORMAT,
		               "the first line says in which order lines are taken (SEQUENTIAL, "
		               "RANDOM or USER), this one says '%.*s'",
		               SLICE_ARG(slice_sub(word, 0, SHOWN_OCTETS)));
	return true;
}

static bool take_first_line(struct injection_text *t, struct slice line, struct err *err)
{
	struct slice rest = line, item;

	t->multiple = 1;
	t->offset = 0;
	if (!take_order(t, slice_split(&rest, ',', &item) ? slice_trim(item) : line, err))
		return false;
	while (slice_split(&rest, ',', &item)) {
		item = slice_trim(item);
		if (item.n && !take_option(t, item, err))
			return false;
	}
	return true;
}

/* ---- its lines ---- */

static size_t count_lines(struct slice text)
{
	size_t n = 1, at;

	while ((at = slice_find(text, '\n')) != SLICE_NPOS) {
		text = slice_from(text, at + 1);
		n++;
	}
	return n;
}

static bool keep_line(struct injection_text *t, struct slice line, size_t *end, struct err *err)
{
	const char *wrong = t->made_up ? injection_print_wrong(line) : NULL;

	if (wrong)
		return err_set(err, ERR_FORMAT, "%s", wrong);
	if (t->count == INJECTION_MOST_LINES)
		return err_set(err, ERR_FORMAT, "more than %u lines", INJECTION_MOST_LINES);
	if (slice_find(line, '[') != SLICE_NPOS)
		t->keywords = true;
	memmove(t->bytes + *end, line.p, line.n);
	*end += line.n;
	t->bytes[(*end)++] = '\n';
	t->starts[++t->count] = *end;
	return true;
}

/* Lines move to the front over what is left out, so each place is written behind where it is read. */
static bool keep_lines(struct injection_text *t, struct slice rest, struct err *err)
{
	size_t end = 0, most = count_lines(rest);
	struct slice line;

	t->starts = mem_alloc((most + 1) * sizeof *t->starts);
	if (!t->starts)
		return err_memory(err, "the lines of an injection file");
	t->starts[0] = 0;
	for (unsigned number = 2; slice_line(&rest, &line); number++) {
		if (!slice_trim(line).n || line.p[0] == '#')
			continue;
		if (!keep_line(t, line, &end, err))
			return err_context(err, "line %u", number);
	}
	t->bytes_n = end;
	return true;
}

static struct slice without_byte_order_mark(struct slice text)
{
	return slice_starts(text, "\xEF\xBB\xBF") ? slice_from(text, 3) : text;
}

static bool parse(struct injection_text *t, struct err *err)
{
	struct slice rest = without_byte_order_mark(slice_of(t->bytes, t->bytes_n)), first;

	if (!slice_line(&rest, &first))
		first = SLICE_LIT("");
	if (!take_first_line(t, first, err))
		return err_context(err, "line 1");
	if (!keep_lines(t, rest, err))
		return false;
	return t->count || err_set(err, ERR_FORMAT, "no lines follow the first");
}

bool injection_text_read(struct injection_text *t, const char *path, struct err *err)
{
	if (!load(t, path, err))
		return false;
	return parse(t, err) || err_context(err, "%s", path);
}

void injection_text_release(struct injection_text *t)
{
	mem_free(t->bytes);
	mem_free(t->starts);
	*t = (struct injection_text){ 0 };
}

struct slice injection_text_line(const struct injection_text *t, uint32_t n)
{
	return slice_of(t->bytes + t->starts[n], t->starts[n + 1] - t->starts[n] - 1);
}

bool injection_cut(struct slice line, int field, struct slice *out)
{
	for (; field > 0; field--) {
		size_t at = slice_find(line, ';');
		if (at == SLICE_NPOS)
			return false;
		line = slice_from(line, at + 1);
	}
	*out = slice_sub(line, 0, slice_find(line, ';'));
	return field == 0;
}

/* ---- numbers in made-up lines ---- */

struct conversion {
	bool zeros, left, plus, space;
	unsigned width, precision;
	size_t n; /* octets behind the percent sign */
};

static unsigned take_digits(struct slice s, size_t *at)
{
	unsigned value = 0;

	for (; *at < s.n && ascii_is_digit(s.p[*at]); (*at)++)
		if (value <= MOST_WIDTH)
			value = value * 10 + s.p[*at] - '0';
	return value;
}

/* What stands behind a percent sign. False: no decimal conversion. */
static bool conversion_parse(struct slice s, struct conversion *c)
{
	size_t at = 0;

	*c = (struct conversion){ 0 };
	for (; at < s.n && s.p[at] && strchr("0-+ ", s.p[at]); at++) {
		c->zeros |= s.p[at] == '0';
		c->left |= s.p[at] == '-';
		c->plus |= s.p[at] == '+';
		c->space |= s.p[at] == ' ';
	}
	c->width = take_digits(s, &at);
	if (at < s.n && s.p[at] == '.') {
		at++;
		c->precision = take_digits(s, &at);
		c->zeros = false;
	}
	c->n = at + 1;
	return at < s.n && s.p[at] && strchr("diu", s.p[at]) && c->width <= MOST_WIDTH &&
	       c->precision <= MOST_WIDTH;
}

static void add_many(struct text *out, const char *what, size_t n)
{
	while (n-- > 0)
		text_add(out, slice_of(what, 1));
}

static void print_number(const struct conversion *c, int64_t value, struct text *out)
{
	char digits[NUMBER_TEXT], *p = digits + sizeof digits;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	const char *sign = value < 0 ? "-" : c->plus ? "+" : c->space ? " " : "";

	for (; rest || p == digits + sizeof digits; rest /= 10)
		*--p = (char)('0' + rest % 10);
	size_t n = (size_t)(digits + sizeof digits - p);
	size_t zeros = c->precision > n ? c->precision - n : 0;
	size_t all = strlen(sign) + zeros + n, pad = c->width > all ? c->width - all : 0;

	if (c->zeros && !c->left) {
		zeros += pad;
		pad = 0;
	}
	if (!c->left)
		add_many(out, " ", pad);
	text_add(out, slice_str(sign));
	add_many(out, "0", zeros);
	text_add(out, slice_of(p, n));
	if (c->left)
		add_many(out, " ", pad);
}

void injection_print(struct slice field, int64_t value, struct text *out)
{
	struct conversion c;
	size_t at;

	while ((at = slice_find(field, '%')) != SLICE_NPOS) {
		text_add(out, slice_sub(field, 0, at));
		field = slice_from(field, at + 1);
		if (conversion_parse(field, &c)) {
			print_number(&c, value, out);
			field = slice_from(field, c.n);
		} else {
			text_add(out, SLICE_LIT("%"));
			field = slice_from(field, slice_starts(field, "%"));
		}
	}
	text_add(out, field);
}

const char *injection_print_wrong(struct slice line)
{
	struct conversion c;
	size_t at;

	while ((at = slice_find(line, '%')) != SLICE_NPOS) {
		line = slice_from(line, at + 1);
		if (slice_starts(line, "%"))
			line = slice_from(line, 1);
		else if (conversion_parse(line, &c))
			line = slice_from(line, c.n);
		else
			return "in a PRINTF file a % begins the line's number, as %d or %05d; a "
			       "percent sign itself is %%";
	}
	return NULL;
}
