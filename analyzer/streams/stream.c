#include "analyzer/streams/stream.h"

#include "analyzer/findings/findings.h"
#include "analyzer/streams/bind.h"
#include "analyzer/streams/record.h"
#include "analyzer/streams/rtcp.h"
#include "analyzer/streams/secure.h"
#include "analyzer/streams/sound.h"
#include "analyzer/streams/table.h"
#include "base/duration.h"
#include "base/mem.h"
#include "dissectors/rtp_red.h"

#include <stdlib.h>

#define SAMPLE_MASK       31 /* every 32nd packet is enough for skew and sizes */
#define PAUSE_STEPS       500 /* longer is a pause (hold), not discontinuous transmission */
#define CLOSE_TOGETHER_NS (2 * NS_PER_MS)
#define CLOCK_STEP_NS     (500 * NS_PER_MS) /* back by more is no reordering of the capture */

void stream_release(struct stream *st)
{
	struct stream_cold *cold = st->cold;
	struct timers *timers = &cold->owner->a->timers;

	timers_cancel(timers, &cold->idle);
	if (cold->extra)
		timers_cancel(timers, &cold->extra->digits.timer);
	mem_free(cold->extra);
	cold->extra = NULL;
	mem_free(cold->content);
	cold->content = NULL;
	mem_free(cold->moments);
	cold->moments = NULL;
	mem_free(cold->rtcp);
	cold->rtcp = NULL;
	mem_free(cold->use);
	cold->use = NULL;
	sound_release(st);
	mem_free(cold->gaps);
	cold->gaps = NULL;
	secure_release(st);
	histogram_release(&cold->jitter_us, &cold->owner->jitter_pages);
	receiver_release(&cold->listener);
	trace_release(&cold->trace, &cold->owner->trace_octets);
	if (cold->marks)
		marks_release(cold->marks, &cold->owner->mark_octets);
	mem_free(cold->marks);
	cold->marks = NULL;
}

void stream_init(struct stream *st, struct streams *owner, const struct flow_key *key,
                 int64_t time_ns, uint8_t dscp)
{
	struct stream_cold *cold = st->cold;

	*st = (struct stream){ .key = *key, .cold = cold };
	st->payload_type = STREAM_NO_TYPE;
	st->role = st->previous_role = STREAM_NO_ROLE;
	st->last_ns = time_ns;
	st->told_ns = TIME_NONE;
	memset(cold, 0, sizeof *cold);
	cold->stream = cold->at_source.stream = cold->at_destination.stream = st;
	cold->owner = owner;
	cold->first_ns = time_ns;
	cold->dscp = dscp;
	cold->id = cold->dialog_id = RECORD_NULL;
	list_init(&cold->order);
	list_init(&cold->at_source.node);
	list_init(&cold->at_destination.node);
}

bool stream_need_extra(struct stream *st, struct analysis *a)
{
	struct stream_cold *cold = st->cold;

	if (cold->extra)
		return true;
	cold->extra = mem_zalloc(sizeof *cold->extra);
	if (!cold->extra)
		return err_memory(a->err, "an RTP stream");
	digits_init(&cold->extra->digits, st);
	return true;
}

uint32_t stream_clock_hz(const struct stream *st)
{
	return st->cold->format_count ? stream_format(st, st->cold->audio)->clock_hz : 0;
}

void stream_ttl_changed(struct stream *st, const struct analysis *a, int64_t time_ns, uint8_t ttl)
{
	struct stream_ttl *t = &st->cold->ttl;
	bool first = st->ttl == 0;

	st->ttl = ttl;
	if (first)
		t->now = ttl;
	if (abs(ttl - t->now) < 2)
		return;
	if (!t->changes++) {
		t->from = t->now;
		t->to = ttl;
		t->capture_id = a->capture_id;
		t->frame = a->frame;
		t->time_ns = time_ns;
	}
	t->now = ttl;
}

/* ---- payload types ---- */

static bool is_media(enum payload_role role)
{
	return role == PAYLOAD_ROLE_AUDIO || role == PAYLOAD_ROLE_VIDEO;
}

