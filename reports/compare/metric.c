/* The table of what is compared. */
#include "reports/compare/metric.h"

#include <math.h>

static const struct metric_kind times[] = {
	[METRIC_TRYING] = { "trying_ms", "ms", 1, 0, false, false, 10, 0.1 },
	[METRIC_PDD] = { "pdd_ms", "ms", 1, 0, false, false, 10, 0.1 },
	[METRIC_SETUP] = { "setup_ms", "ms", 1, 0, false, false, 10, 0.1 },
	[METRIC_TALK] = { "talk_ms", "ms", 1, 0, true, false, 1000, 0.1 },
	[METRIC_DISCONNECT] = { "disconnect_ms", "ms", 1, 0, false, false, 10, 0.1 },
	[METRIC_REGISTER] = { "register_ms", "ms", 1, 0, false, false, 10, 0.1 },
};

static const struct metric_kind media[MEDIA_METRICS] = {
	[MEDIA_MOS_NB] = { "mos_lq_nb", "", 1, 2, true, false, 0.1, 0 },
	[MEDIA_MOS_WB] = { "mos_lq_wb", "", 1, 2, true, false, 0.1, 0 },
	[MEDIA_MOS_FB] = { "mos_lq_fb", "", 1, 2, true, false, 0.1, 0 },
	[MEDIA_LOSS] = { "loss_ratio", "%", 100, 2, false, true, 0.002, 0 },
	[MEDIA_LATE] = { "late_ratio", "%", 100, 2, false, true, 0.002, 0 },
	[MEDIA_JITTER_MEAN] = { "jitter_mean_ms", "ms", 1, 2, false, false, 1, 0.1 },
	[MEDIA_JITTER_P95] = { "jitter_p95_ms", "ms", 1, 2, false, false, 2, 0.1 },
	[MEDIA_BURST] = { "burst_r", "", 1, 2, false, false, 0.5, 0.1 },
};

static const char *const directions[MEDIA_DIRECTIONS] = { "caller_to_callee", "callee_to_caller",
	                                                  "undirected" };

const char *const share_names[SHARES] = { "outcome", "status", "finding", "registrations" };

const struct metric_kind *metric_kind(enum metric m)
{
	return m < METRIC_MEDIA ? &times[m] : &media[(m - METRIC_MEDIA) % MEDIA_METRICS];
}

void metric_add_name(struct text *out, enum metric m)
{
	text_addf(out, "%s", metric_kind(m)->name);
	if (m >= METRIC_MEDIA)
		text_addf(out, " %s", directions[(m - METRIC_MEDIA) / MEDIA_METRICS]);
}

void limits_init(struct compare_limits *l)
{
	*l = (struct compare_limits){ .shares = { 0.01, 0.01, 0.005, 0.01 }, .alpha = 0.001 };
	for (int m = 0; m < METRICS; m++) {
		const struct metric_kind *kind = metric_kind((enum metric)m);
		l->metrics[m] = (struct limit){ kind->absolute, kind->relative };
	}
}

double limit_of(const struct limit *l, double base)
{
	return fmax(l->absolute, l->relative * fabs(base));
}
