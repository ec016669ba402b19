/* What the two sides differ by, and how likely chance is to do that. */
#include "reports/compare/rows.h"

#include <math.h>

#define CONFIDENCE 0.05 /* 95 % intervals */

static double tail_share(const struct row *r)
{
	return row_bad_sign(r) < 0 ? 0.05 : 0.95;
}

static struct difference differ(struct sample base, struct sample tonight, double share)
{
	struct quantile x = statistic_quantile(base, share, CONFIDENCE);
	struct quantile y = statistic_quantile(tonight, share, CONFIDENCE);

	return (struct difference){ .base = x.value,
		                    .tonight = y.value,
		                    .by = y.value - x.value,
		                    .interval = statistic_difference(x.value, x.interval, y.value,
		                                                     y.interval),
		                    .band = NAN };
}

#define NO_DIFFERENCE                                                                              \
	(struct difference)                                                                        \
	{                                                                                          \
		NAN, NAN, NAN, { NAN, NAN }, NAN, NAN                                              \
	}

static struct difference differ_by_mean(struct sample base, struct sample tonight)
{
	struct mean_difference d = statistic_means(base, tonight, CONFIDENCE);

	return (struct difference){
		.base = d.x, .tonight = d.y, .by = d.y - d.x, .interval = d.interval, .band = NAN
	};
}

static bool measure_values(struct comparison *c, struct row *r)
{
	struct sample samples[2];

	for (int side = 0; side < 2; side++) {
		struct view v = row_view(r, &c->sides[side]);
		if (!gathering_take(&c->gathered[side], &v, r->metric))
			return false;
		samples[side] = c->gathered[side].sample;
		r->units[side] = (uint32_t)samples[side].n;
	}
	double share = tail_share(r);
	r->middle = differ(samples[0], samples[1], 0.5);
	r->tail = differ(samples[0], samples[1], share);
	r->mean = metric_kind(r->metric)->has_mean ? differ_by_mean(samples[0], samples[1])
	                                           : NO_DIFFERENCE;
	r->mean.limit = limit_of(&c->limits.metrics[r->metric], r->mean.base);
	r->middle.limit = limit_of(&c->limits.metrics[r->metric], r->middle.base);
	r->tail.limit = limit_of(&c->limits.metrics[r->metric], r->tail.base);
	r->effect = statistic_superiority(samples[0], samples[1], CONFIDENCE);
	r->p_ranks = statistic_mann_whitney(samples[0], samples[1]);
	r->p_tail = statistic_tail_test(samples[0], samples[1], share, share > 0.5);
	if (!statistic_smirnov(samples[0], samples[1], &r->p_shape))
		return false;
	/* The least of three, for having had three chances. */
	r->p = fmin(1, 3 * fmin(r->p_ranks, fmin(r->p_shape, r->p_tail)));
	return true;
}

static void measure_share(struct comparison *c, struct row *r)
{
	double z = statistic_normal_quantile(1 - CONFIDENCE / 2);
	double base = (double)r->hits[0] / r->units[0], tonight = (double)r->hits[1] / r->units[1];

	r->middle = (struct difference){
		.base = base,
		.tonight = tonight,
		.by = tonight - base,
		.interval = statistic_newcombe(r->hits[0], r->units[0], r->hits[1], r->units[1], z),
		.limit = c->limits.shares[r->share],
		.band = NAN,
	};
	r->tail = r->mean = NO_DIFFERENCE;
	r->effect = (struct rank_effect){ NAN, { NAN, NAN } };
	r->p = statistic_fisher(r->hits[0], r->units[0], r->hits[1], r->units[1]);
}

bool rows_measure(struct comparison *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		struct row *r = &c->rows[i];
		if (r->is_share)
			measure_share(c, r);
		else if (!measure_values(c, r))
			return err_memory(err, "what is compared");
	}
	return true;
}
