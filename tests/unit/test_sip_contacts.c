#include "dissectors/sip_contacts.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define INSTANCE ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\""

static void parse(const char *contacts, struct sip_contacts *out)
{
	static struct sip_msg msg;
	static char buf[8192];
	int n = snprintf(buf, sizeof buf, "REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n%s\r\n",
	                 contacts);

	ck_assert_int_eq(sip_msg_parse(slice_of(buf, (size_t)n), &msg), PARSE_OK);
	sip_contacts(&msg, out);
}

START_TEST(values)
{
	static struct sip_contacts c;

	parse("Contact: <sip:a@192.0.2.1:5070;ob>;q=0.7;expires=3600 , \"b, c\" <sip:b@h>\r\n"
	      "m: sip:c@h;expires=0\r\nContact: <sip:d@h>;expires=99999999999\r\n",
	      &c);
	ck_assert_uint_eq(c.count, 4);
	ck_assert_uint_eq(c.kept, 4);
	ck_assert(!c.star);
	ck_assert(slice_eq_str(c.item[0].uri, "sip:a@192.0.2.1:5070;ob"));
	ck_assert(c.item[0].has_expires && c.item[0].expires_s == 3600);
	ck_assert(slice_eq_str(c.item[1].uri, "sip:b@h") && !c.item[1].has_expires);
	ck_assert(slice_eq_str(c.item[2].uri, "sip:c@h"));
	ck_assert(c.item[2].has_expires && c.item[2].expires_s == 0);
	ck_assert_uint_eq(c.item[3].expires_s, UINT32_MAX);
}
END_TEST

START_TEST(none_and_all)
{
	static struct sip_contacts c;

	parse("", &c);
	ck_assert(c.count == 0 && !c.star);
	parse("Contact: *\r\n", &c);
	ck_assert(c.count == 0 && c.star);
}
END_TEST

START_TEST(keys)
{
	static struct sip_contacts a, b;

	parse("Contact: <sip:a@192.0.2.1:1>" INSTANCE ";reg-id=1\r\n", &a);
	parse("Contact: <sip:a@192.0.2.9:9>;reg-id=1" INSTANCE "\r\n", &b);
	ck_assert(a.item[0].key == b.item[0].key);
	parse("Contact: <sip:a@192.0.2.1:1>" INSTANCE ";reg-id=2\r\n", &b);
	ck_assert(a.item[0].key != b.item[0].key);
	/* RFC 5626 6: without reg-id the Contact URI is what counts. */
	parse("Contact: <sip:a@192.0.2.1:1>" INSTANCE "\r\n", &a);
	parse("Contact: <sip:a@192.0.2.1:1>\r\n", &b);
	ck_assert(a.item[0].key == b.item[0].key);
	parse("Contact: <sip:a@192.0.2.1:1;line=x>\r\n", &b);
	ck_assert(a.item[0].key != b.item[0].key);
	ck_assert(sip_contacts_find(&b, a.item[0].key, a.item[0].uri) == &b.item[0]);
	ck_assert(sip_contacts_find(&b, 0, SLICE_LIT("sip:a@192.0.2.1:2")) == NULL);
}
END_TEST

START_TEST(too_many)
{
	static struct sip_contacts c;
	char text[4096] = "Contact: <sip:0@h>";

	for (int i = 1; i < 40; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), ",<sip:%d@h>", i);
	strcat(text, "\r\n");
	parse(text, &c);
	ck_assert_uint_eq(c.count, 40);
	ck_assert_uint_eq(c.kept, SIP_CONTACTS_MAX);
}
END_TEST

static const struct {
	const char *uri, *plain;
} plains[] = {
	{ "sip:bob@example.com", "sip:bob@example.com" },
	{ "sip:bob@example.com;transport=tcp", "sip:bob@example.com" },
	{ "sips:bob@example.com:5061;x=y?h=v", "sips:bob@example.com:5061" },
	{ "sip:b;phone=1@example.com;x", "sip:b;phone=1@example.com" },
	{ "sip:[2001:db8::1]:5060;x", "sip:[2001:db8::1]:5060" },
	{ "sip:[2001:db8::1]", "sip:[2001:db8::1]" },
	{ "tel:+123;x=y", "tel:+123" },
	{ "", "" },
};

START_TEST(plain)
{
	struct slice got = sip_uri_plain(slice_str(plains[_i].uri));

	ck_assert_msg(slice_eq_str(got, plains[_i].plain), "%s: %.*s", plains[_i].uri,
	              SLICE_ARG(got));
}
END_TEST

Suite *suite_sip_contacts(void)
{
	Suite *s = suite_create("sip_contacts");
	TCase *tc = tcase_create("sip_contacts");

	tcase_add_test(tc, values);
	tcase_add_test(tc, none_and_all);
	tcase_add_test(tc, keys);
	tcase_add_test(tc, too_many);
	tcase_add_loop_test(tc, plain, 0, (int)(sizeof plains / sizeof plains[0]));
	suite_add_tcase(s, tc);
	return s;
}
