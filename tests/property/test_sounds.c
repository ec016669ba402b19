/* Properties of what is heard of a whole run, over every fixture capture. */
#include "analyzer/audio/audio_sink.h"
#include "analyzer/pipeline.h"
#include "base/hash.h"
#include "tests/helpers/packets.h"

#include <check.h>
#include <stdlib.h>

/* What all streams gave, whatever their order: of each the hash of its blocks. */
struct sounds {
	int64_t origin_ns;
	uint64_t sum, samples[3]; /* samples: by origin */
	unsigned opened, closed, rows;
};

struct one {
	struct sounds *of;
	uint64_t hash;
	int64_t end_ns;
	bool begun;
};

static bool open_one(void *context, const struct audio_source *source, void **listener)
{
	struct one *o = calloc(1, sizeof *o);

	o->of = context;
	o->of->opened++;
	o->hash = source->ssrc;
	*listener = o;
	return true;
}

static bool hear_block(void *listener, const struct track_block *b)
{
	struct one *o = listener;

	ck_assert_uint_gt(b->count, 0);
	ck_assert(!o->begun || b->time_ns >= o->end_ns - 1);
	o->begun = true;
	o->end_ns = b->time_ns + (int64_t)(b->count * (uint64_t)NS_PER_S / b->rate);
	o->of->samples[b->origin] += b->count;
	o->hash = hash_mix(o->hash ^ (uint64_t)(b->time_ns - o->of->origin_ns), b->rate);
	o->hash = hash_slice(slice_of(b->samples, b->count * sizeof *b->samples), o->hash);
	return true;
}

static bool close_one(void *listener, const struct audio_ended *ended)
{
	struct one *o = listener;

	o->of->closed++;
	o->of->rows += ended->stream_id != RECORD_NULL;
	o->of->sum += o->hash;
	free(o);
	return true;
}

static struct sounds hear(const struct packet_list *list, size_t from, size_t to, int64_t shift_ns)
{
	struct sounds all = { .origin_ns = list->packets[0].time_ns + shift_ns };
	const struct audio_sink sink = {
		.context = &all, .open = open_one, .block = hear_block, .close = close_one
	};
	const struct record_run run = { .id = 1,
		                        .kind = SLICE_LIT("capture"),
		                        .command = SLICE_LIT("test"),
		                        .version = SLICE_LIT("0"),
		                        .finished_us = RECORD_NULL };
	struct err err = ERR_INIT;
	struct store *store = store_create(NULL, &run, &err);
	struct pipeline_options options = {
		.store = store, .run_id = 1, .interval_s = 5, .audio = &sink
	};
	struct pipeline *p = pipeline_new(&options, &err);

	ck_assert_ptr_nonnull(p);
	for (size_t i = from; i < to; i++) {
		struct packet packet = list->packets[i];
		packet.time_ns += shift_ns;
		ck_assert_msg(pipeline_packet(p, &packet), "%s", err.text);
	}
	ck_assert_msg(pipeline_finish(p, 0), "%s", err.text);
	pipeline_free(p);
	store_free(store);
	ck_assert_uint_eq(all.opened, all.closed);
	return all;
}

typedef void property(const char *path, const struct packet_list *list);

#define PARTS 4

static void for_each(size_t part, property *check)
{
	size_t count;
	char **paths = packets_fixture_paths(NULL, &count);

	for (size_t i = part; i < count; i += PARTS) {
		struct packet_list list;
		if (packets_read(paths[i], &list) && list.count)
			check(paths[i], &list);
		packets_release(&list);
	}
	packets_free_paths(paths, count);
}

static void shifted(const char *path, const struct packet_list *list)
{
	struct sounds base = hear(list, 0, list->count, 0);
	if (!base.opened)
		return;
	struct sounds later = hear(list, 0, list->count, 12345 * NS_PER_S + 678901234);

	ck_assert_msg(base.sum == later.sum, "%s sounds otherwise at another time", path);
	ck_assert_uint_eq(base.rows, later.rows);
}

START_TEST(another_time_sounds_the_same)
{
	for_each((size_t)_i, shifted);
}
END_TEST

/* What is heard of both halves is no more than of the whole but for pauses, which may be longer where nothing tells of loss. */
static void cut(const char *path, const struct packet_list *list)
{
	struct sounds whole = hear(list, 0, list->count, 0);

	for (size_t i = 1; i < 3 && whole.opened; i++) {
		size_t at = list->count * i / 3;
		struct sounds a = hear(list, 0, at, 0), b = hear(list, at, list->count, 0);
		ck_assert_msg(a.samples[TRACK_DECODED] <= whole.samples[TRACK_DECODED], "%s", path);
		/* A packet that came too late for the whole may begin the second half. */
		ck_assert_msg(b.samples[TRACK_DECODED] <=
		                      whole.samples[TRACK_DECODED] + 100 * 48000 / 50,
		              "%s", path);
	}
}

START_TEST(cut_anywhere)
{
	for_each((size_t)_i, cut);
}
END_TEST

Suite *suite_sounds(void);
Suite *suite_sounds(void)
{
	Suite *s = suite_create("sounds");
	TCase *tc = tcase_create("sounds");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, another_time_sounds_the_same, 0, PARTS);
	tcase_add_loop_test(tc, cut_anywhere, 0, PARTS);
	suite_add_tcase(s, tc);
	return s;
}
