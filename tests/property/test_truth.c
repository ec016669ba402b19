/* Measured equals decided: streams with every defect, of every codec's clock, through the whole analyzer. Counts are equal, jitter is
 * within 1 %, MOS within 0.01. */
#include "analyzer/analyze.h"
#include "analyzer/score/codec_table.h"
#include "base/mem.h"
#include "reports/records/query.h"
#include "tests/helpers/craft.h"
#include "tests/helpers/temp_dir.h"
#include "tests/helpers/truth.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Suite *suite_truth(void);

#define JITTER_WITHIN 0.01
#define MOS_WITHIN    0.01

static void count_is(const char *name, const char *what, int64_t measured, uint64_t decided)
{
	ck_assert_msg(measured == (int64_t)decided, "%s: %s %lld, not %llu", name, what,
	              (long long)measured, (unsigned long long)decided);
}

static void jitter_is(const char *name, const char *what, double measured, double decided)
{
	ck_assert_msg(fabs(measured - decided) <= JITTER_WITHIN * decided + 1e-6,
	              "%s: %s %.6f ms, not %.6f", name, what, measured, decided);
}

static void check_row(const struct truth_plan *plan, const struct truth *t, struct query *q)
{
	const char *name = plan->name;
	bool audio = strcmp(plan->media, "audio") == 0;

	count_is(name, "packets", query_int(q, 0), t->received);
	count_is(name, "expected", query_int(q, 1), t->expected);
	count_is(name, "lost", query_int(q, 2), t->lost);
	count_is(name, "duplicates", query_int(q, 3), t->duplicates);
	count_is(name, "reordered", query_int(q, 4), t->reordered);
	count_is(name, "segments", query_int(q, 5), t->segments);
	if (audio)
		count_is(name, "late", query_int(q, 6), t->late);
	jitter_is(name, "greatest jitter", query_real(q, 7), t->jitter_max_ms);
	jitter_is(name, "mean jitter", query_real(q, 8), t->jitter_mean_ms);
	if (!isnan(t->mos)) {
		ck_assert_msg(fabs(query_real(q, 9) - t->mos) <= MOS_WITHIN, "%s: MOS %f, not %f",
		              name, query_real(q, 9), t->mos);
		ck_assert_msg(fabs(query_real(q, 10) - t->r) <= 0.1, "%s: R %f, not %f", name,
		              query_real(q, 10), t->r);
	}
	count_is(name, "packets of intervals", query_int(q, 11), t->received);
	count_is(name, "losses of intervals", query_int(q, 12), t->lost);
}

static void check_rows(const struct truth_plan *plans, const struct truth *truths, size_t count,
                       struct store *store)
{
	struct err err = ERR_INIT;
	struct records *records = records_of(store_handle(store), &err);
	struct query *q = query_new(
	        records, &err,
	        "SELECT packets, expected, lost, duplicates, reordered, segments, late, "
	        "jitter_max_ms, jitter_mean_ms, mos_lq, r_factor, (SELECT sum(i.packets) FROM "
	        "stream_intervals i WHERE stream_id = s.id), (SELECT sum(i.lost) FROM "
	        "stream_intervals i WHERE stream_id = s.id), ssrc FROM streams s ORDER BY ssrc");
	ck_assert_msg(q != NULL, "%s", err.text);
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(query_step(q, &err), "no row of %s %s", plans[i].name, err.text);
		ck_assert_int_eq(query_int(q, 13), (int64_t)TRUTH_SSRC + (int64_t)i);
		check_row(&plans[i], &truths[i], q);
	}
	ck_assert(!query_step(q, &err));
	query_free(q);
	records_close(records);
}

#define MOST_PLANS 160

/* Every plan is a call of one capture; they all run at the same time. */
static void check_all(const struct truth_plan *plans, size_t count)
{
	struct temp_dir dir;
	struct truth *truths = mem_zalloc(count * sizeof *truths);
	struct err err = ERR_INIT;
	struct store *store = NULL;

	ck_assert_ptr_nonnull(truths);
	temp_dir_make(&dir);
	for (size_t i = 0; i < count; i++)
		truth_make(&plans[i], &truths[i]);
	const char *path = temp_dir_path(&dir, "truth.pcap");
	ck_assert_msg(truth_write(plans, truths, count, path, &err), "%s", err.text);
	struct analyze_options options = { .paths = &path, .path_count = 1, .interval_s = 1 };
	ck_assert_msg(analyze_run(&options, &store, NULL, &err), "%s", err.text);
	check_rows(plans, truths, count, store);
	store_free(store);
	for (size_t i = 0; i < count; i++)
		truth_release(&truths[i]);
	mem_free(truths);
	temp_dir_remove(&dir);
}

