#include "analyzer/streams/bind.h"

#include "analyzer/streams/secure.h"
#include "analyzer/streams/table.h"

#include <assert.h>

#define BOUND_LOOKED_AT                                                                            \
	64 /* per endpoint and SDP, in turn: one endpoint may have thousands of streams */

/* ---- calls' lists of streams ---- */

static void leave_call(struct stream *st)
{
	if (!st->media)
		return;
	*st->cold->previous_in_call = st->cold->next_in_call;
	if (st->cold->next_in_call)
		st->cold->next_in_call->cold->previous_in_call = st->cold->previous_in_call;
	st->media->stream_count--;
	st->media = NULL;
	st->cold->bound = BOUND_WAITING;
}

static void join_call(struct stream *st, struct call_media *media)
{
	st->media = media;
	st->told_ns = TIME_NONE;
	st->cold->next_in_call = media->streams;
	st->cold->previous_in_call = &media->streams;
	if (media->streams)
		media->streams->cold->previous_in_call = &st->cold->next_in_call;
	media->streams = st;
	media->stream_count++;
}

static bool make_room_in_call(struct streams *s, struct call_media *media)
{
	struct stream *oldest = media->streams;

	if (media->stream_count < STREAMS_MAX_PER_CALL)
		return true;
	while (oldest->cold->next_in_call)
		oldest = oldest->cold->next_in_call;
	s->counts.evicted_at_limit++;
	return flow_close(s, oldest);
}

/* ---- places ---- */

static bool enter(struct streams *s, struct stream_place *p, struct endpoint endpoint)
{
	p->at = endpoint_get(s, endpoint);
	if (!p->at)
		return err_memory(s->a->err, "an RTP endpoint");
	list_append(&p->at->waiting, &p->node);
	return true;
}

static void leave(struct streams *s, struct stream_place *p, bool was_bound)
{
	if (!p->at)
		return;
	list_remove(&p->node);
	p->at->bound_count -= was_bound;
	endpoint_release(s, p->at);
	p->at = NULL;
}

static void mark_bound(struct stream_place *p)
{
	list_move_last(&p->at->bound, &p->node);
	p->at->bound_count++;
}

/* ---- payload types ---- */

static bool end_is_at(const struct media_end *end, const struct endpoint_node *at)
{
	for (unsigned i = 0; i < end->place_count; i++)
		if (end->places[i].at == at)
			return true;
	return false;
}

/* How much an end has to say about a stream: 0 nothing, 4 most. */
static unsigned rank_of(const struct media_end *end, const struct stream *st)
{
	bool is_receiver = (uint8_t)end->party == st->cold->receiver;

	if (end_is_at(end, is_receiver ? st->cold->at_destination.at : st->cold->at_source.at))
		return is_receiver ? 4 : 2;
	if (end->is_video != st->cold->is_video)
		return 0;
	return is_receiver ? 3 : 1;
}

static const struct end_format *format_in(const struct media_end *end, uint8_t payload_type)
{
	for (unsigned i = 0; i < end->format_count; i++)
		if (end->formats[i].payload_type == payload_type)
			return &end->formats[i];
	return NULL;
}

static struct payload_format meaning_of(const struct media_end *end, const struct end_format *f)
{
	struct payload_format meaning = format_of_sdp(f->payload_type, slice_of(f->name, f->name_n),
	                                              f->clock_hz, end->is_video);

	if (f->channels)
		meaning.channels = f->channels;
	meaning.octet_aligned = f->octet_aligned;
	return meaning;
}

struct payload_format bind_format(const struct stream *st, uint8_t payload_type)
{
	struct payload_format best = format_of_type(payload_type), said;
	unsigned best_rank = 0;

	for (const struct media_end *end = st->media ? st->media->ends : NULL; end;
	     end = end->next) {
		const struct end_format *f = format_in(end, payload_type);
		unsigned rank = f ? rank_of(end, st) : 0;
		if (rank <= best_rank)
			continue;
		said = meaning_of(end, f);
		if (!said.known)
			continue;
		best = said;
		best_rank = rank;
	}
	return best;
}

enum event_agreement bind_events(const struct stream *st, uint8_t payload_type)
{
	enum event_agreement found = EVENTS_UNKNOWN;

	for (const struct media_end *end = st->media ? st->media->ends : NULL; end;
	     end = end->next) {
		if ((uint8_t)end->party != st->cold->receiver || end->is_video)
			continue;
		if (found == EVENTS_UNKNOWN)
			found = EVENTS_NOT_OFFERED;
		for (unsigned i = 0; i < end->format_count; i++) {
			if (meaning_of(end, &end->formats[i]).role != PAYLOAD_ROLE_EVENT)
				continue;
			if (end->formats[i].payload_type == payload_type)
				return EVENTS_AGREED;
			found = EVENTS_OTHER_TYPE;
		}
	}
	return found;
}

