#include "reports/dump.h"

#include "reports/rows.h"

#include <inttypes.h>
#include <stdio.h>

/* In the queries below a column named "/" begins a new line, and so keeps related values together in a diff. Columns named *_us are
 * times, all other reals have 3 decimals. The first column is the row's id, the second heads the line. */

static const char calls_sql[] = "SELECT id, NULL AS call, sip_call_id, caller, callee, outcome, "
                                "final_status, reason, q850_cause, released_by, "
                                "NULL AS '/', first_us, start_us, ring_us, answer_us, end_us, "
                                "last_us, setup_ms, pdd_ms, talk_ms, held_ms, "
                                "NULL AS '/', leg_count, transferred, mos_min FROM calls ORDER BY "
                                "first_us, sip_call_id, caller, callee, id";

/* ?1: the call, NULL for those of none. forked_from is a row id: what is stable of it is the other dialog's tag. */
static const char dialogs_sql[] =
        "SELECT d.id, NULL AS dialog, d.kind, d.state, d.sip_call_id, d.src, d.dst, d.transport, "
        "NULL AS '/', d.from_uri AS from_uri, d.from_tag AS from_tag, d.to_uri AS to_uri, d.to_tag "
        "AS to_tag, "
        "NULL AS '/', d.caller_contact, d.callee_contact, d.caller_user_agent, "
        "d.callee_user_agent, "
        "NULL AS '/', d.start_us AS start_us, d.answer_us AS answer_us, d.end_us AS end_us, "
        "(SELECT coalesce(f.to_tag, '?') FROM dialogs f WHERE f.id = d.forked_from) AS "
        "forked_from, d.replaces "
        "FROM dialogs d WHERE d.call_id IS ?1 ORDER BY d.start_us, d.sip_call_id, d.src, d.dst, "
        "d.from_tag, d.to_tag, d.id";

static const char transactions_sql[] =
        "SELECT id, NULL AS \"transaction\", method, cseq, sip_call_id, branch, src, dst, "
        "NULL AS '/', request_us, first_response_us, final_us, final_status, retransmissions, "
        "timed_out, auth_attempt "
        "FROM transactions WHERE dialog_id IS ?1 "
        "ORDER BY coalesce(request_us, first_response_us, final_us), sip_call_id, cseq, method, "
        "src, dst, branch, id";

static const char streams_sql[] =
        "SELECT id, NULL AS stream, src_addr, src_port, dst_addr, dst_port, printf('0x%08X', ssrc) "
        "AS ssrc, direction, "
        "NULL AS '/', payload_type, codec, clock_hz, ptime_ms, encrypted, dscp, first_us, last_us, "
        "ended_early, "
        "NULL AS '/', packets, expected, lost, duplicates, reordered, late, bytes, segments, "
        "ignored, "
        "NULL AS '/', max_delta_ms, jitter_max_ms, jitter_mean_ms, jitter_p95_ms, loss_ratio, "
        "burst_r, longest_loss, "
        "clock_skew_ppm, silence_ratio, NULL AS '/', r_factor, mos_lq, mos_cq, mos_scale, "
        "mos_estimated, delay_ms, "
        "delay_source, (SELECT count(*) FROM rtcp_reports WHERE stream_id = streams.id) AS rtcp "
        "FROM streams WHERE call_id IS ?1 ORDER BY first_us, src_addr, src_port, dst_addr, "
        "dst_port, ssrc, id";

static const char intervals_sql[] =
        "SELECT NULL, NULL AS interval, start_us, packets, lost, late, jitter_ms, mos "
        "FROM stream_intervals WHERE stream_id IS ?1 ORDER BY start_us, packets";

static const char digits_sql[] =
        "SELECT id, NULL AS digit, digit AS key, time_us, duration_ms, method, direction, complete "
        "FROM dtmf WHERE stream_id IS ?1 ORDER BY time_us, digit, id";

