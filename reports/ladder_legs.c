/* Below the ladder of a call: its legs, why they are one call, and what happened to them: transfers, session timers,
 * findings. */
#include "reports/findings.h"
#include "reports/ladder_internal.h"

#include <inttypes.h>

/* Of each; those beyond are counted. */
#define MOST_LINES 100

static void add_value(struct ladder *l, const char *before, struct slice value, const char *after)
{
	if (!value.p)
		return;
	text_addf(l->out, "%s", before);
	text_add_terminal(l->out, value);
	text_addf(l->out, "%s", after);
}

/* "+1.200 s" */
static void add_moment(struct ladder *l, const char *before, int64_t us)
{
	if (us != RECORD_NULL)
		text_addf(l->out, "%s+%.3f s", before, (double)(us - l->start_us) / 1e6);
}

static void print_rest(struct ladder *l, int64_t count)
{
	if (count > MOST_LINES)
		text_addf(l->out, "  ... and %" PRId64 " more\n", count - MOST_LINES);
}

/* A heading and a row each, where there are any. */
static bool print_section(struct ladder *l, const char *title, const char *sql,
                          void (*print)(struct ladder *l, struct query *q), struct err *err)
{
	struct query *q = rows_query(l->records, sql, l->call_id, err);
	int64_t count = 0;

	if (!q)
		return false;
	while (query_step(q, err)) {
		if (count++ == 0)
			text_addf(l->out, "\n%s\n", title);
		if (count <= MOST_LINES)
			print(l, q);
	}
	print_rest(l, count);
	return rows_end(q, l->out, err);
}

/* --- legs ------------------------------------------------------------------------------------------------------ */

/* clang-format off */
/* A leg's forks share what is the caller's; what is the callee's is that of the one that won. */
static const char legs_sql[] = "WITH " LEGS
	"SELECT leg.n, d.from_uri, d.to_uri, d.src, d.dst, d.state, d.final_status, d.start_us, d.answer_us, d.end_us, "
	"d.sip_call_id, count(*) OVER (PARTITION BY leg.n), d.caller_user_agent, d.callee_user_agent, d.kind, "
	"d.session_expires_s, d.refresher, d.refreshes, "
	"row_number() OVER (PARTITION BY leg.n ORDER BY (d.kind = 'invite') DESC, coalesce(d.won, d.answer_us IS NOT NULL) "
	"DESC, d.id) "
	"FROM leg JOIN dialogs d USING (id) ORDER BY 1, 19";
/* clang-format on */

static void print_session_timer(struct ladder *l, struct query *q)
{
	if (!query_is_null(q, 15)) {
		text_addf(l->out, "        session timer %" PRId64 " s", query_int(q, 15));
		add_value(l, ", refreshed by the ", query_text(q, 16), "");
		if (!query_is_null(q, 17) && query_int(q, 17))
			text_addf(l->out, ", %" PRId64 " times", query_int(q, 17));
		text_addf(l->out, "\n");
	} else if (!query_is_null(q, 17) && query_int(q, 17)) {
		text_addf(l->out, "        refreshed %" PRId64 " times\n", query_int(q, 17));
	}
}

static void print_leg(struct ladder *l, struct query *q)
{
	text_addf(l->out, "  %3" PRId64 "  ", query_int(q, 0));
	add_value(l, "", query_text(q, 1), "");
	add_value(l, " -> ", query_text(q, 2), "");
	add_value(l, ", ", query_text(q, 3), "");
	add_value(l, " -> ", query_text(q, 4), "");
	text_addf(l->out, "\n        ");
	if (!slice_eq(query_text(q, 14), SLICE_LIT("invite")))
		add_value(l, "", query_text(q, 14), ", ");
	add_value(l, "", query_text(q, 5), "");
	if (!query_is_null(q, 6))
		text_addf(l->out, " (%" PRId64 ")", query_int(q, 6));
	add_moment(l, ", began ", query_int(q, 7));
	add_moment(l, ", answered ", query_int(q, 8));
	add_moment(l, ", ended ", query_int(q, 9));
	if (query_int(q, 11) > 1)
		text_addf(l->out, ", %" PRId64 " dialogs", query_int(q, 11));
	add_value(l, "\n        Call-ID ", query_text(q, 10), "\n");
	print_session_timer(l, q);
}

