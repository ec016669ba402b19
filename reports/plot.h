/* Plots as SVG by gnuplot, which is given data files and a script made of numbers and our own words: never a text of a packet. One process
 * draws all of them. plot*.c are the only files that know gnuplot. */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include "base/err.h"
#include "base/slice.h"

#define PLOT_MAX_SERIES 12
#define PLOT_MAX_POINTS 2000 /* of a series: more are thinned out, extremes kept */
#define PLOT_MAX_NAME   128

/* PLOT_STACKED and PLOT_HISTOGRAM fill bins: x is where each begins, and it reaches to the next one. A stack begins with the first series. */
enum plot_kind { PLOT_LINES, PLOT_STEPS, PLOT_POINTS, PLOT_STACKED, PLOT_HISTOGRAM };

struct plot_series {
	const char *
	        name; /* a constant of ours: letters, digits, blanks, '%', '(', ')', '.', '-'; anything else is an assertion */
	const double *y; /* `count` values; NAN, or beyond 1e15, leaves a gap */
};

struct plot {
	const char *name; /* file name without ".svg": letters, digits, '-' */
	enum plot_kind kind;
	const char *x_label, *y_label; /* ours, as the series' names */
	bool x_time; /* x: seconds since 1970 UTC */
	const double *x; /* growing */
	size_t count;
	struct plot_series series[PLOT_MAX_SERIES];
	size_t series_count;
	double y_min, y_max; /* NAN, or both the same: as the data have it */
};

struct plots;

/* Writes into `folder`/plots/, which it makes: NAME.dat, NAME.svg, plots.gp. `absent` is set to why gnuplot cannot be used (then the data files
 * are written all the same), else to NULL; the text lives until plots_free(). NULL: err. */
struct plots *plots_new(const char *folder, const char **absent, struct err *err);
void plots_free(struct plots *p);
/* Writes its data file and its lines of the script. False: err. */
bool plots_add(struct plots *p, const struct plot *plot, struct err *err);
/* Draws all that were added, with a bound on the time; none can be added any more. A gnuplot that fails is no error: *absent says so (until
 * plots_free()), and what it did not draw has no SVG. False: err (disk, memory).
 * The SVGs are for <img>: 560 by 300, titled and described, in colours that follow prefers-color-scheme, without ids that matter elsewhere. */
bool plots_draw(struct plots *p, const char **absent, struct err *err);

#endif
