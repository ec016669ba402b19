/* The values of a plot: thinned out, stacked, spanned, written as a data file of gnuplot's. */
#include "base/mem.h"
#include "reports/plot_internal.h"

#include <assert.h>
#include <math.h>

bool plot_is_point(double v)
{
	return isfinite(v) && fabs(v) <= PLOT_MAX_VALUE;
}

/* Of [from, to): the lowest, the highest, the first gap, in order and each once. */
static size_t thin_piece(const double *y, size_t from, size_t to, size_t *out)
{
	size_t low = to, high = to, gap = to, n = 0;

	for (size_t i = from; i < to; i++) {
		if (!plot_is_point(y[i])) {
			gap = gap == to ? i : gap;
			continue;
		}
		low = low == to || y[i] < y[low] ? i : low;
		high = high == to || y[i] > y[high] ? i : high;
	}
	for (size_t i = from; i < to; i++)
		if (i == low || i == high || i == gap)
			out[n++] = i;
	return n;
}

size_t plot_thin(const double *y, size_t count, size_t *out)
{
	const size_t pieces = (PLOT_MAX_POINTS - 2) / 3;
	size_t n = 0;

	if (count <= PLOT_MAX_POINTS) {
		for (size_t i = 0; i < count; i++)
			out[i] = i;
		return count;
	}
	out[n++] = 0;
	for (size_t i = 0; i < pieces; i++)
		n += thin_piece(y, 1 + i * (count - 2) / pieces, 1 + (i + 1) * (count - 2) / pieces,
		                out + n);
	out[n++] = count - 1;
	return n;
}

static bool is_area(const struct plot *p)
{
	return p->kind == PLOT_STACKED || p->kind == PLOT_HISTOGRAM;
}

/* Of the last bin, which no next one bounds. */
static double last_width(const struct plot *p)
{
	double width = p->count > 1 ? p->x[p->count - 1] - p->x[p->count - 2] : 0;

	return width > 0 ? width : p->x_time ? 60 : 1;
}

static void span(double v, double *low, double *high)
{
	*low = !(v >= *low) ? v : *low;
	*high = !(v <= *high) ? v : *high;
}

static void span_x(struct plot_range *r, const struct plot *p)
{
	double least = p->x_time ? 4 : 0;

	for (size_t i = 0; i < p->count; i++)
		if (plot_is_point(p->x[i]))
			span(p->x[i], &r->x_min, &r->x_max);
	if (isnan(r->x_min))
		r->x_min = r->x_max = 0;
	else if (is_area(p))
		r->x_max += last_width(p);
	if (!(r->x_max > r->x_min)) { /* a single point stands in the middle */
		r->x_min -= p->x_time ? 2 : 1;
		r->x_max += p->x_time ? 2 : 1;
	} else if (r->x_max - r->x_min < least) {
		r->x_max = r->x_min + least;
	}
}

/* From 0 where the values are not all far from it, else a difference of nothing looks like much. */
static void span_y(struct plot_range *r, const struct plot *p)
{
	double low = r->y_min, high = r->y_max, room;

	if (isnan(low)) {
		low = 0;
		high = 1;
	}
	if (low > 0 && (is_area(p) || low < 0.6 * high))
		low = 0;
	room = high > low ? 0.05 * (high - low) : high == 0 ? 1 : 0.05 * fabs(high);
	high += room;
	if (low != 0)
		low -= room;
	r->y_min = plot_is_point(p->y_min) ? p->y_min : low;
	r->y_max = plot_is_point(p->y_max) ? p->y_max : high;
	if (r->y_max > r->y_min)
		return;
	r->y_min = low;
	r->y_max = high;
}

static void find_range(struct plot_drawn *d)
{
	const struct plot *p = d->plot;
	struct plot_range *r = &d->range;

	*r = (struct plot_range){ NAN, NAN, NAN, NAN, false };
	for (size_t s = 0; s < p->series_count; s++)
		for (size_t i = 0; i < p->count; i++)
			if (plot_is_point(p->x[i]) && plot_is_point(d->y[s][i])) {
				span(d->y[s][i], &r->y_min, &r->y_max);
				r->any = true;
			}
	span_x(r, p);
	span_y(r, p);
}

