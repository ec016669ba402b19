#include "analyzer/streams/skew.h"

#include "base/duration.h"

#include <math.h>

static void begin(struct skew *k, int64_t arrival_ns, uint32_t timestamp)
{
	k->begun = true;
	k->first_ns = arrival_ns;
	k->last_timestamp = timestamp;
	k->ticks = 0;
	k->n = k->x = k->y = k->xx = k->xy = k->yy = 0;
}

void skew_push(struct skew *k, int64_t arrival_ns, uint32_t timestamp, double ns_per_tick)
{
	if (!k->begun)
		begin(k, arrival_ns, timestamp);
	k->ticks += (int32_t)(timestamp - k->last_timestamp);
	k->last_timestamp = timestamp;
	k->last_ns = arrival_ns;
	double elapsed_ns = (double)duration_between(k->first_ns, arrival_ns);
	double x = elapsed_ns / 1e9;
	double y = (elapsed_ns - (double)k->ticks * ns_per_tick) / 1e3;
	k->n++;
	k->x += x;
	k->y += y;
	k->xx += x * x;
	k->xy += x * y;
	k->yy += y * y;
}

static double residual_us(const struct skew *k)
{
	double sxx = k->xx - k->x * k->x / k->n, sxy = k->xy - k->x * k->y / k->n,
	       syy = k->yy - k->y * k->y / k->n;

	return sqrt(fmax(syy - sxy * sxy / sxx, 0) / k->n);
}

/* y rises by a microsecond per second: the sender is slow by one part in a million. */
void skew_restart(struct skew *k)
{
	double seconds = k->begun ? (double)duration_between(k->first_ns, k->last_ns) / 1e9 : 0;
	double spread = k->n * k->xx - k->x * k->x;

	if (seconds >= SKEW_MIN_S && seconds > k->best_s && k->n >= SKEW_MIN_SAMPLES &&
	    spread > 0) {
		k->best_ppm = -(k->n * k->xy - k->x * k->y) / spread;
		k->best_s = seconds;
		k->best_residual_ms = residual_us(k) / 1e3;
		k->known = true;
	}
	k->begun = false;
}

double skew_ppm(const struct skew *k)
{
	return k->known ? k->best_ppm : NAN;
}

double skew_residual_ms(const struct skew *k)
{
	return k->known ? k->best_residual_ms : NAN;
}
