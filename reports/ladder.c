/* Finding a call, and the order of its page. */
#include "reports/findings.h"
#include "reports/ladder_internal.h"

bool ladder_no_call(struct records *r, struct slice call, struct err *err)
{
	struct text hint, name;
	const char *path = records_path(r);

	text_init(&hint);
	text_init(&name);
	rows_add_shell(&hint, path ? path : "DB");
	text_add_terminal(&name, slice_sub(call, 0, 100));
	err_set(err, ERR_USAGE, "there is no call '%s'; 'milliwatt show %s' lists the calls",
	        text_cstr(&name), text_cstr(&hint));
	if (hint.failed || name.failed)
		err_memory(err, "a message");
	text_release(&hint);
	text_release(&name);
	return false;
}

static bool print_ladder(struct ladder *l, struct err *err)
{
	if (!ladder_print_header(l, err) ||
	    !call_events_load(&l->events, l->records, l->call_id, &l->arena, err))
		return false;
	l->legs = l->events.legs;
	if (!ladder_print_events(l, err) || !ladder_print_legs(l, err) ||
	    !ladder_print_streams(l, err) || !ladder_print_sound(l, err))
		return false;
	return l->out->failed || l->scratch.failed ? err_memory(err, "a ladder") : true;
}

bool ladder_text(struct records *r, int64_t call_id, const struct ladder_style *style,
                 struct text *out, struct err *err)
{
	struct ladder l = { .records = r, .call_id = call_id, .out = out };

	l.glyphs = style->ascii ? &ladder_ascii : &ladder_utf8;
	l.width = style->width < 60                 ? 60
	          : style->width > LADDER_MAX_WIDTH ? LADDER_MAX_WIDTH
	                                            : style->width;
	arena_init(&l.arena, 4096);
	text_init(&l.scratch);
	bool ok = print_ladder(&l, err);
	arena_release(&l.arena);
	text_release(&l.scratch);
	return ok;
}

static bool find_by(struct records *r, const char *sql, struct slice call, int64_t *id,
                    struct err *err)
{
	struct query *q = query_new(r, err, sql);

	if (!q)
		return false;
	query_bind_text(q, 1, call);
	bool found = query_step(q, err);
	if (found)
		*id = query_int(q, 0);
	query_free(q);
	return found;
}

bool ladder_find(struct records *r, struct slice call, int64_t *id, struct err *err)
{
	static const char *const ways[] = {
		"SELECT id FROM calls WHERE id = CAST(?1 AS INTEGER) AND CAST(id AS TEXT) = ?1",
		"SELECT min(id) FROM calls WHERE sip_call_id = ?1 HAVING count(*) > 0",
		("SELECT min(call_id) FROM dialogs WHERE sip_call_id = ?1 AND call_id IS NOT NULL "
		 "HAVING count(*) > 0"),
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (find_by(r, ways[i], call, id, err) || err->code != ERR_NONE)
			return err->code == ERR_NONE;
	return ladder_no_call(r, call, err);
}

bool ladder_json(struct records *r, int64_t call_id, struct text *out, struct err *err)
{
	static const char *const parts[][2] = {
		{ "dialogs", "SELECT * FROM dialogs WHERE call_id = ?1 ORDER BY start_us, id" },
		{ "edges", "SELECT * FROM leg_edges WHERE call_id = ?1 ORDER BY dialog_id, "
		           "other_dialog_id, reason" },
		{ "transfers", "SELECT * FROM transfers WHERE call_id = ?1 ORDER BY time_us, id" },
		{ "messages", WITH_CALL_MESSAGES "SELECT * FROM m ORDER BY time_us, id" },
		{ "streams", "SELECT * FROM streams WHERE call_id = ?1 ORDER BY first_us, id" },
		{ "dtmf", "SELECT * FROM dtmf WHERE call_id = ?1 ORDER BY time_us, id" },
		{ "digits", "SELECT * FROM call_digits WHERE call_id = ?1 ORDER BY party" },
		{ "stream_audio", "SELECT a.* FROM stream_audio a JOIN streams s ON s.id = "
		                  "a.stream_id WHERE s.call_id = ?1 ORDER BY s.first_us, s.id" },
		{ "tones", "SELECT * FROM tones WHERE call_id = ?1 ORDER BY time_us, stream_id" },
		{ "call_audio", "SELECT * FROM call_audio WHERE call_id = ?1 ORDER BY dialog_id" },
	};

	text_addf(out, "{\n\t\"call\": ");
	if (!rows_json_first(r, "SELECT * FROM calls WHERE id = ?1", call_id, out, err))
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		text_addf(out, ",\n\t\"%s\": ", parts[i][0]);
		if (!rows_json_array(r, parts[i][1], call_id, 1, out, err))
			return false;
	}
	text_addf(out, ",\n\t\"findings\": ");
	if (!call_findings_json(r, call_id, out, err))
		return false;
	text_addf(out, "\n}\n");
	return out->failed ? err_memory(err, "the report") : true;
}