/* ---- binding ---- */

/* How well a party's end names where the stream comes from: 2 endpoint, 1 address, 0 not at all. */
static unsigned sends(const struct media_end *end, const struct stream *st)
{
	if (end_is_at(end, st->cold->at_source.at))
		return 2;
	for (unsigned i = 0; i < end->place_count; i++)
		if (ip_addr_eq(end->places[i].at->endpoint.addr, st->key.src))
			return 1;
	return 0;
}

/* The other party's end that the stream comes from: the best named, one of the receiver's dialog first, the newest first. */
static const struct media_end *sender_of(const struct stream *st, const struct media_end *receiver)
{
	const struct media_end *best = NULL;
	unsigned best_rank = 0;

	for (const struct media_end *end = st->media->ends; end; end = end->next) {
		unsigned rank = end->party == receiver->party ? 0 : 2 * sends(end, st);
		rank += rank && end->dialog_id == receiver->dialog_id;
		if (rank > best_rank) {
			best = end;
			best_rank = rank;
		}
	}
	return best;
}

/* The forks of one INVITE share the caller's endpoint, often said in the first dialog alone (RFC 3261 section 12.1): what tells them
 * apart is the endpoint of the other party. */
static int64_t dialog_of(const struct stream *st, const struct media_end **receiver)
{
	const struct media_end *sender = sender_of(st, *receiver);

	if (!sender || sender->dialog_id == (*receiver)->dialog_id)
		return (*receiver)->dialog_id;
	for (const struct media_end *end = st->media->ends; end; end = end->next) {
		if (end->party == (*receiver)->party && end->dialog_id == sender->dialog_id &&
		    end_is_at(end, st->cold->at_destination.at)) {
			*receiver = end;
			return end->dialog_id;
		}
	}
	/* The dialog made later is the one of fewer parties. */
	return sender->dialog_id > (*receiver)->dialog_id ? sender->dialog_id
	                                                  : (*receiver)->dialog_id;
}

/* Offered with a=crypto under RTP/AVP, answered without: it stays plain RTP. */
static bool is_declined(const struct stream *st, const struct media_end *end)
{
	const struct media_end *o;

	if (end->savp || end->dtls || !end->sdes)
		return false;
	for (o = st->media->ends; o; o = o->next)
		if (o->party != end->party && o->is_video == end->is_video &&
		    o->dialog_id == end->dialog_id)
			return !o->encrypted;
	return false;
}

static void govern(struct stream *st, const struct media_end *end)
{
	bool is_receiver = (uint8_t)end->party == st->cold->receiver;

	st->cold->dialog_id = is_receiver ? dialog_of(st, &end) : end->dialog_id;
	st->cold->encrypted = st->cold->dtls || (end->encrypted && !is_declined(st, end));
	st->cold->is_video = end->is_video;
	secure_renew(st);
}

static uint8_t receiver_of(const struct media_end *end, enum stream_bound how)
{
	bool is_callee = (end->party == PARTY_CALLEE) == (how == BOUND_BY_DESTINATION);

	return is_callee ? PARTY_CALLEE : PARTY_CALLER;
}

#define SHARERS_LOOKED_AT 8 /* load tests let thousands of calls name one endpoint */

/* Calls that name the stream's endpoints too, and do not get it. */
static void tell_sharers(const struct endpoint_node *at, const struct call_media *owner)
{
	unsigned looked = 0;

	for (const struct list_node *n = at->ends.prev;
	     n != &at->ends && looked < SHARERS_LOOKED_AT; n = n->prev, looked++) {
		struct call_media *other = ((const struct end_place *)(const void *)n)->end->media;
		other->elsewhere |= other != owner && other->end_ns == TIME_NONE;
	}
}

static bool bind_to(struct streams *s, struct stream *st, const struct media_end *end,
                    enum stream_bound how)
{
	bool was_bound = st->media != NULL;

	if (st->media != end->media) {
		leave_call(st);
		if (!make_room_in_call(s, end->media))
			return false;
		join_call(st, end->media);
		tell_sharers(st->cold->at_source.at, end->media);
		tell_sharers(st->cold->at_destination.at, end->media);
	}
	if (!was_bound) {
		mark_bound(&st->cold->at_source);
		mark_bound(&st->cold->at_destination);
	}
	st->cold->bound = (uint8_t)how;
	st->cold->receiver = receiver_of(end, how);
	govern(st, end);
	stream_explain(st);
	return !st->accepted || digits_release_held(st, s->a);
}

/* By destination, else by source. What only retired ends speak for has to be believed for itself first. */
static bool try_bind(struct streams *s, struct stream *st)
{
	const struct list_node *to = &st->cold->at_destination.at->ends,
	                       *from = &st->cold->at_source.at->ends;
	const struct media_end *end = endpoint_end(to, st->accepted);

	if (end)
		return bind_to(s, st, end, BOUND_BY_DESTINATION);
	end = endpoint_end(from, st->accepted);
	return !end || bind_to(s, st, end, BOUND_BY_SOURCE);
}

