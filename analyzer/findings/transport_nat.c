/* Addresses in between: responses that go where the request did not come from (F1), source ports that change (F2), addresses of which a
 * middlebox rewrote a half (F4), and the bindings of registered phones behind a NAT (for F8). */
#include "analyzer/findings/transport.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "dissectors/sip_header.h"

/* ---- F1 ---- */

/* Sooner than this after the response is a mirror port's copy: RFC 3261 17.1.1.1's T1 is 500 ms. */
#define REPEAT_NS (200 * NS_PER_MS)

/* A response that went to another endpoint than the request had come from. */
struct strayed {
	struct lru_node node; /* by transaction */
	struct endpoint asker, target;
	struct sighting response;
};

/* sent-by as an endpoint; false for names. */
static bool sent_by_endpoint(struct slice sent_by, struct endpoint *out)
{
	struct slice host = sent_by, port = SLICE_NONE;
	size_t close = slice_find(sent_by, ']'), colon = slice_find(sent_by, ':');
	uint64_t number = 5060;

	if (sent_by.n && sent_by.p[0] == '[' && close != SLICE_NPOS) {
		host = slice_sub(sent_by, 0, close + 1);
		port = slice_trim(slice_from(sent_by, close + 1));
		port = port.n && port.p[0] == ':' ? slice_from(port, 1) : SLICE_NONE;
	} else if (colon != SLICE_NPOS) {
		host = slice_sub(sent_by, 0, colon);
		port = slice_from(sent_by, colon + 1);
	}
	if (port.n && !slice_u64(slice_trim(port), UINT16_MAX, &number))
		return false;
	out->port = (uint16_t)number;
	return ip_addr_parse(slice_trim(host), &out->addr);
}

bool nat_answers_elsewhere(const struct sip_msg *msg, struct endpoint src,
                           char sent_by[static TRANSPORT_TEXT_MAX])
{
	struct endpoint via;

	/* RFC 3261 18.2.2: to the address it came from (received), and the port of sent-by; RFC 3581: to its port with rport. */
	if (!sent_by_endpoint(msg->sent_by, &via) || via.port == src.port ||
	    sip_param(msg->via, "rport").p || sip_param(msg->via, "maddr").p)
		return false;
	slice_cstr(msg->sent_by, sent_by, TRANSPORT_TEXT_MAX);
	return true;
}

static bool note_strayed(struct transport_faults *t, const struct seen_message *m,
                         struct endpoint asker)
{
	const struct sip_origin *o = m->ev->origin;
	const struct sip_msg *msg = m->ev->msg;
	uint64_t hash = hash_mix((uint64_t)m->transaction->id, 2);

	if (sip_param(msg->via, "rport").p || sip_param(msg->via, "maddr").p ||
	    lru_get(&t->elsewhere, hash))
		return true;
	struct strayed *s = transport_add(t, &t->elsewhere, hash, sizeof *s, NULL);
	if (!s)
		return false;
	s->asker = asker;
	s->target = o->dst;
	s->response = transport_sighting(o);
	return true;
}

/* What repeats a request, or a response, shows that the other did not arrive. */
bool nat_repeated(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	struct strayed *s;

	if (lru_is_empty(&t->elsewhere))
		return true;
	s = lru_get(&t->elsewhere, hash_mix((uint64_t)m->transaction->id, 2));
	if (!s || o->time_ns - s->response.time_ns < REPEAT_NS)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "no rport in requests from ");
	text_add_address(&t->cause, s->asker.addr);
	text_addf(&t->text, "The response in frame %llu went to ",
	          (unsigned long long)s->response.frame);
	text_add_endpoint(&t->text, s->target);
	text_addf(&t->text, ", as the Via says, not back to ");
	text_add_endpoint(&t->text, s->asker);
	text_addf(&t->text, ", and did not arrive: frame %llu repeats the %s",
	          (unsigned long long)o->frame, m->ev->msg->is_request ? "request" : "response");
	evidence_frame(&t->evidence, s->response);
	evidence_frame(&t->evidence, transport_sighting(o));
	bool ok = transport_tell(t, (struct occurrence){
	                                    .rule = RULE_F1,
	                                    .call_id = m->leg ? m->leg->media.call_id : 0,
	                                    .dialog_id = m->dialog_id,
	                                    .first = s->response,
	                                    .last = transport_sighting(o),
	                                    .certain = true,
	                            });
	lru_drop(&t->elsewhere, s);
	return ok;
}

