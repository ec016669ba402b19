/* Answers of sessions: whose they are, what they teach the session, and how far back they go. */
#include "tests/helpers/recipe_parts.h"

static const char *reason_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
		{ 100, "Trying" },
		{ 180, "Ringing" },
		{ 181, "Call Is Being Forwarded" },
		{ 182, "Queued" },
		{ 183, "Session Progress" },
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 300, "Multiple Choices" },
		{ 301, "Moved Permanently" },
		{ 302, "Moved Temporarily" },
		{ 305, "Use Proxy" },
		{ 380, "Alternative Service" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 410, "Gone" },
		{ 412, "Conditional Request Failed" },
		{ 413, "Request Entity Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Unsupported URI Scheme" },
		{ 420, "Bad Extension" },
		{ 421, "Extension Required" },
		{ 422, "Session Interval Too Small" },
		{ 423, "Interval Too Brief" },
		{ 480, "Temporarily Unavailable" },
		{ 481, "Call/Transaction Does Not Exist" },
		{ 482, "Loop Detected" },
		{ 483, "Too Many Hops" },
		{ 484, "Address Incomplete" },
		{ 485, "Ambiguous" },
		{ 486, "Busy Here" },
		{ 487, "Request Terminated" },
		{ 488, "Not Acceptable Here" },
		{ 489, "Bad Event" },
		{ 491, "Request Pending" },
		{ 493, "Undecipherable" },
		{ 500, "Server Internal Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Server Time-out" },
		{ 505, "Version Not Supported" },
		{ 513, "Message Too Large" },
		{ 600, "Busy Everywhere" },
		{ 603, "Decline" },
		{ 604, "Does Not Exist Anywhere" },
		{ 606, "Not Acceptable" },
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* Whoever answers is the other party from now on, and so are the proxies on the way to it. */
static void adopt(struct session *s, const struct sent_request *q, struct host *answerer,
                  struct slice tag)
{
	enum side side = 1 - q->by;

	s->confirmed = true;
	s->tag[side] = tag;
	if (q->by == CALLER) {
		s->through_count = q->hops - 2;
		for (unsigned i = 0; i < s->through_count; i++)
			s->through[i] = q->hop[i + 1];
	}
	if (s->host[side] == answerer)
		return;
	s->contact_user[side] = answerer->name;
	s->host[side] = answerer;
	s->media[side] = (struct endpoint){ answerer->addr, answerer->rtp_port };
	answerer->rtp_port = (uint16_t)(answerer->rtp_port + 2);
}

/* What the session learns from its own answer. */
static void note_reply(struct session *s, const struct sent_request *q, const struct answer *answer)
{
	bool dialog = slice_eq_str(q->method, "SUBSCRIBE") || slice_eq_str(q->method, "REFER");

	if (answer->status == 401 || answer->status == 407)
		s->challenge = answer->status;
	if (dialog && answer->status / 100 == 2 && !q->to_tag.p)
		s->subscribed = true;
	if (!slice_eq_str(q->method, "INVITE") || answer->status < 200)
		return;
	s->invite_failed = answer->status >= 300;
	if (s->invite_failed)
		s->failure_tag = answer->tag;
	else if (q->to_tag.p == NULL && answer->from + 1 == q->hops)
		adopt(s, q, q->hop[answer->from], answer->tag);
}

static struct slice reply_tag(struct recipe *r, const struct session *s,
                              const struct sent_request *q, const struct answer *answer,
                              struct args *a)
{
	struct slice tag = args_text(a, "tag");
	const struct host *h = q->hop[answer->from];

	if (tag.p)
		return tag;
	if (q->to_tag.p)
		return q->to_tag;
	if (answer->status == 100)
		return SLICE_NONE;
	if (answer->status / 100 == 2 && answer->from + 1 < q->hops) /* sent on, with changes */
		return s->tag[1 - q->by];
	if (s->host[1 - q->by] != h) /* by a proxy, or another fork */
		return recipe_printf(r, "%.*s-%.*s", SLICE_ARG(s->name), SLICE_ARG(h->name));
	if (answer->status == 401 || answer->status == 407) /* not by the callee */
		return recipe_printf(r, "%.*s-challenge", SLICE_ARG(s->name));
	return s->tag[1 - q->by];
}

