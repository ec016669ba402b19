/* What --mask-credentials takes out of SIP octets. */
#include "analyzer/export/secrets.h"
#include "base/text.h"
#include "tests/unit/suites.h"

#include <check.h>

struct secret_case {
	const char *octets;
	bool torn;
	const char *secrets; /* joined by '|' */
};

static const struct secret_case cases[] = {
	{ "INVITE sip:a SIP/2.0\r\nAuthorization: Digest username=\"al\", realm=\"r\", "
	  "nonce=\"n1\", "
	  "response=\"0123abcd\", algorithm=MD5\r\nVia: x\r\n\r\n",
	  false, "0123abcd" },
	{ "Proxy-Authorization:Digest username=\"al\",response=\"aa\"\r\nAuthorization : Digest "
	  "response = \"bb\"\r\n",
	  false, "aa|bb" },
	{ "authorization: digest a=b,\r\n response=\"folded1\"\r\nSubject: response=\"no\"\r\n",
	  false, "folded1" },
	{ "Authorization: Basic YWxhZGRpbjpvcGVu\r\n", false, "YWxhZGRpbjpvcGVu" },
	{ "Authorization: Bearer\r\nX: y", false, "" },
	{ "Authorization: Digest username=\"u\", auts=\"c2VjcmV0\"\r\n", false, "c2VjcmV0" },
	{ "Authorization: Digest xresponse=\"no\", response=unquoted, x=y\r\n", false, "unquoted" },
	{ "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest nonce=\"abcdef\"\r\n", false, "" },
	{ "X-Authorization-Info: response=\"no\"\r\n", false, "" },
	{ "Authorization", false, "" },
	{ "Authorization:", false, "" },
	{ "", true, "" },
	/* The rest of a value that began in the segment before. */
	{ "9abcdef0\", algorithm=MD5\r\nContact: <sip:b@c>\r\n", true, "9abcdef0" },
	{ "rname=\"x\", response=\"77aa\"\r\nVia: y\r\n", true, "77aa" },
	{ "a=rtpmap:0 PCMU/8000\r\n", true, "" },
	{ "SIP/2.0 200 OK\r\nServer: response=\"no\"\r\n", true, "" },
};

START_TEST(is_found)
{
	const struct secret_case *c = &cases[_i];
	struct slice rest = slice_str(c->octets), secret;
	bool torn = c->torn;
	struct text found;

	text_init(&found);
	while (secret_next(&rest, &torn, &secret))
		text_addf(&found, "%s%.*s", found.n ? "|" : "", SLICE_ARG(secret));
	ck_assert_str_eq(text_cstr(&found), c->secrets);
	text_release(&found);
}
END_TEST

Suite *suite_secrets(void)
{
	Suite *s = suite_create("secrets");
	TCase *t = tcase_create("secrets");

	tcase_add_loop_test(t, is_found, 0, sizeof cases / sizeof *cases);
	suite_add_tcase(s, t);
	return s;
}
