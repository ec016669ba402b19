/* Rows that were written under a leg's own number before its call was known go to the call, all at once at the end. */
#include "reports/records/store_internal.h"

/* In the file of temporary tables, not in memory: there may be as many as calls. */
static const char make[] =
        "CREATE TEMP TABLE joined (leg_id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL)";

#define MOVE(table)                                                                                \
	"UPDATE " table " SET call_id = joined.call_id FROM temp.joined WHERE " table              \
	".call_id = joined.leg_id;"

static const char move[] = MOVE("streams") MOVE("dtmf") MOVE("t38") MOVE("tones") MOVE("call_audio") MOVE("finding_occurrences")
        MOVE("transfers") "DELETE FROM temp.joined;";

/* How many calls a finding is about, and which if there is one only, is known when its occurrences have their calls; a group's text begins
 * with that number ("214 calls: "). An occurrence of no call counts for itself. */
static const char count[] =
        "UPDATE findings SET calls = o.calls, call_id = CASE WHEN o.calls = 1 AND o.alone = 0 THEN "
        "o.call_id END, text = CASE WHEN occurrences = 1 THEN text ELSE "
        "iif(noun = 'calls', o.calls + o.alone, occurrences) || ' ' || "
        "iif(noun = 'calls' AND o.calls + o.alone = 1, 'call', noun) || ': ' || text END"
        " FROM (SELECT finding_id, count(DISTINCT call_id) AS calls, min(call_id) AS call_id,"
        "  count(*) - count(call_id) AS alone FROM finding_occurrences GROUP BY finding_id) AS o"
        " WHERE o.finding_id = findings.id";

/* Reports of voice quality come when the call is over: their streams are found by the call and the addresses that they name. */
static const char find_reported[] =
        "UPDATE rtcp_reports SET stream_id = found.stream_id FROM (SELECT r.id AS report, "
        "min(s.id) AS stream_id FROM rtcp_reports r JOIN dialogs d ON d.sip_call_id = "
        "r.sip_call_id JOIN streams s ON s.call_id = d.call_id WHERE r.kind = 'vq' AND "
        "r.stream_id IS NULL AND (r.source_ssrc IS NULL OR s.ssrc = r.source_ssrc) AND "
        "(r.source_ssrc IS NOT NULL OR r.target = iif(instr(s.dst_addr, ':'), '[' || s.dst_addr "
        "|| ']', s.dst_addr) || ':' || s.dst_port) GROUP BY r.id) AS found "
        "WHERE found.report = rtcp_reports.id";

bool store_joined(struct store *s, int64_t leg_id, int64_t call_id, struct err *err)
{
	struct record_joined r = { leg_id, call_id };

	if (!s->joins && !store_exec(s, make, err))
		return false;
	s->joins = true;
	return store_row(s, TABLE_JOINED, &r, err);
}

bool store_join(struct store *s, struct err *err)
{
	return store_flush(s, err) && (!s->joins || store_exec(s, move, err)) &&
	       store_exec(s, count, err) && (!s->reported || store_exec(s, find_reported, err));
}
