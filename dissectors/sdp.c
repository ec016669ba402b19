#include "dissectors/sdp.h"

/* What the session level says for all media that do not say otherwise. */
struct defaults {
	struct slice host;
	bool has_addr, has_fingerprint;
	struct ip_addr addr;
	enum sdp_direction direction;
};

struct scan {
	struct sdp *out;
	struct sdp_session_media *media; /* the one being read; NULL at session level */
	bool skipping; /* inside a media section that is one too many */
	bool seen; /* v= or m= was there */
	unsigned lacking; /* enum sdp_defect: the session's lines that did not come yet */
	struct defaults session;
};

/* A constant slice, for tables. */
#define NAME(text)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

/* RFC 3551 section 6, tables 4 and 5. */
static const struct static_type {
	struct slice encoding;
	uint16_t clock_hz;
	uint8_t channels;
} static_types[35] = {
	[0] = { NAME("PCMU"), 8000, 1 },   [3] = { NAME("GSM"), 8000, 1 },
	[4] = { NAME("G723"), 8000, 1 },   [5] = { NAME("DVI4"), 8000, 1 },
	[6] = { NAME("DVI4"), 16000, 1 },  [7] = { NAME("LPC"), 8000, 1 },
	[8] = { NAME("PCMA"), 8000, 1 },   [9] = { NAME("G722"), 8000, 1 },
	[10] = { NAME("L16"), 44100, 2 },  [11] = { NAME("L16"), 44100, 1 },
	[12] = { NAME("QCELP"), 8000, 1 }, [13] = { NAME("CN"), 8000, 1 },
	[14] = { NAME("MPA"), 0, 0 },      [15] = { NAME("G728"), 8000, 1 },
	[16] = { NAME("DVI4"), 11025, 1 }, [17] = { NAME("DVI4"), 22050, 1 },
	[18] = { NAME("G729"), 8000, 1 },  [25] = { NAME("CelB"), 0, 0 },
	[26] = { NAME("JPEG"), 0, 0 },     [28] = { NAME("nv"), 0, 0 },
	[31] = { NAME("H261"), 0, 0 },     [32] = { NAME("MPV"), 0, 0 },
	[33] = { NAME("MP2T"), 0, 0 },     [34] = { NAME("H263"), 0, 0 },
};
#define VIDEO_CLOCK_HZ 90000 /* does not fit the table's 16 bits; its clock is 0 there */

static void add_format(struct sdp_session_media *m, struct slice word, bool *too_many)
{
	uint64_t pt;

	if (!slice_u64(word, 127, &pt))
		return;
	if (sdp_media_format(m, (uint8_t)pt))
		return;
	if (m->format_count == SDP_MAX_FORMATS) {
		*too_many = true;
		return;
	}
	struct sdp_format *f = &m->formats[m->format_count++];
	*f = (struct sdp_format){ .payload_type = (uint8_t)pt };
	if (pt < sizeof static_types / sizeof static_types[0] && static_types[pt].encoding.p) {
		const struct static_type *known = &static_types[pt];
		f->encoding = known->encoding;
		f->clock_hz = known->clock_hz ? known->clock_hz : VIDEO_CLOCK_HZ;
		f->channels = known->channels;
	}
}

/* The next word of blank-separated ones; absent at the end. */
static inline struct slice next_word(struct slice *rest)
{
	const uint8_t *p = rest->p;
	size_t n = rest->n, from = 0;

	while (from < n && ascii_is_lws(p[from]))
		from++;
	if (from == n) {
		*rest = slice_from(*rest, n);
		return SLICE_NONE;
	}
	size_t to = from + 1;
	while (to < n && (p[to] > ' ' || !ascii_is_lws(p[to])))
		to++;
	*rest = slice_of(p + to, n - to);
	return slice_of(p + from, to - from);
}

static bool read_port(struct slice text, uint16_t *out)
{
	uint64_t port;

	if (!slice_u64(text, UINT16_MAX, &port))
		return false;
	*out = (uint16_t)port;
	return true;
}

/* RFC 3550 section 11: RTCP on the next port, where nothing else is said. */
static void finish_media(struct sdp *out, struct sdp_session_media *m)
{
	if (!m)
		return;
	if (m->port && !m->host.n)
		out->defects |= SDP_DEFECT_CONNECTION;
	if (m->rtcp_mux)
		m->rtcp_port = m->port;
	else if (!m->rtcp_port && m->port && m->port != UINT16_MAX)
		m->rtcp_port = (uint16_t)(m->port + 1);
}

