#include "analyzer/joining/relayed.h"

#include "analyzer/calls/state.h"
#include "analyzer/joining/carried.h"
#include "analyzer/streams/bind.h"
#include "base/mem.h"

#include <stdio.h>

#define OFFER_NS       (4 * NS_PER_S) /* between INVITEs that offer the same */
#define RELAY_NS       (1 * NS_PER_S) /* between the first packets of a stream and of its relayed one */
#define FIRST_APART    50 /* numbers: the first packets of one of them may be lost */
#define MIN_PACKETS    10
#define ENDS_LOOKED_AT 16

enum side { UP, DOWN };

static bool out_of_memory(struct leg *leg)
{
	return err_memory(leg->home->analysis->err, "what joins legs");
}

/* ---- the same place in both offers ---- */

static struct leg *leg_of_media(const struct call_media *media)
{
	return (struct leg *)(void *)((char *)(uintptr_t)media - offsetof(struct leg, media));
}

/* The answer goes back: the other leg's comes first. */
static bool answers_fit(const struct leg *up, const struct leg *down)
{
	return up->answer_ns == TIME_NONE || down->answer_ns == TIME_NONE ||
	       down->answer_ns <= up->answer_ns;
}

static bool may_pass_on(const struct leg *up, const struct leg *down)
{
	return correlate_follows(up, down, OFFER_NS) && answers_fit(up, down);
}

struct search {
	struct leg *leg, *found;
	enum side side;
	bool several;
	unsigned looked_at;
};

static void look_at_place(struct search *s, const struct endpoint_node *at)
{
	for (const struct list_node *n = at->ends.prev; n != &at->ends; n = n->prev) {
		const struct media_end *end = ((const struct end_place *)(const void *)n)->end;
		struct leg *other = leg_of_media(end->media);
		if (++s->looked_at > ENDS_LOOKED_AT) {
			s->several = true;
			return;
		}
		if (other == s->leg || other == s->found || end->party != PARTY_CALLER ||
		    !may_pass_on(s->side == UP ? other : s->leg, s->side == UP ? s->leg : other))
			continue;
		s->several = s->several || s->found;
		s->found = other;
	}
}

/* The only one that offers the same on this side; NULL if there is none, or several. */
static struct leg *same_offer(struct leg *leg, enum side side)
{
	struct search s = { .leg = leg, .side = side };

	for (const struct media_end *end = leg->media.ends; end; end = end->next)
		for (unsigned i = 0; i < end->place_count && end->party == PARTY_CALLER; i++)
			if (end->places[i].at)
				look_at_place(&s, end->places[i].at);
	/* Once several, always several: those that have closed are seen no more. */
	leg->relations.crowded |= (uint8_t)(s.several << side);
	return leg->relations.crowded >> side & 1 ? NULL : s.found;
}

static bool join_offers(struct leg *leg, struct leg *other)
{
	char place[ENDPOINT_TEXT];
	size_t n = 0;

	for (const struct media_end *end = leg->media.ends; end && !n; end = end->next)
		if (end->party == PARTY_CALLER && end->place_count && end->places[0].at)
			n = endpoint_format(end->places[0].at->endpoint, place);
	if (clue_tie(&leg->home->correlation.clues, CLUE_MEDIA, slice_of(place, n), leg, other))
		return true;
	return out_of_memory(leg);
}

static bool compare_offers(struct leg *leg)
{
	struct leg *up = same_offer(leg, UP), *down = same_offer(leg, DOWN);

	if (up && same_offer(up, DOWN) == leg && !join_offers(leg, up))
		return false;
	return !down || same_offer(down, UP) != leg || join_offers(leg, down);
}

/* ---- relayed RTP ---- */