static void forget_timing(struct stream *st)
{
	jitter_forget_reference(&st->jitter);
	buffer_restart(&st->buffer);
	skew_restart(&st->cold->skew);
	st->previous_role = STREAM_NO_ROLE;
	st->step_ticks = st->step_votes = 0;
}

/* Makes the format in use effective. Events and comfort noise have no clock here, so they leave the media's timing alone. */
static void apply_format(struct stream *st)
{
	const struct payload_format *f = stream_format(st, st->cold->format);

	st->payload_type = f->payload_type;
	st->role = (uint8_t)f->role;
	st->ns_per_tick = is_media(f->role) && f->clock_hz ? 1e9 / f->clock_hz : 0;
	st->guessing = !f->known && f->payload_type >= 96;
	st->shows_modes = f->role == PAYLOAD_ROLE_AUDIO && f->codec && codec_mode(f->codec, 0);
	if (is_media(f->role)) {
		if (stream_format(st, st->cold->audio)->clock_hz != f->clock_hz)
			forget_timing(st);
		st->cold->flips +=
		        f->role == PAYLOAD_ROLE_AUDIO && st->cold->audio != st->cold->format;
		st->cold->audio = st->cold->format;
	}
}

static void settle_format_count(struct stream *st)
{
	struct payload_format *f = stream_format(st, st->cold->format);

	f->packets += st->taken - st->cold->taken_before_format;
	f->last_ns = st->last_ns;
	st->cold->taken_before_format = st->taken;
}

/* Types beyond FORMATS_MAX are counted by sequence number only, without a look-up. */
static void ignore_format(struct stream *st, uint8_t payload_type)
{
	st->payload_type = payload_type;
	st->role = PAYLOAD_ROLE_OTHER;
	st->ns_per_tick = 0;
	st->guessing = st->shows_modes = false;
}

static bool add_format(struct stream *st, struct analysis *a, uint8_t payload_type)
{
	struct stream_cold *cold = st->cold;

	if (cold->format_count == STREAM_FORMATS_COMMON && !stream_need_extra(st, a))
		return false;
	cold->format = cold->format_count++;
	*stream_format(st, cold->format) = bind_format(st, payload_type);
	stream_format(st, cold->format)->first_ns = st->last_ns;
	if (cold->format_count == 1 || !is_media(stream_format(st, cold->audio)->role))
		cold->audio = cold->format;
	apply_format(st);
	return true;
}

/* The packet type has changed. */
static bool select_format(struct stream *st, struct analysis *a, uint8_t payload_type)
{
	settle_format_count(st);
	for (unsigned i = 0; i < st->cold->format_count; i++) {
		if (stream_format(st, i)->payload_type == payload_type) {
			st->cold->format = i;
			apply_format(st);
			return true;
		}
	}
	if (st->cold->format_count < FORMATS_MAX)
		return add_format(st, a, payload_type);
	ignore_format(st, payload_type);
	return true;
}

void stream_explain(struct stream *st)
{
	settle_format_count(st);
	for (unsigned i = 0; i < st->cold->format_count; i++) {
		struct payload_format *old = stream_format(st, i);
		struct payload_format f = bind_format(st, old->payload_type);
		if (!f.known)
			continue;
		if (!format_same(old, &f) && is_media(f.role) && i == st->cold->audio)
			forget_timing(st);
		f.packets = old->packets;
		f.first_ns = old->first_ns;
		f.last_ns = old->last_ns;
		*old = f;
		if (old->payload_type == st->payload_type)
			apply_format(st);
	}
}

/* ---- time ---- */

/* Boyer-Moore: where one step has the majority, it is the candidate at the end. */
static void vote_step(struct stream *st, uint32_t ticks)
{
	if (st->step_ticks == ticks) {
		st->step_votes++;
	} else if (st->step_votes) {
		st->step_votes--;
	} else {
		st->step_ticks = ticks;
		st->step_votes = 1;
	}
}

