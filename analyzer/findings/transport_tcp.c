/* SIP over TCP and TLS: framing and repeats (F9), connections that are not made (D26). */
#include "analyzer/findings/transport.h"

#include "analyzer/calls/leg.h"
#include "analyzer/findings/state.h"
#include "dissectors/packet.h"

/* ---- F9 ---- */

enum fault { FAULT_NO_LENGTH, FAULT_BAD_LENGTH, FAULT_OCTETS, FAULT_REPEATS };

/* Of one sender: told once, however often it was seen. */
struct framing {
	struct lru_node node; /* by sender and fault */
	enum fault fault;
	struct ip_addr sender;
	struct sighting first, last;
	uint64_t times;
	int64_t dialog_id, call_id;
};

static const char *fault_text(enum fault fault)
{
	switch (fault) {
	case FAULT_NO_LENGTH: return "messages without Content-Length on a TCP stream";
	case FAULT_BAD_LENGTH: return "an unusable Content-Length on a TCP stream";
	case FAULT_OCTETS:
		return "octets between messages on a TCP stream, as a wrong Content-Length leaves "
		       "them";
	case FAULT_REPEATS: return "requests repeated over TCP, which repeats by itself";
	}
	return "";
}

static bool judge_framing(struct transport_faults *t, const void *entry)
{
	const struct framing *f = entry;

	if (f->fault == FAULT_REPEATS && f->times < t->set.repeats)
		return true;
	transport_begin(t);
	text_addf(&t->cause, "%s, from ", fault_text(f->fault));
	text_add_address(&t->cause, f->sender);
	text_add_address(&t->text, f->sender);
	text_addf(&t->text, " sends %s: %llu time%s, first in frame %llu", fault_text(f->fault),
	          (unsigned long long)f->times, f->times == 1 ? "" : "s",
	          (unsigned long long)f->first.frame);
	evidence_int(&t->evidence, "times", (int64_t)f->times);
	evidence_int(&t->evidence, "threshold",
	             f->fault == FAULT_REPEATS ? (int64_t)t->set.repeats : 1);
	evidence_frame(&t->evidence, f->first);
	evidence_frame(&t->evidence, f->last);
	return transport_tell(t, (struct occurrence){
	                                 .rule = RULE_F9,
	                                 .call_id = f->call_id,
	                                 .dialog_id = f->dialog_id,
	                                 .first = f->first,
	                                 .last = f->last,
	                         });
}

static bool note(struct transport_faults *t, const struct seen_message *m, enum fault fault)
{
	const struct sip_origin *o = m->ev->origin;
	uint64_t hash = hash_mix(hash_mix(o->src.addr.word[0], o->src.addr.word[1]), fault);
	struct framing *f = lru_get(&t->framing, hash);
	int64_t call_id = m->leg ? m->leg->media.call_id : 0;

	if (!f) {
		f = transport_add(t, &t->framing, hash, sizeof *f, judge_framing);
		if (!f)
			return false;
		f->fault = fault;
		f->sender = o->src.addr;
		f->first = transport_sighting(o);
		f->dialog_id = m->dialog_id;
		f->call_id = call_id;
	}
	if (f->dialog_id != m->dialog_id)
		f->dialog_id = 0;
	if (f->call_id != call_id)
		f->call_id = 0;
	f->times++;
	f->last = transport_sighting(o);
	return true;
}

/* RFC 3261 20.14: on streams Content-Length must be there; 17: over reliable transports only the 2xx of an INVITE and its ACK come again
 * (13.3.1.4), and reliable provisional responses (RFC 3262 3). */
bool tcp_message_seen(struct transport_faults *t, const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;

	if (m->ev->origin->stray_octets && !note(t, m, FAULT_OCTETS))
		return false;
	if (msg->defects & SIP_DEFECT_CONTENT_LENGTH) {
		if (!note(t, m, FAULT_BAD_LENGTH))
			return false;
	} else if (msg->content_length < 0 && !note(t, m, FAULT_NO_LENGTH)) {
		return false;
	}
	return !(m->retransmission && msg->is_request && msg->method != SIP_ACK) ||
	       note(t, m, FAULT_REPEATS);
}

/* ---- D26 ---- */

/* The attempts of one client to reach one server. */
struct connection {
	struct lru_node node; /* by client and server */
	struct ip_addr client;
	struct endpoint server;
	struct sighting first, last;
	uint64_t syns; /* since the last SYN-ACK */
	uint64_t refused, alerts; /* RST instead of SYN-ACK; fatal TLS alerts */
	uint8_t alert; /* the last one */
	uint32_t seq; /* of the last of them: a mirror port's copy has the same */
};

static bool is_sip_port(const struct transport_faults *t, uint16_t port)
{
	for (unsigned i = 0; i < t->set.port_count; i++)
		if (t->set.ports[i] == port)
			return true;
	return false;
}

/* RFC 8446 6, of those that matter here. */
static const char *alert_name(uint8_t alert)
{
	switch (alert) {
	case 40: return "handshake_failure";
	case 42: return "bad_certificate";
	case 43: return "unsupported_certificate";
	case 44: return "certificate_revoked";
	case 45: return "certificate_expired";
	case 46: return "certificate_unknown";
	case 47: return "illegal_parameter";
	case 48: return "unknown_ca";
	case 51: return "decrypt_error";
	case 70: return "protocol_version";
	case 71: return "insufficient_security";
	case 112: return "unrecognized_name";
	case 116: return "certificate_required";
	default: return "alert";
	}
}

