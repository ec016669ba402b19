/* SIPp's rtp_stream and rtp_echo: their words, patterns that come back or do not, pauses; and the echo of the shared ports. */
#include "sim/media/rtp_stream.h"
#include "tests/helpers/media_lab.h"

#include <check.h>

Suite *suite_media_stream(void);

static struct media_lab lab;
static struct media *media;
static struct media_call *a, *b; /* a's audio goes to b's and back */

static void set_up(void)
{
	struct err err = ERR_INIT;

	a = media_lab_call(&lab, &media);
	b = media_call_new(media, 2, lab.config.local.addr, &err);
	ck_assert_ptr_nonnull(b);
	unsigned at_a = media_call_port(a, MEDIA_AUDIO), at_b = media_call_port(b, MEDIA_AUDIO);
	media_lab_sdp(a, "127.0.0.1", at_a, "0 8", "", true);
	media_lab_sdp(b, "127.0.0.1", at_a, "0 8", "", false);
	media_lab_sdp(b, "127.0.0.1", at_b, "0", "", true);
	media_lab_sdp(a, "127.0.0.1", at_b, "0", "", false);
}

static void tear_down(struct media_truth *of_a, struct media_truth *of_b)
{
	media_call_free(a, of_a);
	media_call_free(b, of_b);
	media_free(media);
	media_lab_release(&lab);
}

static const struct {
	const char *argument;
	enum stream_verb verb;
	bool audio, video;
	int pattern, loops, payload_type;
	const char *name;
	uint32_t clock_hz;
} orders[] = {
	{ "a.wav", STREAM_FILE, true, false, 0, 1, -1, "", 0 },
	{ " a.raw , -1 , 0 , PCMU/8000 ", STREAM_FILE, true, false, 0, -1, 0, "PCMU", 8000 },
	{ "a.raw,5,18", STREAM_FILE, true, false, 0, 5, 18, "", 0 },
	{ "v.h264,1,99,H264/90000", STREAM_FILE, false, true, 0, 1, 99, "H264", 90000 },
	{ "pause", STREAM_PAUSE, true, true, 0, 1, -1, "", 0 },
	{ "resume", STREAM_RESUME, true, true, 0, 1, -1, "", 0 },
	{ "apattern,1,0,PCMU/8000", STREAM_PATTERN, true, false, 1, -1, 0, "PCMU", 8000 },
	{ "vpattern,6,99,H264/90000", STREAM_PATTERN, false, true, 6, -1, 99, "H264", 90000 },
	{ "pauseapattern", STREAM_PAUSE, true, false, 0, 1, -1, "", 0 },
	{ "resumevpattern", STREAM_RESUME, false, true, 0, 1, -1, "", 0 },
};

START_TEST(orders_are_read)
{
	struct err err = ERR_INIT;
	struct stream_order o;

	ck_assert_msg(stream_order_parse(slice_str(orders[_i].argument), &o, &err), "%s", err.text);
	ck_assert_int_eq(o.verb, orders[_i].verb);
	ck_assert_int_eq(o.audio, orders[_i].audio);
	ck_assert_int_eq(o.video, orders[_i].video);
	ck_assert_int_eq(o.pattern, orders[_i].pattern);
	ck_assert_int_eq(o.loops, orders[_i].loops);
	ck_assert_int_eq(o.payload_type, orders[_i].payload_type);
	ck_assert(slice_eq_str(o.name, orders[_i].name));
	ck_assert_uint_eq(o.clock_hz, orders[_i].clock_hz);
}
END_TEST

static const char *const wrong[] = {
	"",           "a.raw,0",       "a.raw,-2",    "a.raw,1,128", "apattern", "apattern,7,0",
	"apattern,0", "a.raw,1,0,X/y", "vpattern,1,x"
};

