#include "reports/html/call_pages.h"

#include "base/mem.h"
#include "reports/call_messages.h"
#include "reports/findings.h"
#include "reports/html/call_page.h"

/* clang-format off */
#define ENDPOINT(end) "iif(instr(" end "_addr, ':'), '[' || " end "_addr || ']', " end "_addr) || ':' || " end "_port"

/* Each is read once, in order of calls. What columns mean is said where they are written. */
static const char *const queries[CALL_TABLES] = {
	[OF_CALLS] =
	"SELECT c.id, c.caller, c.callee, c.sip_call_id, coalesce(c.start_us, c.first_us), c.ring_us, c.answer_us, c.end_us, "
	"c.setup_ms, c.pdd_ms, c.talk_ms, c.outcome, c.final_status, c.reason, c.q850_cause, c.released_by, c.leg_count, "
	"c.mos_min, c.transferred, c.held_ms, c.cut, c.holds, c.challenges, c.username, c.realm, c.attempts "
	"FROM calls c ORDER BY c.id",

	[OF_FINDINGS] =
	"SELECT o.call_id, f.id, f.rule, f.name, f.severity, f.confidence, f.downgraded, o.text, o.evidence, f.suggestion, "
	"o.capture_id, o.first_frame, o.last_frame, o.first_us, r.section, r.meaning "
	"FROM finding_occurrences o JOIN findings f ON f.id = o.finding_id "
	"LEFT JOIN rules r ON r.run_id = f.run_id AND r.rule = f.rule "
	"WHERE o.call_id IS NOT NULL ORDER BY 1, " FINDINGS_HEADLINE_ORDER ", f.id, o.first_us IS NULL, o.first_us, o.text",

	[OF_STREAMS] =
	"SELECT s.call_id, s.id, s.direction, " ENDPOINT("s.src") ", " ENDPOINT("s.dst") ", s.ssrc, s.payload_type, s.codec, "
	"s.clock_hz, s.ptime_ms, s.encrypted, s.first_us, s.last_us, s.packets, s.expected, s.lost, s.duplicates, s.reordered, "
	"s.late, s.max_delta_ms, s.jitter_max_ms, s.jitter_mean_ms, s.jitter_p95_ms, s.loss_ratio, s.burst_r, s.longest_loss, "
	"s.clock_skew_ppm, s.r_factor, s.mos_lq, s.mos_cq, s.mos_scale, s.mos_estimated, s.delay_ms, s.delay_source, "
	"s.silence_ratio, s.dscp, s.ended_early, s.segments, s.ignored, "
	"e.bursts, e.burst_density, e.burst_ms, k.suite, k.key, k.authenticated, k.failed, "
	"t.sender_reports, t.sender_packets, t.receiver_reports, t.far_fraction_max, t.far_lost, t.far_jitter_max_ms, "
	"t.rtt_mean_ms, t.rtt_max_ms, t.bye_reason, "
	"a.level_dbov, a.activity, a.noise_dbov, a.dead_air, a.dead_air_longest_ms, a.clipped_ratio, a.undecoded "
	"FROM streams s LEFT JOIN stream_events e ON e.stream_id = s.id LEFT JOIN stream_srtp k ON k.stream_id = s.id "
	"LEFT JOIN stream_rtcp t ON t.stream_id = s.id LEFT JOIN stream_audio a ON a.stream_id = s.id "
	"WHERE s.call_id IS NOT NULL ORDER BY 1, s.first_us, s.id",

	[OF_INTERVALS] =
	"SELECT s.call_id, i.stream_id, i.start_us, i.packets, i.lost, i.late, i.jitter_ms, i.mos FROM stream_intervals i "
	"JOIN streams s ON s.id = i.stream_id WHERE s.call_id IS NOT NULL ORDER BY 1, s.first_us, 2, 3",

	[OF_DELAYS] =
	"SELECT s.call_id, x.stream_id, x.time_us, x.rtt_ms FROM rtcp_reports x JOIN streams s ON s.id = x.stream_id "
	"WHERE s.call_id IS NOT NULL AND x.rtt_ms IS NOT NULL ORDER BY 1, s.first_us, 2, 3",

	[OF_DIGITS] =
	"SELECT call_id, party, digits, presses, methods, count_mismatch, first_us, last_us FROM call_digits ORDER BY 1, party",

	[OF_TALK] =
	"SELECT call_id, caller_talk_ms, caller_first_ms, callee_talk_ms, callee_first_ms, double_talk_ms, "
	"mutual_silence_longest_ms, silent FROM call_audio ORDER BY 1, dialog_id",

	/* Of the first dialog: SQLite takes the other columns from the row of the least id. */
	[OF_PARTIES] =
	"SELECT call_id, min(id), caller_user_agent, callee_user_agent, session_expires_s FROM dialogs "
	"WHERE call_id IS NOT NULL GROUP BY 1 ORDER BY 1",

	/* A leg's forks share what is the caller's; what is the callee's is that of the one that won. */
	[OF_LEGS] =
	"WITH " LEGS_OF_ALL "SELECT leg.call_id, leg.n, d.from_uri, d.to_uri, d.src, d.dst, d.transport, d.state, d.final_status, "
	"d.start_us, d.answer_us, d.end_us, d.sip_call_id, d.caller_user_agent, d.callee_user_agent, d.kind, "
	"d.session_expires_s, d.refresher, d.refreshes, d.id FROM leg JOIN dialogs d USING (id) "
	"ORDER BY 1, 2, (d.kind = 'invite') DESC, coalesce(d.won, d.answer_us IS NOT NULL) DESC, d.id",

	[OF_EDGES] =
	"WITH " LEGS_OF_ALL "SELECT e.call_id, a.n, b.n, e.reason, e.score, e.detail FROM leg_edges e "
	"JOIN leg a ON a.id = e.dialog_id JOIN leg b ON b.id = e.other_dialog_id ORDER BY 1, 2, 3, 5 DESC, 4, 6",

	[OF_TRANSFERS] =
	"SELECT t.call_id, t.time_us, t.kind, t.refer_to, t.referred_by, t.replaces, t.outcome, t.status, t.notify_status "
	"FROM transfers t WHERE t.call_id IS NOT NULL ORDER BY 1, t.time_us, t.id",

	[OF_TRUTH] =
	"WITH known AS MATERIALIZED (SELECT DISTINCT call_id, sip_call_id FROM dialogs WHERE call_id IS NOT NULL), "
	"seen AS MATERIALIZED (SELECT call_id, sum(packets) AS packets, sum(lost) AS lost FROM streams WHERE call_id IS NOT NULL GROUP BY 1), "
	"pressed AS MATERIALIZED (SELECT call_id, max(iif(party = 'caller', digits, NULL)) AS caller, "
	"max(iif(party = 'callee', digits, NULL)) AS callee FROM call_digits GROUP BY 1) "
	"SELECT k.call_id, s.role, s.scenario, s.outcome, s.failure, s.failure_text, s.messages_sent, s.messages_dropped, "
	"s.rtp_sent, s.rtp_dropped, s.rtp_unseen, s.rtp_duplicated, s.rtp_received, s.digits_sent, c.outcome, seen.packets, seen.lost, "
	"CASE s.role WHEN 'caller' THEN pressed.caller WHEN 'callee' THEN pressed.callee END, s.started_us, s.intended_us, s.ended_us "
	"FROM sim_calls s JOIN known k ON k.sip_call_id = s.sip_call_id JOIN calls c ON c.id = k.call_id "
	"LEFT JOIN seen ON seen.call_id = k.call_id LEFT JOIN pressed ON pressed.call_id = k.call_id "
	"ORDER BY 1, s.role, s.rowid",
};
/* clang-format on */

