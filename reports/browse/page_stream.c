/* One RTP stream: its numbers, and its quality over time as columns of blocks. */
#include "reports/browse/page.h"
#include "reports/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Rows of label and value, values NULL where nothing is known. */
/* clang-format off */
static const char facts_sql[] =
	"WITH s AS (SELECT * FROM streams WHERE id = ?1) "
	"SELECT 'from', iif(instr(src_addr, ':'), '[' || src_addr || ']', src_addr) || ':' || src_port FROM s "
	"UNION ALL SELECT 'to', iif(instr(dst_addr, ':'), '[' || dst_addr || ']', dst_addr) || ':' || dst_port FROM s "
	"UNION ALL SELECT 'direction', replace(direction, '_', ' ') FROM s "
	"UNION ALL SELECT 'codec', coalesce(codec, '?') || coalesce(', payload type ' || payload_type, '') || "
	"coalesce(', ' || clock_hz || ' Hz', '') || coalesce(printf(', %g ms a packet', ptime_ms), '') || "
	"iif(encrypted, ', encrypted', '') FROM s "
	"UNION ALL SELECT 'SSRC', printf('0x%08x', ssrc) || iif(segments > 1, ', ' || segments || ' segments', '') FROM s "
	"UNION ALL SELECT 'time', strftime('%Y-%m-%d %H:%M:%S', first_us / 1000000, 'unixepoch') || "
	"printf('.%03d UTC, %.3f s', first_us / 1000 % 1000, (last_us - first_us) / 1e6) FROM s "
	"UNION ALL SELECT 'packets', packets || ' of ' || expected || ' expected' FROM s "
	"UNION ALL SELECT 'lost', lost || coalesce(printf(' (%.2f %%)', 100 * loss_ratio), '') || "
	"iif(lost, ', at most ' || longest_loss || ' in a row', '') || coalesce(printf(', burst ratio %.2f', burst_r), '') FROM s "
	"UNION ALL SELECT 'late', late || ' too late for the jitter buffer' FROM s "
	"UNION ALL SELECT 'odd', nullif(trim(iif(duplicates, duplicates || ' duplicates ', '') || iif(reordered, reordered || "
	"' out of order ', '') || iif(ignored, ignored || ' far outside of the sequence', '')), '') FROM s "
	"UNION ALL SELECT 'jitter', printf('mean %.2f ms, p95 %.2f ms, highest %.2f ms', jitter_mean_ms, jitter_p95_ms, jitter_max_ms) "
	"FROM s WHERE jitter_mean_ms IS NOT NULL "
	"UNION ALL SELECT 'longest gap', printf('%.1f ms between two packets', max_delta_ms) FROM s WHERE max_delta_ms IS NOT NULL "
	"UNION ALL SELECT 'clock', printf('%+.0f ppm against the capture', clock_skew_ppm) FROM s WHERE clock_skew_ppm IS NOT NULL "
	"UNION ALL SELECT 'MOS', printf('%.2f listening', mos_lq) || coalesce(printf(', %.2f conversational', mos_cq), '') || "
	"coalesce(' (' || mos_scale || ')', '') || coalesce(printf(', R %.1f', r_factor), '') || "
	"iif(mos_estimated, ', estimated: the codec has no ITU values', '') FROM s WHERE mos_lq IS NOT NULL "
	"UNION ALL SELECT 'delay', printf('%.1f ms one way', delay_ms) || coalesce(', ' || delay_source, '') FROM s "
	"WHERE delay_ms IS NOT NULL "
	"UNION ALL SELECT 'DSCP', dscp FROM s "
	"UNION ALL SELECT 'bursts', bursts || coalesce(printf(' of %.0f ms on average', burst_ms), '') || "
	"coalesce(printf(', %.0f %% bad within', 100 * burst_density), '') FROM stream_events WHERE stream_id = ?1 "
	"UNION ALL SELECT 'RTCP', receiver_reports || ' reports about it' || coalesce(printf(', its receiver lost up to %.1f %%', "
	"100 * far_fraction_max), '') || coalesce(printf(', round trip %.1f ms', rtt_mean_ms), '') FROM stream_rtcp WHERE stream_id = ?1 "
	"UNION ALL SELECT 'heard', printf('%.1f s decoded', decoded_ms / 1e3) || coalesce(printf(', speech at %.1f dBov', level_dbov), '') || "
	"coalesce(printf(', noise at %.1f dBov', noise_dbov), '') || iif(dead_air, printf(', %d stretches of dead air, %.1f s', dead_air, "
	"dead_air_ms / 1e3), '') FROM stream_audio WHERE stream_id = ?1 "
	"UNION ALL SELECT 'SRTP', suite || ', key ' || replace(key, '_', ' ') || printf(', %d packets opened, %d not', authenticated, failed) "
	"FROM stream_srtp WHERE stream_id = ?1";
