/* What gnuplot draws for the overview: calls over time, and how streams' figures are spread. The numbers stand below each as a table. */
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define BINS_MAX 60

/* Series' names are plot.h's. */
static const char *const outcome_names[SUMMARY_OUTCOMES] = {
	"answered", "busy",         "no answer",  "cancelled",   "rejected",
	"failed",   "unauthorized", "incomplete", "in progress",
};

struct bins {
	double least, width, x[BINS_MAX], y[3][BINS_MAX]; /* x: the middles */
	size_t count;
};

static void fill_bins(struct bins *b, const struct numbers *v, double scale, size_t series)
{
	for (size_t i = 0; i < v->n; i++) {
		double at = floor(((double)v->v[i] / scale - b->least) / b->width + 1e-9);
		size_t bin = at <= 0 ? 0 : at >= BINS_MAX ? BINS_MAX - 1 : (size_t)at;
		b->y[series][bin]++;
		if (bin >= b->count)
			b->count = bin + 1;
	}
}

/* The narrowest of the round widths with which all of `v` fits into 25 bins. */
static double width_for(const struct numbers *v, double scale)
{
	double most = v->n ? (double)v->v[v->n - 1] / scale : 0;
	double width = 0.1;

	for (int i = 0; width * 25 < most; i++)
		width *= i % 3 == 1 ? 2.5 : 2; /* 0.1 0.2 0.5 1 2 5 ... */
	return width;
}

static void mos_bins(const struct work *w, struct bins *b)
{
	*b = (struct bins){ .least = 1, .width = 0.1 };
	for (size_t i = 0; i < 3; i++)
		fill_bins(b, &w->quantities[QUANTITY_MOS_NB + i], 1e4, i);
	for (size_t i = 0; i < b->count; i++)
		b->x[i] = b->least + ((double)i + .5) * b->width;
}

static void quantity_bins(const struct work *w, enum quantity which, double scale, struct bins *b)
{
	const struct numbers *v = &w->quantities[which];

	*b = (struct bins){ .width = width_for(v, scale) };
	fill_bins(b, v, scale, 0);
	for (size_t i = 0; i < b->count; i++)
		b->x[i] = b->least + ((double)i + .5) * b->width;
}

static bool plot_bins(struct work *w, const struct bins *b, const char *name, const char *label,
                      struct err *err)
{
	struct plot plot = {
		.name = name,
		.kind = PLOT_HISTOGRAM,
		.x_label = label,
		.y_label = "streams",
		.x = b->x,
		.count = b->count,
		.series = { { "streams", b->y[0] } },
		.series_count = 1,
		.y_min = 0,
		.y_max = NAN,
	};

	return !b->count || plots_add(w->plots, &plot, err);
}

static bool plot_mos(struct work *w, struct err *err)
{
	static const char *const names[] = { "narrowband", "wideband", "fullband" };
	struct bins b;
	struct plot plot = { .name = "mos",
		             .kind = PLOT_HISTOGRAM,
		             .x_label = "MOS LQ",
		             .y_label = "streams",
		             .x = b.x,
		             .y_min = 0,
		             .y_max = NAN };

	mos_bins(w, &b);
	for (size_t i = 0; i < 3; i++)
		if (w->quantities[QUANTITY_MOS_NB + i].n)
			plot.series[plot.series_count++] = (struct plot_series){ names[i], b.y[i] };
	plot.count = b.count;
	return !plot.count || plots_add(w->plots, &plot, err);
}

static bool plot_quantities(struct work *w, struct err *err)
{
	struct bins b;

	quantity_bins(w, QUANTITY_LOSS, 1e4, &b);
	if (!plot_mos(w, err) || !plot_bins(w, &b, "loss", "packets lost (%)", err))
		return false;
	quantity_bins(w, QUANTITY_JITTER, 1e3, &b);
	return plot_bins(w, &b, "jitter", "mean jitter (ms)", err);
}

static bool plot_outcomes(struct work *w, const double *x, struct err *err)
{
	double y[SUMMARY_OUTCOMES][BUCKETS_MAX];
	struct plot plot = { .name = "outcomes",
		             .kind = PLOT_STACKED,
		             .x_label = "time (UTC)",
		             .y_label = "calls",
		             .x_time = true,
		             .x = x,
		             .count = w->buckets.count,
		             .y_min = 0,
		             .y_max = NAN };

	for (size_t k = 0; k < SUMMARY_OUTCOMES; k++) {
		if (!w->summary.by_outcome[k])
			continue;
		for (size_t i = 0; i < plot.count; i++)
			y[k][i] = (double)w->buckets.each[i].calls[k];
		plot.series[plot.series_count++] = (struct plot_series){ outcome_names[k], y[k] };
	}
	return plots_add(w->plots, &plot, err);
}

