#include "analyzer/audio/dtmf.h"

#include <assert.h>

/* RFC 4733 2.5.1.4: the end packet goes out three times. */
#define END_COPIES 3

/* Two presses of one key are at least this far apart (Q.24 lets receivers ask for no more); what is closer is one press. */
#define GAP_MS 40
/* A timestamp so far back is no late packet but a sender that began anew. */
#define RESTART_MS 30000
/* A first packet with more than this in it, and no marker, was not the first: packets are 50 ms apart at most. */
#define FIRST_MS 50

#define SEGMENT_MAX 65535u

/* One event report with where and when it was: a packet carries one or more. */
struct report {
	int64_t time_ns;
	uint32_t timestamp; /* of this event's start */
	bool marker, zero_prefix;
	bool repeated; /* RFC 2198: an older one once more, beside a newer one */
	struct rtp_event e;
};

struct given {
	struct dtmf_press *presses;
	unsigned count;
};

void dtmf_init(struct dtmf_decoder *d)
{
	*d = (struct dtmf_decoder){ .clock_hz = 8000 };
}

void dtmf_set_clock(struct dtmf_decoder *d, uint32_t clock_hz)
{
	if (clock_hz > 0)
		d->clock_hz = clock_hz;
}

static int64_t units(const struct dtmf_decoder *d, int64_t ms)
{
	return ms * d->clock_hz / 1000;
}

/* RTP timestamps wrap: the nearer way round counts. */
static int64_t timestamp_ahead(uint32_t later, uint32_t earlier)
{
	uint32_t ahead = later - earlier;

	return ahead <= INT32_MAX ? (int64_t)ahead : (int64_t)ahead - (INT64_C(1) << 32);
}

/* now is more than `than` after then; no time of a broken file overflows it. */
static bool longer_than(int64_t now, int64_t then, int64_t than)
{
	return now > then && (uint64_t)now - (uint64_t)then > (uint64_t)than;
}

static void give(struct given *out, const struct dtmf_press *press)
{
	assert(out->count < DTMF_MAX_OUT);
	out->presses[out->count++] = *press;
}

static void remember_finished(struct dtmf_decoder *d, const struct dtmf_press *press,
                              uint32_t segment, uint32_t end_timestamp)
{
	d->any_finished = true;
	d->finished_timestamp = press->timestamp;
	d->finished_segment = segment;
	d->finished_end = press->timestamp + (uint32_t)press->duration;
	d->finished_end_timestamp = end_timestamp;
	d->finished_event = press->event;
	d->finished_ns = press->last_ns;
}

static void finish_open(struct dtmf_decoder *d, struct given *out)
{
	struct dtmf_press *p = &d->press;

	p->duration = d->earlier_segments + d->segment_duration;
	p->end_lost = p->end_packets == 0;
	remember_finished(d, p, d->segment_timestamp, d->end_timestamp);
	d->open = false;
	give(out, p);
}

static struct dtmf_press press_of(const struct dtmf_decoder *d, const struct report *r)
{
	return (struct dtmf_press){
		.event = r->e.event,
		.start_ns = r->time_ns,
		.last_ns = r->time_ns,
		.end_ns = r->e.end ? r->time_ns : TIME_NONE,
		.markers = r->marker,
		.timestamp = r->timestamp,
		.duration = r->e.duration,
		.volume = r->e.volume,
		.packets = 1,
		.end_packets = r->e.end,
		.segments = 1,
		.start_lost = r->e.end || (!r->marker && r->e.duration > units(d, FIRST_MS)),
		.end_lost = !r->e.end,
		.missing_marker = !r->marker && !r->repeated,
		.reserved_bit = r->e.reserved,
		.zero_prefix = r->zero_prefix,
	};
}

static void start_press(struct dtmf_decoder *d, const struct report *r)
{
	d->press = press_of(d, r);
	d->segment_timestamp = r->timestamp;
	d->earlier_segments = 0;
	d->segment_duration = r->e.duration;
	d->last_ns = r->time_ns;
	d->end_timestamp = r->timestamp;
	d->open = true;
}

/* The 16-bit duration in the wider count. Senders that open no new segment let it wrap: from its last quarter into its first. */
static uint32_t unwrap_duration(uint32_t known, uint16_t wire)
{
	uint32_t low = known & 0xffff, cycles = known - low;

	if (low >= 0xc000 && wire < 0x4000)
		return cycles < UINT32_MAX - 0xffff ? cycles + 0x10000 + wire : known;
	if (low < 0x4000 && wire >= 0xc000 && cycles > 0) /* a late one of before the wrap */
		return cycles - 0x10000 + wire;
	return cycles + wire;
}

/* What every packet of the press tells, whichever segment it is of. */
static void count_packet(struct dtmf_decoder *d, const struct report *r)
{
	struct dtmf_press *p = &d->press;

	p->packets++;
	p->markers += r->marker;
	if (r->e.end && p->end_ns == TIME_NONE)
		p->end_ns = r->time_ns;
	p->reserved_bit |= r->e.reserved;
	p->zero_prefix |= r->zero_prefix;
	if (r->marker) /* the first packet, if late */
		p->missing_marker = p->start_lost = false;
	if (r->time_ns > d->last_ns)
		d->last_ns = p->last_ns = r->time_ns;
}

