/* Sections of the page: requests besides INVITE, calls whose audio is missing, RTP that belongs to no call. */
#include "reports/text_page.h"

#include <inttypes.h>

#define MOST_METHODS  8
#define MOST_STATUSES 4
#define MOST_ONE_WAY  "5"
#define MOST_LOOSE    "5"

/* Per method its statuses, the frequent ones first; "rank" counts those. */
static const char requests_sql[] = "SELECT method, sum(n) OVER (PARTITION BY method) AS total, "
                                   "row_number() OVER (PARTITION BY method ORDER BY n DESC, "
                                   "status) AS rank, status, silent, n "
                                   "FROM (SELECT method, final_status AS status, final_status IS "
                                   "NULL AND timed_out AS silent, count(*) AS n "
                                   "FROM transactions WHERE method <> 'INVITE' GROUP BY 1, 2, 3) "
                                   "ORDER BY total DESC, method, rank";

static void add_status(struct text *out, struct query *q)
{
	text_addf(out, "%" PRId64, query_int(q, 5));
	if (!query_is_null(q, 3))
		text_addf(out, " x %" PRId64, query_int(q, 3));
	else
		text_addf(out, "%s",
		          query_int(q, 4) ? " timed out" : " without an end in the capture");
}

static void begin_method(struct text *out, struct query *q, bool first)
{
	text_addf(out, first ? "  " : "\n  ");
	page_add_cell(out, query_text(q, 0), 14);
	text_addf(out, " %8" PRId64 ": ", query_int(q, 1));
}

bool page_requests(struct page *p, struct err *err)
{
	struct query *q = rows_query(p->records, requests_sql, RECORD_NULL, err);
	int methods = 0;

	if (!q)
		return false;
	while (query_step(q, err) && !p->out->failed) {
		int64_t rank = query_int(q, 2);
		if (rank == 1 && ++methods > MOST_METHODS)
			break;
		if (methods == 1 && rank == 1)
			page_heading(p, "Other requests\n");
		if (rank == 1)
			begin_method(p->out, q, methods == 1);
		else if (rank <= MOST_STATUSES + 1)
			text_addf(p->out, ", ");
		if (rank <= MOST_STATUSES)
			add_status(p->out, q);
		else if (rank == MOST_STATUSES + 1)
			text_addf(p->out, "...");
	}
	if (methods)
		text_addf(p->out, methods > MOST_METHODS ? "\n  ...\n" : "\n");
	return rows_end(q, p->out, err);
}

static bool add_one_way_calls(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT id, way = 'caller_to_callee', caller, callee FROM (" SUMMARY_ONE_WAY_SQL
	        ") ORDER BY id LIMIT " MOST_ONE_WAY,
	        RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		text_addf(p->out, "  only from %s  ", query_int(q, 1) ? "caller" : "callee");
		page_add_cell(p->out, query_text(q, 2), 12);
		text_addf(p->out, " -> ");
		page_add_cell(p->out, query_text(q, 3), 12);
		text_addf(p->out, "  ");
		rows_add_show_command(p->out, p->records, query_int(q, 0));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

/* What was seen, not why: a muted phone, an announcement, or a capture point that only one direction passes look the same. */
bool page_one_way(struct page *p, const struct summary *s, struct err *err)
{
	if (!s->one_way && !s->without_rtp)
		return true;
	page_heading(p, "Audio missing\n");
	if (s->without_rtp) {
		text_addf(p->out, "  ");
		page_add_count(p->out, s->without_rtp, "answered call", "answered calls");
		text_addf(p->out, " of 3 s or longer: no RTP stream belongs to %s\n",
		          s->without_rtp == 1 ? "it" : "them");
	}
	if (!s->one_way)
		return true;
	text_addf(p->out, "  ");
	page_add_count(p->out, s->one_way, "answered call", "answered calls");
	text_addf(p->out, " of 3 s or longer, never on hold: audio seen in one direction only\n");
	return add_one_way_calls(p, err);
}

static void add_loose_stream(struct text *out, struct query *q)
{
	text_addf(out, "  ");
	page_add_endpoint(out, q, 0, 21);
	text_addf(out, " > ");
	page_add_endpoint(out, q, 2, 21);
	text_addf(out, " ");
	page_add_cell(out, query_text(q, 4), 10);
	page_add_real(out, q, 5, 100, 8, 2);
	page_add_real(out, q, 6, 1, 9, 2);
	page_add_real(out, q, 7, 1, 5, 2);
	text_addf(out, "\n");
}

/* The lowest MOS first, then what has none by loss. */
bool page_loose_streams(struct page *p, const struct summary *s, struct err *err)
{
	struct query *q;

	if (!s->unbound)
		return true;
	q = rows_query(p->records,
	               "SELECT src_addr, src_port, dst_addr, dst_port, codec, loss_ratio, "
	               "jitter_mean_ms, mos_lq FROM streams "
	               "WHERE call_id IS NULL ORDER BY mos_lq IS NULL, mos_lq, loss_ratio DESC, id "
	               "LIMIT " MOST_LOOSE,
	               RECORD_NULL, err);
	if (!q)
		return false;
	page_heading(p, "Streams of no call, the worst first\n");
	text_addf(p->out, "  %-21s   %-21s %-10s %7s %8s %4s\n", "from", "to", "codec", "loss %",
	          "jitter ms", "MOS");
	while (query_step(q, err))
		add_loose_stream(p->out, q);
	return rows_end(q, p->out, err);
}
