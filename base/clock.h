/* Capture time: int64 nanoseconds since the Unix epoch (UTC). Durations are int64 nanoseconds too. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* "Not observed", for times in ns or us alike. */
#define TIME_NONE INT64_MIN

/* A file may hold any time. Those that are read lie from 1896 to 2116, so that the difference of any two, and a time plus what a protocol
 * waits, are int64 too. */
#define CLOCK_EARLIEST_NS (-(INT64_C(1) << 61))
#define CLOCK_LATEST_NS   (INT64_C(1) << 62)

static inline int64_t clock_within(__int128 ns)
{
	if (__builtin_expect(ns > CLOCK_LATEST_NS, 0))
		return CLOCK_LATEST_NS;
	return ns < CLOCK_EARLIEST_NS ? CLOCK_EARLIEST_NS : (int64_t)ns;
}

/* Microseconds, rounded towards minus infinity; TIME_NONE stays TIME_NONE. */
int64_t clock_us(int64_t ns);

/* "2026-11-21 02:14:07.345678" (UTC) of a time in microseconds; "-" for TIME_NONE. size >= 40. Returns buf. */
char *clock_format_us(int64_t us, char *buf, size_t size);

/* The wall clock now, in microseconds since the epoch. */
int64_t clock_wall_us(void);

#endif
