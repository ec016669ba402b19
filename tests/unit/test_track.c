#include "analyzer/audio/track.h"
#include "base/mem.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#define T0     (INT64_C(1700000000) * NS_PER_S)
#define RATE   8000
#define STEP   160 /* samples of a packet, 20 ms */
#define STEP_N (20 * NS_PER_MS)
#define ROOM   (RATE * 400)

/* What came out, laid on a line of samples from the first block's time on. */
struct heard {
	bool begun, failing;
	int64_t begin_ns, end_ns;
	size_t length; /* samples at RATE from the beginning to the end */
	int16_t *line;
	size_t count[3]; /* by origin */
	size_t blocks, by_last_push;
	unsigned rate;
};

static bool listen(void *context, const struct track_block *b)
{
	struct heard *h = context;

	if (h->failing)
		return false;
	ck_assert_uint_gt(b->count, 0);
	ck_assert_uint_le(b->count, DECODER_MAX_SAMPLES);
	if (!h->begun)
		h->begin_ns = b->time_ns;
	else /* a nanosecond of rounding where the rate changes */
		ck_assert_int_ge(b->time_ns, h->end_ns - 1);
	h->begun = true;
	h->rate = b->rate;
	h->end_ns = b->time_ns + (int64_t)(b->count * (uint64_t)NS_PER_S / b->rate);
	h->count[b->origin] += b->count;
	h->by_last_push += b->count;
	h->blocks++;
	size_t at = (size_t)(((b->time_ns - h->begin_ns) * b->rate + NS_PER_S / 2) / NS_PER_S);
	for (size_t i = 0; b->rate == RATE && i < b->count && at + i < ROOM; i++)
		h->line[at + i] = b->samples[i];
	h->length = at + b->count;
	return true;
}

struct bench {
	struct heard heard;
	struct track *track;
	struct err err;
	struct track_packet next;
	int16_t value; /* of the next sample, so that every one is known */
	uint8_t octets[2 * STEP];
};

static void open_bench(struct bench *b)
{
	*b = (struct bench){ .err = ERR_INIT };
	b->heard.line = calloc(ROOM, sizeof *b->heard.line);
	b->track = track_new(listen, &b->heard, &b->err);
	ck_assert_ptr_nonnull(b->track);
	b->next = (struct track_packet){
		.time_ns = T0,
		.number = 70000,
		.timestamp = 4294960000u,
		.role = PAYLOAD_ROLE_AUDIO,
		.format = { "L16", RATE, 1 },
		.payload = { b->octets, sizeof b->octets },
	};
}

static void close_bench(struct bench *b)
{
	ck_assert(track_check(b->track));
	track_free(b->track);
	free(b->heard.line);
}

/* The samples count up from 1000 on, so none is silence. */
static void fill(struct bench *b)
{
	for (size_t i = 0; i < STEP; i++) {
		int16_t v = (int16_t)(1000 + (b->value + (int)i) % 20000);
		b->octets[2 * i] = (uint8_t)(v >> 8);
		b->octets[2 * i + 1] = (uint8_t)v;
	}
}

static int16_t sample(size_t i)
{
	return (int16_t)(1000 + i % 20000);
}

static void move_on(struct bench *b)
{
	b->next.time_ns += STEP_N;
	b->next.number++;
	b->next.timestamp += STEP;
	b->value = (int16_t)((b->value + STEP) % 20000);
}

static void push(struct bench *b, const struct track_packet *p)
{
	b->heard.by_last_push = 0;
	ck_assert(track_push(b->track, p));
	ck_assert(track_check(b->track));
}

static void send(struct bench *b, unsigned n)
{
	while (n--) {
		fill(b);
		push(b, &b->next);
		move_on(b);
	}
}

static void finish(struct bench *b)
{
	ck_assert(track_finish(b->track));
}

static void ck_samples(const struct bench *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		ck_assert_msg(b->heard.line[i] == sample(i), "sample %zu is %d, not %d", i,
		              b->heard.line[i], sample(i));
}

