/* Our index against libosip2: on every message that both accept they must agree. */
#include "dissectors/sip_grammar.h"

#include "base/mem.h"
#include "base/text.h"
#include "dissectors/sip_header.h"
#include "dissectors/sip_msg.h"
#include "tests/helpers/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* What libosip2 is known to read otherwise, and why we are right. */
enum exception {
	BAD_STATUS = 1, /* 4294967301 wraps to 5 in it; we give 0 and a defect */
	BAD_CSEQ = 2, /* it keeps numbers beyond 2^32 as text; we give 0 and a defect */
	BAD_LENGTH = 4, /* it takes -999 for a length; we give none and a defect */
	NO_LENGTH = 8, /* it makes up a Content-Length from the body when there is none */
	SWALLOWS =
	        16, /* after `SIP/2.0 200` without blank it takes the first header for the reason */
};

static const struct {
	const char *name;
	bool osip_accepts;
	unsigned exceptions;
} torture[] = {
	{ "badaspec", false, 0 },
	{ "badbranch", true, 0 },
	{ "baddate", true, 0 },
	{ "baddn", false, 0 },
	{ "badinv01", false, 0 },
	{ "badvers", true, 0 },
	{ "bcast", true, 0 },
	{ "bext01", true, 0 },
	{ "bigcode", true, BAD_STATUS },
	{ "clerr", false, 0 },
	{ "cparam01", true, 0 },
	{ "cparam02", true, 0 },
	{ "dblreq", true, 0 },
	{ "esc01", true, 0 },
	{ "esc02", true, 0 },
	{ "escnull", true, 0 },
	{ "escruri", true, 0 },
	{ "insuf", true, 0 },
	{ "intmeth", false, 0 },
	{ "inv2543", true, NO_LENGTH },
	{ "invut", true, 0 },
	{ "longreq", true, 0 },
	{ "ltgtruri", false, 0 },
	{ "lwsdisp", true, 0 },
	{ "lwsruri", false, 0 },
	{ "lwsstart", false, 0 },
	{ "mcl01", false, 0 },
	{ "mismatch01", true, 0 },
	{ "mismatch02", true, 0 },
	{ "mpart01", true, 0 },
	{ "multi01", false, 0 },
	{ "ncl", true, BAD_LENGTH },
	{ "noreason", true, 0 },
	{ "novelsc", false, 0 },
	{ "quotbal", false, 0 },
	{ "regaut01", true, 0 },
	{ "regbadct", true, 0 },
	{ "regescrt", true, 0 },
	{ "scalar02", true, BAD_CSEQ },
	{ "scalarlg", true, BAD_CSEQ },
	{ "sdp01", true, 0 },
	{ "semiuri", true, 0 },
	{ "transports", true, 0 },
	{ "trws", false, 0 },
	{ "unkscm", true, 0 },
	{ "unksm2", true, 0 },
	{ "unreason", true, 0 },
	{ "wsinv", true, 0 },
	{ "zeromf", true, 0 },
};

static struct sip_msg msg;
static struct sip_grammar_message osip;

/* libosip2 unfolds, and our copy of its text is cut at `size`. */
static void same_text(const char *name, const char *field, struct slice ours, const char *theirs,
                      size_t size)
{
	char unfolded[512];

	sip_unfold(ours, unfolded, size < sizeof unfolded ? size : sizeof unfolded);
	ck_assert_msg(strcmp(unfolded, theirs) == 0, "%s: %s: '%s' and libosip2 '%s'", name, field,
	              unfolded, theirs);
}

static void same_cseq(const char *name)
{
	char ours[32];
	const char *theirs = osip.cseq;

	while (theirs[0] == '0' && theirs[1])
		theirs++;
	snprintf(ours, sizeof ours, "%u", (unsigned)msg.cseq);
	ck_assert_msg(strcmp(ours, msg.cseq_name.p ? theirs : "0") == 0, "%s: CSeq %s and %s", name,
	              ours, theirs);
}

