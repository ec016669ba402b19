/* Two calls that talk: ports, codecs of the answer, counts of both sides, RTCP, impairment, and what happens without memory or ports. */
#include "dissectors/rtcp.h"
#include "tests/helpers/media_lab.h"
#include "tests/helpers/shortage.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

Suite *suite_media_call(void);

static struct media_lab lab;
static struct media *media;

static struct media_call *other_call(uint64_t number)
{
	struct err err = ERR_INIT;
	struct media_call *c = media_call_new(media, number, lab.config.local.addr, &err);

	ck_assert_ptr_nonnull(c);
	return c;
}

static void connect_calls(struct media_call *a, struct media_call *b)
{
	unsigned at_a = media_call_port(a, MEDIA_AUDIO), at_b = media_call_port(b, MEDIA_AUDIO);

	media_lab_sdp(a, "127.0.0.1", at_a, "0 8", "", true);
	media_lab_sdp(b, "127.0.0.1", at_a, "0 8", "", false);
	media_lab_sdp(b, "127.0.0.1", at_b, "0", "", true);
	media_lab_sdp(a, "127.0.0.1", at_b, "0", "", false);
}

static void tear_down(void)
{
	media_free(media);
	media_lab_release(&lab);
}

/* --- who says what in SDP ----------------------------------------------------------------------------------------- */

static const struct {
	const char *offer, *offer_more, *answer, *answer_more;
	bool ours_is_offer;
	unsigned payload_type, octets;
} agreements[] = {
	{ "0 8", "", "8 0", "", true, 8, 160 },
	{ "0 8", "", "8 0", "", false, 8, 160 },
	{ "18 0", "", "18 0", "", true, 0, 160 }, /* G.729 is nothing that we encode */
	{ "0", "a=ptime:30\r\n", "0", "a=ptime:30\r\n", true, 0, 240 },
	/* Each sends with the number that the other gave. */
	{ "97", "a=rtpmap:97 G726-32/8000\r\n", "98", "a=rtpmap:98 G726-32/8000\r\n", true, 98,
	  80 },
	{ "97", "a=rtpmap:97 G726-32/8000\r\n", "98", "a=rtpmap:98 G726-32/8000\r\n", false, 97,
	  80 },
	{ "0 9", "", "9", "", false, 9, 160 },
};

START_TEST(the_answer_decides_the_codec)
{
	struct media_call *c;
	bool first = agreements[_i].ours_is_offer;

	media_lab_init(&lab);
	c = media_lab_call(&lab, &media);
	for (int turn = 0; turn < 2; turn++) {
		bool ours = (turn == 0) == first;
		media_lab_sdp(c, ours ? "127.0.0.1" : "127.0.0.2", ours ? 20010 : 7000,
		              turn ? agreements[_i].answer : agreements[_i].offer,
		              turn ? agreements[_i].answer_more : agreements[_i].offer_more, ours);
	}
	media_lab_act(c, MEDIA_PLAY, "tone:1000");
	media_lab_run(&lab, 200 * NS_PER_MS);
	ck_assert_uint_gt(lab.count, 3);
	ck_assert_uint_eq(lab.packets[0]->from.port, 20010);
	ck_assert_uint_eq(media_lab_rtp(&lab, 0).payload_type, agreements[_i].payload_type);
	ck_assert_uint_eq(media_lab_rtp(&lab, 0).payload.n, agreements[_i].octets);
	media_call_free(c, NULL);
	tear_down();
}
END_TEST

