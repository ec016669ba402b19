/* RFC 4733 digits: what senders, broken senders and networks do, and each key exactly once all the same. */
#include "analyzer/audio/dtmf.h"

#include <check.h>
#include <stdlib.h>

enum {
	M = 1,
	E = 2,
	R = 4,
	Z = 8,
	END = 16
}; /* marker, end, reserved bit, zeros before it, end of the list */

#define MAX_PACKETS 40
#define MAX_PRESSES 8

struct packet {
	int ms;
	uint32_t timestamp;
	int flags;
	uint8_t event;
	uint16_t duration;
};

struct want {
	char digit;
	uint32_t timestamp;
	uint64_t duration;
	unsigned packets, ends, segments;
	const char *
	        flags; /* s start_lost, e end_lost, m missing_marker, r reserved_bit, z zero_prefix, t timestamp_moved */
};

static const struct dtmf_case {
	const char *name;
	struct packet packets[MAX_PACKETS];
	struct want presses[MAX_PRESSES];
	unsigned late;
} cases[] = {
	{ "one press",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1000, 0, 5, 320 },
	    { 40, 1000, 0, 5, 480 },
	    { 60, 1000, E, 5, 640 },
	    { 80, 1000, E, 5, 640 },
	    { 100, 1000, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 6, 3, 1, "" } },
	  0 },
	{ "the first three lost",
	  { { 60, 1000, E, 5, 640 },
	    { 80, 1000, E, 5, 640 },
	    { 100, 1000, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 3, 3, 1, "sm" } },
	  0 },
	{ "every end lost",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1000, 0, 5, 320 },
	    { 40, 1000, 0, 5, 480 },
	    { .flags = END } },
	  { { '5', 1000, 480, 3, 0, 1, "e" } },
	  0 },
	{ "every end lost, and late copies after it was given up",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1000, 0, 5, 480 },
	    { 1100, 1000, E, 5, 640 },
	    { 1120, 1000, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 480, 2, 0, 1, "e" } },
	  2 },
	{ "a stall in mid-press shorter than that",
	  { { 0, 1000, M, 5, 160 }, { 900, 1000, E, 5, 640 }, { .flags = END } },
	  { { '5', 1000, 640, 2, 1, 1, "" } },
	  0 },
	{ "the same key again, 40 ms after",
	  { { 0, 1000, M, 5, 320 },
	    { 60, 1000, E, 5, 640 },
	    { 60, 1000, E, 5, 640 },
	    { 60, 1000, E, 5, 640 },
	    { 120, 1960, M, 5, 160 },
	    { 180, 1960, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 4, 3, 1, "" }, { '5', 1960, 640, 2, 1, 1, "" } },
	  0 },
	{ "the same key again, its ends lost and the next start too",
	  { { 0, 1000, M, 5, 320 },
	    { 60, 1000, 0, 5, 640 },
	    { 140, 1960, 0, 5, 320 },
	    { 180, 1960, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 2, 0, 1, "e" }, { '5', 1960, 640, 2, 1, 1, "m" } },
	  0 },
	{ "a segment whose last and first packets are lost",
	  { { 0, 1000, M, 1, 160 },
	    { 900, 1000, 0, 1, 65055 },
	    { 1000, 66535, 0, 1, 480 },
	    { 1100, 66535, E, 1, 800 },
	    { .flags = END } },
	  { { '1', 1000, 66335, 4, 1, 2, "" } },
	  0 },
	{ "a packet of the segment before, late",
	  { { 0, 1000, M, 1, 160 },
	    { 900, 1000, 0, 1, 65535 },
	    { 930, 66535, 0, 1, 160 },
	    { 931, 1000, 0, 1, 65440 },
	    { 940, 66535, E, 1, 800 },
	    { .flags = END } },
	  { { '1', 1000, 66335, 5, 1, 2, "" } },
	  0 },
	{ "the duration wraps without a segment",
	  { { 0, 1000, M, 1, 160 },
	    { 500, 1000, 0, 1, 65440 },
	    { 520, 1000, 0, 1, 64 },
	    { 521, 1000, 0, 1, 65280 },
	    { 900, 1000, E, 1, 4464 },
	    { 900, 1000, E, 1, 4464 },
	    { 900, 1000, E, 1, 4464 },
	    { .flags = END } },
	  { { '1', 1000, 70000, 7, 3, 1, "" } },
	  0 },
	{ "the end before the last of the middle",
	  { { 0, 1000, M, 5, 160 },
	    { 60, 1000, E, 5, 640 },
	    { 61, 1000, 0, 5, 480 },
	    { 80, 1000, E, 5, 640 },
	    { 100, 1000, E, 5, 640 },
	    { 101, 1000, 0, 5, 320 },
	    { .flags = END } },
	  { { '5', 1000, 640, 5, 3, 1, "" } },
	  1 },
	{ "the second before the first",
	  { { 0, 1000, 0, 5, 480 },
	    { 1, 1000, M, 5, 160 },
	    { 60, 1000, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 3, 1, 1, "" } },
	  0 },
	{ "every packet twice",
	  { { 0, 1000, M, 5, 160 },
	    { 0, 1000, M, 5, 160 },
	    { 60, 1000, E, 5, 640 },
	    { 60, 1000, E, 5, 640 },
	    { 80, 1000, E, 5, 640 },
	    { 80, 1000, E, 5, 640 },
	    { 100, 1000, E, 5, 640 },
	    { 100, 1000, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 5, 3, 1, "" } },
	  3 },
	{ "R bit and zeros before the event",
	  { { 0, 1000, M | Z | R, 5, 160 }, { 60, 1000, E | Z | R, 5, 640 }, { .flags = END } },
	  { { '5', 1000, 640, 2, 1, 1, "rz" } },
	  0 },
	{ "two keys, the first one's copies among the second's",
	  { { 0, 1000, M, 1, 160 },
	    { 60, 1000, E, 1, 640 },
	    { 120, 2000, M, 2, 160 },
	    { 121, 1000, E, 1, 640 },
	    { 140, 2000, 0, 2, 320 },
	    { 141, 1000, E, 1, 640 },
	    { 180, 2000, E, 2, 640 },
	    { .flags = END } },
	  { { '1', 1000, 640, 2, 1, 1, "" }, { '2', 2000, 640, 3, 1, 1, "" } },
	  2 },
	{ "a whole press that comes after the next began",
	  { { 0, 2000, M, 2, 160 },
	    { 1, 1000, E, 1, 640 },
	    { 2, 1000, E, 1, 640 },
	    { 40, 2000, E, 2, 640 },
	    { .flags = END } },
	  { { '1', 1000, 640, 1, 1, 1, "sm" }, { '2', 2000, 640, 2, 1, 1, "" } },
	  1 },
	{ "sender bug: the timestamp moves, the duration grows",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1160, 0, 5, 320 },
	    { 40, 1320, 0, 5, 480 },
	    { 60, 1480, E, 5, 640 },
	    { 80, 1640, E, 5, 640 },
	    { 100, 1800, E, 5, 640 },
	    { 200, 3000, M, 5, 160 },
	    { 220, 3160, E, 5, 320 },
	    { .flags = END } },
	  { { '5', 1000, 640, 6, 3, 1, "t" }, { '5', 3000, 320, 2, 1, 1, "t" } },
	  0 },
	{ "sender bug: so, with the marker on each packet, reordered and one lost",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1320, M, 5, 480 },
	    { 40, 1160, M, 5, 320 },
	    { 80, 1640, M | E, 5, 800 },
	    { 100, 1960, M | E, 5, 800 },
	    { 110, 1800, M | E, 5, 800 },
	    { .flags = END } },
	  { { '5', 1000, 800, 6, 3, 1, "t" } },
	  0 },
	{ "sender bug: so at 50 ms a packet, known by the first press",
	  { { 0, 1000, M, 5, 400 },
	    { 50, 1400, 0, 5, 800 },
	    { 100, 1800, E, 5, 1200 },
	    { 300, 4000, M, 5, 400 },
	    { 400, 4800, 0, 5, 1200 },
	    { 450, 5200, E, 5, 1600 },
	    { .flags = END } },
	  { { '5', 1000, 1200, 3, 1, 1, "t" }, { '5', 4000, 1600, 3, 1, 1, "t" } },
	  0 },
	{ "sender bug: the timestamp moves, the duration stays",
	  { { 0, 1000, M, 5, 160 },
	    { 20, 1160, 0, 5, 160 },
	    { 40, 1320, 0, 5, 160 },
	    { 60, 1480, E, 5, 160 },
	    { .flags = END } },
	  { { '5', 1000, 640, 4, 1, 4, "" } },
	  0 },
	{ "sender bug: end copies at the time they are sent, the key again",
	  { { 0, 1000, M, 5, 160 },
	    { 40, 1000, 0, 5, 480 },
	    { 60, 1640, E, 5, 640 },
	    { 80, 1800, E, 5, 640 },
	    { 100, 1960, E, 5, 640 },
	    { 140, 2280, M, 5, 160 },
	    { 160, 2280, E, 5, 320 },
	    { .flags = END } },
	  { { '5', 1000, 640, 5, 3, 1, "t" }, { '5', 2280, 320, 2, 1, 1, "" } },
	  0 },
	{ "sender bug: a timestamp that never moves",
	  { { 0, 0, M, 1, 160 },
	    { 60, 0, E, 1, 640 },
	    { 200, 0, M, 2, 160 },
	    { 260, 0, E, 2, 640 },
	    { 2000, 0, M, 2, 160 },
	    { 2060, 0, E, 2, 640 },
	    { .flags = END } },
	  { { '1', 0, 640, 2, 1, 1, "" },
	    { '2', 0, 640, 2, 1, 1, "" },
	    { '2', 0, 640, 2, 1, 1, "" } },
	  0 },
	{ "sender bug: end duration 0",
	  { { 0, 1000, M, 5, 160 },
	    { 40, 1000, 0, 5, 480 },
	    { 60, 1000, E, 5, 0 },
	    { .flags = END } },
	  { { '5', 1000, 480, 3, 1, 1, "" } },
	  0 },
	{ "no marker anywhere",
	  { { 0, 1000, 0, 5, 160 },
	    { 60, 1000, E, 5, 640 },
	    { 120, 2500, 0, 6, 160 },
	    { 180, 2500, E, 6, 640 },
	    { .flags = END } },
	  { { '5', 1000, 640, 2, 1, 1, "m" }, { '6', 2500, 640, 2, 1, 1, "m" } },
	  0 },
	{ "the sender begins anew with a much older timestamp",
	  { { 0, 900000, M, 5, 160 },
	    { 60, 900000, E, 5, 640 },
	    { 5000, 1000, 0, 6, 160 },
	    { 5060, 1000, E, 6, 640 },
	    { .flags = END } },
	  { { '5', 900000, 640, 2, 1, 1, "" }, { '6', 1000, 640, 2, 1, 1, "m" } },
	  0 },
	{ "the RTP timestamp wraps during a press",
	  { { 0, 0xffffff00, M, 5, 160 },
	    { 60, 0xffffff00, E, 5, 640 },
	    { 300, 1000, M, 5, 160 },
	    { 360, 1000, E, 5, 640 },
	    { 361, 0xffffff00, E, 5, 640 },
	    { .flags = END } },
	  { { '5', 0xffffff00, 640, 2, 1, 1, "" }, { '5', 1000, 640, 2, 1, 1, "" } },
	  1 },
	{ "flash and an event that is no digit",
	  { { 0, 1000, M, 16, 160 },
	    { 60, 1000, E, 16, 640 },
	    { 100, 3000, M, 36, 160 },
	    { 160, 3000, E, 36, 640 },
	    { .flags = END } },
	  { { '!', 1000, 640, 2, 1, 1, "" }, { '\0', 3000, 640, 2, 1, 1, "" } },
	  0 },
};

