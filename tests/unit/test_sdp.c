#include "dissectors/sdp.h"

#include "base/text.h"

#include <check.h>
#include <stdlib.h>

#define HEAD "v=0\r\no=alice 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

/* The dump is compared whole: it shows every field. */
static const struct {
	const char *name, *body;
	enum parse_status status;
	const char *dump;
} cases[] = {
	{ "static types",
	  HEAD "m=audio 49170 RTP/AVP 0 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\r\n", PARSE_OK,
	  "origin: alice 1 2 192.0.2.9\nmedia: audio port 49170 rtcp 49171 RTP/AVP host 192.0.2.1 "
	  "sendrecv\n"
	  "  format: 0 PCMU/8000\n  format: 3 GSM/8000\n  format: 4 G723/8000\n  format: 5 "
	  "DVI4/8000\n  format: 6 DVI4/16000\n"
	  "  format: 7 LPC/8000\n  format: 8 PCMA/8000\n  format: 9 G722/8000\n  format: 10 "
	  "L16/44100/2\n  format: 11 L16/44100\n"
	  "  format: 12 QCELP/8000\n  format: 13 CN/8000\n  format: 14 MPA/90000\n  format: 15 "
	  "G728/8000\n"
	  "  format: 16 DVI4/11025\n  format: 17 DVI4/22050\n  format: 18 G729/8000\n" },
	{ "static video types, unknown ones", "m=video 2 RTP/AVP 25 26 28 31 32 33 34 1 96\r\n",
	  PARSE_OK,
	  "media: video port 2 rtcp 3 RTP/AVP sendrecv\n  format: 25 CelB/90000\n  format: 26 "
	  "JPEG/90000\n  format: 28 nv/90000\n"
	  "  format: 31 H261/90000\n  format: 32 MPV/90000\n  format: 33 MP2T/90000\n  format: 34 "
	  "H263/90000\n  format: 1\n  format: 96\n" },
	{ "rtpmap beats the table",
	  HEAD "m=audio 4 RTP/AVP 0 96 101\na=rtpmap:0 G722/8000\na=rtpmap:96 opus/48000/2\n"
	       "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=fmtp:96 useinbandfec=1; "
	       "stereo=0 \na=rtpmap:97 no/1\na=rtpmap:x\na=rtpmap:101\n",
	  PARSE_OK,
	  "origin: alice 1 2 192.0.2.9\nmedia: audio port 4 rtcp 5 RTP/AVP host 192.0.2.1 "
	  "sendrecv\n  format: 0 G722/8000\n"
	  "  format: 96 opus/48000/2 fmtp useinbandfec=1; stereo=0\n  format: 101 "
	  "telephone-event/8000 fmtp 0-16\n" },
	{ "media level beats session level",
	  HEAD "a=sendonly\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\na=recvonly\r\nm=video 6 "
	       "RTP/AVP 31\r\n",
	  PARSE_OK,
	  "origin: alice 1 2 192.0.2.9\nmedia: audio port 4 rtcp 5 RTP/AVP host 192.0.2.2 "
	  "recvonly\n  format: 0 PCMU/8000\n"
	  "media: video port 6 rtcp 7 RTP/AVP host 192.0.2.1 sendonly hold\n  format: 31 "
	  "H261/90000\n" },
	{ "old hold", "v=0\nc=IN IP4 0.0.0.0\nm=audio 4 RTP/AVP 0\n", PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP host 0.0.0.0 sendrecv hold\n  format: 0 "
	  "PCMU/8000\n" },
	{ "inactive", "v=0\nm=audio 4 RTP/AVP 0\na=inactive\n", PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP inactive hold\n  format: 0 PCMU/8000\n" },
	{ "IPv6", "v=0\nc=IN IP6 2001:db8::1\nm=audio 4 RTP/AVP 0\n", PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP host 2001:db8::1 sendrecv\n  format: 0 PCMU/8000\n" },
	{ "multicast with time to live, port count",
	  "v=0\nc=IN IP4 224.2.1.1/127/3\nm=audio 49170/2 RTP/AVP 0\n", PARSE_OK,
	  "media: audio port 49170 rtcp 49171 RTP/AVP host 224.2.1.1 sendrecv\n  format: 0 "
	  "PCMU/8000\n" },
	{ "a host name", "v=0\nc=IN IP4 media.example.com\nm=audio 4 RTP/AVP 0\n", PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP host media.example.com (a name) sendrecv\n  format: "
	  "0 PCMU/8000\n" },
	{ "times and rtcp",
	  "v=0\nm=audio 4 RTP/AVP 0\na=ptime:20\na=maxptime:150.5\na=rtcp:53020 IN IP4 "
	  "126.16.64.4\n",
	  PARSE_OK,
	  "media: audio port 4 rtcp 53020 RTP/AVP sendrecv ptime 20 maxptime 150\n  format: 0 "
	  "PCMU/8000\n" },
	{ "rtcp-mux", "v=0\nm=audio 4 RTP/AVP 0\na=rtcp:9\na=rtcp-mux\n", PARSE_OK,
	  "media: audio port 4 rtcp 4 RTP/AVP sendrecv rtcp-mux\n  format: 0 PCMU/8000\n" },
	{ "port 0 and the last port", "v=0\nm=audio 0 RTP/AVP 0\nm=audio 65535 RTP/AVP 0\n",
	  PARSE_OK,
	  "media: audio port 0 rtcp 0 RTP/AVP sendrecv\n  format: 0 PCMU/8000\nmedia: audio port "
	  "65535 rtcp 0 RTP/AVP sendrecv\n  format: 0 PCMU/8000\n" },
	{ "crypto, all lines",
	  "v=0\nm=audio 4 RTP/SAVP 0\na=crypto:x\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
	  "inline:KEY|2^20\na=crypto:2 B inline:C UNENCRYPTED_SRTCP KDR=1 \n",
	  PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/SAVP sendrecv\n  format: 0 PCMU/8000\n  crypto: 1 "
	  "AES_CM_128_HMAC_SHA1_80\n  crypto: 2 B UNENCRYPTED_SRTCP KDR=1\n" },
	{ "WebRTC",
	  "v=0\na=group:BUNDLE 0 1\na=fingerprint:sha-256 AA\nm=audio 9 UDP/TLS/RTP/SAVPF "
	  "111\na=rtpmap:111 opus/48000/2\n"
	  "a=candidate:1 1 UDP 2130706431 192.0.2.5 50000 typ host generation 0\na=candidate:1 2 "
	  "UDP 1 192.0.2.5 50001 typ host\n"
	  "a=candidate:2 1 udp 1 2001:db8::5 50002 typ srflx raddr 10.0.0.1 rport 9\na=candidate:3 "
	  "1 TCP 1 192.0.2.5 9 typ host\n"
	  "a=candidate:4 1 udp 1 name.local 50003 typ host\na=candidate:5 1 udp 1 192.0.2.6 50004 "
	  "typ relay\na=candidate:6 1 udp 1 192.0.2.7 50004 typ prflx\n"
	  "a=candidate:7 1 udp 1\na=mid:0\na=rtcp-mux\nm=video 0 UDP/TLS/RTP/SAVPF 96\n",
	  PARSE_OK,
	  "media: audio port 9 rtcp 9 UDP/TLS/RTP/SAVPF sendrecv rtcp-mux fingerprint\n  format: "
	  "111 opus/48000/2\n"
	  "  candidate: 192.0.2.5:50000\n  candidate: [2001:db8::5]:50002\n  candidate: "
	  "192.0.2.6:50004\n"
	  "media: video port 0 rtcp 0 UDP/TLS/RTP/SAVPF sendrecv fingerprint\n  format: 96\n" },
	{ "T.38", "v=0\nc=IN IP4 192.0.2.1\nm=image 4000 udptl t38\na=T38FaxVersion:0\n", PARSE_OK,
	  "media: image port 4000 rtcp 4001 udptl host 192.0.2.1 sendrecv\n" },
	{ "odd order, missing lines, junk",
	  "m=audio 4 RTP/AVP 0 0 300 -1 x\nt=0 0\nrubbish\n=\na\nc=IN IP4 "
	  "192.0.2.3\na=\na=:x\nv=0\na=sendonly ",
	  PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP host 192.0.2.3 sendonly hold\n  format: 0 "
	  "PCMU/8000\n" },
	{ "a media line that is none takes its attributes along",
	  "v=0\nm=audio 4 RTP/AVP 0\nm=audio x RTP/AVP 0\na=sendonly\nm=\na=inactive\nm=video 6 "
	  "RTP/AVP 31\n",
	  PARSE_OK,
	  "media: audio port 4 rtcp 5 RTP/AVP sendrecv\n  format: 0 PCMU/8000\nmedia: video port 6 "
	  "rtcp 7 RTP/AVP sendrecv\n  format: 31 H261/90000\n" },
	{ "port too large", "v=0\nm=audio 70000 RTP/AVP 0\n", PARSE_OK, "" },
	{ "version only", "v=0\r\n", PARSE_OK, "" },
	{ "nothing", "", PARSE_NOT_MINE, "" },
	{ "not SDP", "Signal=5\r\nDuration=160\r\n", PARSE_NOT_MINE, "" },
};

static struct sdp sdp;

START_TEST(descriptions)
{
	struct text t;

	ck_assert_msg(sdp_parse(slice_str(cases[_i].body), &sdp) == cases[_i].status, "%s",
	              cases[_i].name);
	text_init(&t);
	sdp_print(&sdp, &t);
	ck_assert_msg(strcmp(text_cstr(&t), cases[_i].dump) == 0, "%s:\n%s", cases[_i].name,
	              text_cstr(&t));
	text_release(&t);
}
END_TEST

START_TEST(crypto_key)
{
	ck_assert_int_eq(
	        sdp_parse(SLICE_LIT("m=audio 4 RTP/SAVP 0\na=crypto:1 S inline:K\n"), &sdp),
	        PARSE_OK);
	ck_assert_uint_eq(sdp.media[0].crypto_count, 1);
	ck_assert(slice_eq_str(sdp.media[0].crypto[0].key_params, "inline:K"));
	ck_assert_ptr_null(sdp.media[0].crypto[0].session_params.p);
}
END_TEST

static void add_many(struct text *t, const char *format, int count)
{
	for (int i = 0; i < count; i++) {
		text_addf(t, "%s", format);
	}
}

START_TEST(too_many_media)
{
	struct text t;

	text_init(&t);
	add_many(&t, "m=audio 4 RTP/AVP 0\na=sendonly\n", SDP_MAX_MEDIA);
	ck_assert_int_eq(sdp_parse(slice_of(t.p, t.n), &sdp), PARSE_OK);
	ck_assert(!sdp.too_many);
	text_addf(&t, "m=audio 5 RTP/AVP 8\na=inactive\n");
	ck_assert_int_eq(sdp_parse(slice_of(t.p, t.n), &sdp), PARSE_OK);
	ck_assert_uint_eq(sdp.media_count, SDP_MAX_MEDIA);
	ck_assert_int_eq(sdp.media[SDP_MAX_MEDIA - 1].direction, SDP_SENDONLY);
	ck_assert(sdp.too_many);
	text_release(&t);
}
END_TEST

START_TEST(too_many_formats)
{
	struct text t;

	text_init(&t);
	text_addf(&t, "m=audio 4 RTP/AVP");
	for (int i = 0; i < 128; i++)
		text_addf(&t, " %d", i);
	ck_assert_int_eq(sdp_parse(slice_of(t.p, t.n), &sdp), PARSE_OK);
	ck_assert_uint_eq(sdp.media[0].format_count, SDP_MAX_FORMATS);
	ck_assert(sdp.too_many);
	ck_assert_ptr_null(sdp_media_format(&sdp.media[0], 32));
	ck_assert_uint_eq(sdp_media_format(&sdp.media[0], 31)->clock_hz, 90000);
	text_release(&t);
}
END_TEST

START_TEST(too_many_candidates)
{
	struct text t;

	text_init(&t);
	text_addf(&t, "m=audio 4 RTP/AVP 0\n");
	add_many(&t, "a=candidate:1 1 UDP 1 192.0.2.5 50000 typ host\n", SDP_MAX_CANDIDATES + 1);
	ck_assert_int_eq(sdp_parse(slice_of(t.p, t.n), &sdp), PARSE_OK);
	ck_assert_uint_eq(sdp.media[0].candidate_count, SDP_MAX_CANDIDATES);
	ck_assert(sdp.too_many);
	text_release(&t);
}
END_TEST

START_TEST(direction_names)
{
	ck_assert_str_eq(sdp_direction_name(SDP_SENDRECV), "sendrecv");
	ck_assert_str_eq(sdp_direction_name(SDP_SENDONLY), "sendonly");
	ck_assert_str_eq(sdp_direction_name(SDP_RECVONLY), "recvonly");
	ck_assert_str_eq(sdp_direction_name(SDP_INACTIVE), "inactive");
}
END_TEST

Suite *suite_sdp(void)
{
	Suite *s = suite_create("sdp");
	TCase *tc = tcase_create("sdp");

	tcase_add_loop_test(tc, descriptions, 0, (int)(sizeof cases / sizeof cases[0]));
	tcase_add_test(tc, crypto_key);
	tcase_add_test(tc, too_many_media);
	tcase_add_test(tc, too_many_formats);
	tcase_add_test(tc, too_many_candidates);
	tcase_add_test(tc, direction_names);
	suite_add_tcase(s, tc);
	return s;
}
