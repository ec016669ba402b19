#include "cli/sim_units.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_SECONDS (10.0 * 366 * 86400)
#define MOST_RATE    1e8
#define MOST_COUNT   1e15

/* A number without sign, "inf" or hexadecimal; *text is behind it. */
static bool number(const char **text, double *out)
{
	char *end;

	if (!ascii_is_digit((uint8_t) * *text) && **text != '.')
		return false;
	if ((*text)[0] == '0' && ((*text)[1] | 32) == 'x')
		return false;
	*out = strtod(*text, &end);
	if (end == *text || !isfinite(*out))
		return false;
	*text = end;
	return true;
}

static bool is_word(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(text, word, n) == 0;
}

/* Seconds of the unit at *text, which is passed. */
static double time_unit(const char **text)
{
	static const struct {
		const char *word;
		double seconds;
	} units[] = { { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 },    { "sec", 1 },
		      { "m", 60 },    { "min", 60 },  { "h", 3600 }, { "d", 86400 } };
	size_t n = 0;

	while ((*text)[n] >= 'a' && (*text)[n] <= 'z')
		n++;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (is_word(*text, n, units[i].word)) {
			*text += n;
			return units[i].seconds;
		}
	return 0;
}

bool units_duration(const char *text, int64_t *ns)
{
	double seconds = 0, value, unit;
	const char *p = text;

	if (!number(&p, &value))
		return false;
	if (!*p)
		seconds = value;
	else
		for (;;) {
			unit = time_unit(&p);
			if (unit <= 0)
				return false;
			seconds += value * unit;
			if (!*p)
				break;
			if (!number(&p, &value))
				return false;
		}
	if (seconds > MOST_SECONDS)
		return false;
	*ns = (int64_t)(seconds * 1e9 + 0.5);
	return true;
}

static double magnitude(const char **text)
{
	switch (**text) {
	case 'k': ++*text; return 1e3;
	case 'M': ++*text; return 1e6;
	default: return 1;
	}
}

bool units_rate(const char *text, double *per_second)
{
	double value, unit = 1;
	const char *p = text;

	if (!number(&p, &value))
		return false;
	value *= magnitude(&p);
	if (*p == '/') {
		p++;
		unit = time_unit(&p);
	}
	if (*p || unit < 1 || value / unit > MOST_RATE)
		return false;
	*per_second = value / unit;
	return true;
}

bool units_count(const char *text, uint64_t *count)
{
	const char *p = text;
	double value;

	if (!number(&p, &value))
		return false;
	value *= magnitude(&p);
	if (*p || value > MOST_COUNT || value != floor(value))
		return false;
	*count = (uint64_t)value;
	return true;
}

bool units_endpoint(const char *text, struct endpoint *out)
{
	struct slice s = slice_str(text), address = s;
	const char *colon = strrchr(text, ':');
	uint64_t port = 0;

	*out = (struct endpoint){ .port = 0 };
	if (ip_addr_parse(s, &out->addr))
		return true;
	if (!colon)
		return false;
	address.n = (size_t)(colon - text);
	if (!slice_u64(slice_str(colon + 1), UINT16_MAX, &port))
		return false;
	out->port = (uint16_t)port;
	return address.n == 0 || ip_addr_parse(address, &out->addr);
}

const char *units_say_duration(int64_t ns, char buf[static UNITS_TEXT])
{
	double s = (double)ns / 1e9;

	if (ns < NS_PER_S)
		snprintf(buf, UNITS_TEXT, "%.4g ms", (double)ns / 1e6);
	else if (ns < 120 * NS_PER_S)
		snprintf(buf, UNITS_TEXT, "%.4g s", s);
	else if (ns < 7200 * NS_PER_S)
		snprintf(buf, UNITS_TEXT, "%d min %d s", (int)(s / 60), (int)fmod(s, 60));
	else
		snprintf(buf, UNITS_TEXT, "%d h %d min", (int)(s / 3600), (int)fmod(s / 60, 60));
	return buf;
}

const char *units_say_count(uint64_t n, char buf[static UNITS_TEXT])
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, n), at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return buf;
}