START_TEST(no_common_codec_is_said)
{
	struct err err = ERR_INIT;
	struct media_call *c;

	media_lab_init(&lab);
	c = media_lab_call(&lab, &media);
	media_lab_sdp(c, "127.0.0.1", 20010, "18", "", true);
	media_lab_sdp(c, "127.0.0.2", 7000, "18", "", false);
	ck_assert(!media_call_act(c, MEDIA_PLAY, SLICE_LIT("tone:1000"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, "codec="));
	media_call_free(c, NULL);
	tear_down();
}
END_TEST

/* --- ports -------------------------------------------------------------------------------------------------------- */

START_TEST(ports_are_even_and_run_out)
{
	struct media_call *calls[8], *first;
	unsigned given = 0;

	media_lab_init(&lab);
	lab.config.media.port_min = 20001;
	lab.config.media.port_max = 20008;
	first = media_lab_call(&lab, &media);
	for (unsigned i = 0; i < 4; i++) {
		calls[i] = other_call(i + 2);
		uint16_t port = media_call_port(calls[i], MEDIA_AUDIO);
		ck_assert_uint_eq(port, media_call_port(calls[i], MEDIA_AUDIO));
		ck_assert_uint_eq(port % 2, 0);
		given += port != 0;
		ck_assert(port == 0 || (port >= 20002 && port <= 20006));
	}
	ck_assert_uint_eq(given, 3);
	ck_assert_ptr_nonnull(strstr(media_call_why(calls[3]), "20001-20008"));
	ck_assert_str_eq(media_call_why(calls[0]), "");
	for (unsigned i = 0; i < 4; i++)
		media_call_free(calls[i], NULL);
	calls[0] = other_call(9);
	ck_assert_uint_ne(media_call_port(calls[0], MEDIA_VIDEO), 0);
	media_call_free(calls[0], NULL);
	ck_assert_uint_eq(media_call_auto_port(calls[0] = other_call(1)), 6000);
	media_call_free(calls[0], NULL);
	ck_assert_uint_eq(media_call_auto_port(calls[0] = other_call(3)), 6008);
	media_call_free(calls[0], NULL);
	ck_assert_uint_eq(media_call_auto_port(calls[0] = other_call(2501)), 6000);
	media_call_free(calls[0], NULL);
	media_call_free(first, NULL);
	tear_down();
}
END_TEST

/* [media_port] is one port for all calls; a number that is written down is had by the first, and the others send from the shared one. */
START_TEST(calls_share_a_port)
{
	struct media_call *c[3];

	media_lab_init(&lab);
	c[0] = media_lab_call(&lab, &media);
	c[1] = other_call(2);
	c[2] = other_call(3);
	for (unsigned i = 0; i < 3; i++) {
		media_lab_sdp(c[i], "127.0.0.1", i ? 6000 : media_shared_port(media), "0", "",
		              true);
		media_lab_sdp(c[i], "127.0.0.2", 7000 + 2 * i, "0", "", false);
		media_lab_act(c[i], MEDIA_PLAY, "silence,ms=100");
	}
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 15);
	for (size_t i = 0; i < lab.count; i++)
		ck_assert_uint_eq(lab.packets[i]->from.port, 6000);
	for (unsigned i = 0; i < 2; i++) {
		media_lab_sdp(c[i], "127.0.0.1", 31000, "0", "", true);
		media_lab_act(c[i], MEDIA_PLAY, "silence,ms=20");
	}
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, 17);
	for (unsigned i = 0; i < 3; i++)
		media_call_free(c[i], NULL);
	tear_down();
}
END_TEST

/* --- both ways ---------------------------------------------------------------------------------------------------- */

START_TEST(what_one_sends_the_other_counts)
{
	struct media_truth of_a, of_b;
	struct media_call *a, *b;

	media_lab_init(&lab);
	a = media_lab_call(&lab, &media);
	b = other_call(2);
	connect_calls(a, b);
	media_lab_act(a, MEDIA_PLAY, "speech,ms=2000");
	media_lab_act(b, MEDIA_PLAY, "tone:440+480,ms=1000");
	media_lab_run(&lab, 3 * NS_PER_S);
	ck_assert_uint_eq(media_counts(media)->rtp_sent, 150);
	ck_assert_uint_eq(media_counts(media)->rtp_received, 150);
	ck_assert_uint_eq(media_counts(media)->rtp_octets_sent, 150 * 172);
	ck_assert_uint_eq(media_counts(media)->lost_in + media_counts(media)->reordered_in +
	                          media_counts(media)->duplicates_in,
	                  0);
	ck_assert_uint_eq(media_counts(media)->streams_in, 2);
	ck_assert_uint_eq(media_counts(media)->late->max_us, 0);
	media_call_free(a, &of_a);
	media_call_free(b, &of_b);
	ck_assert_uint_eq(of_a.rtp_sent, 100);
	ck_assert_uint_eq(of_a.rtp_received, 50);
	ck_assert_uint_eq(of_b.rtp_sent, 50);
	ck_assert_uint_eq(of_b.rtp_received, 100);
	ck_assert_uint_eq(media_counts(media)->streams_in, 0);
	tear_down();
}
END_TEST

