#include "reports/check/fields.h"

/* One value of several: what the SELECT gives as x, NULLs left out. */
#define SEVERAL(select) "(SELECT group_concat(x, char(31)) FROM (" select "))"
#define LEGS(expression)                                                                           \
	SEVERAL("SELECT DISTINCT " expression                                                      \
	        " AS x FROM dialogs d WHERE d.call_id = c.id AND d.kind = 'invite'")
/* Without its port. */
#define ADDRESS(column)                                                                            \
	"replace(replace(rtrim(rtrim(" column ", '0123456789'), ':'), '[', ''), ']', '')"
/* As in the scopes of `kpi`: where a leg's first INVITE went. */
#define TRUNKS(call)                                                                               \
	SEVERAL("SELECT DISTINCT " ADDRESS("d.dst") " AS x FROM dialogs d WHERE d.call_id = " call \
	                                            " AND d.kind = 'invite' AND "                  \
	                                            "d.forked_from IS NULL")
/* Each press once, whichever methods and legs saw it. */
#define DIGITS(direction)                                                                          \
	"(SELECT group_concat(digit, '') FROM (SELECT digit FROM dtmf t WHERE t.call_id = c.id "   \
	"AND t.press_id = t.id AND t.direction = '" direction "' ORDER BY t.time_us, t.id))"
#define CALLER_DIGITS DIGITS("caller_to_callee")
#define CALLEE_DIGITS DIGITS("callee_to_caller")
#define SCENARIOS                                                                                  \
	" LEFT JOIN (SELECT sip_call_id AS played, group_concat(scenario, char(31)) AS scenarios " \
	"FROM sim_calls GROUP BY 1) m ON m.played = c.sip_call_id"
#define MIXED_MOS                                                                                  \
	"narrowband and wideband MOS are never mixed; take mos_lq (narrowband), mos_lq_wb or "     \
	"mos_lq_fb, which are of streams"

static const struct field call_fields[] = {
	{ "pdd_ms", KIND_MS, "c.pdd_ms", NULL, NULL },
	{ "setup_ms", KIND_MS, "c.setup_ms", NULL, NULL },
	{ "talk_ms", KIND_MS, "c.talk_ms", NULL, NULL },
	{ "trying_ms", KIND_MS, "c.trying_ms", NULL, NULL },
	{ "disconnect_ms", KIND_MS, "c.disconnect_ms", NULL, NULL },
	{ "held_ms", KIND_MS, "c.held_ms", NULL, NULL },
	{ "mos_min", KIND_NUMBER, "c.mos_min", NULL, MIXED_MOS },
	{ "legs", KIND_COUNT, "c.leg_count", NULL, NULL },
	{ "attempts", KIND_COUNT, "c.attempts", NULL, NULL },
	{ "challenges", KIND_COUNT, "c.challenges", NULL, NULL },
	{ "holds", KIND_COUNT, "c.holds", NULL, NULL },
	{ "stream_count", KIND_COUNT, "(SELECT count(*) FROM streams s WHERE s.call_id = c.id)",
	  NULL, NULL },
	{ "loss_max", KIND_RATIO,
	  "(SELECT max(s.loss_ratio) FROM streams s WHERE s.call_id = c.id)", NULL, NULL },
	{ "final_status", KIND_STATUS, "c.final_status", NULL, "a status is a name" },
	{ "q850_cause", KIND_COUNT, "c.q850_cause", NULL, "a cause is a name" },
	{ "transferred", KIND_FLAG, "c.transferred", NULL, NULL },
	{ "caller", KIND_TEXT, "c.caller", NULL, NULL },
	{ "callee", KIND_TEXT, "c.callee", NULL, NULL },
	{ "call_id", KIND_TEXT, LEGS("d.sip_call_id"), NULL, NULL },
	{ "from_uri", KIND_TEXT, LEGS("d.from_uri"), NULL, NULL },
	{ "to_uri", KIND_TEXT, LEGS("d.to_uri"), NULL, NULL },
	{ "user_agent", KIND_TEXT,
	  SEVERAL("SELECT d.caller_user_agent AS x FROM dialogs d WHERE d.call_id = c.id UNION "
	          "SELECT d.callee_user_agent FROM dialogs d WHERE d.call_id = c.id"),
	  NULL, NULL },
	{ "trunk", KIND_TEXT, TRUNKS("c.id"), NULL, NULL },
	{ "peer", KIND_TEXT,
	  SEVERAL("SELECT " ADDRESS(
	          "d.src") " AS x FROM dialogs d WHERE d.call_id = c.id UNION "
	                   "SELECT " ADDRESS("d.dst") " FROM dialogs d WHERE d.call_id = c.id"),
	  NULL, NULL },
	{ "outcome", KIND_TEXT, "c.outcome", NULL, NULL },
	{ "reason", KIND_TEXT, "c.reason", NULL, NULL },
	{ "released_by", KIND_TEXT, "c.released_by", NULL, NULL },
	{ "cut", KIND_TEXT, "c.cut", NULL, NULL },
	{ "disconnect", KIND_TEXT, "c.disconnect", NULL, NULL },
	{ "username", KIND_TEXT, "c.username", NULL, NULL },
	{ "realm", KIND_TEXT, "c.realm", NULL, NULL },
	{ "codec", KIND_TEXT,
	  SEVERAL("SELECT DISTINCT s.codec AS x FROM streams s WHERE s.call_id = c.id"), NULL,
	  NULL },
	{ "finding", KIND_TEXT,
	  SEVERAL("SELECT f.rule AS x FROM finding_occurrences o JOIN findings f ON f.id = "
	          "o.finding_id WHERE o.call_id = c.id UNION SELECT f.name FROM "
	          "finding_occurrences o JOIN findings f ON f.id = o.finding_id WHERE o.call_id = "
	          "c.id"),
	  NULL, NULL },
	{ "scenario", KIND_TEXT, "m.scenarios", SCENARIOS, NULL },
	{ "dtmf", KIND_DIGITS,
	  SEVERAL("SELECT " CALLER_DIGITS " AS x UNION ALL SELECT " CALLEE_DIGITS), NULL, NULL },
	{ "dtmf_caller", KIND_DIGITS, CALLER_DIGITS, NULL, NULL },
	{ "dtmf_callee", KIND_DIGITS, CALLEE_DIGITS, NULL, NULL },
	{ .name = NULL },
};

