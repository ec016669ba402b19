#include "analyzer/streams/event_guess.h"

#include "dissectors/rtp_event.h"

#define HIGHEST_DIGIT 16

static bool is_refused(const struct event_guess *g, uint8_t payload_type)
{
	return g->refused[payload_type / 32 & 3] >> payload_type % 32 & 1;
}

static void refuse(struct event_guess *g, uint8_t payload_type)
{
	g->refused[payload_type / 32 & 3] |= UINT32_C(1) << payload_type % 32;
	if (g->payload_type == payload_type)
		g->kept = g->alike = 0;
}

static void keep(struct event_guess *g, struct event_packet *packets, int64_t time_ns,
                 const struct rtp_packet *rtp)
{
	if (g->kept == EVENT_GUESS_KEPT)
		memmove(&packets[0], &packets[1], --g->kept * sizeof packets[0]);
	struct event_packet *p = &packets[g->kept++];
	*p = (struct event_packet){ time_ns, rtp->timestamp, rtp->marker, { 0 } };
	memcpy(p->payload, rtp->payload.p, sizeof p->payload);
}

static void count(struct event_guess *g, uint32_t timestamp, uint16_t duration)
{
	if (!g->alike || timestamp != g->timestamp || duration < g->duration) {
		g->alike = 0;
		g->grown = false;
	} else {
		g->grown |= duration > g->duration;
	}
	if (g->alike < UINT8_MAX)
		g->alike++;
	g->timestamp = timestamp;
	g->duration = duration;
}

static bool parse(struct slice payload, struct rtp_event *event)
{
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned n = 0;

	if (payload.n != 4 || rtp_event_parse(payload, events, &n) != PARSE_OK || n != 1)
		return false;
	*event = events[0];
	return event->event <= HIGHEST_DIGIT && !event->reserved;
}

bool event_guess_looks(struct event_guess *g, const struct rtp_packet *rtp)
{
	struct rtp_event event;

	if (rtp->payload_type < 96 || is_refused(g, rtp->payload_type))
		return false;
	if (parse(rtp->payload, &event))
		return true;
	refuse(g, rtp->payload_type);
	return false;
}

bool event_guess_push(struct event_guess *g, struct event_packet packets[static EVENT_GUESS_KEPT],
                      int64_t time_ns, const struct rtp_packet *rtp)
{
	struct rtp_event event;

	if (!parse(rtp->payload, &event))
		return false;
	if (g->payload_type != rtp->payload_type) {
		g->payload_type = rtp->payload_type;
		g->kept = g->alike = 0;
	}
	keep(g, packets, time_ns, rtp);
	count(g, rtp->timestamp, event.duration);
	return g->alike >= EVENT_GUESS_PACKETS && g->grown;
}
