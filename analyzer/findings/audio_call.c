#include "analyzer/findings/audio_call.h"

#include "base/duration.h"
#include "dissectors/sip_header.h"

#include <inttypes.h>

#define NAME_MAX_OCTETS 40

/* ---- streams ---- */

bool audio_is(const struct stream *st)
{
	return st->accepted && !st->cold->is_video && st->taken;
}

bool audio_pauses(const struct stream *st)
{
	if (st->cold->talkspurts >= AUDIO_PAUSES)
		return true;
	for (unsigned i = 0; i < st->cold->format_count; i++)
		if (stream_format(st, i)->role == PAYLOAD_ROLE_COMFORT_NOISE)
			return true;
	return false;
}

bool audio_before(const struct stream *x, const struct stream *y)
{
	if (x->cold->first_ns != y->cold->first_ns)
		return x->cold->first_ns < y->cold->first_ns;
	if (x->key.ssrc != y->key.ssrc)
		return x->key.ssrc < y->key.ssrc;
	if (!ip_addr_eq(x->key.src, y->key.src))
		return memcmp(&x->key.src, &y->key.src, sizeof x->key.src) < 0;
	return x->key.sport < y->key.sport;
}

bool audio_goes_on(const struct stream *st, int64_t from_ns, int64_t until_ns)
{
	for (const struct stream *o = st->media->streams; o; o = o->cold->next_in_call)
		if (o != st && audio_is(o) && o->cold->receiver == st->cold->receiver &&
		    o->cold->first_ns < until_ns && o->last_ns > from_ns)
			return true;
	return false;
}

bool audio_is_announced(const struct call_media *m, struct ip_addr addr)
{
	for (const struct media_end *end = m->ends; end; end = end->next)
		for (unsigned i = 0; i < end->place_count; i++)
			if (end->places[i].at && ip_addr_eq(end->places[i].at->endpoint.addr, addr))
				return true;
	return false;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t common(int64_t from_ns, int64_t until_ns, const struct stream *st)
{
	int64_t from = later(from_ns, st->cold->first_ns), until = earlier(until_ns, st->last_ns);

	return until > from ? duration_between(from, until) : 0;
}

/* Of the other's time, what falls into gaps of this one. */
static int64_t within_gaps(const struct stream *st, const struct stream *other)
{
	const struct stream_gaps *g = st->cold->gaps;
	int64_t sum = 0;

	for (unsigned i = 0; g && i < g->kept; i++)
		sum += common(g->gaps[i].from_ns, g->gaps[i].end.time_ns, other);
	return sum;
}

int64_t audio_overlap_ns(const struct stream *x, const struct stream *y)
{
	int64_t both = common(x->cold->first_ns, x->last_ns, y);

	both -= within_gaps(x, y) + within_gaps(y, x);
	return both > 0 ? both : 0;
}

/* ---- the two ways ---- */

static void add_stream(struct audio_way *w, const struct stream *st)
{
	w->packets += st->taken;
	if (w->first_ns == TIME_NONE || st->cold->first_ns < w->first_ns)
		w->first_ns = st->cold->first_ns;
	if (st->last_ns > w->last_ns)
		w->last_ns = st->last_ns;
	if (!w->main || st->taken > w->main->taken ||
	    (st->taken == w->main->taken && audio_before(st, w->main)))
		w->main = st;
	w->pauses |= audio_pauses(st);
}

/* The newest one of the dialog that was answered, else the newest at all. */
static const struct media_end *newest_end(const struct leg *leg, enum party party)
{
	int64_t dialog_id = leg->winner ? leg->winner->id : leg->first.id;
	const struct media_end *any = NULL;

	for (const struct media_end *end = leg->media.ends; end; end = end->next) {
		if (end->party != party || end->is_video)
			continue;
		if (end->dialog_id == dialog_id)
			return end->retired ? NULL : end;
		any = any ? any : end;
	}
	return any && any->retired ? NULL : any;
}

static bool sends(const struct media_end *end)
{
	return end && (end->direction == SDP_SENDRECV || end->direction == SDP_SENDONLY);
}

static bool receives(const struct media_end *end)
{
	return end && (end->direction == SDP_SENDRECV || end->direction == SDP_RECVONLY);
}

/* Streams that ended before the call left these marks. */
static struct audio_way way_so_far(const struct media_heard *heard)
{
	return (struct audio_way){ .packets = heard->packets,
		                   .first_ns = heard->first_ns,
		                   .last_ns = heard->last_ns,
		                   .pauses = heard->paused };
}

static void find_times(struct audio_call *c)
{
	const struct leg *leg = c->leg;

	c->begin_ns = leg->answer_ns != TIME_NONE ? leg->answer_ns : leg->first_ns;
	c->end_ns = leg->end_ns;
	if (!leg_is_over(leg)) {
		c->end_ns = later(leg->last_ns, later(c->to[0].last_ns, c->to[1].last_ns));
		c->weak = "the call goes on beyond the capture";
	}
	if (leg->start_ns == TIME_NONE)
		c->weak = "the call began before the capture";
	if (leg->established && c->end_ns > c->begin_ns)
		c->talk_s = audio_seconds(duration_between(c->begin_ns, c->end_ns));
}

void audio_call_of(const struct leg *leg, struct audio_call *out)
{
	*out = (struct audio_call){ .leg = leg };
	for (unsigned party = 0; party < 2; party++)
		out->to[party] = way_so_far(&leg->media.heard[party]);
	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call)
		if (audio_is(st))
			add_stream(&out->to[st->cold->receiver], st);
	for (unsigned party = 0; party < 2; party++)
		out->to[party].end = newest_end(leg, (enum party)party);
	for (unsigned party = 0; party < 2; party++)
		out->to[party].wanted = receives(out->to[party].end) && sends(out->to[!party].end);
	out->held = leg->hold.count || leg->media.held;
	find_times(out);
}

