/* Bodies of messages: SDP of a session's party, or a text of the line. */
#include "tests/helpers/recipe_parts.h"

struct body {
	bool wanted;
	struct slice direction; /* "sendrecv" ... */
	struct endpoint media;
	struct slice codecs;
	struct slice connection; /* overrides the address in c= */
	struct slice profile; /* of m=; absent: RTP/SAVP with keys, RTP/AVP without */
	struct crypto_lines crypto;
};

static void add_media_line(struct recipe *r, const struct session *s, const struct body *b,
                           struct text *out)
{
	struct slice rest = b->codecs, name;

	text_addf(out, "m=audio %u %.*s", b->media.port, SLICE_ARG(b->profile));
	while (slice_split(&rest, ',', &name))
		text_addf(out, " %u", recipe_codec(r, name)->payload_type);
	if (s->dtmf_type)
		text_addf(out, " %u", s->dtmf_type);
	if (s->redundant_type)
		text_addf(out, " %u", s->redundant_type);
	text_addf(out, "\r\n");
}

static void add_rtpmaps(struct recipe *r, const struct session *s, const struct body *b,
                        struct text *out)
{
	struct slice rest = b->codecs, name;
	uint32_t clock = 0;

	while (slice_split(&rest, ',', &name)) {
		const struct rtp_codec *codec = recipe_codec(r, name);
		text_addf(out, "a=rtpmap:%u %s\r\n", codec->payload_type, codec->rtpmap);
		if (!clock)
			clock = codec->clock_hz;
	}
	if (s->dtmf_type)
		text_addf(out, "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u 0-15\r\n", s->dtmf_type,
		          clock, s->dtmf_type);
	if (s->redundant_type)
		text_addf(out, "a=rtpmap:%u red/%u\r\na=fmtp:%u %u/%u\r\n", s->redundant_type,
		          clock, s->redundant_type, s->dtmf_type, s->dtmf_type);
}

static struct slice make_sdp(struct recipe *r, struct session *s, enum side by,
                             const struct host *from, const struct body *b)
{
	char origin[IP_ADDR_TEXT], connection[IP_ADDR_TEXT];
	const char *family = ip_addr_is_v4(b->media.addr) ? "IP4" : "IP6";
	struct text out;

	text_init(&out);
	ip_addr_format(from->addr, origin);
	ip_addr_format(b->media.addr, connection);
	text_addf(&out, "v=0\r\no=%.*s 1 %u IN %s %s\r\ns=-\r\n",
	          SLICE_ARG(session_user(s, from, by)), ++s->sdp_version[by], family, origin);
	if (b->connection.p)
		text_addf(&out, "c=IN %s %.*s\r\nt=0 0\r\n", family, SLICE_ARG(b->connection));
	else
		text_addf(&out, "c=IN %s %s\r\nt=0 0\r\n", family, connection);
	add_media_line(r, s, b, &out);
	add_rtpmaps(r, s, b, &out);
	text_addf(&out, "a=ptime:%u\r\n", s->ptime_ms);
	recipe_add_crypto(&b->crypto, &out);
	if (s->rtcp_mux)
		text_addf(&out, "a=rtcp-mux\r\n");
	text_addf(&out, "a=%.*s\r\n", SLICE_ARG(b->direction));
	struct slice kept = recipe_keep(r, slice_str(text_cstr(&out)));
	text_release(&out);
	return kept;
}

struct slice recipe_without_cr(struct recipe *r, struct slice text)
{
	uint8_t *p = recipe_alloc(r, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			p[n++] = text.p[i];
	return slice_of(p, n);
}

/* "sdp" or "sdp=sendonly", "codec=", "media=ADDRESS:PORT", "connection=0.0.0.0". */
static struct body read_sdp(struct recipe *r, struct args *a, const struct session *s, enum side by,
                            const struct host *from)
{
	struct slice direction = args_text(a, "sdp"), codec = args_text(a, "codec"),
	             media = args_text(a, "media");
	struct body b = { .media = s->media[by],
		          .codecs = s->codecs,
		          .direction = SLICE_LIT("sendrecv") };

	recipe_read_crypto(a, "crypto", &b.crypto);
	if (!b.crypto.none && !b.crypto.count)
		b.crypto = s->crypto[by];
	b.profile = args_text(a, "profile");
	if (!b.profile.p)
		b.profile = b.crypto.count ? SLICE_LIT("RTP/SAVP") : SLICE_LIT("RTP/AVP");
	if (s->host[by] != from) /* a fork that nobody has answered on yet */
		b.media = (struct endpoint){ from->addr, from->rtp_port };
	b.wanted = args_flag(a, "sdp") || direction.p;
	b.connection = args_text(a, "connection");
	if (direction.p)
		b.direction = direction;
	if (codec.p)
		b.codecs = codec;
	if (media.p)
		b.media = recipe_endpoint(r, media);
	struct slice rest = b.codecs, name;
	while (slice_split(&rest, ',', &name))
		recipe_codec(r, name);
	return b;
}

/* "\\r", "\\n" and "\\t" of a body option. */
static struct slice unescaped(struct recipe *r, struct slice text)
{
	uint8_t *p = recipe_alloc(r, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : 0;
		bool escape = c == '\\' && (next == 'r' || next == 'n' || next == 't');
		if (escape)
			i++;
		p[n++] = !escape ? c : next == 'r' ? '\r' : next == 'n' ? '\n' : '\t';
	}
	return slice_of(p, n);
}

void recipe_add_body(struct recipe *r, struct session *s, enum side by, const struct host *from,
                     struct args *a, struct text *out)
{
	struct body b = read_sdp(r, a, s, by, from);
	struct slice text = args_text(a, "body"), type = args_text(a, "type");

	if (r->failed)
		return;
	if (!type.p)
		type = b.wanted ? SLICE_LIT("application/sdp") : SLICE_LIT("text/plain");
	if (text.p)
		text = unescaped(r, recipe_expand(r, text));
	else if (b.wanted)
		text = make_sdp(r, s, by, from, &b);
	if (r->lf_only && text.p)
		text = recipe_without_cr(r, text);
	if (text.p)
		text_addf(out, "Content-Type: %.*s\r\n", SLICE_ARG(type));
	text_addf(out, "Content-Length: %zu\r\n\r\n", text.n);
	text_add(out, text);
}
