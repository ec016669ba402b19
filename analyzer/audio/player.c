#include "analyzer/audio/player.h"

#include "base/duration.h"

#define TALKSPURT_NS                                                                               \
	(100 * NS_PER_MS) /* a pause of so much may be made longer or shorter unheard */
#define SETTLE_NS (10 * NS_PER_MS) /* a drift of less is left alone */
#define WINDOW_NS (2 * NS_PER_S)

void player_release(struct player *p)
{
	decoder_free(p->decoder);
	p->decoder = NULL;
}

static uint64_t samples_of(const struct player *p, uint64_t ticks)
{
	return ticks * p->timeline.rate / p->format.clock_hz;
}

static int64_t duration_of(const struct player *p, uint64_t ticks)
{
	return (int64_t)(ticks * (uint64_t)NS_PER_S / p->format.clock_hz);
}

static void forget_drift(struct player *p)
{
	p->window_open = false;
	p->drift_ns = 0;
}

/* --- formats --------------------------------------------------------------------------------------------------- */

static bool is_in_use(const struct player *p, const struct decoder_format *f)
{
	return (p->decoder || p->why) && p->format.name == f->name &&
	       p->format.clock_hz == f->clock_hz && p->format.channels == f->channels;
}

/* A decoder for this packet, if there is one for its codec. Timestamps of another clock do not go on from those before (RFC 7160). */
static bool choose_decoder(struct player *p, const struct track_packet *k, struct err *err)
{
	if (is_in_use(p, &k->format))
		return true;
	if (k->format.clock_hz != p->format.clock_hz)
		p->placed = false;
	p->format = k->format;
	decoder_free(p->decoder);
	p->decoder = decoder_new(&k->format, &p->why);
	if (p->decoder)
		timeline_set_rate(&p->timeline, decoder_rate(p->decoder), k->time_ns);
	else
		p->placed = false;
	return p->decoder || p->why || err_memory(err, "an audio decoder");
}

/* --- gaps ------------------------------------------------------------------------------------------------------ */

static bool conceal(struct player *p, uint64_t ticks)
{
	struct comfort_noise silence = { 0 };
	int16_t samples[DECODER_MAX_SAMPLES];
	uint64_t most = timeline_samples(&p->timeline, TRACK_CONCEAL_NS);
	uint64_t bound = timeline_samples(&p->timeline, TRACK_SPELLED_NS);
	uint64_t n = samples_of(p, ticks);

	n = n < bound ? n : bound;
	size_t made_up = (size_t)(n < most ? n : most);
	if (made_up > DECODER_MAX_SAMPLES)
		made_up = DECODER_MAX_SAMPLES;
	decoder_conceal(p->decoder, samples, made_up);
	return timeline_give(&p->timeline, samples, made_up, TRACK_CONCEALED) &&
	       timeline_hush(&p->timeline, n - made_up, TRACK_CONCEALED, &silence);
}

/* Nobody sent anything for these ticks. A real pause takes the drift with it. */
static bool lay_pause(struct player *p, uint64_t ticks)
{
	int64_t pause_ns = duration_of(p, ticks), drift_ns = p->drift_ns;

	if (pause_ns < TALKSPURT_NS)
		return timeline_hush(&p->timeline, samples_of(p, ticks), TRACK_PAUSE, &p->noise);
	if (drift_ns > -SETTLE_NS && drift_ns < SETTLE_NS)
		drift_ns = 0;
	else
		forget_drift(p);
	return timeline_pause(&p->timeline,
	                      duration_after(timeline_end(&p->timeline), pause_ns + drift_ns),
	                      &p->noise);
}

/* What lies between the end and this packet; first what is lost, for nobody knows better. */
static bool bridge(struct player *p, uint64_t ticks, uint64_t lost)
{
	uint64_t missing = lost < UINT32_MAX ? lost * p->step_ticks : UINT32_MAX;

	if (missing > ticks)
		missing = ticks;
	return (!missing || conceal(p, missing)) &&
	       (missing == ticks || lay_pause(p, ticks - missing));
}

/* --- places ---------------------------------------------------------------------------------------------------- */

static bool start(struct player *p, const struct track_packet *k)
{
	p->placed = true;
	p->next_timestamp = k->timestamp;
	forget_drift(p);
	return timeline_pause(&p->timeline, k->time_ns, &p->noise);
}

