#include "cli/audio_streams.h"

#include "analyzer/score/codec_table.h"
#include "base/mem.h"
#include "reports/call_messages.h"
#include "reports/rows.h"

#include <inttypes.h>

static const char streams_sql[] =
        "WITH " LEGS "SELECT s.id, (SELECT n FROM leg WHERE id = s.dialog_id), "
        "EXISTS (SELECT 1 FROM leg JOIN dialogs d USING (id) WHERE leg.n = (SELECT n FROM leg "
        "WHERE "
        "id = s.dialog_id) AND d.answer_us IS NOT NULL), src_addr, src_port, dst_addr, dst_port, "
        "ssrc, first_us, last_us, direction, encrypted, packets, codec, clock_hz FROM streams s "
        "WHERE call_id = ?1 ORDER BY first_us, id";
static const char stream_sql[] = "SELECT id, 0, 0, src_addr, src_port, dst_addr, dst_port, ssrc, "
                                 "first_us, last_us, direction, encrypted, packets, codec, "
                                 "clock_hz FROM streams WHERE id = ?1";

static bool is_video(struct query *q)
{
	const struct codec *c = query_is_null(q, 13) ? NULL : codec_by_name(query_text(q, 13), 0);

	return c && c->role == PAYLOAD_ROLE_VIDEO;
}

static struct audio_stream stream_of(struct query *q)
{
	struct audio_stream s = {
		.id = query_int(q, 0),
		.leg = query_is_null(q, 1) ? 0 : query_int(q, 1),
		.answered = query_int(q, 2) == 1,
		.place = { .src.port = (uint16_t)query_int(q, 4),
		           .dst.port = (uint16_t)query_int(q, 6),
		           .ssrc = (uint32_t)query_int(q, 7),
		           .first_us = query_int(q, 8),
		           .last_us = query_int(q, 9) },
		.has_direction = !query_is_null(q, 10),
		.to_callee = slice_eq(query_text(q, 10), SLICE_LIT("caller_to_callee")),
		.encrypted = query_int(q, 11) == 1,
		.packets = query_int(q, 12),
		.clock_hz = query_is_null(q, 14) ? 0 : (uint32_t)query_int(q, 14),
	};

	if (!query_is_null(q, 13))
		slice_cstr(query_text(q, 13), s.codec, sizeof s.codec);
	return s;
}

static bool add(struct audio_streams *a, struct query *q, struct err *err)
{
	struct audio_stream s = stream_of(q);

	if (is_video(q))
		return true;
	if (!ip_addr_parse(query_text(q, 3), &s.place.src.addr) ||
	    !ip_addr_parse(query_text(q, 5), &s.place.dst.addr))
		return err_set(err, ERR_FORMAT, "the database's stream %" PRId64 " makes no sense",
		               s.id);
	if (!(a->count & (a->count - 1))) { /* doubles at powers of two */
		void *grown = mem_resize(a->all, (a->count ? 2 * a->count : 1) * sizeof *a->all);
		if (!grown)
			return err_memory(err, "the streams of a call");
		a->all = grown;
	}
	a->all[a->count++] = s;
	return true;
}

static bool load(struct audio_streams *a, struct records *r, const char *sql, int64_t id,
                 struct err *err)
{
	struct query *q = rows_query(r, sql, id, err);
	bool ok = q != NULL;

	while (ok && query_step(q, err))
		ok = add(a, q, err);
	query_free(q);
	return ok && err->code == ERR_NONE;
}

/* --- choosing --------------------------------------------------------------------------------------------------- */

/* The first leg that was answered and can be heard, else the first that can be heard. */
static int64_t choose_leg(const struct audio_streams *a)
{
	int64_t best = 0;
	bool best_answered = false;

	for (size_t i = 0; i < a->count; i++) {
		const struct audio_stream *s = &a->all[i];
		if (!s->leg)
			continue;
		if (!best || (s->answered && !best_answered) ||
		    (s->answered == best_answered && s->leg < best)) {
			best = s->leg;
			best_answered = s->answered;
		}
	}
	return best;
}

static bool sound_together(const struct audio_stream *a, const struct audio_stream *b)
{
	int64_t from =
	        a->place.first_us > b->place.first_us ? a->place.first_us : b->place.first_us;
	int64_t to = a->place.last_us < b->place.last_us ? a->place.last_us : b->place.last_us;
	int64_t shorter = a->place.last_us - a->place.first_us;

	if (b->place.last_us - b->place.first_us < shorter)
		shorter = b->place.last_us - b->place.first_us;
	return 2 * (to - from) > shorter;
}

/* A relay's two halves of one direction are one sound: the one with more packets is heard. */
static bool is_said_better(const struct audio_streams *a, const struct audio_stream *s)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct audio_stream *o = &a->all[i];
		if (o != s && (o->choice == AUDIO_HEARD || o->choice == AUDIO_SAME_AGAIN) &&
		    o->to_callee == s->to_callee && sound_together(o, s) &&
		    (o->packets > s->packets || (o->packets == s->packets && o < s)))
			return true;
	}
	return false;
}

static bool choose_stream(struct audio_streams *a, int64_t id, struct err *err)
{
	bool found = false;

	for (size_t i = 0; i < a->count; i++) {
		bool is_it = a->all[i].id == id;
		a->all[i].choice = is_it ? AUDIO_HEARD : AUDIO_NOT_ASKED;
		found |= is_it;
	}
	return found ||
	       err_set(err, ERR_USAGE,
	               "no audio stream %" PRId64 " there; 'milliwatt show' lists a call's streams",
	               id);
}

static bool choose_both_sides(struct audio_streams *a, int64_t leg, struct err *err)
{
	bool found = false;

	a->leg = leg ? leg : choose_leg(a);
	for (size_t i = 0; i < a->count; i++) {
		bool other = (leg || a->all[i].leg) && a->all[i].leg != a->leg;
		a->all[i].choice = other ? AUDIO_OTHER_LEG : AUDIO_HEARD;
		found |= !other;
	}
	for (size_t i = 0; i < a->count; i++)
		if (a->all[i].choice == AUDIO_HEARD && is_said_better(a, &a->all[i]))
			a->all[i].choice = AUDIO_SAME_AGAIN;
	return found || !leg ||
	       err_set(err, ERR_USAGE, "leg %" PRId64 " of the call has no audio stream", leg);
}

bool audio_streams_load(struct audio_streams *a, struct records *r, int64_t call_id,
                        const struct audio_wish *wish, struct err *err)
{
	bool of_call = call_id != RECORD_NULL;

	*a = (struct audio_streams){ 0 };
	if (!load(a, r, of_call ? streams_sql : stream_sql, of_call ? call_id : wish->stream, err))
		return false;
	if (of_call && !rows_int(r, "WITH " LEGS "SELECT max(n) FROM leg", call_id, &a->legs, err))
		return false;
	return wish->stream ? choose_stream(a, wish->stream, err)
	                    : choose_both_sides(a, wish->leg, err);
}

void audio_streams_release(struct audio_streams *a)
{
	mem_free(a->all);
	*a = (struct audio_streams){ 0 };
}