static bool has_session_timer(struct query *q)
{
	return !query_is_null(q, 15) || (!query_is_null(q, 17) && query_int(q, 17));
}

/* One leg alone is what the page's head tells, but for its session timer. */
static bool print_leg_table(struct ladder *l, struct err *err)
{
	struct query *q = rows_query(l->records, legs_sql, l->call_id, err);
	int64_t count = 0;

	if (!q)
		return false;
	while (query_step(q, err)) {
		if (query_int(q, 18) != 1 || (l->legs == 1 && !has_session_timer(q)))
			continue;
		if (count++ == 0)
			text_addf(l->out, "\nLegs\n");
		if (count <= MOST_LINES)
			print_leg(l, q);
	}
	print_rest(l, count);
	return rows_end(q, l->out, err);
}

/* --- edges ----------------------------------------------------------------------------------------------------- */

static void print_edge(struct ladder *l, struct query *q)
{
	text_addf(l->out, "  %3" PRId64 " and %-3" PRId64 " ", query_int(q, 0), query_int(q, 1));
	size_t start = l->out->n;
	text_add_terminal(l->out, query_text(q, 2));
	rows_pad(l->out, start, 12);
	text_addf(l->out, "%4" PRId64, query_int(q, 3));
	add_value(l, "  ", query_text(q, 4), "");
	text_addf(l->out, "\n");
}

static bool print_edges(struct ladder *l, struct err *err)
{
	return print_section(
	        l, "Why they are one call",
	        "WITH " LEGS "SELECT a.n, b.n, e.reason, e.score, e.detail FROM leg_edges e "
	        "JOIN leg a ON a.id = e.dialog_id JOIN leg b ON b.id = e.other_dialog_id "
	        "WHERE e.call_id = ?1 ORDER BY 1, 2, 4 DESC, 3, 5",
	        print_edge, err);
}

/* --- transfers ------------------------------------------------------------------------------------------------- */

static void print_transfer(struct ladder *l, struct query *q)
{
	text_addf(l->out, "  ");
	add_moment(l, "", query_int(q, 0));
	add_value(l, "  ", query_text(q, 1), "");
	add_value(l, " to ", query_text(q, 2), "");
	add_value(l, ", by ", query_text(q, 3), "");
	add_value(l, ", replaces ", query_text(q, 4), "");
	add_value(l, ": ", query_text(q, 5), "");
	if (!query_is_null(q, 6))
		text_addf(l->out, ", answered with %" PRId64, query_int(q, 6));
	if (!query_is_null(q, 7))
		text_addf(l->out, ", last told %" PRId64, query_int(q, 7));
	if (!query_is_null(q, 8))
		text_addf(l->out, " (leg %" PRId64 ")", query_int(q, 8));
	text_addf(l->out, "\n");
}

static bool print_transfers(struct ladder *l, struct err *err)
{
	return print_section(
	        l, "Transfers",
	        "WITH " LEGS "SELECT t.time_us, t.kind, t.refer_to, t.referred_by, t.replaces, "
	        "t.outcome, t.status, t.notify_status, leg.n FROM transfers t LEFT JOIN leg ON "
	        "leg.id = t.dialog_id WHERE t.call_id = ?1 ORDER BY t.time_us, t.id",
	        print_transfer, err);
}

bool ladder_print_legs(struct ladder *l, struct err *err)
{
	return print_leg_table(l, err) && print_edges(l, err) && print_transfers(l, err) &&
	       call_findings_text(l->records, l->call_id, l->out, err);
}