static struct slice payload_of(const struct packet *k, uint8_t buf[8])
{
	size_t n = k->flags & Z ? 4 : 0;

	memset(buf, 0, 8);
	buf[n++] = k->event;
	buf[n++] = (uint8_t)((k->flags & E ? 0x80 : 0) | (k->flags & R ? 0x40 : 0) | 10);
	buf[n++] = (uint8_t)(k->duration >> 8);
	buf[n++] = (uint8_t)k->duration;
	return slice_of(buf, n);
}

static unsigned push(struct dtmf_decoder *d, const struct packet *k, struct dtmf_press *out)
{
	uint8_t buf[8];
	unsigned n = dtmf_push(d, k->ms * NS_PER_MS, k->timestamp, (k->flags & M) != 0,
	                       payload_of(k, buf), out);

	ck_assert(dtmf_check(d));
	return n;
}

static const char *flags_of(const struct dtmf_press *p, char buf[8])
{
	char *at = buf;

	if (p->start_lost)
		*at++ = 's';
	if (p->end_lost)
		*at++ = 'e';
	if (p->missing_marker)
		*at++ = 'm';
	if (p->reserved_bit)
		*at++ = 'r';
	if (p->zero_prefix)
		*at++ = 'z';
	if (p->timestamp_moved)
		*at++ = 't';
	*at = '\0';
	return buf;
}