/* ---- words ---- */

void audio_say_name(struct text *t, const struct leg *leg, enum party party)
{
	struct slice user = sip_uri_user(party == PARTY_CALLER ? leg->from_uri : leg->to_uri);

	if (user.n)
		text_add_terminal(t, slice_sub(user, 0, NAME_MAX_OCTETS));
	else
		text_addf(t, party == PARTY_CALLER ? "the caller" : "the callee");
}

struct endpoint audio_place(const struct audio_call *c, enum party party)
{
	const struct media_end *end = c->to[party].end;
	const struct stream *sent = c->to[party_other(party)].main;

	if (end && end->place_count && end->places[0].at)
		return end->places[0].at->endpoint;
	if (sent)
		return (struct endpoint){ sent->key.src, sent->key.sport };
	return (struct endpoint){ leg_address(c->leg, party == PARTY_CALLER), 0 };
}

void audio_say_endpoint(struct text *t, struct endpoint e)
{
	char buf[ENDPOINT_TEXT];

	if (e.port)
		text_add(t, slice_of(buf, endpoint_format(e, buf)));
	else
		text_add_address(t, e.addr);
}

void audio_say_party(struct text *t, const struct audio_call *c, enum party party)
{
	audio_say_name(t, c->leg, party);
	text_addf(t, " (");
	audio_say_endpoint(t, audio_place(c, party));
	text_addf(t, ")");
}

bool audio_add(struct draft *d, const struct audio_call *c, struct occurrence o)
{
	const struct leg_trace *t = &c->leg->trace;

	evidence_frame(&d->evidence, t->final);
	evidence_frame(&d->evidence, t->bye);
	if (!sighting_is_set(o.first))
		o.first = sighting_is_set(t->final) ? t->final : t->heard[PARTY_CALLER];
	if (!sighting_is_set(o.last) && o.first.time_ns <= t->bye.time_ns)
		o.last = t->bye;
	if (!o.weak)
		o.weak = c->weak;
	return draft_add_leg(d, c->leg, o);
}
