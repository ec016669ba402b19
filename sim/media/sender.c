/* What goes out of one flow, and when. One timer serves what is played and the digits that are sent over it; sequence numbers and SSRC are the
 * stream's, whatever it sends (RFC 4733 section 2.5.1.2), and its clock goes on where nothing is sent. */
#include "sim/media/machine.h"

#define NEVER INT64_MAX

#define TOO_LATE_NS (100 * NS_PER_MS)

/* Where the distance of packets is not said. */
#define USUAL_STEP_NS (20 * NS_PER_MS)

void sender_init(struct sender *s, struct media_flow *f)
{
	struct media_call *c = f->call;

	s->flow = f;
	s->seq = (uint16_t)random_next(&c->random);
	s->ssrc = (uint32_t)random_next(&c->random);
	s->timestamp = (uint32_t)random_next(&c->random);
	s->clock_hz = 8000;
	s->source_due_ns = s->digits_due_ns = NEVER;
	s->timer.fire = sender_fire;
}

static void count_streams(struct sender *s)
{
	bool now = s->source || s->digits;
	struct media_counts *counts = &s->flow->call->media->counts;

	if (now && !s->counted)
		counts->streams_out++;
	else if (!now && s->counted)
		counts->streams_out--;
	s->counted = now;
}

void sender_release(struct sender *s)
{
	wheel_cancel(&s->flow->call->media->loop->wheel, &s->timer);
	s->source = NULL;
	digits_free(s);
	count_streams(s);
}

/* --- the stream's clock ------------------------------------------------------------------------------------------- */

static int64_t drifted(const struct sender *s, int64_t ns)
{
	double ppm = s->flow->call->media->config->media.impair.drift_ppm;

	return ppm == 0 ? ns : (int64_t)((double)ns / (1 + ppm * 1e-6) + 0.5);
}

/* Each stream begins at its own time: those that begin together must not send together for ever. */
static void begin_clock(struct sender *s, int64_t now_ns)
{
	uint64_t places = (uint64_t)(USUAL_STEP_NS / MEDIA_GRID_NS);
	uint64_t place = random_next(&s->flow->call->random) % places;

	s->anchor_ns = (now_ns + MEDIA_GRID_NS - 1) / MEDIA_GRID_NS * MEDIA_GRID_NS;
	s->anchor_ns += (int64_t)place * MEDIA_GRID_NS;
	s->started = true;
}

void sender_catch_up(struct sender *s, int64_t step_ns, uint32_t step_ticks)
{
	int64_t now_ns = s->flow->call->media->loop->now_ns, behind_ns = now_ns - s->anchor_ns;
	int64_t steps = (behind_ns + step_ns - 1) / step_ns;

	if (!s->started) {
		begin_clock(s, now_ns);
	} else if (behind_ns > 0) {
		s->anchor_ns += steps * step_ns;
		s->timestamp += (uint32_t)steps * step_ticks;
		s->marker = true;
	}
}

uint32_t sender_timestamp(const struct sender *s, int64_t at_ns)
{
	return s->timestamp + (uint32_t)((at_ns - s->anchor_ns) * s->clock_hz / NS_PER_S);
}

static void catch_up_source(struct sender *s)
{
	const struct source *source = s->source;

	if (source->frames)
		sender_catch_up(s, USUAL_STEP_NS, s->clock_hz / 50);
	else
		sender_catch_up(s, s->step_ns, source->frame_ticks);
	s->source_due_ns = s->anchor_ns;
	if (source->frames) {
		s->base_ns = s->anchor_ns - source->frames[s->frame].time_ns;
		s->base_timestamp = s->timestamp - source->frames[s->frame].timestamp;
	}
}

/* --- one packet --------------------------------------------------------------------------------------------------- */

static void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void store_be32(uint8_t *p, uint32_t v)
{
	store_be16(p, (uint16_t)(v >> 16));
	store_be16(p + 2, (uint16_t)v);
}

static void packet_with(struct sender *s, uint8_t first, uint8_t second, uint32_t timestamp,
                        struct slice rest)
{
	uint8_t *out = s->flow->call->media->out;

	out[0] = first;
	out[1] = second;
	store_be16(out + 2, s->seq++);
	store_be32(out + 4, timestamp);
	store_be32(out + 8, s->ssrc);
	memcpy(out + 12, rest.p, rest.n);
	s->sent++;
	s->octets += rest.n;
	media_flow_send(s->flow, out, 12 + rest.n);
}

void sender_packet(struct sender *s, uint8_t payload_type, bool marker, uint32_t timestamp,
                   struct slice payload)
{
	packet_with(s, 0x80, (uint8_t)(marker << 7 | payload_type), timestamp, payload);
}

static void send_frame(struct sender *s)
{
	const struct source *source = s->source;

	if (!source->frames) {
		struct slice payload = { source->bytes + (size_t)s->frame * source->frame_octets,
			                 source->frame_octets };
		sender_packet(s, s->payload_type, s->marker, s->timestamp, payload);
		s->flow->pattern_sent += source->pattern != 0;
	} else {
		const struct source_frame *frame = &source->frames[s->frame];
		struct slice rest = { source->bytes + frame->at, frame->octets };
		if (source->raw)
			media_flow_transmit(s->flow, rest);
		else
			packet_with(s, frame->first, frame->second, s->timestamp, rest);
	}
	s->marker = false;
}