static const char registrations_sql[] =
        "SELECT id, NULL AS registration, aor, outcome, final_status, contact, expires_s, "
        "NULL AS '/', sip_call_id, registrar, src, dst, transport, username, realm, user_agent, "
        "NULL AS '/', time_us, delay_ms, challenges, contacts, reason, ended_us, ended_by, "
        "first_frame, last_frame "
        "FROM registrations ORDER BY time_us, aor, sip_call_id, contact, src, dst, id";

static const char subscriptions_sql[] =
        "SELECT id, NULL AS subscription, kind, event, event_id, state, end_reason, final_status, "
        "last_status, "
        "NULL AS '/', sip_call_id, subscriber, resource, src, dst, "
        "NULL AS '/', start_us, end_us, expires_s, notifies, refreshes "
        "FROM subscriptions ORDER BY start_us, sip_call_id, kind, event, event_id, state, src, "
        "dst, id";

static const char first_packet_sql[] =
        "SELECT coalesce((SELECT min(first_us) FROM captures), "
        "(SELECT min(us) FROM (SELECT min(first_us) AS us FROM calls "
        "UNION ALL SELECT min(first_us) FROM streams)), 0)";

struct dump {
	struct records *records;
	struct text *out;
	int64_t origin_us; /* the first packet */
};

typedef bool dump_children(struct dump *d, int64_t id, unsigned indent, struct err *err);

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static void add_us(struct dump *d, int64_t us)
{
	int64_t t = us - d->origin_us;
	uint64_t size = t < 0 ? -(uint64_t)t : (uint64_t)t;

	text_addf(d->out, "%s%" PRIu64 ".%06" PRIu64, t < 0 ? "-" : "", size / 1000000,
	          size % 1000000);
}

/* Words stand alone; anything else is quoted, so that a line can be taken apart again. */
static void add_string(struct text *out, struct slice s)
{
	bool word = s.n > 0 && slice_find(s, ' ') == SLICE_NPOS &&
	            slice_find(s, '"') == SLICE_NPOS && !slice_eq_str(s, "-");

	if (!word)
		text_addf(out, "\"");
	for (struct slice piece, rest = s; slice_split(&rest, '"', &piece);) {
		text_add_terminal(out, piece);
		if (rest.p)
			text_addf(out, "\\x22");
	}
	if (!word)
		text_addf(out, "\"");
}

static void add_value(struct dump *d, struct query *q, int column)
{
	switch (query_type(q, column)) {
	case QUERY_NULL: text_addf(d->out, "-"); break;
	case QUERY_REAL: text_addf(d->out, "%.3f", query_real(q, column)); break;
	case QUERY_TEXT: add_string(d->out, query_text(q, column)); break;
	case QUERY_INT:
		if (ends_with(query_column_name(q, column), "_us"))
			add_us(d, query_int(q, column));
		else
			text_addf(d->out, "%" PRId64, query_int(q, column));
		break;
	}
}

static void add_indent(struct text *out, unsigned indent)
{
	text_addf(out, "%*s", (int)(2 * indent), "");
}

/* "dialog 3 kind=invite ..." */
static void add_row(struct dump *d, struct query *q, int64_t number, unsigned indent)
{
	int columns = query_columns(q);

	add_indent(d->out, indent);
	text_addf(d->out, "%s %" PRId64, query_column_name(q, 1), number);
	for (int i = 2; i < columns; i++) {
		const char *name = query_column_name(q, i);
		if (strcmp(name, "/") == 0) {
			text_addf(d->out, "\n");
			add_indent(d->out, indent + 2);
			continue;
		}
		bool first_of_line = d->out->n && d->out->p[d->out->n - 1] == ' ';
		text_addf(d->out, "%s%.*s=", first_of_line ? "" : " ",
		          (int)(strlen(name) - (ends_with(name, "_us") ? 3 : 0)), name);
		add_value(d, q, i);
	}
	text_addf(d->out, "\n");
}