/* Media time since the newest packet in sequence, and how much of it nobody sent anything for. True if a talkspurt starts here. */
static bool pace(struct stream *st, const struct rtp_packet *rtp, const struct seq_step *step)
{
	uint32_t ticks = rtp->timestamp - st->previous_timestamp;
	int64_t numbers = step->number - st->previous_number;
	bool after_noise = st->previous_role == PAYLOAD_ROLE_COMFORT_NOISE;
	bool spurt = false;

	if (st->previous_role != STREAM_NO_ROLE && ticks - 1 < (UINT32_C(1) << 31)) {
		bool speech = numbers == 1 && !after_noise && st->role == PAYLOAD_ROLE_AUDIO;
		if (speech && ticks != st->step_ticks)
			vote_step(st, ticks);
		else if (speech)
			st->step_votes++;
		uint64_t usual = (uint64_t)numbers * st->step_ticks;
		bool gap = st->step_ticks && 2 * (uint64_t)ticks > 3 * usual;
		spurt = gap && (numbers == 1 || rtp->marker || after_noise);
		if (after_noise) {
			st->silent_ticks += ticks;
			st->ticks += ticks;
		} else if (!gap || ticks <= (uint64_t)PAUSE_STEPS * st->step_ticks) {
			st->silent_ticks += gap && numbers == 1 ? ticks - usual : 0;
			st->ticks += ticks;
		}
	}
	st->previous_role = st->role;
	st->previous_timestamp = rtp->timestamp;
	st->previous_number = step->number;
	return spurt;
}

/* ---- gaps, restarts ---- */

static bool add_gap(struct stream *st, struct analysis *a, const struct stream_gap *gap)
{
	struct stream_cold *cold = st->cold;

	if (!cold->gaps)
		cold->gaps = mem_zalloc(sizeof *cold->gaps);
	if (!cold->gaps)
		return err_memory(a->err, "an RTP stream");
	gaps_add(cold->gaps, gap);
	return true;
}

static struct packet_mark mark_of(const struct analysis *a, int64_t time_ns)
{
	return (struct packet_mark){ time_ns, a->capture_id, a->frame };
}

/* Longer than usual since the packet before. */
static bool take_long_delta(struct stream *st, struct analysis *a, int64_t time_ns, bool marker,
                            const struct seq_step *step)
{
	struct stream_cold *cold = st->cold;
	int64_t delta = duration_between(st->last_ns, time_ns);
	struct stream_gap gap = { st->last_ns, mark_of(a, time_ns), step->missing, marker };

	if (delta > cold->max_delta_ns)
		cold->max_delta_ns = delta;
	st->usual_delta_ns = delta < GAPS_LEAST_NS ? delta : GAPS_LEAST_NS;
	return delta < GAPS_LEAST_NS || add_gap(st, a, &gap);
}

/* With a marker the sender says so himself. */
static void note_restart(struct stream *st, int64_t time_ns, bool marker)
{
	struct stream_cold *cold = st->cold;

	if (!marker && !cold->restarts++)
		cold->restart = mark_of(cold->owner->a, time_ns);
}

static void restart_timing(struct stream *st)
{
	jitter_restart(&st->jitter);
	buffer_restart(&st->buffer);
	skew_restart(&st->cold->skew);
	st->previous_role = STREAM_NO_ROLE;
}

/* The histogram is far away: values go there a handful at a time. */
static bool hand_jitter_over(struct stream *st, struct analysis *a)
{
	struct stream_cold *cold = st->cold;

	for (unsigned i = 0; i < st->jitter_held; i++)
		if (!histogram_count(&cold->jitter_us, &cold->owner->jitter_pages,
		                     st->jitter_us[i]))
			return err_memory(a->err, "a histogram");
	st->jitter_held = 0;
	return true;
}