static void agree(const char *name, unsigned exceptions)
{
	ck_assert_msg(osip.is_request == msg.is_request, "%s: request", name);
	if (!(exceptions & BAD_STATUS))
		ck_assert_msg(osip.status == msg.status, "%s: status %d and %d", name, msg.status,
		              osip.status);
	same_text(name, "method", msg.method_name, osip.method, sizeof osip.method);
	if (exceptions & SWALLOWS)
		return;
	same_text(name, "Call-ID", msg.call_id, osip.call_id, sizeof osip.call_id);
	same_text(name, "From tag", msg.from_tag, osip.from_tag, sizeof osip.from_tag);
	same_text(name, "To tag", msg.to_tag, osip.to_tag, sizeof osip.to_tag);
	same_text(name, "branch", msg.branch, osip.branch, sizeof osip.branch);
	same_text(name, "CSeq method", msg.cseq_name, osip.cseq_method, sizeof osip.cseq_method);
	if (!(exceptions & BAD_CSEQ))
		same_cseq(name);
	if (!(exceptions & (BAD_LENGTH | NO_LENGTH)))
		ck_assert_msg(osip.content_length == msg.content_length, "%s: length %ld", name,
		              osip.content_length);
}

START_TEST(torture_messages)
{
	uint8_t buf[TORTURE_MAX];
	struct slice s = torture_read(torture[_i].name, buf);

	if (!s.p)
		return;
	ck_assert_int_eq(sip_msg_parse(s, &msg), PARSE_OK);
	ck_assert_msg(sip_grammar_message(s, &osip) == torture[_i].osip_accepts, "%s",
	              torture[_i].name);
	if (torture[_i].osip_accepts)
		agree(torture[_i].name, torture[_i].exceptions);
}
END_TEST

/* Messages are made of one choice for each part: all combinations are tried. */
static const char *const starts[] = {
	"INVITE sip:bob@example.com SIP/2.0",
	"OPTIONS sips:[2001:db8::1]:5061;transport=tls SIP/2.0",
	"BYE sip:%62ob@example.com;lr SIP/2.0",
	"FOO tel:+123 SIP/2.0",
	"SIP/2.0 200 OK",
	"SIP/2.0 699 \xc3\xa9 odd",
	"SIP/2.0 180 ",
};
static const char *const vias[] = {
	"Via: SIP/2.0/UDP h:5060;branch=z9hG4bK1",
	"v:SIP/2.0/TCP [2001:db8::1];rport;branch=z9hG4bK.2;received=192.0.2.1",
	"VIA : SIP / 2.0 / UDP h ;branch = z9hG4bK3 ,SIP/2.0/UDP i;branch=no",
	"Via: SIP/2.0/UDP h\r\nVia: SIP/2.0/UDP i;branch=no",
	"Via:\r\n SIP/2.0/TLS h;\r\n branch=z9hG4bK4",
};
static const char *const froms[] = {
	"From: <sip:a@x>;tag=1",
	"f:sip:a@x;tag=t.-~",
	"From: \"A ; B\" <sip:a@x;tag=no>;tag=2",
	"From: \"A \\\" <b>\" <sip:a@x> ; tag = 3",
	"From: A B<sip:a@x>",
	"From:\r\n <sip:a@x>\r\n ;x=\"q;tag=no\";tag=4",
};
static const char *const tos[] = { "To: <sip:b@x>", "t : sip:b@x ;tag=9" };
static const char *const call_ids[] = { "Call-ID: abc@192.0.2.1", "i:abc",
	                                "cAlL-iD \t:\r\n x-y.z@host" };
static const char *const cseqs[] = { "CSeq: 1 INVITE", "CSeq: 4294967295\t BYE", "cseq:007 FOO" };
static const char *const bodies[] = {
	"Content-Length: 0\r\n\r\n",
	"l:3\r\nc:text/plain\r\n\r\nabc",
	"Content-Type: application/sdp\r\nContent-Length :\r\n 2\r\n\r\nv=0\r\n",
};

#define COUNT(table) (sizeof table / sizeof table[0])
#define PICK(table)  (table[n % COUNT(table)])

static size_t combine(size_t n, char *buf, size_t size)
{
	const char *start = PICK(starts);
	n /= COUNT(starts);
	const char *via = PICK(vias);
	n /= COUNT(vias);
	const char *from = PICK(froms);
	n /= COUNT(froms);
	const char *to = PICK(tos);
	n /= COUNT(tos);
	const char *call_id = PICK(call_ids);
	n /= COUNT(call_ids);
	const char *cseq = PICK(cseqs);
	n /= COUNT(cseqs);
	return (size_t)snprintf(buf, size,
	                        "%s\r\n%s\r\n%s\r\nMax-Forwards: 70\r\n%s\r\n%s\r\n%s\r\n%s", start,
	                        from, via, cseq, to, call_id, PICK(bodies));
}

