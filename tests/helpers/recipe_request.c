/* Requests of sessions: tags, branches and CSeq numbers as RFC 3261 asks, unless an option says otherwise. */
#include "tests/helpers/recipe_parts.h"

static bool is(const struct sent_request *q, const char *method)
{
	return slice_eq_str(q->method, method);
}

/* --- headers -------------------------------------------------------------------------------------------------------- */

/* "alice" is of example.com. */
static void add_aor(struct text *out, struct slice user)
{
	text_addf(out, "sip:%.*s%s", SLICE_ARG(user),
	          slice_find(user, '@') == SLICE_NPOS ? "@example.com" : "");
}

static void add_party(struct text *out, const char *header, struct slice user, struct slice tag)
{
	text_addf(out, "%s: <", header);
	add_aor(out, user);
	text_addf(out, ">");
	if (tag.p)
		text_addf(out, ";tag=%.*s", SLICE_ARG(tag));
	text_addf(out, "\r\n");
}

void recipe_add_parties(const struct session *s, const struct sent_request *q, struct slice to_tag,
                        struct text *out)
{
	struct slice from = q->from_user.p ? q->from_user : s->user[q->by], to = q->to_user;

	if (!to.p)
		to = is(q, "REGISTER") ? from : s->user[1 - q->by];
	add_party(out, "From", from, q->from_tag.p ? q->from_tag : s->tag[q->by]);
	add_party(out, "To", to, to_tag);
}

void recipe_add_host_port(struct text *out, const struct host *h)
{
	char buf[ENDPOINT_TEXT];

	endpoint_format((struct endpoint){ h->addr, h->sip_port }, buf);
	text_addf(out, "%s", buf);
}

struct slice recipe_contact_uri(struct recipe *r, const struct session *s, const struct host *h,
                                enum side side)
{
	struct text out;

	text_init(&out);
	text_addf(&out, "sip:%.*s@", SLICE_ARG(session_user(s, h, side)));
	recipe_add_host_port(&out, h);
	struct slice kept = recipe_keep(r, slice_str(text_cstr(&out)));
	text_release(&out);
	return kept;
}

/* contact= in full, or "none"; else the host's own. */
static struct slice contact_of(struct recipe *r, const struct session *s, const struct host *h,
                               enum side side, struct args *a)
{
	struct slice given = args_text(a, "contact"), uri = recipe_contact_uri(r, s, h, side);

	if (given.p)
		return slice_eq_str(given, "none") ? SLICE_NONE : recipe_expand(r, given);
	return recipe_printf(r, "<%.*s%s>", SLICE_ARG(uri), s->tcp ? ";transport=tcp" : "");
}

/* Inside a URI's header part, RFC 3261 19.1.1. */
static void add_escaped(struct text *out, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == ';' || value.p[i] == '=' || value.p[i] == '@')
			text_addf(out, "%%%02X", value.p[i]);
		else
			text_add(out, slice_sub(value, i, 1));
	}
}

static void add_refer_to(struct recipe *r, const struct host *from, struct args *a,
                         struct text *out)
{
	struct slice uri = args_text(a, "refer-to"), name = args_text(a, "refer-replaces");
	struct session *s = name.p ? recipe_session(r, name) : NULL;

	if (!uri.p)
		return;
	text_addf(out, "Refer-To: <%.*s", SLICE_ARG(recipe_expand(r, uri)));
	if (s) {
		text_addf(out, "?Replaces=");
		add_escaped(out, session_replaces(r, s, s->host[s->host[CALLER] == from]));
	}
	text_addf(out, ">\r\n");
}

void recipe_add_headers(struct recipe *r, const struct host *from, const struct host *to,
                        struct args *a, struct text *out)
{
	static const char *const named[][2] = { { "event", "Event" },
		                                { "state", "Subscription-State" },
		                                { "referred-by", "Referred-By" } },
	                         *const dialog[][2] = { { "replaces", "Replaces" },
		                                        { "join", "Join" } };
	struct slice value;

	while ((value = args_text(a, "header")).p)
		text_addf(out, "%.*s\r\n", SLICE_ARG(recipe_expand(r, value)));
	add_refer_to(r, from, a, out);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if ((value = args_text(a, named[i][0])).p)
			text_addf(out, "%s: %.*s\r\n", named[i][1], SLICE_ARG(value));
	for (size_t i = 0; i < sizeof(dialog) / sizeof(dialog[0]); i++) {
		value = args_text(a, dialog[i][0]);
		struct session *other = value.p ? recipe_session(r, value) : NULL;
		if (other)
			text_addf(out, "%s: %.*s\r\n", dialog[i][1],
			          SLICE_ARG(session_replaces(r, other, to)));
	}
	uint64_t pad = args_whole(r, a, "pad", 0, 60000);
	if (pad)
		text_addf(out, "X-Padding: %0*u\r\n", (int)pad, 0);
}

