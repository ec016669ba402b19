/* A stream scored again from its trace is scored as if the analyzer had been told so at once: same lost, late, BurstR, bursts and gaps, for
 * every fixed buffer of 20 ms and more, for the adaptive one and for none. */
#include "analyzer/score/rescore.h"
#include "base/mem.h"
#include "reports/records/query.h"
#include "tests/helpers/stream_lab.h"

#include <check.h>
#include <stdlib.h>

#define MOST_PACKETS 4000

/* What the network and the sender do to one stream. */
struct weather {
	const char *name;
	double loss, burst; /* chance of a loss, and of another one behind it */
	unsigned jitter_ms; /* at most */
	double spike; /* chance that a packet begins a row of delayed ones */
	unsigned spike_ms, spike_packets;
	double swap; /* chance that a packet is overtaken by some */
	double drift_ppm;
	unsigned step_at, step_ms; /* the route changes */
	unsigned restart_every, pause_every; /* packets; 0: never */
	double twice; /* chance of a duplicate */
};

static const struct weather weathers[] = {
	{ .name = "fair" },
	{ .name = "loss", .loss = 0.03 },
	{ .name = "bursts", .loss = 0.01, .burst = 0.6 },
	{ .name = "jitter", .jitter_ms = 90 },
	{ .name = "spikes", .spike = 0.01, .spike_ms = 150, .spike_packets = 6 },
	{ .name = "long spikes", .spike = 0.003, .spike_ms = 300, .spike_packets = 40 },
	{ .name = "swaps", .swap = 0.05 },
	{ .name = "swaps and loss", .swap = 0.05, .loss = 0.05, .twice = 0.02 },
	{ .name = "drift", .drift_ppm = 900, .jitter_ms = 10 },
	{ .name = "route change", .step_at = 900, .step_ms = 130, .jitter_ms = 15 },
	{ .name = "restarts", .restart_every = 500, .loss = 0.02, .jitter_ms = 50 },
	{ .name = "talkspurts", .pause_every = 70, .loss = 0.02, .jitter_ms = 70 },
	{ .name = "all of it",
	  .loss = 0.02,
	  .burst = 0.4,
	  .jitter_ms = 60,
	  .spike = 0.005,
	  .spike_ms = 200,
	  .spike_packets = 12,
	  .swap = 0.03,
	  .restart_every = 700,
	  .pause_every = 150,
	  .twice = 0.01 },
};
#define WEATHERS (sizeof weathers / sizeof *weathers)

struct sent {
	int64_t arrival_ns;
	unsigned order;
	uint16_t seq;
	uint32_t timestamp;
	bool marker;
};

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static bool chance(uint32_t *seed, double p)
{
	return dice(seed) % 100000 < p * 100000;
}

