/* SIP by sessions: request and reply keep tags, branches, CSeq numbers, and SDP, as RFC 3261 asks, unless an option says otherwise. */
#include "tests/helpers/recipe_parts.h"

struct session *recipe_session(struct recipe *r, struct slice name)
{
	for (unsigned i = 0; i < r->session_count; i++)
		if (slice_eq(r->sessions[i].name, name))
			return &r->sessions[i];
	recipe_fail(r, "no session is called '%.*s'", SLICE_ARG(name));
	return NULL;
}

/* Name and options of `session` and `call` alike; flags are taken first, lest one passes for the name. */
struct session *recipe_add_session(struct recipe *r, struct args *a, bool named)
{
	static const char *const host_key[2] = { "from", "to" },
	                         *const user_key[2] = { "caller", "callee" },
	                         *const media_key[2] = { "caller-media", "callee-media" };
	if (r->session_count == RECIPE_MAX_SESSIONS) {
		recipe_fail(r, "more than %d sessions", RECIPE_MAX_SESSIONS);
		return NULL;
	}
	struct session *s = &r->sessions[r->session_count];
	*s = (struct session){ .rtcp_mux = args_flag(a, "rtcp-mux") };
	struct slice name = named ? args_word(r, a, "the session's name") : args_word_if_any(a);
	if (!name.p)
		name = recipe_printf(r, "call%u", r->session_count + 1);
	s->name = name;
	struct slice id = args_text(a, "id"), codec = args_text(a, "codec"),
	             tcp = args_text(a, "over");
	for (unsigned i = 0; i < 2 && !r->failed; i++) {
		struct slice host = args_text(a, host_key[i]), user = args_text(a, user_key[i]),
		             media = args_text(a, media_key[i]);
		s->host[i] = recipe_host(r, host);
		if (!s->host[i])
			return NULL;
		s->user[i] = user.p ? user : host;
		s->tag[i] = recipe_printf(r, "%.*s-%.*s", SLICE_ARG(name), SLICE_ARG(host));
		s->media[i] = (struct endpoint){ s->host[i]->addr, s->host[i]->rtp_port };
		if (media.p)
			s->media[i] = recipe_endpoint(r, media);
		else
			s->host[i]->rtp_port = (uint16_t)(s->host[i]->rtp_port + 2);
		s->cseq[i] = i == CALLER ? 1 : 101;
	}
	s->call_id = id.p ? id : recipe_printf(r, "%.*s@example.com", SLICE_ARG(name));
	s->codecs = codec.p ? codec : SLICE_LIT("PCMU");
	s->ptime_ms = (unsigned)args_whole(r, a, "ptime", 20, 1000);
	s->dtmf_type = (unsigned)args_whole(r, a, "dtmf", 0, 127);
	s->tcp = tcp.p ? recipe_tcp_link(r, tcp) : NULL;
	r->session_count++;
	return s;
}

void directive_session(struct recipe *r, struct args *a)
{
	recipe_add_session(r, a, true);
}

/* --- SDP ------------------------------------------------------------------------------------------------------------ */

struct body {
	bool wanted;
	struct slice direction; /* "sendrecv" ... */
	struct endpoint media;
	struct slice codecs;
	struct slice connection; /* overrides the address in c= */
};

static void add_media_line(struct recipe *r, const struct session *s, const struct body *b,
                           struct text *out)
{
	struct slice rest = b->codecs, name;

	text_addf(out, "m=audio %u RTP/AVP", b->media.port);
	while (slice_split(&rest, ',', &name))
		text_addf(out, " %u", recipe_codec(r, name)->payload_type);
	if (s->dtmf_type)
		text_addf(out, " %u", s->dtmf_type);
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
}