/* Does the payload fit the codec? Octets of SRTP are more than the codec's. */
static void check_size(struct stream *st, uint8_t payload_type, size_t octets)
{
	const struct codec *codec = stream_format(st, st->cold->format)->codec;
	struct size_check *c = &st->cold->sizes;
	enum size_verdict verdict = codec && !st->cold->encrypted
	                                    ? payload_size(codec, octets, st->step_ticks)
	                                    : SIZE_UNKNOWN;

	c->seen += verdict != SIZE_UNKNOWN;
	if (verdict != SIZE_IMPOSSIBLE || c->impossible++)
		return;
	c->octets = (uint32_t)octets;
	c->payload_type = payload_type;
}

static void hold_jitter(struct stream *st)
{
	st->jitter_us[st->jitter_held++] =
	        histogram_counter_of((uint64_t)(st->jitter.value_ns / 1e3 + 0.5));
}

/* Something bad happens now; NULL: out of memory, which ends the run with the next timer. */
static struct bad_moments *moments_of(struct stream *st)
{
	struct stream_cold *cold = st->cold;
	struct analysis *a = stream_analysis(st);

	if (!cold->moments) {
		cold->moments = mem_zalloc(sizeof *cold->moments);
		if (!cold->moments) {
			err_memory(a->err, "an RTP stream");
			analysis_fail(a);
		}
	}
	return cold->moments;
}

static void measure_spike(struct stream *st, int64_t time_ns)
{
	bool slow = st->jitter.step_ns > MOMENTS_SPIKE_NS;
	struct bad_moments *m = slow ? moments_of(st) : NULL;

	if (m)
		moments_spike(m, stream_analysis(st), time_ns, (int64_t)st->jitter.step_ns);
}

static void measure_hole(struct stream *st, int64_t time_ns, uint32_t missing)
{
	struct bad_moments *m = moments_of(st);

	if (m)
		moments_hole(m, stream_analysis(st), time_ns, missing);
}

static void measure_late(struct stream *st, int64_t time_ns)
{
	struct bad_moments *m = moments_of(st);

	st->late++;
	if (m)
		moments_late(m, stream_analysis(st), time_ns);
}

/* The transit time has changed much. */
static bool jitter_odd(struct stream *st, int64_t time_ns, const struct rtp_packet *rtp,
                       bool in_order, enum jitter_step step)
{
	struct analysis *a = stream_analysis(st);

	if (st->accepted && (in_order || step == JITTER_STEP) &&
	    !findings_transit_step(a->findings, st, time_ns, (int64_t)st->jitter.step_ns))
		analysis_fail(a);
	if (step == JITTER_STEP) {
		hold_jitter(st);
		measure_spike(st, time_ns);
		return true;
	}
	if (!in_order)
		return false;
	/* The sequence goes on, the timestamps begin anew: a restart without loss. */
	seq_new_segment(&st->seq);
	note_restart(st, time_ns, rtp->marker);
	restart_timing(st);
	jitter_push(&st->jitter, time_ns, rtp->timestamp, st->ns_per_tick);
	return true;
}

/* False: this packet's time says nothing (a straggler from before a restart). */
static bool measure_jitter(struct stream *st, int64_t time_ns, const struct rtp_packet *rtp,
                           bool in_order)
{
	enum jitter_step step = jitter_push(&st->jitter, time_ns, rtp->timestamp, st->ns_per_tick);

	if (step == JITTER_MEASURED)
		hold_jitter(st);
	else if (step != JITTER_REFERENCE)
		return jitter_odd(st, time_ns, rtp, in_order, step);
	return true;
}

/* ---- what did not play ---- */

static struct trace_place place_of(const struct stream *st)
{
	uint64_t through = seq_expected(&st->seq);

	return (struct trace_place){
		.first = st->seq.base,
		.before = through - (uint64_t)(st->seq.max - st->seq.base + 1),
		.through = through,
		.used = &st->cold->owner->trace_octets,
	};
}

static bool traced(const struct stream *st, struct analysis *a)
{
	return !st->cold->trace.failed || err_memory(a->err, "what went wrong with a stream");
}

