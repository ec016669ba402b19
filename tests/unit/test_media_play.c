/* What is played leaves on its grid, with the numbers of its stream, for as long as it should. */
#include "tests/helpers/media_lab.h"

#include <check.h>

Suite *suite_media_play(void);

static struct media_lab lab;
static struct media *media;
static struct media_call *call;

/* Ours is the offer, of PCMU first. */
static void set_up(const char *theirs)
{
	call = media_lab_call(&lab, &media);
	media_lab_sdp(call, "127.0.0.1", media_call_port(call, MEDIA_AUDIO), "0 8 101", "", true);
	media_lab_sdp(call, "127.0.0.2", 7000, theirs, "", false);
}

static void tear_down(struct media_truth *truth)
{
	media_call_free(call, truth);
	media_free(media);
	media_lab_release(&lab);
}

START_TEST(tone_leaves_on_its_grid)
{
	struct media_truth truth;
	struct rtp_packet first;

	media_lab_init(&lab);
	set_up("8 0 101");
	media_lab_act(call, MEDIA_PLAY, "tone:1000,level=0,ms=1000");
	ck_assert_int_gt(media_call_remaining_ns(call), 999 * NS_PER_MS);
	ck_assert_uint_eq(media_counts(media)->streams_out, 1);
	media_lab_run(&lab, 2 * NS_PER_S);
	ck_assert_int_eq(media_call_remaining_ns(call), 0);
	ck_assert_uint_eq(media_counts(media)->streams_out, 0);
	ck_assert_uint_eq(lab.count, 50);
	first = media_lab_rtp(&lab, 0);
	ck_assert(first.marker);
	for (size_t i = 0; i < lab.count; i++) {
		struct rtp_packet p = media_lab_rtp(&lab, i);
		ck_assert_uint_eq(p.payload_type, 8);
		ck_assert_uint_eq(p.ssrc, first.ssrc);
		ck_assert_uint_eq(p.seq, (uint16_t)(first.seq + i));
		ck_assert_uint_eq(p.timestamp, (uint32_t)(first.timestamp + 160 * i));
		ck_assert_uint_eq(p.payload.n, 160);
		ck_assert_uint_eq(p.marker, i == 0);
		ck_assert_int_eq(lab.packets[i]->time_ns,
		                 lab.packets[0]->time_ns + (int64_t)i * 20 * NS_PER_MS);
		ck_assert_uint_eq(lab.packets[i]->to.port, 7000);
	}
	/* Eight samples are a period. */
	ck_assert_mem_eq(first.payload.p, first.payload.p + 8, 152);
	ck_assert_uint_ne(first.payload.p[0], first.payload.p[1]);
	tear_down(&truth);
	ck_assert_uint_eq(truth.rtp_sent, 50);
}
END_TEST

START_TEST(streams_go_on_after_a_pause)
{
	struct rtp_packet last, next;
	size_t before;

	media_lab_init(&lab);
	set_up("0 101");
	media_lab_act(call, MEDIA_PLAY, "silence,ms=100");
	media_lab_run(&lab, 250 * NS_PER_MS);
	before = lab.count;
	ck_assert_uint_eq(before, 5);
	media_lab_act(call, MEDIA_PLAY, "tone:440");
	media_lab_run(&lab, 100 * NS_PER_MS);
	ck_assert_uint_ge(lab.count, before + 4);
	last = media_lab_rtp(&lab, before - 1);
	next = media_lab_rtp(&lab, before);
	ck_assert_uint_eq(next.seq, (uint16_t)(last.seq + 1));
	ck_assert_uint_eq(next.ssrc, last.ssrc);
	ck_assert(next.marker);
	/* The clock went on, and so did the grid. */
	ck_assert_int_eq((int64_t)(next.timestamp - last.timestamp) / 8 * NS_PER_MS,
	                 lab.packets[before]->time_ns - lab.packets[before - 1]->time_ns);
	media_lab_act(call, MEDIA_STOP, "");
	before = lab.count;
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, before);
	tear_down(NULL);
}
END_TEST

START_TEST(hold_stops_it)
{
	size_t before;

	media_lab_init(&lab);
	set_up("0 101");
	media_lab_act(call, MEDIA_PLAY, "silence");
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_ge(lab.count, 49);
	media_lab_sdp(call, "127.0.0.2", 7000, "0", "a=sendonly\r\n", false);
	before = lab.count;
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, before);
	media_lab_sdp(call, "127.0.0.3", 7010, "0", "", false);
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_ge(lab.count, before + 49);
	ck_assert_uint_eq(lab.packets[lab.count - 1]->to.port, 7010);
	tear_down(NULL);
}
END_TEST

static const struct {
	const char *argument, *says;
} wrong[] = {
	{ "", "nothing can be played" },
	{ "tone:", "nothing can be played" },
	{ "tone:1000,level=high", "'level=high'" },
	{ "tone:1000,ptime", "'ptime'" },
	{ "silence,codec=G729", "'codec=G729'" },
	{ "silence,codec=GSM,ptime=30", "GSM cannot be sent in packets of 30 ms" },
};

START_TEST(what_cannot_be_played_is_said)
{
	struct err err = ERR_INIT;

	media_lab_init(&lab);
	set_up("0 101");
	ck_assert(!media_call_act(call, MEDIA_PLAY, slice_str(wrong[_i].argument), &err));
	ck_assert_msg(strstr(err.text, wrong[_i].says) != NULL, "%s", err.text);
	tear_down(NULL);
}
END_TEST

Suite *suite_media_play(void)
{
	Suite *s = suite_create("media_play");
	TCase *t = tcase_create("media_play");

	tcase_add_test(t, tone_leaves_on_its_grid);
	tcase_add_test(t, streams_go_on_after_a_pause);
	tcase_add_test(t, hold_stops_it);
	tcase_add_loop_test(t, what_cannot_be_played_is_said, 0, sizeof wrong / sizeof *wrong);
	suite_add_tcase(s, t);
	return s;
}