static int by_arrival(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	if (x->arrival_ns != y->arrival_ns)
		return x->arrival_ns < y->arrival_ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static unsigned blow(const struct weather *w, uint32_t seed, struct sent *out)
{
	uint16_t seq = 65000;
	uint32_t timestamp = UINT32_MAX - 40000;
	unsigned n = 0, spike = 0;
	bool lost = false;
	int64_t sent_ns = INT64_C(1700000000) * NS_PER_S;

	for (unsigned i = 0; i < 2000; i++, seq++, timestamp += 160, sent_ns += 20 * NS_PER_MS) {
		bool spurt = w->pause_every && i % w->pause_every == w->pause_every - 1;
		if (spurt) {
			timestamp += 160 * 40;
			sent_ns += 800 * NS_PER_MS;
		}
		if (w->restart_every && i % w->restart_every == w->restart_every - 1) {
			seq = (uint16_t)(seq + 20000);
			timestamp += 123456789;
		}
		lost = i > 1 && chance(&seed, lost && w->burst > 0 ? w->burst : w->loss);
		if (lost)
			continue;
		spike = spike ? spike - 1 : chance(&seed, w->spike) ? w->spike_packets : 0;
		double delay_ms = w->jitter_ms ? dice(&seed) % w->jitter_ms : 0;
		delay_ms += spike ? w->spike_ms : 0;
		delay_ms += chance(&seed, w->swap) ? dice(&seed) % 150 : 0;
		delay_ms += w->step_at && i >= w->step_at ? w->step_ms : 0;
		delay_ms += i * 20 * w->drift_ppm / 1e6;
		out[n] = (struct sent){ sent_ns + (int64_t)(delay_ms * 1e3) * 1000, n, seq,
			                timestamp, spurt };
		n++;
		if (chance(&seed, w->twice)) {
			out[n] = out[n - 1];
			out[n].arrival_ns += 3 * NS_PER_MS;
			n++;
		}
	}
	qsort(out, n, sizeof *out, by_arrival);
	return n;
}

/* What the analyzer says with this buffer. */
struct measured {
	int64_t expected, lost, late, bursts, complete;
	double burst_r, delay_ms, burst_density, gap_density, burst_ms, gap_ms;
	uint8_t *trace; /* to be freed */
	size_t trace_n;
};

static void read_events(struct stream_lab *lab, struct measured *m)
{
	struct records *r = records_of(store_handle(lab->store), &lab->err);
	struct query *q = query_new(r, &lab->err,
	                            "SELECT bursts, complete, burst_density, gap_density, "
	                            "burst_ms, gap_ms, trace FROM stream_events");

	ck_assert(q != NULL);
	if (query_step(q, &lab->err)) {
		struct slice trace = query_octets(q, 6);
		m->bursts = query_int(q, 0);
		m->complete = query_int(q, 1);
		m->burst_density = query_real(q, 2);
		m->gap_density = query_real(q, 3);
		m->burst_ms = query_real(q, 4);
		m->gap_ms = query_real(q, 5);
		m->trace = mem_alloc(trace.n + 1);
		m->trace_n = trace.n;
		if (trace.n)
			memcpy(m->trace, trace.p, trace.n);
	}
	query_free(q);
	records_close(r);
}

static struct measured measure(const struct sent *packets, unsigned count,
                               struct buffer_setting setting)
{
	struct lab_flow f = lab_flow("192.0.2.1:4000", "198.51.100.2:6000", 1);
	struct measured m = { .complete = 1 };
	struct stream_lab lab;

	ck_assert(stream_lab_open(&lab));
	lab.analysis.media.buffer = setting;
	lab.analysis.interval_ns = NS_PER_S;
	for (unsigned i = 0; i < count; i++) {
		f.seq = packets[i].seq;
		f.timestamp = packets[i].timestamp;
		f.marker = packets[i].marker;
		f.time_ns = packets[i].arrival_ns;
		ck_assert(lab_send(&lab, &f));
	}
	ck_assert(streams_finish(lab.streams));
	m.expected = lab_int(&lab, "SELECT expected FROM streams");
	m.lost = lab_int(&lab, "SELECT lost FROM streams");
	m.late = lab_int(&lab, "SELECT late FROM streams");
	m.burst_r = lab_real(&lab, "SELECT burst_r FROM streams");
	m.delay_ms = lab_real(&lab, "SELECT delay_ms FROM streams");
	/* The rows of a second each are the stream, cut. */
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(packets) FROM stream_intervals") +
	                         lab_int(&lab, "SELECT sum(lost) FROM stream_intervals"),
	                 m.expected);
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(lost) FROM stream_intervals"), m.lost);
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(late) FROM stream_intervals"), m.late);
	read_events(&lab, &m);
	stream_lab_close(&lab);
	return m;
}