static void compare(const char *name, const struct dtmf_press *p, const struct want *w)
{
	char flags[8];

	ck_assert_msg(rtp_event_digit(p->event) == w->digit, "%s: event %u", name, p->event);
	ck_assert_msg(p->timestamp == w->timestamp, "%s: %u", name, p->timestamp);
	ck_assert_msg(p->duration == w->duration, "%s: duration %lu", name,
	              (unsigned long)p->duration);
	ck_assert_msg(p->packets == w->packets, "%s: %u packets", name, p->packets);
	ck_assert_msg(p->end_packets == w->ends, "%s: %u ends", name, p->end_packets);
	ck_assert_msg(p->segments == w->segments, "%s: %u segments", name, p->segments);
	ck_assert_msg(strcmp(flags_of(p, flags), w->flags) == 0, "%s: flags '%s'", name, flags);
	ck_assert_msg(p->last_ns >= p->start_ns, "%s", name);
}

/* With expiry before each packet, or left to dtmf_push(): the same presses. */
static void run_case(const struct dtmf_case *k, bool expire)
{
	struct dtmf_decoder d;
	struct dtmf_press got[2 * DTMF_MAX_OUT];
	unsigned count = 0, want = 0;

	dtmf_init(&d);
	for (const struct packet *p = k->packets; !(p->flags & END); p++) {
		if (expire)
			count += dtmf_expire(&d, p->ms * NS_PER_MS, &got[count]);
		count += push(&d, p, &got[count]);
		ck_assert_msg(count <= MAX_PRESSES, "%s: %u presses", k->name, count);
	}
	count += dtmf_finish(&d, &got[count]);
	ck_assert(!dtmf_finish(&d, &got[count]));
	for (const struct want *w = k->presses; w->flags; w++, want++)
		if (want < count)
			compare(k->name, &got[want], w);
	ck_assert_msg(count == want, "%s: %u presses, not %u", k->name, count, want);
	ck_assert_msg(d.late_or_repeated == k->late, "%s: %u late", k->name, d.late_or_repeated);
}