/* Sent, dropped and twice add up, and the other side counts what the first one decided. */
START_TEST(impairment_is_counted)
{
	struct media_truth of_a, of_b;
	struct media_call *a, *b;
	const struct media_counts *counts;

	media_lab_init(&lab);
	lab.config.media.impair = (struct impair_config){ .ge_p = 0.02,
		                                          .ge_r = 0.3,
		                                          .duplicate = 0.01,
		                                          .delay_ns = 30 * NS_PER_MS,
		                                          .jitter_ns = 10 * NS_PER_MS,
		                                          .ge_k = 1 };
	a = media_lab_call(&lab, &media);
	b = other_call(2);
	connect_calls(a, b);
	media_lab_act(a, MEDIA_PLAY, "tone:1000,ms=60000");
	media_lab_run(&lab, 62 * NS_PER_S);
	counts = media_counts(media);
	media_call_free(a, &of_a);
	media_call_free(b, &of_b);
	ck_assert_uint_gt(of_a.rtp_dropped, 30);
	ck_assert_uint_gt(of_a.rtp_duplicated, 10);
	ck_assert_uint_eq(of_a.rtp_sent + of_a.rtp_dropped, 3000 + of_a.rtp_duplicated);
	ck_assert_uint_eq(of_b.rtp_received, of_a.rtp_sent);
	ck_assert_uint_eq(counts->duplicates_in, of_a.rtp_duplicated);
	/* Losses before the first and behind the last packet cannot be seen. */
	ck_assert_uint_le(counts->lost_in, of_a.rtp_dropped);
	ck_assert_uint_ge(counts->lost_in + 10, of_a.rtp_dropped);
	tear_down();
}
END_TEST

START_TEST(the_same_seed_gives_the_same_packets)
{
	struct {
		uint64_t seed, hash;
	} runs[3] = { { 7, 0 }, { 7, 0 }, { 8, 0 } };

	for (int i = 0; i < 3; i++) {
		media_lab_init(&lab);
		lab.config.seed = runs[i].seed;
		lab.config.media.impair.loss = 0.1;
		lab.config.media.impair.jitter_ns = 5 * NS_PER_MS;
		struct media_call *a = media_lab_call(&lab, &media), *b = other_call(2);
		connect_calls(a, b);
		media_lab_act(a, MEDIA_PLAY, "speech");
		media_lab_act(b, MEDIA_DIGITS, "12,method=inband");
		media_lab_run(&lab, 2 * NS_PER_S);
		for (size_t k = 0; k < lab.count; k++) {
			runs[i].hash =
			        hash_bytes(lab.packets[k]->bytes, lab.packets[k]->n, runs[i].hash);
			runs[i].hash = hash_mix(runs[i].hash, (uint64_t)lab.packets[k]->time_ns);
		}
		media_call_free(a, NULL);
		media_call_free(b, NULL);
		tear_down();
	}
	ck_assert_uint_eq(runs[0].hash, runs[1].hash);
	ck_assert_uint_ne(runs[0].hash, runs[2].hash);
}
END_TEST

/* --- RTCP --------------------------------------------------------------------------------------------------------- */

