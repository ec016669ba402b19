#include "sim/engine/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One after another, apart by commas; the buffer's end cuts. */
static void because(struct sim_health *h, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
static void because(struct sim_health *h, const char *format, ...)
{
	size_t n = strlen(h->why);
	va_list args;

	if (n && n + 2 < sizeof h->why) {
		memcpy(h->why + n, ", ", 3);
		n += 2;
	}
	va_start(args, format);
	vsnprintf(h->why + n, sizeof h->why - n, format, args);
	va_end(args);
	h->limited = true;
}

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void count(struct sim_health *h, uint64_t n, const char *what)
{
	if (n)
		because(h, "%llu %s", (unsigned long long)n, what);
}

void health_judge(struct sim_health *h)
{
	h->limited = false;
	h->why[0] = '\0';
	if (h->start_lag_p99_ns > HEALTH_LAG_NS)
		because(h, "calls began late: start lag p99 %.0f ms (bar %.0f ms)",
		        ms(h->start_lag_p99_ns), ms(HEALTH_LAG_NS));
	if (h->longest_stall_ns > HEALTH_STALL_NS)
		because(h, "the event loop stood still for %.0f ms (bar %.0f ms)",
		        ms(h->longest_stall_ns), ms(HEALTH_STALL_NS));
	count(h, h->socket_overflow, "datagrams lost in our own receive buffer");
	count(h, h->send_full, "messages found our own send buffer full");
	count(h, h->ports_exhausted, "times no local port was free");
	count(h, h->files_exhausted, "times no file descriptor was free");
	count(h, h->media_skipped, "RTP packets were not sent, over 100 ms late");
	count(h, h->media_overflow, "datagrams of media lost in our own receive buffer");
	count(h, h->tap_dropped, "packets that the recorder did not keep up with");
	if (h->limited && h->cpu_share > 0.9)
		because(h, "the busiest worker used %.0f %% of its core", h->cpu_share * 100);
}