static struct slice make_sdp(struct recipe *r, struct session *s, enum side by,
                             const struct body *b)
{
	char origin[IP_ADDR_TEXT], connection[IP_ADDR_TEXT];
	const char *family = ip_addr_is_v4(b->media.addr) ? "IP4" : "IP6";
	struct text out;

	text_init(&out);
	ip_addr_format(s->host[by]->addr, origin);
	ip_addr_format(b->media.addr, connection);
	text_addf(&out, "v=0\r\no=%.*s 1 %u IN %s %s\r\ns=-\r\n", SLICE_ARG(s->user[by]),
	          ++s->sdp_version[by], family, origin);
	if (b->connection.p)
		text_addf(&out, "c=IN %s %.*s\r\nt=0 0\r\n", family, SLICE_ARG(b->connection));
	else
		text_addf(&out, "c=IN %s %s\r\nt=0 0\r\n", family, connection);
	add_media_line(r, s, b, &out);
	add_rtpmaps(r, s, b, &out);
	text_addf(&out, "a=ptime:%u\r\n", s->ptime_ms);
	if (s->rtcp_mux)
		text_addf(&out, "a=rtcp-mux\r\n");
	text_addf(&out, "a=%.*s\r\n", SLICE_ARG(b->direction));
	struct slice kept = recipe_keep(r, slice_str(text_cstr(&out)));
	text_release(&out);
	return kept;
}

/* "sdp" or "sdp=sendonly", "codec=", "media=ADDRESS:PORT", "connection=0.0.0.0". */
static struct body read_body(struct recipe *r, struct args *a, const struct session *s,
                             enum side by)
{
	struct slice direction = args_text(a, "sdp"), codec = args_text(a, "codec"),
	             media = args_text(a, "media");
	struct body b = { .media = s->media[by],
		          .codecs = s->codecs,
		          .direction = SLICE_LIT("sendrecv") };

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

/* --- sending -------------------------------------------------------------------------------------------------------- */

static struct slice without_cr(struct recipe *r, struct slice text)
{
	uint8_t *p = recipe_alloc(r, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			p[n++] = text.p[i];
	return slice_of(p, n);
}

static void transmit(struct recipe *r, struct session *s, enum side by, struct slice text)
{
	struct host *from = s->host[by], *to = s->host[1 - by];

	s->last_message = text;
	s->last_by = by;
	if (s->tcp)
		recipe_tcp_write(r, s->tcp, from->addr, text);
	else
		recipe_udp(r, r->now_ns, (struct endpoint){ from->addr, from->sip_port },
		           (struct endpoint){ to->addr, to->sip_port }, text);
}

static void add_headers(struct args *a, struct text *out)
{
	struct slice header;

	while ((header = args_text(a, "header")).p)
		text_addf(out, "%.*s\r\n", SLICE_ARG(header));
}

/* Extra headers, padding, then the body with its length; `out` holds what is in front. */
static void finish_message(struct recipe *r, struct session *s, enum side by, struct args *a,
                           struct text *out)
{
	struct body b = read_body(r, a, s, by);
	uint64_t pad = args_whole(r, a, "pad", 0, 60000);

