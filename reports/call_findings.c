/* The findings of one call, its cause first. */
#include "reports/findings.h"
#include "reports/rows.h"

#include <inttypes.h>

/* What happened in this call, not in the group. */
#define OF_CALL                                                                                    \
	"FROM finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE o.call_id = ?1 "  \
	"GROUP BY f.id ORDER BY " FINDINGS_HEADLINE_ORDER

bool call_findings_text(struct records *r, int64_t call_id, struct text *out, struct err *err)
{
	struct query *q = rows_query(r,
	                             "SELECT f.id, f.rule, f.severity, min(o.text), f.suggestion, "
	                             "f.downgraded " OF_CALL,
	                             call_id, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err) && !out->failed; first = false) {
		text_addf(out, "%s  %.*s %.*s  ", first ? "\nFindings\n" : "",
		          SLICE_ARG(query_text(q, 2)), SLICE_ARG(query_text(q, 1)));
		text_add_terminal(out, query_text(q, 3));
		if (!query_is_null(q, 5)) {
			text_addf(out, " (uncertain: ");
			text_add_terminal(out, query_text(q, 5));
			text_addf(out, ")");
		}
		if (first) {
			text_addf(out, "\n    do: ");
			text_add_terminal(out, query_text(q, 4));
		}
		text_addf(out, "\n    more: ");
		rows_add_command(out, r, "explain");
		text_addf(out, " %" PRId64 "\n", query_int(q, 0));
	}
	return rows_end(q, out, err);
}

bool call_findings_json(struct records *r, int64_t call_id, struct text *out, struct err *err)
{
	return rows_json_array(r,
	                       "SELECT f.id AS finding_id, f.rule, f.name, f.severity, "
	                       "f.confidence, f.downgraded, min(o.text) AS text, o.evidence, "
	                       "f.suggestion " OF_CALL,
	                       call_id, 1, out, err);
}