static void ck_silent(const struct bench *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		ck_assert_msg(b->heard.line[i] == 0, "sample %zu is %d", i, b->heard.line[i]);
}

static void ck_counts(const struct bench *b, size_t decoded, size_t concealed, size_t paused)
{
	ck_assert_uint_eq(b->heard.count[TRACK_DECODED], decoded);
	ck_assert_uint_eq(b->heard.count[TRACK_CONCEALED], concealed);
	ck_assert_uint_eq(b->heard.count[TRACK_PAUSE], paused);
	ck_assert_uint_eq(b->heard.length, decoded + concealed + paused);
}

START_TEST(in_order)
{
	struct bench b;

	open_bench(&b);
	send(&b, 100); /* the timestamps wrap in them */
	ck_assert_uint_eq(b.heard.length, 100 * STEP); /* nothing waits */
	finish(&b);
	ck_counts(&b, 100 * STEP, 0, 0);
	ck_assert_int_eq(b.heard.begin_ns, T0);
	ck_samples(&b, 0, 100 * STEP);
	close_bench(&b);
}
END_TEST

/* Packets in the order of `order`, 20 ms apart on arrival. */
static const struct {
	const char *name;
	unsigned count;
	uint8_t order[20];
} orders[] = {
	{ "swapped", 8, { 0, 1, 3, 2, 4, 5, 7, 6 } },
	{ "two late", 8, { 0, 3, 1, 2, 4, 5, 6, 7 } },
	{ "backwards", 4, { 0, 3, 2, 1 } },
	{ "interleaved", 9, { 0, 2, 1, 4, 3, 6, 5, 8, 7 } },
};

START_TEST(reordered)
{
	struct bench b, at;

	open_bench(&b);
	at = b;
	for (unsigned i = 0; i < orders[_i].count; i++) {
		unsigned n = orders[_i].order[i];
		b.next = at.next;
		b.value = 0;
		for (unsigned k = 0; k < n; k++)
			move_on(&b);
		b.next.time_ns = T0 + i * STEP_N;
		fill(&b);
		push(&b, &b.next);
	}
	finish(&b);
	ck_counts(&b, orders[_i].count * STEP, 0, 0);
	ck_samples(&b, 0, orders[_i].count * STEP);
	ck_assert_uint_eq(track_counts(b.track)->lost, 0);
	close_bench(&b);
}
END_TEST

START_TEST(one_lost)
{
	struct bench b;
	int loudest = 0;

	open_bench(&b);
	send(&b, 10);
	move_on(&b);
	send(&b, 10);
	finish(&b);
	ck_counts(&b, 20 * STEP, STEP, 0);
	ck_samples(&b, 0, 10 * STEP);
	for (size_t i = 10 * STEP; i < 11 * STEP; i++)
		loudest = b.heard.line[i] > loudest ? b.heard.line[i] : loudest;
	ck_assert_int_gt(loudest, 500); /* something is made up */
	ck_samples(&b, 12 * STEP, 21 * STEP); /* behind the blending */
	ck_assert_uint_eq(track_counts(b.track)->lost, 1);
	close_bench(&b);
}
END_TEST

START_TEST(many_lost_fall_silent)
{
	struct bench b;

	open_bench(&b);
	send(&b, 10);
	for (int i = 0; i < 40; i++) /* beyond the window */
		move_on(&b);
	send(&b, 20);
	finish(&b);
	ck_counts(&b, 30 * STEP, 40 * STEP, 0);
	ck_silent(&b, 13 * STEP, 50 * STEP);
	ck_samples(&b, 51 * STEP, 70 * STEP);
	ck_assert_uint_eq(track_counts(b.track)->lost, 40);
	close_bench(&b);
}
END_TEST

