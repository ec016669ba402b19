/* RFC 6035 reports: the example of its section 4.7, and what goes wrong in the field. */
#include "dissectors/vq_report.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_vq_report(void);

#define TYPE "application/vq-rtcpxr"

static bool parse(const char *body, struct vq_report *out)
{
	return vq_report_parse(SLICE_LIT(TYPE), slice_str(body), out);
}

START_TEST(whole_report)
{
	struct vq_report r;
	char addr[IP_ADDR_TEXT];

	ck_assert(parse(
	        "VQSessionReport: CallTerm\r\nCallID: 6dg37f1890463\r\n"
	        "LocalID: Alice <sip:alice@example.org>\r\n"
	        "LocalAddr: IP=192.0.2.10 PORT=5000 SSRC=1a3b5c7d\r\n"
	        "RemoteAddr:IP=198.51.100.5 PORT=5002 SSRC=0x2468abcd\r\n"
	        "LocalMetrics:\r\n"
	        "Timestamps:START=2026-01-01T00:00:00Z STOP=2026-01-01T00:01:00Z\r\n"
	        "SessionDesc: PT=18 PD=G729 SR=8000 FMTP=\"annexb=no PLC=1\" PLC=3 SSUP=on\r\n"
	        "JitterBuffer:JBA=3 JBR=2 JBN=40 JBM=80 JBX=120\r\n"
	        "PacketLoss:NLR=5.0 JDR=2.5\r\n"
	        "BurstGapLoss:BLD=10.5 BD=140 GLD=2.0 GD=500 GMIN=16\r\n"
	        "Delay:RTD=200 ESD=140 SOWD=100 IAJ=2 MAJ=10\r\n"
	        "Signal:SL=-21 NL=-50 RERL=55\r\n"
	        "QualityEst:RLQ=90 RCQ=85 EXTRI=88 MOSLQ=4.2 MOSCQ=4.1 QoEEstAlg=P.564\r\n"
	        "RemoteMetrics:\r\nPacketLoss:NLR=0.0 JDR=0.0\r\n"
	        "DialogID:38419823470834;to-tag=8472761;from-tag=9123dh311\r\n",
	        &r));
	ck_assert(slice_eq_str(r.kind, "CallTerm"));
	ck_assert(slice_eq_str(r.call_id, "6dg37f1890463"));
	ck_assert(r.local.has_endpoint && r.local.has_ssrc && r.local.ssrc == 0x1a3b5c7d);
	ck_assert(r.remote.has_endpoint && r.remote.ssrc == 0x2468abcd);
	ck_assert_uint_eq(r.remote.endpoint.port, 5002);
	ip_addr_format(r.remote.endpoint.addr, addr);
	ck_assert_str_eq(addr, "198.51.100.5");
	static const double expected[VQ_METRICS] = { 5,   2.5, 10.5, 140, 2,   500, 16,  200,
		                                     140, 100, 2,    -21, -50, 55,  90,  85,
		                                     88,  4.2, 4.1,  3,   40,  80,  120, 3 };
	for (unsigned i = 0; i < VQ_METRICS; i++)
		ck_assert_msg(r.of_local.value[i] == expected[i], "metric %u: %f", i,
		              r.of_local.value[i]);
	ck_assert(r.of_remote.present && r.of_remote.value[VQ_NETWORK_LOSS] == 0);
	ck_assert(isnan(r.of_remote.value[VQ_MOS_LQ]));
}
END_TEST

START_TEST(what_is_wrong_is_not_said)
{
	static const char *const bad[] = { "MOSLQ=127", "MOSLQ=0",
		                           "MOSLQ=nan", "MOSLQ=4.1x",
		                           "MOSLQ=1e0", "MOSLQ=",
		                           "MOSLQ",     "MOSLQ=..",
		                           "MOSLQ=\"",  "MOSLQ=00000000000000000000000004" };
	struct vq_report r;
	char body[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(body, sizeof body, "LocalMetrics:\nQualityEst:%s\nDelay:RTD=7", bad[i]);
		ck_assert(parse(body, &r));
		ck_assert_msg(isnan(r.of_local.value[VQ_MOS_LQ]), "%s", bad[i]);
		ck_assert(r.of_local.value[VQ_ROUND_TRIP_MS] == 7);
	}
	ck_assert(parse("LocalAddr:IP=nowhere PORT=5 SSRC=xyz\nLocalMetrics:", &r));
	ck_assert(!r.local.has_endpoint && !r.local.has_ssrc);
	ck_assert(parse("LocalAddr:IP=192.0.2.1 PORT=70000 SSRC=123456789\nLocalMetrics:", &r));
	ck_assert(!r.local.has_endpoint && !r.local.has_ssrc);
}
END_TEST

START_TEST(no_report)
{
	struct vq_report r;

	ck_assert(!parse("", &r));
	ck_assert(!parse("PacketLoss:NLR=5.0", &r));
	ck_assert(!parse("hello", &r));
	ck_assert(!vq_report_parse(SLICE_LIT("text/plain"), SLICE_LIT("LocalMetrics:"), &r));
	ck_assert(vq_report_parse(
	        SLICE_LIT("multipart/mixed;boundary=x"),
	        SLICE_LIT("--x\r\nContent-Type: " TYPE "\r\n\r\nLocalMetrics:\r\n--x--\r\n"), &r));
}
END_TEST

Suite *suite_vq_report(void)
{
	Suite *s = suite_create("vq_report");
	TCase *t = tcase_create("vq_report");

	tcase_add_test(t, whole_report);
	tcase_add_test(t, what_is_wrong_is_not_said);
	tcase_add_test(t, no_report);
	suite_add_tcase(s, t);
	return s;
}
