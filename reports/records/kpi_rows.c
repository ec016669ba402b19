/* The figures as rows of `kpi`. Their names and meanings stand in reports/kpi_definitions.c, in the same order. */
#include "reports/records/kpi.h"
#include "reports/records/store_internal.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE_SECONDS 60

struct writer {
	struct store *store;
	int64_t run_id;
	char scope[96];
	struct err *err;
	bool failed;
};

static void put(struct writer *w, const char *name, double value, const char *unit,
                int64_t numerator, int64_t denominator)
{
	const struct record_kpi r = {
		.run_id = w->run_id,
		.scope = slice_str(w->scope),
		.name = slice_str(name),
		.value = value,
		.unit = slice_str(unit),
		.numerator = numerator,
		.denominator = denominator,
	};
	w->failed = w->failed || !store_row(w->store, TABLE_KPI, &r, w->err);
}

static void put_count(struct writer *w, const char *name, int64_t n)
{
	put(w, name, (double)n, "", n, RECORD_NULL);
}

/* A zero denominator gives NULL, never 0 or 100. */
static double ratio(double numerator, int64_t denominator)
{
	return denominator > 0 ? numerator / (double)denominator : NAN;
}

static void put_percent(struct writer *w, const char *name, int64_t numerator, int64_t denominator)
{
	put(w, name, ratio(100.0 * (double)numerator, denominator), "%", numerator, denominator);
}

/* Seconds per something; the numerator is in whole seconds. */
static void put_seconds_per(struct writer *w, const char *name, double us, const char *unit,
                            int64_t denominator)
{
	put(w, name, ratio(us / 1e6, denominator), unit, (int64_t)(us / 1e6 + 0.5), denominator);
}

static const struct {
	const char *name, *unit;
	double per_us;
} measures[KPI_MEASURES] = {
	[KPI_PDD] = { "PDD", "ms", 1e-3 },  [KPI_SETUP] = { "SETUP", "ms", 1e-3 },
	[KPI_SRD] = { "SRD", "ms", 1e-3 },  [KPI_SRD_FAILED] = { "SRD_FAILED", "ms", 1e-3 },
	[KPI_SDD] = { "SDD", "ms", 1e-3 },  [KPI_SDT] = { "SDT", "s", 1e-6 },
	[KPI_RING] = { "RING", "s", 1e-6 }, [KPI_SDT_FAILED] = { "SDT_FAILED", "s", 1e-6 },
	[KPI_TTR] = { "TTR", "ms", 1e-3 },  [KPI_RRD] = { "RRD", "ms", 1e-3 },
};

static void put_of_measure(struct writer *w, enum kpi_measure m, int64_t count, const char *suffix,
                           double us)
{
	char name[32];

	snprintf(name, sizeof name, "%s_%s", measures[m].name, suffix);
	put(w, name, us * measures[m].per_us, measures[m].unit, RECORD_NULL, count);
}

static void put_percentile(struct writer *w, const struct kpi_scope *s, enum kpi_measure m,
                           unsigned percent)
{
	const struct kpi_distribution *d = &s->measures[m];
	char suffix[8];

	snprintf(suffix, sizeof suffix, "P%u", percent);
	put_of_measure(w, m, d->count, suffix,
	               kpi_distribution_percentile(d, percent, kpi_measure_unit_us(m)));
}

static void sort_measure(struct writer *w, struct kpi_scope *s, enum kpi_measure m)
{
	if (w->failed || kpi_distribution_sort(&s->measures[m]))
		return;
	err_memory(w->err, "the key figures");
	w->failed = true;
}

static void put_measure(struct writer *w, struct kpi_scope *s, enum kpi_measure m)
{
	static const unsigned percents[] = { 50, 90, 95, 99 };
	struct kpi_distribution *d = &s->measures[m];

	sort_measure(w, s, m);
	put_of_measure(w, m, d->count, "MIN", d->count ? (double)d->min_us : NAN);
	put_of_measure(w, m, d->count, "MEAN", kpi_distribution_mean(d));
	for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
		put_percentile(w, s, m, percents[i]);
	put_of_measure(w, m, d->count, "MAX", d->count ? (double)d->max_us : NAN);
}