#define OF_SCALE(column, scale) "CASE s.mos_scale WHEN '" scale "' THEN " column " END"

static const struct field stream_fields[] = {
	{ "mos_lq", KIND_NUMBER, OF_SCALE("s.mos_lq", "nb"), NULL, NULL },
	{ "mos_lq_wb", KIND_NUMBER, OF_SCALE("s.mos_lq", "wb"), NULL, NULL },
	{ "mos_lq_fb", KIND_NUMBER, OF_SCALE("s.mos_lq", "fb"), NULL, NULL },
	{ "mos_cq", KIND_NUMBER, OF_SCALE("s.mos_cq", "nb"), NULL, NULL },
	{ "mos_cq_wb", KIND_NUMBER, OF_SCALE("s.mos_cq", "wb"), NULL, NULL },
	{ "mos_cq_fb", KIND_NUMBER, OF_SCALE("s.mos_cq", "fb"), NULL, NULL },
	{ "r_factor", KIND_NUMBER, OF_SCALE("s.r_factor", "nb"), NULL, NULL },
	{ "r_factor_wb", KIND_NUMBER, OF_SCALE("s.r_factor", "wb"), NULL, NULL },
	{ "r_factor_fb", KIND_NUMBER, OF_SCALE("s.r_factor", "fb"), NULL, NULL },
	{ "loss_ratio", KIND_RATIO, "s.loss_ratio", NULL, NULL },
	{ "late_ratio", KIND_RATIO, "1.0 * s.late / nullif(s.packets, 0)", NULL, NULL },
	{ "jitter_mean_ms", KIND_MS, "s.jitter_mean_ms", NULL, NULL },
	{ "jitter_max_ms", KIND_MS, "s.jitter_max_ms", NULL, NULL },
	{ "jitter_p95_ms", KIND_MS, "s.jitter_p95_ms", NULL, NULL },
	{ "max_delta_ms", KIND_MS, "s.max_delta_ms", NULL, NULL },
	{ "delay_ms", KIND_MS, "s.delay_ms", NULL, NULL },
	{ "duration_ms", KIND_MS, "(s.last_us - s.first_us) / 1000.0", NULL, NULL },
	{ "ptime_ms", KIND_MS, "s.ptime_ms", NULL, NULL },
	{ "silence_ratio", KIND_RATIO, "s.silence_ratio", NULL, NULL },
	{ "burst_r", KIND_NUMBER, "s.burst_r", NULL, NULL },
	{ "longest_loss", KIND_COUNT, "s.longest_loss", NULL, NULL },
	{ "clock_skew_ppm", KIND_NUMBER, "s.clock_skew_ppm", NULL, NULL },
	{ "packets", KIND_COUNT, "s.packets", NULL, NULL },
	{ "lost", KIND_COUNT, "s.lost", NULL, NULL },
	{ "late", KIND_COUNT, "s.late", NULL, NULL },
	{ "duplicates", KIND_COUNT, "s.duplicates", NULL, NULL },
	{ "reordered", KIND_COUNT, "s.reordered", NULL, NULL },
	{ "segments", KIND_COUNT, "s.segments", NULL, NULL },
	{ "dscp", KIND_COUNT, "s.dscp", NULL, "a DSCP is a name" },
	{ "encrypted", KIND_FLAG, "s.encrypted", NULL, NULL },
	{ "ended_early", KIND_FLAG, "s.ended_early", NULL, NULL },
	{ "codec", KIND_TEXT, "s.codec", NULL, NULL },
	{ "mos_scale", KIND_TEXT, "s.mos_scale", NULL, NULL },
	{ "direction", KIND_TEXT, "s.direction", NULL, NULL },
	{ "src_addr", KIND_TEXT, "s.src_addr", NULL, NULL },
	{ "dst_addr", KIND_TEXT, "s.dst_addr", NULL, NULL },
	{ "caller", KIND_TEXT, "c.caller", NULL, NULL },
	{ "callee", KIND_TEXT, "c.callee", NULL, NULL },
	{ "outcome", KIND_TEXT, "c.outcome", NULL, NULL },
	{ "trunk", KIND_TEXT, TRUNKS("s.call_id"), NULL, NULL },
	{ .name = NULL },
};

