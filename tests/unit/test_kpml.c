#include "dissectors/kpml.h"

#include <check.h>

static const struct {
	const char *body;
	enum parse_status status;
	const char *digits;
	unsigned code;
} bodies[] = {
	{ "<?xml version=\"1.0\"?>\n<kpml-response version=\"1.0\" code=\"200\" text=\"OK\" "
	  "digits=\"1*#aD\" tag=\"x\"/>",
	  PARSE_OK, "1*#AD", 200 },
	{ "<ns:kpml-response digits = '42' >", PARSE_OK, "42", 0 },
	{ "<kpml-response code=\"487\"/>", PARSE_OK, "", 487 },
	{ "<kpml-response code=\"99999\" digits=\"1x 2\"/>", PARSE_OK, "12", 0 },
	{ "<kpml-response digits=\"1", PARSE_OK, "", 0 },
	{ "<kpml-response digits=1>", PARSE_OK, "", 0 },
	{ "<kpml-response", PARSE_OK, "", 0 },
	{ "kpml-response digits=\"1\"", PARSE_BAD, "", 0 },
	{ "<other digits=\"1\"/>", PARSE_BAD, "", 0 },
	{ "", PARSE_BAD, "", 0 },
};

START_TEST(responses)
{
	struct kpml_response r;

	ck_assert_int_eq(kpml_parse(slice_str(bodies[_i].body), &r), bodies[_i].status);
	ck_assert_uint_eq(r.count, strlen(bodies[_i].digits));
	ck_assert_int_eq(memcmp(r.digits, bodies[_i].digits, r.count), 0);
	ck_assert_uint_eq(r.code, bodies[_i].code);
}
END_TEST

START_TEST(bounded)
{
	char body[400] = "<kpml-response digits=\"";
	struct kpml_response r;

	memset(body + 23, '7', 300);
	strcpy(body + 323, "\"/>");
	ck_assert_int_eq(kpml_parse(slice_str(body), &r), PARSE_OK);
	ck_assert_uint_eq(r.count, KPML_MAX_DIGITS);
}
END_TEST

START_TEST(targets)
{
	struct kpml_target t;

	ck_assert(kpml_target_of(SLICE_LIT("kpml ;remote-tag=\"sip:phn@example.com;tag=jfi23\""
	                                   ";local-tag=\"sip:gw@a.example.com;tag=onjwe2\""
	                                   ";call-id=\"12345592@a.example.com\""),
	                         &t));
	ck_assert(slice_eq_str(t.call_id, "12345592@a.example.com"));
	ck_assert(slice_eq_str(t.local_tag, "onjwe2"));
	ck_assert(slice_eq_str(t.remote_tag, "jfi23"));
	ck_assert(kpml_target_of(SLICE_LIT("KPML;local-tag=a"), &t));
	ck_assert(slice_eq_str(t.local_tag, "a") && !t.call_id.n && !t.remote_tag.n);
	ck_assert(!kpml_target_of(SLICE_LIT("dialog;call-id=x"), &t));
}
END_TEST

Suite *suite_kpml(void)
{
	Suite *s = suite_create("kpml");
	TCase *t = tcase_create("kpml");

	tcase_add_loop_test(t, responses, 0, (int)(sizeof bodies / sizeof *bodies));
	tcase_add_test(t, bounded);
	tcase_add_test(t, targets);
	suite_add_tcase(s, t);
	return s;
}