START_TEST(decodes)
{
	run_case(&cases[_i], false);
	run_case(&cases[_i], true);
}
END_TEST

START_TEST(given_at_the_third_end)
{
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];
	struct packet end = { 0, 1000, E, 5, 640 };

	dtmf_init(&d);
	ck_assert_uint_eq(push(&d, &end, out), 0);
	ck_assert_uint_eq(push(&d, &end, out), 0);
	ck_assert_uint_eq(push(&d, &end, out), 1);
	ck_assert_uint_eq(push(&d, &end, out), 0);
	ck_assert_uint_eq(d.late_or_repeated, 1);
}
END_TEST

/* 20 s at 8000: 160000 units, in segments of 65535 as RFC 4733 2.5.1.3 asks, or in one with a counter that wraps. */
static void hold_a_key(bool segments)
{
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];
	uint32_t start = 4000000000u, given = 0, segment = 0;

	dtmf_init(&d);
	for (int i = 1; i <= 1000; i++) {
		uint32_t now = 160u * (uint32_t)i;
		if (segments && now - segment > 65535) {
			struct packet full = { 20 * i, start + segment, 0, 1, 65535 };
			given += push(&d, &full, out);
			segment += 65535;
		}
		struct packet p = { 20 * i, start + segment,
			            i == 1      ? M
			            : i == 1000 ? E
			                        : 0,
			            1, (uint16_t)(now - segment) };
		given += push(&d, &p, out);
	}
	given += dtmf_finish(&d, out);
	ck_assert_uint_eq(given, 1);
	ck_assert_uint_eq(out[0].duration, 160000);
	ck_assert_uint_eq(out[0].timestamp, start);
	ck_assert_uint_eq(out[0].segments, segments ? 3 : 1);
	ck_assert(!out[0].timestamp_moved && !out[0].end_lost && !out[0].start_lost);
	ck_assert_uint_eq(d.late_or_repeated, 0);
}

