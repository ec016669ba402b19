/* Numbers of everything that was recorded: of all calls and streams (without saying which: the names differ), and sums of their own. */
#include "reports/check/check_internal.h"

#include "reports/summary.h"

#include <inttypes.h>

static const struct total {
	const char *name;
	enum value_kind kind;
	const char *sql;
	const char *blame; /* rows of a call's id and a text; NULL: none to blame */
} totals[] = {
	{ "messages", KIND_COUNT, "SELECT count(*) FROM messages", NULL },
	{ "retransmissions", KIND_COUNT, "SELECT coalesce(sum(retransmission), 0) FROM messages",
	  NULL },
	{ "transactions", KIND_COUNT, "SELECT count(*) FROM transactions", NULL },
	{ "transactions_timed_out", KIND_COUNT,
	  "SELECT coalesce(sum(timed_out), 0) FROM transactions",
	  "SELECT d.call_id, t.method || ' from ' || t.src || ' to ' || t.dst FROM transactions t "
	  "LEFT JOIN dialogs d ON d.id = t.dialog_id WHERE t.timed_out ORDER BY t.id" },
	{ "dialogs", KIND_COUNT, "SELECT count(*) FROM dialogs", NULL },
	{ "subscriptions", KIND_COUNT, "SELECT count(*) FROM subscriptions", NULL },
	{ "transfers", KIND_COUNT, "SELECT count(*) FROM transfers", NULL },
	{ "digits", KIND_COUNT, "SELECT count(*) FROM dtmf WHERE press_id = id", NULL },
	{ "rtp_packets", KIND_COUNT, "SELECT coalesce(sum(packets), 0) FROM streams", NULL },
	{ "rtp_lost", KIND_COUNT, "SELECT coalesce(sum(lost), 0) FROM streams", NULL },
	{ "rtp_loss_ratio", KIND_RATIO,
	  "SELECT 1.0 * sum(lost) / nullif(sum(expected), 0) FROM streams",
	  "SELECT call_id, coalesce(codec, 'stream') || ' ' || src_addr || ' to ' || dst_addr || "
	  "', ' "
	  "|| lost || ' of ' || expected || ' lost' FROM streams WHERE lost > 0 ORDER BY lost "
	  "DESC, "
	  "id" },
	{ "streams_of_no_call", KIND_COUNT, "SELECT count(*) FROM streams WHERE call_id IS NULL",
	  "SELECT NULL, coalesce(codec, 'stream') || ' ' || src_addr || ' to ' || dst_addr FROM "
	  "streams WHERE call_id IS NULL ORDER BY id" },
	{ "streams_encrypted", KIND_COUNT, "SELECT coalesce(sum(encrypted), 0) FROM streams",
	  NULL },
	{ "calls_one_way", KIND_COUNT, "SELECT count(*) FROM (" SUMMARY_ONE_WAY_SQL ")",
	  "SELECT id, coalesce(caller, '?') || ' -> ' || coalesce(callee, '?') || ', only ' || way "
	  "FROM "
	  "(" SUMMARY_ONE_WAY_SQL ") ORDER BY id" },
	{ "packets", KIND_COUNT, "SELECT coalesce(sum(packets), 0) FROM captures", NULL },
	{ "packets_dropped", KIND_COUNT, "SELECT sum(dropped_packets) FROM captures", NULL },
	{ "packets_truncated", KIND_COUNT,
	  "SELECT coalesce(sum(truncated_packets), 0) FROM captures", NULL },
	{ "captures_damaged", KIND_COUNT,
	  "SELECT count(*) FROM captures WHERE damaged_bytes > 0 OR damage IS NOT NULL",
	  "SELECT NULL, path || coalesce(': ' || damage, '') FROM captures WHERE damaged_bytes > 0 "
	  "OR damage IS NOT NULL ORDER BY id" },
};

static bool blame_rows(struct check *k, const char *sql, struct verdict *v)
{
	struct query *q = rows_query(k->records, sql, RECORD_NULL, k->err);

	if (!q)
		return false;
	while (query_step(q, k->err))
		verdicts_blame(k->out, v, query_int(q, 0), query_text(q, 1));
	query_free(q);
	return k->err->code == ERR_NONE;
}

static bool judge_total(struct check *k, const struct total *t, const struct item *item,
                        const struct bound *b)
{
	struct query *q;

	if (!rows_first(k->records, t->sql, RECORD_NULL, &q, k->err))
		return k->err->code == ERR_NONE;
	double value = query_real(q, 0);
	query_free(q);
	if (isnan(value)) {
		item_verdict_why(k, SLICE_LIT("totals"), item, b, VERDICT_ERROR,
		                 t->kind == KIND_RATIO ? "no RTP was captured"
		                                       : "the captures do not say");
		return true;
	}
	struct verdict *v = item_verdict(k, SLICE_LIT("totals"), item, b, bound_holds(b, value));
	say_value(k, v, t->kind, value, b);
	return v->result == VERDICT_PASSED || bound_wants_more(b) || !t->blame ||
	       blame_rows(k, t->blame, v);
}

static const struct total *total_of(struct slice name, struct nearest *nearest)
{
	for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
		if (slice_eq_str(name, totals[i].name))
			return &totals[i];
		nearest_try(nearest, totals[i].name);
	}
	return NULL;
}

/* "streams.delay_ms.p95": what it is of may stand in front; else calls are asked before streams. */
static int check_subject_of(struct check *k, const struct population *p, const struct item *item,
                            struct nearest *nearest)
{
	struct selection all = { .of = p, .group = SLICE_LIT("totals") };
	struct item inner = *item;
	struct subject subject;
	size_t n = strlen(p->name);

	if (slice_starts(item->subject, p->name) && item->subject.n > n &&
	    item->subject.p[n] == '.')
		inner.subject = slice_from(item->subject, n + 1);
	else if (slice_eq_str(item->subject, p->name))
		inner.subject = SLICE_LIT("count");
	else if (p != &populations[CALLS] && p != &populations[STREAMS])
		return 0;
	else if (slice_eq_str(item->subject, "count"))
		return 0; /* of what? */
	int parsed = subject_parse(k, p, &inner, &subject, nearest);
	if (parsed <= 0)
		return parsed;
	return subject_check(k, &all, &subject, item) ? 1 : -1;
}

bool total_check_item(struct check *k, void *context, const struct item *item)
{
	size_t dot = slice_find(item->subject, '.');
	struct nearest nearest = nearest_to(slice_sub(item->subject, 0, dot));
	struct bound b;

	(void)context;
	const struct total *t = total_of(item->subject, &nearest);
	if (t)
		return item_bound(k, item, t->kind, &b) &&
		       (!k->records || judge_total(k, t, item, &b));
	for (int i = 0; i < POPULATIONS; i++) {
		nearest_try(&nearest, populations[i].name);
		int done = check_subject_of(k, &populations[i], item, &nearest);
		if (done)
			return done > 0;
	}
	return item_unknown(k, item, "such number or section:", &nearest);
}

bool totals_check(struct check *k, const struct yaml_node *n)
{
	return items_each(k, n, total_check_item, NULL);
}
