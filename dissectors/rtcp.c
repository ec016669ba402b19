#include "dissectors/rtcp.h"

/* The payload types of IANA's list that can stand in a compound. */
enum {
	RTCP_FIR = 192, /* RFC 2032 */
	RTCP_NACK = 193, /* RFC 2032 */
	RTCP_IJ = 195, /* RFC 5450 */
	RTCP_RTPFB = 205, /* RFC 4585 */
	RTCP_PSFB = 206, /* RFC 4585 */
	RTCP_LAST = 213, /* RFC 6642 and what came between */
};

#define HEADER_OCTETS 4u
#define BLOCK_OCTETS  24u
/* SRTCP appends E and index (4 octets) and a tag: 10 octets by default, 4 in short-tag profiles. RFC 3711 3.4. */
#define SRTCP_TRAILER       14u
#define SRTCP_TRAILER_SHORT 8u
#define COMPOUND_MAX        32

/* One packet of the compound by its header: V(2) P(1) count(5) | type | length in words less one. */
struct frame {
	uint8_t type, count;
	bool padding;
	size_t octets; /* header included */
};

/* RFC 3550 6.4 to 6.7, RFC 4585 6.1, RFC 3611 2: fewer octets than this cannot be that type. 0: no RTCP type. */
static size_t least_octets(uint8_t type, uint8_t count)
{
	switch (type) {
	case RTCP_SR: return 28 + BLOCK_OCTETS * count;
	case RTCP_RR: return 8 + BLOCK_OCTETS * count;
	case RTCP_SDES: return HEADER_OCTETS + 8u * count;
	case RTCP_BYE:
	case RTCP_IJ: return HEADER_OCTETS + 4u * count;
	case RTCP_APP:
	case RTCP_RTPFB:
	case RTCP_PSFB:
	case RTCP_NACK: return 12;
	case RTCP_FIR:
	case RTCP_XR: return 8;
	default: return type > RTCP_XR && type <= RTCP_LAST ? 8 : 0;
	}
}

static enum parse_status frame_parse(struct slice s, struct frame *out)
{
	if (s.n < HEADER_OCTETS || s.p[0] >> 6 != 2)
		return PARSE_NOT_MINE;
	*out = (struct frame){
		.type = s.p[1],
		.count = s.p[0] & 0x1f,
		.padding = (s.p[0] & 0x20) != 0,
		.octets = 4 * ((size_t)load_be16(s.p + 2) + 1),
	};
	size_t least = least_octets(out->type, out->count);
	if (least == 0)
		return PARSE_NOT_MINE;
	return out->octets >= least && out->octets <= s.n ? PARSE_OK : PARSE_BAD;
}

/* What follows the four octets of the header, without the padding (a multiple of four, RFC 3550 6.4.1). */
static bool frame_body(const struct frame *f, struct slice s, struct slice *body)
{
	*body = slice_sub(s, HEADER_OCTETS, f->octets - HEADER_OCTETS);
	if (!f->padding)
		return true;
	size_t padding = body->n ? body->p[body->n - 1] : 0;
	if (padding == 0 || padding % 4 != 0 || padding > body->n)
		return false;
	body->n -= padding;
	return true;
}

static int32_t sign_extend_24(uint32_t v)
{
	return v & 0x800000 ? (int32_t)v - 0x1000000 : (int32_t)v;
}

static void read_blocks(struct cursor *c, unsigned count, struct rtcp_packet *out)
{
	out->block_count = count;
	for (unsigned i = 0; i < count; i++) {
		struct rtcp_block *b = &out->blocks[i];
		b->ssrc = cursor_be32(c);
		b->fraction_lost = cursor_u8(c);
		b->cumulative_lost = sign_extend_24(cursor_be24(c));
		b->highest_seq = cursor_be32(c);
		b->jitter = cursor_be32(c);
		b->lsr = cursor_be32(c);
		b->dlsr = cursor_be32(c);
	}
}

static void read_sender(struct cursor *c, struct rtcp_packet *out)
{
	out->ntp = cursor_be64(c);
	out->rtp_timestamp = cursor_be32(c);
	out->packet_count = cursor_be32(c);
	out->octet_count = cursor_be32(c);
}

/* RFC 3550 6.5: items of type, length, text; type 0 ends the chunk. CNAME is type 1. */
static void read_first_chunk(struct cursor *c, struct rtcp_packet *out)
{
	while (cursor_left(c) > 0 && !out->cname.p) {
		uint8_t item = cursor_u8(c);
		if (item == 0)
			return;
		struct slice text = cursor_take(c, cursor_u8(c));
		if (item == 1)
			out->cname = text;
	}
}

/* RFC 3611 4.7, after the four octets of the block's header. */
static void read_voip_metrics(struct slice block, struct rtcp_voip_metrics *m)
{
	struct cursor c = cursor_of(block);

	m->ssrc = cursor_be32(&c);
	m->loss_rate = cursor_u8(&c);
	m->discard_rate = cursor_u8(&c);
	m->burst_density = cursor_u8(&c);
	m->gap_density = cursor_u8(&c);
	m->burst_ms = cursor_be16(&c);
	m->gap_ms = cursor_be16(&c);
	m->round_trip_ms = cursor_be16(&c);
	m->end_system_ms = cursor_be16(&c);
	m->signal_dbm = (int8_t)cursor_u8(&c);
	m->noise_dbm = (int8_t)cursor_u8(&c);
	m->rerl = cursor_u8(&c);
	m->gmin = cursor_u8(&c);
	m->r_factor = cursor_u8(&c);
	m->ext_r_factor = cursor_u8(&c);
	m->mos_lq = cursor_u8(&c);
	m->mos_cq = cursor_u8(&c);
	m->rx_config = cursor_u8(&c);
	cursor_u8(&c);
	m->jb_nominal_ms = cursor_be16(&c);
	m->jb_max_ms = cursor_be16(&c);
	m->jb_abs_max_ms = cursor_be16(&c);
}