START_TEST(too_late_is_lost)
{
	struct bench b;
	struct track_packet late;

	open_bench(&b);
	send(&b, 5);
	fill(&b);
	late = b.next;
	move_on(&b);
	send(&b, 10);
	late.time_ns = b.next.time_ns;
	push(&b, &late);
	send(&b, 5);
	finish(&b);
	ck_counts(&b, 20 * STEP, STEP, 0);
	ck_assert_uint_eq(track_counts(b.track)->late, 1);
	close_bench(&b);
}
END_TEST

START_TEST(discontinuous_transmission)
{
	struct bench b;

	open_bench(&b);
	send(&b, 10);
	b.next.time_ns += NS_PER_S;
	b.next.timestamp += RATE;
	b.next.marker = true;
	send(&b, 10);
	finish(&b);
	ck_counts(&b, 20 * STEP, 0, RATE);
	ck_silent(&b, 10 * STEP, 10 * STEP + RATE);
	ck_assert_int_eq(b.heard.line[10 * STEP + RATE], sample(10 * STEP));
	close_bench(&b);
}
END_TEST

START_TEST(comfort_noise)
{
	struct bench b;
	static const uint8_t level[] = { 40 };
	double power = 0;

	open_bench(&b);
	send(&b, 10);
	b.next.role = PAYLOAD_ROLE_COMFORT_NOISE;
	b.next.format.name = "CN";
	b.next.payload = slice_of(level, 1);
	push(&b, &b.next);
	move_on(&b);
	b.next.role = PAYLOAD_ROLE_AUDIO;
	b.next.format.name = "L16";
	b.next.payload = slice_of(b.octets, sizeof b.octets);
	b.next.time_ns += 980 * NS_PER_MS;
	b.next.timestamp += RATE - STEP;
	send(&b, 10);
	finish(&b);
	ck_counts(&b, 20 * STEP, 0, RATE);
	for (size_t i = 10 * STEP; i < 10 * STEP + RATE; i++)
		power += (double)b.heard.line[i] * b.heard.line[i] / RATE;
	/* -40 dBov: 0 dBov is an RMS of 32768. */
	ck_assert_double_eq_tol(10 * log10(power / (32768.0 * 32768)), -40, 0.5);
	close_bench(&b);
}
END_TEST

START_TEST(events_are_silent_not_lost)
{
	struct bench b;
	static const uint8_t event[] = { 5, 10, 0, 160 };

	open_bench(&b);
	send(&b, 10);
	uint32_t start = b.next.timestamp;
	for (int i = 0; i < 8; i++) {
		struct track_packet p = b.next;
		p.role = PAYLOAD_ROLE_EVENT;
		p.format.name = "telephone-event";
		p.timestamp = start;
		p.payload = slice_of(event, sizeof event);
		push(&b, &p);
		move_on(&b);
	}
	send(&b, 10);
	finish(&b);
	ck_counts(&b, 20 * STEP, 0, 8 * STEP);
	ck_silent(&b, 10 * STEP, 18 * STEP);
	ck_assert_uint_eq(track_counts(b.track)->lost, 0);
	close_bench(&b);
}
END_TEST

START_TEST(restart_begins_at_its_arrival)
{
	struct bench b;

	open_bench(&b);
	send(&b, 10);
	b.next.time_ns += 300 * NS_PER_MS;
	b.next.number += 100000;
	b.next.timestamp = 12345;
	b.next.restart = true;
	fill(&b);
	push(&b, &b.next);
	move_on(&b);
	b.next.restart = false;
	send(&b, 9);
	finish(&b);
	ck_counts(&b, 20 * STEP, 0, 2400);
	close_bench(&b);
}
END_TEST

/* Whatever the timestamps do, the sound lies where the packets arrived. */
static const struct {
	const char *name;
	uint32_t leap; /* of the timestamp, once */
	uint32_t step; /* between packets */
} clocks[] = {
	{ "leap of hours", 200000000, STEP },
	{ "leap back", (uint32_t)-100000, STEP },
	{ "half the range", 1u << 31, STEP },
	{ "standing still", 0, 0 },
	{ "half as fast", 0, STEP / 2 },
	{ "twice as fast", 0, 2 * STEP },
	{ "backwards", 0, (uint32_t)-STEP },
	{ "1 % fast", 0, STEP + 2 },
	{ "hundred times as fast", 0, 100 * STEP },
};