static void say_failure(struct transport_faults *t, const struct connection *c)
{
	if (c->alerts)
		text_addf(&t->cause, "TLS alert %u (%s) with ", c->alert, alert_name(c->alert));
	else
		text_addf(&t->cause, "%s ", c->refused ? "RST from" : "no SYN-ACK from");
	text_add_endpoint(&t->cause, c->server);
	text_add_address(&t->text, c->client);
	text_addf(&t->text, " cannot connect to ");
	text_add_endpoint(&t->text, c->server);
	if (c->alerts)
		text_addf(&t->text, ": %llu TLS handshakes ended with alert %u (%s)",
		          (unsigned long long)c->alerts, c->alert, alert_name(c->alert));
	else if (c->refused)
		text_addf(&t->text, ": %llu SYNs were answered with RST",
		          (unsigned long long)c->refused);
	else
		text_addf(&t->text, ": %llu SYNs, and no SYN-ACK", (unsigned long long)c->syns);
	text_addf(&t->text, " (frames %llu to %llu)", (unsigned long long)c->first.frame,
	          (unsigned long long)c->last.frame);
}

/* Told when its series of attempts is over: a connection is made, or the capture ends. */
static bool judge_connection(struct transport_faults *t, const void *entry)
{
	const struct connection *c = entry;
	bool silent = !c->refused && !c->alerts;

	if (silent ? c->syns < t->set.syns : c->refused + c->alerts < t->set.failures)
		return true;
	transport_begin(t);
	say_failure(t, c);
	evidence_int(&t->evidence, "syns", (int64_t)c->syns);
	evidence_int(&t->evidence, "refused", (int64_t)c->refused);
	evidence_int(&t->evidence, "alerts", (int64_t)c->alerts);
	evidence_int(&t->evidence, "threshold", (int64_t)(silent ? t->set.syns : t->set.failures));
	evidence_frame(&t->evidence, c->first);
	evidence_frame(&t->evidence, c->last);
	return transport_tell(t, (struct occurrence){ .rule = RULE_D26,
	                                              .first = c->first,
	                                              .last = c->last,
	                                              .certain = !silent });
}

static struct connection *connection_of(struct transport_faults *t, struct ip_addr client,
                                        struct endpoint server, bool make)
{
	uint64_t hash = hash_mix(hash_mix(client.word[0], client.word[1]), endpoint_hash(server));
	struct connection *c = lru_get(&t->connections, hash);

	if (c || !make)
		return c;
	c = transport_add(t, &t->connections, hash, sizeof *c, judge_connection);
	if (c) {
		c->client = client;
		c->server = server;
	}
	return c;
}

/* The same one twice: no sender repeats it so soon (RFC 6298 2.4: after 1 s at least). */
static bool is_copy(const struct connection *c, const struct seen_segment *s)
{
	return sighting_is_set(c->last) && c->seq == s->view->tcp.seq &&
	       s->at.time_ns - c->last.time_ns < 200 * NS_PER_MS;
}

static void seen(struct connection *c, const struct seen_segment *s)
{
	struct sighting at = s->at;

	c->seq = s->view->tcp.seq;
	if (!sighting_is_set(c->first))
		c->first = at;
	c->last = at;
}

/* A fatal one in clear, RFC 8446 5.1 and 6: type 21, version 3.x, length 2, level 2. */
static bool is_fatal_alert(struct slice payload, uint8_t *alert)
{
	const uint8_t *p = payload.p;

	if (payload.n < 7 || p[0] != 21 || p[1] != 3 || p[3] != 0 || p[4] != 2 || p[5] != 2)
		return false;
	*alert = p[6];
	return true;
}

/* The connection is there: what failed before is told, and counting begins anew. A TLS handshake may still fail on it. */
static bool connected(struct transport_faults *t, struct connection *c)
{
	c->syns -= c->syns > 0; /* the one that is answered */
	if (c->alerts) {
		c->syns = 0;
		return true;
	}
	bool ok = judge_connection(t, c);
	lru_drop(&t->connections, c);
	return ok;
}

bool transport_segment(struct transport_faults *t, const struct seen_segment *s)
{
	const struct packet_view *v = s->view;
	bool from_client = is_sip_port(t, v->dport);
	struct endpoint server = from_client ? (struct endpoint){ v->dst, v->dport }
	                                     : (struct endpoint){ v->src, v->sport };
	struct ip_addr client = from_client ? v->src : v->dst;
	struct connection *c;
	uint8_t alert = 0;
	bool failed = is_fatal_alert(v->payload, &alert);

	if (!from_client && !is_sip_port(t, v->sport))
		return true;
	/* Only these two begin something. */
	bool begins = failed || (from_client && v->tcp.syn && !v->tcp.ack_set);
	c = connection_of(t, client, server, begins);
	if (!c)
		return !begins;
	if ((failed || begins) && is_copy(c, s))
		return true;
	if (failed) {
		c->alerts++;
		c->alert = alert;
		seen(c, s);
	} else if (begins) {
		c->syns++;
		seen(c, s);
	} else if (!from_client && v->tcp.syn) {
		return connected(t, c);
	} else if (!from_client && v->tcp.rst && c->syns > c->refused) {
		c->refused++;
		seen(c, s);
	}
	return true;
}

bool tcp_finish(struct transport_faults *t)
{
	return transport_judge_all(t, &t->framing, judge_framing) &&
	       transport_judge_all(t, &t->connections, judge_connection);
}