struct call_pages {
	struct records *records;
	const struct html_options *options;
	struct plots *plots;
	struct call_events_reader *events;
	struct call_cursor tables[CALL_TABLES];
	struct query *evidence;
	int64_t captures; /* that were kept */
	struct arena arena;
	struct text scratch;
	struct call_point *points;
	struct call_delay *delays;
	size_t point_room, delay_room;
};

static bool open_all(struct call_pages *p, struct err *err)
{
	for (int i = 0; i < CALL_TABLES; i++)
		if (!call_cursor_open(&p->tables[i], p->records, queries[i], RECORD_NULL, err))
			return false;
	p->events = call_events_reader_new(p->records, err);
	if (!p->events)
		return false;
	p->evidence = query_new(
	        p->records, err,
	        "SELECT key, iif(type = 'real' AND value = CAST(value AS INTEGER), CAST(value AS "
	        "INTEGER), value) FROM json_each(iif(json_valid(?1), ?1, '{}')) WHERE key <> "
	        "'frames' AND value IS NOT NULL");
	return p->evidence &&
	       rows_int(p->records, "SELECT count(*) FROM captures WHERE format <> 'none'",
	                RECORD_NULL, &p->captures, err);
}

struct call_pages *call_pages_new(struct records *r, const struct html_options *options,
                                  struct plots *plots, struct err *err)
{
	struct call_pages *p = mem_zalloc(sizeof *p);