/* ---- F2 ---- */

/* A UA that registers keeps its Call-ID (RFC 3261 10.2.4). */
struct registrant {
	struct lru_node node;
	struct endpoint src, dst;
	struct sighting first, last;
	uint64_t requests, changes;
};

static bool judge_registrant(struct transport_faults *t, const void *entry)
{
	const struct registrant *r = entry;
	double ratio = (double)r->changes / (double)r->requests;

	if (r->requests < t->set.churn_requests || ratio <= t->set.churn_ratio)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "source ports of ");
	text_add_address(&t->cause, r->src.addr);
	text_addf(&t->cause, " change");
	text_addf(&t->text, "A phone at ");
	text_add_address(&t->text, r->src.addr);
	text_addf(&t->text, " sent %llu requests to ", (unsigned long long)r->requests);
	text_add_endpoint(&t->text, r->dst);
	text_addf(&t->text,
	          ", %llu of them from another port than the one before (frames %llu to %llu)",
	          (unsigned long long)r->changes, (unsigned long long)r->first.frame,
	          (unsigned long long)r->last.frame);
	evidence_int(&t->evidence, "requests", (int64_t)r->requests);
	evidence_int(&t->evidence, "changes", (int64_t)r->changes);
	evidence_real(&t->evidence, "ratio", ratio);
	evidence_real(&t->evidence, "threshold", t->set.churn_ratio);
	evidence_frame(&t->evidence, r->first);
	evidence_frame(&t->evidence, r->last);
	return transport_tell(
	        t, (struct occurrence){ .rule = RULE_F2, .first = r->first, .last = r->last });
}

static bool count_ports(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	uint64_t hash = hash_mix(m->ev->call_hash, endpoint_hash(o->dst));
	struct registrant *r = lru_get(&t->registrants, hash);

	if (!r) {
		r = transport_add(t, &t->registrants, hash, sizeof *r, judge_registrant);
		if (!r)
			return false;
		r->first = transport_sighting(o);
		r->src = o->src;
		r->dst = o->dst;
	}
	r->requests++;
	r->changes += !endpoint_eq(r->src, o->src);
	r->src = o->src;
	r->last = transport_sighting(o);
	return true;
}

/* ---- F4 ---- */

static bool is_private_host(struct slice host)
{
	struct ip_addr a;
	return ip_addr_parse(host, &a) && ip_addr_is_private(a) && !ip_addr_is_any(a);
}

/* The address of the first c= line. */
static struct slice connection_host(struct slice body)
{
	size_t at = slice_find_str(body, "\nc=IN IP");
	struct slice line;

	body = slice_from(body, at == SLICE_NPOS ? body.n : at + 10);
	return slice_line(&body, &line) ? slice_trim(line) : SLICE_NONE;
}

static bool is_public_sender(const struct seen_message *m, const struct sip_msg *msg)
{
	struct endpoint via;

	return !sip_msg_header(msg, SIP_H_VIA, 1) && sent_by_endpoint(msg->sent_by, &via) &&
	       ip_addr_eq(via.addr, m->ev->origin->src.addr);
}

/* A public Via that a phone of a private SDP or Contact did not write itself. Who learns his public address by STUN says it in the SDP
 * first of all. */