/* A packet well behind its anchor, or a new anchor. */
static bool take_behind(struct stream *st, struct analysis *a, const struct seq_step *step,
                        double behind_ns)
{
	struct stream_cold *cold = st->cold;
	struct trace_place place = place_of(st);
	bool late = false;

	if (behind_ns == BUFFER_ANCHORED) {
		receiver_restart(&cold->listener);
		cold->trace.anchored = true;
	} else {
		if (!receiver_push(&cold->listener, a->media.buffer, st->buffer.pushed, behind_ns,
		                   &late))
			return err_memory(a->err, "a jitter buffer");
		if (late) {
			measure_late(st, st->last_ns);
			seq_mark_late(&st->seq, step->number);
		}
		if (behind_ns > (double)BUFFER_QUIET_NS) {
			int64_t raise_ns = trace_behind(&cold->trace, &place, step->number,
			                                st->buffer.pushed, behind_ns);
			buffer_raise(&st->buffer, raise_ns);
			receiver_raise(&cold->listener, raise_ns);
		}
	}
	st->buffer.quiet_ns = receiver_quiet_ns(&cold->listener, a->media.buffer);
	return traced(st, a);
}

/* Numbers have not come, or one of them has after all. */
static bool take_hole(struct stream *st, struct analysis *a, const struct seq_step *step)
{
	struct trace_place place = place_of(st);
	bool ahead = step->kind == SEQ_GAP;

	if (!ahead)
		trace_filled(&st->cold->trace, &place, step->number);
	trace_hole(&st->cold->trace, &place,
	           ahead ? step->number - step->missing : step->number + 1, step->missing);
	return traced(st, a);
}

/* False: the environment failed. */
static bool measure_media(struct stream *st, struct analysis *a, int64_t time_ns,
                          const struct rtp_packet *rtp, size_t octets, const struct seq_step *step)
{
	bool in_order = step->kind != SEQ_REORDERED, spurt = false,
	     is_audio = st->role == PAYLOAD_ROLE_AUDIO;

	if (st->ns_per_tick > 0 && !measure_jitter(st, time_ns, rtp, in_order))
		return true;
	if (in_order && is_audio)
		spurt = pace(st, rtp, step);
	if (st->ns_per_tick <= 0)
		return true;
	if (spurt) {
		buffer_restart(&st->buffer);
		st->cold->talkspurts++;
	}
	st->late_known |= is_audio;
	if (is_audio) {
		double behind = buffer_push(&st->buffer, time_ns, rtp->timestamp, st->ns_per_tick);
		if (behind > st->buffer.quiet_ns && !take_behind(st, a, step, behind))
			return false;
	}
	if (in_order && !(st->taken & SAMPLE_MASK)) {
		skew_push(&st->cold->skew, time_ns, rtp->timestamp, st->ns_per_tick);
		if (is_audio) {
			check_size(st, rtp->payload_type, octets);
			sameness_push(&st->cold->sameness, rtp->payload);
		}
	}
	return true;
}

/* ---- digits without SDP ---- */

static bool recognize_events(struct stream *st, struct analysis *a)
{
	struct payload_format *f = stream_format(st, st->cold->format);
	bool ok = true;

	f->known = true;
	f->role = PAYLOAD_ROLE_EVENT;
	f->codec = codec_by_name(SLICE_LIT("telephone-event"), 0);
	if (st->cold->audio == st->cold->format)
		f->clock_hz = 8000;
	else
		f->clock_hz = stream_clock_hz(st) ? stream_clock_hz(st) : 8000;
	apply_format(st);
	for (unsigned i = 0; i < st->cold->guess.kept; i++) {
		const struct event_packet *p = &st->cold->extra->guessed[i];
		ok = digits_push(st, a, p->time_ns, p->timestamp, p->marker,
		                 slice_of(p->payload, sizeof p->payload)) &&
		     ok;
	}
	st->cold->guess.kept = st->cold->guess.alike = 0;
	return ok;
}

