/* Numbers, times, yes and no, as attributes give them. */
#include "sim/scenario/compile.h"

#include <math.h>
#include <stdlib.h>

bool number_parse(struct slice s, double *out)
{
	char text[64], *end;

	s = slice_trim(s);
	if (s.n == 0 || s.n >= sizeof text)
		return false;
	double value = strtod(slice_cstr(s, text, sizeof text), &end);
	if (*end || !isfinite(value))
		return false;
	*out = value;
	return true;
}

/* H:M:S, M:S or S, of which only the last may have a fraction. */
static bool clock_parse(struct slice s, double *ms)
{
	struct slice part;
	double seconds = 0, value;

	while (slice_split(&s, ':', &part)) {
		if (!number_parse(part, &value) || value < 0)
			return false;
		seconds = seconds * 60 + value;
	}
	*ms = seconds * 1000;
	return true;
}

bool duration_parse(struct slice s, double *ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "us", 0.001 }, { "ms", 1 },      { "s", 1000 },
		      { "m", 60000 },  { "h", 3600000 }, { "d", 86400000 } };

	s = slice_trim(s);
	if (slice_find(s, ':') != SLICE_NPOS)
		return clock_parse(s, ms);
	if (number_parse(s, ms))
		return true;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i].unit);
		if (s.n > n && slice_eq_str(slice_from(s, s.n - n), units[i].unit) &&
		    number_parse(slice_sub(s, 0, s.n - n), ms)) {
			*ms *= units[i].ms;
			return true;
		}
	}
	return false;
}

static bool bad_value(struct compile *c, const char *name, struct slice value, const char *wanted)
{
	return compile_fail(c, c->node->line, "<%.*s %s=\"%.*s\">: %s", SLICE_ARG(c->node->name),
	                    name, (int)(value.n < 80 ? value.n : 80), (const char *)value.p,
	                    wanted);
}

bool value_bool(struct compile *c, const char *name, bool *out)
{
	struct slice value = xml_value(c->node, name), word = slice_trim(value);
	double number;

	if (!value.p)
		return true;
	if (slice_ieq_str(word, "true") || slice_ieq_str(word, "yes"))
		*out = true;
	else if (slice_ieq_str(word, "false") || slice_ieq_str(word, "no"))
		*out = false;
	else if (number_parse(word, &number))
		*out = number != 0;
	else
		return bad_value(c, name, value, "write true or false");
	return true;
}

bool value_double(struct compile *c, const char *name, double *out)
{
	struct slice value = xml_value(c->node, name);

	return !value.p || number_parse(value, out) || bad_value(c, name, value, "not a number");
}

bool value_int(struct compile *c, const char *name, int least, int most, int *out)
{
	struct slice value = xml_value(c->node, name);
	double number;

	if (!value.p)
		return true;
	if (!number_parse(value, &number) || number != floor(number))
		return bad_value(c, name, value, "not a whole number");
	if (number < least || number > most)
		return compile_fail(c, c->node->line, "<%.*s %s=\"%.*s\">: from %d to %d",
		                    SLICE_ARG(c->node->name), name, SLICE_ARG(value), least, most);
	*out = (int)number;
	return true;
}

bool value_ms(struct compile *c, const char *name, int *out)
{
	struct slice value = xml_value(c->node, name);
	double ms;

	if (!value.p)
		return true;
	if (!duration_parse(value, &ms) || ms > INT32_MAX)
		return bad_value(c, name, value, "not a time in milliseconds");
	*out = ms < 0 ? 0 : (int)ms;
	return ms >= 0 ||
	       compile_note(c, c->node->line, NOTE_LOUD, "negative-time",
	                    "%s=\"%.*s\": a time below 0 counts as 0", name, SLICE_ARG(value));
}
