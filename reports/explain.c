/* One finding: what was seen, by which rule and thresholds, in which packets, what would disprove it, what to do, and which calls. */
#include "reports/findings.h"
#include "reports/rows.h"
#include "reports/text_page.h"

#include <inttypes.h>

#define MOST_CALLS   "10"
#define MOST_PACKETS "32"

/* The occurrence that stands for the finding: the first one, whose evidence the finding has. */
#define FIRST_OCCURRENCE                                                                           \
	"(SELECT * FROM finding_occurrences WHERE finding_id = ?1 ORDER BY first_us IS NULL, "     \
	"first_us, text LIMIT 1)"

/* Frames of its evidence, beside the messages that they carry; other frames (TCP, RTP) have none. */
static const char packets_sql[] =
        "SELECT o.capture_id, e.value, m.time_us, m.src, m.dst, m.first_line, m.sdp FROM "
        "" FIRST_OCCURRENCE " o, json_each(o.evidence, '$.frames') e "
        "LEFT JOIN messages m ON m.capture_id = o.capture_id AND m.frame = e.value "
        "ORDER BY e.value, m.id LIMIT " MOST_PACKETS;

static const char calls_sql[] =
        "SELECT c.id, c.caller, c.callee, c.outcome, c.final_status, coalesce(c.start_us, "
        "c.first_us) FROM calls c WHERE c.id IN (SELECT call_id FROM finding_occurrences WHERE "
        "finding_id = ?1) ORDER BY 6, 1 LIMIT " MOST_CALLS;

bool explain_find(struct records *r, struct slice finding, int64_t *id, struct err *err)
{
	uint64_t number;
	struct text shown;

	if (slice_u64(finding, INT64_MAX, &number)) {
		if (!rows_int(r, "SELECT id FROM findings WHERE id = ?1", (int64_t)number, id, err))
			return false;
		if (*id != RECORD_NULL)
			return true;
	}
	text_init(&shown);
	text_add_terminal(&shown, slice_sub(finding, 0, 40));
	err_set(err, ERR_USAGE, "no finding '%s'; 'milliwatt report --findings DB' lists them",
	        text_cstr(&shown));
	text_release(&shown);
	return false;
}

static void add_line(struct text *out, const char *label, struct slice value)
{
	if (!value.n)
		return;
	text_addf(out, "  %-12s", label);
	text_add_terminal(out, value);
	text_addf(out, "\n");
}

/* "responses = 7, window = 60 s" of rows name, value, unit. */
static bool add_numbers(struct records *r, const char *label, const char *sql, int64_t id,
                        struct text *out, struct err *err)
{
	struct query *q = rows_query(r, sql, id, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err) && !out->failed; first = false) {
		text_addf(out, first ? "  %-12s" : "%s", first ? label : ", ");
		text_add_terminal(out, query_text(q, 0));
		text_addf(out, " = ");
		text_add_terminal(out, query_text(q, 1));
		text_addf(out, query_is_null(q, 2) || !query_text(q, 2).n ? "" : " ");
		text_add_terminal(out, query_text(q, 2));
	}
	text_addf(out, "%s", out->n && out->p[out->n - 1] != '\n' ? "\n" : "");
	return rows_end(q, out, err);
}

static bool add_rule(struct records *r, int64_t id, struct text *out, struct err *err)
{
	struct query *q;

	text_addf(out, "\nThe rule\n");
	if (!rows_first(
	            r,
	            "SELECT r.meaning, r.section, r.disproof, f.suggestion FROM findings f "
	            "LEFT JOIN rules r ON r.run_id = f.run_id AND r.rule = f.rule WHERE f.id = ?1",
	            id, &q, err))
		return err->code == ERR_NONE;
	add_line(out, "looks for", query_text(q, 0));
	bool ok = add_numbers(r, "settings",
	                      "SELECT s.key, coalesce(json_extract(s.value, '$.value'), "
	                      "json_extract(s.value, '$.list')), nullif(json_extract(s.value, "
	                      "'$.unit'), 'ratio') "
	                      "FROM findings f JOIN rules r ON r.run_id = f.run_id AND r.rule = "
	                      "f.rule, json_each(r.settings) s WHERE f.id = ?1",
	                      id, out, err);
	add_line(out, "standard", query_text(q, 1));
	add_line(out, "wrong if", query_text(q, 2));
	add_line(out, "do", query_text(q, 3));
	query_free(q);
	return ok;
}

static bool add_heading(struct records *r, int64_t id, struct text *out, struct err *err)
{
	struct query *q;

	if (!rows_first(r,
	                "SELECT id, rule, name, severity, confidence, text, downgraded FROM "
	                "findings WHERE id = ?1",
	                id, &q, err))
		return false;
	text_addf(out, "Finding %" PRId64 ": %.*s %.*s, %.*s\n\n  ", query_int(q, 0),
	          SLICE_ARG(query_text(q, 1)), SLICE_ARG(query_text(q, 2)),
	          SLICE_ARG(query_text(q, 3)));
	text_add_terminal(out, query_text(q, 5));
	text_addf(out, "\n  Confidence: %.*s", SLICE_ARG(query_text(q, 4)));
	if (!query_is_null(q, 6)) {
		text_addf(out, ", because ");
		text_add_terminal(out, query_text(q, 6));
	}
	text_addf(out, "\n");
	query_free(q);
	return true;
}

