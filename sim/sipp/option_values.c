/* What option values look like: times with units, numbers, true and false, sets of behaviours. */
#include "sim/sipp/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* "02:30" or "1:02:03" in seconds; each part behind the first has two digits below 60. */
static bool clock_parse(const char *text, double *seconds)
{
	double total = 0;
	char *end;

	for (int part = 0; part < 3; part++) {
		if (!ascii_is_digit((uint8_t)*text))
			return false;
		unsigned long value = strtoul(text, &end, 10);
		if (value > 1000000 || (part > 0 && (value > 59 || end - text != 2)))
			return false;
		total = total * 60 + (double)value;
		text = end + 1;
		if (*end == '\0') {
			*seconds = total;
			return part > 0;
		}
		if (*end != ':')
			return false;
	}
	return false;
}

static bool unit_parse(const char *text, int64_t bare_ns, int64_t *unit_ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ms", NS_PER_MS },
		      { "s", NS_PER_S },
		      { "m", 60 * NS_PER_S },
		      { "h", 3600 * NS_PER_S } };

	*unit_ns = bare_ns;
	if (!*text)
		return true;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(text, units[i].name) == 0) {
			*unit_ns = units[i].ns;
			return true;
		}
	return false;
}

bool sipp_time_parse(const char *text, int64_t unit_ns, int64_t *ns)
{
	double value;
	char *end;

	if (strchr(text, ':')) {
		unit_ns = NS_PER_S;
		if (!clock_parse(text, &value))
			return false;
	} else {
		value = strtod(text, &end);
		if (end == text || !isfinite(value) || !unit_parse(end, unit_ns, &unit_ns))
			return false;
	}
	value *= (double)unit_ns;
	/* A century is more than any run; what is beyond would not fit. */
	if (value < 0 || value > 3.2e18)
		return false;
	*ns = (int64_t)value;
	return true;
}

static bool whole(const char *text, long long min, long long max, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return end != text && !*end && !errno && *value >= min && *value <= max;
}

static bool real(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value);
}

static bool wrong(const struct sipp_option *option, const char *text, const char *wanted,
                  struct err *err)
{
	return err_set(err, ERR_USAGE, "'-%s %s': give %s", option->name, text, wanted);
}

static bool set_time(void *place, const struct sipp_option *option, const char *text,
                     struct err *err)
{
	int64_t unit = option->kind == OPTION_MS ? NS_PER_MS : NS_PER_S;

	return sipp_time_parse(text, unit, place) ||
	       wrong(option, text,
	             option->kind == OPTION_MS
	                     ? "a time: 500 is milliseconds; 500ms, 5s, 2m, 1h, 1:02:03"
	                     : "a time: 20 is seconds; 500ms, 20s, 2m, 1h, 1:02:03",
	             err);
}

static bool set_number(void *place, const struct sipp_option *option, const char *text,
                       struct err *err)
{
	static const struct {
		long long min, max;
	} range[] = {
		[OPTION_INT] = { INT32_MIN, INT32_MAX },
		[OPTION_UNSIGNED] = { 0, UINT32_MAX },
		[OPTION_COUNT] = { 0, INT64_MAX },
		[OPTION_PORT] = { 0, 65535 },
	};
	long long value;

	if (!whole(text, range[option->kind].min, range[option->kind].max, &value))
		return wrong(option, text,
		             option->kind == OPTION_PORT ? "a port, 0 to 65535" : "a whole number",
		             err);
	switch (option->kind) {
	case OPTION_INT: *(int *)place = (int)value; break;
	case OPTION_UNSIGNED: *(unsigned *)place = (unsigned)value; break;
	case OPTION_PORT: *(uint16_t *)place = (uint16_t)value; break;
	default: *(uint64_t *)place = (uint64_t)value; break;
	}
	return true;
}

static bool set_bool(bool *place, const struct sipp_option *option, const char *text,
                     struct err *err)
{
	bool yes = strcmp(text, "true") == 0, no = strcmp(text, "false") == 0;

	if (!yes && !no)
		return wrong(option, text, "true or false", err);
	*place = yes;
	return true;
}

bool sipp_option_set(struct sipp_settings *s, const struct sipp_option *option, char *const *values,
                     struct err *err)
{
	void *place = (char *)s + option->offset;

	switch (option->kind) {
	case OPTION_FLAG: *(bool *)place = true; return true;
	case OPTION_UNFLAG: *(bool *)place = false; return true;
	case OPTION_BOOL: return set_bool(place, option, values[0], err);
	case OPTION_STRING: *(const char **)place = values[0]; return true;
	case OPTION_FLOAT:
		return real(values[0], place) || wrong(option, values[0], "a number", err);
	case OPTION_MS:
	case OPTION_SECONDS: return set_time(place, option, values[0], err);
	case OPTION_CALL: return option->take(s, option, values, err);
	default: return set_number(place, option, values[0], err);
	}
}

bool sipp_behaviours_parse(const char *text, unsigned *set, struct err *err)
{
	static const struct {
		const char *name;
		unsigned bits;
	} names[] = { { "all", BEHAVIOUR_ALL },
		      { "none", 0 },
		      { "bye", BEHAVIOUR_BYE },
		      { "abortunexp", BEHAVIOUR_ABORT_UNEXPECTED },
		      { "pingreply", BEHAVIOUR_PING_REPLY },
		      { "cseq", BEHAVIOUR_CSEQ } };
	struct slice rest = slice_str(text), item;

	while (slice_split(&rest, ',', &item)) {
		bool off = slice_starts(item, "-");
		struct slice name = slice_from(item, off);
		size_t i = 0;
		while (i < sizeof names / sizeof *names && !slice_eq_str(name, names[i].name))
			i++;
		if (i == sizeof names / sizeof *names)
			return err_set(err, ERR_USAGE,
			               "'-default_behaviors %s': no behaviour '%.*s'; there are "
			               "all, none, "
			               "bye, abortunexp, pingreply, cseq",
			               text, SLICE_ARG(name));
		if (off)
			*set &= ~names[i].bits;
		else
			*set = names[i].bits ? *set | names[i].bits : 0;
	}
	return true;
}