static bool guess_events(struct stream *st, struct analysis *a, int64_t time_ns,
                         const struct rtp_packet *rtp)
{
	struct stream_cold *cold = st->cold;

	if (st->sealed || !event_guess_looks(&cold->guess, rtp))
		return true;
	if (!stream_need_extra(st, a))
		return false;
	if (!event_guess_push(&cold->guess, cold->extra->guessed, time_ns, rtp))
		return true;
	return recognize_events(st, a);
}

/* ---- redundancy ---- */

/* What its blocks are is looked up packet by packet: few streams have them. Only events are read. */
static bool take_redundant(struct stream *st, struct analysis *a, int64_t time_ns,
                           const struct rtp_packet *rtp)
{
	struct rtp_red_block blocks[RTP_RED_MAX_BLOCKS];
	unsigned count;

	if (st->sealed || rtp_red_parse(rtp->payload, blocks, &count) != PARSE_OK)
		return true;
	for (unsigned i = 0; i < count; i++) {
		const struct rtp_red_block *b = &blocks[i];
		bool primary = i + 1 == count, ok;
		if (!b->payload.n || bind_format(st, b->payload_type).role != PAYLOAD_ROLE_EVENT)
			continue;
		ok = primary ? digits_push(st, a, time_ns, rtp->timestamp, rtp->marker, b->payload)
		             : digits_push_repeated(st, a, time_ns, rtp->timestamp - b->offset,
		                                    b->payload);
		if (!ok)
			return false;
		st->cold->extra->digits.payload_type = b->payload_type;
	}
	return true;
}

/* ---- packets ---- */

/* Only calls have legs to be compared; of SRTP only where every packet is decrypted. */
static bool take_content(struct stream *st, struct analysis *a, int64_t time_ns,
                         struct slice payload)
{
	struct stream_cold *cold = st->cold;

	if (!st->media || st->sealed || (cold->encrypted && !a->audio))
		return true;
	if (!cold->content)
		cold->content = mem_zalloc(sizeof *cold->content);
	if (!cold->content)
		return err_memory(a->err, "an RTP stream");
	content_push(cold->content, time_ns, payload);
	return true;
}

/* The capture's clock was set back: arrivals before and after it cannot be compared. The sender knows nothing of it, so the sequence
 * and the media time go on. */
static void forget_arrivals(struct stream *st)
{
	jitter_forget_reference(&st->jitter);
	buffer_restart(&st->buffer);
	skew_restart(&st->cold->skew);
}

static bool take_modes(struct stream *st, struct analysis *a, struct slice payload)
{
	struct stream_cold *cold = st->cold;
	const struct payload_format *f = stream_format(st, cold->format);

	if (cold->encrypted)
		return true;
	if (!cold->use)
		cold->use = mem_zalloc(sizeof *cold->use);
	if (!cold->use)
		return err_memory(a->err, "an RTP stream");
	codec_use_count(cold->use, f->codec, f->octet_aligned, payload);
	return true;
}

/* What it means to its payload type. */
static bool take_payload(struct stream *st, struct analysis *a, int64_t time_ns,
                         const struct rtp_packet *rtp, size_t octets, const struct seq_step *step)
{
	switch ((enum payload_role)st->role) {
	case PAYLOAD_ROLE_AUDIO:
		if (!measure_media(st, a, time_ns, rtp, octets, step))
			return false;
		if (content_is_chosen(rtp->payload) && !take_content(st, a, time_ns, rtp->payload))
			return false;
		if (st->shows_modes && !take_modes(st, a, rtp->payload))
			return false;
		return !st->guessing || guess_events(st, a, time_ns, rtp);
	case PAYLOAD_ROLE_VIDEO: return measure_media(st, a, time_ns, rtp, octets, step);
	case PAYLOAD_ROLE_EVENT:
		return digits_push(st, a, time_ns, rtp->timestamp, rtp->marker, rtp->payload);
	case PAYLOAD_ROLE_COMFORT_NOISE:
		if (step->kind != SEQ_REORDERED)
			pace(st, rtp, step);
		return true;
	case PAYLOAD_ROLE_REDUNDANT: return take_redundant(st, a, time_ns, rtp);
	case PAYLOAD_ROLE_OTHER: return true;
	}
	return true;
}