/* Each series on top of those before it; what was not observed adds nothing. */
static bool stack(struct plot_drawn *d, struct err *err)
{
	const struct plot *p = d->plot;

	if (!p->count)
		return true;
	d->sums = mem_alloc(p->count * p->series_count * sizeof *d->sums);
	if (!d->sums)
		return err_memory(err, "a plot");
	for (size_t s = 0; s < p->series_count; s++) {
		double *sums = d->sums + s * p->count;
		for (size_t i = 0; i < p->count; i++) {
			double v = p->series[s].y[i];
			sums[i] = (s ? sums[i - p->count] : 0) + (plot_is_point(v) ? v : 0);
		}
		d->y[s] = sums;
	}
	return true;
}

bool plot_drawn_init(struct plot_drawn *d, const struct plot *plot, struct err *err)
{
	assert(plot->series_count <= PLOT_MAX_SERIES);
	*d = (struct plot_drawn){ .plot = plot };
	for (size_t s = 0; s < plot->series_count; s++) {
		d->y[s] = plot->series[s].y;
		d->index[s] = -1;
	}
	if (plot->kind == PLOT_STACKED && plot->series_count && !stack(d, err))
		return false;
	find_range(d);
	return true;
}

void plot_drawn_release(struct plot_drawn *d)
{
	mem_free(d->sums);
}

static void add_point(struct text *out, const struct plot *p, double x, double y)
{
	text_addf(out, p->x_time ? "%.3f %.9g\n" : "%.9g %.9g\n", x, y);
}

static bool has_points(const struct plot_drawn *d, size_t s)
{
	for (size_t i = 0; i < d->plot->count; i++)
		if (plot_is_point(d->plot->x[i]) && plot_is_point(d->y[s][i]))
			return true;
	return false;
}

/* Points one after the other; what was not observed is one blank line, for two would begin another block. */
static void add_line(struct plot_drawn *d, size_t s, const size_t *kept, size_t n, struct text *out)
{
	const struct plot *p = d->plot;
	size_t run = 0; /* points since the last gap */
	bool any = false;

	for (size_t k = 0; k < n; k++) {
		double x = p->x[kept[k]], y = d->y[s][kept[k]];
		if (plot_is_point(x) && plot_is_point(y)) {
			if (any && !run)
				text_addf(out, "\n");
			add_point(out, p, x, y);
			any = true;
			run++;
			continue;
		}
		d->lonely[s] |= run == 1;
		run = 0;
	}
	d->lonely[s] |= run == 1;
}

/* A bin reaches to the next one. */
static void add_area(const struct plot_drawn *d, size_t s, const size_t *kept, size_t n,
                     struct text *out)
{
	const struct plot *p = d->plot;

	for (size_t k = 0; k < n; k++) {
		double x = p->x[kept[k]], y = d->y[s][kept[k]];
		double end = k + 1 < n ? p->x[kept[k + 1]] : x + last_width(p);
		if (!plot_is_point(x))
			continue;
		add_point(out, p, x, plot_is_point(y) ? y : 0);
		add_point(out, p, plot_is_point(end) ? end : x, plot_is_point(y) ? y : 0);
	}
}

void plot_add_data(struct plot_drawn *d, struct text *out)
{
	const struct plot *p = d->plot;
	size_t kept[PLOT_MAX_POINTS];
	int blocks = 0;

	for (size_t s = 0; s < p->series_count && d->range.any; s++) {
		if (!has_points(d, s))
			continue;
		size_t n = plot_thin(d->y[s], p->count, kept);
		text_addf(out, "%s# %s, by %s%s\n", blocks ? "\n\n" : "", p->series[s].name,
		          p->x_label, p->x_time ? ", in seconds since 1970" : "");
		if (is_area(p))
			add_area(d, s, kept, n, out);
		else
			add_line(d, s, kept, n, out);
		d->index[s] = blocks++;
	}
}