/* One more header for every `auth` or `auth=USER realm= nonce=`. */
static void add_credentials(const struct session *s, const struct sent_request *q, struct args *a,
                            struct text *out)
{
	struct slice user = args_flag(a, "auth") ? session_user(s, s->host[CALLER], CALLER)
	                                         : args_text(a, "auth");

	for (; user.p; user = args_text(a, "auth")) {
		struct slice realm = args_text(a, "realm"), nonce = args_text(a, "nonce");
		text_addf(out,
		          "%s: Digest username=\"%.*s\", realm=\"%.*s\", nonce=\"%.*s\", "
		          "uri=\"%.*s\", response=\"7587245234b3434cc3412213e5f113a5\"\r\n",
		          s->challenge == 401 ? "Authorization" : "Proxy-Authorization",
		          SLICE_ARG(user), SLICE_ARG(realm.p ? realm : SLICE_LIT("example.com")),
		          SLICE_ARG(nonce.p ? nonce : SLICE_LIT(RECIPE_NONCE)), SLICE_ARG(q->uri));
	}
}

/* From From on. */
static struct slice request_rest(struct recipe *r, struct session *s, struct sent_request *q,
                                 struct args *a)
{
	struct host *from = q->hop[0], *to = q->hop[q->hops - 1];
	struct text out;

	text_init(&out);
	recipe_add_parties(s, q, q->to_tag, &out);
	text_addf(&out, "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n", SLICE_ARG(s->call_id), q->cseq,
	          SLICE_ARG(q->method));
	q->contact = contact_of(r, s, from, q->by, a);
	if (q->contact.p)
		text_addf(&out, "Contact: %.*s\r\n", SLICE_ARG(q->contact));
	add_credentials(s, q, a, &out);
	text_addf(&out, "User-Agent: Milliwatt craft\r\n");
	q->expires = args_text(a, "expires");
	if (q->expires.p)
		text_addf(&out, "Expires: %.*s\r\n", SLICE_ARG(q->expires));
	recipe_add_headers(r, from, to, a, &out);
	recipe_add_body(r, s, q->by, from, a, &out);
	struct slice kept = recipe_keep(r, slice_of(text_cstr(&out), out.n));
	text_release(&out);
	return kept;
}

/* --- where it goes -------------------------------------------------------------------------------------------------- */

struct way {
	struct host *from, *until;
	struct host *to[SESSION_MAX_HOPS];
	unsigned to_count;
};

static struct host *host_option(struct recipe *r, struct args *a, const char *key)
{
	struct slice name = args_text(a, key);
	return name.p ? recipe_host(r, name) : NULL;
}

static struct slice new_branch(struct recipe *r, struct session *s, const struct sent_request *q,
                               unsigned i)
{
	if (i == 0)
		return recipe_printf(r, "z9hG4bK-%.*s-%u-%u", SLICE_ARG(s->name), q->by,
		                     ++s->branches);
	return recipe_printf(r, "z9hG4bK-%.*s-%.*s-%u", SLICE_ARG(s->name),
	                     SLICE_ARG(q->hop[i]->name), ++s->branches);
}

static void add_hop(struct recipe *r, struct sent_request *q, struct host *h)
{
	if (q->hops == SESSION_MAX_HOPS)
		recipe_fail(r, "more than %d hops", SESSION_MAX_HOPS);
	else
		q->hop[q->hops++] = h;
}

static void stop_at(struct recipe *r, struct sent_request *q, const struct host *until)
{
	unsigned i = until ? request_hop(q, until) : SESSION_MAX_HOPS;

	if (until && (i == 0 || i >= q->hops))
		recipe_fail(r, "the request does not come past '%.*s'", SLICE_ARG(until->name));
	else if (until)
		q->hops = i + 1;
}

/* In a dialog the proxies that recorded their route; else all of them, or those of to=. */
static void plan_hops(struct recipe *r, struct session *s, struct sent_request *q,
                      const struct way *way)
{
	bool reversed = q->by == CALLEE;

	add_hop(r, q, s->host[q->by]);
	for (unsigned i = 0; i < way->to_count; i++)
		add_hop(r, q, way->to[i]);
	if (way->to_count == 0) {
		unsigned n = q->to_tag.p && !s->recording ? 0 : s->through_count;
		for (unsigned i = 0; i < n; i++)
			add_hop(r, q, s->through[reversed ? n - 1 - i : i]);
		add_hop(r, q, s->host[1 - q->by]);
	}
}

/* The request's To-tag; absent outside dialogs: before any INVITE, in an initial INVITE, and in CANCEL (RFC 3261 9.1). */
static struct slice request_to_tag(struct session *s, const struct sent_request *q)
{
	bool invite = is(q, "INVITE");