	add_headers(a, out);
	if (pad)
		text_addf(out, "X-Padding: %0*u\r\n", (int)pad, 0);
	if (r->failed)
		return;
	struct slice sdp = b.wanted ? make_sdp(r, s, by, &b) : SLICE_NONE;
	if (r->lf_only && sdp.p)
		sdp = without_cr(r, sdp);
	if (sdp.p)
		text_addf(out, "Content-Type: application/sdp\r\n");
	text_addf(out, "Content-Length: %zu\r\n\r\n", sdp.n);
	struct slice head = slice_str(text_cstr(out));
	head = r->lf_only ? without_cr(r, head) : recipe_keep(r, head);
	uint8_t *p = recipe_alloc(r, head.n + sdp.n + 1);
	memcpy(p, head.p, head.n);
	if (sdp.n)
		memcpy(p + head.n, sdp.p, sdp.n);
	transmit(r, s, by, slice_of(p, head.n + sdp.n));
}

static void add_party(const struct session *s, struct text *out, const char *header, enum side side,
                      struct slice tag)
{
	text_addf(out, "%s: <sip:%.*s@example.com>", header, SLICE_ARG(s->user[side]));
	if (tag.p)
		text_addf(out, ";tag=%.*s", SLICE_ARG(tag));
	text_addf(out, "\r\n");
}

void recipe_add_host_port(struct text *out, const struct host *h)
{
	char buf[ENDPOINT_TEXT];

	endpoint_format((struct endpoint){ h->addr, h->sip_port }, buf);
	text_addf(out, "%s", buf);
}

static void add_contact(const struct session *s, struct text *out, enum side side)
{
	text_addf(out, "Contact: <sip:%.*s@", SLICE_ARG(s->user[side]));
	recipe_add_host_port(out, s->host[side]);
	text_addf(out, "%s>\r\n", s->tcp ? ";transport=tcp" : "");
}

static void add_via(const struct session *s, struct text *out, enum side side, struct slice branch)
{
	text_addf(out, "Via: SIP/2.0/%s ", s->tcp ? "TCP" : "UDP");
	recipe_add_host_port(out, s->host[side]);
	text_addf(out, ";branch=%.*s\r\n", SLICE_ARG(branch));
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static struct sent_request *latest_request(struct session *s, struct slice method)
{
	for (unsigned i = s->request_count; i > 0; i--) {
		struct sent_request *q = &s->requests[i - 1];
		if (method.p ? slice_eq(q->method, method) : !slice_eq_str(q->method, "ACK"))
			return q;
	}
	return NULL;
}

/* ACK and CANCEL follow their INVITE (RFC 3261 9.1, 13.2.2.4, 17.1.1.3); everything else counts on. */
static bool number_request(struct recipe *r, struct session *s, struct sent_request *q)
{
	bool ack = slice_eq_str(q->method, "ACK"), cancel = slice_eq_str(q->method, "CANCEL");
	struct sent_request *invite = latest_request(s, SLICE_LIT("INVITE"));

	if ((ack || cancel) && !invite)
		return recipe_fail(r, "there is no INVITE for this %.*s", SLICE_ARG(q->method));
	if (ack || cancel)
		q->cseq = invite->cseq;
	else
		q->cseq = s->cseq[q->by]++;
	if (cancel || (ack && s->invite_failed))
		q->branch = invite->branch;
	else
		q->branch = recipe_printf(r, "z9hG4bK-%.*s-%u-%u", SLICE_ARG(s->name), q->by,
		                          ++s->branches);
	return true;
}

/* Absent outside dialogs: before any INVITE, in an initial INVITE, and in CANCEL (RFC 3261 9.1: as in the INVITE). */
static struct slice request_to_tag(struct session *s, const struct sent_request *q)
{
	bool invite = slice_eq_str(q->method, "INVITE");

	if (slice_eq_str(q->method, "CANCEL") || (invite && !s->confirmed) ||
	    !latest_request(s, SLICE_LIT("INVITE")))
		return SLICE_NONE;
	if (slice_eq_str(q->method, "ACK") && s->invite_failed)
		return s->failure_tag;
	return s->tag[1 - q->by];
}

static void add_credentials(const struct session *s, struct text *out)
{
	text_addf(out,
	          "%s: Digest username=\"%.*s\", realm=\"example.com\", "
	          "nonce=\"84a4cc6f3082121f32b42a2187831a9e\", "
	          "uri=\"sip:%.*s@example.com\", response=\"7587245234b3434cc3412213e5f113a5\"\r\n",
	          s->challenge == 401 ? "Authorization" : "Proxy-Authorization",
	          SLICE_ARG(s->user[CALLER]), SLICE_ARG(s->user[CALLEE]));
}

static void add_request_uri(const struct session *s, const struct sent_request *q, struct text *out)
{
	text_addf(out, "%.*s sip:%.*s@", SLICE_ARG(q->method), SLICE_ARG(s->user[1 - q->by]));
	if (q->to_tag.p)
		recipe_add_host_port(out, s->host[1 - q->by]);
	else
		text_addf(out, "example.com");
	text_addf(out, " SIP/2.0\r\n");
}

static void send_request(struct recipe *r, struct session *s, struct args *a, struct sent_request q)
{
	struct text out;
	struct slice from_tag = args_text(a, "from-tag");

	text_init(&out);
	add_request_uri(s, &q, &out);
	add_via(s, &out, q.by, q.branch);
	text_addf(&out, "Max-Forwards: 70\r\n");
	add_party(s, &out, "From", q.by, from_tag.p ? from_tag : s->tag[q.by]);
	add_party(s, &out, "To", 1 - q.by, q.to_tag);
	text_addf(&out, "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n", SLICE_ARG(s->call_id), q.cseq,
	          SLICE_ARG(q.method));
	add_contact(s, &out, q.by);
	if (args_flag(a, "auth"))
		add_credentials(s, &out);
	text_addf(&out, "User-Agent: Milliwatt craft\r\n");
	finish_message(r, s, q.by, a, &out);
	text_release(&out);
}

void recipe_request(struct recipe *r, struct session *s, struct slice method, struct args *a)
{
	struct sent_request q = { .method = method };
	struct slice by = args_text(a, "by"), tag = args_text(a, "tag");

	q.by = slice_eq_str(by, "callee") ? CALLEE : CALLER;
	if (by.p && !slice_eq_str(by, "callee") && !slice_eq_str(by, "caller"))
		recipe_fail(r, "by= is caller or callee");
	if (s->request_count == SESSION_MAX_REQUESTS)
		recipe_fail(r, "more than %d requests in a session", SESSION_MAX_REQUESTS);
	if (r->failed || !number_request(r, s, &q))
		return;
	q.cseq = (uint32_t)args_whole(r, a, "cseq", q.cseq, UINT32_MAX);
	q.to_tag = tag.p ? tag : request_to_tag(s, &q);
	s->requests[s->request_count++] = q;
	send_request(r, s, a, q);
}

void directive_request(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	struct slice method = args_word(r, a, "the method");

	if (s && !r->failed)
		recipe_request(r, s, method, a);
}

/* --- replies -------------------------------------------------------------------------------------------------------- */

static const char *reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
		{ 100, "Trying" },
		{ 180, "Ringing" },
		{ 181, "Call Is Being Forwarded" },
		{ 183, "Session Progress" },
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 302, "Moved Temporarily" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 480, "Temporarily Unavailable" },
		{ 481, "Call/Transaction Does Not Exist" },
		{ 486, "Busy Here" },
		{ 487, "Request Terminated" },
		{ 488, "Not Acceptable Here" },
		{ 491, "Request Pending" },
		{ 500, "Server Internal Error" },
		{ 503, "Service Unavailable" },
		{ 600, "Busy Everywhere" },
		{ 603, "Decline" },
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* What the session learns from its own answer. */
static void note_reply(struct session *s, const struct sent_request *q, unsigned status,
                       struct slice tag)
{
	if (status == 401 || status == 407)
		s->challenge = status;
	if (!slice_eq_str(q->method, "INVITE") || status < 200)
		return;
	s->invite_failed = status >= 300;
	if (s->invite_failed)
		s->failure_tag = tag;
	else if (q->to_tag.p == NULL) {
		s->confirmed = true;
		s->tag[1 - q->by] = tag;
	}
}

static struct slice reply_tag(struct recipe *r, const struct session *s,
                              const struct sent_request *q, unsigned status, struct args *a)
{
	struct slice tag = args_text(a, "tag");

	if (tag.p)
		return tag;
	if (q->to_tag.p)
		return q->to_tag;
	if (status == 100)
		return SLICE_NONE;
	if (status == 401 || status == 407) /* by the proxy, not by the callee */
		return recipe_printf(r, "%.*s-challenge", SLICE_ARG(s->name));
	return s->tag[1 - q->by];
}

void recipe_reply(struct recipe *r, struct session *s, unsigned status, struct args *a)
{
	struct slice to = args_text(a, "to"), reason = args_text(a, "reason");
	struct sent_request *q = latest_request(s, to);
	struct text out;

	if (!q) {
		recipe_fail(r, "there is no request to answer");
		return;
	}
	struct slice tag = reply_tag(r, s, q, status, a);
	enum side by = 1 - q->by;
	text_init(&out);
	if (reason.p)
		text_addf(&out, "SIP/2.0 %u %.*s\r\n", status, SLICE_ARG(reason));
	else
		text_addf(&out, "SIP/2.0 %u %s\r\n", status, reason_of(status));
	add_via(s, &out, q->by, q->branch);
	add_party(s, &out, "From", q->by, s->tag[q->by]);
	add_party(s, &out, "To", by, tag);
	text_addf(&out, "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n", SLICE_ARG(s->call_id), q->cseq,
	          SLICE_ARG(q->method));
	if (status > 100 && status < 300)
		add_contact(s, &out, by);
	if (status == 401 || status == 407)
		text_addf(&out,
		          "%s: Digest realm=\"example.com\", "
		          "nonce=\"84a4cc6f3082121f32b42a2187831a9e\"\r\n",
		          status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate");
	note_reply(s, q, status, tag);
	finish_message(r, s, by, a, &out);
	text_release(&out);
}

void directive_reply(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	unsigned status = (unsigned)recipe_whole(r, args_word(r, a, "the status"), 699);

	if (s && !r->failed)
		recipe_reply(r, s, status, a);
}

void directive_again(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));

	if (s && !s->last_message.p)
		recipe_fail(r, "nothing was sent in this session yet");
	if (!r->failed)
		transmit(r, s, s->last_by, s->last_message);
}
