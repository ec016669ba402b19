#include "analyzer/audio/speech_level.h"

#include <math.h>

#define SMOOTHING_S 0.03
#define HANGOVER_MS 200

double dbov_of(double mean_square)
{
	return 10 * log10(mean_square / (32768.0 * 32768.0));
}

static void set_rate(struct speech_level *s, unsigned rate)
{
	s->rate = rate;
	s->step = rate / 1000 ? rate / 1000 : 1;
	s->until_step = s->step;
	s->keep = exp(-1 / (rate * SMOOTHING_S));
}

static void compare(struct speech_level *s)
{
	double threshold = 1;

	for (unsigned i = 0; i < SPEECH_THRESHOLDS; i++, threshold *= 2) {
		if (s->envelope >= threshold)
			s->hangover_ms[i] = HANGOVER_MS;
		else if (s->hangover_ms[i])
			s->hangover_ms[i]--;
		else
			continue;
		s->active_ms[i]++;
	}
}

void speech_push(struct speech_level *s, const int16_t *samples, size_t count, unsigned rate)
{
	double squares = 0;

	if (rate != s->rate)
		set_rate(s, rate);
	for (size_t i = 0; i < count; i++) {
		double x = samples[i];
		squares += x * x;
		s->first = s->keep * s->first + (1 - s->keep) * fabs(x);
		s->envelope = s->keep * s->envelope + (1 - s->keep) * s->first;
		if (--s->until_step)
			continue;
		s->until_step = s->step;
		compare(s);
	}
	s->energy += squares / rate;
	s->seconds += (double)count / rate;
}

/* Level over the time above threshold i, and how far it is above that threshold. */
static double active_dbov(const struct speech_level *s, unsigned i)
{
	return dbov_of(s->energy / ((double)s->active_ms[i] / 1e3));
}

static double above_db(const struct speech_level *s, unsigned i)
{
	return active_dbov(s, i) - dbov_of(ldexp(1, (int)(2 * i)));
}

static double find_active(const struct speech_level *s)
{
	for (unsigned i = 0; i < SPEECH_THRESHOLDS; i++) {
		if (!s->active_ms[i])
			return i ? active_dbov(s, i - 1) : NAN;
		double above = above_db(s, i);
		if (above > SPEECH_MARGIN_DB)
			continue;
		if (!i)
			return active_dbov(s, 0);
		double before = above_db(s, i - 1);
		double part = (before - SPEECH_MARGIN_DB) / (before - above);
		double from = active_dbov(s, i - 1);
		return from + part * (active_dbov(s, i) - from);
	}
	return active_dbov(s, SPEECH_THRESHOLDS - 1);
}

struct speech_activity speech_measure(const struct speech_level *s)
{
	struct speech_activity a = { NAN, NAN, NAN };

	if (s->seconds <= 0)
		return a;
	a.activity = 0;
	if (s->energy <= 0)
		return a;
	a.mean_dbov = dbov_of(s->energy / s->seconds);
	a.active_dbov = find_active(s);
	if (isnan(a.active_dbov))
		return a;
	a.activity = fmin(1, pow(10, (a.mean_dbov - a.active_dbov) / 10));
	return a;
}