START_TEST(a_key_held)
{
	hold_a_key(true);
	hold_a_key(false);
}
END_TEST

START_TEST(gives_up_at_the_deadline)
{
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];
	struct packet start = { 500, 1000, M, 5, 160 };

	dtmf_init(&d);
	ck_assert(dtmf_deadline(&d) == TIME_NONE);
	ck_assert(!dtmf_expire(&d, INT64_MAX, out));
	push(&d, &start, out);
	ck_assert(dtmf_deadline(&d) == 500 * NS_PER_MS + DTMF_GIVE_UP_NS);
	ck_assert(!dtmf_expire(&d, dtmf_deadline(&d) - 1, out));
	ck_assert(dtmf_expire(&d, dtmf_deadline(&d), out));
	ck_assert(out[0].end_lost && out[0].duration == 160);
	ck_assert(dtmf_deadline(&d) == TIME_NONE);
}
END_TEST

/* RFC 4733 2.5.1.5: the second event of a packet begins where the first ended. */
START_TEST(several_events_in_one_packet)
{
	static const uint8_t two[] = { 1, 0x8a, 0x03, 0x20, 2, 0x8a, 0x01, 0x40 };
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];

	dtmf_init(&d);
	ck_assert_uint_eq(dtmf_push(&d, 0, 1000, true, slice_of(two, sizeof two), out), 1);
	ck_assert(out[0].event == 1 && out[0].timestamp == 1000 && out[0].duration == 800);
	ck_assert(dtmf_finish(&d, out));
	ck_assert(out[0].event == 2 && out[0].timestamp == 1800 && out[0].duration == 320);
}
END_TEST

START_TEST(counts_malformed)
{
	static const uint8_t bytes[5] = { 5, 0x8a, 0, 160, 0 };
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];

	dtmf_init(&d);
	ck_assert_uint_eq(dtmf_push(&d, 0, 0, true, slice_of(bytes, 5), out), 0);
	ck_assert_uint_eq(dtmf_push(&d, 0, 0, true, slice_of(bytes, 3), out), 0);
	ck_assert_uint_eq(dtmf_push(&d, 0, 0, true, slice_of(bytes, 0), out), 0);
	ck_assert_uint_eq(d.malformed, 3);
	ck_assert(!d.open);
}
END_TEST

START_TEST(times_of_a_broken_file)
{
	struct dtmf_decoder d;
	struct dtmf_press out[DTMF_MAX_OUT];
	static const uint8_t start[] = { 5, 10, 0, 160 }, end[] = { 5, 0x8a, 0, 160 };
	static const int64_t times[] = { INT64_MIN + 1, INT64_MAX, 0, INT64_MIN + 1, INT64_MAX };

	dtmf_init(&d);
	for (unsigned i = 0; i < 5; i++) {
		dtmf_push(&d, times[i], 1000 * i, true,
		          i % 2 ? slice_of(end, 4) : slice_of(start, 4), out);
		ck_assert(dtmf_check(&d));
		ck_assert(dtmf_deadline(&d) >= d.last_ns);
	}
}
END_TEST

/* --- the property: whatever the network does, each digit once and in order ------------------------------------------- */

#define RUNS       3000
#define MAX_DIGITS 12
#define MAX_SENT   4000

struct sent {
	int ms; /* when it arrives */
	int order;
	unsigned digit; /* index */
	struct packet packet;
};

struct sending {
	unsigned digits;
	uint8_t keys[MAX_DIGITS];
	uint32_t starts[MAX_DIGITS];
	struct sent list[MAX_SENT];
	unsigned count;
};

static unsigned draw(uint64_t *seed, unsigned below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*seed >> 33) % below;
}

static void send_packet(struct sending *s, unsigned digit, int ms, int flags, unsigned duration)
{
	ck_assert_uint_lt(s->count, MAX_SENT);
	s->list[s->count++] = (struct sent){
		.ms = ms,
		.digit = digit,
		.packet = { 0, s->starts[digit], flags, s->keys[digit], (uint16_t)duration },
	};
}

/* One key: a packet each ptime, the end three times at once. Returns when it is over. */
static int send_digit(struct sending *s, unsigned digit, int ms, uint32_t start, int ptime,
                      int length)
{
	int at = ptime;

	s->starts[digit] = start;
	for (; at < length; at += ptime)
		send_packet(s, digit, ms + at, at == ptime ? M : 0, 8u * (unsigned)at);
	for (int copy = 0; copy < 3; copy++)
		send_packet(s, digit, ms + length, E, 8u * (unsigned)length);
	return ms + length;
}

