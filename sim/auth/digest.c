#include "sim/auth/digest.h"

#include "sim/auth/aka.h"
#include "sim/auth/digest_response.h"

#define CNONCE_TEXT 16
#define COUNT_TEXT  8
#define NO_LIBRARY  "the library will not count this hash: its policy may forbid MD5"

/* ---- what a challenge asks for ---- */

struct asked {
	struct digest_params params;
	struct digest_method how;
	struct slice qop; /* "auth", "auth-int", or absent */
};

/* RFC 7616 3.3: of several any may be chosen; auth-int is spoilt by whoever rewrites SDP on the way. Empty is as good as none. */
static bool choose_qop(struct asked *a)
{
	struct slice list = slice_trim(a->params.value[PARAM_QOP]);

	a->qop = SLICE_NONE;
	if (!list.n)
		return true;
	if (digest_list_has(list, "auth"))
		a->qop = SLICE_LIT("auth");
	else if (digest_list_has(list, "auth-int"))
		a->qop = SLICE_LIT("auth-int");
	return a->qop.p != NULL;
}

static bool read_challenge(struct slice challenge, struct asked *a, const char **why)
{
	*why = "the challenge is not a digest's, or has no nonce";
	if (!digest_params_read(challenge, &a->params))
		return false;
	*why = "the challenge asks for an algorithm other than MD5, SHA-256, SHA-512-256 (and "
	       "-sess) and AKAv1-MD5";
	if (!digest_method_of(a->params.value[PARAM_ALGORITHM], &a->how))
		return false;
	*why = "the challenge's qop is neither auth nor auth-int";
	if (!choose_qop(a))
		return false;
	*why = "the challenge asks for a session algorithm without qop, so there is no cnonce to "
	       "make it with";
	return !a->how.session || a->qop.p;
}

int digest_strength(struct slice challenge)
{
	static const int of_hash[] = {
		[HASH_MD5] = 10, [HASH_SHA256] = 20, [HASH_SHA512_256] = 30
	};
	struct asked a;
	const char *why;

	if (!read_challenge(challenge, &a, &why))
		return 0;
	return of_hash[a.how.hash] + (a.how.aka ? 5 : 0) + (a.qop.p ? 2 : 0) +
	       (a.how.session ? 1 : 0);
}

/* ---- the answer ---- */

static void hex_digits(uint64_t value, unsigned n, char *out)
{
	for (unsigned i = n; i-- > 0; value >>= 4)
		out[i] = "0123456789abcdef"[value & 15];
}

/* A comma before all but the first. `raw` stands between quotes already, or needs none. */
static void add_raw(struct text *out, const char *name, const char *quote, struct slice raw)
{
	text_add(out, slice_str(name));
	text_add(out, slice_str(quote));
	text_add(out, raw);
	text_add(out, slice_str(quote));
}

static void add_answer(const struct asked *a, const struct digest_input *in, struct slice response,
                       struct slice auts, struct text *out)
{
	const struct slice *v = a->params.value;

	text_add(out, SLICE_LIT("Digest username="));
	digest_add_quoted(out, in->username);
	add_raw(out, ", realm=", "\"", in->realm);
	if (in->qop.p) {
		add_raw(out, ", cnonce=", "\"", in->cnonce);
		add_raw(out, ", nc=", "", in->nc);
		add_raw(out, ", qop=", "", in->qop);
	}
	text_add(out, SLICE_LIT(", uri="));
	digest_add_quoted(out, in->uri);
	add_raw(out, ", nonce=", "\"", in->nonce);
	add_raw(out, ", response=", "\"", response);
	add_raw(out, ", algorithm=", "",
	        v[PARAM_ALGORITHM].n ? v[PARAM_ALGORITHM] : SLICE_LIT("MD5"));
	if (v[PARAM_OPAQUE].p)
		add_raw(out, ", opaque=", "\"", v[PARAM_OPAQUE]);
	if (auts.p)
		add_raw(out, ", auts=", "\"", auts);
}

/* RFC 3310 3.4: who asks to be resynchronized answers with an empty password. */
static bool aka_password(const struct asked *a, const struct digest_request *request,
                         struct aka_answer *aka, struct slice *password, struct slice *auts,
                         const char **why)
{
	if (!aka_answer(a->params.value[PARAM_NONCE], request, aka, why))
		return false;
	*password = aka->resync ? SLICE_LIT("") : slice_of(aka->res, AKA_RES);
	if (aka->resync)
		*auts = slice_of(aka->auts, AKA_AUTS_TEXT);
	return true;
}