/* Everything but the arrays, which are filled as far as their counts say. */
static void start_media(struct sdp_session_media *m, const struct defaults *session)
{
	memset(m, 0, offsetof(struct sdp_session_media, formats));
	m->candidate_count = m->crypto_count = 0;
	m->host = session->host;
	m->has_addr = session->has_addr;
	m->addr = session->addr;
	m->direction = session->direction;
	m->has_fingerprint = session->has_fingerprint;
}

/* m=audio 49170/2 RTP/AVP 0 8 101 */
static void read_media(struct scan *scan, struct slice value)
{
	struct sdp *out = scan->out;

	finish_media(out, scan->media);
	scan->media = NULL;
	scan->seen = true;
	scan->skipping = true;
	struct slice type = next_word(&value), port = next_word(&value), word;
	if (!type.n || !port.n) {
		out->defects |= SDP_DEFECT_MEDIA;
		return;
	}
	if (out->media_count == SDP_MAX_MEDIA) {
		out->too_many = true;
		return;
	}
	struct sdp_session_media *m = &out->media[out->media_count];
	start_media(m, &scan->session);
	if (!read_port(slice_sub(port, 0, slice_find(port, '/')), &m->port)) {
		out->defects |= SDP_DEFECT_MEDIA;
		return;
	}
	m->type = type;
	m->protocol = next_word(&value);
	word = next_word(&value);
	if (!word.p)
		out->defects |= SDP_DEFECT_MEDIA;
	for (; word.p; word = next_word(&value))
		add_format(m, word, &out->too_many);
	out->media_count++;
	scan->media = m;
	scan->skipping = false;
}

/* c=IN IP4 224.2.1.1/127; the time to live and the count behind the address are dropped (RFC 8866 5.7). */
static void read_connection(struct scan *scan, struct slice value)
{
	struct ip_addr addr = { { 0, 0 } };

	next_word(&value);
	next_word(&value);
	struct slice host = next_word(&value);
	if (!host.n)
		return;
	host = slice_sub(host, 0, slice_find(host, '/'));
	bool literal = ip_addr_parse(host, &addr);
	if (scan->media) {
		scan->media->host = host;
		scan->media->has_addr = literal;
		scan->media->addr = addr;
	} else {
		scan->session.host = host;
		scan->session.has_addr = literal;
		scan->session.addr = addr;
	}
}

static void read_origin(struct scan *scan, struct slice value)
{
	struct sdp *out = scan->out;

	out->origin_user = next_word(&value);
	out->session_id = next_word(&value);
	out->session_version = next_word(&value);
	next_word(&value);
	next_word(&value);
	out->origin_host = next_word(&value);
	if (out->origin_host.n)
		scan->lacking &= ~(unsigned)SDP_DEFECT_ORIGIN;
}

static void read_direction(struct scan *scan, enum sdp_direction direction)
{
	if (scan->media)
		scan->media->direction = direction;
	else
		scan->session.direction = direction;
}

/* The format a `payload-type ...` attribute value speaks of, NULL if it is not offered; *value is what follows. */
static struct sdp_format *format_of(struct sdp_session_media *m, struct slice *value)
{
	uint64_t pt;

	if (!slice_u64(next_word(value), 127, &pt))
		return NULL;
	for (unsigned i = 0; i < m->format_count; i++)
		if (m->formats[i].payload_type == pt)
			return &m->formats[i];
	return NULL;
}

/* What lies before the next slash, which is taken off too. Parts are too short for memchr() to pay. */
static inline struct slice next_part(struct slice *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '/')
		n++;
	struct slice part = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n + 1);
	return part;
}

/* a=rtpmap:96 opus/48000/2 */
static void read_rtpmap(struct sdp_session_media *m, struct slice value)
{
	uint64_t number;
	struct sdp_format *f = format_of(m, &value);

	value = slice_trim(value);
	if (!f || !value.n || value.p[0] == '/')
		return;
	f->encoding = slice_trim(next_part(&value));
	f->clock_hz = slice_u64(slice_trim(next_part(&value)), UINT32_MAX, &number)
	                      ? (uint32_t)number
	                      : 0;
	f->channels =
	        slice_u64(slice_trim(next_part(&value)), UINT8_MAX, &number) ? (uint8_t)number : 0;
}

