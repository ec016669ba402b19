/* H10: digest authentication that protects little (RFC 7616 5, RFC 8760). The first challenges and credentials of a server are looked at;
 * the others are like them. */
#include "analyzer/calls/event.h"
#include "analyzer/calls/leg.h"
#include "analyzer/findings/attack.h"
#include "analyzer/findings/state.h"
#include "dissectors/sip_header.h"

#define LOOKED 8 /* challenges, and credentials, of a server */

struct digest_server {
	struct lru_node node;
	uint8_t challenges, credentials;
	bool told_qop, told_md5, told_clear, told_nonce;
	uint64_t nonces[LOOKED], users[LOOKED];
};

/* NULL: out of memory. */
static struct digest_server *server_of(struct attack *a, struct ip_addr addr)
{
	uint64_t hash = hash_mix(addr.word[0], addr.word[1]);
	struct digest_server *s = lru_get(&a->servers, hash);

	if (s)
		return s;
	lru_drop(&a->servers, lru_full(&a->servers));
	s = lru_add(&a->servers, hash, sizeof *s);
	if (!s)
		attack_out_of_memory(a);
	return s;
}

static bool tell(struct attack *a, const struct seen_message *m, const char *cause,
                 const char *what, struct ip_addr server)
{
	struct draft *d = &a->draft;
	struct sighting at = attack_sighting(m);

	draft_begin(d);
	text_addf(&d->cause, "%s", cause);
	text_add_address(&d->text, server);
	text_addf(&d->text, " %s (frame %" PRIu64 ")", what, at.frame);
	evidence_frame(&d->evidence, at);
	return draft_add(d, (struct occurrence){ .rule = RULE_H10,
	                                         .call_id = m->leg ? m->leg->media.call_id : 0,
	                                         .dialog_id = m->dialog_id,
	                                         .first = at });
}

/* "Digest realm=..., qop=...": one parameter of a challenge or of credentials, without quotes; absent if it is not there. */
static struct slice digest_param(struct slice value, const char *name)
{
	struct slice item, key;

	if (slice_istarts(value, "Digest"))
		value = slice_from(value, 6);
	while (sip_list_next(&value, &item)) {
		if (!slice_split(&item, '=', &key) || !item.p ||
		    !slice_ieq_str(slice_trim(key), name))
			continue;
		item = slice_trim(item);
		if (item.n >= 2 && item.p[0] == '"')
			item = slice_sub(item, 1, item.n - 2);
		return item;
	}
	return SLICE_NONE;
}

bool attack_challenge(struct attack *a, const struct seen_message *m)
{
	const struct sip_msg *msg = m->ev->msg;
	struct ip_addr addr = m->ev->origin->src.addr;
	enum sip_header_id id =
	        msg->status == 401 ? SIP_H_WWW_AUTHENTICATE : SIP_H_PROXY_AUTHENTICATE;
	struct digest_server *s = server_of(a, addr);
	bool qop = true, only_md5 = true, any = false;
	const struct sip_header *h;

	if (!s || s->challenges >= LOOKED)
		return s != NULL;
	s->challenges++;
	for (unsigned n = 0; n < 4 && (h = sip_msg_header(msg, id, n)); n++) {
		struct slice algorithm = digest_param(h->value, "algorithm");
		if (!slice_istarts(h->value, "Digest"))
			continue;
		any = true;
		qop = qop && digest_param(h->value, "qop").n;
		only_md5 = only_md5 && (!algorithm.n || slice_istarts(algorithm, "MD5"));
	}
	if (any && !qop && !s->told_qop) {
		s->told_qop = true;
		if (!tell(a, m, "challenges without qop",
		          "challenges without qop: what is overheard can be sent again", addr))
			return false;
	}
	if (!any || !only_md5 || s->told_md5)
		return true;
	s->told_md5 = true;
	return tell(a, m, "challenges with MD5 only",
	            "offers MD5 only: overheard credentials can be guessed quickly", addr);
}

/* RFC 1918, 6598 (shared), loopback, link-local; IPv6 unique local and link-local. */
static bool is_private(struct ip_addr a)
{
	const uint8_t *o = (const uint8_t *)a.word;

	if (!ip_addr_is_v4(a))
		return (o[0] & 0xfe) == 0xfc || (o[0] == 0xfe && (o[1] & 0xc0) == 0x80) ||
		       (!a.word[0] && o[15] == 1);
	o += 12;
	return o[0] == 10 || o[0] == 127 || (o[0] == 172 && (o[1] & 0xf0) == 16) ||
	       (o[0] == 192 && o[1] == 168) || (o[0] == 100 && (o[1] & 0xc0) == 64) ||
	       (o[0] == 169 && o[1] == 254);
}

static bool nonce_shared(struct digest_server *s, struct slice value)
{
	uint64_t nonce = hash_slice(digest_param(value, "nonce"), 1);
	uint64_t user = hash_slice(digest_param(value, "username"), 2);

	bool shared = false;

	for (unsigned i = 0; i < s->credentials; i++)
		shared = shared || (s->nonces[i] == nonce && s->users[i] != user);
	s->nonces[s->credentials] = nonce;
	s->users[s->credentials++] = user;
	return shared;
}

bool attack_credentials(struct attack *a, const struct seen_message *m)
{
	const struct sip_origin *o = m->ev->origin;
	struct digest_server *s = server_of(a, o->dst.addr);
	struct slice value;

	if (!s || s->credentials >= LOOKED)
		return s != NULL;
	value = sip_msg_value(m->ev->msg, SIP_H_AUTHORIZATION);
	if (!value.p)
		value = sip_msg_value(m->ev->msg, SIP_H_PROXY_AUTHORIZATION);
	if (!slice_istarts(value, "Digest"))
		return true;
	if (nonce_shared(s, value) && !s->told_nonce) {
		s->told_nonce = true;
		if (!tell(a, m, "one nonce for several users", "accepts one nonce of several users",
		          o->dst.addr))
			return false;
	}
	if (s->told_clear || is_private(o->dst.addr) || strcmp(o->transport, "UDP") != 0)
		return true;
	s->told_clear = true;
	return tell(a, m, "credentials over UDP to a public address",
	            "is sent credentials in clear over UDP, on a public address", o->dst.addr);
}