/* How many of the buffers were judged exactly; all that claim to be are. */
static unsigned compare(const char *name, const struct sent *packets, unsigned count)
{
	static const char *const texts[] = { "20",  "30",  "40",  "50",  "60",   "75",
		                             "100", "150", "200", "400", "none", "adaptive" };
	struct measured base = measure(packets, count, (struct buffer_setting){ 0 });
	unsigned exact = 0;

	ck_assert_int_eq(base.complete, 1);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct err err = ERR_INIT;
		struct buffer_setting setting;
		struct rescored again;
		ck_assert(buffer_setting_parse(slice_str(texts[i]), &setting));
		struct measured m = measure(packets, count, setting);
		ck_assert_msg(rescore(base.trace ? slice_of(base.trace, base.trace_n) : SLICE_NONE,
		                      (uint64_t)base.expected, setting, &again, &err),
		              "%s", err.text);
		struct burst_gap g = burst_gaps(&again.burst);
		ck_assert_msg((int64_t)again.lost == m.lost &&
		                      (int64_t)again.expected == m.expected,
		              "%s, buffer %s: lost %d of %d, not %d of %d", name, texts[i],
		              (int)again.lost, (int)again.expected, (int)m.lost, (int)m.expected);
		exact += again.exact;
		if (again.exact) {
			ck_assert_msg((int64_t)again.late == m.late,
			              "%s, buffer %s: late %d, not %d", name, texts[i],
			              (int)again.late, (int)m.late);
			ck_assert_double_eq_tol(burst_ratio(&again.burst, again.expected),
			                        m.burst_r, 1e-9);
			ck_assert_int_eq((int64_t)g.bursts, m.bursts);
			if (m.trace) {
				ck_assert_double_eq_tol(g.burst_density, m.burst_density, 1e-9);
				ck_assert_double_eq_tol(g.gap_density, m.gap_density, 1e-9);
				ck_assert_double_eq_tol(20 * g.burst_packets, m.burst_ms, 1e-6);
				ck_assert_double_eq_tol(20 * g.gap_packets, m.gap_ms, 1e-6);
			}
			ck_assert_msg(fabs(again.depth_ms + 20 - m.delay_ms) < 1e-6,
			              "%s, buffer %s: delay %f, not %f", name, texts[i],
			              again.depth_ms + 20, m.delay_ms);
		}
		mem_free(m.trace);
	}
	mem_free(base.trace);
	return exact;
}

START_TEST(scored_again_is_scored_at_once)
{
	static struct sent packets[MOST_PACKETS];
	const struct weather *w = &weathers[_i];

	for (uint32_t seed = 1; seed <= 3; seed++) {
		unsigned count = blow(w, seed * 7919, packets);
		unsigned exact = compare(w->name, packets, count);
		/* A delay that moves for good may hide something from some depths. */
		ck_assert_msg(exact == 12 || ((w->step_at || w->drift_ppm > 0) && exact >= 6),
		              "%s: only %u exact", w->name, exact);
	}
}
END_TEST

/* 60 ms a packet: one that comes 80 numbers later is 4.8 s late, and still taken back from the second that lost it. */
START_TEST(rows_of_a_second_take_back_what_comes_late)
{
	struct lab_flow f = lab_flow("192.0.2.1:4000", "198.51.100.2:6000", 1);
	struct lab_flow missing;
	struct stream_lab lab;

	ck_assert(stream_lab_open(&lab));
	lab.analysis.interval_ns = NS_PER_S;
	f.step_ns = 60 * NS_PER_MS;
	f.step_ticks = 480;
	ck_assert(lab_run(&lab, &f, 100));
	missing = f;
	lab_skip(&f);
	ck_assert(lab_run(&lab, &f, 80));
	missing.time_ns = f.time_ns;
	ck_assert(lab_send(&lab, &missing));
	ck_assert(lab_run(&lab, &f, 100));
	ck_assert(streams_finish(lab.streams));
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(lost) FROM stream_intervals"), 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT sum(packets) FROM stream_intervals"), 281);
	ck_assert_int_eq(lab_int(&lab, "SELECT lost FROM streams"), 0);
	ck_assert_int_eq(lab_int(&lab, "SELECT late FROM streams"), 1);
	stream_lab_close(&lab);
}
END_TEST

Suite *suite_trace(void);
Suite *suite_trace(void)
{
	Suite *s = suite_create("trace");
	TCase *t = tcase_create("again");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, scored_again_is_scored_at_once, 0, (int)WEATHERS);
	tcase_add_test(t, rows_of_a_second_take_back_what_comes_late);
	suite_add_tcase(s, t);
	return s;
}