static void read_fmtp(struct sdp_session_media *m, struct slice value)
{
	struct sdp_format *f = format_of(m, &value);
	value = slice_trim(value);
	if (f && value.n)
		f->fmtp = value;
}

/* Some write fractions (a=ptime:20.5): they are dropped. */
static void read_ms(struct slice value, unsigned *out)
{
	uint64_t ms;

	value = slice_trim(value);
	if (slice_u64(slice_sub(value, 0, slice_find(value, '.')), 60000, &ms))
		*out = (unsigned)ms;
}

static void read_ptime(struct sdp_session_media *m, struct slice value)
{
	read_ms(value, &m->ptime_ms);
}

static void read_maxptime(struct sdp_session_media *m, struct slice value)
{
	read_ms(value, &m->maxptime_ms);
}

static void read_rtcp(struct sdp_session_media *m, struct slice value)
{
	read_port(next_word(&value), &m->rtcp_port);
}

static void read_rtcp_mux(struct sdp_session_media *m, struct slice value)
{
	(void)value;
	m->rtcp_mux = true;
}

/* a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:... UNENCRYPTED_SRTCP (RFC 4568 section 4) */
static void add_crypto(struct sdp *out, struct sdp_session_media *m, struct slice value)
{
	struct sdp_crypto c;

	c.tag = next_word(&value);
	c.suite = next_word(&value);
	c.key_params = next_word(&value);
	value = slice_trim(value);
	c.session_params = value.n ? value : SLICE_NONE;
	if (!c.key_params.n)
		return;
	if (m->crypto_count == SDP_MAX_CRYPTO)
		out->too_many = true;
	else
		m->crypto[m->crypto_count++] = c;
}

/* a=candidate:foundation component transport priority address port typ type ... (RFC 8839 section 5.1) */
static bool read_candidate(struct slice value, struct endpoint *out)
{
	next_word(&value);
	if (!slice_eq_str(next_word(&value), "1") || !slice_ieq_str(next_word(&value), "UDP"))
		return false;
	next_word(&value);
	struct slice addr = next_word(&value), port = next_word(&value);
	if (!slice_ieq_str(next_word(&value), "typ"))
		return false;
	struct slice type = next_word(&value);
	if (!slice_ieq_str(type, "host") && !slice_ieq_str(type, "srflx") &&
	    !slice_ieq_str(type, "relay"))
		return false;
	return ip_addr_parse(addr, &out->addr) && read_port(port, &out->port);
}

static void add_candidate(struct sdp *out, struct sdp_session_media *m, struct slice value)
{
	struct endpoint candidate = { { { 0, 0 } }, 0 };

	if (!read_candidate(value, &candidate))
		return;
	if (m->candidate_count == SDP_MAX_CANDIDATES)
		out->too_many = true;
	else
		m->candidates[m->candidate_count++] = candidate;
}

enum attribute_kind {
	ATTRIBUTE_OF_MEDIA, /* means something inside a media section only */
	ATTRIBUTE_DIRECTION,
	ATTRIBUTE_CANDIDATE,
	ATTRIBUTE_CRYPTO,
	ATTRIBUTE_FINGERPRINT,
};

static const struct attribute {
	struct slice name;
	enum attribute_kind kind;
	enum sdp_direction direction;
	void (*read)(struct sdp_session_media *m, struct slice value);
} attributes[] = {
	{ NAME("rtpmap"), ATTRIBUTE_OF_MEDIA, 0, read_rtpmap },
	{ NAME("fmtp"), ATTRIBUTE_OF_MEDIA, 0, read_fmtp },
	{ NAME("ptime"), ATTRIBUTE_OF_MEDIA, 0, read_ptime },
	{ NAME("sendrecv"), ATTRIBUTE_DIRECTION, SDP_SENDRECV, NULL },
	{ NAME("sendonly"), ATTRIBUTE_DIRECTION, SDP_SENDONLY, NULL },
	{ NAME("recvonly"), ATTRIBUTE_DIRECTION, SDP_RECVONLY, NULL },
	{ NAME("inactive"), ATTRIBUTE_DIRECTION, SDP_INACTIVE, NULL },
	{ NAME("maxptime"), ATTRIBUTE_OF_MEDIA, 0, read_maxptime },
	{ NAME("rtcp"), ATTRIBUTE_OF_MEDIA, 0, read_rtcp },
	{ NAME("rtcp-mux"), ATTRIBUTE_OF_MEDIA, 0, read_rtcp_mux },
	{ NAME("crypto"), ATTRIBUTE_CRYPTO, 0, NULL },
	{ NAME("candidate"), ATTRIBUTE_CANDIDATE, 0, NULL },
	{ NAME("fingerprint"), ATTRIBUTE_FINGERPRINT, 0, NULL },
};
#define ATTRIBUTE_COUNT (sizeof attributes / sizeof attributes[0])