static void send_string(struct sending *s, uint64_t *seed)
{
	int ms = 0, ptime = draw(seed, 2) ? 20 : 50;
	uint32_t base = draw(seed, 4) ? draw(seed, INT32_MAX) : UINT32_MAX - 3000;

	s->count = 0;
	s->digits = 1 + draw(seed, MAX_DIGITS);
	for (unsigned i = 0; i < s->digits; i++) {
		s->keys[i] = (uint8_t)draw(seed, 3); /* few keys: often the same twice */
		int length = 40 + (int)draw(seed, 25) * 10;
		ms = send_digit(s, i, ms, base + 8u * (uint32_t)ms, ptime, length);
		ms += 40 + (int)draw(seed, 20) * 10;
	}
}

static int by_arrival(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	return x->ms != y->ms ? (x->ms > y->ms) - (x->ms < y->ms) : x->order - y->order;
}

/* Loses up to half, repeats some, delays each by less than two presses are apart; one packet of each digit survives. */
static void disturb(struct sending *s, uint64_t *seed)
{
	unsigned kept = 0, loss = draw(seed, 90), left[MAX_DIGITS] = { 0 };
	static struct sent copies[MAX_SENT];
	unsigned repeated = 0;

	for (unsigned i = 0; i < s->count; i++)
		left[s->list[i].digit]++;
	for (unsigned i = 0; i < s->count; i++) {
		struct sent p = s->list[i];
		if (left[p.digit] > 1 && draw(seed, 100) < loss) {
			left[p.digit]--;
			continue;
		}
		p.ms += (int)draw(seed, 39);
		s->list[kept++] = p;
		if (draw(seed, 5) == 0)
			copies[repeated++] = p;
	}
	ck_assert_uint_lt(kept + repeated, MAX_SENT);
	memcpy(s->list + kept, copies, repeated * sizeof copies[0]);
	s->count = kept + repeated;
	for (unsigned i = 0; i < s->count; i++) {
		s->list[i].order = (int)draw(seed, 1000);
		s->list[i].packet.ms = s->list[i].ms;
	}
	qsort(s->list, s->count, sizeof s->list[0], by_arrival);
}

static unsigned receive(const struct sending *s, struct dtmf_press *got, unsigned *late)
{
	struct dtmf_decoder d;
	unsigned count = 0;

	dtmf_init(&d);
	for (unsigned i = 0; i < s->count; i++) {
		count += push(&d, &s->list[i].packet, &got[count]);
		ck_assert_uint_le(count, s->digits);
	}
	count += dtmf_finish(&d, &got[count]);
	*late = d.late_or_repeated;
	return count;
}

START_TEST(each_digit_once_and_in_order)
{
	static struct sending s;
	struct dtmf_press got[MAX_DIGITS + DTMF_MAX_OUT];

	for (uint64_t run = 0; run < RUNS; run++) {
		uint64_t seed = run;
		unsigned late, packets = 0;
		send_string(&s, &seed);
		disturb(&s, &seed);
		unsigned count = receive(&s, got, &late);
		ck_assert_msg(count == s.digits, "run %d: %u digits of %u", (int)run, count,
		              s.digits);
		for (unsigned i = 0; i < count; i++) {
			ck_assert_msg(got[i].event == s.keys[i], "run %d digit %u", (int)run, i);
			ck_assert_msg(got[i].timestamp == s.starts[i], "run %d digit %u", (int)run,
			              i);
			packets += got[i].packets;
		}
		ck_assert_uint_eq(packets + late, s.count);
	}
}
END_TEST

Suite *suite_dtmf(void)
{
	Suite *s = suite_create("dtmf");
	TCase *t = tcase_create("dtmf");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, decodes, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(t, a_key_held);
	tcase_add_test(t, given_at_the_third_end);
	tcase_add_test(t, gives_up_at_the_deadline);
	tcase_add_test(t, several_events_in_one_packet);
	tcase_add_test(t, counts_malformed);
	tcase_add_test(t, times_of_a_broken_file);
	tcase_add_test(t, each_digit_once_and_in_order);
	suite_add_tcase(s, t);
	return s;
}
