/* What was measured of streams, as percentiles. One pass reads all of it. */
#include "base/mem.h"
#include "base/sort.h"
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <math.h>

bool numbers_add(struct numbers *v, int64_t value, struct err *err)
{
	if (v->n == v->capacity) {
		size_t capacity = v->capacity ? 2 * v->capacity : 64;
		int64_t *grown = mem_resize(v->v, capacity * sizeof *grown);
		if (!grown)
			return err_memory(err, "the report's numbers");
		v->v = grown;
		v->capacity = capacity;
	}
	v->v[v->n++] = value;
	return true;
}

void numbers_release(struct numbers *v)
{
	mem_free(v->v);
	*v = (struct numbers){ 0 };
}

bool numbers_sort(struct numbers *v, struct err *err)
{
	return sort_int64(v->v, v->n) || err_memory(err, "the report's numbers");
}

int64_t numbers_at(const struct numbers *v, double share)
{
	double rank = ceil(share * (double)v->n);
	size_t i = rank < 1 ? 0 : (size_t)rank - 1;

	return v->v[i < v->n ? i : v->n - 1];
}

static bool add(struct work *w, enum quantity which, double value, double scale, struct err *err)
{
	if (isnan(value) || fabs(value * scale) > 1e15)
		return true;
	return numbers_add(&w->quantities[which], llround(value * scale), err);
}

static enum quantity scale_of(struct slice scale)
{
	if (slice_eq_str(scale, "wb"))
		return QUANTITY_MOS_WB;
	return slice_eq_str(scale, "fb") ? QUANTITY_MOS_FB : QUANTITY_MOS_NB;
}

bool quantities_read(struct work *w, struct err *err)
{
	struct query *q =
	        query_new(w->records, err,
	                  "SELECT loss_ratio, jitter_mean_ms, mos_lq, mos_scale FROM streams");
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add(w, QUANTITY_LOSS, query_real(q, 0), 1e6, err) &&
		     add(w, QUANTITY_JITTER, query_real(q, 1), 1e3, err) &&
		     add(w, scale_of(query_text(q, 3)), query_real(q, 2), 1e4, err);
	query_free(q);
	ok = ok && err->code == ERR_NONE;
	for (size_t i = 0; ok && i < QUANTITIES; i++)
		ok = numbers_sort(&w->quantities[i], err);
	return ok;
}

static void add_stream_row(struct text *out, const struct numbers *v, const char *name,
                           const char *unit, double scale, int decimals, bool low_is_bad)
{
	static const double shares[] = { 0.5, 0.9, 0.95, 0.99, 1 };

	if (!v->n)
		return;
	text_addf(out, "<tr><th scope=\"row\">%s <span class=\"soft\">%s</span></th>", name, unit);
	add_count_cell(out, (int64_t)v->n);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		/* The rank from the other end: so many are no worse. */
		size_t rank = (size_t)ceil(shares[i] * (double)v->n);
		size_t at = low_is_bad ? v->n - rank : rank - 1;
		text_addf(out, "<td class=\"num\">%.*f</td>", decimals, (double)v->v[at] / scale);
	}
	text_addf(out, "</tr>\n");
}

/* Rows of `kpi` say the times already: NAME_P50 and so on, and of how many. */
static bool add_time_rows(struct work *w, struct err *err)
{
	static const struct {
		const char *name, *title;
	} times[] = { { "PDD", "Post-dial delay" },
		      { "SETUP", "Setup time" },
		      { "SRD_FAILED", "Time to a failure" },
		      { "SDD", "Disconnect delay" },
		      { "RRD", "Registration delay" } };
	struct query *q = query_new(
	        w->records, err,
	        "SELECT max(denominator) FILTER (WHERE name = ?1 || '_P50'), max(unit), "
	        "max(value) FILTER (WHERE name = ?1 || '_P50'), "
	        "max(value) FILTER (WHERE name = ?1 || '_P90'), "
	        "max(value) FILTER (WHERE name = ?1 || '_P95'), "
	        "max(value) FILTER (WHERE name = ?1 || '_P99'), "
	        "max(value) FILTER (WHERE name = ?1 || '_MAX') FROM kpi WHERE scope = 'all' AND "
	        "name IN (?1 || '_P50', ?1 || '_P90', ?1 || '_P95', ?1 || '_P99', ?1 || '_MAX')");

	for (size_t i = 0; q && i < sizeof times / sizeof *times; i++) {
		query_reset(q);
		query_bind_text(q, 1, slice_str(times[i].name));
		if (!query_step(q, err) || query_is_null(q, 2))
			continue;
		text_addf(&w->out, "<tr><th scope=\"row\">%s <span class=\"soft\">",
		          times[i].title);
		html_add(&w->out, query_text(q, 1));
		text_addf(&w->out, "</span></th>");
		add_count_cell(&w->out, query_int(q, 0));
		for (int column = 2; column < 7; column++)
			add_real_cell(&w->out, q, column, 1, 0);
		text_addf(&w->out, "</tr>\n");
	}
	query_free(q);
	return err->code == ERR_NONE;
}

bool quantities_add_table(struct work *w, struct err *err)
{
	static const char *const headings[] = { "",      ">of",   ">median", ">90 %",
		                                ">95 %", ">99 %", ">worst",  NULL };
	struct text *out = &w->out;
	const struct numbers *v = w->quantities;

	text_addf(out, "<section class=\"card\" aria-labelledby=\"percentiles\"><h2 "
	               "id=\"percentiles\">Percentiles</h2>\n");
	begin_table(out, "So many calls or streams are no worse than this (nearest rank). MOS of "
	                 "narrowband, wideband and fullband codecs are scales of their own.");
	add_headings(out, headings);
	add_stream_row(out, &v[QUANTITY_MOS_NB], "MOS, narrowband", "LQ", 1e4, 2, true);
	add_stream_row(out, &v[QUANTITY_MOS_WB], "MOS, wideband", "LQ", 1e4, 2, true);
	add_stream_row(out, &v[QUANTITY_MOS_FB], "MOS, fullband", "LQ", 1e4, 2, true);
	add_stream_row(out, &v[QUANTITY_LOSS], "Loss", "%", 1e4, 2, false);
	add_stream_row(out, &v[QUANTITY_JITTER], "Jitter, mean", "ms", 1e3, 2, false);
	if (!add_time_rows(w, err))
		return false;
	end_table(out);
	text_addf(out, "</section>\n");
	return true;
}