/* RFC 3261 10.3 for a registrar: the binding, and for how long. */
static void add_contact(struct recipe *r, const struct session *s, const struct sent_request *q,
                        const struct host *h, unsigned status, struct args *a, struct text *out)
{
	struct slice contact = args_text(a, "contact"), expires = args_text(a, "expires");

	if (slice_eq_str(contact, "none"))
		return;
	if (contact.p) {
		text_addf(out, "Contact: %.*s\r\n", SLICE_ARG(recipe_expand(r, contact)));
	} else if (slice_eq_str(q->method, "REGISTER")) {
		if (status / 100 != 2 || !q->contact.p)
			return;
		if (!expires.p)
			expires = q->expires.p ? q->expires : SLICE_LIT("3600");
		text_addf(out, "Contact: %.*s;expires=%.*s\r\n", SLICE_ARG(q->contact),
		          SLICE_ARG(expires));
		expires = SLICE_NONE;
	} else if (status > 100 && status < 300) {
		text_addf(out, "Contact: <%.*s%s>\r\n",
		          SLICE_ARG(recipe_contact_uri(r, s, h, 1 - q->by)),
		          s->tcp ? ";transport=tcp" : "");
	}
	if (expires.p)
		text_addf(out, "Expires: %.*s\r\n", SLICE_ARG(expires));
}

static void add_challenge(unsigned status, struct args *a, struct text *out)
{
	struct slice realm = args_text(a, "realm"), nonce = args_text(a, "nonce");

	text_addf(out, "%s: Digest realm=\"%.*s\", nonce=\"%.*s\"%s\r\n",
	          status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate",
	          SLICE_ARG(realm.p ? realm : SLICE_LIT("example.com")),
	          SLICE_ARG(nonce.p ? nonce : SLICE_LIT(RECIPE_NONCE)),
	          args_flag(a, "stale") ? ", stale=true" : "");
}

static struct slice answer_rest(struct recipe *r, struct session *s, const struct sent_request *q,
                                const struct answer *answer, struct args *a)
{
	struct host *h = q->hop[answer->from];
	struct text out;

	text_init(&out);
	recipe_add_parties(s, q, answer->tag, &out);
	text_addf(&out, "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n", SLICE_ARG(s->call_id), q->cseq,
	          SLICE_ARG(q->method));
	add_contact(r, s, q, h, answer->status, a, &out);
	if (answer->status == 401 || answer->status == 407)
		add_challenge(answer->status, a, &out);
	recipe_add_headers(r, h, q->hop[0], a, &out);
	recipe_add_body(r, s, 1 - q->by, h, a, &out);
	struct slice kept = recipe_keep(r, slice_of(text_cstr(&out), out.n));
	text_release(&out);
	return kept;
}

/* 100, and the answer to a CANCEL, go one hop only (RFC 3261 16.7, 9.2). */
static bool plan_answer(struct recipe *r, const struct sent_request *q, struct answer *answer,
                        const struct host *from, const struct host *until)
{
	answer->from = from ? request_hop(q, from) : q->hops - 1;
	if (until)
		answer->until = request_hop(q, until);
	else if (answer->status == 100 || q->single)
		answer->until = answer->from - 1;
	if (answer->from >= q->hops || answer->from == 0 || answer->until >= answer->from)
		return recipe_fail(r, "the answer does not come past '%.*s'",
		                   SLICE_ARG(until ? until->name : from->name));
	return true;
}

void recipe_reply(struct recipe *r, struct session *s, unsigned status, struct args *a)
{
	struct slice to = args_text(a, "to"), reason = args_text(a, "reason"),
	             from_name = args_text(a, "from"), until_name = args_text(a, "until");
	struct host *from = from_name.p ? recipe_host(r, from_name) : NULL,
	            *until = until_name.p ? recipe_host(r, until_name) : NULL;
	struct sent_request *q = session_request(s, to, from, true);
	struct answer answer = { .status = status };

	if (!q)
		recipe_fail(r, "there is no request to answer");
	if (r->failed || !plan_answer(r, q, &answer, from, until))
		return;
	answer.line = recipe_printf(r, "%u %.*s", status,
	                            SLICE_ARG(reason.p ? reason : slice_str(reason_of(status))));
	answer.tag = reply_tag(r, s, q, &answer, a);
	answer.acked = args_flag(a, "acked");
	answer.copies = (unsigned)args_whole(r, a, "copies", 1, 20);
	note_reply(s, q, &answer);
	answer.rest = answer_rest(r, s, q, &answer, a);
	if (!r->failed)
		recipe_send_answer(r, s, q, &answer);
}

void directive_reply(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	unsigned status = (unsigned)recipe_whole(r, args_word(r, a, "the status"), 699);

	if (s && !r->failed)
		recipe_reply(r, s, status, a);
}
