/* The page's section about what was heard: only of runs with --audio. */
#include "reports/rows.h"
#include "reports/text_page.h"

#include <inttypes.h>

/* "412 of 420 streams heard for 5 h 12 min, median speech level -24.1 dBov" */
static bool add_heard(struct page *p, bool *any, struct err *err)
{
	struct query *q =
	        rows_query(p->records,
	                   "SELECT count(*), count(*) FILTER (WHERE decoded_packets > 0), "
	                   "CAST(1000 * sum(decoded_ms + concealed_ms) AS INTEGER), "
	                   "(SELECT level_dbov FROM stream_audio WHERE level_dbov IS NOT NULL "
	                   "ORDER BY 1 LIMIT 1 "
	                   "OFFSET (SELECT count(level_dbov) / 2 FROM stream_audio)), "
	                   "count(*) FILTER (WHERE dead_air > 0), "
	                   "count(*) FILTER (WHERE clipped_ratio > 0.001) FROM stream_audio",
	                   RECORD_NULL, err);

	if (!q)
		return false;
	*any = query_step(q, err) && query_int(q, 0) > 0;
	if (*any) {
		page_heading(p, "Sound\n");
		text_addf(p->out, "  %" PRId64 " of ", query_int(q, 1));
		page_add_count(p->out, query_int(q, 0), "stream", "streams");
		text_addf(p->out, " heard for ");
		rows_add_duration(p->out, query_int(q, 2));
		if (!query_is_null(q, 3))
			text_addf(p->out, ", median speech level %.1f dBov", query_real(q, 3));
		text_addf(p->out, "; with dead air: %" PRId64 ", clipped: %" PRId64 "\n",
		          query_int(q, 4), query_int(q, 5));
	}
	return rows_end(q, p->out, err);
}

/* Why streams, or parts of them, were not heard. */
static bool add_unheard(struct page *p, struct err *err)
{
	struct query *q = rows_query(
	        p->records,
	        "SELECT count(*), undecoded FROM stream_audio WHERE decoded_packets = 0 AND "
	        "undecoded IS NOT NULL GROUP BY undecoded ORDER BY 1 DESC, 2 LIMIT 5",
	        RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		text_addf(p->out, "  %5" PRId64 " not heard: ", query_int(q, 0));
		text_add_terminal(p->out, query_text(q, 1));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

/* "tones: 12 ringback, 3 busy" */
static bool add_tones(struct page *p, struct err *err)
{
	struct query *q = rows_query(p->records,
	                             "SELECT count(*), replace(tone, '_', ' ') FROM tones GROUP BY "
	                             "tone ORDER BY 1 DESC, 2",
	                             RECORD_NULL, err);
	bool any = false;

	if (!q)
		return false;
	for (; query_step(q, err); any = true) {
		text_addf(p->out, any ? ", %" PRId64 " " : "  tones: %" PRId64 " ",
		          query_int(q, 0));
		text_add_terminal(p->out, query_text(q, 1));
	}
	if (any)
		text_addf(p->out, "\n");
	return rows_end(q, p->out, err);
}

/* Calls of which one side, or both, said nothing though it was heard. */
static bool add_silent(struct page *p, struct err *err)
{
	struct query *q =
	        rows_query(p->records,
	                   "SELECT c.id, c.caller, c.callee, a.silent FROM call_audio a JOIN calls "
	                   "c ON c.id = a.call_id WHERE a.silent IS NOT NULL GROUP BY c.id ORDER "
	                   "BY c.id LIMIT 5",
	                   RECORD_NULL, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		text_addf(p->out, "  not a word of ");
		size_t start = p->out->n;
		text_add_terminal(p->out, query_text(q, 3));
		rows_pad(p->out, start, 6);
		text_addf(p->out, "  ");
		page_add_cell(p->out, query_text(q, 1), 20);
		text_addf(p->out, " -> ");
		page_add_cell(p->out, query_text(q, 2), 20);
		text_addf(p->out, "  ");
		rows_add_show_command(p->out, p->records, query_int(q, 0));
		text_addf(p->out, "\n");
	}
	return rows_end(q, p->out, err);
}

bool page_audio(struct page *p, struct err *err)
{
	bool any;

	return add_heard(p, &any, err) &&
	       (!any || (add_unheard(p, err) && add_tones(p, err) && add_silent(p, err)));
}
