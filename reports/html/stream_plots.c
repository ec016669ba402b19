/* The same curves by gnuplot, all streams of a call in one picture: which direction, when. */
#include "reports/html/stream_cards.h"

#include "base/mem.h"
#include "base/sort.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct plot_data {
	int64_t *times; /* of intervals, ascending, each once */
	size_t count;
	int64_t streams[PLOT_MAX_SERIES];
	size_t stream_count;
	double *x, *y; /* y: a row for each stream */
	char names[PLOT_MAX_SERIES][32]; /* "stream 34": a number of ours, nothing of a packet */
};

static const struct {
	const char *name, *y_label, *alt;
	size_t offset;
	double y_min, y_max;
} pictures[] = {
	{ "mos", "MOS", "MOS of each stream over time", offsetof(struct call_point, mos), 1, 4.6 },
	{ "jitter", "jitter (ms)", "jitter of each stream over time, in milliseconds",
	  offsetof(struct call_point, jitter_ms), NAN, NAN },
	{ "loss", "lost or late (%)", "lost and late packets of each stream over time, in percent",
	  offsetof(struct call_point, loss), NAN, NAN },
};

static void name_stream(struct plot_data *d, int64_t id)
{
	snprintf(d->names[d->stream_count], sizeof *d->names, "stream %" PRId64, id);
	d->streams[d->stream_count++] = id;
}

static bool collect(struct plot_data *d, const struct call_page *p)
{
	d->times = mem_alloc((p->point_count + 1) * sizeof *d->times);
	if (!d->times)
		return false;
	for (size_t i = 0; i < p->point_count; i++) {
		d->times[i] = p->points[i].time_us;
		size_t k = 0;
		while (k < d->stream_count && d->streams[k] != p->points[i].stream_id)
			k++;
		if (k == d->stream_count && k < PLOT_MAX_SERIES)
			name_stream(d, p->points[i].stream_id);
	}
	if (!sort_int64(d->times, p->point_count))
		return false;
	for (size_t i = 0; i < p->point_count; i++)
		if (!d->count || d->times[i] != d->times[d->count - 1])
			d->times[d->count++] = d->times[i];
	d->x = mem_alloc((d->count + 1) * sizeof *d->x);
	d->y = mem_alloc((d->count * d->stream_count + 1) * sizeof *d->y);
	for (size_t i = 0; d->x && i < d->count; i++)
		d->x[i] = (double)d->times[i] / 1e6;
	return d->x && d->y;
}

static size_t time_index(const struct plot_data *d, int64_t us)
{
	size_t low = 0, high = d->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->times[middle] < us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool fill(struct plot_data *d, const struct call_page *p, size_t offset)
{
	bool any = false;

	for (size_t i = 0; i < d->count * d->stream_count; i++)
		d->y[i] = NAN;
	for (size_t i = 0; i < p->point_count; i++) {
		double value;
		memcpy(&value, (const char *)&p->points[i] + offset, sizeof value);
		for (size_t k = 0; k < d->stream_count; k++)
			if (d->streams[k] == p->points[i].stream_id)
				d->y[k * d->count + time_index(d, p->points[i].time_us)] = value;
		any |= !isnan(value);
	}
	return any;
}

static void add_figure(struct call_page *p, const char *name, const char *alt)
{
	text_addf(
	        p->out,
	        "<figure class=\"plot\"><figcaption>%s</figcaption><img src=\"../../plots/%s.svg\" "
	        "alt=\"%s\" width=\"560\" height=\"300\"></figure>\n",
	        alt, name, alt);
}

static bool add_picture(struct call_page *p, struct plot_data *d, size_t i, struct err *err)
{
	struct plot plot = { .kind = PLOT_LINES,
		             .x_label = "time (UTC)",
		             .y_label = pictures[i].y_label,
		             .x_time = true,
		             .x = d->x,
		             .count = d->count,
		             .series_count = d->stream_count,
		             .y_min = pictures[i].y_min,
		             .y_max = pictures[i].y_max };
	char name[64];

	if (!fill(d, p, pictures[i].offset))
		return true;
	snprintf(name, sizeof name, "call-%" PRId64 "-%s", p->call_id, pictures[i].name);
	plot.name = name;
	for (size_t k = 0; k < d->stream_count; k++)
		plot.series[k] = (struct plot_series){ d->names[k], d->y + k * d->count };
	if (!plots_add(p->plots, &plot, err))
		return false;
	add_figure(p, name, pictures[i].alt);
	return true;
}

bool stream_plots_add(struct call_page *p, struct err *err)
{
	struct plot_data d = { 0 };
	bool ok = true;

	if (!p->plots || p->point_count < 2)
		return true;
	if (!collect(&d, p))
		ok = err_memory(err, "the plots of a call");
	if (ok && d.count > 1) {
		html_lit(p->out, "<div class=grid>\n");
		for (size_t i = 0; ok && i < sizeof pictures / sizeof *pictures; i++)
			ok = add_picture(p, &d, i, err);
		html_lit(p->out, "</div>\n");
	}
	mem_free(d.times);
	mem_free(d.x);
	mem_free(d.y);
	return ok;
}

bool call_plots_fill(struct html_folder *folder, int64_t call_id, struct text *out, struct err *err)
{
	char data[96], svg[96];

	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
		snprintf(data, sizeof data, "plots/call-%" PRId64 "-%s.dat", call_id,
		         pictures[i].name);
		snprintf(svg, sizeof svg, "plots/call-%" PRId64 "-%s.svg", call_id,
		         pictures[i].name);
		if (!html_folder_has(folder, data) || html_folder_has(folder, svg))
			continue;
		text_reset(out);
		text_addf(out,
		          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"560\" height=\"300\" "
		          "role=\"img\"><title>Not drawn</title>\n<text x=\"16\" y=\"32\" "
		          "font-family=\"sans-serif\" font-size=\"15\" fill=\"#808080\">Not drawn: "
		          "gnuplot failed. The numbers are in %s</text>\n</svg>\n",
		          data);
		if (!html_folder_write(folder, svg, out, err))
			return false;
	}
	return true;
}
