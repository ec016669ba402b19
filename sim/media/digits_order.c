#include "sim/media/digits.h"

#include <ctype.h>

#define USUAL_MS    100
#define SIPP_MS     200
#define LEAST_MS    10
#define GREATEST_MS 60000

static bool read_text(struct slice text, struct digits_order *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = (char)toupper(text.p[i]);
		if (c == ' ' || c == '-')
			continue;
		if (n == DIGITS_MAX || !strchr("0123456789*#ABCD", c) || !c)
			return false;
		out->text[n++] = c;
	}
	out->text[n] = '\0';
	return n > 0;
}

static bool read_ms(struct slice text, unsigned least, unsigned *out)
{
	uint64_t v;

	if (!slice_u64(text, GREATEST_MS, &v) || v < least)
		return false;
	*out = (unsigned)v;
	return true;
}

static bool read_method(struct slice text, enum digits_method *out)
{
	static const char *const names[] = { "rfc4733", "inband", "info", "rfc2833" };
	static const enum digits_method methods[] = { DIGITS_RFC4733, DIGITS_INBAND, DIGITS_INFO,
		                                      DIGITS_RFC4733 };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_ieq_str(text, names[i])) {
			*out = methods[i];
			return true;
		}
	return false;
}

static bool read_setting(struct slice name, struct slice value, struct digits_order *out)
{
	if (slice_ieq_str(name, "method"))
		return read_method(value, &out->method);
	if (slice_ieq_str(name, "ms"))
		return read_ms(value, LEAST_MS, &out->ms);
	return slice_ieq_str(name, "gap") && read_ms(value, 0, &out->gap_ms);
}

static bool begin(struct slice *rest, struct digits_order *out, struct err *err)
{
	struct slice digits = SLICE_NONE, whole = *rest;

	*out = (struct digits_order){ .ms = USUAL_MS, .gap_ms = USUAL_MS, .event_type = 255 };
	if (slice_split(rest, ',', &digits) && read_text(digits, out))
		return true;
	return err_set(err, ERR_USAGE, "'%.*s' begins with no digits (0-9 * # A-D, at most %d)",
	               SLICE_ARG(whole), DIGITS_MAX);
}

bool digits_parse(struct slice argument, struct digits_order *out, struct err *err)
{
	struct slice rest = slice_trim(argument), item;

	if (!begin(&rest, out, err))
		return false;
	while (slice_split(&rest, ',', &item)) {
		struct slice name, value = item;
		slice_split(&value, '=', &name);
		if (!value.p || !read_setting(slice_trim(name), slice_trim(value), out))
			return err_set(err, ERR_USAGE,
			               "'%.*s' is not method=rfc4733, inband or info, ms=%d..%d or "
			               "gap=0..%d",
			               SLICE_ARG(item), LEAST_MS, GREATEST_MS, GREATEST_MS);
	}
	return true;
}

bool digits_parse_sipp(struct slice argument, struct digits_order *out, struct err *err)
{
	struct slice rest = slice_trim(argument), item;

	if (!begin(&rest, out, err))
		return false;
	out->method = DIGITS_RFC4733;
	out->ms = SIPP_MS;
	out->event_type = 96;
	if (slice_split(&rest, ',', &item) && !read_ms(slice_trim(item), 50, &out->ms))
		return err_set(err, ERR_USAGE, "'%.*s' is no length of a tone in ms (50 or more)",
		               SLICE_ARG(item));
	return true;
}
