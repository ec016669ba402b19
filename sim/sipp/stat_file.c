#include "sim/sipp/stat_file.h"

#include "sim/sipp/names.h"

#include <inttypes.h>

/* ---- names ---- */

static void add_name(struct text *out, const struct stat_form *f, const char *name)
{
	text_addf(out, "%s%s", name, f->delimiter);
}

static void add_pair_names(struct text *out, const struct stat_form *f, const char *prefix,
                           struct slice name, const char *suffix)
{
	text_addf(out, "%s%.*s%s(P)%s%s%.*s%s(C)%s", prefix, SLICE_ARG(name), suffix, f->delimiter,
	          prefix, SLICE_ARG(name), suffix, f->delimiter);
}

static void add_bound_names(struct text *out, const struct stat_form *f, const char *prefix,
                            struct slice name, const unsigned *bounds, unsigned count)
{
	count = stat_bounds(count);
	if (!count)
		return;
	text_addf(out, "%s%.*s%s", prefix, SLICE_ARG(name), f->delimiter);
	for (unsigned i = 0; i < count; i++)
		text_addf(out, "%s%.*s_<%u%s", prefix, SLICE_ARG(name), bounds[i], f->delimiter);
	text_addf(out, "%s%.*s_>=%u%s", prefix, SLICE_ARG(name), bounds[count - 1], f->delimiter);
}

static bool is_number(struct slice name)
{
	uint64_t n;
	return slice_u64(name, UINT32_MAX, &n);
}

static void add_scenario_names(struct text *out, const struct stat_form *f)
{
	const struct scenario *s = f->scenario;

	for (unsigned i = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i)) {
			add_pair_names(out, f, "ResponseTime", s->rtd[i].name, "");
			add_pair_names(out, f, "ResponseTime", s->rtd[i].name, "StDev");
		}
	add_pair_names(out, f, "CallLength", SLICE_NONE, "");
	add_pair_names(out, f, "CallLength", SLICE_NONE, "StDev");
	for (unsigned i = 0; i < s->counter_count; i++)
		add_pair_names(out, f, is_number(s->counters[i].name) ? "GenericCounter" : "",
		               s->counters[i].name, "");
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i))
			add_bound_names(out, f, "ResponseTimeRepartition", s->rtd[i].name,
			                s->response_bounds_ms, s->response_bound_count);
	add_bound_names(out, f, "CallLengthRepartition", SLICE_NONE, s->length_bounds_ms,
	                s->length_bound_count);
}

void stat_file_header(struct text *out, const struct stat_form *f)
{
	static const char *const singles[] = { "StartTime", "LastResetTime", "CurrentTime" };

	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
		add_name(out, f, singles[i]);
	add_pair_names(out, f, "ElapsedTime", SLICE_NONE, "");
	add_name(out, f, "TargetRate");
	add_pair_names(out, f, "CallRate", SLICE_NONE, "");
	add_pair_names(out, f, "IncomingCall", SLICE_NONE, "");
	add_pair_names(out, f, "OutgoingCall", SLICE_NONE, "");
	add_name(out, f, "TotalCallCreated");
	add_name(out, f, "CurrentCall");
	add_pair_names(out, f, "SuccessfulCall", SLICE_NONE, "");
	add_pair_names(out, f, "FailedCall", SLICE_NONE, "");
	for (unsigned i = 0; i < STAT_REASONS; i++)
		add_pair_names(out, f, "Failed", slice_str(stat_reason_names[i]), "");
	for (unsigned i = 0; i < STAT_EVENTS; i++)
		add_pair_names(out, f, "", slice_str(stat_event_names[i]), "");
	add_scenario_names(out, f);
	text_add(out, SLICE_LIT("\n"));
}

/* ---- values ---- */

static void add_count(struct text *out, const struct stat_form *f, uint64_t n)
{
	text_addf(out, "%" PRIu64 "%s", n, f->delimiter);
}

