/* What the rules found, as verdicts: a test case for each rule in force. report.h */
#include "reports/report.h"
#include "reports/rows.h"

#include <inttypes.h>

struct judging {
	struct records *records;
	struct verdicts *out;
	struct slice severity; /* that fails too: 'warning', or 'error' again */
	bool no_streams, no_messages;
};

/* What rule there is, and what of it was found: things that fail, those that only would if the capture had shown more, and others. */
static const char rules_sql[] =
        "SELECT r.*, count(f.id) FILTER (WHERE "
        "f.severity IN ('error', ?1) AND f.downgraded IS NULL) AS bad, count(f.id) FILTER (WHERE "
        "f.severity IN ('error', ?1) AND f.downgraded NOT NULL) AS doubtful, count(f.id) AS "
        "all_of_it, "
        "sum(f.occurrences) FILTER (WHERE f.severity IN ('error', ?1) AND f.downgraded IS NULL) AS "
        "occurrences, max(f.downgraded) AS reason FROM rules r LEFT JOIN findings f ON f.run_id = "
        "r.run_id AND f.rule = r.rule WHERE r.enabled GROUP BY r.run_id, r.rule ORDER BY r.run_id, "
        "r.rowid";

/* By name, for older databases lack some; RECORD_NULL, absent. */
static int column_of(const struct query *q, const char *name)
{
	for (int i = query_columns(q) - 1; i >= 0; i--)
		if (strcmp(query_column_name(q, i), name) == 0)
			return i;
	return -1;
}

static int64_t number(struct query *q, const char *name)
{
	int64_t value = query_int(q, column_of(q, name));

	return value == RECORD_NULL ? 0 : value;
}

static struct slice word(struct query *q, const char *name)
{
	int column = column_of(q, name);

	return column < 0 ? SLICE_NONE : query_text(q, column);
}

static void say(struct judging *j, struct slice *to, struct slice text)
{
	verdicts_say(j->out, to, "%.*s", SLICE_ARG(text));
}

/* Why nothing can be said about what this rule looks for; absent: it can. */
static struct slice obstacle_of(const struct judging *j, struct query *q)
{
	struct slice rule = word(q, "rule");

	if (slice_starts(rule, "B") && j->no_streams)
		return SLICE_LIT("there is no RTP in the captures");
	if (!slice_starts(rule, "B") && !slice_starts(rule, "K") && j->no_messages)
		return SLICE_LIT("there is no SIP in the captures");
	return word(q, "obstacle");
}

static enum verdict_result result_of(const struct judging *j, struct query *q)
{
	if (number(q, "bad"))
		return VERDICT_FAILED;
	return number(q, "doubtful") || obstacle_of(j, q).p ? VERDICT_SKIPPED : VERDICT_PASSED;
}

static bool blame(struct judging *j, struct verdict *one, struct slice rule, struct err *err)
{
	static const char sql[] =
	        "SELECT o.call_id, o.text FROM findings f JOIN finding_occurrences o ON "
	        "o.finding_id = f.id WHERE f.rule = ?1 AND f.severity IN ('error', ?2) AND "
	        "f.downgraded IS "
	        "NULL ORDER BY f.calls DESC, f.id, o.rowid LIMIT ?3";
	struct query *q = query_new(j->records, err, sql);

	if (!q)
		return false;
	query_bind_text(q, 1, rule);
	query_bind_text(q, 2, j->severity);
	query_bind_int(q, 3, VERDICT_MAX_BLAME);
	while (query_step(q, err))
		verdicts_blame(j->out, one, query_int(q, 0), query_text(q, 1));
	query_free(q);
	return err->code == ERR_NONE;
}

/* What to do stands in the findings. */
static bool fix_of(struct judging *j, struct slice rule, struct text *note, struct err *err)
{
	struct query *q = query_new(
	        j->records, err,
	        "SELECT suggestion FROM findings WHERE rule = ?1 AND suggestion NOT NULL LIMIT 1");

	if (!q)
		return false;
	query_bind_text(q, 1, rule);
	if (query_step(q, err))
		text_addf(note, "\nWhat to do: %.*s", SLICE_ARG(query_text(q, 0)));
	query_free(q);
	return err->code == ERR_NONE;
}

static bool explain(struct judging *j, struct query *q, struct verdict *one, struct err *err)
{
	struct slice obstacle = obstacle_of(j, q);
	struct text note;

	text_init(&note);
	bool ok = true;
	if (one->result == VERDICT_SKIPPED) {
		text_add(&note, obstacle.p ? obstacle : word(q, "reason"));
		if (number(q, "doubtful"))
			text_addf(&note, "\n%" PRId64 " uncertain found", number(q, "doubtful"));
	} else {
		text_addf(&note, "looks for: %.*s (%.*s)", SLICE_ARG(word(q, "meaning")),
		          SLICE_ARG(word(q, "section")));
		ok = one->result == VERDICT_PASSED || fix_of(j, word(q, "rule"), &note, err);
	}
	if (ok && note.failed)
		ok = err_memory(err, "the report");
	if (ok)
		say(j, &one->note, slice_of(text_cstr(&note), note.n));
	text_release(&note);
	return ok;
}

static bool judge(struct judging *j, struct query *q, struct err *err)
{
	struct slice rule = word(q, "rule");
	struct verdict *one = verdicts_add(j->out, SLICE_LIT("rules"), SLICE_NONE, result_of(j, q));

	verdicts_say(j->out, &one->name, "%.*s %.*s", SLICE_ARG(rule), SLICE_ARG(word(q, "name")));
	if (one->result == VERDICT_FAILED) {
		verdicts_say(j->out, &one->expected, "none");
		verdicts_say(j->out, &one->actual, "%" PRId64 " in %" PRId64 " place%s",
		             number(q, "bad"), number(q, "occurrences"),
		             number(q, "occurrences") == 1 ? "" : "s");
		if (!blame(j, one, rule, err))
			return false;
		if (one->blame_count < number(q, "occurrences"))
			one->blame_count = number(q, "occurrences");
	} else if (one->result == VERDICT_PASSED && number(q, "all_of_it")) {
		verdicts_say(j->out, &one->actual, "%" PRId64 " of lower severity",
		             number(q, "all_of_it"));
	}
	return explain(j, q, one, err);
}

static bool is_empty(struct records *r, const char *sql, bool *empty, struct err *err)
{
	int64_t any;

	if (!rows_int(r, sql, RECORD_NULL, &any, err))
		return false;
	*empty = any == RECORD_NULL;
	return true;
}

bool report_verdicts(struct records *r, bool warnings_fail, struct verdicts *out, struct err *err)
{
	struct judging j = { .records = r, .out = out };

	j.severity = warnings_fail ? SLICE_LIT("warning") : SLICE_LIT("error");

	if (!is_empty(r, "SELECT id FROM streams LIMIT 1", &j.no_streams, err) ||
	    !is_empty(r, "SELECT id FROM messages LIMIT 1", &j.no_messages, err))
		return false;
	struct query *q = query_new(r, err, rules_sql);
	if (!q)
		return false;
	query_bind_text(q, 1, j.severity);
	bool ok = true;
	while (ok && query_step(q, err))
		ok = judge(&j, q, err);
	query_free(q);
	if (ok && err->code == ERR_NONE && out->failed)
		err_memory(err, "the report");
	return ok && err->code == ERR_NONE;
}