static bool take_print(struct leg *leg, const struct stream *st)
{
	struct media_print *p = mem_zalloc(sizeof *p);

	if (!p)
		return out_of_memory(leg);
	p->packets = st->seq.packets;
	p->ssrc = st->key.ssrc;
	p->first_number = (uint16_t)st->seq.base;
	p->payload_type = st->payload_type;
	p->src = st->key.src;
	p->dst = st->key.dst;
	p->first_ns = st->cold->first_ns;
	p->last_ns = st->last_ns;
	p->next = leg->prints;
	leg->prints = p;
	if (leg_index_add(&leg->home->correlation.by_ssrc, &p->link, leg,
	                  hash_mix(p->ssrc, p->payload_type)))
		return true;
	return out_of_memory(leg);
}

static bool take_prints(struct leg *leg)
{
	unsigned n = 0;

	for (const struct stream *st = leg->media.streams; st; st = st->cold->next_in_call) {
		bool plain =
		        st->accepted && st->seq.segments == 1 && st->seq.packets >= MIN_PACKETS;
		if (plain && n++ < RELAYED_MAX_PRINTS && !take_print(leg, st))
			return false;
	}
	return true;
}

void relayed_leave(struct leg *leg)
{
	while (leg->prints) {
		struct media_print *p = leg->prints;
		leg->prints = p->next;
		leg_index_remove(&leg->home->correlation.by_ssrc, &p->link);
		mem_free(p);
	}
	carried_leave(leg);
}

bool relayed_close(struct leg *leg)
{
	if (leg->kind != LEG_INVITE)
		return true;
	if (leg->home->correlation.indexed && (!compare_offers(leg) || !take_prints(leg)))
		return false;
	/* Content needs no sign of somebody in the middle: an SBC may have one address on each side. */
	return carried_close(leg) || out_of_memory(leg);
}

/* The same stream: one packet in, one packet out, at once. */
static bool is_relayed(const struct media_print *in, const struct media_print *out)
{
	int64_t after_ns = out->first_ns - in->first_ns;
	int apart = (int16_t)(uint16_t)(out->first_number - in->first_number);

	return in->link.leg != out->link.leg && in->ssrc == out->ssrc &&
	       in->payload_type == out->payload_type && ip_addr_eq(in->dst, out->src) &&
	       apart <= FIRST_APART && apart >= -FIRST_APART && after_ns <= RELAY_NS &&
	       after_ns >= -RELAY_NS && in->first_ns <= out->last_ns &&
	       out->first_ns <= in->last_ns;
}

/* The only print that is this one before or behind the relay. */
static struct media_print *relayed(const struct media_print *p, enum side side)
{
	const struct leg_index *x = &p->link.leg->home->correlation.by_ssrc;
	struct leg_link *link = leg_index_first(x, p->link.hash);
	struct media_print *found = NULL;

	for (unsigned n = 0; link; link = leg_index_next(x, link)) {
		struct media_print *other = (struct media_print *)(void *)link;
		if (++n > LEG_INDEX_LOOKED_AT)
			return NULL;
		if (!is_relayed(side == UP ? other : p, side == UP ? p : other))
			continue;
		if (found)
			return NULL;
		found = other;
	}
	return found;
}

static bool join_relayed(struct media_print *p, enum side side)
{
	struct media_print *other = relayed(p, side);
	struct leg *leg = p->link.leg;
	char ssrc[32];

	if (!other || relayed(other, side == UP ? DOWN : UP) != p)
		return true;
	int n = snprintf(ssrc, sizeof ssrc, "SSRC 0x%08x", p->ssrc);
	if (clue_tie(&leg->home->correlation.clues, CLUE_PAYLOAD, slice_of(ssrc, (size_t)n), leg,
	             other->link.leg))
		return true;
	return out_of_memory(leg);
}

bool relayed_judge(struct leg *leg)
{
	for (struct media_print *p = leg->prints; p; p = p->next)
		if (!join_relayed(p, UP) || !join_relayed(p, DOWN))
			return false;
	return carried_judge(leg) || out_of_memory(leg);
}
