#include "sim/sipp/names.h"

#include "base/clock.h"

#include <inttypes.h>
#include <time.h>

static struct slice without_folder(struct slice path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return slice_from(path, n);
}

void sipp_file_name(struct text *out, const struct scenario *scenario, int64_t process_id,
                    const char *ending)
{
	struct slice name = without_folder(scenario->file);

	if (name.n > 4 && slice_eq_str(slice_from(name, name.n - 4), ".xml"))
		name.n -= 4;
	text_add(out, name);
	text_addf(out, "_%" PRId64 "_%s", process_id, ending);
}

struct moment {
	struct tm tm;
	int64_t seconds, us;
};

static struct moment moment_of(int64_t ns)
{
	struct moment m = { .seconds = ns / NS_PER_S, .us = ns % NS_PER_S / NS_PER_US };
	time_t t = (time_t)m.seconds;

	localtime_r(&t, &m.tm);
	return m;
}

static void add_date(struct text *out, const struct moment *m, char between)
{
	text_addf(out, "%04d-%02d-%02d%c%02d:%02d:%02d.%06" PRId64, m->tm.tm_year + 1900,
	          m->tm.tm_mon + 1, m->tm.tm_mday, between, m->tm.tm_hour, m->tm.tm_min,
	          m->tm.tm_sec, m->us);
}

static void add_rfc3339(struct text *out, const struct moment *m)
{
	long minutes = m->tm.tm_gmtoff / 60;
	long size = minutes < 0 ? -minutes : minutes;

	add_date(out, m, 'T');
	text_addf(out, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

void sipp_add_time(struct text *out, int64_t ns, bool rfc3339)
{
	struct moment m = moment_of(ns);

	if (rfc3339) {
		add_rfc3339(out, &m);
		return;
	}
	add_date(out, &m, '\t');
	text_addf(out, "\t%" PRId64 ".%06" PRId64, m.seconds, m.us);
}

void sipp_add_message_time(struct text *out, int64_t ns, bool rfc3339)
{
	struct moment m = moment_of(ns);

	if (rfc3339)
		add_rfc3339(out, &m);
	else
		add_date(out, &m, ' ');
}

void sipp_add_elapsed(struct text *out, int64_t ns, bool with_us)
{
	int64_t seconds = ns / NS_PER_S;

	text_addf(out, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600, seconds / 60 % 60,
	          seconds % 60);
	if (with_us)
		text_addf(out, ":%06" PRId64, ns % NS_PER_S / NS_PER_US);
}
