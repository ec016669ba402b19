/* RTCP compounds, RFC 3550 section 6: a report, SDES with a CNAME, BYE if asked for. */
#include "tests/helpers/recipe_parts.h"

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203, RTCP_XR = 207 };

#define NTP_OFFSET_S UINT64_C(2208988800) /* 1900 to 1970 */

struct report {
	uint32_t ssrc, about, timestamp, packets, octets;
	bool sender, has_block;
	uint8_t fraction;
	uint32_t lost, highest, jitter, lsr, dlsr;
};

static uint64_t ntp_of(int64_t recipe_ns)
{
	uint64_t ns = (uint64_t)(recipe_ns + RECIPE_EPOCH_S * NS_PER_S);
	uint64_t seconds = ns / NS_PER_S + NTP_OFFSET_S, rest = ns % NS_PER_S;

	return seconds << 32 | (rest << 32) / NS_PER_S;
}

static uint8_t *put_header(uint8_t *p, unsigned count, unsigned type, size_t octets)
{
	p[0] = (uint8_t)(0x80 | count);
	p[1] = (uint8_t)type;
	craft_put_be16(p + 2, (uint32_t)(octets / 4 - 1));
	return p + 4;
}

static uint8_t *put_word(uint8_t *p, uint32_t value)
{
	craft_put_be32(p, value);
	return p + 4;
}

static uint8_t *put_report(uint8_t *p, const struct report *q, int64_t now_ns)
{
	uint64_t ntp = ntp_of(now_ns);

	p = put_header(p, q->has_block, q->sender ? RTCP_SR : RTCP_RR,
	               8u + (q->sender ? 20 : 0) + (q->has_block ? 24 : 0));
	p = put_word(p, q->ssrc);
	if (q->sender) {
		p = put_word(p, (uint32_t)(ntp >> 32));
		p = put_word(p, (uint32_t)ntp);
		p = put_word(p, q->timestamp);
		p = put_word(p, q->packets);
		p = put_word(p, q->octets);
	}
	if (q->has_block) {
		p = put_word(p, q->about);
		p = put_word(p, (uint32_t)q->fraction << 24 | (q->lost & 0xffffff));
		p = put_word(p, q->highest);
		p = put_word(p, q->jitter);
		p = put_word(p, q->lsr);
		p = put_word(p, q->dlsr);
	}
	return p;
}

static uint8_t *put_cname(uint8_t *p, uint32_t ssrc, struct slice cname)
{
	size_t chunk =
	        (4 + 2 + cname.n + 1 + 3) / 4 * 4; /* at least one null octet, to a word boundary */

	p = put_header(p, 1, RTCP_SDES, 4 + chunk);
	memset(p, 0, chunk);
	craft_put_be32(p, ssrc);
	p[4] = 1;
	p[5] = (uint8_t)cname.n;
	memcpy(p + 6, cname.p, cname.n);
	return p + chunk;
}

static void read_block(struct recipe *r, struct args *a, struct report *q)
{
	int64_t lsr = args_time(r, a, "lsr", TIME_NONE), dlsr = args_seconds(r, a, "dlsr", 0);
	struct slice about = args_text(a, "about");

	q->has_block = about.p != NULL;
	q->about = about.p ? (uint32_t)recipe_whole(r, about, UINT32_MAX) : 0;
	q->fraction = (uint8_t)args_whole(r, a, "fraction", 0, 255);
	q->lost = (uint32_t)args_whole(r, a, "lost", 0, 0xffffff);
	q->highest = (uint32_t)args_whole(r, a, "highest", 0, UINT32_MAX);
	q->jitter = (uint32_t)args_whole(r, a, "jitter", 0, UINT32_MAX);
	q->lsr = lsr == TIME_NONE ? 0 : (uint32_t)(ntp_of(lsr) >> 16);
	q->dlsr = (uint32_t)(dlsr * 65536 / NS_PER_S);
}

/* RFC 3611 4.7: a VoIP metrics block about the same source, the rest of it "unavailable". */
static uint8_t *put_voip_metrics(uint8_t *p, const struct report *q, unsigned r_factor,
                                 unsigned mos_lq, unsigned mos_cq)
{
	p = put_header(p, 0, RTCP_XR, 44);
	p = put_word(p, q->ssrc);
	p = put_word(p, 7u << 24 | 8);
	p = put_word(p, q->about);
	memset(p, 0, 28);
	p[14] = 127;
	p[15] = 16; /* Gmin */
	p[16] = (uint8_t)r_factor;
	p[17] = 127;
	p[18] = (uint8_t)mos_lq;
	p[19] = (uint8_t)mos_cq;
	return p + 28;
}

void directive_rtcp(struct recipe *r, struct args *a)
{
	struct endpoint src = recipe_endpoint(r, args_word(r, a, "the sender"));
	struct endpoint dst = recipe_endpoint(r, args_word(r, a, "the receiver"));
	struct report q = { .sender = args_flag(a, "sr") };
	struct slice cname = args_text(a, "cname");
	uint8_t *bytes = recipe_alloc(r, 1024), *p = bytes;

	if (!q.sender && !args_flag(a, "rr"))
		recipe_fail(r, "say sr or rr");
	q.ssrc = (uint32_t)args_whole(r, a, "ssrc", 0, UINT32_MAX);
	q.timestamp = (uint32_t)args_whole(r, a, "ts", 0, UINT32_MAX);
	q.packets = (uint32_t)args_whole(r, a, "packets", 0, UINT32_MAX);
	q.octets = (uint32_t)args_whole(r, a, "octets", 0, UINT32_MAX);
	read_block(r, a, &q);
	uint64_t xr_r = args_whole(r, a, "xr-r", 255, 100),
	         lq = args_whole(r, a, "xr-mos-lq", 127, 50),
	         cq = args_whole(r, a, "xr-mos-cq", 127, 50);
	p = put_report(p, &q, r->now_ns);
	p = put_cname(p, q.ssrc, cname.p && cname.n < 200 ? cname : SLICE_LIT("craft@example.com"));
	if (xr_r != 255)
		p = put_voip_metrics(p, &q, (unsigned)xr_r, (unsigned)lq, (unsigned)cq);
	if (args_flag(a, "bye"))
		p = put_word(put_header(p, 1, RTCP_BYE, 8), q.ssrc);
	struct seal *seal = recipe_seal(r, a);
	uint32_t index = (uint32_t)args_whole(r, a, "index", 1, INT32_MAX);
	size_t n = (size_t)(p - bytes);
	if (r->failed)
		return;
	if (seal)
		n = seal_rtcp(seal, index, bytes, n);
	recipe_udp(r, r->now_ns, src, dst, slice_of(bytes, n));
}
