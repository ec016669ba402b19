#include "analyzer/streams/streams.h"

#include "analyzer/streams/bind.h"
#include "analyzer/streams/rtcp.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"

#include <stddef.h>

void call_media_init(struct call_media *m, int64_t call_id)
{
	*m = (struct call_media){
		.call_id = call_id,
		.end_ns = TIME_NONE,
		.last_packet_ns = TIME_NONE,
		.tones = { .fax_ns = TIME_NONE,
		           .ringback_from_ns = TIME_NONE,
		           .ringback_to_ns = TIME_NONE },
		.mos_min = NAN,
	};
	for (unsigned party = 0; party < 2; party++)
		m->heard[party].first_ns = m->heard[party].last_ns = TIME_NONE;
}

void call_media_fax(struct call_media *m, enum party sender, enum fax_tone tone, int64_t time_ns,
                    const struct codec *codec)
{
	struct media_tones *t = &m->tones;

	t->fax[sender] |= (uint8_t)tone;
	t->fax_codec[sender] = codec;
	if (t->fax_ns == TIME_NONE || time_ns < t->fax_ns)
		t->fax_ns = time_ns;
}

struct streams *streams_new(struct analysis *a)
{
	struct streams *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(a->err, "the RTP stream table");
		return NULL;
	}
	s->a = a;
	table_init(&s->flows);
	table_init(&s->endpoints);
	ends_init(s);
	list_init(&s->live);
	list_init(&s->probation);
	histogram_pool_init(&s->jitter_pages);
	return s;
}

static struct stream *first_of(const struct list_node *head)
{
	if (list_is_empty(head))
		return NULL;
	return ((struct stream_cold *)(void *)((char *)head->next -
	                                       offsetof(struct stream_cold, order)))
	        ->stream;
}

static const struct stream *stream_of(const struct list_node *order)
{
	return ((const struct stream_cold *)(const void *)((const char *)order -
	                                                   offsetof(struct stream_cold, order)))
	        ->stream;
}

void streams_each(const struct streams *s, streams_visit *visit, void *context)
{
	for (const struct list_node *n = s->live.next; n != &s->live; n = n->next)
		visit(context, stream_of(n));
}

void streams_free(struct streams *s)
{
	struct stream *st;
	struct endpoint_node *n;
	size_t at = 0;

	if (!s)
		return;
	while ((st = first_of(&s->live)) || (st = first_of(&s->probation))) {
		st->media = NULL; /* after a failure, calls may be gone already */
		flow_free(s, st);
	}
	while ((n = table_next(&s->endpoints, &at))) {
		ends_free_at(s, n);
		at = 0;
	}
	flow_release_memory(s);
	table_release(&s->flows);
	table_release(&s->endpoints);
	ends_release_memory(s);
	unprotect_end(&s->unprotect);
	mem_free(s);
}

/* ---- packets ---- */

static bool push_on_probation(struct streams *s, struct stream *st, int64_t time_ns,
                              const struct rtp_packet *rtp, size_t octets)
{
	st->cold->probation_packets++;
	if (!stream_push(st, s->a, time_ns, rtp, octets))
		return false;
	if (!probation_push(&st->cold->probation, rtp))
		return true;
	return flow_accept(s, st) && bind_accepted(s, st);
}

static struct stream *open_flow(struct streams *s, uint64_t hash, const struct flow_key *key,
                                int64_t time_ns, const struct packet_view *view)
{
	return flow_open(s, hash, key, time_ns, view->dscp);
}

/* Would anybody want this packet, of a flow we do not know? */
static bool is_candidate(const struct streams *s, const struct flow_key *key, uint8_t payload_type)
{
	if (payload_type >= 72 && payload_type <= 76)
		return false; /* RTCP with its marker bit, RFC 5761 section 4 */
	if (probation_payload_type(payload_type))
		return true;
	const struct endpoint_node *to =
	        endpoint_find(s, (struct endpoint){ key->dst, key->dport });
	const struct endpoint_node *from =
	        endpoint_find(s, (struct endpoint){ key->src, key->sport });
	return (to && endpoint_end(&to->ends, false)) || (from && endpoint_end(&from->ends, false));
}

/* The call is far away too: ten times a second is often enough. */
static void tell_call(struct stream *st)
{
	if ((uint64_t)duration_between(st->told_ns, st->seen_ns) < (uint64_t)(100 * NS_PER_MS))
		return;
	st->told_ns = st->seen_ns;
	st->media->last_packet_ns = st->seen_ns;
}

