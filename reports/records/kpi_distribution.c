#include "reports/records/kpi_distribution.h"

#include "base/mem.h"
#include "base/sort.h"

#include <assert.h>
#include <math.h>

#define FIRST_ROOM 16

static bool add_rough(struct kpi_distribution *d, struct histogram_pool *pool, int64_t value_us,
                      int64_t unit_us)
{
	return histogram_add(&d->histogram, pool, (uint64_t)(value_us / unit_us));
}

static bool become_rough(struct kpi_distribution *d, struct histogram_pool *pool, int64_t unit_us)
{
	if (!histogram_init(&d->histogram, pool))
		return false;
	d->rough = true;
	for (size_t i = 0; i < KPI_EXACT; i++)
		if (!add_rough(d, pool, d->values_us[i], unit_us))
			return false;
	mem_free(d->values_us);
	d->values_us = NULL;
	d->room = 0;
	return true;
}

static bool make_room(struct kpi_distribution *d)
{
	size_t room = d->room ? 2 * d->room : FIRST_ROOM;
	int64_t *grown = mem_resize(d->values_us, room * sizeof *grown);

	if (!grown)
		return false;
	d->values_us = grown;
	d->room = room;
	return true;
}

static bool keep(struct kpi_distribution *d, struct histogram_pool *pool, int64_t value_us,
                 int64_t unit_us)
{
	if (!d->rough && d->count == KPI_EXACT && !become_rough(d, pool, unit_us))
		return false;
	if (d->rough)
		return add_rough(d, pool, value_us, unit_us);
	if ((size_t)d->count == d->room && !make_room(d))
		return false;
	d->values_us[d->count] = value_us;
	return true;
}

bool kpi_distribution_add(struct kpi_distribution *d, struct histogram_pool *pool, int64_t value_us,
                          int64_t unit_us)
{
	assert(value_us >= 0);
	if (!keep(d, pool, value_us, unit_us))
		return false;
	if (!d->count || value_us < d->min_us)
		d->min_us = value_us;
	if (!d->count || value_us > d->max_us)
		d->max_us = value_us;
	d->sum_us += (double)value_us;
	d->count++;
	return true;
}

bool kpi_distribution_sort(struct kpi_distribution *d)
{
	return !d->values_us || sort_int64(d->values_us, (size_t)d->count);
}

double kpi_distribution_percentile(const struct kpi_distribution *d, unsigned percent,
                                   int64_t unit_us)
{
	if (!d->count)
		return NAN;
	if (!d->rough)
		return (double)d->values_us[(d->count * percent + 99) / 100 - 1];
	double value = histogram_quantile(&d->histogram, percent / 100.0) * (double)unit_us;
	return fmin(fmax(value, (double)d->min_us), (double)d->max_us);
}

double kpi_distribution_mean(const struct kpi_distribution *d)
{
	return d->count ? d->sum_us / (double)d->count : NAN;
}

void kpi_distribution_release(struct kpi_distribution *d, struct histogram_pool *pool)
{
	mem_free(d->values_us);
	if (d->rough)
		histogram_release(&d->histogram, pool);
}