	if (is(q, "CANCEL") || is(q, "REGISTER") || is(q, "PUBLISH") || (invite && !s->confirmed))
		return SLICE_NONE;
	if (is(q, "ACK") && s->invite_failed)
		return s->failure_tag;
	bool asked = session_request(s, SLICE_LIT("SUBSCRIBE"), NULL, false) ||
	             session_request(s, SLICE_LIT("REFER"), NULL, false);
	if (session_request(s, SLICE_LIT("INVITE"), NULL, false) || s->subscribed ||
	    (asked && is(q, "NOTIFY")))
		return s->tag[1 - q->by];
	return SLICE_NONE;
}

static void address(struct recipe *r, struct session *s, struct sent_request *q,
                    struct slice uri_option)
{
	struct host *to = q->hop[q->hops - 1];
	struct slice aor = s->user[1 - q->by];
	size_t at = slice_find(aor, '@');

	if (uri_option.p)
		q->uri = recipe_expand(r, uri_option);
	else if (q->to_tag.p)
		q->uri = recipe_contact_uri(r, s, to, 1 - q->by);
	else if (is(q, "REGISTER"))
		q->uri = recipe_printf(r, "sip:%.*s",
		                       SLICE_ARG(at == SLICE_NPOS ? SLICE_LIT("example.com")
		                                                  : slice_from(aor, at + 1)));
	else
		q->uri = recipe_printf(r, "sip:%.*s%s", SLICE_ARG(aor),
		                       at == SLICE_NPOS ? "@example.com" : "");
	if (q->hops > 2 && !q->to_tag.p && !is(q, "REGISTER"))
		q->target = recipe_contact_uri(r, s, to, 1 - q->by);
	q->routed = q->to_tag.p && q->hops > 2;
	q->recorded = !q->to_tag.p && s->recording &&
	              (is(q, "INVITE") || is(q, "SUBSCRIBE") || is(q, "REFER"));
}

/* --- the three ways of sending -------------------------------------------------------------------------------------- */

/* CANCEL, and the ACK of a failure: each hop's own, as its INVITE. */
static unsigned single_request(struct recipe *r, struct sent_request *q, const struct way *way,
                               const struct sent_request *invite)
{
	struct slice method = q->method, tag = q->to_tag;
	unsigned first = way->from ? request_hop(invite, way->from) : 0;

	*q = *invite;
	q->method = method;
	q->to_tag = tag;
	q->single = true;
	q->recorded = false;
	stop_at(r, q, way->until);
	if (is(q, "ACK") && first + 2 < q->hops)
		q->hops = first + 2;
	return first;
}

/* The same request from a proxy on: new branches, perhaps to somebody else (RFC 3261 16.6). */
static unsigned forwarded_request(struct recipe *r, struct session *s, struct sent_request *q,
                                  const struct way *way, struct args *a)
{
	const struct sent_request *old = session_request(s, q->method, way->from, true);
	struct slice uri = args_text(a, "uri");

	if (!old)
		old = session_request(s, q->method, way->from, false);
	if (!old) {
		recipe_fail(r, "'%.*s' has no %.*s to send on", SLICE_ARG(way->from->name),
		            SLICE_ARG(q->method));
		return 0;
	}
	*q = *old;
	unsigned first = request_hop(q, way->from);
	if (way->to_count)
		q->hops = first + 1;
	for (unsigned i = 0; i < way->to_count; i++)
		add_hop(r, q, way->to[i]);
	stop_at(r, q, way->until);
	for (unsigned i = first; i + 1 < q->hops; i++)
		q->branch[i] = new_branch(r, s, q, i);
	if (uri.p)
		q->target = recipe_expand(r, uri);
	else if (way->to_count && !q->routed)
		q->target = recipe_contact_uri(r, s, q->hop[q->hops - 1], 1 - q->by);
	if (first + 1 >= q->hops)
		recipe_fail(r, "to= is missing: where does '%.*s' send it",
		            SLICE_ARG(way->from->name));
	return first;
}

/* ACK takes its INVITE's number; everything else counts on. */
static void new_request(struct recipe *r, struct session *s, struct sent_request *q,
                        const struct way *way, struct args *a, const struct sent_request *invite)
{
	const struct sent_request *same =
	        args_flag(a, "same-branch") ? session_request(s, q->method, NULL, false) : NULL;

	plan_hops(r, s, q, way);
	if (r->failed)
		return;
	address(r, s, q, args_text(a, "uri"));
	if (way->until) {
		stop_at(r, q, way->until);
		q->target = SLICE_NONE;
	}
	q->cseq = invite ? invite->cseq : s->cseq[q->by]++;
	for (unsigned i = 0; i + 1 < q->hops; i++)
		q->branch[i] = same ? same->branch[i] : new_branch(r, s, q, i);
	q->cseq = (uint32_t)args_whole(r, a, "cseq", q->cseq, UINT32_MAX);
}

