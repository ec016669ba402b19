#include "analyzer/capture/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_US      100000
#define CALLS_PER_LOOK 256u /* packets between two looks at the clock */
#define BAR            20

static int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void progress_init(struct progress *p, bool wanted)
{
	*p = (struct progress){ .enabled = wanted && isatty(STDERR_FILENO) };
	if (p->enabled)
		p->start_us = p->last_draw_us = monotonic_us();
}

/* "[#####               ]  25 %  1234567 packets  812 MB/s" on one line of 80 columns. */
static void draw(const struct progress *p, int64_t now_us, const struct capture *c,
                 uint64_t packets)
{
	int64_t done, total;
	char bar[BAR + 1];

	capture_progress(c, &done, &total);
	int64_t elapsed_us = now_us > p->start_us ? now_us - p->start_us : 1;
	double rate = (double)done / (double)elapsed_us; /* octets per us are MB/s */
	if (total > 0) {
		int filled = (int)((double)done / (double)total * BAR);
		memset(bar, '#', (size_t)filled);
		memset(bar + filled, ' ', (size_t)(BAR - filled));
		bar[BAR] = '\0';
		fprintf(stderr, "\r[%s] %3d %%", bar, (int)((double)done / (double)total * 100));
	} else {
		fprintf(stderr, "\r%" PRId64 " MB", done / 1000000);
	}
	fprintf(stderr, "  %" PRIu64 " packets  %.0f MB/s\033[K", packets, rate);
	fflush(stderr);
}

void progress_update(struct progress *p, const struct capture *c, uint64_t packets)
{
	if (!p->enabled || ++p->calls % CALLS_PER_LOOK != 0)
		return;
	int64_t now_us = monotonic_us();
	if (now_us - p->last_draw_us < REDRAW_US)
		return;
	p->last_draw_us = now_us;
	p->drawn = true;
	draw(p, now_us, c, packets);
}

void progress_done(struct progress *p)
{
	if (p->enabled && p->drawn) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	p->enabled = false;
}