static void put_edges(struct writer *w, const struct kpi_scope *s)
{
	put_count(w, "CUT_START", s->cut_start);
	put_count(w, "CUT_END", s->cut_end);
	put_count(w, "CLOCK_ERRORS", s->clock_errors);
}

/* What trunks have too: what a leg's dialogs tell. */
static void put_ratios(struct writer *w, const struct kpi_scope *s)
{
	int64_t n = s->attempts, sessions = s->attempts - s->redirected;
	int64_t effective = s->answered + s->effective;

	put_percent(w, "ASR", s->answered, n);
	put_percent(w, "ASR_SEEN", s->answered + s->cut_answered, n + s->cut_answered);
	put_percent(w, "CCR", s->answered + s->backed, n);
	put_percent(w, "NER", effective, n);
	put_percent(w, "NER_CALLER", effective + s->caller_faults, n);
	put_percent(w, "NER_INFRA", n - s->ineffective, n);
	put_percent(w, "SER", s->answered, sessions);
	put_percent(w, "SEER", s->answered + s->seer, sessions);
	put_percent(w, "ISA", s->ineffective, n);
	put_seconds_per(w, "ACD", s->talk_us, "s", s->talks);
	put_percent(w, "SHORT_CALLS", s->short_talks, s->talks);
	put_percent(w, "NO_RINGBACK", s->no_ringback, s->answered);
}

static void put_registrations(struct writer *w, const struct kpi_registrations *r, int64_t seconds)
{
	put_count(w, "REG_ATTEMPTS", r->attempts);
	put_count(w, "REG_CUT", r->cut);
	put_percent(w, "REG_SUCCESS", r->succeeded, r->bindings);
	put_percent(w, "IRA", r->ineffective, r->attempts);
	put(w, "REG_PER_S", ratio((double)r->attempts, seconds), "/s", r->attempts, seconds);
	put_count(w, "REG_ACTIVE", r->active);
}

static void put_load(struct writer *w, const struct kpi *k, const struct kpi_load *load)
{
	bool whole_hour = load->seconds >= 3600;
	double per_hour = ratio(3600.0 * (double)load->busy_attempts, load->busy_seconds);
	double peak = load->concurrent_peak == RECORD_NULL ? NAN : (double)load->concurrent_peak;
	bool told = load->seconds > 0;

	put(w, "CPS_MEAN", ratio((double)k->starts, load->seconds), "/s", k->starts, load->seconds);
	put(w, "CPS_P95", told ? (double)load->cps_p95 : NAN, "/s", RECORD_NULL, load->seconds);
	put(w, "CPS_MAX", told ? (double)load->cps_max : NAN, "/s", RECORD_NULL, load->seconds);
	put(w, "BHCA", whole_hour ? per_hour : NAN, "/h",
	    whole_hour ? load->busy_attempts : RECORD_NULL, whole_hour ? load->busy_seconds : 0);
	put(w, "BHCA_EST", whole_hour ? NAN : per_hour, "/h",
	    whole_hour ? RECORD_NULL : load->busy_attempts, whole_hour ? 0 : load->busy_seconds);
	put(w, "CONCURRENT_PEAK", peak, "", load->concurrent_peak, RECORD_NULL);
	put_seconds_per(w, "CONCURRENT_MEAN", isnan(peak) ? NAN : load->concurrent_us, "",
	                load->seconds);
	put_seconds_per(w, "ERLANG", load->busy_talk_us, "E", load->busy_seconds);
}