/* Nearly all packets come later after the one before. */
static void came_close(struct stream *st, int64_t delta)
{
	if (delta < -CLOCK_STEP_NS)
		forget_arrivals(st);
	else
		st->cold->close_together += st->taken > 0;
}

static bool take_mark(struct stream *st, struct analysis *a, int64_t time_ns, int64_t number)
{
	struct stream_cold *cold = st->cold;

	if (!cold->marks)
		cold->marks = mem_zalloc(sizeof *cold->marks);
	if (!cold->marks || !marks_push(cold->marks, number, time_ns, &cold->owner->mark_octets))
		return err_memory(a->err, "the marks of a stream");
	return true;
}

/* A packet that has its place in the sequence. */
static bool take(struct stream *st, struct analysis *a, int64_t time_ns,
                 const struct rtp_packet *rtp, size_t octets, const struct seq_step *step)
{
	int64_t delta = duration_between(st->last_ns, time_ns);
	struct rtp_packet clear;

	if (delta < CLOSE_TOGETHER_NS)
		came_close(st, delta);
	if (delta > st->usual_delta_ns && !take_long_delta(st, a, time_ns, rtp->marker, step))
		return false;
	st->last_ns = time_ns;
	st->octets += octets;
	if (a->media.marks && !take_mark(st, a, time_ns, step->number))
		return false;
	bool ok = rtp->payload_type == st->payload_type || select_format(st, a, rtp->payload_type);
	st->taken++;
	if (st->jitter_held == STREAM_JITTER_HELD)
		ok = hand_jitter_over(st, a) && ok;
	if (!ok)
		return false;
	if (st->keyed) {
		ok = secure_take(st, a, rtp, octets, step, &clear);
		rtp = &clear;
	}
	return ok && take_payload(st, a, time_ns, rtp, octets, step) &&
	       (!a->audio || sound_take(st, a, time_ns, rtp, octets, step));
}

static bool keep_waiting(struct stream *st, struct analysis *a, int64_t time_ns,
                         const struct rtp_packet *rtp, size_t octets)
{
	struct waiting_packet *w = &st->cold->waiting;
	struct slice head = slice_sub(rtp->payload, 0, sizeof w->payload);

	w->time_ns = time_ns;
	w->rtp = *rtp;
	w->octets = octets;
	if (head.n)
		memcpy(w->payload, head.p, head.n);
	w->rtp.payload = slice_of(w->payload, head.n);
	w->rtp.extension = SLICE_NONE;
	return !a->audio || sound_keep_waiting(st, a, rtp->payload);
}

/* The packet that waited was the first of a new segment, this one is its second. */
static bool take_restart(struct stream *st, struct analysis *a, int64_t time_ns,
                         const struct rtp_packet *rtp, size_t octets, const struct seq_step *step)
{
	int64_t waited = seq_restarted_at(&st->seq, step);
	struct seq_step first = { SEQ_FIRST, 0, waited },
	                second = { waited > step->number ? SEQ_REORDERED : SEQ_NEXT, step->missing,
		                   step->number };

	note_restart(st, time_ns, st->cold->waiting.rtp.marker);
	restart_timing(st);
	struct trace_place place = place_of(st);
	trace_segment(&st->cold->trace, place.before, place.used);
	trace_hole(&st->cold->trace, &place, place.first + 1, step->missing);
	bool ok = take(st, a, st->cold->waiting.time_ns, &st->cold->waiting.rtp,
	               st->cold->waiting.octets, &first);
	return take(st, a, time_ns, rtp, octets, &second) && ok;
}

static bool turn_interval(struct stream *st, struct analysis *a, int64_t time_ns)
{
	int64_t ago = duration_between(time_ns, st->interval_start_ns);

	/* A capture whose clock stepped back a little: no new row for that. */
	if (st->cold->intervals.begun && ago > 0 && ago < a->interval_ns)
		return true;
	st->interval_start_ns = interval_floor(time_ns, a->interval_ns);
	return record_interval_turn(st, a, st->interval_start_ns);
}

