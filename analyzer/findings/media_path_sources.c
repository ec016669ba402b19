/* A12 to A14: senders that change, are two at once, or begin anew. */
#include "analyzer/findings/media_path.h"
#include "base/duration.h"

#include <inttypes.h>

#define LEAST_PACKETS 10 /* of a stream that is compared with another */
#define SDP_NEAR_NS   (1 * NS_PER_S)

static bool is_comparable(const struct stream *st)
{
	return audio_is(st) && st->taken >= LEAST_PACKETS && !st->cold->mixed &&
	       stream_format(st, st->cold->audio)->role == PAYLOAD_ROLE_AUDIO;
}

static bool same_destination(const struct stream *x, const struct stream *y)
{
	return x->key.dport == y->key.dport && ip_addr_eq(x->key.dst, y->key.dst);
}

/* An SDP of the call came shortly before, or within. */
static bool sdp_within(const struct call_media *m, int64_t from_ns, int64_t until_ns)
{
	for (const struct media_end *end = m->ends; end; end = end->next)
		if (end->said_ns >= duration_after(from_ns, -SDP_NEAR_NS) &&
		    end->said_ns <= until_ns)
			return true;
	return false;
}

static void say_source(struct text *t, const struct stream *st)
{
	audio_say_endpoint(t, (struct endpoint){ st->key.src, st->key.sport });
	text_addf(t, " (SSRC 0x%08" PRIx32 ")", st->key.ssrc);
}

/* ---- A12 ---- */

static uint8_t audio_type(const struct stream *st)
{
	return stream_format(st, st->cold->audio)->payload_type;
}

/* The one whose place `st` took, without a word in SDP; NULL: none. */
static const struct stream *predecessor(const struct media_path *m, const struct stream *st)
{
	int64_t within_ns = (int64_t)(m->change_s * (double)NS_PER_S);
	const struct stream *found = NULL;

	for (const struct stream *o = st->media->streams; o; o = o->cold->next_in_call) {
		int64_t after = duration_between(o->last_ns, st->cold->first_ns);
		if (o != st && is_comparable(o) && same_destination(o, st) &&
		    audio_type(o) == audio_type(st) && after <= within_ns && after >= -NS_PER_S &&
		    o->cold->first_ns < st->cold->first_ns &&
		    !sdp_within(st->media, o->last_ns, st->cold->first_ns) &&
		    (!found || audio_before(found, o)))
			found = o;
	}
	return found;
}

static bool tell_change(struct media_path *m, const struct audio_call *c, unsigned changes,
                        const struct stream *before, const struct stream *after)
{
	struct draft *d = &m->draft;

	draft_begin(d);
	text_addf(&d->cause, "SSRC changes towards ");
	text_add_address(&d->cause, after->key.dst);
	text_addf(&d->text, "the audio to ");
	audio_say_name(&d->text, c->leg, (enum party)after->cold->receiver);
	text_addf(&d->text,
	          " changed its sender %u %s without a change of SDP, the first time %.1f s after "
	          "the answer from ",
	          changes, changes == 1 ? "time" : "times",
	          audio_seconds(duration_between(c->begin_ns, after->cold->first_ns)));
	say_source(&d->text, before);
	text_addf(&d->text, " to ");
	say_source(&d->text, after);
	if ((double)changes > m->many_changes)
		text_addf(&d->text, ": so often that it is a fault");
	evidence_int(&d->evidence, "changes", changes);
	evidence_int(&d->evidence, "ssrc", before->key.ssrc);
	evidence_int(&d->evidence, "next_ssrc", after->key.ssrc);
	return audio_add(d, c,
	                 (struct occurrence){ .rule = RULE_A12,
	                                      .stream_id = after->cold->id,
	                                      .certain = (double)changes > m->many_changes });
}

bool judge_changes(struct media_path *m, const struct audio_call *c)
{
	for (unsigned party = 0; party < 2; party++) {
		const struct stream *first = NULL, *before = NULL, *st = c->leg->media.streams;
		unsigned changes = 0;
		for (; st; st = st->cold->next_in_call) {
			const struct stream *o;
			if (st->cold->receiver != party || !is_comparable(st) ||
			    st->cold->first_ns < c->begin_ns || !(o = predecessor(m, st)))
				continue;
			changes++;
			if (!first || audio_before(st, first)) {
				first = st;
				before = o;
			}
		}
		if (changes && !tell_change(m, c, changes, before, first))
			return false;
	}
	return true;
}

