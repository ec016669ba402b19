#include "analyzer/streams/digits.h"

#include "analyzer/streams/bind.h"
#include "analyzer/streams/stream.h"
#include "base/duration.h"

#include <math.h>
#include <stddef.h>

#define PTIME_MS         20 /* of a stream whose packets have none yet */
#define WRONG_BY_MS      40 /* jitter alone is less */
#define CONSTANT_UPDATES 3
#define WEAKEST_VOLUME   55 /* RFC 4733 2.3.3: receivers need not take less than -55 dBm0 */
#define PLACED_MAX_NS    (5 * NS_PER_S) /* a press held longer keeps the time of its first packet */

static bool pass_on(const struct stream *st, struct analysis *a, struct press *p)
{
	p->stream_id = st->cold->id;
	p->dialog_id = st->cold->dialog_id == RECORD_NULL ? 0 : st->cold->dialog_id;
	p->sender = st->cold->receiver == PARTY_CALLEE ? PARTY_CALLER : PARTY_CALLEE;
	if (!st->media)
		return press_take(a, NULL, 0, p);
	if (p->method == PRESS_EVENT) {
		enum event_agreement agreed = bind_events(st, p->payload_type);
		p->lint |= agreed == EVENTS_NOT_OFFERED  ? PRESS_NOT_NEGOTIATED
		           : agreed == EVENTS_OTHER_TYPE ? PRESS_OTHER_TYPE
		                                         : 0;
	}
	return press_take(a, st->media->presses, st->media->call_id, p);
}

static struct press take_held(struct digits *d)
{
	struct press first = d->hold[0];

	memmove(&d->hold[0], &d->hold[1], --d->held * sizeof d->hold[0]);
	return first;
}

/* When audio of this timestamp would have come, RFC 4733 section 2.1: events use the audio's clock. TIME_NONE if that is not known, or
 * no start of a press whose packet passes now. */
static int64_t place_start(const struct stream *st, int64_t time_ns, uint32_t timestamp)
{
	const struct jitter *j = &st->jitter;
	uint32_t clock_hz = st->cold->extra->digits.clock_hz;

	if (!j->has_reference || stream_clock_hz(st) != clock_hz)
		return TIME_NONE;
	int64_t ticks = (int32_t)(timestamp - j->last_timestamp);
	int64_t start_ns = duration_after(j->last_arrival_ns, ticks * NS_PER_S / clock_hz);
	int64_t ago = duration_between(start_ns, time_ns);
	return ago >= 0 && ago <= PLACED_MAX_NS ? start_ns : TIME_NONE;
}

/* The start of a press is what its first packet said, or where it must have been if that one is lost. */
static int64_t start_of(const struct digits *d, const struct dtmf_press *press)
{
	bool placed = press->start_lost && d->placed_ns != TIME_NONE &&
	              d->placed_timestamp == press->timestamp && d->placed_ns < press->start_ns;

	return placed ? d->placed_ns : press->start_ns;
}

/* Held until it is known whose it is. */
static bool hold(struct stream *st, struct analysis *a, struct press *p)
{
	struct digits *d = &st->cold->extra->digits;
	bool ok = true;

	if (st->accepted && st->media)
		return pass_on(st, a, p);
	if (d->held == DIGITS_HELD) {
		struct press first = take_held(d);
		ok = !st->accepted || pass_on(st, a, &first);
	}
	d->hold[d->held++] = *p;
	return ok;
}

static double ms_between(int64_t from_ns, int64_t to_ns)
{
	return (double)duration_between(from_ns, to_ns) / 1e6;
}

/* How long its packets took to say it, NAN where the first or the last ones are missing. The copies of the end come after the press. */
static double wall_of(const struct stream *st, const struct dtmf_press *press)
{
	uint32_t clock_hz = stream_clock_hz(st);
	double ptime_ms = clock_hz && st->step_ticks ? st->step_ticks * 1e3 / clock_hz : PTIME_MS;

	if (press->start_lost || press->end_ns == TIME_NONE)
		return (double)NAN;
	return ms_between(press->start_ns, press->end_ns) + ptime_ms;
}

/* The duration in milliseconds instead of timestamp units, or not counted on. */
static bool is_wrong_duration(double duration_ms, double wall_ms)
{
	double difference = fabs(duration_ms - wall_ms);

	return difference > wall_ms / 2 && difference > WRONG_BY_MS;
}

static bool is_constant(const struct dtmf_press *press)
{
	return press->packets - press->end_packets >= CONSTANT_UPDATES && !press->grown;
}