START_TEST(odd_timestamps)
{
	struct bench b;

	open_bench(&b);
	send(&b, 100);
	b.next.timestamp += clocks[_i].leap;
	for (int i = 0; i < 1000; i++) {
		fill(&b);
		push(&b, &b.next);
		int64_t ahead_ns = b.heard.end_ns - b.next.time_ns;
		ck_assert_int_le(ahead_ns, TRACK_AHEAD_NS + TRACK_PACKET_NS);
		ck_assert_int_ge(ahead_ns, -3 * NS_PER_S);
		uint32_t timestamp = b.next.timestamp;
		move_on(&b);
		b.next.timestamp = timestamp + clocks[_i].step;
	}
	finish(&b);
	ck_assert_uint_gt(b.heard.count[TRACK_DECODED], 400 * STEP);
	close_bench(&b);
}
END_TEST

/* The sender's clock runs at `ppm` of the capture's. */
static const int drifts_ppm[] = { 50, -50, 2000, -2000, 20000, -20000 };

START_TEST(drift_is_bounded)
{
	struct bench b;
	int64_t worst = 0;

	open_bench(&b);
	for (int i = 0; i < 9000; i++) { /* 3 minutes without a pause */
		b.next.time_ns = T0 + i * (STEP_N - STEP_N * drifts_ppm[_i] / 1000000);
		fill(&b);
		push(&b, &b.next);
		int64_t off_ns = llabs(b.heard.end_ns - STEP_N - b.next.time_ns);
		worst = off_ns > worst ? off_ns : worst;
		move_on(&b);
	}
	finish(&b);
	/* The limit, and what adds up until it is noticed. */
	ck_assert_int_lt(worst, TRACK_DRIFT_NS + 100 * NS_PER_MS);
	if (abs(drifts_ppm[_i]) <= 50)
		ck_counts(&b, 9000 * STEP, 0, 0);
	close_bench(&b);
}
END_TEST

START_TEST(a_pause_takes_the_drift)
{
	struct bench b;

	open_bench(&b);
	for (int i = 0; i < 500; i++) { /* 10 s, 50 ms slow at the end */
		b.next.time_ns = T0 + i * (STEP_N + STEP_N / 200);
		fill(&b);
		push(&b, &b.next);
		move_on(&b);
	}
	b.next.time_ns += NS_PER_S + STEP_N / 200;
	b.next.timestamp += RATE;
	send(&b, 10);
	finish(&b);
	int64_t pause = (int64_t)b.heard.count[TRACK_PAUSE] * NS_PER_S / RATE - NS_PER_S;
	ck_assert_int_ge(pause, 30 * NS_PER_MS); /* as it was some seconds before */
	ck_assert_int_le(pause, 50 * NS_PER_MS);
	close_bench(&b);
}
END_TEST

START_TEST(huge_payload)
{
	struct bench b;
	uint8_t *huge = calloc(1, 60000);

	open_bench(&b);
	b.next.format = (struct decoder_format){ "PCMU", RATE, 1 };
	b.next.payload = slice_of(huge, 60000);
	for (int i = 0; i < 50; i++) {
		push(&b, &b.next);
		ck_assert_uint_le(b.heard.by_last_push, RATE);
		ck_assert_int_le(b.heard.end_ns - b.next.time_ns, 2 * NS_PER_S);
		b.next.time_ns += NS_PER_MS;
		b.next.number++;
		b.next.timestamp += RATE;
	}
	free(huge);
	close_bench(&b);
}
END_TEST