/* clang-format on */

static bool add_facts(struct browse *b, int64_t id, struct text *out, struct err *err)
{
	struct query *q = rows_query(b->records, facts_sql, id, err);
	struct text line;

	if (!q)
		return false;
	text_init(&line);
	while (query_step(q, err) && !out->failed) {
		if (query_is_null(q, 1))
			continue;
		text_reset(&line);
		text_addf(&line, "  %-12.*s", SLICE_ARG(query_text(q, 0)));
		text_add(&line, query_text(q, 1));
		page_add(out, PAGE_PLAIN, slice_of(text_cstr(&line), line.n));
	}
	bool ok = rows_end(q, &line, err);
	text_release(&line);
	return ok;
}

/* --- over time --------------------------------------------------------------------------------------------------- */

#define GRAPH_ROWS 3
#define GRAPH_LEFT 12 /* label and scale */
#define GRAPH_MOST 400 /* columns */
#define MOST_TIMES 8 /* cells that a value is wide where there are few */

struct graph {
	const char *label, *sql; /* rows of one value, in order of time */
	double low, high; /* of the scale; high 0: the greatest value, at least `least` */
	double least;
	bool worst_is_low; /* which value stands for several in one column */
};

static const struct graph graphs[] = {
	{ "MOS", "SELECT mos FROM stream_intervals WHERE stream_id = ?1 ORDER BY start_us", 1, 4.5,
	  0, true },
	{ "lost %",
	  "SELECT 100.0 * lost / max(packets + lost, 1) FROM stream_intervals WHERE stream_id = ?1 "
	  "ORDER BY start_us",
	  0, 0, 1, false },
	{ "jitter ms",
	  "SELECT jitter_ms FROM stream_intervals WHERE stream_id = ?1 ORDER BY start_us", 0, 0, 5,
	  false },
};

/* As many values as columns; each the worst of its share of the time. NAN: nothing is known of it. */
static bool read_values(struct browse *b, const struct graph *g, int64_t id, int64_t rows,
                        double *values, unsigned columns, struct err *err)
{
	struct query *q = rows_query(b->records, g->sql, id, err);

	if (!q)
		return false;
	for (unsigned i = 0; i < columns; i++)
		values[i] = NAN;
	for (int64_t i = 0; query_step(q, err); i++) {
		unsigned at = (unsigned)(i * columns / rows);
		double v = query_real(q, 0);
		if (at < columns && !isnan(v) &&
		    (isnan(values[at]) || (g->worst_is_low ? v < values[at] : v > values[at])))
			values[at] = v;
	}
	query_free(q);
	return err->code == ERR_NONE;
}

static double high_of(const struct graph *g, const double *values, unsigned columns)
{
	double high = g->high > 0 ? g->high : g->least;

	for (unsigned i = 0; i < columns && g->high <= 0; i++)
		if (values[i] > high)
			high = values[i];
	return high;
}

/* How much of a cell, `below` eighths above the ground, a column of so many eighths fills; a known value is never nothing. */
static unsigned filled(double eighths, double below)
{
	double here = eighths - below;

	if (here < 1)
		return below <= 0 ? 1 : 0;
	return here >= 8 ? 8 : (unsigned)(here + 0.5);
}

static void add_graph_row(struct browse *b, const struct graph *g, const double *values,
                          unsigned columns, unsigned times, double high, unsigned row,
                          struct text *out)
{
	double below = 8.0 * (GRAPH_ROWS - 1 - row);

	for (unsigned x = 0; x < columns * times; x++) {
		double value = values[x / times];
		double eighths = (value - g->low) / (high - g->low) * 8 * GRAPH_ROWS;
		bool ground = row == GRAPH_ROWS - 1;
		text_addf(out, "%s",
		          isnan(value) ? (ground ? "." : " ")
		                       : cells_block(&b->cells, filled(eighths, below)));
	}
	text_addf(out, "\n");
}

