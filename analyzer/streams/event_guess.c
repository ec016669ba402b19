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

static void keep(struct event_guess *g, int64_t time_ns, const struct rtp_packet *rtp)
{
	if (g->kept == EVENT_GUESS_KEPT)
		memmove(&g->packets[0], &g->packets[1], --g->kept * sizeof g->packets[0]);
	struct event_packet *p = &g->packets[g->kept++];
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

bool event_guess_push(struct event_guess *g, int64_t time_ns, const struct rtp_packet *rtp)
{
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned n = 0;

	if (rtp->payload_type < 96 || is_refused(g, rtp->payload_type))
		return false;
	if (rtp->payload.n != 4 || rtp_event_parse(rtp->payload, events, &n) != PARSE_OK ||
	    n != 1 || events[0].event > HIGHEST_DIGIT || events[0].reserved) {
		refuse(g, rtp->payload_type);
		return false;
	}
	if (g->payload_type != rtp->payload_type) {
		g->payload_type = rtp->payload_type;
		g->kept = g->alike = 0;
	}
	keep(g, time_ns, rtp);
	count(g, rtp->timestamp, events[0].duration);
	return g->alike >= EVENT_GUESS_PACKETS && g->grown;
}