static const struct field registration_fields[] = {
	{ "delay_ms", KIND_MS, "g.delay_ms", NULL, NULL },
	{ "expires_s", KIND_SECONDS, "g.expires_s", NULL, NULL },
	{ "challenges", KIND_COUNT, "g.challenges", NULL, NULL },
	{ "contacts", KIND_COUNT, "g.contacts", NULL, NULL },
	{ "final_status", KIND_STATUS, "g.final_status", NULL, "a status is a name" },
	{ "outcome", KIND_TEXT, "g.outcome", NULL, NULL },
	{ "aor", KIND_TEXT, "g.aor", NULL, NULL },
	{ "contact", KIND_TEXT, "g.contact", NULL, NULL },
	{ "registrar", KIND_TEXT, "g.registrar", NULL, NULL },
	{ "username", KIND_TEXT, "g.username", NULL, NULL },
	{ "realm", KIND_TEXT, "g.realm", NULL, NULL },
	{ "user_agent", KIND_TEXT, "g.user_agent", NULL, NULL },
	{ "call_id", KIND_TEXT, "g.sip_call_id", NULL, NULL },
	{ "ended_by", KIND_TEXT, "g.ended_by", NULL, NULL },
	{ "transport", KIND_TEXT, "g.transport", NULL, NULL },
	{ "reason", KIND_TEXT, "g.reason", NULL, NULL },
	{ .name = NULL },
};

static const struct field simulation_fields[] = {
	{ "duration_ms", KIND_MS, "(m.ended_us - m.started_us) / 1000.0", NULL, NULL },
	{ "behind_ms", KIND_MS, "(m.started_us - m.intended_us) / 1000.0", NULL, NULL },
	{ "messages_sent", KIND_COUNT, "m.messages_sent", NULL, NULL },
	{ "rtp_sent", KIND_COUNT, "m.rtp_sent", NULL, NULL },
	{ "rtp_received", KIND_COUNT, "m.rtp_received", NULL, NULL },
	{ "failed_step", KIND_COUNT, "m.failed_step", NULL, "a step is a name" },
	{ "scenario", KIND_TEXT, "m.scenario", NULL, NULL },
	{ "role", KIND_TEXT, "m.role", NULL, NULL },
	{ "outcome", KIND_TEXT, "m.outcome", NULL, NULL },
	{ "failure", KIND_TEXT, "m.failure", NULL, NULL },
	{ "failure_text", KIND_TEXT, "m.failure_text", NULL, NULL },
	{ "call_id", KIND_TEXT, "m.sip_call_id", NULL, NULL },
	{ "digits_sent", KIND_DIGITS, "nullif(m.digits_sent, '')", NULL, NULL },
	{ .name = NULL },
};

static const char *const call_outcomes[] = { "answered",    "busy",   "no_answer",    "cancelled",
	                                     "rejected",    "failed", "unauthorized", "incomplete",
	                                     "in_progress", NULL };
