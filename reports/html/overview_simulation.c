/* What a simulation knows beside what was measured: its steps, its pace, what failed. */
#include "base/mem.h"
#include "reports/html/report_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { ROW_CONCURRENT, ROW_RATE, ROW_STARTED, ROW_FAILED, ROW_P50, ROW_P99, ROW_VALUES };

struct pace {
	double x[BUCKETS_MAX], y[ROW_VALUES][BUCKETS_MAX];
	size_t count;
};

/* Seconds, or so many of them in one that BUCKETS_MAX are enough. */
static struct pace *pace_read(struct records *r, struct err *err)
{
	struct pace *p = mem_zalloc(sizeof *p);
	struct query *q = !p ? NULL
	                     : rows_query(r,
	                                  "SELECT min(start_us), max(concurrent), avg(rate), "
	                                  "sum(calls_started), sum(calls_failed), "
	                                  "avg(rtt_p50_ms), max(rtt_p99_ms) FROM (SELECT *, "
	                                  "ntile(?1) OVER (ORDER BY start_us) AS part FROM "
	                                  "sim_intervals) GROUP BY part ORDER BY part",
	                                  BUCKETS_MAX, err);

	if (!p)
		err_memory(err, "a simulation's pace");
	while (q && query_step(q, err) && p->count < BUCKETS_MAX) {
		p->x[p->count] = (double)query_int(q, 0) / 1e6;
		for (int i = 0; i < ROW_VALUES; i++)
			p->y[i][p->count] = query_real(q, i + 1);
		p->count++;
	}
	query_free(q);
	if (err->code == ERR_NONE)
		return p;
	mem_free(p);
	return NULL;
}

static bool add_plot(struct work *w, struct pace *p, const char *name, const char *label,
                     const struct plot_series *series, size_t count, struct err *err)
{
	struct plot plot = {
		.name = name,
		.kind = PLOT_LINES,
		.x_label = "time (UTC)",
		.y_label = label,
		.x_time = true,
		.x = p->x,
		.count = p->count,
		.series_count = count,
		.y_min = 0,
		.y_max = NAN,
	};

	for (size_t i = 0; i < count; i++)
		plot.series[i] = series[i];
	return plots_add(w->plots, &plot, err);
}

bool overview_plot_simulation(struct work *w, struct err *err)
{
	if (w->simulations < 2)
		return true;
	struct pace *p = pace_read(w->records, err);
	if (!p)
		return false;
	struct plot_series pace[] = { { "calls at once", p->y[ROW_CONCURRENT] },
		                      { "wanted (calls a second)", p->y[ROW_RATE] } };
	struct plot_series times[] = { { "half", p->y[ROW_P50] }, { "99 %", p->y[ROW_P99] } };
	bool ok = add_plot(w, p, "sim-pace", "calls", pace, 2, err) &&
	          add_plot(w, p, "sim-rtt", "first answer (ms)", times, 2, err);
	mem_free(p);
	return ok;
}

static void add_pace_table(struct work *w, const struct pace *p)
{
	static const char *const headings[] = { "From",       ">Begun",  ">Failed", ">At once",
		                                ">Wanted /s", ">p50 ms", ">p99 ms", NULL };
	static const int order[] = { ROW_STARTED, ROW_FAILED, ROW_CONCURRENT,
		                     ROW_RATE,    ROW_P50,    ROW_P99 };
	struct text *out = &w->out;

	begin_table(out,
	            "Calls begun and failed, the most at once, the rate that was wanted, and the "
	            "time from first request to first answer");
	add_headings(out, headings);
	for (size_t i = 0; i < p->count; i++) {
		text_addf(out, "<tr><th scope=\"row\" class=\"nowrap\">");
		html_add_time(out, (int64_t)(p->x[i] * 1e6));
		text_addf(out, "</th>");
		for (size_t k = 0; k < ROW_VALUES; k++) {
			text_addf(out, "<td class=\"num\">");
			html_add_real(out, p->y[order[k]][i], k < 3 ? 0 : 2);
			text_addf(out, "</td>");
		}
		text_addf(out, "</tr>\n");
	}
	end_table(out);
}

static double greatest(const double *y, size_t n)
{
	double most = NAN;

	for (size_t i = 0; i < n; i++)
		if (isnan(most) || y[i] > most)
			most = y[i];
	return most;
}