START_TEST(reports_are_exchanged)
{
	struct media_truth of_a, of_b;
	struct media_call *a, *b;
	int32_t lost = 0;
	unsigned senders = 0, receivers = 0, byes = 0, blocks = 0;

	media_lab_init(&lab);
	lab.config.media.rtcp = true;
	lab.config.media.impair.loss = 0.1;
	a = media_lab_call(&lab, &media);
	b = other_call(2);
	connect_calls(a, b);
	media_lab_act(a, MEDIA_PLAY, "tone:1000");
	media_lab_run(&lab, 30 * NS_PER_S);
	media_call_free(a, &of_a);
	media_lab_run(&lab, 10 * NS_PER_MS);
	media_call_free(b, &of_b);
	for (size_t k = 0; k < lab.count; k++) {
		struct slice rest = { lab.packets[k]->bytes, lab.packets[k]->n };
		struct rtcp_packet p;
		if (lab.packets[k]->to.port % 2 == 0)
			continue;
		ck_assert(rtcp_plausible(rest));
		while (rtcp_next(&rest, &p) == PARSE_OK) {
			senders += p.type == RTCP_SR;
			receivers += p.type == RTCP_RR;
			byes += p.type == RTCP_BYE;
			ck_assert(p.type != RTCP_SDES || p.cname.n == 16);
			if (p.type == RTCP_SR)
				ck_assert_uint_eq(p.octet_count, 160 * p.packet_count);
			if (p.type != RTCP_RR || !p.block_count)
				continue;
			blocks++;
			lost = p.blocks[0].cumulative_lost;
			ck_assert_uint_le(p.blocks[0].fraction_lost, 128);
			ck_assert_uint_eq(p.blocks[0].jitter, 0);
			ck_assert(blocks < 3 || p.blocks[0].lsr != 0);
			ck_assert_uint_le(p.blocks[0].dlsr, 10 * 65536);
		}
		ck_assert_uint_eq(rest.n, 0);
	}
	ck_assert_uint_ge(senders, 4);
	ck_assert_uint_ge(receivers, 4);
	ck_assert_uint_eq(blocks, receivers);
	ck_assert_uint_eq(byes, 2);
	ck_assert_uint_le((uint64_t)abs(lost - (int)of_a.rtp_dropped), 1);
	ck_assert_uint_eq(of_a.rtcp_sent, senders);
	ck_assert_uint_eq(of_b.rtcp_received, senders);
	ck_assert_uint_eq(of_b.rtcp_sent, receivers);
	tear_down();
}
END_TEST

/* --- SRTP --------------------------------------------------------------------------------------------------------- */

static void say_keys(struct media_call *speaker, struct media_call *listener, unsigned port)
{
	struct text sdp;

	text_init(&sdp);
	text_addf(&sdp, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %u RTP/SAVP 0\r\na=crypto:", port);
	ck_assert(media_call_crypto(speaker, SLICE_LIT("cryptotag1audio"), &sdp));
	text_addf(&sdp, " ");
	ck_assert(media_call_crypto(speaker, SLICE_LIT("cryptosuiteaescm128sha1801audio"), &sdp));
	text_addf(&sdp, " inline:");
	ck_assert(media_call_crypto(speaker, SLICE_LIT("cryptokeyparams1audio"), &sdp));
	text_addf(&sdp, "\r\n");
	ck_assert(!sdp.failed);
	media_call_sdp(speaker, slice_of(sdp.p, sdp.n), true);
	media_call_sdp(listener, slice_of(sdp.p, sdp.n), false);
	text_release(&sdp);
}

START_TEST(keys_of_sdp_seal_and_open)
{
	struct media_truth of_a, of_b;
	struct media_call *a, *b;
	struct text text;

	media_lab_init(&lab);
	lab.config.media.rtcp = true;
	a = media_lab_call(&lab, &media);
	b = other_call(2);
	say_keys(a, b, media_call_port(a, MEDIA_AUDIO));
	say_keys(b, a, media_call_port(b, MEDIA_AUDIO));
	media_lab_act(b, MEDIA_RTP_ECHO, "startaudio,0,PCMU/8000");
	media_lab_act(a, MEDIA_RTP_STREAM, "apattern,3,0,PCMU/8000");
	media_lab_run(&lab, 10 * NS_PER_S);
	media_lab_act(a, MEDIA_RTP_STREAM, "pause");
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.packets[0]->n, 172 + 10);
	ck_assert_uint_ne(lab.packets[0]->bytes[20], 0xcc);
	ck_assert_uint_eq(media_counts(media)->srtp_failures, 0);
	/* What is not sealed is not taken. */
	lab.network.send(&lab.network, lab.packets[0]->from, lab.packets[0]->to,
	                 slice_of(lab.packets[0]->bytes, 172));
	media_lab_run(&lab, 20 * NS_PER_MS);
	ck_assert_uint_eq(media_counts(media)->srtp_failures, 1);
	text_init(&text);
	ck_assert(!media_call_crypto(a, SLICE_LIT("cryptonothing"), &text));
	text_release(&text);
	media_call_free(a, &of_a);
	media_call_free(b, &of_b);
	ck_assert(!of_a.check_failed);
	ck_assert_uint_eq(of_a.rtp_received, of_a.rtp_sent);
	ck_assert_uint_eq(of_b.rtp_received, of_a.rtp_sent);
	ck_assert_uint_ge(of_b.rtcp_received, 1);
	tear_down();
}
END_TEST