/* The end is missing, or there is one only, and neither loss nor the end of the stream explains it. */
static uint16_t ends_of(const struct stream *st, const struct dtmf_press *press)
{
	const struct digits *d = &st->cold->extra->digits;

	if (press->end_packets > 1 || st->seq.lost != d->lost_before || st->taken <= d->taken_last)
		return 0;
	return press->end_packets ? PRESS_SINGLE_END : PRESS_NO_END;
}

static uint16_t lint_of(const struct stream *st, const struct dtmf_press *press,
                        const struct press *p)
{
	struct {
		bool is;
		uint16_t lint;
	} const all[] = {
		{ press->missing_marker && !press->start_lost, PRESS_NO_MARKER },
		{ press->packets >= CONSTANT_UPDATES && press->markers == press->packets,
		  PRESS_MARKER_ON_ALL },
		{ press->timestamp_moved, PRESS_MOVING_TIMESTAMP },
		{ is_constant(press), PRESS_CONSTANT_DURATION },
		{ press->end_packets && !press->duration, PRESS_ZERO_DURATION },
		{ press->reserved_bit, PRESS_RESERVED_BIT },
		{ press->zero_prefix, PRESS_ZERO_PREFIX },
		{ is_wrong_duration(p->duration_ms, p->wall_ms), PRESS_WRONG_DURATION },
		{ press->volume > WEAKEST_VOLUME, PRESS_WEAK },
	};
	uint16_t lint = ends_of(st, press);

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		lint |= all[i].is ? all[i].lint : 0;
	return lint;
}

