#include "dissectors/rtp.h"

/* RFC 3550 5.3.1: a 16-bit word of the profile, the length in 32-bit words, the data. */
static struct slice take_extension(struct cursor *c)
{
	cursor_be16(c);
	return cursor_take(c, 4u * cursor_be16(c));
}

/* RFC 3550 5.1: the last octet of the padding counts the padding, itself included. */
static bool remove_padding(struct slice *payload, uint8_t *octets)
{
	if (payload->n == 0)
		return false;
	size_t padding = payload->p[payload->n - 1];
	if (padding == 0 || padding > payload->n)
		return false;
	payload->n -= padding;
	*octets = (uint8_t)padding;
	return true;
}

/* Everything but the padding; c.overrun if the header goes on beyond the end. At least 12 octets. */
static struct cursor parse_header(struct slice datagram, struct rtp_packet *out)
{
	struct cursor c = cursor_of(datagram);
	uint8_t flags = cursor_u8(&c), type = cursor_u8(&c);

	*out = (struct rtp_packet){
		.marker = (type & 0x80) != 0,
		.payload_type = type & 0x7f,
		.csrc_count = flags & 0x0f,
	};
	out->seq = cursor_be16(&c);
	out->timestamp = cursor_be32(&c);
	out->ssrc = cursor_be32(&c);
	cursor_take(&c, 4u * out->csrc_count);
	if (flags & 0x10)
		out->extension = take_extension(&c);
	return c;
}

static bool is_version_2(struct slice datagram)
{
	return datagram.n >= 12 && datagram.p[0] >> 6 == 2;
}

enum parse_status rtp_parse_slow(struct slice datagram, struct rtp_packet *out)
{
	if (!is_version_2(datagram))
		return PARSE_NOT_MINE;

	struct cursor c = parse_header(datagram, out);
	if (c.overrun)
		return PARSE_BAD;
	struct slice payload = cursor_rest(&c);
	if (datagram.p[0] & 0x20 && !remove_padding(&payload, &out->padding))
		return PARSE_BAD;
	out->payload = payload;
	return PARSE_OK;
}

enum parse_status rtp_parse_cut(struct slice datagram, struct rtp_packet *out)
{
	if (!is_version_2(datagram))
		return PARSE_NOT_MINE;

	struct cursor c = parse_header(datagram, out);
	if (!c.overrun)
		out->payload = cursor_rest(&c);
	return PARSE_OK;
}
