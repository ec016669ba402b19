/* Measured times of one kind: how many, the mean, the extremes, and percentiles by nearest rank. Exact up to KPI_EXACT values, which then
 * become a histogram (percentiles within 1 %): memory is bounded, however many calls there are. */
#ifndef REPORTS_RECORDS_KPI_DISTRIBUTION_H
#define REPORTS_RECORDS_KPI_DISTRIBUTION_H

#include "base/histogram.h"

#define KPI_EXACT 4096

struct kpi_distribution {
	int64_t count, min_us, max_us;
	double sum_us; /* of integers: exact, and so independent of their order, up to 2^53 us, 285 years */
	int64_t *values_us; /* NULL before the first, and once there is a histogram */
	size_t room;
	bool rough; /* the histogram has them */
	struct histogram histogram;
};

/* `unit_us` is the width of the histogram's counters: 64 of them are exact, and 8.4 million of them the most it tells apart. It must be
 * the same for all values of a distribution. False: out of memory. */
bool kpi_distribution_add(struct kpi_distribution *d, struct histogram_pool *pool, int64_t value_us,
                          int64_t unit_us);

/* In order, for percentiles; call it once after the last value. False: out of memory. */
bool kpi_distribution_sort(struct kpi_distribution *d);

/* The least value that at least `percent` of all do not exceed; NAN if there are none. */
double kpi_distribution_percentile(const struct kpi_distribution *d, unsigned percent,
                                   int64_t unit_us);

/* NAN if there are none. */
double kpi_distribution_mean(const struct kpi_distribution *d);

void kpi_distribution_release(struct kpi_distribution *d, struct histogram_pool *pool);

#endif