static bool add_evidence(struct records *r, int64_t id, struct text *out, struct err *err)
{
	struct query *q;

	text_addf(out, "\nWhat was seen\n");
	if (!rows_first(r,
	                "SELECT o.text, f.occurrences FROM findings f, " FIRST_OCCURRENCE
	                " o WHERE f.id = ?1",
	                id, &q, err))
		return err->code == ERR_NONE;
	if (query_int(q, 1) > 1)
		add_line(out, "the first", query_text(q, 0));
	query_free(q);
	return add_numbers(r, "numbers",
	                   "SELECT e.key, e.value, '' FROM " FIRST_OCCURRENCE
	                   " o, json_each(o.evidence) e WHERE e.key <> 'frames'",
	                   id, out, err);
}

static void add_packet(struct text *out, struct query *q)
{
	size_t start = out->n;

	text_addf(out, "  %" PRId64 ":%" PRId64, query_int(q, 0), query_int(q, 1));
	rows_pad(out, start, 12);
	if (query_is_null(q, 2)) {
		text_addf(out, "no SIP message\n");
		return;
	}
	rows_add_time(out, query_int(q, 2));
	text_addf(out, "  ");
	text_add_terminal(out, query_text(q, 3));
	text_addf(out, " -> ");
	text_add_terminal(out, query_text(q, 4));
	text_addf(out, "\n              ");
	page_add_cell(out, query_text(q, 5), 100);
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
	if (!query_is_null(q, 6)) {
		text_addf(out, "\n              SDP ");
		text_add_terminal(out, query_text(q, 6));
	}
	text_addf(out, "\n");
}

static bool add_packets(struct records *r, int64_t id, struct text *out, struct err *err)
{
	struct query *q = rows_query(r, packets_sql, id, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err) && !out->failed; first = false) {
		text_addf(out, first ? "\nPackets (capture:frame)\n" : "");
		add_packet(out, q);
	}
	return rows_end(q, out, err);
}

static void add_call(struct records *r, struct text *out, struct query *q)
{
	text_addf(out, "  ");
	rows_add_time(out, query_int(q, 5));
	text_addf(out, "  ");
	page_add_cell(out, query_text(q, 1), 16);
	text_addf(out, " -> ");
	page_add_cell(out, query_text(q, 2), 16);
	text_addf(out, "  ");
	page_add_cell(out, query_text(q, 3), 12);
	text_addf(out, "  ");
	rows_add_show_command(out, r, query_int(q, 0));
	text_addf(out, "\n");
}

static bool add_calls(struct records *r, int64_t id, struct text *out, struct err *err)
{
	int64_t all, shown = 0;
	struct query *q;

	if (!rows_int(r, "SELECT calls FROM findings WHERE id = ?1", id, &all, err) || all < 1)
		return err->code == ERR_NONE;
	text_addf(out, "\n");
	page_add_count(out, all, "call\n", "calls\n");
	q = rows_query(r, calls_sql, id, err);
	if (!q)
		return false;
	for (; query_step(q, err) && !out->failed; shown++)
		add_call(r, out, q);
	if (all > shown)
		text_addf(out, "  ... and %" PRId64 " more\n", all - shown);
	return rows_end(q, out, err);
}

bool explain_text(struct records *r, int64_t id, struct text *out, struct err *err)
{
	bool ok = add_heading(r, id, out, err) && add_evidence(r, id, out, err) &&
	          add_packets(r, id, out, err) && add_rule(r, id, out, err) &&
	          add_calls(r, id, out, err);

	return ok && out->failed ? err_memory(err, "the explanation") : ok;
}

bool explain_json(struct records *r, int64_t id, struct text *out, struct err *err)
{
	static const char *const parts[][2] = {
		{ "messages",
		  "SELECT DISTINCT m.* FROM " FIRST_OCCURRENCE
		  " o, json_each(o.evidence, '$.frames') e JOIN messages m ON m.capture_id = "
		  "o.capture_id AND m.frame = e.value ORDER BY m.id" },
		{ "occurrences", "SELECT * FROM finding_occurrences WHERE finding_id = ?1 ORDER BY "
		                 "first_us, text, call_id" },
	};

	text_addf(out, "{\n\t\"finding\": ");
	if (!rows_json_first(r, "SELECT * FROM findings WHERE id = ?1", id, out, err))
		return false;
	text_addf(out, ",\n\t\"rule\": ");
	if (!rows_json_first(r,
	                     "SELECT r.* FROM findings f JOIN rules r ON r.run_id = f.run_id AND "
	                     "r.rule = f.rule WHERE f.id = ?1",
	                     id, out, err))
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		text_addf(out, ",\n\t\"%s\": ", parts[i][0]);
		if (!rows_json_array(r, parts[i][1], id, 1, out, err))
			return false;
	}
	text_addf(out, "\n}\n");
	return out->failed ? err_memory(err, "the explanation") : true;
}