static bool look_for_alg(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;
	const struct sip_origin *o = m->ev->origin;

	if (ip_addr_is_private(o->src.addr) || !msg->body.n || !is_public_sender(m, msg))
		return true;
	struct slice media = connection_host(msg->body);
	struct slice contact = sip_uri_host(sip_addr_uri(sip_msg_value(msg, SIP_H_CONTACT)));
	bool media_private = is_private_host(media), contact_private = is_private_host(contact);
	bool body_differs = msg->defects & SIP_DEFECT_BODY_SHORT;
	if (!media_private && !contact_private)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s", "half-rewritten addresses from ");
	text_add_address(&t->cause, o->src.addr);
	text_addf(&t->text, "The INVITE in frame %llu comes from ", (unsigned long long)o->frame);
	text_add_endpoint(&t->text, o->src);
	text_addf(&t->text, ", and so says its Via; but its %s is private: ",
	          media_private ? "SDP" : "Contact");
	text_add_terminal(&t->text, media_private ? media : contact);
	if (body_differs)
		text_addf(&t->text, "; Content-Length does not fit the body");
	evidence_text(&t->evidence, "via", msg->sent_by);
	evidence_text(&t->evidence, "sdp", media);
	evidence_text(&t->evidence, "contact", contact);
	evidence_int(&t->evidence, "signs", media_private + contact_private + body_differs);
	evidence_frame(&t->evidence, transport_sighting(o));
	return transport_tell(t, (struct occurrence){
	                                 .rule = RULE_F4,
	                                 .call_id = m->leg ? m->leg->media.call_id : 0,
	                                 .dialog_id = m->dialog_id,
	                                 .first = transport_sighting(o),
	                                 .weak = media_private + contact_private + body_differs > 1
	                                                 ? NULL
	                                                 : "one sign only",
	                         });
}

bool nat_request(struct transport_faults *t, const struct seen_message *m)
{
	if (!m->created)
		return true;
	switch (m->ev->msg->method) {
	case SIP_INVITE: return look_for_alg(t, m);
	case SIP_REGISTER:
	case SIP_SUBSCRIBE:
	case SIP_PUBLISH: return count_ports(t, m);
	default: return true;
	}
}

/* ---- F8 ---- */

struct binding {
	struct lru_node node; /* by endpoint */
	struct endpoint at;
	struct sighting registered, heard;
};

static uint64_t binding_hash(struct endpoint e)
{
	return hash_mix(endpoint_hash(e), 3);
}

void nat_heard(struct transport_faults *t, struct endpoint src, struct sighting at)
{
	struct binding *b = lru_get(&t->bindings, binding_hash(src));

	if (b)
		b->heard = at;
}

void nat_ask_binding(struct transport_faults *t, struct silent *s)
{
	const struct binding *b =
	        lru_is_empty(&t->bindings) ? NULL : lru_get(&t->bindings, binding_hash(s->dst));

	if (!b || s->request_ns - b->heard.time_ns <= t->set.quiet_ns)
		return;
	s->closed_ns = s->request_ns - b->heard.time_ns;
	s->registered = b->registered;
	s->heard = b->heard;
}

/* A 2xx to REGISTER; the Contact that it lists is the one that stays. Behind a NAT is who came from another address than its Via names. */
static bool note_binding(struct transport_faults *t, const struct seen_message *m,
                         struct endpoint phone)
{
	const struct sip_msg *msg = m->ev->msg;
	uint64_t hash = binding_hash(phone);
	struct binding *b = lru_get(&t->bindings, hash);
	struct endpoint via;

	if (!sip_msg_header(msg, SIP_H_CONTACT, 0)) {
		lru_drop(&t->bindings, b);
		return true;
	}
	if (sip_msg_header(msg, SIP_H_VIA, 1) || !sent_by_endpoint(msg->sent_by, &via) ||
	    ip_addr_eq(via.addr, phone.addr))
		return true;
	if (!b)
		b = transport_add(t, &t->bindings, hash, sizeof *b, NULL);
	if (!b)
		return false;
	b->at = phone;
	b->registered = transport_sighting(m->ev->origin);
	/* The request was the last that came. */
	if (b->heard.time_ns < m->transaction->request_ns || !sighting_is_set(b->heard)) {
		b->heard = b->registered;
		b->heard.time_ns = m->transaction->request_ns;
	}
	return true;
}

bool nat_response(struct transport_faults *t, const struct seen_message *m)
{
	const struct transaction *tr = m->transaction;
	const struct sip_origin *o = m->ev->origin;
	struct endpoint asker = { tr->src, tr->src_port };

	/* Where the request was not seen, or its transaction is only a stand-in, where it came from is not known. */
	if (!transaction_request_seen(tr) || !tr->src_port || m->retransmission)
		return true;
	if (!endpoint_eq(asker, o->dst))
		return note_strayed(t, m, asker);
	if (m->ev->method == SIP_REGISTER && m->ev->msg->status / 100 == 2)
		return note_binding(t, m, asker);
	return true;
}

bool nat_finish(struct transport_faults *t)
{
	return transport_judge_all(t, &t->registrants, judge_registrant);
}
