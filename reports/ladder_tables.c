/* Above the ladder: who, when, how it ended. Below: its streams. */
#include "reports/ladder_internal.h"

#include <inttypes.h>
#include <stdio.h>

static void print_moment(struct ladder *l, const char *name, int64_t us, bool absolute)
{
	if (us == RECORD_NULL)
		return;
	text_addf(l->out, "  %-10s", name);
	if (absolute)
		rows_add_time(l->out, us);
	else
		text_addf(l->out, "+%.3f s", (double)(us - l->start_us) / 1e6);
}

static void print_party(struct ladder *l, struct slice party)
{
	text_add_terminal(l->out, party.p ? party : SLICE_LIT("?"));
}

static void print_outcome(struct ladder *l, struct query *q)
{
	struct text *out = l->out;

	text_addf(out, "  %-10s", "outcome");
	text_add_terminal(out, query_text(q, 3));
	if (!query_is_null(q, 4))
		text_addf(out, ", final status %" PRId64, query_int(q, 4));
	if (!query_is_null(q, 5)) {
		text_addf(out, " (");
		text_add_terminal(out, query_text(q, 5));
		text_addf(out, ")");
	}
	if (!query_is_null(q, 6))
		text_addf(out, ", Q.850 cause %" PRId64, query_int(q, 6));
	text_addf(out, "\n");
}

static void print_holds(struct ladder *l, struct query *q)
{
	double held_ms = query_real(q, 15);
	int64_t holds = query_int(q, 18);

	if (holds > 1)
		text_addf(l->out, ", held %" PRId64 " times for %.1f s", holds, held_ms / 1000);
	else if (held_ms > 0)
		text_addf(l->out, ", held for %.1f s", held_ms / 1000);
}

static void print_credentials(struct ladder *l, struct query *q)
{
	if (!query_int(q, 20) && query_is_null(q, 21))
		return;
	text_addf(l->out, "  %-10s", "user");
	print_party(l, query_text(q, 21));
	text_addf(l->out, " of ");
	print_party(l, query_text(q, 22));
	text_addf(l->out, " (challenges %" PRId64 ", attempts %" PRId64 ")\n", query_int(q, 20),
	          query_int(q, 19));
}

static void print_cut(struct ladder *l, struct slice cut)
{
	if (!cut.p)
		return;
	const char *what = slice_eq_str(cut, "start") ? "its beginning lies before the capture"
	                   : slice_eq_str(cut, "end") ? "its end lies behind the capture"
	                                              : "it reaches over both ends of the capture";
	text_addf(l->out, "  %-10s%s\n", "cut", what);
}

static void print_extras(struct ladder *l, struct query *q)
{
	int64_t legs = query_int(q, 13);

	print_cut(l, query_text(q, 23));
	print_credentials(l, q);
	text_addf(l->out, "  %-10s%" PRId64, "legs", legs);
	if (query_int(q, 14))
		text_addf(l->out, ", transferred");
	print_holds(l, q);
	if (!query_is_null(q, 16))
		text_addf(l->out, ", lowest MOS %.2f", query_real(q, 16));
	text_addf(l->out, "\n");
}

static void print_times(struct ladder *l, struct query *q)
{
	print_moment(l, "start", l->start_us, true);
	text_addf(l->out, "\n");
	static const char *const names[] = { "ringing", "answered", "ended" };
	for (int i = 0; i < 3; i++) {
		int64_t us = query_int(q, 9 + i);
		print_moment(l, names[i], us, false);
		if (i == 2 && us != RECORD_NULL && !query_is_null(q, 7)) {
			text_addf(l->out, " by ");
			text_add_terminal(l->out, query_text(q, 7));
		}
		if (i == 2 && us != RECORD_NULL && !query_is_null(q, 12))
			text_addf(l->out, ", %.3f s of talk", query_real(q, 12) / 1000);
		if (us != RECORD_NULL)
			text_addf(l->out, "\n");
	}
}

