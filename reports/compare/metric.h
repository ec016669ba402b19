/* What is compared of a call, and how much of a difference matters: each with a least difference below which it is the same, however
 * certain it is. docs/compare.md has the table. */
#ifndef REPORTS_COMPARE_METRIC_H
#define REPORTS_COMPARE_METRIC_H

#include "base/err.h"
#include "base/text.h"

/* Of a stream; a call has the worst of its streams in each direction. */
enum media_metric {
	MEDIA_MOS_NB,
	MEDIA_MOS_WB,
	MEDIA_MOS_FB,
	MEDIA_LOSS,
	MEDIA_LATE,
	MEDIA_JITTER_MEAN,
	MEDIA_JITTER_P95,
	MEDIA_BURST,
	MEDIA_METRICS
};

enum media_direction { TO_CALLEE, TO_CALLER, TO_UNKNOWN, MEDIA_DIRECTIONS };

enum metric {
	METRIC_TRYING,
	METRIC_PDD,
	METRIC_SETUP,
	METRIC_TALK,
	METRIC_DISCONNECT,
	METRIC_REGISTER,
	METRIC_MEDIA, /* of TO_CALLEE, then those of TO_CALLER, of TO_UNKNOWN */
	METRICS = METRIC_MEDIA + MEDIA_METRICS * MEDIA_DIRECTIONS
};

static inline enum metric metric_of_media(enum media_metric m, enum media_direction d)
{
	return (enum metric)(METRIC_MEDIA + (int)d * MEDIA_METRICS + (int)m);
}

struct metric_kind {
	const char *name; /* of the records' column; also its limit's */
	const char *unit; /* as shown: "ms", "%", "" */
	double factor; /* from the column to what is shown */
	unsigned decimals;
	bool less_is_worse;
	bool has_mean; /* a ratio of packets: its mean is the share of all, and not one far-out call's */
	double absolute, relative; /* the default limit, see limits_of() */
};
const struct metric_kind *metric_kind(enum metric m);
/* "loss_ratio caller_to_callee" */
void metric_add_name(struct text *out, enum metric m);

/* Shares: of calls with an outcome, a final status, a finding; of addresses of record with a failed registration. */
enum share { SHARE_OUTCOME, SHARE_STATUS, SHARE_FINDING, SHARE_REGISTRATION, SHARES };
extern const char *const share_names[SHARES];

/* The least difference that matters: the greater of `absolute` and `relative` times the baseline's value. */
struct limit {
	double absolute, relative;
};

struct compare_limits {
	struct limit metrics[METRICS]; /* the same in all directions */
	double shares[SHARES];
	double alpha; /* family-wise error rate */
};

void limits_init(struct compare_limits *l);
/* What a file of YAML says, beside what it does not mention (docs/compare.md). False: err names file and line. */
bool limits_read(struct compare_limits *l, const char *path, struct err *err);
/* "mos_lq=0.2", "pdd_ms=50", "pdd_ms=20%", "pdd_ms=50,20%", "findings=0.01". False: err. */
bool limits_set(struct compare_limits *l, const char *setting, struct err *err);

double limit_of(const struct limit *l, double base);

#endif