static void add_counts(struct text *out, const struct stat_form *f, uint64_t now, uint64_t before)
{
	add_count(out, f, now - before);
	add_count(out, f, now);
}

static void add_moment(struct text *out, const struct stat_form *f, int64_t ns)
{
	sipp_add_time(out, ns, f->rfc3339);
	text_addf(out, "%s", f->delimiter);
}

static void add_elapsed(struct text *out, const struct stat_form *f, int64_t ns, bool with_us)
{
	sipp_add_elapsed(out, ns, with_us);
	text_addf(out, "%s", f->delimiter);
}

static void add_moments(struct text *out, const struct stat_form *f, const struct moments *now,
                        const struct moments *before)
{
	add_elapsed(out, f, (int64_t)(moments_mean_us(now, before) * 1e3), true);
	add_elapsed(out, f, (int64_t)(moments_mean_us(now, NULL) * 1e3), true);
	add_elapsed(out, f, (int64_t)(moments_deviation_us(now, before) * 1e3), true);
	add_elapsed(out, f, (int64_t)(moments_deviation_us(now, NULL) * 1e3), true);
}

static void add_buckets(struct text *out, const struct stat_form *f, const struct stat_buckets *now,
                        const struct stat_buckets *before, unsigned bounds)
{
	bounds = stat_bounds(bounds);
	if (!bounds)
		return;
	text_addf(out, "%s", f->delimiter); /* below the repartition's own name nothing stands */
	for (unsigned i = 0; i <= bounds; i++)
		add_count(out, f, now->below[i] - (f->periodic_rtd ? before->below[i] : 0));
}

static void add_times(struct text *out, const struct stat_form *f, const struct stat_row *r)
{
	add_moment(out, f, r->started_ns);
	add_moment(out, f, r->before->at_ns);
	add_moment(out, f, r->now->at_ns);
	add_elapsed(out, f, r->now->at_ns - r->before->at_ns, false);
	add_elapsed(out, f, r->now->at_ns - r->started_ns, false);
	text_addf(out, "%g%s%g%s%g%s", r->target_rate, f->delimiter,
	          stat_call_rate(r->now, r->before), f->delimiter, stat_call_rate(r->now, r->start),
	          f->delimiter);
}

static void add_calls(struct text *out, const struct stat_form *f, const struct stat_row *r)
{
	const struct stat_values *now = r->now, *before = r->before;

	add_counts(out, f, now->in, before->in);
	add_counts(out, f, now->out, before->out);
	add_count(out, f, now->in + now->out);
	add_count(out, f, now->live);
	add_counts(out, f, now->succeeded, before->succeeded);
	add_counts(out, f, now->failed, before->failed);
	for (unsigned i = 0; i < STAT_REASONS; i++)
		add_counts(out, f, now->reasons[i], before->reasons[i]);
	for (unsigned i = 0; i < STAT_EVENTS; i++)
		add_counts(out, f, now->events[i], before->events[i]);
}

void stat_file_row(struct text *out, const struct stat_form *f, const struct stat_row *r)
{
	const struct stat_values *now = r->now, *before = r->before;
	const struct scenario *s = f->scenario;

	add_times(out, f, r);
	add_calls(out, f, r);
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i))
			add_moments(out, f, &now->rtd[i], &before->rtd[i]);
	add_moments(out, f, &now->length, &before->length);
	for (unsigned i = 0; i < s->counter_count; i++)
		add_counts(out, f, now->named[i], before->named[i]);
	for (unsigned i = 0; i < s->rtd_count; i++)
		if (stat_rtd_used(s, i))
			add_buckets(out, f, &now->rtd_buckets[i], &before->rtd_buckets[i],
			            s->response_bound_count);
	add_buckets(out, f, &now->length_buckets, &before->length_buckets, s->length_bound_count);
	text_add(out, SLICE_LIT("\n"));
}