bool ladder_print_header(struct ladder *l, struct err *err)
{
	char id[24];
	struct query *q;

	if (!rows_first(l->records,
	                "SELECT id, caller, callee, outcome, final_status, reason, q850_cause, "
	                "released_by, sip_call_id, "
	                "ring_us, answer_us, end_us, talk_ms, leg_count, transferred, held_ms, "
	                "mos_min, "
	                "coalesce(start_us, first_us), holds, attempts, challenges, username, "
	                "realm, cut FROM calls WHERE id = ?1",
	                l->call_id, &q, err)) {
		snprintf(id, sizeof id, "%" PRId64, l->call_id);
		return err->code ? false : ladder_no_call(l->records, slice_str(id), err);
	}
	l->start_us = query_int(q, 17);
	text_addf(l->out, "Call %" PRId64 ": ", l->call_id);
	print_party(l, query_text(q, 1));
	text_addf(l->out, " -> ");
	print_party(l, query_text(q, 2));
	text_addf(l->out, "\n");
	print_outcome(l, q);
	print_times(l, q);
	print_extras(l, q);
	text_addf(l->out, "  %-10s", "Call-ID");
	text_add_terminal(l->out, query_text(q, 8));
	text_addf(l->out, "\n\n");
	return rows_end(q, l->out, err);
}

static void add_number(struct text *out, struct query *q, int column, int width, int decimals,
                       double scale)
{
	if (query_is_null(q, column))
		text_addf(out, " %*s", width, "-");
	else
		text_addf(out, " %*.*f", width, decimals, query_real(q, column) * scale);
}

static void print_stream(struct ladder *l, struct query *q)
{
	if (l->legs > 1 && query_is_null(q, 12))
		text_addf(l->out, "    - ");
	else if (l->legs > 1)
		text_addf(l->out, "  %3" PRId64 " ", query_int(q, 12));
	size_t start = l->out->n;

	text_addf(l->out, "  %-4" PRId64 " ", query_int(q, 0));
	text_add_terminal(l->out, query_text(q, 1));
	rows_pad(l->out, start, 14);
	text_add_terminal(l->out, query_text(q, 2));
	rows_pad(l->out, start, 52);
	text_addf(l->out, " ");
	text_add_terminal(l->out, query_text(q, 3));
	rows_pad(l->out, start, 61);
	add_number(l->out, q, 4, 8, 0, 1);
	add_number(l->out, q, 5, 6, 2, 100);
	add_number(l->out, q, 6, 5, 0, 1);
	add_number(l->out, q, 7, 6, 1, 1);
	add_number(l->out, q, 8, 6, 1, 1);
	add_number(l->out, q, 9, 5, 2, 1);
	text_addf(l->out, " ");
	text_add_terminal(l->out, query_text(q, 10));
	if (query_int(q, 11))
		text_addf(l->out, " encrypted");
	text_addf(l->out, "\n");
}

#define ENDPOINT(end)                                                                              \
	"iif(instr(" end "_addr, ':'), '[' || " end "_addr || ']', " end "_addr) || ':' || " end   \
	"_port"

bool ladder_print_streams(struct ladder *l, struct err *err)
{
	struct query *q = rows_query(
	        l->records,
	        "WITH " LEGS "SELECT id, CASE direction WHEN 'caller_to_callee' THEN 'caller' WHEN "
	        "'callee_to_caller' THEN 'callee' "
	        "ELSE '-' END, " ENDPOINT("src") " || ' -> ' || " ENDPOINT(
	                "dst") ", "
	                       "coalesce(codec, 'PT ' || payload_type, '?'), packets, "
	                       "loss_ratio, late, jitter_mean_ms, jitter_max_ms, "
	                       "mos_lq, coalesce(mos_scale, ''), encrypted, "
	                       "(SELECT n FROM leg WHERE id = s.dialog_id) AS leg "
	                       "FROM streams s WHERE call_id = ?1 "
	                       "ORDER BY leg, first_us, id",
	        l->call_id, err);
	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			text_addf(l->out,
			          "\nStreams\n%s  %-4s %-7s%-38s %-8s %8s %6s %5s %6s %6s %5s\n",
			          l->legs > 1 ? "  leg " : "", "#", "sender", "from -> to", "codec",
			          "packets", "lost %", "late", "jitter", "max", "MOS");
		print_stream(l, q);
	}
	return rows_end(q, l->out, err);
}