static uint16_t at_most_16(unsigned n)
{
	return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

/* RFC 4734 section 2: 32 to 35 are the answering tones, 36 the calling tone of a fax. */
static void note_fax(struct stream *st, const struct dtmf_press *press)
{
	const struct codec *codec = stream_format(st, st->cold->audio)->codec;
	enum party sender = st->cold->receiver == PARTY_CALLEE ? PARTY_CALLER : PARTY_CALLEE;

	if (!st->media || press->event < 32 || press->event > 36)
		return;
	if (codec && codec->role != PAYLOAD_ROLE_AUDIO)
		codec = NULL;
	call_media_fax(st->media, sender, press->event == 36 ? FAX_CNG : FAX_CED, press->start_ns,
	               codec);
}

static bool give(struct stream *st, struct analysis *a, const struct dtmf_press *press,
                 struct sighting first, struct sighting last)
{
	struct digits *d = &st->cold->extra->digits;
	struct press p = {
		.method = PRESS_EVENT,
		.start_ns = start_of(d, press),
		.duration_ms = (double)press->duration * 1e3 / (double)d->clock_hz,
		.wall_ms = wall_of(st, press),
		.level_dbm0 = -(double)press->volume,
		.first = first,
		.last = last,
		.timestamp = press->timestamp,
		.clock_hz = d->clock_hz,
		.packets = at_most_16(press->packets),
		.end_packets = at_most_16(press->end_packets),
		.payload_type = d->payload_type,
		.start_lost = press->start_lost,
		.end_lost = press->end_lost,
		.digit = rtp_event_digit(press->event),
	};

	if (!p.digit) {
		note_fax(st, press);
		return true;
	}
	p.lint = lint_of(st, press, &p);
	return hold(st, a, &p);
}

bool digits_heard(struct stream *st, struct analysis *a, const struct press *heard)
{
	struct press p = *heard;

	if (!stream_need_extra(st, a))
		return false;
	p.method = PRESS_INBAND;
	p.wall_ms = NAN;
	p.clock_hz = 0;
	return hold(st, a, &p);
}

static bool arm(struct stream *st, struct analysis *a)
{
	struct digits *d = &st->cold->extra->digits;
	int64_t due = dtmf_deadline(&d->decoder);

	if (due == TIME_NONE || d->timer.place)
		return true;
	if (timers_arm(&a->timers, &d->timer, duration_after(due, d->eviction_offset_ns)))
		return true;
	return err_memory(a->err, "a timer");
}

/* Lazy: packets do not move the timer, it looks again when it fires. */
static void on_timer(struct timer *timer, void *context)
{
	struct digits *d =
	        (struct digits *)(void *)((char *)timer - offsetof(struct digits, timer));
	struct stream *st = d->stream;
	struct analysis *a = stream_analysis(st);
	struct dtmf_press press;

	(void)context;
	if (dtmf_expire(&d->decoder, duration_between(d->eviction_offset_ns, a->now_ns), &press) &&
	    !give(st, a, &press, d->first, d->last))
		analysis_fail(a);
	if (!arm(st, a))
		analysis_fail(a);
}

void digits_init(struct digits *d, struct stream *st)
{
	d->stream = st;
	dtmf_init(&d->decoder);
	d->timer.fire = on_timer;
	d->clock_hz = 8000;
	d->placed_ns = TIME_NONE;
}

static uint32_t event_clock(const struct stream *st)
{
	const struct payload_format *f = stream_format(st, st->cold->format);

	if (f->role == PAYLOAD_ROLE_EVENT && f->clock_hz)
		return f->clock_hz;
	uint32_t audio_hz = stream_clock_hz(st);
	return audio_hz ? audio_hz : 8000;
}

/* The presses that this packet finished, each with its frames. */
static bool give_all(struct stream *st, struct analysis *a, const struct dtmf_press *presses,
                     unsigned n, struct sighting here)
{
	const struct digits *d = &st->cold->extra->digits;
	bool ok = true;

	for (unsigned i = 0; i < n; i++) {
		const struct dtmf_press *p = &presses[i];
		ok = give(st, a, p, p->start_ns == here.time_ns ? here : d->first,
		          p->last_ns == here.time_ns ? here : d->last) &&
		     ok;
	}
	return ok;
}

/* What the newest packet says of the press that is open behind it. */
static void note_packet(const struct stream *st, struct sighting here)
{
	struct digits *d = &st->cold->extra->digits;
	const struct dtmf_press *p = &d->decoder.press;

	if (!d->decoder.open || p->last_ns != here.time_ns)
		return;
	if (p->packets == 1) {
		d->first = here;
		d->lost_before = st->seq.lost;
	}
	d->last = here;
	d->taken_last = st->taken;
}

/* Before a packet of events, or a block of them. False: out of memory; NULL in *out: nothing to read. */
static bool begin(struct stream *st, struct analysis *a, int64_t time_ns, struct digits **out)
{
	*out = NULL;
	if (st->sealed)
		return true;
	if (!stream_need_extra(st, a))
		return false;
	*out = &st->cold->extra->digits;
	(*out)->clock_hz = event_clock(st);
	(*out)->eviction_offset_ns = duration_between(time_ns, a->now_ns);
	return true;
}

static struct sighting sighting_at(const struct analysis *a, int64_t time_ns)
{
	return (struct sighting){ a->capture_id, a->frame, time_ns };
}

bool digits_push_repeated(struct stream *st, struct analysis *a, int64_t time_ns,
                          uint32_t timestamp, struct slice payload)
{
	struct dtmf_press presses[DTMF_MAX_OUT];
	struct sighting here = sighting_at(a, time_ns);
	struct digits *d;

	if (!begin(st, a, time_ns, &d))
		return false;
	if (!d)
		return true;
	unsigned n = dtmf_push_repeated(&d->decoder, time_ns, timestamp, payload, presses);
	bool ok = give_all(st, a, presses, n, here);
	note_packet(st, here);
	return ok && arm(st, a);
}

bool digits_push(struct stream *st, struct analysis *a, int64_t time_ns, uint32_t timestamp,
                 bool marker, struct slice payload)
{
	struct dtmf_press presses[DTMF_MAX_OUT];
	struct sighting here = sighting_at(a, time_ns);
	struct digits *d;

	if (!begin(st, a, time_ns, &d))
		return false;
	if (!d)
		return true;
	unsigned n = dtmf_push(&d->decoder, time_ns, timestamp, marker, payload, presses);
	bool ok = give_all(st, a, presses, n, here);
	note_packet(st, here);
	d->payload_type = st->payload_type;
	if (timestamp != d->placed_timestamp || d->placed_ns == TIME_NONE) {
		d->placed_timestamp = timestamp;
		d->placed_ns = place_start(st, time_ns, timestamp);
	}
	return ok && arm(st, a);
}

bool digits_release_held(struct stream *st, struct analysis *a)
{
	while (st->cold->extra && st->cold->extra->digits.held) {
		struct press first = take_held(&st->cold->extra->digits);
		if (!pass_on(st, a, &first))
			return false;
	}
	return true;
}

bool digits_finish(struct stream *st, struct analysis *a)
{
	struct dtmf_press press;
	bool ok = true;

	if (!st->cold->extra)
		return true;
	timers_cancel(&a->timers, &st->cold->extra->digits.timer);
	if (dtmf_finish(&st->cold->extra->digits.decoder, &press))
		ok = give(st, a, &press, st->cold->extra->digits.first,
		          st->cold->extra->digits.last);
	return digits_release_held(st, a) && ok;
}