static struct truth_plan pcmu(const char *name, uint64_t seed)
{
	return (struct truth_plan){ .name = name,
		                    .encoding = "PCMU",
		                    .media = "audio",
		                    .clock_hz = 8000,
		                    .ptime_ms = 20,
		                    .octets = 20,
		                    .count = 1500,
		                    .seed = seed,
		                    .first_seq = (uint16_t)(65000 + seed * 7),
		                    .first_timestamp = (uint32_t)(seed * 0x9e3779b9u) };
}

START_TEST(named_cases)
{
	size_t count;
	const struct truth_plan *plans = truth_cases(&count);

	check_all(plans, count);
}
END_TEST

/* What the defects come to together, as the seed says. */
static struct truth_plan mixed(const char *name, uint64_t seed)
{
	struct truth_plan p = pcmu(name, seed);
	struct craft_random r = { seed ^ 0x6d696c6c69776174u };

	p.loss = craft_random_below(&r, 2) ? craft_random_below(&r, 80) / 1000.0 : 0;
	if (craft_random_below(&r, 2)) {
		p.burst_begin = 0.002 + craft_random_below(&r, 20) / 1000.0;
		p.burst_end = 0.1 + craft_random_below(&r, 500) / 1000.0;
		p.burst_loss = 0.5 + craft_random_below(&r, 500) / 1000.0;
	}
	p.jitter_ms = craft_random_below(&r, 3) ? craft_random_below(&r, 90) : 0;
	if (!craft_random_below(&r, 3)) {
		p.spike_every = 20 + craft_random_below(&r, 200);
		p.spike_ms = 30 + craft_random_below(&r, 150);
	}
	p.reorder = craft_random_below(&r, 2) ? craft_random_below(&r, 40) / 1000.0 : 0;
	p.duplicate = craft_random_below(&r, 2) ? craft_random_below(&r, 60) / 1000.0 : 0;
	p.drift_ppm = craft_random_below(&r, 2) ? (int)craft_random_below(&r, 600) - 300 : 0;
	if (!craft_random_below(&r, 3)) {
		p.spurt_packets = 30 + craft_random_below(&r, 200);
		p.pause_ms = 300 + craft_random_below(&r, 2000);
	}
	p.restart_every = craft_random_below(&r, 3) ? 0 : 200 + craft_random_below(&r, 600);
	return p;
}

START_TEST(defects_together)
{
	struct truth_plan plans[40];
	char names[40][24];

	for (size_t i = 0; i < 40; i++) {
		uint64_t seed = 1000 + 40 * (uint64_t)_i + i;
		snprintf(names[i], sizeof names[i], "seed %llu", (unsigned long long)seed);
		plans[i] = mixed(names[i], seed);
	}
	check_all(plans, 40);
}
END_TEST

/* Dynamic types are all alike here; SDP tells them apart. */
START_TEST(every_codec)
{
	struct truth_plan plans[MOST_PLANS];
	size_t n = 0;

	for (size_t i = 0; codec_at(i) && n < MOST_PLANS; i++) {
		const struct codec *c = codec_at(i);
		bool audio = c->role == PAYLOAD_ROLE_AUDIO;
		if ((!audio && c->role != PAYLOAD_ROLE_VIDEO) || !c->clock_hz)
			continue;
		plans[n] = mixed(c->name, 5000 + i);
		plans[n].encoding = c->name;
		plans[n].media = audio ? "audio" : "video";
		plans[n].clock_hz = c->clock_hz;
		plans[n].payload_type = 96;
		plans[n].ptime_ms = c->frame_ms > 0 ? (unsigned)c->frame_ms : 20;
		plans[n].count = 600;
		/* Ie follows the rate really sent: 64 kbit/s here; 20 octets of G.723.1 are 5.3. */
		if (strcmp(c->name, "G722") == 0)
			plans[n].octets = 160;
		plans[n].restart_every = 0;
		n++;
	}
	ck_assert_uint_gt(n, 40);
	ck_assert_uint_lt(n, MOST_PLANS);
	check_all(plans, n);
}
END_TEST

Suite *suite_truth(void)
{
	Suite *s = suite_create("truth");
	TCase *t = tcase_create("truth");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, named_cases);
	tcase_add_loop_test(t, defects_together, 0, 4);
	tcase_add_test(t, every_codec);
	suite_add_tcase(s, t);
	return s;
}