/* RFC 3611 3: blocks of type, type-specific octet, length in words less one. VoIP metrics is type 7 with length 8. */
static void read_reports(struct cursor *c, struct rtcp_packet *out)
{
	const unsigned room = sizeof out->metrics / sizeof out->metrics[0];

	while (cursor_left(c) > 0 && !c->overrun) {
		uint8_t type = cursor_u8(c);
		cursor_u8(c);
		size_t words = cursor_be16(c);
		struct slice block = cursor_take(c, 4 * words);
		if (type == 7 && block.p && words == 8 && out->metrics_count < room)
			read_voip_metrics(block, &out->metrics[out->metrics_count++]);
	}
}

static void clear(struct rtcp_packet *out, uint8_t type)
{
	/* Not the whole struct: its arrays are a kilobyte, and the counts say how much of them is meant. */
	out->type = type;
	out->encrypted = false;
	out->ssrc = out->rtp_timestamp = out->packet_count = out->octet_count = 0;
	out->ntp = 0;
	out->block_count = out->metrics_count = 0;
	out->cname = out->bye_reason = SLICE_NONE;
}

/* Takes off the packets whose headers hold; true if there was one. Not without end, as rtcp_next() asks for each packet anew: nobody
 * sends so many in one datagram. */
static bool skip_frames(struct slice *rest)
{
	struct frame f;
	bool any = false;

	for (unsigned i = 0; i < COMPOUND_MAX && frame_parse(*rest, &f) == PARSE_OK; i++) {
		any = true;
		*rest = slice_from(*rest, f.octets);
	}
	return any;
}

static bool all_zero(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

/* RFC 3711 3.4, RFC 7714 9.2: E, set, and a packet index that is small still, in front of the tag or behind it. */
static bool ends_in_index(struct slice s)
{
	static const size_t from_end[] = { SRTCP_TRAILER, SRTCP_TRAILER_SHORT, 4 };

	for (size_t i = 0; i < sizeof from_end / sizeof from_end[0]; i++)
		if (s.n >= from_end[i] && load_be32(s.p + s.n - from_end[i]) >> 16 == 0x8000)
			return true;
	return false;
}

bool rtcp_encrypted(struct slice datagram)
{
	struct slice rest = datagram;
	struct frame f;

	if (!skip_frames(&rest) || rest.n < SRTCP_TRAILER_SHORT || all_zero(rest))
		return false;
	/* A packet cut or with a wrong length behind good ones is no ciphertext. */
	return frame_parse(rest, &f) == PARSE_NOT_MINE || ends_in_index(datagram);
}

/* Who sent it, or the first whom it is about: at the front of all types but RFC 5450's, whose count may be none in SDES and BYE. */
static bool names_ssrc(const struct frame *f)
{
	if (f->type == RTCP_SDES || f->type == RTCP_BYE)
		return f->count > 0;
	return f->type != RTCP_IJ;
}

/* RFC 3550 6.6: behind the SSRCs (the first one is read already) a length and so many octets. */
static void read_reason(struct cursor *c, unsigned count, struct rtcp_packet *out)
{
	cursor_take(c, 4 * (size_t)(count - 1));
	if (!c->overrun && cursor_left(c) > 0)
		out->bye_reason = cursor_take(c, cursor_u8(c));
}

static void read_body(struct cursor *c, const struct frame *f, struct rtcp_packet *out)
{
	if (f->type == RTCP_SR)
		read_sender(c, out);
	if (f->type == RTCP_SR || f->type == RTCP_RR)
		read_blocks(c, f->count, out);
	if (f->type == RTCP_SDES && f->count > 0)
		read_first_chunk(c, out);
	if (f->type == RTCP_BYE && f->count > 0)
		read_reason(c, f->count, out);
	if (f->type == RTCP_XR)
		read_reports(c, out);
}

enum parse_status rtcp_next(struct slice *compound, struct rtcp_packet *out)
{
	struct frame f;
	struct slice body;
	enum parse_status status = frame_parse(*compound, &f);

	if (status != PARSE_OK)
		return status;
	clear(out, f.type);
	if (rtcp_encrypted(*compound)) {
		out->encrypted = true;
		out->ssrc = load_be32(compound->p + HEADER_OCTETS);
		*compound = slice_from(*compound, compound->n);
		return PARSE_OK;
	}
	if (!frame_body(&f, *compound, &body))
		return PARSE_BAD;

	struct cursor c = cursor_of(body);
	if (names_ssrc(&f))
		out->ssrc = cursor_be32(&c);
	read_body(&c, &f, out);
	if (c.overrun)
		return PARSE_BAD;
	*compound = slice_from(*compound, f.octets);
	return PARSE_OK;
}

bool rtcp_plausible(struct slice datagram)
{
	struct frame first;

	/* RFC 5506: feedback, BYE, APP or XR may stand alone; nothing newer or older begins a compound. */
	if (frame_parse(datagram, &first) != PARSE_OK || first.type < RTCP_SR ||
	    first.type > RTCP_XR)
		return false;
	struct slice rest = slice_from(datagram, first.octets);
	/* RFC 3550 A.2: only the last is padded. */
	if (first.octets < 8 || (first.padding && rest.n > 0))
		return false;
	skip_frames(&rest);
	/* A report is long and its length fits its count; the others say little, so a short tag is not believed of them. */
	bool report = first.type == RTCP_SR || first.type == RTCP_RR;
	return all_zero(rest) || rest.n >= (report ? SRTCP_TRAILER_SHORT : SRTCP_TRAILER);
}