/* --- the timer ---------------------------------------------------------------------------------------------------- */

static void rearm(struct sender *s)
{
	int64_t due_ns = s->source_due_ns < s->digits_due_ns ? s->source_due_ns : s->digits_due_ns;

	if (due_ns != NEVER)
		wheel_arm(&s->flow->call->media->loop->wheel, &s->timer, due_ns);
	count_streams(s);
}

/* Is it worth while to read when we send? */
static void choose_reading(struct sender *s)
{
	struct media_flow *f = s->flow;

	if (f->port && f->port->flow)
		port_poll(f->port, s->source && !s->source->frames && s->source_due_ns != NEVER &&
		                           !f->echo && !f->call->media->tap);
}

/* The clock moves on by one frame; of irregular ones to the next one's time, and behind the last by as much as before it. */
static void advance_clock(struct sender *s)
{
	const struct source *source = s->source;

	if (!source->frames) {
		s->anchor_ns += s->step_ns;
		s->timestamp += source->frame_ticks;
	} else if (s->frame + 1 < source->count) {
		s->anchor_ns = s->base_ns + source->frames[s->frame + 1].time_ns;
		s->timestamp = s->base_timestamp + source->frames[s->frame + 1].timestamp;
	} else {
		s->anchor_ns += USUAL_STEP_NS;
		s->timestamp += s->clock_hz / 50;
	}
}

/* Far behind nothing is sent: what is made up for in a burst would hurt the target, and keep us behind. */
static bool too_late(struct sender *s, int64_t late_ns)
{
	if (late_ns <= TOO_LATE_NS)
		return false;
	s->flow->call->media->counts.skipped++;
	s->marker = true;
	return true;
}

static void source_step(struct sender *s, int64_t late_ns)
{
	if (!too_late(s, late_ns) && !digits_sounding(s))
		send_frame(s);
	advance_clock(s);
	s->source_due_ns = s->anchor_ns;
	if (++s->frame < s->source->count)
		return;
	s->frame = 0;
	if (s->loops > 0)
		s->loops--;
	if (s->loops == 0) {
		s->source = NULL;
		s->source_due_ns = NEVER;
		choose_reading(s);
	} else if (s->source->frames) {
		catch_up_source(s);
	}
}

void sender_fire(struct wheel_timer *timer)
{
	struct sender *s = (struct sender *)((char *)timer - offsetof(struct sender, timer));
	struct media *m = s->flow->call->media;
	int64_t due_ns = timer->due_ns, late_ns;

	if (!m->loop->virtual_time)
		loop_look(m->loop);
	late_ns = m->loop->now_ns - due_ns;
	latency_add(&m->late, late_ns);
	if (s->digits_due_ns <= due_ns)
		digits_step(s);
	if (s->source_due_ns <= due_ns)
		source_step(s, late_ns);
	if (s->flow->port && s->flow->port->polled)
		port_read_polled(s->flow->port);
	rearm(s);
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static void update_source(struct sender *s, bool may)
{
	if (!s->source || s->paused || !may)
		s->source_due_ns = NEVER;
	else if (s->source_due_ns == NEVER)
		catch_up_source(s);
}

static void update_digits(struct sender *s, bool may)
{
	if (!s->digits || (!may && digits_need_media(s)))
		s->digits_due_ns = NEVER;
	else if (s->digits_due_ns == NEVER)
		digits_resume(s);
}

void sender_update(struct sender *s)
{
	bool may = media_flow_may_send(s->flow) && s->flow->port;

	wheel_cancel(&s->flow->call->media->loop->wheel, &s->timer);
	update_source(s, may);
	update_digits(s, may);
	choose_reading(s);
	rearm(s);
}

void sender_play(struct sender *s, const struct source *source, int loops, int payload_type)
{
	s->source = source;
	s->source_due_ns = NEVER;
	s->frame = 0;
	s->loops = loops;
	s->paused = false;
	s->marker = true;
	s->clock_hz = source->clock_hz;
	s->step_ns = drifted(s, source->frame_ns);
	s->payload_type = (uint8_t)(payload_type >= 0 ? payload_type : source->payload_type);
	sender_update(s);
}

void sender_stop(struct sender *s)
{
	s->source = NULL;
	s->source_due_ns = NEVER;
	digits_free(s);
	sender_update(s);
}

void sender_pause(struct sender *s, bool paused)
{
	s->paused = paused;
	sender_update(s);
}

static int64_t source_remaining_ns(const struct sender *s)
{
	const struct source *source = s->source;

	if (!source || s->loops < 0)
		return 0;
	if (source->frames) {
		int64_t length = source->frames[source->count - 1].time_ns + USUAL_STEP_NS;
		return length - source->frames[s->frame].time_ns + (s->loops - 1) * length;
	}
	return ((int64_t)source->count * s->loops - s->frame) * s->step_ns;
}

int64_t sender_remaining_ns(const struct sender *s)
{
	int64_t now_ns = s->flow->call->media->loop->now_ns;
	int64_t source_ns = source_remaining_ns(s), digits_ns = digits_remaining_ns(s);
	int64_t longest = source_ns > digits_ns ? source_ns : digits_ns;

	if (longest && s->started && s->anchor_ns > now_ns)
		longest += s->anchor_ns - now_ns;
	return longest;
}