/* ---- A13 ---- */

static bool tell_two(struct media_path *m, const struct audio_call *c, const struct stream *x,
                     const struct stream *y)
{
	struct draft *d = &m->draft;
	const struct stream *a = audio_before(x, y) ? x : y, *b = a == x ? y : x;
	double overlap_s = audio_seconds(audio_overlap_ns(x, y));

	draft_begin(d);
	text_addf(&d->cause, "two senders at once to ");
	text_add_address(&d->cause, a->key.dst);
	say_source(&d->text, a);
	text_addf(&d->text, " and ");
	say_source(&d->text, b);
	text_addf(&d->text, " sent to ");
	audio_say_endpoint(&d->text, (struct endpoint){ a->key.dst, a->key.dport });
	text_addf(&d->text, " at the same time for %.1f s: ", overlap_s);
	audio_say_name(&d->text, c->leg, (enum party)a->cold->receiver);
	text_addf(&d->text, " hears both, or one chopped by the other");
	evidence_real(&d->evidence, "overlap_s", overlap_s);
	evidence_real(&d->evidence, "threshold_s", m->overlap_s);
	evidence_int(&d->evidence, "ssrc", a->key.ssrc);
	evidence_int(&d->evidence, "other_ssrc", b->key.ssrc);
	return audio_add(d, c, (struct occurrence){ .rule = RULE_A13, .stream_id = b->cold->id });
}

/* Whose time in common is longer; of equal ones the pair that began first. */
static bool is_better(const struct stream *x, const struct stream *y, const struct stream *best_x,
                      const struct stream *best_y)
{
	int64_t overlap = audio_overlap_ns(x, y),
	        best = best_x ? audio_overlap_ns(best_x, best_y) : 0;

	if (overlap != best)
		return overlap > best;
	return best_x && audio_before(audio_before(x, y) ? x : y,
	                              audio_before(best_x, best_y) ? best_x : best_y);
}

/* One pair per call says enough. */
bool judge_two_senders(struct media_path *m, const struct audio_call *c)
{
	const struct stream *best_x = NULL, *best_y = NULL;

	for (const struct stream *x = c->leg->media.streams; x; x = x->cold->next_in_call) {
		if (!is_comparable(x))
			continue;
		for (const struct stream *y = x->cold->next_in_call; y; y = y->cold->next_in_call) {
			if (!is_comparable(y) || !same_destination(x, y) ||
			    audio_seconds(audio_overlap_ns(x, y)) < m->overlap_s ||
			    !is_better(x, y, best_x, best_y))
				continue;
			best_x = x;
			best_y = y;
		}
	}
	return !best_x || tell_two(m, c, best_x, best_y);
}

/* ---- A14 ---- */

static bool tell_restart(struct media_path *m, const struct audio_call *c, const struct stream *st)
{
	struct draft *d = &m->draft;
	const struct packet_mark *at = &st->cold->restart;
	struct sighting s = { at->capture_id, at->frame, at->time_ns };

	draft_begin(d);
	text_addf(&d->cause, "RTP begins anew from ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->text, "the RTP of ");
	audio_say_name(&d->text, c->leg, party_other((enum party)st->cold->receiver));
	text_addf(&d->text, " from ");
	say_source(&d->text, st);
	text_addf(&d->text,
	          " began anew without a marker, %u %s, first in frame %" PRIu64
	          ": its sequence numbers or timestamps jump",
	          st->cold->restarts, st->cold->restarts == 1 ? "time" : "times", at->frame);
	evidence_int(&d->evidence, "restarts", st->cold->restarts);
	evidence_frame(&d->evidence, s);
	return audio_add(
	        d, c,
	        (struct occurrence){
	                .rule = RULE_A14, .stream_id = st->cold->id, .first = s, .last = s });
}

bool judge_restarts(struct media_path *m, const struct audio_call *c)
{
	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call)
		if (audio_is(st) && st->cold->restarts &&
		    !sdp_within(st->media, st->cold->restart.time_ns, st->cold->restart.time_ns) &&
		    !tell_restart(m, c, st))
			return false;
	return true;
}
