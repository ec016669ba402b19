#include "reports/calls_values.h"

#include "reports/summary.h"

#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US    (86400 * SECOND_US)

bool calls_status(const char *text, struct calls_filter *f, struct err *err)
{
	struct slice s = slice_str(text);
	uint64_t n;

	if (s.n == 3 && s.p[0] >= '1' && s.p[0] <= '6' && slice_ieq_str(slice_from(s, 1), "xx")) {
		f->status_from = 100 * (s.p[0] - '0');
		f->status_to = f->status_from + 99;
		return true;
	}
	if (!slice_u64(s, 699, &n) || n < 100)
		return err_set(err, ERR_USAGE, "'--status=%s': give a code from 100 to 699, or 4xx",
		               text);
	f->status_from = f->status_to = (int)n;
	return true;
}

/* "no-answer" is "no_answer". */
static bool is_name(struct slice s, const char *name)
{
	for (; s.n && *name; s = slice_from(s, 1), name++)
		if (ascii_lower(s.p[0] == '-' ? '_' : s.p[0]) != (uint8_t)*name)
			return false;
	return !s.n && !*name;
}

static bool unknown_name(const char *option, const char *text, const char *const *names,
                         size_t count, struct err *err)
{
	struct text list;

	text_init(&list);
	for (size_t i = 0; i < count; i++)
		text_addf(&list, "%s%s", i ? ", " : "", names[i]);
	err_set(err, ERR_USAGE, "'%s=%s': give one of %s", option, text, text_cstr(&list));
	text_release(&list);
	return false;
}

bool calls_outcome(const char *text, struct calls_filter *f, struct err *err)
{
	struct slice rest = slice_str(text), item;

	while (slice_split(&rest, ',', &item)) {
		unsigned i = 0;
		while (i < SUMMARY_OUTCOMES && !is_name(item, summary_outcomes[i]))
			i++;
		if (i == SUMMARY_OUTCOMES)
			return unknown_name("--outcome", text, summary_outcomes, SUMMARY_OUTCOMES,
			                    err);
		f->outcomes |= 1u << i;
	}
	return true;
}

bool calls_number(const char *text, struct calls_filter *f, struct err *err)
{
	struct slice s = slice_str(text);

	if (!s.n || slice_eq_str(s, "+") || slice_eq_str(s, "00"))
		return err_set(err, ERR_USAGE,
		               "'--number=%s': give the first digits of a number, like +4420",
		               text);
	f->number = s;
	return true;
}

bool calls_duration(const char *option, const char *text, double *ms, struct err *err)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = { { "", 1e3 },   { "s", 1e3 },    { "ms", 1 },
		      { "m", 60e3 }, { "min", 60e3 }, { "h", 3600e3 } };
	char *end;
	double value = ascii_is_digit((uint8_t)text[0]) ? strtod(text, &end) : NAN;

	if (value >= 0 && value < 1e9)
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (slice_eq_str(slice_str(end), units[i].name)) {
				*ms = value * units[i].ms;
				return true;
			}
	return err_set(err, ERR_USAGE, "'%s=%s': give seconds, or a number with ms, s, m or h",
	               option, text);
}

bool calls_mos(const char *text, double *mos, struct err *err)
{
	char *end;

	*mos = ascii_is_digit((uint8_t)text[0]) ? strtod(text, &end) : NAN;
	if (*mos >= 1 && *mos <= 5 && !*end)
		return true;
	return err_set(err, ERR_USAGE, "'--mos-below=%s': a MOS is a number from 1 to 5", text);
}

bool calls_sort(const char *text, struct calls_filter *f, struct err *err)
{
	for (unsigned i = 0; i < CALLS_SORTS; i++)
		if (is_name(slice_str(text), calls_sort_names[i])) {
			f->sort = (enum calls_sort)i;
			return true;
		}
	return unknown_name("--sort", text, calls_sort_names, CALLS_SORTS, err);
}

/* Takes `digits` digits and, if given, the byte behind them. */
static bool take(struct slice *s, size_t digits, const char *separators, int64_t max, int64_t *out)
{
	uint64_t value;

	if (s->n < digits || !slice_u64(slice_sub(*s, 0, digits), (uint64_t)max, &value))
		return false;
	*out = (int64_t)value;
	*s = slice_from(*s, digits);
	if (!separators)
		return true;
	if (!s->n || !strchr(separators, s->p[0]))
		return false;
	*s = slice_from(*s, 1);
	return true;
}

/* ".789" of a second. */
static bool take_fraction(struct slice *s, int64_t *us)
{
	int64_t unit = SECOND_US;

	if (!s->n || s->p[0] != '.')
		return true;
	for (*s = slice_from(*s, 1); s->n && ascii_is_digit(s->p[0]); *s = slice_from(*s, 1)) {
		unit /= 10;
		*us += unit * (s->p[0] - '0');
	}
	return unit < SECOND_US;
}

/* HH:MM, then perhaps :SS, then perhaps a fraction. */
static bool take_clock(struct slice *s, int64_t *us)
{
	int64_t hours, minutes, seconds = 0;

	if (!take(s, 2, ":", 23, &hours) || !take(s, 2, NULL, 59, &minutes))
		return false;
	if (s->n && s->p[0] == ':') {
		*s = slice_from(*s, 1);
		if (!take(s, 2, NULL, 60, &seconds))
			return false;
	}
	*us = (hours * 3600 + minutes * 60 + seconds) * SECOND_US;
	return take_fraction(s, us);
}

/* Days since 1970-01-01 in the Gregorian calendar: years begin in March here, so that leap days come last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool take_date(struct slice *s, int64_t *us)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t year, month, day;

	if (!take(s, 4, "-", 9999, &year) || !take(s, 2, "-", 12, &month) ||
	    !take(s, 2, NULL, 31, &day) || year < 1900 || month < 1 || day < 1 ||
	    day > days[month - 1] + (month == 2 && is_leap(year)))
		return false;
	*us = days_of(year, month, day) * DAY_US;
	return true;
}

static bool parse_absolute(struct slice s, int64_t *us)
{
	int64_t clock = 0;

	if (!take_date(&s, us))
		return false;
	if (s.n && (s.p[0] == 'T' || s.p[0] == ' ')) {
		s = slice_from(s, 1);
		if (!take_clock(&s, &clock))
			return false;
	}
	*us += clock;
	return !s.n || slice_eq_str(s, "Z");
}

static bool of_capture(struct records *r, int64_t clock_us, int64_t *us, struct err *err)
{
	int64_t first, last;

	if (!rows_int(r, "SELECT min(first_us) FROM captures WHERE packets > 0", RECORD_NULL,
	              &first, err) ||
	    !rows_int(r, "SELECT max(last_us) FROM captures WHERE packets > 0", RECORD_NULL, &last,
	              err))
		return false;
	if (first == RECORD_NULL)
		first = last = 0;
	*us = first - (first % DAY_US + DAY_US) % DAY_US + clock_us;
	if (*us < first && *us + DAY_US <= last)
		*us += DAY_US;
	return true;
}

bool calls_time(const char *option, const char *text, struct records *r, int64_t *us,
                struct err *err)
{
	struct slice s = slice_str(text);
	int64_t clock_us;

	if (parse_absolute(s, us))
		return true;
	if (take_clock(&s, &clock_us) && (!s.n || slice_eq_str(s, "Z")))
		return of_capture(r, clock_us, us, err);
	return err_set(
	        err, ERR_USAGE,
	        "'%s=%s': give a time (UTC) as 2026-01-31, 2026-01-31T14:05:06, or 14:05:06 of "
	        "the capture's day",
	        option, text);
}
