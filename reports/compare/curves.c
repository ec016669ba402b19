#include "reports/compare/curves.h"

#include "reports/compare/show.h"

#include <math.h>

#define WIDTH  420
#define HEIGHT 170
#define LEFT   34
#define RIGHT  12
#define TOP    10
#define BOTTOM 28

struct axis {
	double low, high, step; /* as shown */
};

/* 1, 2 or 5 times a power of ten. */
static double round_step(double rough)
{
	double power = pow(10, floor(log10(rough)));
	double share = rough / power;

	return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* What both nights have, but for the last hundredth where that alone is far out. */
static struct axis axis_of(const struct row *r)
{
	double factor = row_factor(r), low = INFINITY, high = -INFINITY;

	for (int side = 0; side < 2; side++) {
		const float *points = r->curves[side]->points;
		double end = (double)points[CURVE_POINTS - 1],
		       most = (double)points[CURVE_POINTS - 2];
		double first = (double)points[0];
		if (end - first > 4 * (most - first) && most > first)
			end = most + (most - first) / 4;
		low = fmin(low, first * factor);
		high = fmax(high, end * factor);
	}
	if (!(high > low))
		high = low + (fabs(low) > 0 ? fabs(low) / 10 : 1);
	double step = round_step((high - low) / 5);
	return (struct axis){ floor(low / step) * step, ceil(high / step) * step, step };
}

static double x_of(const struct axis *a, double value)
{
	double share = (value - a->low) / (a->high - a->low);

	return LEFT + fmin(fmax(share, 0), 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double share)
{
	return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
}

static void add_frame(struct text *out, const struct row *r, const struct axis *a)
{
	for (int i = 0; i <= 2; i++)
		text_addf(out,
		          "<path class=\"line-stroke\" d=\"M%d %.1fH%d\"/>"
		          "<text class=\"soft-text\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
		          "font-size=\"10\">%d %%</text>",
		          LEFT, y_of(i / 2.0), WIDTH - RIGHT, LEFT - 4, y_of(i / 2.0) + 3, i * 50);
	int steps = (int)lround((a->high - a->low) / a->step);
	int decimals = a->step < 1 ? (int)ceil(-log10(a->step) - 1e-9) : 0;
	for (int i = 0; i <= steps; i++) {
		double value = a->low + i * a->step;
		text_addf(out,
		          "<text class=\"soft-text\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" "
		          "font-size=\"10\">%.*f%s%s</text>",
		          x_of(a, value), HEIGHT - 12, i == steps ? "end" : "middle", decimals,
		          fabs(value) < a->step / 2 ? 0 : value,
		          i == steps && *row_unit(r) ? " " : "", i == steps ? row_unit(r) : "");
	}
}

/* In steps: how many do not exceed it. */
static void add_curve(struct text *out, const struct row *r, int side, const struct axis *a)
{
	const float *points = r->curves[side]->points;

	text_addf(out, "<path class=\"%s\" stroke-width=\"2\"%s d=\"M%d %.1f",
	          side ? "accent-stroke" : "soft-stroke", side ? "" : " stroke-dasharray=\"5 3\"",
	          LEFT, y_of(0));
	for (int i = 0; i < CURVE_POINTS; i++)
		text_addf(out, "H%.1fV%.1f", x_of(a, (double)points[i] * row_factor(r)),
		          y_of((double)i / (CURVE_POINTS - 1)));
	text_addf(out, "H%d\"/>", WIDTH - RIGHT);
}

void curves_add_svg(struct text *out, const struct row *r)
{
	if (!r->curves[0] || !r->curves[1])
		return;
	struct axis a = axis_of(r);

	text_addf(out,
	          "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
	          "aria-label=\"Distribution of both nights: ",
	          WIDTH, HEIGHT, WIDTH, HEIGHT);
	show_add_difference(out, r); /* numbers and our own words: nothing to escape but "->" */
	text_addf(out, "\">");
	add_frame(out, r, &a);
	add_curve(out, r, 0, &a);
	add_curve(out, r, 1, &a);
	text_addf(out, "</svg>\n");
}
