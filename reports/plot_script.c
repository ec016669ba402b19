/* A plot as lines of a gnuplot script, and in words. All texts in it are ours (plot.h). */
#include "reports/plot_internal.h"
#include "reports/rows.h"

#include <math.h>

/* Each is told from white and from near black at 3:1 and more (WCAG 2.1, 1.4.11), and neighbours from each other also by those who see few
 * colours. */
static const char *const colours[PLOT_MAX_SERIES] = {
	"#2f7ed8", "#d9652b", "#2a9d6f", "#a66bd1", "#b8860b", "#d14b8f",
	"#1d93a8", "#7d8c1f", "#e05252", "#6c79d9", "#9a7350", "#7b8794",
};

#define TICS "set tics nomirror scale 0.5\n"

void plot_add_prelude(struct text *out)
{
	text_addf(out, "# Draws the plots of this folder anew: gnuplot -d plots.gp\n"
	               "set encoding utf8\n"
	               "set terminal svg fixed size 560,300 noenhanced font 'sans-serif,14' "
	               "linewidth 1.8\n"
	               "set border 3 linewidth 0.6\n" TICS "set grid linewidth 0.5\n"
	               "set key tmargin left Left horizontal reverse samplen 1.5 width 1\n"
	               "set rmargin 5\n");
}

/* So many seconds between the labels of a time axis that about five fit. */
static double time_step(double seconds)
{
	static const double steps[] = { 1,   2,   5,    10,   15,   30,    60,    120,   300,
		                        600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };
	const size_t n = sizeof steps / sizeof *steps;

	for (size_t i = 0; i < n; i++)
		if (seconds / steps[i] <= 5)
			return steps[i];
	return ceil(seconds / 5 / 86400) * 86400;
}

static void add_time_axis(struct text *out, const struct plot_range *r)
{
	double seconds = r->x_max - r->x_min, step = time_step(seconds);
	const char *format = step >= 86400     ? "%Y-%m-%d"
	                     : seconds > 86400 ? "%d %Hh"
	                     : step < 60       ? "%H:%M:%S"
	                                       : "%H:%M";

	text_addf(out, "set xtics %.0f\nset xtics time format '%s'\n", step, format);
}

static void add_axes(const struct plot_drawn *d, struct text *out)
{
	const struct plot *p = d->plot;
	const struct plot_range *r = &d->range;

	text_addf(out, "set xlabel '%s'\nset ylabel '%s'\n", p->x_label, p->y_label);
	text_addf(out, p->x_time ? "set xrange [%.3f:%.3f]\n" : "set xrange [%.9g:%.9g]\n",
	          r->x_min, r->x_max);
	text_addf(out, "set yrange [%.9g:%.9g]\n", r->y_min, r->y_max);
	if (p->x_time)
		add_time_axis(out, r);
	else
		text_addf(out, "set xtics autofreq\nset xtics numeric format '%%g'\n");
}

static void add_manner(const struct plot_drawn *d, size_t s, struct text *out)
{
	/* Lines are told apart by their dashes too. */
	int dashes = 1 + (int)(s % 5);

	switch (d->plot->kind) {
	case PLOT_LINES:
		if (d->lonely[s])
			text_addf(out, "with linespoints pointtype 7 pointsize 0.4 dashtype %d",
			          dashes);
		else
			text_addf(out, "with lines dashtype %d", dashes);
		break;
	case PLOT_STEPS: text_addf(out, "with steps dashtype %d", dashes); break;
	case PLOT_POINTS: text_addf(out, "with points pointtype 7 pointsize 0.35"); break;
	case PLOT_STACKED: text_addf(out, "with filledcurves y1=0 fillstyle solid 1"); break;
	case PLOT_HISTOGRAM:
		text_addf(out, "with filledcurves y1=0 fillstyle %s",
		          d->plot->series_count > 1 ? "transparent solid 0.55" : "solid 1");
		break;
	}
}

/* The highest stack first: those below are painted over it. */
static size_t drawn_at(const struct plot *p, size_t i)
{
	return p->kind == PLOT_STACKED ? p->series_count - 1 - i : i;
}

static void add_series(const struct plot_drawn *d, struct text *out)
{
	const struct plot *p = d->plot;
	const char *before = "plot ";

	for (size_t i = 0; i < p->series_count; i++) {
		size_t s = drawn_at(p, i);
		if (d->index[s] < 0)
			continue;
		text_addf(out, "%s'%s.dat' index %d using 1:2 ", before, p->name, d->index[s]);
		add_manner(d, s, out);
		text_addf(out, " linecolor rgb '%s' title '%s'", colours[s], p->series[s].name);
		before = ", \\\n     ";
	}
	text_addf(out, "\n");
}

void plot_add_script(const struct plot_drawn *d, struct text *out)
{
	text_addf(out, "\nset output '%s.svg'\n", d->plot->name);
	add_axes(d, out);
	text_addf(out, "set %s\n", d->plot->series_count > 1 ? "key" : "nokey");
	if (d->range.any) {
		add_series(d, out);
		return;
	}
	text_addf(out, "set label 1 'nothing was observed' at graph 0.5,0.5 center\n"
	               "unset tics\n"
	               "plot NaN notitle\n"
	               "unset label 1\n" TICS);
}

void plot_add_title(const struct plot *plot, struct text *out)
{
	text_addf(out, "%s by %s", plot->y_label, plot->x_label);
}

static void describe(const struct plot *p, const struct plot_series *s, struct text *out)
{
	double low = NAN, high = NAN, last = NAN;
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		double v = s->y[i];
		if (!plot_is_point(v) || !plot_is_point(p->x[i]))
			continue;
		low = !(v >= low) ? v : low;
		high = !(v <= high) ? v : high;
		last = v;
		n++;
	}
	text_addf(out, " %s: ", s->name);
	if (n > 1)
		text_addf(out, "%zu values from %.4g to %.4g, the last %.4g.", n, low, high, last);
	else if (n)
		text_addf(out, "%.4g.", last);
	else
		text_addf(out, "nothing observed.");
}

void plot_add_description(const struct plot_drawn *d, struct text *out)
{
	const struct plot *p = d->plot;

	if (p->x_time && d->range.any) {
		text_addf(out, "From ");
		rows_add_time(out, (int64_t)(d->range.x_min * 1e6));
		text_addf(out, " to ");
		rows_add_time(out, (int64_t)(d->range.x_max * 1e6));
		text_addf(out, ".");
	}
	for (size_t s = 0; s < p->series_count; s++)
		describe(p, &p->series[s], out);
}
