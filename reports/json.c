/* The summary and all calls for programs: report.h. */
#include "reports/findings.h"
#include "reports/report.h"
#include "reports/summary.h"

#include <inttypes.h>

static void add_distribution(struct text *out, const char *name, const struct distribution *d)
{
	text_addf(out, ",\n\t\t\"%s\": {", name);
	rows_json_int(out, "streams", d->count);
	text_addf(out, ", ");
	rows_json_real(out, "p50", d->p50);
	text_addf(out, ", ");
	rows_json_real(out, "p95", d->p95);
	text_addf(out, ", ");
	rows_json_real(out, "worst", d->worst);
	text_addf(out, "}");
}

static void add_outcomes(struct text *out, const struct summary *s)
{
	text_addf(out, "\t\"calls_by_outcome\": {");
	for (int i = 0; i < SUMMARY_OUTCOMES; i++) {
		text_addf(out, i ? ", " : "");
		rows_json_int(out, summary_outcomes[i], s->by_outcome[i]);
	}
	text_addf(out, "},\n");
}

static void add_totals(struct text *out, const struct summary *s)
{
	const struct {
		const char *name;
		int64_t value;
	} totals[] = {
		{ "files", s->files },
		{ "packets", s->packets },
		{ "first_us", s->first_us },
		{ "last_us", s->last_us },
		{ "damaged_files", s->damaged_files },
		{ "truncated_packets", s->truncated_packets },
		{ "skipped_packets", s->skipped_packets },
		{ "calls", s->calls },
		{ "calls_audio_one_direction", s->one_way },
		{ "calls_without_rtp", s->without_rtp },
		{ "messages", s->messages },
		{ "retransmissions", s->retransmissions },
		{ "transactions", s->transactions },
		{ "transactions_timed_out", s->timed_out },
		{ "dialogs", s->dialogs },
		{ "streams", s->streams },
		{ "streams_of_no_call", s->unbound },
		{ "streams_encrypted", s->encrypted },
		{ "rtp_packets", s->stream_packets },
		{ "rtp_lost", s->lost },
		{ "digits", s->digits },
		{ "digits_rfc4733", s->digits_rfc4733 },
		{ "digits_info", s->digits_info },
		{ "digits_inband", s->digits_inband },
		{ "digits_kpml", s->digits_kpml },
	};

	text_addf(out, "\t\"complete\": %s,\n\t\"totals\": {", s->complete ? "true" : "false");
	for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
		text_addf(out, i ? ",\n\t\t" : "\n\t\t");
		rows_json_int(out, totals[i].name, totals[i].value);
	}
	text_addf(out, "\n\t},\n");
}

static void add_quality(struct text *out, const struct summary *s)
{
	text_addf(out, "\t\"quality\": {\n\t\t");
	rows_json_real(out, "loss_ratio_all",
	               s->expected > 0 ? (double)s->lost / (double)s->expected : NAN);
	add_distribution(out, "loss_ratio", &s->loss);
	add_distribution(out, "jitter_mean_ms", &s->jitter);
	add_distribution(out, "mos_nb", &s->mos_nb);
	add_distribution(out, "mos_wb", &s->mos_wb);
	add_distribution(out, "mos_fb", &s->mos_fb);
	text_addf(out, "\n\t},\n");
}

/* One key of the document and all rows of its query. */
static bool add_rows(struct records *r, const char *key, const char *sql, const char *end,
                     struct text *out, struct err *err)
{
	text_addf(out, "\t\"%s\": ", key);
	if (!rows_json_array(r, sql, RECORD_NULL, 1, out, err))
		return false;
	text_addf(out, "%s", end);
	return true;
}

bool report_json(struct records *r, struct text *out, struct err *err)
{
	struct summary s;

	if (!summary_read(&s, r, err))
		return false;
	text_addf(out,
	          "{\n\t\"format\": \"" REPORT_JSON_FORMAT
	          "\",\n\t\"version\": %d,\n\t\"schema\": %d,\n",
	          REPORT_JSON_VERSION, RECORDS_SCHEMA_VERSION);
	if (!add_rows(r, "runs", "SELECT * FROM runs ORDER BY id", ",\n", out, err) ||
	    !add_rows(r, "captures", "SELECT * FROM captures ORDER BY id", ",\n", out, err))
		return false;
	add_totals(out, &s);
	add_outcomes(out, &s);
	add_quality(out, &s);
	static const char requests_sql[] =
	        "SELECT method, final_status AS status, final_status IS NULL AND timed_out "
	        "AS timed_out, count(*) AS count FROM transactions "
	        "WHERE method <> 'INVITE' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
	if (!add_rows(r, "requests", requests_sql, ",\n", out, err) ||
	    !add_rows(r, "kpi", "SELECT * FROM kpi ORDER BY run_id, scope, name", ",\n", out,
	              err) ||
	    !add_rows(r, "stream_audio", "SELECT * FROM stream_audio ORDER BY stream_id", ",\n",
	              out, err) ||
	    !add_rows(r, "tones", "SELECT * FROM tones ORDER BY time_us, stream_id", ",\n", out,
	              err) ||
	    !add_rows(r, "call_audio", "SELECT * FROM call_audio ORDER BY call_id, dialog_id",
	              ",\n", out, err) ||
	    !add_rows(r, "findings", "SELECT f.* FROM findings f ORDER BY " FINDINGS_ORDER, ",\n",
	              out, err) ||
	    !add_rows(r, "calls", "SELECT * FROM calls ORDER BY id", "\n}\n", out, err))
		return false;
	return out->failed ? err_memory(err, "the report") : true;
}