/* --- the line ------------------------------------------------------------------------------------------------------- */

static void read_identity(struct recipe *r, struct session *s, struct sent_request *q,
                          struct args *a)
{
	struct slice by = args_text(a, "by"), tag = args_text(a, "tag");

	q->by = slice_eq_str(by, "callee") ? CALLEE : CALLER;
	if (by.p && !slice_eq_str(by, "callee") && !slice_eq_str(by, "caller"))
		recipe_fail(r, "by= is caller or callee");
	q->from_user = args_text(a, "from-user");
	q->to_user = args_text(a, "to-user");
	q->from_tag = args_text(a, "from-tag");
	q->sent_by = args_text(a, "via");
	q->rport = args_flag(a, "rport");
	q->to_tag = tag.p ? tag : request_to_tag(s, q);
	if (args_flag(a, "no-tag"))
		q->to_tag = SLICE_NONE;
}

static struct sent_request *find_invite(struct recipe *r, struct session *s, const struct way *way,
                                        struct slice method)
{
	struct sent_request *found = NULL;

	for (unsigned i = s->request_count; i > 0 && !found; i--) {
		struct sent_request *q = s->requests[i - 1];
		unsigned at = way->from ? request_hop(q, way->from) : 0;
		if (slice_eq_str(q->method, "INVITE") && at + 1 < q->hops &&
		    (!way->from || !way->to_count || q->hop[at + 1] == way->to[0]))
			found = q;
	}
	if (!found)
		recipe_fail(r, "there is no INVITE for this %.*s", SLICE_ARG(method));
	return found;
}

/* `trying`: every proxy says 100; `answered`: whoever gets it says 200. Half a hop after it came. */
static void answer_at_hops(struct recipe *r, struct session *s, const struct sent_request *q,
                           unsigned first, bool trying)
{
	unsigned end = trying ? q->hops - 1 : q->hops;

	for (unsigned i = first + 1; i < end; i++) {
		struct slice line =
		        recipe_printf(r, "%u to=%.*s from=%.*s%c", trying ? 100 : 200,
		                      SLICE_ARG(q->method), SLICE_ARG(q->hop[i]->name), 0);
		int64_t at_ns = r->now_ns + (int64_t)(i - first - 1) * s->hop_ns + s->hop_ns / 2;
		recipe_act(r, s, at_ns, true, (const char *)line.p);
	}
}

static bool has_body(const struct args *a)
{
	for (unsigned i = 0; i < a->named_count; i++)
		if (slice_eq_str(a->named[i].key, "body") || slice_eq_str(a->named[i].key, "sdp"))
			return true;
	for (unsigned i = 0; i < a->plain_count; i++)
		if (slice_eq_str(a->plain[i], "sdp"))
			return true;
	return false;
}

static void send_line(struct recipe *r, struct session *s, struct sent_request *q,
                      const struct way *way, struct args *a)
{
	bool ack = is(q, "ACK"), cancel = is(q, "CANCEL");
	bool trying = args_flag(a, "trying"), answered = args_flag(a, "answered");
	unsigned copies = (unsigned)args_whole(r, a, "copies", 1, 20), first = 0;
	struct sent_request *invite = ack || cancel ? find_invite(r, s, way, q->method) : NULL;

	if (r->failed)
		return;
	if (cancel || (ack && s->invite_failed))
		first = single_request(r, q, way, invite);
	else if (way->from)
		first = forwarded_request(r, s, q, way, a);
	else
		new_request(r, s, q, way, a, invite);
	/* What is only sent on stays as it is, unless a body is given: a gateway's. */
	bool keeps = way->from && !q->single && !has_body(a);
	if (!r->failed && !keeps)
		q->rest = request_rest(r, s, q, a);
	if (r->failed)
		return;
	s->requests[s->request_count++] = q;
	recipe_send_request(r, s, q, first, copies);
	if (trying || answered)
		answer_at_hops(r, s, q, first, trying);
}

void recipe_request(struct recipe *r, struct session *s, struct slice method, struct args *a)
{
	struct sent_request *q = recipe_alloc(r, sizeof(*q));
	struct way way = { 0 };

	q->method = method;
	if (s->request_count == SESSION_MAX_REQUESTS)
		recipe_fail(r, "more than %d requests in a session", SESSION_MAX_REQUESTS);
	way.from = host_option(r, a, "from");
	way.until = host_option(r, a, "until");
	recipe_host_list(r, args_text(a, "to"), way.to, &way.to_count);
	if (r->failed)
		return;
	read_identity(r, s, q, a);
	if (!r->failed)
		send_line(r, s, q, &way, a);
}

void directive_request(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	struct slice method = args_word(r, a, "the method");

	if (s && !r->failed)
		recipe_request(r, s, method, a);
}