START_TEST(long_silence_is_not_spelled_out)
{
	struct bench b;

	open_bench(&b);
	send(&b, 10);
	b.next.time_ns += 3000 * NS_PER_S;
	b.next.timestamp += 3000 * RATE;
	send(&b, 10);
	finish(&b);
	ck_assert_uint_eq(b.heard.count[TRACK_PAUSE], 0);
	ck_assert_uint_eq(b.heard.length, 20 * STEP + 3000 * RATE);
	close_bench(&b);
}
END_TEST

START_TEST(capture_clock_is_set)
{
	static const int64_t steps_ns[] = { -10 * NS_PER_S, -100000 * NS_PER_S, INT64_C(1) << 60 };
	struct bench b;

	open_bench(&b);
	send(&b, 100);
	b.next.time_ns += steps_ns[_i];
	send(&b, 100);
	finish(&b);
	ck_assert_uint_eq(b.heard.count[TRACK_DECODED], 200 * STEP);
	ck_assert_int_le(b.heard.end_ns - b.heard.begin_ns, 15 * NS_PER_S);
	close_bench(&b);
}
END_TEST

START_TEST(payload_type_changes)
{
	struct bench b;

	open_bench(&b);
	send(&b, 10);
	int64_t at_ns = b.heard.end_ns;
	b.next.format.clock_hz = 16000;
	fill(&b);
	push(&b, &b.next);
	ck_assert_uint_eq(b.heard.rate, 16000);
	ck_assert_int_eq(b.heard.end_ns, at_ns + 10 * NS_PER_MS);
	ck_assert_uint_eq(b.heard.count[TRACK_PAUSE], 0);
	close_bench(&b);
}
END_TEST

static const struct {
	struct decoder_format format;
	const char *unreadable, *why;
} mute[] = {
	{ { NULL, 0, 0 }, NULL, "payload type" },
	{ { "iLBC", 8000, 1 }, NULL, "spandsp" },
	{ { "AMR", 8000, 1 }, NULL, "no decoder" },
	{ { "PCMU", 8000, 200 }, NULL, "channels" },
	{ { "PCMU", 8000, 1 }, "encrypted", "encrypted" },
	{ { "GSM", 8000, 1 }, NULL, "makes no sense" }, /* 20 octets */
};

START_TEST(not_decoded_says_why)
{
	struct bench b;

	open_bench(&b);
	b.next.format = mute[_i].format;
	b.next.unreadable = mute[_i].unreadable;
	b.next.payload.n = 20;
	for (int i = 0; i < 5; i++) {
		push(&b, &b.next);
		move_on(&b);
	}
	finish(&b);
	const struct track_counts *c = track_counts(b.track);
	ck_assert_uint_eq(c->undecoded, 5);
	ck_assert_uint_eq(c->decoded, 0);
	ck_assert_ptr_nonnull(strstr(c->why, mute[_i].why));
	ck_assert_uint_eq(b.heard.count[TRACK_DECODED], 0);
	close_bench(&b);
}
END_TEST

/* xorshift: the same packets on every machine */
static uint32_t any(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Packets that nobody would send: the promises of track.h hold all the same. */
START_TEST(hostile)
{
	static const struct decoder_format formats[] = {
		{ "PCMU", 8000, 1 },    { "G722", 8000, 1 }, { "opus", 48000, 2 },
		{ "L16", 44100, 2 },    { "GSM", 8000, 1 },  { "iLBC", 8000, 1 },
		{ "G726-24", 8000, 1 }, { NULL, 0, 0 },
	};
	uint32_t state = 2463534242u + (uint32_t)_i;
	uint8_t octets[9000];
	struct bench b;

	open_bench(&b);
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)any(&state);
	for (int i = 0; i < 3000; i++) {
		struct track_packet p = b.next;
		uint32_t dice = any(&state);
		p.number += dice % 7 == 0 ? any(&state) % 40 : 0;
		p.timestamp += dice % 11 == 0 ? any(&state) : 0;
		p.time_ns += dice % 13 == 0 ? any(&state) % (200 * NS_PER_MS) : 0;
		p.restart = dice % 101 == 0;
		p.marker = dice % 17 == 0;
		p.role = dice % 19 == 0 ? any(&state) % 5 : PAYLOAD_ROLE_AUDIO;
		p.format = formats[any(&state) % 64 ? (unsigned)_i % 8 : any(&state) % 8];
		p.payload = slice_sub(slice_of(octets, sizeof octets), any(&state) % 100,
		                      any(&state) % 3 ? 160 : any(&state) % 9000);
		push(&b, &p);
		if (dice % 5)
			move_on(&b);
		if (dice % 211 == 0)
			b.next.time_ns += (int64_t)(any(&state) % 100) * NS_PER_S;
		if (b.heard.begun)
			ck_assert_int_le(b.heard.end_ns - p.time_ns,
			                 TRACK_AHEAD_NS + TRACK_PACKET_NS + 200 * NS_PER_MS);
	}
	finish(&b);
	close_bench(&b);
}
END_TEST

