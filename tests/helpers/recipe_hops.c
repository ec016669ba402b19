/* Messages on their way past proxies: a Via on, a Via off, Record-Route and Route (RFC 3261 16.6, 16.7, 12.2.1.1). */
#include "tests/helpers/recipe_parts.h"

static bool over_tcp(const struct session *s, const struct host *a, const struct host *b)
{
	const struct craft_flow *f = s->tcp ? &s->tcp->flow[0] : NULL;

	return f && ((ip_addr_eq(f->src, a->addr) && ip_addr_eq(f->dst, b->addr)) ||
	             (ip_addr_eq(f->src, b->addr) && ip_addr_eq(f->dst, a->addr)));
}

static void note_sent(struct session *s, struct host *from, struct host *to, struct slice text)
{
	unsigned i = 0;

	while (i < s->sent_count && s->sent[i].from != from)
		i++;
	if (i == SESSION_MAX_HOPS)
		i = 0;
	else if (i == s->sent_count)
		s->sent_count++;
	s->sent[i] = (struct sent_message){ from, to, text };
	s->last_sent = i;
}

static void transmit(struct recipe *r, struct session *s, int64_t time_ns, struct host *from,
                     struct host *to, struct slice text)
{
	int64_t now = r->now_ns;

	note_sent(s, from, to, text);
	r->now_ns = time_ns;
	if (over_tcp(s, from, to))
		recipe_tcp_write(r, s->tcp, from->addr, text);
	else
		recipe_udp(r, time_ns, (struct endpoint){ from->addr, from->sip_port },
		           (struct endpoint){ to->addr, to->sip_port }, text);
	r->now_ns = now;
}

static void add_via(const struct session *s, const struct sent_request *q, unsigned i, bool answer,
                    struct text *out)
{
	char address[IP_ADDR_TEXT];

	text_addf(out, "Via: SIP/2.0/%s ", over_tcp(s, q->hop[i], q->hop[i + 1]) ? "TCP" : "UDP");
	if (i == 0 && q->sent_by.p)
		text_add(out, q->sent_by);
	else
		recipe_add_host_port(out, q->hop[i]);
	text_addf(out, ";branch=%.*s", SLICE_ARG(q->branch[i]));
	ip_addr_format(q->hop[i]->addr, address);
	if (i == 0 && answer && (q->rport || q->sent_by.p))
		text_addf(out, ";received=%s", address);
	if (i == 0 && q->rport && answer)
		text_addf(out, ";rport=%u", q->hop[i]->sip_port);
	else if (i == 0 && q->rport)
		text_addf(out, ";rport");
	text_addf(out, "\r\n");
}

static void add_proxies(const struct sent_request *q, const char *header, unsigned from,
                        unsigned to, int step, struct text *out)
{
	const char *comma = "";

	text_addf(out, "%s: ", header);
	for (unsigned i = from; i != to; i = step > 0 ? i + 1 : i - 1, comma = ", ") {
		text_addf(out, "%s<sip:", comma);
		recipe_add_host_port(out, q->hop[i]);
		text_addf(out, ";lr>");
	}
	text_addf(out, "\r\n");
}

static struct slice finished(struct recipe *r, struct text *out)
{
	struct slice whole = slice_of(text_cstr(out), out->n), kept;

	kept = r->lf_only ? recipe_without_cr(r, whole) : recipe_keep(r, whole);
	text_release(out);
	return kept;
}

/* As hop i sends it. */
static struct slice request_text(struct recipe *r, const struct session *s,
                                 const struct sent_request *q, unsigned i)
{
	bool last = i + 2 == q->hops;
	struct slice uri = last && q->target.p ? q->target : q->uri;
	struct text out;

	text_init(&out);
	text_addf(&out, "%.*s %.*s SIP/2.0\r\n", SLICE_ARG(q->method), SLICE_ARG(uri));
	for (unsigned j = i + 1; j > 0 && (!q->single || j == i + 1); j--)
		add_via(s, q, j - 1, false, &out);
	text_addf(&out, "Max-Forwards: %u\r\n", q->single ? 70 : 70 - i);
	if (q->routed && !last)
		add_proxies(q, "Route", i + 1, q->hops - 1, 1, &out);
	if (q->recorded && i > 0)
		add_proxies(q, "Record-Route", i, 0, -1, &out);
	text_add(&out, q->rest);
	return finished(r, &out);
}

/* RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1: 0.5, 1.5, 3.5 s ...; all but an INVITE's waits grow to 4 s only. */
static void retransmit(struct recipe *r, struct session *s, int64_t time_ns, bool invite,
                       unsigned copies)
{
	struct sent_message m = s->sent[s->last_sent];
	int64_t wait_ns = 500 * NS_PER_MS;

	for (unsigned i = 1; i < copies; i++) {
		time_ns += wait_ns;
		transmit(r, s, time_ns, m.from, m.to, m.text);
		wait_ns = invite || wait_ns < 2 * NS_PER_S ? 2 * wait_ns : 4 * NS_PER_S;
	}
}

void recipe_send_request(struct recipe *r, struct session *s, const struct sent_request *q,
                         unsigned first, unsigned copies)
{
	int64_t time_ns = r->now_ns;

	for (unsigned i = first; i + 1 < q->hops; i++, time_ns += s->hop_ns) {
		transmit(r, s, time_ns, q->hop[i], q->hop[i + 1], request_text(r, s, q, i));
		if (i == first)
			retransmit(r, s, time_ns, slice_eq_str(q->method, "INVITE"), copies);
	}
}

/* As hop i gets it. */
static struct slice answer_text(struct recipe *r, const struct session *s,
                                const struct sent_request *q, const struct answer *answer,
                                unsigned i)
{
	struct text out;
	bool dialog = answer->status > 100 && answer->status < 300;

	text_init(&out);
	text_addf(&out, "SIP/2.0 %.*s\r\n", SLICE_ARG(answer->line));
	for (unsigned j = i + 1; j > 0 && (!q->single || j == i + 1); j--)
		add_via(s, q, j - 1, true, &out);
	if (q->recorded && dialog && q->hops > 2)
		add_proxies(q, "Record-Route", q->hops - 2, 0, -1, &out);
	text_add(&out, answer->rest);
	return finished(r, &out);
}

/* By hop i, half a hop after it got the failure. */
static void acknowledge(struct recipe *r, struct session *s, const struct sent_request *invite,
                        const struct answer *answer, int64_t time_ns, unsigned i)
{
	struct sent_request ack = *invite;
	struct text out;

	ack.method = SLICE_LIT("ACK");
	ack.single = true;
	ack.recorded = false;
	text_init(&out);
	recipe_add_parties(s, &ack, answer->tag, &out);
	text_addf(&out, "Call-ID: %.*s\r\nCSeq: %u ACK\r\nContent-Length: 0\r\n\r\n",
	          SLICE_ARG(s->call_id), ack.cseq);
	ack.rest = finished(r, &out);
	transmit(r, s, time_ns, ack.hop[i], ack.hop[i + 1], request_text(r, s, &ack, i));
}

void recipe_send_answer(struct recipe *r, struct session *s, const struct sent_request *q,
                        const struct answer *answer)
{
	int64_t time_ns = r->now_ns;

	for (unsigned i = answer->from; i > answer->until; i--, time_ns += s->hop_ns) {
		transmit(r, s, time_ns, q->hop[i], q->hop[i - 1],
		         answer_text(r, s, q, answer, i - 1));
		if (i == answer->from)
			retransmit(r, s, time_ns, false, answer->copies);
		if (answer->acked)
			acknowledge(r, s, q, answer, time_ns + s->hop_ns / 2, i - 1);
	}
}

void directive_again(struct recipe *r, struct args *a)
{
	struct session *s = recipe_session(r, args_word(r, a, "the session"));
	struct slice name = args_text(a, "from");
	struct host *from = name.p && !r->failed ? recipe_host(r, name) : NULL;

	if (r->failed || !s)
		return;
	unsigned i = from ? 0 : s->last_sent;
	while (from && i < s->sent_count && s->sent[i].from != from)
		i++;
	if (i >= s->sent_count)
		recipe_fail(r, "nothing was sent in this session yet");
	else
		transmit(r, s, r->now_ns, s->sent[i].from, s->sent[i].to, s->sent[i].text);
}