bool bind_accepted(struct streams *s, struct stream *st)
{
	return st->media || try_bind(s, st);
}

bool bind_attach(struct streams *s, struct stream *st)
{
	return enter(s, &st->cold->at_source, (struct endpoint){ st->key.src, st->key.sport }) &&
	       enter(s, &st->cold->at_destination,
	             (struct endpoint){ st->key.dst, st->key.dport }) &&
	       try_bind(s, st);
}

void bind_detach(struct streams *s, struct stream *st)
{
	bool was_bound = st->media != NULL;

	leave_call(st);
	leave(s, &st->cold->at_source, was_bound);
	leave(s, &st->cold->at_destination, was_bound);
}

static struct stream_place *first_place(const struct list_node *head)
{
	return (struct stream_place *)(void *)head->next;
}

static bool bind_waiting(struct streams *s, struct endpoint_node *at)
{
	while (!list_is_empty(&at->waiting)) {
		struct stream *st = first_place(&at->waiting)->stream;
		if (!try_bind(s, st) || !flow_accept(s, st))
			return false;
		assert(st->media);
	}
	return true;
}

/* A stream of a call that is over, at a place this end announces: the port is used again. One that was bound by its source alone goes
 * to who says that he receives it. */
static bool review(struct streams *s, struct stream_place *p, const struct media_end *end)
{
	struct stream *st = p->stream;

	if (st->media != end->media && st->media->end_ns != TIME_NONE)
		return flow_close(s, st);
	end->media->elsewhere |= st->media != end->media;
	if (st->cold->bound == BOUND_BY_SOURCE && p == &st->cold->at_destination)
		return bind_to(s, st, end, BOUND_BY_DESTINATION);
	return true;
}

static bool review_bound(struct streams *s, struct endpoint_node *at, const struct media_end *end)
{
	unsigned n = at->bound_count < BOUND_LOOKED_AT ? at->bound_count : BOUND_LOOKED_AT;

	for (; n && !list_is_empty(&at->bound); n--) {
		struct stream_place *p = first_place(&at->bound);
		list_move_last(&at->bound, &p->node);
		if (!review(s, p, end))
			return false;
	}
	return true;
}

bool bind_end(struct streams *s, struct media_end *end)
{
	for (unsigned i = 0; i < end->place_count; i++)
		if (!review_bound(s, end->places[i].at, end) || !bind_waiting(s, end->places[i].at))
			return false;
	return true;
}

/* The newest end that describes the stream's own endpoint speaks for it. */
static const struct media_end *governing_end(const struct stream *st)
{
	const struct media_end *best = NULL;
	unsigned best_rank = 0;

	for (const struct media_end *end = st->media->ends; end; end = end->next) {
		unsigned rank = rank_of(end, st);
		if ((rank == 4 || rank == 2) && rank > best_rank) {
			best = end;
			best_rank = rank;
		}
	}
	return best;
}

void bind_refresh(struct call_media *media)
{
	for (struct stream *st = media->streams; st; st = st->cold->next_in_call) {
		const struct media_end *end = governing_end(st);
		if (end)
			govern(st, end);
		stream_explain(st);
	}
}

/* ---- by endpoints ---- */

static bool is_between(const struct stream *st, struct endpoint src, struct endpoint dst)
{
	return st->key.sport == src.port && st->key.dport == dst.port &&
	       ip_addr_eq(st->key.src, src.addr) && ip_addr_eq(st->key.dst, dst.addr);
}

static bool stream_between(const struct list_node *places, struct endpoint src, struct endpoint dst,
                           struct media_flow *out)
{
	unsigned looked = 0;

	for (const struct list_node *n = places->prev; n != places && looked < BOUND_LOOKED_AT;
	     n = n->prev, looked++) {
		const struct stream *st = ((const struct stream_place *)(const void *)n)->stream;
		if (!st->accepted || !is_between(st, src, dst))
			continue;
		*out = (struct media_flow){ st->media, st->cold->id, (enum party)st->cold->receiver,
			                    false };
		return true;
	}
	return false;
}

static bool end_between(const struct list_node *ends, bool is_rtcp, struct media_flow *out)
{
	const struct media_end *end = endpoint_end(ends, false);

	if (!end)
		return false;
	*out = (struct media_flow){ end->media, RECORD_NULL, end->party, is_rtcp };
	return true;
}

bool streams_flow(const struct streams *s, struct endpoint src, struct endpoint dst,
                  struct media_flow *out)
{
	const struct endpoint_node *at = endpoint_find(s, dst);

	return at && (stream_between(&at->bound, src, dst, out) ||
	              stream_between(&at->waiting, src, dst, out) ||
	              end_between(&at->ends, false, out) || end_between(&at->rtcp_ends, true, out));
}