/* The same number again: the very datagram a moment later is a mirror's work, anything else the network's. */
static void take_copy(struct stream *st, const struct analysis *a, int64_t time_ns,
                      const struct seq_step *step)
{
	struct stream_copies *c = &st->cold->copies;
	int64_t age_ns = duration_between(st->last_ns, time_ns);
	bool same_datagram = (st->ip_ids >> 16) == (st->ip_ids & 0xffff);

	if (step->number != st->seq.max || !same_datagram || age_ns < 0 || age_ns > STREAM_COPY_NS)
		return;
	if (!c->mirrored++) {
		c->capture_id = a->capture_id;
		c->frame = a->frame;
		c->time_ns = time_ns;
		c->age_ns = age_ns;
	}
}

static bool tell_hole(struct stream *st, struct analysis *a, int64_t time_ns,
                      const struct seq_step *step)
{
	struct seen_hole hole = { st, st->last_ns, time_ns, step->number - step->missing,
		                  step->missing };

	return !st->accepted || findings_hole(a->findings, &hole);
}

bool stream_push(struct stream *st, struct analysis *a, int64_t time_ns,
                 const struct rtp_packet *rtp, size_t octets)
{
	if (a->interval_ns > 0 &&
	    ((uint64_t)duration_between(st->interval_start_ns, time_ns) >=
	             (uint64_t)a->interval_ns ||
	     !st->seq.segments) &&
	    !turn_interval(st, a, time_ns))
		return false;
	struct seq_step step = seq_push(&st->seq, rtp->seq);
	switch (step.kind) {
	case SEQ_DUPLICATE: take_copy(st, a, time_ns, &step); return true;
	case SEQ_FAR: return keep_waiting(st, a, time_ns, rtp, octets);
	case SEQ_RESTART: return take_restart(st, a, time_ns, rtp, octets, &step);
	case SEQ_REORDERED:
		if (a->interval_ns > 0)
			intervals_take_back(&st->cold->intervals, step.number);
		if (!take_hole(st, a, &step))
			return false;
		findings_hole_filled(a->findings, st, step.number);
		break;
	case SEQ_GAP:
		measure_hole(st, time_ns, step.missing);
		if (!take_hole(st, a, &step) || !tell_hole(st, a, time_ns, &step))
			return false;
		break;
	default: break;
	}
	return take(st, a, time_ns, rtp, octets, &step);
}

bool stream_finish(struct stream *st, struct analysis *a)
{
	seq_finish(&st->seq);
	settle_format_count(st);
	skew_restart(&st->cold->skew);
	trace_segment(&st->cold->trace, seq_expected(&st->seq), &st->cold->owner->trace_octets);
	trace_end(&st->cold->trace, seq_expected(&st->seq), st->buffer.pushed);
	bool ok = hand_jitter_over(st, a);
	ok = findings_stream(a->findings, st) && ok;
	ok = digits_finish(st, a) && ok;
	ok = record_intervals_finish(st, a) && ok;
	ok = rtcp_record(st, a) && ok;
	ok = secure_record(st, a) && ok;
	return record_stream_row(st, a) && record_stream_events(st, a) &&
	       record_stream_modes(st, a) && record_stream_marks(st, a) && ok;
}

bool stream_check(const struct stream *st)
{
	if (!seq_check(&st->seq) || st->cold->format_count > FORMATS_MAX ||
	    st->cold->intervals.count > INTERVALS_HELD)
		return false;
	if (st->taken != st->seq.packets || st->late > st->seq.packets ||
	    st->jitter_held > STREAM_JITTER_HELD)
		return false;
	if (st->cold->extra ? st->cold->extra->digits.held > DIGITS_HELD
	                    : st->cold->format_count > STREAM_FORMATS_COMMON)
		return false;
	return (st->media != NULL) == (st->cold->bound != BOUND_WAITING) &&
	       st->accepted == (st->cold->id != RECORD_NULL);
}