bool digest_answer(struct slice challenge, const struct digest_request *request, struct text *out,
                   const char **why)
{
	char cnonce[CNONCE_TEXT], nc[COUNT_TEXT], response[2 * HASH_MOST_OCTETS];
	struct slice auts = SLICE_NONE;
	struct aka_answer aka;
	struct asked a;
	size_t n;

	if (!read_challenge(challenge, &a, why))
		return false;
	hex_digits(request->random, CNONCE_TEXT, cnonce);
	hex_digits(request->nonce_count, COUNT_TEXT, nc);
	struct digest_input in = {
		.how = a.how,
		.username = request->username,
		.password = request->password,
		.realm = a.params.value[PARAM_REALM],
		.nonce = a.params.value[PARAM_NONCE],
		.qop = a.qop,
		.nc = slice_of(nc, COUNT_TEXT),
		.cnonce = slice_of(cnonce, CNONCE_TEXT),
		.method = request->method,
		.uri = request->uri,
		.body = request->body,
	};
	if (a.how.aka && !aka_password(&a, request, &aka, &in.password, &auts, why))
		return false;
	*why = NO_LIBRARY;
	if (!digest_response(&in, response, &n))
		return false;
	add_answer(&a, &in, slice_of(response, n), auts, out);
	*why = "out of memory";
	return !out->failed;
}

/* ---- what a client answered ---- */

const char *digest_verdict_name(enum digest_verdict v)
{
	static const char *const names[] = {
		[DIGEST_OK] = "ok",       [DIGEST_NONE] = "none",     [DIGEST_WRONG] = "wrong",
		[DIGEST_STALE] = "stale", [DIGEST_REPLAY] = "replay", [DIGEST_BROKEN] = "broken",
	};

	return names[v];
}

static bool is_complete(const struct slice *v)
{
	bool counted = v[PARAM_QOP].n > 0;

	if (!v[PARAM_USERNAME].p || !v[PARAM_REALM].p || !v[PARAM_URI].p || !v[PARAM_RESPONSE].p)
		return false;
	if (counted && (!v[PARAM_NC].n || !v[PARAM_CNONCE].p))
		return false;
	return !counted || slice_ieq_str(v[PARAM_QOP], "auth") ||
	       slice_ieq_str(v[PARAM_QOP], "auth-int");
}

static bool is_user(struct slice escaped, struct slice plain)
{
	struct slice parts[16];
	unsigned count = digest_unescaped(escaped, parts, 16);

	for (unsigned i = 0; i < count; i++) {
		if (!slice_eq(parts[i], slice_sub(plain, 0, parts[i].n)))
			return false;
		plain = slice_from(plain, parts[i].n);
	}
	return plain.n == 0;
}

/* The digits in either case, in a time that says nothing of where they differ. */
static bool same_response(struct slice said, const char *right, size_t n)
{
	uint8_t lower[2 * HASH_MOST_OCTETS];

	if (said.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		lower[i] = ascii_lower(said.p[i]);
	return hash_equal(slice_of(lower, n), slice_of(right, n));
}

static enum digest_verdict check(const struct slice *v, const struct digest_method *how,
                                 const struct digest_request *request)
{
	char response[2 * HASH_MOST_OCTETS];
	struct digest_request without_sqn = *request;
	struct aka_answer aka;
	const char *why;
	size_t n;
	struct digest_input in = {
		.how = *how,
		.username = v[PARAM_USERNAME],
		.username_escaped = true,
		.password = request->password,
		.realm = v[PARAM_REALM],
		.nonce = v[PARAM_NONCE],
		.qop = v[PARAM_QOP],
		.nc = v[PARAM_NC],
		.cnonce = v[PARAM_CNONCE].p ? v[PARAM_CNONCE] : SLICE_LIT(""),
		.method = request->method,
		.uri = v[PARAM_URI],
		.body = request->body,
	};

	without_sqn.aka_sqn = NULL;
	if (how->aka && !aka_answer(in.nonce, &without_sqn, &aka, &why))
		return DIGEST_WRONG;
	if (how->aka)
		in.password = slice_of(aka.res, AKA_RES);
	if (request->username.n && !is_user(v[PARAM_USERNAME], request->username))
		return DIGEST_WRONG;
	if (!digest_response(&in, response, &n))
		return DIGEST_WRONG;
	return same_response(v[PARAM_RESPONSE], response, n) ? DIGEST_OK : DIGEST_WRONG;
}

enum digest_verdict digest_check(struct slice header, const struct digest_request *request)
{
	struct digest_params p;
	struct digest_method how;

	if (!slice_trim(header).n)
		return DIGEST_NONE;
	if (!digest_params_read(header, &p) || !is_complete(p.value) ||
	    !digest_method_of(p.value[PARAM_ALGORITHM], &how))
		return DIGEST_BROKEN;
	return check(p.value, &how, request);
}