static size_t without_crs(char *buf, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (buf[i] != '\r')
			buf[kept++] = buf[i];
	return kept;
}

START_TEST(generated_messages)
{
	const size_t all = COUNT(starts) * COUNT(vias) * COUNT(froms) * COUNT(tos) *
	                   COUNT(call_ids) * COUNT(cseqs) * COUNT(bodies);
	char buf[2048], name[32];
	size_t accepted = 0;

	for (size_t i = (size_t)_i; i < 2 * all; i += 20) {
		size_t n = combine(i % all, buf, sizeof buf);
		if (i >= all) /* LF only; lengths of bodies shrink, which both see alike */
			n = without_crs(buf, n);
		snprintf(name, sizeof name, "variant %zu", i);
		ck_assert_msg(sip_msg_parse(slice_of(buf, n), &msg) == PARSE_OK, "%s", buf);
		if (!sip_grammar_message(slice_of(buf, n), &osip))
			continue;
		accepted++;
		agree(name, 0);
	}
	ck_assert_msg(accepted > 2 * all / 20 / 2, "libosip2 took only %zu", accepted);
}
END_TEST

#define RESPONSE_REST                                                                              \
	"Via: SIP/2.0/UDP h;branch=b\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: "       \
	"c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"

/* The misreading that made us write an index of our own must not go unnoticed if a later libosip2 mends it. */
START_TEST(status_without_blank)
{
	struct slice s = SLICE_LIT("SIP/2.0 200\r\n" RESPONSE_REST);

	ck_assert_int_eq(sip_msg_parse(s, &msg), PARSE_OK);
	ck_assert(slice_eq_str(msg.branch, "b"));
	ck_assert(sip_grammar_message(s, &osip));
	ck_assert_str_eq(osip.branch, "");
	agree("status without blank", SWALLOWS);
}
END_TEST