static bool plot_at_once(struct work *w, const double *x, struct err *err)
{
	double y[BUCKETS_MAX];
	struct plot plot = { .name = "concurrent",
		             .kind = PLOT_STEPS,
		             .x_label = "time (UTC)",
		             .y_label = "calls at once",
		             .x_time = true,
		             .x = x,
		             .count = w->buckets.count,
		             .series = { { "at once", y } },
		             .series_count = 1,
		             .y_min = 0,
		             .y_max = NAN };

	for (size_t i = 0; i < plot.count; i++)
		y[i] = (double)w->buckets.each[i].at_once;
	return plots_add(w->plots, &plot, err);
}

bool overview_plot(struct work *w, struct err *err)
{
	const struct buckets *b = &w->buckets;
	double x[BUCKETS_MAX];

	for (size_t i = 0; i < b->count; i++)
		x[i] = (double)(b->start_us + (int64_t)i * b->width_us) / 1e6;
	if (b->count > 1 && (!plot_outcomes(w, x, err) || !plot_at_once(w, x, err)))
		return false;
	return plot_quantities(w, err) && overview_plot_simulation(w, err);
}

void begin_plot(struct work *w, const char *name, const char *title, const struct text *alt)
{
	text_addf(&w->out, "<figure class=\"plot\"><figcaption>%s</figcaption>\n", title);
	w->out.failed = w->out.failed || alt->failed;
	if (!w->plots_absent) {
		text_addf(&w->out, "<img src=\"plots/%s.svg\" loading=\"lazy\" alt=\"", name);
		html_add(&w->out, slice_of(text_cstr(alt), alt->n));
		text_addf(&w->out, "\">\n");
	}
	text_addf(&w->out, "<details><summary>The numbers</summary>\n");
}

void end_plot(struct work *w)
{
	text_addf(&w->out, "</details></figure>\n");
}

static void add_width(struct text *out, int64_t us)
{
	int64_t s = us / 1000000;

	if (s < 60)
		text_addf(out, "%" PRId64 " s", s);
	else if (s < 3600)
		text_addf(out, "%" PRId64 " min", s / 60);
	else if (s < 86400)
		text_addf(out, "%" PRId64 " h", s / 3600);
	else
		text_addf(out, "%" PRId64 " d", s / 86400);
}

static const struct bucket *busiest(const struct buckets *b, size_t *at)
{
	*at = 0;
	for (size_t i = 1; i < b->count; i++)
		if (b->each[i].all > b->each[*at].all)
			*at = i;
	return &b->each[*at];
}

static void say_outcomes(const struct work *w, struct text *alt)
{
	const struct buckets *b = &w->buckets;
	const char *separator = "";
	size_t at;
	const struct bucket *most = busiest(b, &at);

	text_addf(alt, "Calls by outcome over time, stacked, in steps of ");
	add_width(alt, b->width_us);
	text_addf(alt, ". The busiest step began at ");
	rows_add_time(alt, b->start_us + (int64_t)at * b->width_us);
	text_addf(alt, " with %" PRId64 " calls: ", most->all);
	for (size_t k = 0; k < SUMMARY_OUTCOMES; k++) {
		if (!most->calls[k])
			continue;
		text_addf(alt, "%s%" PRId64 " %s", separator, most->calls[k], outcome_names[k]);
		separator = ", ";
	}
	text_addf(alt, ".");
}

static void say_at_once(const struct work *w, struct text *alt)
{
	const struct buckets *b = &w->buckets;
	size_t at = 0;

	for (size_t i = 1; i < b->count; i++)
		if (b->each[i].at_once > b->each[at].at_once)
			at = i;
	text_addf(alt,
	          "Calls that talked at the same time, over time. The most were %" PRId64
	          " in the step that began at ",
	          b->each[at].at_once);
	rows_add_time(alt, b->start_us + (int64_t)at * b->width_us);
	text_addf(alt, ".");
}

static void add_bucket_row(struct work *w, size_t i)
{
	const struct bucket *b = &w->buckets.each[i];

	text_addf(&w->out, "<tr><th scope=\"row\" class=\"nowrap\">");
	html_add_time(&w->out, w->buckets.start_us + (int64_t)i * w->buckets.width_us);
	text_addf(&w->out, "</th>");
	add_count_cell(&w->out, b->all);
	for (size_t k = 0; k < SUMMARY_OUTCOMES; k++)
		if (w->summary.by_outcome[k])
			add_count_cell(&w->out, b->calls[k]);
	add_count_cell(&w->out, b->at_once);
	text_addf(&w->out, "</tr>\n");
}

