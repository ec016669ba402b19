#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

int64_t clock_us(int64_t ns)
{
	if (ns == TIME_NONE)
		return TIME_NONE;
	return ns / NS_PER_US - (ns % NS_PER_US < 0);
}

char *clock_format_us(int64_t us, char *buf, size_t size)
{
	int64_t seconds = us / 1000000 - (us % 1000000 < 0);
	time_t t = (time_t)seconds;
	struct tm tm;

	if (us == TIME_NONE || !gmtime_r(&t, &tm)) {
		snprintf(buf, size, "-");
		return buf;
	}
	snprintf(buf, size, "%04d-%02d-%02d %02d:%02d:%02d.%06" PRId64, tm.tm_year + 1900,
	         tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	         us - seconds * 1000000);
	return buf;
}

int64_t clock_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