START_TEST(allocation_fails)
{
	for (uint64_t n = 0; n < 20; n++) {
		struct heard heard = { .line = calloc(ROOM, sizeof(int16_t)) };
		struct err err = ERR_INIT;
		uint8_t octets[320] = { 0 };
		mem_fail_after(n);
		struct track *t = track_new(listen, &heard, &err);
		bool ok = t != NULL;
		for (int i = 0; ok && i < 10; i++) {
			struct track_packet p = {
				.time_ns = T0 + i * STEP_N,
				.number = i ^ 1, /* swapped, so that they are held */
				.timestamp = (uint32_t)(i ^ 1) * STEP,
				.role = PAYLOAD_ROLE_AUDIO,
				.format = { i < 6 ? "G726-32" : "L16", RATE, 1 },
				.payload = { octets, sizeof octets },
			};
			ok = track_push(t, &p);
		}
		ok = ok && track_finish(t);
		mem_fail_after(UINT64_MAX);
		ck_assert(ok == (err.code == ERR_NONE));
		ck_assert(ok || n < 15);
		track_free(t);
		free(heard.line);
	}
}
END_TEST

START_TEST(sink_fails)
{
	struct bench b;

	open_bench(&b);
	b.heard.failing = true;
	fill(&b);
	ck_assert(!track_push(b.track, &b.next));
	close_bench(&b);
}
END_TEST

Suite *suite_track(void);
Suite *suite_track(void)
{
	Suite *s = suite_create("track");
	TCase *tc = tcase_create("track");

	tcase_add_test(tc, in_order);
	tcase_add_loop_test(tc, reordered, 0, sizeof orders / sizeof *orders);
	tcase_add_test(tc, one_lost);
	tcase_add_test(tc, many_lost_fall_silent);
	tcase_add_test(tc, too_late_is_lost);
	tcase_add_test(tc, discontinuous_transmission);
	tcase_add_test(tc, comfort_noise);
	tcase_add_test(tc, events_are_silent_not_lost);
	tcase_add_test(tc, restart_begins_at_its_arrival);
	tcase_add_loop_test(tc, odd_timestamps, 0, sizeof clocks / sizeof *clocks);
	tcase_add_loop_test(tc, drift_is_bounded, 0, sizeof drifts_ppm / sizeof *drifts_ppm);
	tcase_add_test(tc, a_pause_takes_the_drift);
	tcase_add_test(tc, huge_payload);
	tcase_add_test(tc, long_silence_is_not_spelled_out);
	tcase_add_loop_test(tc, capture_clock_is_set, 0, 3);
	tcase_add_test(tc, payload_type_changes);
	tcase_add_loop_test(tc, not_decoded_says_why, 0, sizeof mute / sizeof *mute);
	tcase_add_loop_test(tc, hostile, 0, 16);
	tcase_add_test(tc, allocation_fails);
	tcase_add_test(tc, sink_fails);
	suite_add_tcase(s, tc);
	return s;
}
