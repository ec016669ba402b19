#include "sim/engine/made.h"

#include "dissectors/sip_header.h"
#include "sim/engine/keywords.h"

static void line(struct text *out, const char *name, struct slice value)
{
	text_addf(out, "%s: ", name);
	text_add(out, value);
	text_add(out, SLICE_LIT("\r\n"));
}

static void copy_all(struct text *out, const struct sip_msg *m, enum sip_header_id id,
                     const char *name)
{
	const struct sip_header *h;

	for (unsigned i = 0; (h = sip_msg_header(m, id, i)); i++)
		line(out, name, h->value);
}

static void own_branch(const struct call *c, uint32_t cseq, struct text *out)
{
	text_addf(out, "Via: SIP/2.0/%s ", transport_name(c->station->config->transport));
	char buf[ENDPOINT_TEXT];
	text_add(out, slice_of(buf, endpoint_format(c->channel->local, buf)));
	text_addf(out, ";branch=" MADE_BRANCH "-%lld-%llu-%u\r\n",
	          (long long)c->station->config->process_id, (unsigned long long)c->number,
	          (unsigned)cseq);
}

static void to_of(const struct call *c, const struct sip_msg *m, struct text *out)
{
	text_add(out, SLICE_LIT("To: "));
	text_add(out, m->to);
	if (!m->to_tag.p && c->peer_tag) {
		text_add(out, SLICE_LIT(";tag="));
		text_add(out, kept_slice(c->peer_tag));
	}
	text_add(out, SLICE_LIT("\r\n"));
}

static void finish(struct text *out, uint32_t cseq, const char *method, const char *type,
                   struct slice body)
{
	text_addf(out, "CSeq: %u %s\r\nMax-Forwards: 70\r\n", (unsigned)cseq, method);
	if (type)
		text_addf(out, "Content-Type: %s\r\n", type);
	text_addf(out, "Content-Length: %zu\r\n\r\n", body.n);
	text_add(out, body);
}

void made_like_invite(struct call *c, const struct sip_msg *invite, const char *method,
                      bool with_peer_tag, struct text *out)
{
	text_reset(out);
	text_addf(out, "%s ", method);
	text_add(out, invite->request_uri);
	text_add(out, SLICE_LIT(" SIP/2.0\r\n"));
	line(out, "Via", invite->via);
	line(out, "From", invite->from);
	if (with_peer_tag)
		to_of(c, invite, out);
	else
		line(out, "To", invite->to);
	line(out, "Call-ID", invite->call_id);
	copy_all(out, invite, SIP_H_ROUTE, "Route");
	finish(out, invite->cseq, method, NULL, SLICE_NONE);
}

static struct slice target(const struct call *c, const struct sip_msg *m)
{
	if (c->extra && c->extra->next_url)
		return kept_slice(c->extra->next_url);
	return m->is_request ? m->request_uri : sip_addr_uri(m->from);
}

void made_within_dialog(struct call *c, const struct sip_msg *m, const char *method, uint32_t cseq,
                        const char *type, struct slice body, struct text *out)
{
	text_reset(out);
	text_addf(out, "%s ", method);
	text_add(out, target(c, m));
	text_add(out, SLICE_LIT(" SIP/2.0\r\n"));
	own_branch(c, cseq, out);
	line(out, "From", m->is_request ? m->from : m->to);
	if (m->is_request)
		to_of(c, m, out);
	else
		line(out, "To", m->from);
	line(out, "Call-ID", m->call_id);
	if (c->extra && c->extra->routes)
		line(out, "Route", kept_slice(c->extra->routes));
	else if (m->is_request)
		copy_all(out, m, SIP_H_ROUTE, "Route");
	else
		copy_all(out, m, SIP_H_RECORD_ROUTE, "Route");
	finish(out, cseq, method, type, body);
}

void made_refusal(const struct sip_msg *m, int status, const char *reason, struct text *out)
{
	text_reset(out);
	text_addf(out, "SIP/2.0 %d %s\r\n", status, reason);
	copy_all(out, m, SIP_H_VIA, "Via");
	line(out, "From", m->from);
	line(out, "To", m->to);
	line(out, "Call-ID", m->call_id);
	text_addf(out, "CSeq: %u INVITE\r\nContent-Length: 0\r\n\r\n", (unsigned)m->cseq);
}

static const char *reason_of(int status)
{
	return status == 200   ? "OK"
	       : status == 481 ? "Call/Transaction Does Not Exist"
	       : status == 486 ? "Busy Here"
	                       : "Unavailable";
}

void made_answer(const struct sip_msg *m, int status, struct text *out)
{
	text_reset(out);
	text_addf(out, "SIP/2.0 %d %s\r\n", status, reason_of(status));
	copy_all(out, m, SIP_H_VIA, "Via");
	copy_all(out, m, SIP_H_RECORD_ROUTE, "Record-Route");
	line(out, "From", m->from);
	text_add(out, SLICE_LIT("To: "));
	text_add(out, m->to);
	if (!m->to_tag.p)
		text_addf(out, ";tag=milliwatt-%llx",
		          (unsigned long long)hash_slice(m->call_id, m->cseq));
	text_add(out, SLICE_LIT("\r\n"));
	line(out, "Call-ID", m->call_id);
	text_addf(out, "CSeq: %u ", (unsigned)m->cseq);
	text_add(out, m->cseq_name);
	text_add(out, SLICE_LIT("\r\nContent-Length: 0\r\n\r\n"));
}

const struct sip_msg *made_from(struct call *c)
{
	struct station *s = c->station;

	s->last_of = NULL;
	if (!c->sent || sip_msg_parse(kept_slice(c->sent), &s->last) != PARSE_OK)
		return NULL;
	return &s->last;
}