static void put_all(struct writer *w, struct kpi *k, const struct kpi_load *load)
{
	struct kpi_scope *s = &k->all;

	put_count(w, "ATTEMPTS_MERGED", s->attempts);
	put_count(w, "ATTEMPTS_RAW", s->bids);
	put_edges(w, s);
	put_count(w, "MINUTES_LEFT_OUT", k->minutes_left_out);
	put_ratios(w, s);
	put_percent(w, "ABR", s->answered, s->bids);
	put_percent(w, "SCR", s->completed, s->attempts);
	put_load(w, k, load);
	put_registrations(w, &k->registrations, load->seconds);
	for (unsigned m = 0; m < KPI_MEASURES; m++)
		put_measure(w, s, (enum kpi_measure)m);
}

static void put_trunk(struct writer *w, struct kpi_trunk *t, const struct kpi_load *load)
{
	struct kpi_scope *s = &t->scope;

	snprintf(w->scope, sizeof w->scope, "trunk:%.*s", SLICE_ARG(t->address));
	put_count(w, "ATTEMPTS_MERGED", s->attempts);
	put_edges(w, s);
	put_ratios(w, s);
	put_percent(w, "SCR", s->completed, s->attempts);
	put(w, "CPS_MEAN", ratio((double)(s->attempts + s->cut_end), load->seconds), "/s",
	    s->attempts + s->cut_end, load->seconds);
	put_seconds_per(w, "ERLANG", s->talk_us, "E", load->seconds);
	put_measure(w, s, KPI_PDD);
	put_measure(w, s, KPI_SETUP);
	put_measure(w, s, KPI_SDD);
}

static int64_t busiest_second(const struct kpi_minute *m)
{
	int64_t max = 0;

	for (size_t i = 0; i < MINUTE_SECONDS; i++)
		if (m->seconds[i] > max)
			max = m->seconds[i];
	return max;
}

static void put_minute(struct writer *w, struct kpi_minute *m, const struct kpi_load *load)
{
	struct kpi_scope *s = &m->scope;
	bool told = load->concurrent_peak != RECORD_NULL;

	snprintf(w->scope, sizeof w->scope, "minute:%" PRId64, m->start_us);
	put_count(w, "ATTEMPTS_MERGED", s->attempts);
	put_count(w, "CUT_START", s->cut_start);
	put_count(w, "CUT_END", s->cut_end);
	put_percent(w, "ASR", s->answered, s->attempts);
	put_percent(w, "NER", s->answered + s->effective, s->attempts);
	put_percent(w, "ISA", s->ineffective, s->attempts);
	put_seconds_per(w, "ACD", s->talk_us, "s", s->talks);
	sort_measure(w, s, KPI_PDD);
	put_percentile(w, s, KPI_PDD, 50);
	put_percentile(w, s, KPI_PDD, 95);
	put(w, "CPS_MEAN", (double)m->starts / MINUTE_SECONDS, "/s", m->starts, MINUTE_SECONDS);
	put(w, "CPS_MAX", (double)busiest_second(m), "/s", RECORD_NULL, MINUTE_SECONDS);
	put(w, "CONCURRENT_PEAK", told ? (double)m->concurrent_peak : NAN, "",
	    told ? m->concurrent_peak : RECORD_NULL, RECORD_NULL);
}

bool kpi_write(struct kpi *k, struct store *s, int64_t run_id, int64_t silent, int64_t heard,
               struct err *err)
{
	struct writer w = { .store = s, .run_id = run_id, .scope = "all", .err = err };
	struct kpi_minute **minutes;
	struct kpi_trunk *trunk;
	struct kpi_load load;

	if (!kpi_finish_leg(k) || !kpi_minutes_sorted(k, &minutes) || !kpi_load(k, minutes, &load))
		return err_memory(err, "the key figures");
	put_all(&w, k, &load);
	put_percent(&w, "FAS", silent, heard);
	for (size_t at = 0; (trunk = table_next(&k->trunks, &at));)
		put_trunk(&w, trunk, &load);
	if (k->others.scope.attempts + k->others.scope.cut_start + k->others.scope.cut_end > 0)
		put_trunk(&w, &k->others, &load);
	for (size_t i = 0; i < k->minutes.count; i++)
		put_minute(&w, minutes[i], &load);
	return !w.failed;
}
