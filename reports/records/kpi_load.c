/* How busy it was: attempts per second, the busiest hour, calls at the same time. */
#include "base/mem.h"
#include "base/sort.h"
#include "reports/records/kpi.h"

#include <stdlib.h>

#define SECOND_US    INT64_C(1000000)
#define MINUTE_US    UINT64_C(60000000)
#define HOUR_US      UINT64_C(3600000000)
#define HOUR_SECONDS 3600

/* Times may be anything. */
static uint64_t between(int64_t from_us, int64_t to_us)
{
	return (uint64_t)to_us - (uint64_t)from_us;
}

static int by_start(const void *a, const void *b)
{
	int64_t x = (*(struct kpi_minute *const *)a)->start_us;
	int64_t y = (*(struct kpi_minute *const *)b)->start_us;

	return (x > y) - (x < y);
}

bool kpi_minutes_sorted(struct kpi *k, struct kpi_minute ***out)
{
	struct kpi_minute *m;
	size_t n = 0;

	*out = arena_alloc(&k->arena, (k->minutes.count + 1) * sizeof **out);
	if (!*out)
		return false;
	for (size_t at = 0; (m = table_next(&k->minutes, &at));)
		(*out)[n++] = m;
	qsort(*out, n, sizeof **out, by_start);
	return true;
}

static int64_t second_of(int64_t us)
{
	return us / SECOND_US - (us % SECOND_US < 0);
}

/* Nearest rank over all seconds of the capture: those without an attempt come first. */
static int64_t rank_of_seconds(const uint32_t *seconds, int64_t all, int64_t busy)
{
	int64_t rank = all / 100 * 95 + (all % 100 * 95 + 99) / 100 - (all - busy);
	int64_t value = 0;

	if (rank <= 0)
		return 0;
	for (int64_t seen = 0; value < UINT16_MAX; value++) {
		seen += seconds[value];
		if (seen >= rank)
			break;
	}
	return value;
}

static bool count_seconds(const struct kpi *k, struct kpi_minute *const *minutes,
                          struct kpi_load *out)
{
	uint32_t *seconds = mem_zalloc((UINT16_MAX + 1) * sizeof *seconds);
	int64_t busy = 0;

	if (!seconds)
		return false;
	for (size_t i = 0; i < k->minutes.count; i++)
		for (size_t j = 0; j < 60; j++) {
			uint16_t n = minutes[i]->seconds[j];
			if (!n)
				continue;
			busy++;
			seconds[n]++;
			if (n > out->cps_max)
				out->cps_max = n;
		}
	int64_t all = out->seconds > busy ? out->seconds : busy;
	out->cps_p95 = rank_of_seconds(seconds, all, busy);
	mem_free(seconds);
	return true;
}

/* A window of 60 minutes, moved by one. */
static void find_busy_hour(const struct kpi *k, struct kpi_minute *const *minutes,
                           struct kpi_load *out)
{
	int64_t attempts = 0;
	double talk_us = 0;

	for (size_t first = 0, i = 0; i < k->minutes.count; i++) {
		attempts += minutes[i]->starts;
		talk_us += minutes[i]->scope.talk_us;
		for (; between(minutes[first]->start_us, minutes[i]->start_us) >= HOUR_US;
		     first++) {
			attempts -= minutes[first]->starts;
			talk_us -= minutes[first]->scope.talk_us;
		}
		if (attempts > out->busy_attempts) {
			out->busy_attempts = attempts;
			out->busy_talk_us = talk_us;
		}
	}
}

static double overlap_us(int64_t from_us, int64_t to_us, const struct kpi *k)
{
	if (from_us < k->first_us)
		from_us = k->first_us;
	if (to_us > k->last_us)
		to_us = k->last_us;
	return to_us > from_us ? (double)between(from_us, to_us) : 0;
}

struct sweep {
	struct kpi_minute *const *minutes;
	size_t minute, minute_count;
	int64_t now, peak; /* calls */
};

/* The minutes that begin before `us` begin with as many calls as there are now. */
static void enter_minutes(struct sweep *s, int64_t us)
{
	for (; s->minute < s->minute_count && s->minutes[s->minute]->start_us <= us; s->minute++)
		s->minutes[s->minute]->concurrent_peak = s->now;
}

static void begin_call(struct sweep *s, int64_t us)
{
	enter_minutes(s, us);
	s->now++;
	if (s->now > s->peak)
		s->peak = s->now;
	if (!s->minute)
		return;
	struct kpi_minute *m = s->minutes[s->minute - 1];
	if (between(m->start_us, us) < MINUTE_US && s->now > m->concurrent_peak)
		m->concurrent_peak = s->now;
}

/* A call that ends when another begins makes room for it. */
static void walk(struct sweep *s, const int64_t *from, const int64_t *to, size_t n)
{
	for (size_t i = 0, j = 0; j < n;) {
		if (i < n && from[i] < to[j]) {
			begin_call(s, from[i++]);
		} else {
			enter_minutes(s, to[j++] - 1);
			s->now--;
		}
	}
	enter_minutes(s, INT64_MAX);
}

static bool count_concurrent(struct kpi *k, struct kpi_minute *const *minutes, struct kpi_load *out)
{
	size_t n = k->session_count;
	int64_t *times = mem_alloc((2 * n + 1) * sizeof *times);
	struct sweep s = { minutes, 0, k->minutes.count, 0, 0 };

	if (!times)
		return false;
	for (size_t i = 0; i < n; i++) {
		times[i] = k->sessions[i].from_us;
		times[n + i] = k->sessions[i].to_us;
	}
	bool ok = sort_int64(times, n) && sort_int64(times + n, n);
	if (ok) {
		walk(&s, times, times + n, n);
		out->concurrent_peak = s.peak;
	}
	mem_free(times);
	return ok;
}

bool kpi_load(struct kpi *k, struct kpi_minute *const *minutes, struct kpi_load *out)
{
	*out = (struct kpi_load){ .concurrent_peak = RECORD_NULL };
	if (k->first_us == RECORD_NULL) { /* no capture told: what the calls span */
		k->first_us = k->calls_first_us;
		k->last_us = k->calls_last_us;
	}
	if (k->first_us != RECORD_NULL)
		out->seconds = second_of(k->last_us) - second_of(k->first_us) + 1;
	find_busy_hour(k, minutes, out);
	out->busy_seconds = out->seconds < HOUR_SECONDS ? out->seconds : HOUR_SECONDS;
	if (!count_seconds(k, minutes, out))
		return false;
	if (k->session_count > KPI_SESSIONS)
		return true;
	for (size_t i = 0; i < k->session_count; i++)
		out->concurrent_us += overlap_us(k->sessions[i].from_us, k->sessions[i].to_us, k);
	return count_concurrent(k, minutes, out);
}
