/* Digest authentication of a call: the challenge it met, the credentials it answers with, and those it checks as a server. */
#include "sim/auth/digest.h"
#include "sim/engine/keywords.h"

static struct slice or_text(struct slice given, const char *otherwise)
{
	return given.p ? given : slice_str(otherwise);
}

/* sip:host:port of the target, as SIPp says it, unless the user says another. */
static void digest_uri(const struct call *c, struct text *out)
{
	const struct sim_config *config = c->station->config;
	char buf[ENDPOINT_TEXT];

	text_reset(out);
	if (config->credentials.auth_uri) {
		text_addf(out, "sip:%s", config->credentials.auth_uri);
		return;
	}
	endpoint_format(c->peer.port ? c->peer : config->target, buf);
	text_addf(out, "sip:%s", buf);
}

bool render_authentication(struct call *c, const struct piece *piece, struct slice method,
                           struct slice body, struct text *out, const char **why)
{
	const struct sim_config *config = c->station->config;
	struct digest_request request = { .method = method, .body = body };
	struct slice username, password;

	if (!c->extra || !c->extra->challenge)
		return true; /* nobody asked: no header */
	/* Each argument is rendered into a buffer of its own only while there are few: copied before the next. */
	struct text uri, user, pass;
	text_init(&uri);
	text_init(&user);
	text_init(&pass);
	bool ok = keyword_argument_text(c, piece, "username", &username, why);
	text_add(&user,
	         or_text(username, config->credentials.username ? config->credentials.username
	                                                        : config->service));
	ok = ok && keyword_argument_text(c, piece, "password", &password, why);
	text_add(&pass,
	         or_text(password,
	                 config->credentials.password ? config->credentials.password : "password"));
	digest_uri(c, &uri);
	struct slice k = SLICE_NONE, op = SLICE_NONE, amf = SLICE_NONE;
	struct text keys[3];
	static const char *const key_names[] = { "aka_K", "aka_OP", "aka_AMF" };
	struct slice *const key_values[] = { &k, &op, &amf };
	for (size_t i = 0; i < 3; i++) {
		struct slice value;
		text_init(&keys[i]);
		ok = ok && keyword_argument_text(c, piece, key_names[i], &value, why);
		if (ok && value.p) {
			text_add(&keys[i], value);
			*key_values[i] = slice_of(text_cstr(&keys[i]), keys[i].n);
		}
	}
	request.uri = slice_of(text_cstr(&uri), uri.n);
	request.username = slice_of(text_cstr(&user), user.n);
	request.password = slice_of(text_cstr(&pass), pass.n);
	request.aka_k = k;
	request.aka_op = op;
	request.aka_amf = amf;
	request.random = random_next(&c->station->random);
	request.nonce_count = ++c->extra->nonce_count;
	if (ok) {
		text_add(out, c->extra->challenge_status == 407 ? SLICE_LIT("Proxy-Authorization: ")
		                                                : SLICE_LIT("Authorization: "));
		ok = digest_answer(kept_slice(c->extra->challenge), &request, out, why);
	}
	text_release(&uri);
	text_release(&user);
	text_release(&pass);
	for (size_t i = 0; i < 3; i++)
		text_release(&keys[i]);
	return ok;
}

/* Of several challenges (RFC 8760: one for each algorithm) the strongest that can be answered. */
bool call_take_challenge(struct call *c, const struct sip_msg *msg)
{
	static const enum sip_header_id ids[] = { SIP_H_PROXY_AUTHENTICATE,
		                                  SIP_H_WWW_AUTHENTICATE };
	struct call_extra *x = call_extra(c);
	struct slice best = SLICE_NONE;
	int strength = -1;

	if (!x)
		return false;
	for (size_t id = 0; id < 2; id++)
		for (unsigned i = 0; i < msg->header_count; i++) {
			if (msg->headers[i].id != ids[id])
				continue;
			int s = digest_strength(msg->headers[i].value);
			if (s > strength) {
				strength = s;
				best = msg->headers[i].value;
				x->challenge_status =
				        ids[id] == SIP_H_PROXY_AUTHENTICATE ? 407 : 401;
			}
		}
	if (!best.p) {
		call_fail(c, FAILURE_AUTHENTICATION,
		          "auth=\"true\": the %d has no WWW-Authenticate and no Proxy-Authenticate",
		          msg->status);
		return false;
	}
	if (!slice_eq(best, kept_slice(x->challenge)))
		x->nonce_count = 0;
	if (!kept_set(&c->station->kept, &x->challenge, best)) {
		call_fail(c, FAILURE_INTERNAL, "out of memory");
		return false;
	}
	return true;
}

bool call_verify_auth(struct call *c, const struct action *a, const struct sip_msg *msg, bool *ok)
{
	const struct sip_header *h = sip_msg_header(msg, SIP_H_AUTHORIZATION, 0);
	struct slice username, password;
	const char *why;

	if (!h)
		h = sip_msg_header(msg, SIP_H_PROXY_AUTHORIZATION, 0);
	*ok = false;
	if (!render_text(c, a->text, &username, &why) ||
	    !render_text(c, a->text2, &password, &why)) {
		call_fail(c, FAILURE_INTERNAL, "verifyauth: %s", why);
		return false;
	}
	if (!h)
		return true;
	struct digest_request request = {
		.method = msg->method_name,
		.uri = msg->request_uri,
		.body = msg->body,
		.username = username,
		.password = password,
	};
	*ok = digest_check(h->value, &request) == DIGEST_OK;
	return true;
}