/* All rows of `sql` with ?1 = parent, each followed by its children; numbered from 1. */
static bool dump_rows(struct dump *d, const char *sql, int64_t parent, unsigned indent,
                      dump_children *children, struct err *err)
{
	struct query *q = rows_query(d->records, sql, parent, err);
	int64_t number = 0;

	if (!q)
		return false;
	while (query_step(q, err) && !d->out->failed) {
		add_row(d, q, ++number, indent);
		if (children && !children(d, query_int(q, 0), indent + 1, err))
			break;
	}
	return rows_end(q, d->out, err);
}

static bool dialog_children(struct dump *d, int64_t id, unsigned indent, struct err *err)
{
	return dump_rows(d, transactions_sql, id, indent, NULL, err);
}

static bool call_dialogs(struct dump *d, int64_t id, unsigned indent, struct err *err)
{
	return dump_rows(d, dialogs_sql, id, indent, dialog_children, err);
}

static bool stream_children(struct dump *d, int64_t id, unsigned indent, struct err *err)
{
	return dump_rows(d, intervals_sql, id, indent, NULL, err) &&
	       dump_rows(d, digits_sql, id, indent, NULL, err);
}

static bool call_streams(struct dump *d, int64_t id, unsigned indent, struct err *err)
{
	return dump_rows(d, streams_sql, id, indent, stream_children, err);
}

static bool begin(struct dump *d, struct records *r, struct text *out, struct err *err)
{
	*d = (struct dump){ .records = r, .out = out };
	return rows_int(r, first_packet_sql, RECORD_NULL, &d->origin_us, err);
}

/* A heading, taken back if nothing follows. */
static bool dump_rest(struct dump *d, const char *heading, const char *sql, dump_children *children,
                      struct err *err)
{
	size_t before = d->out->n;

	text_addf(d->out, "%s\n", heading);
	size_t after = d->out->n;
	if (!dump_rows(d, sql, RECORD_NULL, 1, children, err))
		return false;
	if (d->out->n == after)
		d->out->n = before;
	return true;
}

bool dump_dialogs(struct records *r, struct text *out, struct err *err)
{
	struct dump d;

	return begin(&d, r, out, err) &&
	       dump_rows(&d, calls_sql, RECORD_NULL, 0, call_dialogs, err) &&
	       dump_rest(&d, "no call", dialogs_sql, dialog_children, err) &&
	       dump_rest(&d, "no dialog", transactions_sql, NULL, err);
}

bool dump_registrations(struct records *r, struct text *out, struct err *err)
{
	struct dump d;

	return begin(&d, r, out, err) &&
	       dump_rows(&d, registrations_sql, RECORD_NULL, 0, NULL, err);
}

bool dump_subscriptions(struct records *r, struct text *out, struct err *err)
{
	struct dump d;

	return begin(&d, r, out, err) &&
	       dump_rows(&d, subscriptions_sql, RECORD_NULL, 0, NULL, err);
}

static bool dump_rtcp_count(struct dump *d, struct err *err)
{
	int64_t all, unbound;

	if (!rows_int(d->records, "SELECT count(*) FROM rtcp_reports", RECORD_NULL, &all, err) ||
	    !rows_int(d->records, "SELECT count(*) FROM rtcp_reports WHERE stream_id IS NULL",
	              RECORD_NULL, &unbound, err))
		return false;
	text_addf(d->out, "rtcp reports=%" PRId64 " of_no_stream=%" PRId64 "\n", all, unbound);
	return d->out->failed ? err_memory(err, "the dump") : true;
}

bool dump_streams(struct records *r, struct text *out, struct err *err)
{
	static const char brief_calls_sql[] =
	        "SELECT id, NULL AS call, sip_call_id, caller, callee, mos_min FROM calls "
	        "ORDER BY first_us, sip_call_id, caller, callee, id";
	struct dump d;

	return begin(&d, r, out, err) &&
	       dump_rows(&d, brief_calls_sql, RECORD_NULL, 0, call_streams, err) &&
	       dump_rest(&d, "no call", streams_sql, stream_children, err) &&
	       dump_rest(&d, "no stream", digits_sql, NULL, err) && dump_rtcp_count(&d, err);
}