/* How much later than its place it came, were it to lie `ticks` behind the end. */
static int64_t lateness(const struct player *p, const struct track_packet *k, uint64_t ticks)
{
	return duration_between(duration_after(timeline_end(&p->timeline), duration_of(p, ticks)),
	                        k->time_ns);
}

/* Goes to where the packet lies. Timestamps that step back are those of a sender that does not know better: played on. Those that run
 * away, and those that stood still in a pause, mean nothing: it starts where it arrived. */
static bool go_to(struct player *p, const struct track_packet *k, uint64_t lost)
{
	uint32_t ticks = k->timestamp - p->next_timestamp;
	bool ahead = ticks < UINT32_C(1) << 31;

	if (!p->placed)
		return start(p, k);
	int64_t late_ns = lateness(p, k, ahead ? ticks : 0);
	if ((ahead && ticks && late_ns < -TRACK_AHEAD_NS) ||
	    (k->marker && late_ns > TRACK_AHEAD_NS))
		return start(p, k);
	p->next_timestamp = k->timestamp;
	return !ahead || !ticks || bridge(p, ticks, lost);
}

/* The least delayed packet of a while tells how far the sender's clock went from the capture's. */
static bool follow_drift(struct player *p, const struct track_packet *k)
{
	int64_t late_ns = lateness(p, k, 0);

	if (late_ns < -TRACK_AHEAD_NS) { /* more sound than time */
		p->timeline.skip = timeline_samples(&p->timeline, -late_ns);
		forget_drift(p);
		return true;
	}
	if (!p->window_open || late_ns < p->least_ns)
		p->least_ns = late_ns;
	if (!p->window_open)
		p->window_ns = k->time_ns;
	p->window_open = true;
	if (duration_between(p->window_ns, k->time_ns) < WINDOW_NS)
		return true;
	p->window_open = false;
	p->drift_ns = p->least_ns;
	if (p->drift_ns < -TRACK_DRIFT_NS)
		p->timeline.skip = timeline_samples(&p->timeline, -p->drift_ns);
	if (p->drift_ns > -TRACK_DRIFT_NS && p->drift_ns < TRACK_DRIFT_NS)
		return true;
	forget_drift(p);
	return late_ns <= 0 ||
	       timeline_pause(&p->timeline, duration_after(timeline_end(&p->timeline), p->least_ns),
	                      &p->noise);
}

/* --- packets --------------------------------------------------------------------------------------------------- */

static bool undecoded(struct player *p, const char *why)
{
	p->counts.undecoded++;
	if (!p->counts.why)
		p->counts.why = why;
	return true;
}

static bool decode(struct player *p, struct slice payload)
{
	uint64_t most = timeline_samples(&p->timeline, TRACK_PACKET_NS), done = 0;
	int16_t samples[DECODER_MAX_SAMPLES];
	size_t n;

	while (done < most && (n = decoder_decode(p->decoder, &payload, samples)) > 0) {
		if (n > most - done)
			n = (size_t)(most - done);
		if (!timeline_give(&p->timeline, samples, n, TRACK_DECODED))
			return false;
		done += n;
	}
	if (!done)
		return undecoded(p, "its payload makes no sense for its codec");
	p->counts.decoded++;
	p->step_ticks = (uint32_t)(done * p->format.clock_hz / p->timeline.rate);
	p->next_timestamp += p->step_ticks;
	return true;
}

static bool play_audio(struct player *p, const struct track_packet *k, uint64_t lost,
                       struct err *err)
{
	if (k->unreadable)
		return undecoded(p, k->unreadable);
	if (!choose_decoder(p, k, err))
		return false;
	if (!p->decoder)
		return undecoded(p, p->why);
	if (!go_to(p, k, lost))
		return false;
	p->noise.on = false;
	return follow_drift(p, k) && decode(p, k->payload);
}

/* Its timestamp says until when there was sound; from there on it is as it says. */
static bool play_noise(struct player *p, const struct track_packet *k, uint64_t lost)
{
	if (k->unreadable)
		return true;
	if (p->placed && k->format.clock_hz == p->format.clock_hz && !go_to(p, k, lost))
		return false;
	comfort_noise_set(&p->noise, k->payload);
	return true;
}

bool player_play(struct player *p, const struct track_packet *packet, uint64_t lost,
                 struct err *err)
{
	if (packet->restart)
		p->placed = false;
	switch (packet->role) {
	case PAYLOAD_ROLE_AUDIO: return play_audio(p, packet, lost, err);
	case PAYLOAD_ROLE_COMFORT_NOISE: return play_noise(p, packet, lost);
	default: return true;
	}
}
