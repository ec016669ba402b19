/* Below the streams of a ladder: what was heard in them, and who spoke. Only of runs with --audio. */
#include "reports/ladder_internal.h"

#include <inttypes.h>

static void add_level(struct text *out, struct query *q, int column, int width)
{
	if (query_is_null(q, column))
		text_addf(out, " %*s", width, "-");
	else
		text_addf(out, " %*.1f", width, query_real(q, column));
}

static void print_heard(struct ladder *l, struct query *q)
{
	text_addf(l->out, "  %-4" PRId64, query_int(q, 0));
	add_level(l->out, q, 1, 9);
	add_level(l->out, q, 2, 7);
	add_level(l->out, q, 3, 7);
	add_level(l->out, q, 4, 7);
	add_level(l->out, q, 5, 9);
	add_level(l->out, q, 6, 9);
	text_addf(l->out, "  ");
	text_add_terminal(l->out, query_text(q, 7));
	text_addf(l->out, "\n");
}

static bool print_streams(struct ladder *l, struct err *err)
{
	struct query *q = rows_query(
	        l->records,
	        "SELECT s.id, a.level_dbov, 100 * a.activity, a.noise_dbov, a.peak_dbov, "
	        "(a.first_audio_us - (SELECT coalesce(start_us, first_us) FROM calls WHERE id = "
	        "?1)) "
	        "/ 1e6, a.dead_air_longest_ms / 1e3, "
	        "trim(iif(a.clipped_ratio > 0.001, printf('%.2f %% clipped ', 100 * "
	        "a.clipped_ratio), "
	        "'') || iif(a.concealed_ms > 0, printf('%.0f ms concealed ', a.concealed_ms), '') "
	        "|| "
	        "iif(a.undecoded_packets > 0, printf('%d packets not heard: %s ', "
	        "a.undecoded_packets, a.undecoded), '')) "
	        "FROM stream_audio a JOIN streams s ON s.id = a.stream_id WHERE s.call_id = ?1 "
	        "ORDER BY s.first_us, s.id",
	        l->call_id, err);

	if (!q)
		return false;
	for (bool first = true; query_step(q, err); first = false) {
		if (first)
			text_addf(l->out, "\nHeard      level  act %%  noise   peak   first s dead "
			                  "air s\n");
		print_heard(l, q);
	}
	return rows_end(q, l->out, err);
}

static void print_first(struct ladder *l, struct query *q, int column)
{
	if (!query_is_null(q, column))
		text_addf(l->out, " (first %.2f s after the answer)", query_real(q, column) / 1000);
}

static bool print_talk(struct ladder *l, struct err *err)
{
	struct query *q = rows_query(
	        l->records,
	        "WITH " LEGS "SELECT (SELECT n FROM leg WHERE id = a.dialog_id) AS leg, "
	        "caller_talk_ms / 1e3, caller_first_ms, callee_talk_ms / 1e3, callee_first_ms, "
	        "double_talk_ms / 1e3, mutual_silence_longest_ms / 1e3, silent "
	        "FROM call_audio a WHERE call_id = ?1 ORDER BY leg",
	        l->call_id, err);

	if (!q)
		return false;
	while (query_step(q, err)) {
		text_addf(l->out, "  ");
		if (l->legs > 1 && !query_is_null(q, 0))
			text_addf(l->out, "leg %" PRId64 ": ", query_int(q, 0));
		text_addf(l->out, "caller spoke %.1f s", query_real(q, 1));
		print_first(l, q, 2);
		text_addf(l->out, ", callee %.1f s", query_real(q, 3));
		print_first(l, q, 4);
		text_addf(l->out, ", both %.1f s; longest silence of both %.1f s\n",
		          query_real(q, 5), query_real(q, 6));
	}
	return rows_end(q, l->out, err);
}

bool ladder_print_sound(struct ladder *l, struct err *err)
{
	return print_streams(l, err) && print_talk(l, err);
}