static void add_graph(struct browse *b, const struct graph *g, const double *values,
                      unsigned columns, unsigned times, struct text *out)
{
	double high = high_of(g, values, columns);

	for (unsigned row = 0; row < GRAPH_ROWS; row++) {
		text_addf(out, "%c  %-10s", PAGE_PLAIN, row == 0 ? g->label : "");
		if (row == 0 || row == GRAPH_ROWS - 1)
			text_addf(out, "%5.1f ", row == 0 ? high : g->low);
		else
			text_addf(out, "%6s", "");
		add_graph_row(b, g, values, columns, times, high, row, out);
	}
	text_addf(out, "%c \n", PAGE_PLAIN);
}

/* "0 s" under the first column, the duration under the last. */
static bool add_axis(struct browse *b, int64_t id, unsigned cells, struct text *out,
                     struct err *err)
{
	int64_t us;
	char end[40];

	if (!rows_int(b->records, "SELECT last_us - first_us FROM streams WHERE id = ?1", id, &us,
	              err))
		return false;
	int n = snprintf(end, sizeof end, "%.1f s", (double)us / 1e6);
	if (n > 0 && cells > (unsigned)n + 4)
		page_addf(out, PAGE_DIM, "%18s0 s%*s", "", (int)cells - 3, end);
	return true;
}

static bool add_graphs(struct browse *b, int64_t id, unsigned width, struct text *out,
                       struct err *err)
{
	double values[GRAPH_MOST];
	unsigned room = width > GRAPH_LEFT + 20 ? width - GRAPH_LEFT - 8 : 20, columns, times;
	int64_t rows;

	if (!rows_int(b->records, "SELECT count(*) FROM stream_intervals WHERE stream_id = ?1", id,
	              &rows, err))
		return false;
	if (rows < 1) {
		page_addf(out, PAGE_DIM, "  (no intervals of it are recorded)");
		return true;
	}
	columns = room > GRAPH_MOST ? GRAPH_MOST : room;
	columns = rows < columns ? (unsigned)rows : columns;
	times = room / columns < MOST_TIMES ? room / columns : MOST_TIMES;
	for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
		if (!read_values(b, &graphs[i], id, rows, values, columns, err))
			return false;
		add_graph(b, &graphs[i], values, columns, times, out);
	}
	return add_axis(b, id, columns * times, out, err);
}

/* --- findings ---------------------------------------------------------------------------------------------------- */

static bool add_findings(struct browse *b, int64_t id, struct text *out, struct err *err)
{
	struct query *q = rows_query(b->records,
	                             "SELECT f.severity || ' ' || f.rule || '  ' || min(o.text), "
	                             "'    do: ' || f.suggestion, f.severity FROM "
	                             "finding_occurrences o JOIN findings f ON f.id = o.finding_id "
	                             "WHERE o.stream_id = ?1 GROUP BY f.id ORDER BY f.id",
	                             id, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err) && !out->failed; first = false) {
		bool is_error = slice_eq_str(query_text(q, 2), "error");
		if (first)
			page_addf(out, PAGE_BOLD, "Findings");
		page_add(out, is_error ? PAGE_RED : PAGE_YELLOW, query_text(q, 0));
		page_add(out, PAGE_PLAIN, query_text(q, 1));
	}
	return rows_end(q, out, err);
}

static bool build(struct browse *b, struct reader *p, unsigned width, struct text *out,
                  struct err *err)
{
	int64_t id = p->ids[0], call;

	if (!rows_int(b->records, "SELECT call_id FROM streams WHERE id = ?1", id, &call, err))
		return false;
	if (call == RECORD_NULL)
		page_addf(out, PAGE_BOLD, "Stream %" PRId64 ", of no call that was seen", id);
	else
		page_addf(out, PAGE_BOLD, "Stream %" PRId64 " of call %" PRId64, id, call);
	if (!add_facts(b, id, out, err))
		return false;
	page_addf(out, PAGE_PLAIN, " ");
	page_addf(out, PAGE_BOLD, "Over time, from the first packet to the last");
	return add_graphs(b, id, width, out, err) && add_findings(b, id, out, err);
}

struct view *page_stream_new(struct browse *b, int64_t stream, struct err *err)
{
	struct reader *p = page_new(build, ACTION_STREAMS, "stream.txt", &stream, 1, err);

	(void)b;
	return p ? &p->view : NULL;
}
