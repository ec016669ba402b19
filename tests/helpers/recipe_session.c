/* Sessions: who talks to whom, past which proxies, and what they have said so far. */
#include "tests/helpers/recipe_parts.h"

struct session *recipe_session_if_any(struct recipe *r, struct slice name)
{
	for (unsigned i = 0; i < r->session_count; i++)
		if (slice_eq(r->sessions[i]->name, name))
			return r->sessions[i];
	return NULL;
}

struct session *recipe_session(struct recipe *r, struct slice name)
{
	struct session *s = recipe_session_if_any(r, name);

	if (!s)
		recipe_fail(r, "no session is called '%.*s'", SLICE_ARG(name));
	return s;
}

void recipe_host_list(struct recipe *r, struct slice names, struct host **list, unsigned *count)
{
	struct slice name;

	while (names.p && !r->failed && slice_split(&names, ',', &name)) {
		struct host *h = recipe_host(r, name);
		if (h && *count == SESSION_MAX_HOPS)
			recipe_fail(r, "more than %d hops", SESSION_MAX_HOPS);
		else if (h)
			list[(*count)++] = h;
	}
}

static struct slice before_at(struct slice user)
{
	size_t at = slice_find(user, '@');
	return slice_sub(user, 0, at == SLICE_NPOS ? user.n : at);
}

static void add_side(struct recipe *r, struct args *a, struct session *s, enum side side)
{
	static const char *const host_key[2] = { "from", "to" },
	                         *const user_key[2] = { "caller", "callee" },
	                         *const media_key[2] = { "caller-media", "callee-media" },
	                         *const crypto_key[2] = { "caller-crypto", "callee-crypto" };
	struct slice host = args_text(a, host_key[side]), user = args_text(a, user_key[side]),
	             media = args_text(a, media_key[side]);
	struct host *h = recipe_host(r, host);

	recipe_read_crypto(a, crypto_key[side], &s->crypto[side]);
	if (!h)
		return;
	s->host[side] = h;
	s->user[side] = user.p ? user : host;
	s->contact_user[side] = before_at(s->user[side]);
	s->tag[side] = recipe_printf(r, "%.*s-%.*s", SLICE_ARG(s->name), SLICE_ARG(host));
	s->media[side] = (struct endpoint){ h->addr, h->rtp_port };
	if (media.p)
		s->media[side] = recipe_endpoint(r, media);
	else
		h->rtp_port = (uint16_t)(h->rtp_port + 2);
	s->cseq[side] = side == CALLER ? 1 : 101;
}

/* Name and options of `session` and `call` alike; flags are taken first, lest one passes for the name. */
struct session *recipe_add_session(struct recipe *r, struct args *a, bool named)
{
	if (r->session_count == RECIPE_MAX_SESSIONS) {
		recipe_fail(r, "more than %d sessions", RECIPE_MAX_SESSIONS);
		return NULL;
	}
	struct session *s = recipe_alloc(r, sizeof(*s));
	s->rtcp_mux = args_flag(a, "rtcp-mux");
	s->recording = !args_flag(a, "no-record-route");
	struct slice name = named ? args_word(r, a, "the session's name") : args_word_if_any(a);
	if (!name.p)
		name = recipe_printf(r, "call%u", r->session_count + 1);
	s->name = name;
	struct slice id = args_text(a, "id"), codec = args_text(a, "codec"),
	             tcp = args_text(a, "over");
	for (unsigned i = 0; i < 2 && !r->failed; i++)
		add_side(r, a, s, i);
	s->call_id = id.p ? id : recipe_printf(r, "%.*s@example.com", SLICE_ARG(name));
	s->codecs = codec.p ? codec : SLICE_LIT("PCMU");
	s->ptime_ms = (unsigned)args_whole(r, a, "ptime", 20, 1000);
	s->dtmf_type = (unsigned)args_whole(r, a, "dtmf", 0, 127);
	s->redundant_type = (unsigned)args_whole(r, a, "red", 0, 127);
	s->tcp = tcp.p ? recipe_tcp_link(r, tcp) : NULL;
	s->hop_ns = args_seconds(r, a, "hop", 5 * NS_PER_MS);
	recipe_host_list(r, args_text(a, "through"), s->through, &s->through_count);
	if (s->through_count > SESSION_MAX_HOPS - 2)
		recipe_fail(r, "more than %d proxies", SESSION_MAX_HOPS - 2);
	if (r->failed)
		return NULL;
	return r->sessions[r->session_count++] = s;
}

void directive_session(struct recipe *r, struct args *a)
{
	recipe_add_session(r, a, true);
}

unsigned request_hop(const struct sent_request *q, const struct host *h)
{
	for (unsigned i = 0; i < q->hops; i++)
		if (q->hop[i] == h)
			return i;
	return SESSION_MAX_HOPS;
}

struct sent_request *session_request(struct session *s, struct slice method, const struct host *via,
                                     bool got)
{
	for (unsigned i = s->request_count; i > 0; i--) {
		struct sent_request *q = s->requests[i - 1];
		if (method.p ? !slice_eq(q->method, method) : slice_eq_str(q->method, "ACK"))
			continue;
		unsigned at = via ? request_hop(q, via) : SESSION_MAX_HOPS;
		if (!via || (at < q->hops && (got ? at > 0 : at + 1 < q->hops)))
			return q;
	}
	return NULL;
}

struct slice session_user(const struct session *s, const struct host *h, enum side side)
{
	return s->host[side] == h ? s->contact_user[side] : h->name;
}

/* RFC 3891 3: to-tag is the local tag of whoever gets it. */
struct slice session_replaces(struct recipe *r, const struct session *s, const struct host *to)
{
	enum side side = s->host[CALLER] == to ? CALLER : CALLEE;

	return recipe_printf(r, "%.*s;to-tag=%.*s;from-tag=%.*s", SLICE_ARG(s->call_id),
	                     SLICE_ARG(s->tag[side]), SLICE_ARG(s->tag[1 - side]));
}

/* Media port and Contact follow; tags and numbers stay. */
void directive_move(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	static const char *const keys[2] = { "caller", "callee" };

	for (unsigned i = 0; i < 2 && !r->failed; i++) {
		struct slice name = args_text(a, keys[i]);
		struct host *h = name.p ? recipe_host(r, name) : NULL;
		if (!h)
			continue;
		s->host[i] = h;
		s->media[i] = (struct endpoint){ h->addr, h->rtp_port };
		h->rtp_port = (uint16_t)(h->rtp_port + 2);
	}
}