START_TEST(refused)
{
	struct text t;

	ck_assert(!sip_grammar_message(SLICE_NONE, &osip));
	ck_assert(!sip_grammar_message(SLICE_LIT("GET / HTTP/1.1\r\n\r\n"), &osip));
	text_init(&t);
	text_addf(&t, "SIP/2.0 200 OK\r\n");
	for (int i = 0; i < 300; i++)
		text_addf(&t, "X-%d: y\r\n", i);
	text_addf(&t, RESPONSE_REST);
	ck_assert_msg(!sip_grammar_message(slice_of(t.p, t.n), &osip), "too many headers");
	text_reset(&t);
	text_addf(&t, "SIP/2.0 200 OK\r\nX: ");
	while (t.n < 65537)
		text_addf(&t, "%100d", 0);
	text_addf(&t, "\r\n" RESPONSE_REST);
	ck_assert_msg(!sip_grammar_message(slice_of(t.p, t.n), &osip), "too large");
	text_reset(&t);
	text_addf(&t, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h");
	for (int i = 0; i < 2000; i++)
		text_addf(&t, ";a");
	text_addf(&t, "\r\n" RESPONSE_REST);
	ck_assert_msg(!sip_grammar_message(slice_of(t.p, t.n), &osip), "too many parameters");
	text_release(&t);
}
END_TEST

START_TEST(uris)
{
	struct sip_grammar_uri uri;

	ck_assert(sip_grammar_uri(SLICE_LIT("sip:%61lice:pw@example.com:5070;lr"), &uri));
	ck_assert_str_eq(uri.scheme, "sip");
	ck_assert_str_eq(uri.user, "alice");
	ck_assert_str_eq(uri.host, "example.com");
	ck_assert_str_eq(uri.port, "5070");
	ck_assert(sip_grammar_uri(SLICE_LIT("sip:[2001:db8::1]"), &uri));
	ck_assert_str_eq(uri.host, "2001:db8::1");
	ck_assert(!sip_grammar_uri(SLICE_LIT("no scheme"), &uri));
	ck_assert(!sip_grammar_uri(SLICE_NONE, &uri));
	ck_assert(!sip_grammar_uri(SLICE_LIT("sip:a\0b@x"), &uri));
}
END_TEST

START_TEST(credentials)
{
	struct sip_grammar_auth auth;

	ck_assert(sip_grammar_authorization(
	        SLICE_LIT("Digest username=\"bob\", realm=\"example.com\",\r\n nonce=\"n1\", "
	                  "uri=\"sip:x\", "
	                  "response=\"r\", algorithm=MD5, qop=auth"),
	        &auth));
	ck_assert_str_eq(auth.scheme, "Digest");
	ck_assert_str_eq(auth.username, "bob");
	ck_assert_str_eq(auth.realm, "example.com");
	ck_assert_str_eq(auth.nonce, "n1");
	ck_assert_str_eq(auth.uri, "sip:x");
	ck_assert_str_eq(auth.algorithm, "MD5");
	ck_assert_str_eq(auth.qop, "auth");
	ck_assert(!sip_grammar_authorization(SLICE_NONE, &auth));
	ck_assert(!sip_grammar_authorization(SLICE_LIT("nonsense"), &auth));
}
END_TEST

START_TEST(challenges)
{
	struct sip_grammar_auth auth;

	ck_assert(sip_grammar_challenge(SLICE_LIT("Digest realm=\"a, b\", nonce=\"n\", stale=TRUE, "
	                                          "algorithm=MD5, qop=\"auth,auth-int\""),
	                                &auth));
	ck_assert_str_eq(auth.realm, "a, b");
	ck_assert_str_eq(auth.nonce, "n");
	ck_assert_str_eq(auth.qop, "auth,auth-int");
	ck_assert(auth.stale);
	ck_assert(sip_grammar_challenge(SLICE_LIT("Digest realm=\"r\", nonce=\"n\", stale=false"),
	                                &auth));
	ck_assert(!auth.stale);
	ck_assert(!sip_grammar_challenge(SLICE_LIT("Digest"), &auth));
}
END_TEST

#define ALL_PARTS                                                                                  \
	"INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=b\r\nFrom: \"A\" "                    \
	"<sip:a@x;lr>;tag=1\r\nTo: <sip:b@x>\r\n"                                                  \
	"Call-ID: c@d\r\nCSeq: 1 INVITE\r\nContact: <sip:a@h>\r\nContent-Type: "                   \
	"text/plain\r\nContent-Length: 1\r\n\r\nx"

/* Allocation n fails, for n = 0, 1, 2 ...: refused, or read without the part; never a crash, never a leak. */
START_TEST(memory_runs_out)
{
	struct sip_grammar_uri uri;
	struct sip_grammar_auth auth;
	uint64_t before = mem_count(), needed;

	ck_assert(sip_grammar_message(SLICE_LIT(ALL_PARTS), &osip));
	needed = mem_count() - before;
	ck_assert_uint_gt(needed, 0);
	for (uint64_t n = 0; n <= needed; n++) {
		mem_fail_after(n);
		bool ok = sip_grammar_message(SLICE_LIT(ALL_PARTS), &osip);
		ck_assert(n < needed || ok);
		mem_fail_after(n);
		sip_grammar_uri(SLICE_LIT("sip:alice@example.com:5060;lr"), &uri);
		mem_fail_after(n);
		sip_grammar_authorization(
		        SLICE_LIT("Digest username=\"b\", realm=\"r\", nonce=\"n\""), &auth);
	}
	mem_fail_after(UINT64_MAX);
	ck_assert(sip_grammar_message(SLICE_LIT(ALL_PARTS), &osip));
}
END_TEST

static void setup(void)
{
	ck_assert(sip_grammar_init());
}

Suite *suite_sip_grammar(void)
{
	Suite *s = suite_create("sip_grammar");
	TCase *tc = tcase_create("sip_grammar");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, torture_messages, 0, (int)COUNT(torture));
	tcase_add_loop_test(tc, generated_messages, 0, 20);
	tcase_add_test(tc, status_without_blank);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, uris);
	tcase_add_test(tc, credentials);
	tcase_add_test(tc, challenges);
	tcase_add_test(tc, memory_runs_out);
	suite_add_tcase(s, tc);
	return s;
}
