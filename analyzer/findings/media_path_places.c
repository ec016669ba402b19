/* A7 and A8: RTP from and to places that do not fit the SDP. */
#include "analyzer/findings/media_path.h"
#include "base/duration.h"

#include <inttypes.h>

static bool counts(const struct stream *st)
{
	return audio_is(st) && st->taken >= AUDIO_LEAST_PACKETS;
}

static struct endpoint source_of(const struct stream *st)
{
	return (struct endpoint){ st->key.src, st->key.sport };
}

static struct endpoint destination_of(const struct stream *st)
{
	return (struct endpoint){ st->key.dst, st->key.dport };
}

static bool has_place(const struct media_end *end, struct endpoint e)
{
	for (unsigned i = 0; i < end->place_count; i++)
		if (end->places[i].at && endpoint_eq(end->places[i].at->endpoint, e))
			return true;
	return false;
}

/* ---- A7 ---- */

/* Somebody answers to where this one comes from. */
static bool is_answered(const struct stream *st)
{
	for (const struct stream *o = st->media->streams; o; o = o->cold->next_in_call)
		if (audio_is(o) && ip_addr_eq(o->key.dst, st->key.src))
			return true;
	return false;
}

/* The party's media come from where it announced, too: what else comes is somebody else's (H11). */
static bool has_rightful(const struct stream *st)
{
	for (const struct stream *o = st->media->streams; o; o = o->cold->next_in_call)
		if (o != st && audio_is(o) && o->cold->receiver == st->cold->receiver &&
		    audio_is_announced(st->media, o->key.src))
			return true;
	return false;
}

/* One host may send from any of its addresses, and loopback is one host. */
static bool is_same_host(const struct stream *st, struct endpoint said)
{
	return ip_addr_is_loopback(st->key.src) && ip_addr_is_loopback(said.addr);
}

static bool tell_unexpected(struct media_path *m, const struct audio_call *c,
                            const struct stream *st)
{
	struct draft *d = &m->draft;
	enum party sender = party_other((enum party)st->cold->receiver);
	struct endpoint said = audio_place(c, sender);

	draft_begin(d);
	text_addf(&d->cause, "RTP of ");
	text_add_address(&d->cause, said.addr);
	text_addf(&d->cause, " comes from ");
	text_add_address(&d->cause, st->key.src);
	text_addf(&d->text, "the audio of ");
	audio_say_name(&d->text, c->leg, sender);
	text_addf(&d->text, " comes from ");
	audio_say_endpoint(&d->text, source_of(st));
	text_addf(&d->text, ", the SDP says ");
	audio_say_endpoint(&d->text, said);
	text_addf(&d->text, ", and ");
	audio_say_name(&d->text, c->leg, party_other(sender));
	text_addf(&d->text, " sends there (%" PRIu64 " packets), not back to where it comes from",
	          c->to[sender].packets);
	evidence_int(&d->evidence, "packets", (int64_t)st->taken);
	evidence_int(&d->evidence, "packets_to_announced", (int64_t)c->to[sender].packets);
	return audio_add(d, c, (struct occurrence){ .rule = RULE_A7, .stream_id = st->cold->id });
}

bool judge_unexpected(struct media_path *m, const struct audio_call *c)
{
	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		enum party sender = party_other((enum party)st->cold->receiver);
		if (!counts(st) || st->cold->bound != BOUND_BY_DESTINATION ||
		    !c->to[sender].packets || !c->to[sender].end ||
		    audio_is_announced(st->media, st->key.src) || is_answered(st) ||
		    has_rightful(st) || media_is_hidden(c, sender) ||
		    is_same_host(st, audio_place(c, sender)))
			continue;
		if (!tell_unexpected(m, c, st))
			return false;
	}
	return true;
}

/* ---- A8 ---- */

/* The receiver's own RTP, or its messages, come from there: symmetric RTP. */
static bool is_latched(const struct audio_call *c, const struct stream *st)
{
	if (ip_addr_eq(c->leg->said[st->cold->receiver].src.addr, st->key.dst))
		return true;
	for (const struct stream *o = st->media->streams; o; o = o->cold->next_in_call)
		if (audio_is(o) && ip_addr_eq(o->key.src, st->key.dst))
			return true;
	return false;
}

static bool tell_third(struct media_path *m, const struct audio_call *c, const struct stream *st,
                       const struct leg_change *change)
{
	struct draft *d = &m->draft;
	enum party receiver = (enum party)st->cold->receiver;
	struct endpoint to = destination_of(st);

	draft_begin(d);
	text_addf(&d->cause, change ? "RTP to an address no longer valid, from "
	                            : "RTP to an address nobody announced, from ");
	text_add_address(&d->cause, st->key.src);
	audio_say_name(&d->text, c->leg, party_other(receiver));
	text_addf(&d->text, change ? " goes on sending audio to " : " sends audio to ");
	audio_say_endpoint(&d->text, to);
	if (change)
		text_addf(&d->text, ", though the SDP of frame %" PRIu64 " moved it to ",
		          change->asked.frame);
	else
		text_addf(&d->text,
		          " (%" PRIu64 " packets), which no SDP of the call names; it asks for ",
		          st->taken);
	audio_say_endpoint(&d->text, audio_place(c, receiver));
	evidence_int(&d->evidence, "packets", (int64_t)st->taken);
	if (change) {
		double after_s =
		        audio_seconds(duration_between(change->final.time_ns, st->last_ns));
		evidence_real(&d->evidence, "after_change_s", after_s);
		evidence_real(&d->evidence, "threshold_s", m->stale_s);
		evidence_frame(&d->evidence, change->asked);
		evidence_frame(&d->evidence, change->final);
	}
	return audio_add(d, c, (struct occurrence){ .rule = RULE_A8, .stream_id = st->cold->id });
}

/* A change moved the receiver's media elsewhere, and this stream follows too late or not at all; NULL: not so. */
static const struct leg_change *stale_since(const struct media_path *m, const struct audio_call *c,
                                            const struct stream *st)
{
	const struct leg_change *change = leg_trace_change_of(c->leg);
	const struct media_end *end = c->to[st->cold->receiver].end;
	struct endpoint to = destination_of(st);

	if (!change || !sighting_is_set(change->asked) || change->status / 100 != 2 || !end ||
	    end->said_ns < change->asked.time_ns || has_place(end, to) ||
	    audio_seconds(duration_between(change->final.time_ns, st->last_ns)) <= m->stale_s)
		return NULL;
	for (const struct media_end *old = c->leg->media.ends; old; old = old->next)
		if (old->party == end->party && !old->is_video && has_place(old, to))
			return old->said_ns < change->asked.time_ns ? change : NULL;
	return NULL;
}

bool judge_third(struct media_path *m, const struct audio_call *c)
{
	for (const struct stream *st = c->leg->media.streams; st; st = st->cold->next_in_call) {
		const struct leg_change *change;
		if (!counts(st))
			continue;
		change = stale_since(m, c, st);
		if (!change && (st->cold->bound != BOUND_BY_SOURCE || is_latched(c, st) ||
		                !c->to[st->cold->receiver].end))
			continue;
		if (!tell_third(m, c, st, change))
			return false;
	}
	return true;
}
