/* Plots as SVG by gnuplot, which is given data files and a script made of numbers and our own words: never a text of a packet. One process
 * draws all of them. plot.c is the only file that knows gnuplot. */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include "base/err.h"
#include "base/slice.h"

#define PLOT_MAX_SERIES 12
#define PLOT_MAX_POINTS 2000 /* of a series: more are thinned out, extremes kept */

enum plot_kind { PLOT_LINES, PLOT_STEPS, PLOT_POINTS, PLOT_STACKED, PLOT_HISTOGRAM };

struct plot_series {
	const char *
	        name; /* a constant of ours: letters, digits, blanks, '%', '(', ')', '.', '-'; anything else is an assertion */
	const double *y; /* `count` values; NAN leaves a gap */
};

struct plot {
	const char *name; /* file name without ".svg": letters, digits, '-' */
	enum plot_kind kind;
	const char *x_label, *y_label; /* ours, as the series' names */
	bool x_time; /* x: seconds since 1970 UTC */
	const double *x;
	size_t count;
	struct plot_series series[PLOT_MAX_SERIES];
	size_t series_count;
	double y_min, y_max; /* NAN: as the data have it */
};

struct plots;

/* Writes into `folder`/plots/. `absent` is set to why gnuplot cannot be used (then the data files are written all the same), else to NULL.
 * NULL: err. */
struct plots *plots_new(const char *folder, const char **absent, struct err *err);
void plots_free(struct plots *p);
/* Writes its data file and its lines of the script. False: err. */
bool plots_add(struct plots *p, const struct plot *plot, struct err *err);
/* Draws all that were added, with a bound on the time. A gnuplot that fails is no error: *absent says so. False: err (disk, memory). */
bool plots_draw(struct plots *p, const char **absent, struct err *err);

#endif