static void count_end(struct dtmf_decoder *d, struct given *out)
{
	if (++d->press.end_packets >= END_COPIES)
		finish_open(d, out);
}

static void continue_segment(struct dtmf_decoder *d, const struct report *r, struct given *out)
{
	uint32_t duration = unwrap_duration(d->segment_duration, r->e.duration);

	count_packet(d, r);
	if (duration > d->segment_duration) {
		d->segment_duration = duration;
		d->press.grown++;
	}
	if (r->e.end)
		count_end(d, out);
}

/* Where the last segment of a press of the same key has a later timestamp: is this report of the same press?
 *   - RFC 4733 2.5.1.3: a new segment begins where the 65535 units of the one before ended, without a marker, even if the packets
 *     around that point are lost;
 *   - broken senders move the timestamp during a press, on with each packet or for the end packets only: their pieces overlap or
 *     touch, as two presses of a key cannot. */
static bool joins(const struct dtmf_decoder *d, const struct report *r, int64_t ahead,
                  uint32_t duration)
{
	int64_t gap = ahead - duration, least = units(d, GAP_MS);

	if (gap <= 0)
		return true;
	if (gap < least)
		return !r->marker || r->e.duration > duration;
	if (d->timestamps_move && ahead == (int64_t)r->e.duration - duration)
		return true;
	return !r->marker && duration > SEGMENT_MAX / 2 && ahead >= SEGMENT_MAX - least &&
	       ahead <= SEGMENT_MAX + least;
}

/* Growing on: the sender counts from the start of the press and moved the timestamp by mistake. Counting anew: a segment. */
static void join_segment(struct dtmf_decoder *d, const struct report *r, int64_t ahead,
                         struct given *out)
{
	bool grows = r->e.duration > d->segment_duration;
	bool moved_end =
	        r->e.end && r->e.duration == d->segment_duration && d->earlier_segments == 0;

	count_packet(d, r);
	d->press.grown += grows;
	if (grows || moved_end || d->press.timestamp_moved) {
		d->press.timestamp_moved = d->timestamps_move = true;
		if (grows)
			d->segment_duration = r->e.duration;
	} else {
		d->earlier_segments += (uint64_t)ahead;
		d->segment_duration = r->e.duration;
		d->press.segments++;
	}
	d->segment_timestamp = d->end_timestamp = r->timestamp;
	if (r->e.end)
		count_end(d, out);
}

/* A press ended at `end`, and something of the same key with a later timestamp comes: only what is too close to be a press of its own
 * is of it. End packets that move their timestamp are followed from one to the next. */
static bool echoes(const struct dtmf_decoder *d, const struct report *r, uint32_t end,
                   uint32_t end_timestamp)
{
	int64_t gap = timestamp_ahead(r->timestamp, end);
	int64_t gap_of_ends = timestamp_ahead(r->timestamp, end_timestamp);

	if (!r->e.end)
		return gap < 0;
	return gap < units(d, GAP_MS) || gap_of_ends < units(d, GAP_MS);
}

/* Later than the newest given press: of it nevertheless? */
static bool echoes_finished(struct dtmf_decoder *d, const struct report *r)
{
	if (r->e.event != d->finished_event ||
	    !echoes(d, r, d->finished_end, d->finished_end_timestamp))
		return false;
	if (r->e.end)
		d->finished_end_timestamp = r->timestamp;
	return true;
}

/* Some senders begin anew with an old timestamp, or never move theirs: a timestamp from far back, or a marked start long after, is
 * believed. */
static bool begins_anew(const struct dtmf_decoder *d, const struct report *r, int64_t ahead)
{
	bool marked = r->marker && !r->e.end;

	return ahead < -units(d, RESTART_MS) ||
	       (marked && longer_than(r->time_ns, d->finished_ns, DTMF_GIVE_UP_NS));
}

/* Is this of a press that was given already, or before it? */
static bool was_given(struct dtmf_decoder *d, const struct report *r)
{
	if (!d->any_finished)
		return false;

	int64_t ahead = timestamp_ahead(r->timestamp, d->finished_segment);
	if (ahead > 0)
		return echoes_finished(d, r);
	if (ahead == 0 && r->e.event != d->finished_event)
		return false;
	if (!begins_anew(d, r, ahead))
		return true;
	d->any_finished = false;
	return false;
}

/* An older timestamp than the open segment's, of no press given yet. */
static void take_older(struct dtmf_decoder *d, const struct report *r, int64_t ahead,
                       struct given *out)
{
	bool of_open = r->e.event == d->press.event &&
	               timestamp_ahead(r->timestamp, d->press.timestamp) >= 0;

