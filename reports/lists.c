/* One line per stream: report.h. */
#include "reports/report.h"
#include "reports/text_page.h"

#include <inttypes.h>

static void add_stream_line(struct query *q, struct text *out)
{
	if (query_is_null(q, 0))
		text_addf(out, "%6s  ", "-");
	else
		text_addf(out, "%6" PRId64 "  ", query_int(q, 0));
	rows_add_time(out, query_int(q, 1));
	text_addf(out, "  ");
	page_add_endpoint(out, q, 2, 21);
	text_addf(out, "  ");
	page_add_endpoint(out, q, 4, 21);
	text_addf(out, "  ");
	page_add_cell(out, query_text(q, 6), 10);
	text_addf(out, " %9" PRId64, query_int(q, 7));
	page_add_real(out, q, 8, 100, 7, 2);
	page_add_real(out, q, 9, 1, 10, 2);
	page_add_real(out, q, 10, 1, 5, 2);
	text_addf(out, "\n");
}

bool report_streams(struct records *r, struct text *out, struct err *err)
{
	struct query *q = rows_query(r,
	                             "SELECT call_id, first_us, src_addr, src_port, dst_addr, "
	                             "dst_port, codec, packets, loss_ratio, "
	                             "jitter_mean_ms, mos_lq FROM streams ORDER BY first_us, id",
	                             RECORD_NULL, err);
	if (!q)
		return false;
	text_addf(out, "%6s  %-27s  %-21s  %-21s  %-10s %9s %7s %10s %5s\n", "call", "start",
	          "from", "to", "codec", "packets", "loss %", "jitter ms", "MOS");
	size_t lines = 0;
	for (; query_step(q, err) && !out->failed; lines++)
		add_stream_line(q, out);
	if (!lines)
		text_addf(out, "no RTP streams in these captures\n");
	return rows_end(q, out, err);
}
