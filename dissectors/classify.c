#include "dissectors/classify.h"

#include "dissectors/rtp.h"
#include "dissectors/sip_msg.h"

static bool is_keepalive(struct slice payload)
{
	for (size_t i = 0; i < payload.n; i++)
		if (payload.p[i] != '\r' && payload.p[i] != '\n' && payload.p[i] != 0)
			return false;
	return true;
}

/* RFC 8489 section 5: two zero bits, length a multiple of 4, the magic cookie. Without the cookie (RFC 3489) the length must
 * be exact and the method Binding or Shared Secret. */
static bool is_stun(struct slice payload)
{
	if (payload.n < 20 || (payload.p[3] & 3) != 0)
		return false;
	size_t length = 20u + load_be16(payload.p + 2);
	if (load_be32(payload.p + 4) == 0x2112A442)
		return length <= payload.n;
	uint16_t method = load_be16(payload.p) & 0xFEEF;
	return length == payload.n && (method == 1 || method == 2);
}

/* RFC 9147 section 4 with RFC 6347's plain records: type, version 254.x, epoch, sequence number, length. */
static bool is_dtls(struct slice payload)
{
	return payload.n >= 13 && payload.p[0] <= 26 && payload.p[1] == 0xFE &&
	       payload.p[2] >= 0xFC && 13u + load_be16(payload.p + 11) <= payload.n;
}

/* RFC 6189 section 5: 0001, and the magic cookie "ZRTP" where RTP has its timestamp. */
static bool is_zrtp(struct slice payload)
{
	return payload.n >= 12 && load_be32(payload.p + 4) == 0x5A525450;
}

/* RFC 8656 section 12.4: channel number, length; over UDP padding to 4 octets may follow. */
static bool is_turn_channel(struct slice payload)
{
	if (payload.n < 4)
		return false;
	size_t length = 4u + load_be16(payload.p + 2);
	return length <= payload.n && payload.n - length < 4;
}

static bool is_rtcp(struct slice payload)
{
	return payload.n >= 8 && rtp_is_rtcp(payload);
}

static bool is_rtp(struct slice payload)
{
	return payload.n >= 12;
}

/* RFC 7983 section 7, and the octets a SIP message can begin with; for each only where the first octet fits. */
static const struct claim {
	enum payload_kind kind;
	uint8_t first, last;
	bool (*claims)(struct slice payload);
} claims[] = {
	{ PAYLOAD_RTCP, 128, 191, is_rtcp },
	{ PAYLOAD_RTP, 128, 191, is_rtp },
	{ PAYLOAD_SIP, '\n', '~', sip_looks_like },
	{ PAYLOAD_KEEPALIVE, 0, '\r', is_keepalive },
	{ PAYLOAD_STUN, 0, 3, is_stun },
	{ PAYLOAD_ZRTP, 16, 19, is_zrtp },
	{ PAYLOAD_DTLS, 20, 63, is_dtls },
	{ PAYLOAD_TURN_CHANNEL, 64, 79, is_turn_channel },
};

enum payload_kind classify_udp(struct slice payload)
{
	if (!payload.n)
		return PAYLOAD_KEEPALIVE;
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		const struct claim *c = &claims[i];
		if (payload.p[0] >= c->first && payload.p[0] <= c->last && c->claims(payload))
			return c->kind;
	}
	return PAYLOAD_UNKNOWN;
}

const char *payload_kind_name(enum payload_kind kind)
{
	switch (kind) {
	case PAYLOAD_UNKNOWN: return "unknown";
	case PAYLOAD_SIP: return "SIP";
	case PAYLOAD_RTP: return "RTP";
	case PAYLOAD_RTCP: return "RTCP";
	case PAYLOAD_STUN: return "STUN";
	case PAYLOAD_DTLS: return "DTLS";
	case PAYLOAD_ZRTP: return "ZRTP";
	case PAYLOAD_TURN_CHANNEL: return "TURN channel";
	case PAYLOAD_KEEPALIVE: return "keep-alive";
	}
	return "unknown";
}
