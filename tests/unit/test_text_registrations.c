/* The page's sections about registrations and subscriptions, from records made of signalling. */
#include "reports/records/query.h"
#include "reports/report.h"
#include "tests/helpers/sip_lab.h"

#include <check.h>
#include <stdlib.h>

Suite *suite_text_registrations(void);

#define CREDENTIALS                                                                                \
	"h=Authorization:Digest_username=\"b\x1b\",_realm=\"r\",_nonce=\"n\",_uri=\"sip:x\","      \
	"_response=\"x\""
#define ASK "a>b REGISTER 1 REGISTER"

static const struct {
	const char *lines, *section, *next;
} pages[] = {
	{ "0 " ASK " r1 A - h=Expires:60\n0.1 b>a 200 1 REGISTER r1 A B\n"
	  "1 " ASK " r2 A - call=c2 " CREDENTIALS "\n1.1 b>a 403 1 REGISTER r2 A B call=c2\n"
	  "2 " ASK " r3 A - call=c3 " CREDENTIALS "\n2.1 b>a 403 1 REGISTER r3 A B call=c3\n"
	  "3 " ASK " r4 A - call=c4\n",
	  "Registrations\n"
	  "  2 rejected, 1 registered, 1 timed out\n"
	  "      2 x 403                 b\\x1B, realm r\n",
	  "      1 x no final response   sip:bob@example.com\n" },
	{ "0 a>b SUBSCRIBE 1 SUBSCRIBE s1 A - h=Event:presence h=Expires:60\n"
	  "0.1 b>a 200 1 SUBSCRIBE s1 A B h=Expires:60\n"
	  "0.2 b>a NOTIFY 1 NOTIFY n1 B A h=Event:presence h=Subscription-State:active\n",
	  "Subscriptions\n"
	  "      1 x subscribe presence",
	  "  terminated, 1 NOTIFY\n" },
};

START_TEST(sections)
{
	struct sip_lab lab;
	struct text out;

	text_init(&out);
	ck_assert(sip_lab_init(&lab) && sip_lab_feed(&lab, pages[_i].lines) &&
	          sip_lab_pass(&lab, 100) && sip_lab_finish(&lab));
	struct records *r = records_of(store_handle(lab.store), &lab.err);
	ck_assert_msg(r && report_text(r, &out, &lab.err), "%s", lab.err.text);
	const char *section = strstr(text_cstr(&out), pages[_i].section);
	ck_assert_msg(section && strstr(section, pages[_i].next), "%s", text_cstr(&out));
	records_close(r);
	text_release(&out);
	sip_lab_release(&lab);
}
END_TEST

START_TEST(nothing_to_say)
{
	struct sip_lab lab;
	struct text out;

	text_init(&out);
	ck_assert(sip_lab_init(&lab) && sip_lab_finish(&lab));
	struct records *r = records_of(store_handle(lab.store), &lab.err);
	ck_assert(r && report_text(r, &out, &lab.err));
	ck_assert(!strstr(text_cstr(&out), "Registrations"));
	ck_assert(!strstr(text_cstr(&out), "Subscriptions"));
	records_close(r);
	text_release(&out);
	sip_lab_release(&lab);
}
END_TEST

Suite *suite_text_registrations(void)
{
	Suite *s = suite_create("text_registrations");
	TCase *tc = tcase_create("text_registrations");

	tcase_add_loop_test(tc, sections, 0, (int)(sizeof pages / sizeof pages[0]));
	tcase_add_test(tc, nothing_to_say);
	suite_add_tcase(s, tc);
	return s;
}
