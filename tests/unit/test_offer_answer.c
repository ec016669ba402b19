#include "analyzer/calls/offer_answer.h"

#include <check.h>

Suite *suite_offer_answer(void);

static const struct role_case {
	bool is_request;
	enum sip_method method;
	bool request_had_sdp;
	enum sdp_role role;
} roles[] = {
	{ true, SIP_INVITE, false, SDP_ROLE_OFFER },  { false, SIP_INVITE, true, SDP_ROLE_ANSWER },
	{ false, SIP_INVITE, false, SDP_ROLE_OFFER }, { true, SIP_ACK, true, SDP_ROLE_ANSWER },
	{ true, SIP_PRACK, true, SDP_ROLE_OFFER },    { true, SIP_PRACK, false, SDP_ROLE_ANSWER },
	{ false, SIP_PRACK, true, SDP_ROLE_ANSWER },  { true, SIP_UPDATE, false, SDP_ROLE_OFFER },
	{ false, SIP_UPDATE, true, SDP_ROLE_ANSWER }, { false, SIP_OPTIONS, true, SDP_ROLE_NONE },
};

START_TEST(role)
{
	const struct role_case *c = &roles[_i];
	ck_assert_int_eq(sdp_role_of(c->is_request, c->method, c->request_had_sdp), c->role);
}
END_TEST

#define HEAD "v=0\r\nc=IN IP4 192.0.2.7\r\n"

static const struct body {
	const char *sdp, *summary;
	bool hold;
} bodies[] = {
	{ HEAD "m=audio 4000 RTP/AVP 0 8\r\n", "offer PCMU PCMA 192.0.2.7:4000 sendrecv", false },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", "offer PCMU 192.0.2.7:4000 sendonly",
	  true },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", "offer PCMU 192.0.2.7:4000 inactive",
	  true },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", "offer PCMU 192.0.2.7:4000 recvonly",
	  false },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", "offer PCMU 0.0.0.0:4000 sendrecv",
	  true },
	{ HEAD "m=audio 0 RTP/AVP 0\r\n", "offer rejected", false },
	{ HEAD "m=audio 0 RTP/AVP 0\r\na=inactive\r\nm=video 5000 RTP/AVP 34\r\n",
	  "offer rejected, video H263 192.0.2.7:5000 sendrecv", false },
	{ HEAD "m=audio 4000 RTP/AVP 96\r\n", "offer 96 192.0.2.7:4000 sendrecv", false },
	{ "v=0\r\nc=IN IP4 host.example\r\nm=audio 4000 RTP/AVP 0\r\n",
	  "offer PCMU host.example:4000 sendrecv", false },
	{ "v=0\r\n", "offer", false },
};

START_TEST(description)
{
	static struct sdp sdp;
	struct text out;

	text_init(&out);
	ck_assert_int_eq(sdp_parse(slice_str(bodies[_i].sdp), &sdp), PARSE_OK);
	sdp_summary(&sdp, SDP_ROLE_OFFER, &out);
	ck_assert_str_eq(text_cstr(&out), bodies[_i].summary);
	ck_assert_int_eq(sdp_says_hold(&sdp), bodies[_i].hold);
	text_release(&out);
}
END_TEST

START_TEST(holds_are_a_union)
{
	struct hold h;

	hold_init(&h);
	hold_sdp(&h, PARTY_CALLER, true, 10); /* before the answer: no hold yet */
	hold_start(&h, 100);
	hold_sdp(&h, PARTY_CALLEE, true, 150);
	hold_sdp(&h, PARTY_CALLER, false, 200);
	ck_assert(hold_now(&h));
	hold_sdp(&h, PARTY_CALLEE, false, 300);
	ck_assert(!hold_now(&h));
	ck_assert_int_eq(hold_total_ns(&h, 1000), 200);
	hold_sdp(&h, PARTY_CALLER, true, 400);
	ck_assert_int_eq(hold_total_ns(&h, 1000), 800);
	ck_assert_int_eq(hold_total_ns(&h, 399), 200); /* the clock went back */
}
END_TEST

START_TEST(refused_offer_is_put_back)
{
	struct hold h;

	hold_init(&h);
	hold_start(&h, 0);
	hold_offer(&h, PARTY_CALLER, 2);
	hold_sdp(&h, PARTY_CALLER, true, 100);
	hold_offer(&h, PARTY_CALLER, 2); /* the same request behind a proxy */
	hold_sdp(&h, PARTY_CALLER, true, 101);
	hold_offer_end(&h, PARTY_CALLEE, 2, false); /* the other side's: another transaction */
	ck_assert(hold_now(&h));
	hold_offer_end(&h, PARTY_CALLER, 2, false);
	ck_assert(!hold_now(&h));
	ck_assert_int_eq(hold_total_ns(&h, 1000), 0);
}
END_TEST

Suite *suite_offer_answer(void)
{
	Suite *s = suite_create("offer_answer");
	TCase *t = tcase_create("offer_answer");

	tcase_add_loop_test(t, role, 0, (int)(sizeof roles / sizeof *roles));
	tcase_add_loop_test(t, description, 0, (int)(sizeof bodies / sizeof *bodies));
	tcase_add_test(t, holds_are_a_union);
	tcase_add_test(t, refused_offer_is_put_back);
	suite_add_tcase(s, t);
	return s;
}
