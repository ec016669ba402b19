/* Digest authentication of a call: the challenge it met, the credentials it answers with, and those it checks as a server. */
#include "sim/auth/aka.h"
#include "sim/auth/digest.h"
#include "sim/engine/keywords.h"

/* What [authentication] needs, rendered one behind the other: each in a text of its own would be as many allocations a message. */
enum given {
	GIVEN_USERNAME,
	GIVEN_PASSWORD,
	GIVEN_K,
	GIVEN_OP,
	GIVEN_OPC,
	GIVEN_AMF,
	GIVEN_SQN,
	GIVEN_URI,
	GIVEN_COUNT
};

struct givens {
	struct text text;
	struct {
		bool said;
		size_t at, n;
	} part[GIVEN_COUNT];
};

static void give(struct givens *g, enum given which, struct slice value)
{
	g->part[which].said = value.p != NULL;
	g->part[which].at = g->text.n;
	g->part[which].n = value.n;
	text_add(&g->text, value);
}

/* Absent where the scenario does not say it. */
static struct slice given(const struct givens *g, enum given which)
{
	if (!g->part[which].said)
		return SLICE_NONE;
	return slice_of(text_cstr(&g->text) + g->part[which].at, g->part[which].n);
}

/* sip:host:port of the target, as SIPp says it, unless the user says another. */
static void give_uri(const struct call *c, struct givens *g)
{
	const struct sim_config *config = c->station->config;
	char buf[ENDPOINT_TEXT];
	size_t at = g->text.n;

	text_add(&g->text, SLICE_LIT("sip:"));
	if (config->credentials.auth_uri) {
		text_add(&g->text, slice_str(config->credentials.auth_uri));
	} else {
		size_t n = endpoint_format(c->peer.port ? c->peer : config->target, buf);
		text_add(&g->text, slice_of(buf, n));
	}
	g->part[GIVEN_URI].said = true;
	g->part[GIVEN_URI].at = at;
	g->part[GIVEN_URI].n = g->text.n - at;
}

static const char *otherwise(const struct sim_config *config, enum given which)
{
	const struct credentials *known = &config->credentials;

	if (which == GIVEN_USERNAME)
		return known->username ? known->username : config->service;
	if (which == GIVEN_PASSWORD)
		return known->password ? known->password : "password";
	return NULL;
}

static bool give_all(struct call *c, const struct piece *piece, struct givens *g, const char **why)
{
	static const char *const names[GIVEN_URI] = {
		[GIVEN_USERNAME] = "username", [GIVEN_PASSWORD] = "password",
		[GIVEN_K] = "aka_K",           [GIVEN_OP] = "aka_OP",
		[GIVEN_OPC] = "aka_OPc",       [GIVEN_AMF] = "aka_AMF",
		[GIVEN_SQN] = "aka_SQN",
	};
	struct slice value;

	for (unsigned i = 0; i < GIVEN_URI; i++) {
		if (!keyword_argument_text(c, piece, names[i], &value, why))
			return false;
		if (!value.p)
			value = slice_str(otherwise(c->station->config, i));
		give(g, i, value);
	}
	give_uri(c, g);
	*why = "out of memory";
	return !g->text.failed;
}

/* The subscriber's highest sequence number, where the scenario says one. */
static bool take_sqn(const struct givens *g, struct digest_request *request, uint64_t *sqn,
                     const char **why)
{
	struct slice text = given(g, GIVEN_SQN);

	if (!text.n)
		return true;
	*why = "aka_SQN is no number: 0x and at most 12 hexadecimal digits, or a decimal one";
	request->aka_sqn = sqn;
	return aka_sqn_parse(text, sqn);
}

static bool answer(struct call *c, const struct givens *g, struct digest_request *request,
                   struct text *out, const char **why)
{
	struct call_extra *x = c->extra;
	uint64_t sqn;

	request->uri = given(g, GIVEN_URI);
	request->username = given(g, GIVEN_USERNAME);
	request->password = given(g, GIVEN_PASSWORD);
	request->aka_k = given(g, GIVEN_K);
	request->aka_op = given(g, GIVEN_OP);
	request->aka_opc = given(g, GIVEN_OPC);
	request->aka_amf = given(g, GIVEN_AMF);
	if (!take_sqn(g, request, &sqn, why))
		return false;
	request->random = random_next(&c->station->random);
	request->nonce_count = ++x->nonce_count;
	text_add(out, x->challenge_status == 407 ? SLICE_LIT("Proxy-Authorization: ")
	                                         : SLICE_LIT("Authorization: "));
	return digest_answer(kept_slice(x->challenge), request, out, why);
}

bool render_authentication(struct call *c, const struct piece *piece, struct slice method,
                           struct slice body, struct text *out, const char **why)
{
	struct digest_request request = { .method = method, .body = body };
	struct givens g;

	if (!c->extra || !c->extra->challenge)
		return true; /* nobody asked: no header */
	text_init(&g.text);
	bool ok = give_all(c, piece, &g, why) && answer(c, &g, &request, out, why);
	text_release(&g.text);
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