static const struct attribute *attribute_of(struct slice name)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT && name.n; i++) {
		const struct attribute *known = &attributes[i];
		if (known->name.n == name.n && known->name.p[0] == name.p[0] &&
		    slice_eq(known->name, name))
			return known;
	}
	return NULL;
}

static void read_attribute(struct scan *scan, struct slice line)
{
	size_t colon = 0;

	while (colon < line.n && line.p[colon] != ':')
		colon++;
	const struct attribute *known = attribute_of(slice_trim(slice_sub(line, 0, colon)));
	if (!known)
		return;
	struct slice value = slice_from(line, colon + 1);
	switch (known->kind) {
	case ATTRIBUTE_OF_MEDIA:
		if (scan->media)
			known->read(scan->media, value);
		break;
	case ATTRIBUTE_CANDIDATE:
		if (scan->media)
			add_candidate(scan->out, scan->media, value);
		break;
	case ATTRIBUTE_CRYPTO:
		if (scan->media)
			add_crypto(scan->out, scan->media, value);
		break;
	case ATTRIBUTE_DIRECTION: read_direction(scan, known->direction); break;
	case ATTRIBUTE_FINGERPRINT:
		if (scan->media)
			scan->media->has_fingerprint = true;
		else
			scan->session.has_fingerprint = true;
		break;
	}
}

/* Lines that only have to be there. */
static void note_line(struct scan *scan, uint8_t type)
{
	switch (type) {
	case 'v':
		scan->seen = true;
		scan->lacking &= ~(unsigned)SDP_DEFECT_VERSION;
		break;
	case 's': scan->lacking &= ~(unsigned)SDP_DEFECT_NAME; break;
	case 't': scan->lacking &= ~(unsigned)SDP_DEFECT_TIME; break;
	default: break;
	}
}

static void read_line(struct scan *scan, uint8_t type, struct slice value)
{
	if (type == 'm')
		read_media(scan, value);
	else if (scan->skipping)
		return; /* lines of a media section we could not take belong to no other */
	else if (type == 'a')
		read_attribute(scan, value);
	else if (type == 'c')
		read_connection(scan, value);
	else if (type == 'o')
		read_origin(scan, value);
	else
		note_line(scan, type);
}

enum parse_status sdp_parse(struct slice body, struct sdp *out)
{
	struct scan scan = { .out = out,
		             .session = { .direction = SDP_SENDRECV },
		             .lacking = SDP_DEFECT_VERSION | SDP_DEFECT_ORIGIN | SDP_DEFECT_NAME |
		                        SDP_DEFECT_TIME };
	struct slice line;

	/* The media array is filled as far as media_count says. */
	memset(out, 0, offsetof(struct sdp, media));
	out->too_many = false;
	while (slice_line(&body, &line))
		if (line.n >= 2 && line.p[1] == '=')
			read_line(&scan, line.p[0], slice_from(line, 2));
	finish_media(out, scan.media);
	out->defects |= scan.lacking;
	return scan.seen ? PARSE_OK : PARSE_NOT_MINE;
}

bool sdp_media_is_hold(const struct sdp_session_media *m)
{
	return m->direction == SDP_SENDONLY || m->direction == SDP_INACTIVE ||
	       (m->has_addr && ip_addr_is_any(m->addr));
}

const struct sdp_format *sdp_media_format(const struct sdp_session_media *m, uint8_t payload_type)
{
	for (unsigned i = 0; i < m->format_count; i++)
		if (m->formats[i].payload_type == payload_type)
			return &m->formats[i];
	return NULL;
}

const char *sdp_direction_name(enum sdp_direction d)
{
	switch (d) {
	case SDP_SENDRECV: return "sendrecv";
	case SDP_SENDONLY: return "sendonly";
	case SDP_RECVONLY: return "recvonly";
	case SDP_INACTIVE: return "inactive";
	}
	return "sendrecv";
}