START_TEST(wrong_orders_are_refused)
{
	struct err err = ERR_INIT;
	struct stream_order o;

	ck_assert(!stream_order_parse(slice_str(wrong[_i]), &o, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

/* What b sends back, and what SIPp's tolerance makes of it: the share that may be missing. */
static const struct {
	const char *echo;
	double tolerance;
	bool fails;
} checks[] = {
	{ "startaudio,0,PCMU/8000", 1, false },
	{ "startaudio,0,PCMU/8000", 0, false },
	{ "stopaudio", 1, true }, /* nothing came back */
	{ "stopaudio", 0.5, true },
};

START_TEST(patterns_are_checked)
{
	struct media_truth of_a, of_b;

	media_lab_init(&lab);
	lab.config.media.audio_tolerance = checks[_i].tolerance;
	set_up();
	media_lab_act(b, MEDIA_RTP_ECHO, checks[_i].echo);
	media_lab_act(a, MEDIA_RTP_STREAM, "apattern,2,0,PCMU/8000");
	media_lab_run(&lab, NS_PER_S);
	media_lab_act(a, MEDIA_RTP_STREAM, "pauseapattern");
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(media_lab_rtp(&lab, 0).payload.p[7], 0xbb);
	tear_down(&of_a, &of_b);
	ck_assert_int_eq(of_a.check_failed, checks[_i].fails);
	ck_assert(!of_b.check_failed);
	ck_assert_uint_ge(of_a.rtp_sent, 49);
	ck_assert_uint_eq(of_a.rtp_received, checks[_i].echo[2] == 'a' ? of_a.rtp_sent : 0);
}
END_TEST

START_TEST(pauses_keep_the_place)
{
	size_t before;

	media_lab_init(&lab);
	set_up();
	media_lab_act(a, MEDIA_RTP_STREAM, "apattern,1,0,PCMU/8000");
	media_lab_run(&lab, 500 * NS_PER_MS);
	media_lab_act(a, MEDIA_RTP_STREAM, "pause");
	before = lab.count;
	media_lab_run(&lab, NS_PER_S);
	ck_assert_uint_eq(lab.count, before);
	media_lab_act(a, MEDIA_RTP_STREAM, "resume");
	media_lab_run(&lab, 500 * NS_PER_MS);
	ck_assert_uint_ge(lab.count, before + 24);
	ck_assert_uint_eq(media_lab_rtp(&lab, before).seq,
	                  (uint16_t)(media_lab_rtp(&lab, 0).seq + before));
	ck_assert(media_lab_rtp(&lab, before).marker);
	/* The stream's clock did not stand still. */
	ck_assert_int_eq((int64_t)(media_lab_rtp(&lab, before).timestamp -
	                           media_lab_rtp(&lab, 0).timestamp) *
	                         125 * NS_PER_US,
	                 lab.packets[before]->time_ns - lab.packets[0]->time_ns);
	tear_down(NULL, NULL);
}
END_TEST

/* -rtp_echo: on [media_port] and 2 above, until <rtp_echo value="0"/>. */
START_TEST(shared_ports_echo)
{
	struct endpoint to = { .port = 6000 };

	media_lab_init(&lab);
	lab.config.media.echo = true;
	set_up();
	to.addr = lab.config.local.addr;
	ck_assert_uint_eq(media_shared_port(media), 6000);
	for (unsigned i = 0; i < 4; i++) {
		media_echo(media, i != 2);
		to.port = i == 1 ? 6002 : 6000;
		lab.network.send(&lab.network, (struct endpoint){ to.addr, 9999 }, to,
		                 SLICE_LIT("\x80\x00\x00\x01\0\0\0\1\0\0\0\1abc"));
		media_lab_run(&lab, 20 * NS_PER_MS);
	}
	ck_assert_uint_eq(media_counts(media)->echoed, 3);
	ck_assert_uint_eq(media_counts(media)->rtp_received, 4);
	ck_assert_uint_eq(lab.packets[1]->to.port, 9999);
	ck_assert_uint_eq(lab.packets[3]->from.port, 6002);
	tear_down(NULL, NULL);
}
END_TEST

Suite *suite_media_stream(void)
{
	Suite *s = suite_create("media_stream");
	TCase *t = tcase_create("media_stream");

	tcase_add_loop_test(t, orders_are_read, 0, sizeof orders / sizeof *orders);
	tcase_add_loop_test(t, wrong_orders_are_refused, 0, sizeof wrong / sizeof *wrong);
	tcase_add_loop_test(t, patterns_are_checked, 0, sizeof checks / sizeof *checks);
	tcase_add_test(t, pauses_keep_the_place);
	tcase_add_test(t, shared_ports_echo);
	suite_add_tcase(s, t);
	return s;
}