bool streams_rtp(struct streams *s, int64_t time_ns, const struct packet_view *view,
                 const struct rtp_packet *rtp)
{
	struct flow_key key = { view->src, view->dst, view->sport, view->dport, rtp->ssrc };
	uint64_t hash = flow_hash(&key);
	struct stream *st = flow_find(s, hash, &key);
	size_t octets = rtp->payload.n + view->payload_missing;

	if (!st) {
		if (!is_candidate(s, &key, rtp->payload_type))
			return true;
		st = open_flow(s, hash, &key, time_ns, view);
		if (!st)
			return false;
		st->cold->mixed = rtp->csrc_count > 0;
	}
	st->seen_ns = s->a->now_ns;
	st->ip_ids = st->ip_ids << 16 | view->ip_id;
	if (view->ttl != st->ttl)
		stream_ttl_changed(st, s->a, time_ns, view->ttl);
	if (!st->accepted)
		return push_on_probation(s, st, time_ns, rtp, octets);
	s->counts.rtp_packets++;
	if (st->media)
		tell_call(st);
	return stream_push(st, s->a, time_ns, rtp, octets);
}

void streams_dtls(struct streams *s, const struct packet_view *view)
{
	handshake_note(&s->handshakes, (struct endpoint){ view->src, view->sport },
	               (struct endpoint){ view->dst, view->dport });
}

bool streams_rtcp(struct streams *s, int64_t time_ns, const struct packet_view *view,
                  struct slice datagram)
{
	bool matched = false;
	bool ok = rtcp_take(s, time_ns, view, datagram, &matched);

	if (matched)
		s->counts.rtcp_packets++;
	else
		s->counts.rtcp_unmatched++;
	return ok;
}

/* ---- calls ---- */

static void note_said(struct call_media *media, enum party party, const struct sdp_session_media *m)
{
	if (!slice_ieq_str(m->type, "audio"))
		return;
	media->secured |= slice_ifind_str(m->protocol, "SAVP") != SLICE_NPOS;
	for (unsigned i = 0; i < m->format_count && !media->events_said[party]; i++)
		media->events_said[party] =
		        slice_ieq_str(m->formats[i].encoding, "telephone-event");
}

/* What may change without making it another end. */
static void end_told(struct media_end *end, unsigned line, const struct sdp_session_media *m,
                     int64_t time_ns)
{
	end->line = line;
	end->has_candidates = m->candidate_count > 0;
	end->direction = (uint8_t)m->direction;
	end->ptime_ms = (uint16_t)m->ptime_ms;
	end->maxptime_ms = (uint16_t)m->maxptime_ms;
	end->said_ns = time_ns;
}

bool streams_sdp(struct streams *s, struct call_media *media, int64_t dialog_id, enum party party,
                 bool is_answer, const struct sdp *sdp, int64_t time_ns)
{
	s->sdp_count++;
	for (unsigned i = 0; i < sdp->media_count; i++)
		if (end_is_withdrawn(&sdp->media[i]))
			ends_retire(media, dialog_id, party, i, &sdp->media[i]);
	for (unsigned i = 0; i < sdp->media_count; i++) {
		if (!end_is_usable(&sdp->media[i]))
			continue;
		struct media_end *end = end_add(s, media, dialog_id, party, &sdp->media[i]);
		if (!end)
			return err_memory(s->a->err, "a media description");
		end_told(end, i, &sdp->media[i], time_ns);
		end->is_answer = is_answer;
		end->said = s->sdp_count;
		note_said(media, party, &sdp->media[i]);
		if (!bind_end(s, end))
			return false;
	}
	bind_refresh(media);
	return true;
}

/* A stream that another one of its direction and kind outlived did not end early: the sender changed its SSRC, or the re-INVITE its
 * address. */
static void mark_superseded(struct call_media *media)
{
	int64_t latest[2][2] = { { TIME_NONE, TIME_NONE }, { TIME_NONE, TIME_NONE } };

	for (struct stream *st = media->streams; st; st = st->cold->next_in_call)
		if (st->last_ns > latest[st->cold->receiver][st->cold->is_video])
			latest[st->cold->receiver][st->cold->is_video] = st->last_ns;
	for (struct stream *st = media->streams; st; st = st->cold->next_in_call)
		st->cold->superseded = st->last_ns < latest[st->cold->receiver][st->cold->is_video];
}

bool streams_close_call(struct streams *s, struct call_media *media)
{
	bool ok = true;

	mark_superseded(media);
	while (media->streams)
		ok = flow_close(s, media->streams) && ok;
	ends_release(s, media);
	return ok;
}

bool streams_finish(struct streams *s)
{
	struct stream *st;
	bool ok = true;

	while ((st = first_of(&s->live)) || (st = first_of(&s->probation)))
		ok = flow_close(s, st) && ok;
	return ok;
}

struct streams_counts streams_counts(const struct streams *s)
{
	return s->counts;
}