static const char *const registration_outcomes[] = { "registered", "refreshed",    "unregistered",
	                                             "queried",    "unauthorized", "rejected",
	                                             "failed",     "timed_out",    "in_progress",
	                                             NULL };
static const char *const simulation_outcomes[] = { "succeeded", "failed", NULL };
static const char *const no_outcomes[] = { NULL };

#define PARTIES "coalesce(c.caller, '?') || ' -> ' || coalesce(c.callee, '?')"

const struct population populations[POPULATIONS] = {
	[CALLS] = { .name = "calls",
	            .one = "call",
	            .several = "calls",
	            .from = "calls c",
	            .key = "c.id",
	            .call = "c.id",
	            .shown = PARTIES " || ', ' || c.outcome || coalesce(' ' || c.final_status, '')",
	            .outcome = "c.outcome",
	            .outcomes = call_outcomes,
	            .fields = call_fields },
	[STREAMS] = { .name = "streams",
	              .one = "stream",
	              .several = "streams",
	              .from = "streams s LEFT JOIN calls c ON c.id = s.call_id",
	              .key = "s.id",
	              .call = "s.call_id",
	              .shown = "CASE WHEN c.id IS NULL THEN '' ELSE " PARTIES
	                       " || ', ' END || coalesce(s.codec, 'stream') || ' ' || s.src_addr "
	                       "|| ' to ' || s.dst_addr",
	              .outcome = "NULL",
	              .outcomes = no_outcomes,
	              .fields = stream_fields },
	[REGISTRATIONS] = { .name = "registrations",
	                    .one = "registration",
	                    .several = "registrations",
	                    .from = "registrations g",
	                    .key = "g.id",
	                    .call = "NULL",
	                    .shown = "coalesce(g.aor, '?') || ', ' || coalesce(g.outcome, '?') || "
	                             "coalesce(' ' || g.final_status, '')",
	                    .outcome = "g.outcome",
	                    .outcomes = registration_outcomes,
	                    .fields = registration_fields },
	[SIMULATION] = { .name = "simulation",
	                 .one = "simulated call",
	                 .several = "simulated calls",
	                 .from = "sim_calls m LEFT JOIN (SELECT sip_call_id AS played, min(id) AS "
	                         "id FROM calls GROUP BY 1) k ON k.played = m.sip_call_id",
	                 .key = "m.rowid",
	                 .call = "k.id",
	                 .shown = "coalesce(m.role || ' ', '') || m.scenario || ' ' || "
	                          "m.sip_call_id || coalesce(', ' || m.failure_text, coalesce(', "
	                          "' || m.failure, ''))",
	                 .outcome = "m.outcome",
	                 .outcomes = simulation_outcomes,
	                 .fields = simulation_fields },
};

const struct field *field_of(const struct population *p, struct slice name, struct nearest *nearest)
{
	for (const struct field *f = p->fields; f->name; f++) {
		if (slice_eq_str(name, f->name))
			return f;
		nearest_try(nearest, f->name);
	}
	return NULL;
}

/* "95" or "99.9" as a fraction of a hundred; above 0, to 100. */
static bool parse_percentile(struct slice s, struct percentile *p)
{
	bool fraction = false, any = false;

	*p = (struct percentile){ 0, 100 };
	for (; s.n; s = slice_from(s, 1)) {
		if (s.p[0] == '.' && any && !fraction && s.n > 1) {
			fraction = true;
			continue;
		}
		if (!ascii_is_digit(s.p[0]) || p->numerator > 1000000)
			return false;
		p->numerator = p->numerator * 10 + (s.p[0] - '0');
		p->denominator *= fraction ? 10 : 1;
		any = true;
	}
	return any && p->numerator > 0 && p->numerator <= p->denominator;
}

bool statistic_parse(struct slice name, enum statistic *out, struct percentile *p)
{
	static const struct {
		const char *name;
		enum statistic statistic;
	} names[] = { { "count", STATISTIC_COUNT }, { "min", STATISTIC_MIN },
		      { "max", STATISTIC_MAX },     { "mean", STATISTIC_MEAN },
		      { "sum", STATISTIC_SUM },     { "median", STATISTIC_PERCENTILE } };

	*p = (struct percentile){ 50, 100 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq_str(name, names[i].name)) {
			*out = names[i].statistic;
			return true;
		}
	*out = STATISTIC_PERCENTILE;
	return slice_starts(name, "p") && parse_percentile(slice_from(name, 1), p);
}