/* --- nothing left ------------------------------------------------------------------------------------------------- */

static bool whole_run(void)
{
	static const char *const play[] = { "speech,ms=300", "silence,codec=GSM,ms=100" };
	struct err err = ERR_INIT;
	bool ok = true;

	media_lab_init(&lab);
	lab.config.media.rtcp = true;
	lab.config.media.impair.delay_ns = NS_PER_MS;
	media = media_lab_media(&lab, &err);
	ok = media != NULL;
	for (uint64_t i = 1; ok && i <= 2; i++) {
		struct media_call *c = media_call_new(media, i, lab.config.local.addr, &err);
		if (!c) {
			ok = false;
			break;
		}
		ok = media_call_port(c, MEDIA_AUDIO) != 0;
		media_lab_sdp(c, "127.0.0.2", 7000, "0 101", "", false);
		ok = media_call_act(c, MEDIA_PLAY, slice_str(play[i - 1]), &err) && ok;
		ok = media_call_act(c, MEDIA_DIGITS, SLICE_LIT("1"), &err) && ok;
		ok = media_call_act(c, MEDIA_RTP_STREAM, SLICE_LIT("vpattern,1"), &err) && ok;
		media_lab_run(&lab, 4 * NS_PER_S);
		ok = media_counts(media)->send_errors == 0 && ok;
		ck_assert(ok || err.code == ERR_MEMORY || *media_call_why(c) ||
		          media_counts(media)->send_errors);
		media_call_free(c, NULL);
	}
	media_free(media);
	media_lab_release(&lab);
	return ok;
}

START_TEST(without_memory_nothing_is_lost)
{
	struct shortage s = { 0 };

	shortage_watch(&s);
	ck_assert(whole_run());
	shortage_plan(&s);
	ck_assert_uint_ge(s.count, 10);
	while (shortage_next(&s)) {
		bool ok = whole_run();
		shortage_over();
		ck_assert_msg(!ok, "allocation %lu failed and nobody said so", shortage_at(&s));
	}
	shortage_release(&s);
}
END_TEST

Suite *suite_media_call(void)
{
	Suite *s = suite_create("media_call");
	TCase *t = tcase_create("media_call");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_answer_decides_the_codec, 0,
	                    sizeof agreements / sizeof *agreements);
	tcase_add_test(t, no_common_codec_is_said);
	tcase_add_test(t, ports_are_even_and_run_out);
	tcase_add_test(t, calls_share_a_port);
	tcase_add_test(t, what_one_sends_the_other_counts);
	tcase_add_test(t, impairment_is_counted);
	tcase_add_test(t, the_same_seed_gives_the_same_packets);
	tcase_add_test(t, reports_are_exchanged);
	tcase_add_test(t, keys_of_sdp_seal_and_open);
	tcase_add_test(t, without_memory_nothing_is_lost);
	suite_add_tcase(s, t);
	return s;
}
