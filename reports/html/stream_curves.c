/* Small curves over the time of a stream, drawn by ourselves: a band each for loss, jitter, MOS and round trip. */
#include "reports/html/stream_cards.h"

#include <inttypes.h>
#include <math.h>

#define WIDTH     420
#define LEFT      64 /* names of the bands */
#define RIGHT     366 /* the greatest value stands behind */
#define BAND      34
#define HEIGHT    24 /* of a curve within its band */
#define MAX_DRAWN 300 /* points of a curve: of many, the worst of neighbours is kept */

enum curve_kind { LOSS, JITTER, MOS, DELAY, CURVES };

struct curve {
	const char *name, *unit, *class;
	unsigned decimals;
	bool low_is_bad;
	double y_min, y_max; /* of the axis; NAN: as the data have it */
};

static const struct curve curves[CURVES] = {
	[LOSS] = { "loss", " %", "bad-stroke", 1, false, 0, NAN },
	[JITTER] = { "jitter", " ms", "note-stroke", 1, false, 0, NAN },
	[MOS] = { "MOS", "", "good-stroke", 2, true, 1, 4.5 },
	[DELAY] = { "round trip", " ms", "warn-stroke", 0, false, 0, NAN },
};

struct span {
	int64_t from_us, to_us;
	double least, most;
	size_t count;
};

/* Value number i of those loaded; false: of another stream, or not known. */
static bool value_of(const struct call_page *p, enum curve_kind kind, int64_t stream_id, size_t i,
                     int64_t *time_us, double *value)
{
	if (kind == DELAY) {
		const struct call_delay *d = &p->delays[i];
		*time_us = d->time_us;
		*value = d->rtt_ms;
		return d->stream_id == stream_id;
	}
	const struct call_point *point = &p->points[i];
	*time_us = point->time_us;
	*value = kind == LOSS ? point->loss : kind == JITTER ? point->jitter_ms : point->mos;
	return point->stream_id == stream_id && !isnan(*value);
}

static size_t value_count(const struct call_page *p, enum curve_kind kind)
{
	return kind == DELAY ? p->delay_count : p->point_count;
}

static struct span measure(const struct call_page *p, enum curve_kind kind, int64_t stream_id)
{
	struct span s = { INT64_MAX, INT64_MIN, NAN, NAN, 0 };
	int64_t time_us;
	double value;

	for (size_t i = 0; i < value_count(p, kind); i++) {
		if (!value_of(p, kind, stream_id, i, &time_us, &value))
			continue;
		s.from_us = time_us < s.from_us ? time_us : s.from_us;
		s.to_us = time_us > s.to_us ? time_us : s.to_us;
		s.least = s.count && s.least < value ? s.least : value;
		s.most = s.count && s.most > value ? s.most : value;
		s.count++;
	}
	return s;
}

static double place(const struct span *all, int64_t time_us)
{
	double range = (double)(all->to_us - all->from_us);

	return range > 0 ? LEFT + (RIGHT - LEFT) * (double)(time_us - all->from_us) / range : LEFT;
}

static void add_point(struct text *out, double x, double y, bool first)
{
	if (!first)
		html_lit(out, " ");
	html_add_fixed(out, x, 0);
	html_lit(out, ",");
	html_add_fixed(out, y, 1);
}

static void add_line(struct call_page *p, enum curve_kind kind, int64_t stream_id,
                     const struct span *all, const struct span *own, int top)
{
	const struct curve *c = &curves[kind];
	double low = isnan(c->y_min) ? own->least : c->y_min;
	double high = isnan(c->y_max) || own->most > c->y_max ? own->most : c->y_max;
	size_t each = (own->count + MAX_DRAWN - 1) / MAX_DRAWN, in_group = 0;
	int64_t time_us, at_us = 0;
	double value, worst = 0;
	bool first = true;

	text_addf(p->out, "<polyline class=\"%s\" points=\"", c->class);
	for (size_t i = 0, n = 0; i < value_count(p, kind); i++) {
		if (!value_of(p, kind, stream_id, i, &time_us, &value))
			continue;
		bool is_worse = c->low_is_bad ? value < worst : value > worst;
		worst = !in_group || is_worse ? value : worst;
		at_us = in_group ? at_us : time_us;
		if (++in_group < each && ++n < own->count)
			continue;
		double share = high > low ? (worst - low) / (high - low) : 0;
		share = share < 0 ? 0 : share > 1 ? 1 : share;
		add_point(p->out, place(all, at_us), top + HEIGHT * (1 - share), first);
		first = false;
		in_group = 0;
	}
	html_lit(p->out, "\"/>");
}

static void add_band(struct call_page *p, enum curve_kind kind, int64_t stream_id,
                     const struct span *all, const struct span *own, int top)
{
	const struct curve *c = &curves[kind];
	double worst = c->low_is_bad ? own->least : own->most;
	int base = top + HEIGHT;

	text_addf(p->out, "<path class=line-stroke d=\"M%d %dH%d\"/><text x=0 y=\"%d\">%s</text>",
	          LEFT, base, RIGHT, base - 6, c->name);
	add_line(p, kind, stream_id, all, own, top);
	text_addf(p->out, "<text x=\"%d\" y=\"%d\">", RIGHT + 4, base - 6);
	html_add_fixed(p->out, worst, c->decimals);
	text_addf(p->out, "%s</text>\n", c->unit);
}

/* Said in words, for who cannot see it. */
static void add_description(struct call_page *p, const struct span *own)
{
	html_lit(p->out, "Over time:");
	for (int kind = 0, any = 0; kind < CURVES; kind++) {
		if (own[kind].count < 2)
			continue;
		text_addf(p->out, "%s %s ", any++ ? "," : "", curves[kind].name);
		html_add_fixed(p->out, own[kind].least, curves[kind].decimals);
		html_lit(p->out, " to ");
		html_add_fixed(p->out, own[kind].most, curves[kind].decimals);
		text_add(p->out, slice_str(curves[kind].unit));
	}
}

void stream_curves_add(struct call_page *p, int64_t stream_id)
{
	struct span own[CURVES], all = { INT64_MAX, INT64_MIN, NAN, NAN, 0 };
	int top = 4, bands = 0;

	for (int kind = 0; kind < CURVES; kind++) {
		own[kind] = measure(p, (enum curve_kind)kind, stream_id);
		if (own[kind].count < 2)
			continue;
		all.from_us = own[kind].from_us < all.from_us ? own[kind].from_us : all.from_us;
		all.to_us = own[kind].to_us > all.to_us ? own[kind].to_us : all.to_us;
		bands++;
	}
	if (!bands)
		return;
	text_addf(p->out, "<svg class=curve viewBox=\"0 0 %d %d\" role=img aria-label=\"", WIDTH,
	          4 + bands * BAND + 12);
	add_description(p, own);
	html_lit(p->out, "\">\n");
	for (int kind = 0; kind < CURVES; kind++)
		if (own[kind].count >= 2) {
			add_band(p, (enum curve_kind)kind, stream_id, &all, &own[kind], top);
			top += BAND;
		}
	text_addf(p->out, "<text class=soft-text x=\"%d\" y=\"%d\">", LEFT, top + 8);
	call_add_moment(p, "", all.from_us);
	text_addf(p->out, "</text><text class=\"soft-text e\" x=\"%d\" y=\"%d\">", RIGHT, top + 8);
	call_add_moment(p, "", all.to_us);
	html_lit(p->out, "</text></svg>\n");
}
