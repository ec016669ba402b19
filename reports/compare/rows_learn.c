/* The noise band: what each row's numbers did from one baseline to the next. */
#include "base/mem.h"
#include "reports/compare/rows.h"

#include <math.h>

/* So many deviations, of a difference: tonight has one, and the baseline that of as many nights as it is of. */
#define BAND_DEVIATIONS 3

/* Of every row, of every night: middle, tail, mean. NAN: that night had too few, or there is none. */
#define PLACES 3

struct nights {
	double *values;
	size_t count;
};

static double *values_of(const struct nights *n, size_t row, size_t place)
{
	return n->values + (row * PLACES + place) * n->count;
}

static bool look(struct comparison *c, const struct population *night, const struct row *r,
                 double out[PLACES])
{
	struct view v = row_view(r, night);
	uint32_t units, hits;

	out[0] = out[1] = out[2] = NAN;
	if (r->is_share) {
		share_count(r, &v, &units, &hits);
		if (units >= COMPARE_LEAST_UNITS)
			out[0] = (double)hits / units;
		return true;
	}
	if (!gathering_take(&c->gathered[0], &v, r->metric))
		return false;
	struct sample s = c->gathered[0].sample;
	if (s.n < COMPARE_LEAST_UNITS)
		return true;
	out[0] = statistic_quantile(s, 0.5, 1).value;
	out[1] = statistic_quantile(s, row_bad_sign(r) < 0 ? 0.05 : 0.95, 1).value;
	if (metric_kind(r->metric)->has_mean)
		out[2] = statistic_means(s, s, 1).x;
	return true;
}

static bool look_at_night(struct comparison *c, struct nights *nights, size_t number,
                          struct records *records, struct err *err)
{
	struct population night;
	bool memory = true;

	population_init(&night, &c->vocabulary);
	bool ok = population_load(&night, records, err) && population_settle(&night, err);
	for (size_t i = 0; ok && memory && i < c->count; i++) {
		double values[PLACES];
		memory = look(c, &night, &c->rows[i], values);
		for (size_t place = 0; place < PLACES; place++)
			values_of(nights, i, place)[number] = values[place];
	}
	population_release(&night);
	return ok && (memory || err_memory(err, "the noise band"));
}

/* NAN: too few nights had it. */
static double band_of(const struct comparison *c, double *values, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			values[n++] = values[i];
	if (n < COMPARE_LEAST_NIGHTS)
		return NAN;
	double of_base = 1 / (double)c->sides[0].volume.databases;
	return BAND_DEVIATIONS * statistic_deviation(values, n) * sqrt(1 + of_base);
}

bool rows_learn(struct comparison *c, struct records *const *nights, size_t count, struct err *err)
{
	struct nights all = { .count = count };
	bool ok = true;

	c->nights = count;
	if (count < COMPARE_LEAST_NIGHTS)
		return true;
	all.values = mem_alloc((c->count ? c->count : 1) * PLACES * count * sizeof *all.values);
	if (!all.values)
		return err_memory(err, "the noise band");
	for (size_t i = 0; ok && i < count; i++)
		ok = look_at_night(c, &all, i, nights[i], err);
	for (size_t i = 0; ok && i < c->count; i++) {
		c->rows[i].middle.band = band_of(c, values_of(&all, i, 0), count);
		c->rows[i].tail.band = band_of(c, values_of(&all, i, 1), count);
		c->rows[i].mean.band = band_of(c, values_of(&all, i, 2), count);
	}
	mem_free(all.values);
	return ok;
}