static bool add_pace(struct work *w, struct err *err)
{
	struct text alt;

	if (w->simulations < 2)
		return true;
	struct pace *p = pace_read(w->records, err);
	if (!p)
		return false;
	text_init(&alt);
	text_addf(&w->out, "<div class=\"grid\">");
	text_addf(&alt,
	          "Calls at once and the rate that was wanted, over time. The most at once were "
	          "%.0f; the highest rate was %.2f calls a second.",
	          greatest(p->y[ROW_CONCURRENT], p->count), greatest(p->y[ROW_RATE], p->count));
	begin_plot(w, "sim-pace", "Pace", &alt);
	add_pace_table(w, p);
	end_plot(w);
	text_reset(&alt);
	text_addf(&alt,
	          "Time from first request to first answer, half of the calls and 99 %% of them, "
	          "over time. The longest p99 was %.2f ms.",
	          greatest(p->y[ROW_P99], p->count));
	begin_plot(w, "sim-rtt", "First answer", &alt);
	text_addf(&w->out, "<p>They stand in the table of the pace.</p>");
	end_plot(w);
	text_addf(&w->out, "</div>\n");
	text_release(&alt);
	mem_free(p);
	return true;
}

static void add_step_row(struct text *out, struct query *q)
{
	text_addf(out, "<tr><td>");
	html_add_column(out, q, 0);
	text_addf(out, "</td>");
	add_count_cell(out, query_int(q, 1));
	text_addf(out, "<th scope=\"row\" class=\"mono\">");
	html_add_column(out, q, 2);
	text_addf(out, "</th>");
	for (int i = 3; i < 9; i++)
		add_real_cell(out, q, i, 1, 0);
	text_addf(out, "</tr>\n");
}

static bool add_steps(struct work *w, struct err *err)
{
	static const char *const headings[] = { "Scenario",  ">Step",  "What",      ">Sent",
		                                ">Received", ">Again", ">Timeouts", ">Unexpected",
		                                ">Failed",   NULL };
	struct query *q = rows_query(w->records,
	                             "SELECT scenario, step, label, sent, received, "
	                             "retransmissions, timeouts, unexpected, failed FROM sim_steps "
	                             "ORDER BY run_id, scenario, step LIMIT 200",
	                             0, err);

	if (!q)
		return false;
	begin_table(&w->out, "Steps of the scenarios, over all of their calls");
	add_headings(&w->out, headings);
	while (query_step(q, err) && !w->out.failed)
		add_step_row(&w->out, q);
	end_table(&w->out);
	return rows_end(q, &w->out, err);
}

static void add_failure_row(struct work *w, struct query *q)
{
	struct text *out = &w->out;

	text_addf(out, "<tr>");
	add_count_cell(out, query_int(q, 0));
	text_addf(out, "<td>");
	html_add_column(out, q, 1);
	text_addf(out, "</td><td class=\"wrap\">");
	html_add_column(out, q, 2);
	text_addf(out, " <span class=\"soft\">");
	html_add_column(out, q, 3);
	text_addf(out, "</span></td>");
	add_real_cell(out, q, 4, 1, 0);
	text_addf(out, "<td class=\"nowrap\">");
	if (!query_is_null(q, 5)) {
		char label[40];
		snprintf(label, sizeof label, "call %" PRId64, query_int(q, 5));
		work_add_call_link(w, "", query_int(q, 5), label);
	}
	text_addf(out, "</td></tr>\n");
}

/* With min(), SQLite takes the other columns from that row. */
static bool add_sim_failures(struct work *w, struct err *err)
{
	static const char *const headings[] = { ">Calls", "Scenario",  "Failure",
		                                ">Step",  "The first", NULL };
	struct query *q = rows_query(
	        w->records,
	        "SELECT n, scenario, failure, failure_text, failed_step, (SELECT c.id FROM calls c "
	        "WHERE c.sip_call_id = f.sip_call_id LIMIT 1) FROM (SELECT count(*) AS n, "
	        "scenario, "
	        "failure, failure_text, failed_step, sip_call_id, min(started_us) FROM sim_calls "
	        "WHERE "
	        "outcome = 'failed' GROUP BY scenario, failure, failed_step ORDER BY 1 DESC, 2, 3 "
	        "LIMIT 20) f ORDER BY n DESC, scenario, failure",
	        0, err);
	bool any = false;

	if (!q)
		return false;
	while (query_step(q, err) && !w->out.failed) {
		if (!any) {
			begin_table(&w->out, "Calls that the scenarios count as failed");
			add_headings(&w->out, headings);
		}
		any = true;
		add_failure_row(w, q);
	}
	if (any)
		end_table(&w->out);
	return rows_end(q, &w->out, err);
}

bool overview_add_simulation(struct work *w, struct err *err)
{
	int64_t steps;

	if (!rows_int(w->records, "SELECT count(*) FROM sim_steps", 0, &steps, err))
		return false;
	if (!steps && !w->simulations)
		return true;
	text_addf(&w->out, "<section class=\"card\" aria-labelledby=\"simulation\"><h2 "
	                   "id=\"simulation\">Simulation</h2>\n");
	if (!add_sim_failures(w, err) || (steps && !add_steps(w, err)) || !add_pace(w, err))
		return false;
	text_addf(&w->out, "</section>\n");
	return true;
}
