/* What the files of plot.h share. */
#ifndef REPORTS_PLOT_INTERNAL_H
#define REPORTS_PLOT_INTERNAL_H

#include "base/text.h"
#include "reports/plot.h"

/* Values beyond are taken for not observed: gnuplot's own arithmetic on ranges would run over. */
#define PLOT_MAX_VALUE 1e15

/* Which points of a series are drawn: all up to PLOT_MAX_POINTS; of more, the first, the last, and of each piece of the axis the lowest, the
 * highest and a gap. Indices in order into `out`, which has room for PLOT_MAX_POINTS; gives how many. */
size_t plot_thin(const double *y, size_t count, size_t *out);

/* A value that can be drawn. */
bool plot_is_point(double v);

struct plot_range {
	double x_min, x_max, y_min, y_max;
	bool any; /* is there a point at all? The others are something to draw axes with where there is none */
};

/* A plot as it is drawn: the series' values (stacked: their sums), and what they span. `y` points into `sums` or to the caller's. */
struct plot_drawn {
	const struct plot *plot;
	const double *y[PLOT_MAX_SERIES];
	double *sums; /* NULL: none needed */
	int index
	        [PLOT_MAX_SERIES]; /* which block of the data file is it? -1: none, it has no point */
	bool lonely[PLOT_MAX_SERIES]; /* it has points that no line reaches */
	struct plot_range range;
};

/* False: memory, err is set. Release in any case. */
bool plot_drawn_init(struct plot_drawn *d, const struct plot *plot, struct err *err);
void plot_drawn_release(struct plot_drawn *d);

/* The data file: a block of "x y" lines for each series, blank lines for gaps. Sets `index` and `lonely`. */
void plot_add_data(struct plot_drawn *d, struct text *out);
/* Its lines of the script. */
void plot_add_script(const struct plot_drawn *d, struct text *out);

/* What all plots of a script have in common. */
void plot_add_prelude(struct text *out);

/* The plot in words, for the SVG's <title> and <desc>. */
void plot_add_title(const struct plot *plot, struct text *out);
void plot_add_description(const struct plot_drawn *d, struct text *out);

/* gnuplot's SVG as ours: with title and description, in colours for light and dark, without what draws nothing. False: it is not whole. */
bool plot_svg_finish(struct slice drawn, struct slice title, struct slice description,
                     struct text *out);

#endif