static void add_bucket_table(struct work *w)
{
	text_addf(&w->out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
	                   "aria-label=\"Table\"><table class=\"data\"><caption>Calls by the step "
	                   "of ");
	add_width(&w->out, w->buckets.width_us);
	text_addf(&w->out, " in which they began, and the most that talked at once in it</caption>"
	                   "<thead><tr><th scope=\"col\">From</th><th scope=\"col\" "
	                   "class=\"num\">Calls</th>");
	for (size_t k = 0; k < SUMMARY_OUTCOMES; k++)
		if (w->summary.by_outcome[k])
			text_addf(&w->out, "<th scope=\"col\" class=\"num\">%s</th>",
			          outcome_names[k]);
	text_addf(&w->out, "<th scope=\"col\" class=\"num\">at once</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < w->buckets.count; i++)
		if (w->buckets.each[i].all || w->buckets.each[i].at_once)
			add_bucket_row(w, i);
	end_table(&w->out);
}

static void add_bins_table(struct work *w, const struct bins *b, const char *what,
                           const char *const *names, size_t series, int decimals)
{
	struct text *out = &w->out;

	text_addf(out,
	          "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
	          "aria-label=\"Table\"><table class=\"data\"><caption>Streams by "
	          "%s</caption><thead><tr><th scope=\"col\">From - below</th>",
	          what);
	for (size_t k = 0; k < series; k++)
		text_addf(out, "<th scope=\"col\" class=\"num\">%s</th>", names[k]);
	text_addf(out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < b->count; i++) {
		if (b->y[0][i] + b->y[1][i] + b->y[2][i] <= 0)
			continue;
		text_addf(out, "<tr><th scope=\"row\">%.*f - %.*f</th>", decimals,
		          b->x[i] - b->width / 2, decimals, b->x[i] + b->width / 2);
		for (size_t k = 0; k < series; k++)
			add_count_cell(out, (int64_t)b->y[k][i]);
		text_addf(out, "</tr>\n");
	}
	end_table(out);
}

static void add_mos_plot(struct work *w, struct text *alt)
{
	static const char *const names[] = { "narrowband", "wideband", "fullband" };
	struct bins b;

	mos_bins(w, &b);
	if (!b.count)
		return;
	text_reset(alt);
	text_addf(alt, "Streams by MOS LQ.");
	for (size_t i = 0; i < 3; i++) {
		const struct numbers *v = &w->quantities[QUANTITY_MOS_NB + i];
		if (v->n)
			text_addf(alt, " %zu %s: from %.2f to %.2f, median %.2f.", v->n, names[i],
			          (double)v->v[0] / 1e4, (double)v->v[v->n - 1] / 1e4,
			          (double)numbers_at(v, .5) / 1e4);
	}
	begin_plot(w, "mos", "Streams by MOS LQ", alt);
	add_bins_table(w, &b, "MOS LQ", names, 3, 1);
	end_plot(w);
}

static void add_quantity_plot(struct work *w, enum quantity which, double scale, const char *name,
                              const char *what, struct text *alt)
{
	static const char *const names[] = { "streams" };
	const struct numbers *v = &w->quantities[which];
	char title[64];
	struct bins b;

	if (!v->n)
		return;
	quantity_bins(w, which, scale, &b);
	text_reset(alt);
	text_addf(alt, "%zu streams by %s: median %.2f, 95 %% no more than %.2f, the most %.2f.",
	          v->n, what, (double)numbers_at(v, .5) / scale, (double)numbers_at(v, .95) / scale,
	          (double)v->v[v->n - 1] / scale);
	snprintf(title, sizeof title, "Streams by %s", what);
	begin_plot(w, name, title, alt);
	add_bins_table(w, &b, what, names, 1, b.width < 1 ? 1 : 0);
	end_plot(w);
}

static void add_time_plots(struct work *w, struct text *alt)
{
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"time\"><h2 "
	                   "id=\"time\">Over time</h2>\n<div class=\"grid\">");
	say_outcomes(w, alt);
	begin_plot(w, "outcomes", "Calls by outcome", alt);
	add_bucket_table(w);
	end_plot(w);
	text_reset(alt);
	say_at_once(w, alt);
	begin_plot(w, "concurrent", "Calls at once", alt);
	text_addf(&w->out, "<p>They stand in the table of outcomes.</p>");
	end_plot(w);
	text_addf(&w->out, "</div></section>\n");
}

static void add_quality_plots(struct work *w, struct text *alt)
{
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"quality\"><h2 "
	                   "id=\"quality\">Quality</h2>\n<div class=\"grid\">");
	add_mos_plot(w, alt);
	add_quantity_plot(w, QUANTITY_LOSS, 1e4, "loss", "packets lost, %", alt);
	add_quantity_plot(w, QUANTITY_JITTER, 1e3, "jitter", "mean jitter, ms", alt);
	text_addf(&w->out, "</div></section>\n");
}

static void add_plots(struct work *w, void (*add)(struct work *w, struct text *alt))
{
	struct text alt;

	text_init(&alt);
	add(w, &alt);
	text_release(&alt);
}

void overview_add_time(struct work *w)
{
	if (w->buckets.count > 1)
		add_plots(w, add_time_plots);
}

void overview_add_quality(struct work *w)
{
	if (w->summary.streams)
		add_plots(w, add_quality_plots);
}