	if (of_open) {
		count_packet(d, r);
		if (r->e.end && d->press.end_packets > 0)
			count_end(d, out);
	} else if (ahead < -units(d, RESTART_MS)) {
		finish_open(d, out);
		start_press(d, r);
	} else {
		/* A whole press of which only this came, after the next had begun: give it before that one. */
		struct dtmf_press p = press_of(d, r);
		remember_finished(d, &p, r->timestamp, r->e.duration);
		give(out, &p);
	}
}

/* A copy of the end packet with another timestamp, or a stray packet of before it. */
static void take_echo(struct dtmf_decoder *d, const struct report *r, struct given *out)
{
	d->press.timestamp_moved = true;
	count_packet(d, r);
	if (r->e.end) {
		d->end_timestamp = r->timestamp;
		count_end(d, out);
	}
}

static void take_newer(struct dtmf_decoder *d, const struct report *r, int64_t ahead,
                       struct given *out)
{
	bool same_key = r->e.event == d->press.event, ended = d->press.end_packets > 0;
	uint32_t end = d->press.timestamp + (uint32_t)(d->earlier_segments + d->segment_duration);

	if (same_key && ended && echoes(d, r, end, d->end_timestamp)) {
		take_echo(d, r, out);
	} else if (same_key && !ended && joins(d, r, ahead, d->segment_duration)) {
		join_segment(d, r, ahead, out);
	} else {
		finish_open(d, out);
		start_press(d, r);
	}
}

static void take(struct dtmf_decoder *d, const struct report *r, struct given *out)
{
	if (was_given(d, r)) {
		d->late_or_repeated++;
		return;
	}
	if (!d->open) {
		start_press(d, r);
		return;
	}

	int64_t ahead = timestamp_ahead(r->timestamp, d->segment_timestamp);
	if (ahead < 0) {
		take_older(d, r, ahead, out);
	} else if (ahead > 0) {
		take_newer(d, r, ahead, out);
	} else if (r->e.event == d->press.event) {
		continue_segment(d, r, out);
	} else {
		finish_open(d, out);
		start_press(d, r);
	}
}

/* The open press says as much without it. */
static bool is_known(const struct dtmf_decoder *d, const struct report *r)
{
	return d->open && r->timestamp == d->segment_timestamp && r->e.event == d->press.event &&
	       r->e.duration <= d->segment_duration && (!r->e.end || d->press.end_packets > 0);
}

static unsigned push(struct dtmf_decoder *d, struct report r, struct slice payload,
                     struct dtmf_press out[static DTMF_MAX_OUT])
{
	struct given given = { out, 0 };
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned count;

	if (rtp_event_parse(payload, events, &count) != PARSE_OK) {
		d->malformed++;
		return 0;
	}
	if (dtmf_expire(d, r.time_ns, out))
		given.count = 1;
	r.zero_prefix = rtp_event_zero_prefix(payload);
	for (unsigned i = 0; i < count; i++) {
		r.e = events[i];
		if (r.repeated && is_known(d, &r))
			d->late_or_repeated++;
		else
			take(d, &r, &given);
		/* RFC 4733 2.5.1.5: each event of a packet begins where the one before ended; the marker is the first one's. */
		r.timestamp += events[i].duration;
		r.marker = false;
	}
	return given.count;
}

unsigned dtmf_push(struct dtmf_decoder *d, int64_t time_ns, uint32_t timestamp, bool marker,
                   struct slice payload, struct dtmf_press out[static DTMF_MAX_OUT])
{
	struct report r = { .time_ns = time_ns, .timestamp = timestamp, .marker = marker };

	return push(d, r, payload, out);
}

unsigned dtmf_push_repeated(struct dtmf_decoder *d, int64_t time_ns, uint32_t timestamp,
                            struct slice payload, struct dtmf_press out[static DTMF_MAX_OUT])
{
	struct report r = { .time_ns = time_ns, .timestamp = timestamp, .repeated = true };

	return push(d, r, payload, out);
}

int64_t dtmf_deadline(const struct dtmf_decoder *d)
{
	if (!d->open)
		return TIME_NONE;
	return d->last_ns < INT64_MAX - DTMF_GIVE_UP_NS ? d->last_ns + DTMF_GIVE_UP_NS : INT64_MAX;
}

bool dtmf_expire(struct dtmf_decoder *d, int64_t now_ns, struct dtmf_press *out)
{
	if (!d->open || now_ns < dtmf_deadline(d))
		return false;
	return dtmf_finish(d, out);
}

bool dtmf_finish(struct dtmf_decoder *d, struct dtmf_press *out)
{
	struct given given = { out, 0 };

	if (d->open)
		finish_open(d, &given);
	return given.count > 0;
}

bool dtmf_check(const struct dtmf_decoder *d)
{
	const struct dtmf_press *p = &d->press;

	if (d->clock_hz == 0)
		return false;
	return !d->open ||
	       (p->packets > 0 && p->end_packets < END_COPIES && p->end_packets <= p->packets &&
	        p->segments > 0 && p->start_ns <= d->last_ns && p->last_ns == d->last_ns);
}
