#include "analyzer/streams/digits.h"

#include "analyzer/streams/stream.h"
#include "base/duration.h"

#include <stddef.h>

#define PLACED_MAX_NS (5 * NS_PER_S) /* a press held longer keeps the time of its first packet */

static struct slice direction_of(const struct stream *st)
{
	if (!st->media)
		return SLICE_NONE;
	return st->cold->receiver == PARTY_CALLEE ? SLICE_LIT("caller_to_callee")
	                                          : SLICE_LIT("callee_to_caller");
}

static bool write_digit(const struct stream *st, struct analysis *a, const struct digit *digit)
{
	struct record_dtmf row = {
		.id = a->next_dtmf++,
		.call_id = st->media ? st->media->call_id : RECORD_NULL,
		.stream_id = st->cold->id,
		.time_us = clock_us(digit->start_ns),
		.digit = digit->character,
		.duration_ms = digit->duration_ms,
		.method = SLICE_LIT("rfc4733"),
		.direction = direction_of(st),
		.complete = digit->complete,
	};
	return store_dtmf(a->store, &row, a->err);
}

static struct digit take_held(struct digits *d)
{
	struct digit first = d->hold[0];

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

static bool give(struct stream *st, struct analysis *a, const struct dtmf_press *press)
{
	struct digits *d = &st->cold->extra->digits;
	struct digit digit = {
		.start_ns = start_of(d, press),
		.duration_ms = (double)press->duration * 1e3 / (double)d->clock_hz,
		.character = rtp_event_digit(press->event),
		.complete = !press->start_lost && !press->end_lost,
	};
	bool ok = true;

	if (!digit.character)
		return true;
	if (st->accepted && st->media)
		return write_digit(st, a, &digit);
	if (d->held == DIGITS_HELD) {
		struct digit first = take_held(d);
		ok = !st->accepted || write_digit(st, a, &first);
	}
	d->hold[d->held++] = digit;
	return ok;
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
	    !give(st, a, &press))
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

bool digits_push(struct stream *st, struct analysis *a, int64_t time_ns, uint32_t timestamp,
                 bool marker, struct slice payload)
{
	struct dtmf_press presses[DTMF_MAX_OUT];
	bool ok = true;

	if (st->cold->encrypted)
		return true;
	if (!stream_need_extra(st, a))
		return false;
	struct digits *d = &st->cold->extra->digits;
	d->clock_hz = event_clock(st);
	d->eviction_offset_ns = duration_between(time_ns, a->now_ns);
	unsigned n = dtmf_push(&d->decoder, time_ns, timestamp, marker, payload, presses);
	for (unsigned i = 0; i < n; i++)
		ok = give(st, a, &presses[i]) && ok;
	if (timestamp != d->placed_timestamp || d->placed_ns == TIME_NONE) {
		d->placed_timestamp = timestamp;
		d->placed_ns = place_start(st, time_ns, timestamp);
	}
	return ok && arm(st, a);
}

bool digits_release_held(struct stream *st, struct analysis *a)
{
	while (st->cold->extra && st->cold->extra->digits.held) {
		struct digit first = take_held(&st->cold->extra->digits);
		if (!write_digit(st, a, &first))
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
		ok = give(st, a, &press);
	return digits_release_held(st, a) && ok;
}