	if (!p) {
		err_memory(err, "the pages of calls");
		return NULL;
	}
	p->records = r;
	p->options = options;
	p->plots = plots;
	arena_init(&p->arena, 16384);
	text_init(&p->scratch);
	if (open_all(p, err))
		return p;
	call_pages_free(p);
	return NULL;
}

void call_pages_free(struct call_pages *p)
{
	if (!p)
		return;
	for (int i = 0; i < CALL_TABLES; i++)
		call_cursor_close(&p->tables[i]);
	call_events_reader_free(p->events);
	query_free(p->evidence);
	arena_release(&p->arena);
	text_release(&p->scratch);
	mem_free(p->points);
	mem_free(p->delays);
	mem_free(p);
}

/* Room for one more of `count`, in steps of doubling. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	size_t more = *room ? 2 * *room : 64;
	void *p = mem_resize(array, more * size);
	if (p)
		*room = more;
	return p;
}

static struct call_point point_of(struct query *q)
{
	double packets = query_real(q, 3), lost = query_real(q, 4);
	double late = query_is_null(q, 5) ? 0 : query_real(q, 5);
	double expected = packets + lost;

	return (struct call_point){
		.stream_id = query_int(q, 1),
		.time_us = query_int(q, 2),
		.loss = expected > 0 ? 100 * (lost + late) / expected : NAN,
		.jitter_ms = query_real(q, 6),
		.mos = query_real(q, 7),
	};
}

static bool read_points(struct call_pages *pages, struct call_page *p, struct err *err)
{
	struct query *q;

	while (call_page_row(p, OF_INTERVALS, &q, err)) {
		if (p->point_count == CALL_PAGE_MAX_POINTS)
			continue;
		void *grown = grow(pages->points, p->point_count, &pages->point_room,
		                   sizeof *pages->points);
		if (!grown)
			return err_memory(err, "the curves of a call");
		pages->points = grown;
		pages->points[p->point_count++] = point_of(q);
	}
	p->points = pages->points;
	while (call_page_row(p, OF_DELAYS, &q, err)) {
		if (p->delay_count == CALL_PAGE_MAX_POINTS)
			continue;
		void *grown = grow(pages->delays, p->delay_count, &pages->delay_room,
		                   sizeof *pages->delays);
		if (!grown)
			return err_memory(err, "the curves of a call");
		pages->delays = grown;
		pages->delays[p->delay_count++] =
		        (struct call_delay){ query_int(q, 1), query_int(q, 2), query_real(q, 3) };
	}
	p->delays = pages->delays;
	return err->code == ERR_NONE;
}

/* What a reader wants first stands first: what is wrong, what happened, then the details. */
static bool add_page(struct call_pages *pages, struct call_page *p, struct err *err)
{
	if (!call_page_head(p, err) || !call_page_findings(p, err) ||
	    !call_events_read(pages->events, p->call_id, &pages->arena, &p->events, err) ||
	    !ladder_columns_make(&p->columns, &p->events, &pages->arena, err) ||
	    !read_points(pages, p, err))
		return false;
	return call_page_ladder(p, err) && call_page_messages(p, err) &&
	       call_page_streams(p, err) && call_page_digits(p, err) && call_page_audio(p, err) &&
	       call_page_legs(p, err) && call_page_transfers(p, err) && call_page_truth(p, err) &&
	       call_page_commands(p, err);
}

bool call_pages_add(struct call_pages *pages, int64_t call_id, bool has_plots, bool has_audio,
                    struct text *out, struct err *err)
{
	struct call_page p = {
		.records = pages->records,
		.options = pages->options,
		.plots = has_plots ? pages->plots : NULL,
		.tables = pages->tables,
		.evidence = pages->evidence,
		.has_audio = has_audio,
		.has_captures = pages->captures > 0,
		.call_id = call_id,
		.scratch = &pages->scratch,
		.arena = &pages->arena,
		.out = out,
	};

	arena_reset(&pages->arena);
	if (!add_page(pages, &p, err))
		return false;
	html_end(out);
	return !(out->failed || pages->scratch.failed) || err_memory(err, "the page of a call");
}
