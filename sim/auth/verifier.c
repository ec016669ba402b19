#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/table.h"
#include "sim/auth/digest.h"
#include "sim/auth/digest_params.h"
#include "sim/transport/impair.h"

/* A nonce, in hexadecimal: when it was made, a number of its own, and a seal over both and the realm. */
#define SEAL_OCTETS  16
#define STAMP_OCTETS 16
#define NONCE_OCTETS (STAMP_OCTETS + SEAL_OCTETS)
#define NONCE_TEXT   (2 * NONCE_OCTETS)
#define MOST_REALM   1024

struct used {
	struct list_node order;
	uint64_t number;
	int64_t made_ns;
	uint64_t highest; /* nonce count */
};

struct digest_verifier {
	uint8_t key[HASH_MOST_OCTETS];
	uint64_t random;
	int64_t lifetime_ns;
	int64_t forgotten_ns; /* a nonce made until then may have been used */
	unsigned most;
	struct table table;
	struct list_node order; /* as they were first used */
};

struct nonce {
	int64_t made_ns;
	uint64_t number;
};

struct digest_verifier *digest_verifier_new(uint64_t seed, int64_t lifetime_ns, unsigned most,
                                            struct err *err)
{
	struct digest_verifier *v = mem_zalloc(sizeof *v);

	if (!v) {
		err_memory(err, "a verifier of digests");
		return NULL;
	}
	v->random = seed;
	for (size_t i = 0; i < sizeof v->key; i += 8) {
		uint64_t word = random_next(&v->random);
		memcpy(v->key + i, &word, 8);
	}
	v->lifetime_ns = lifetime_ns;
	v->forgotten_ns = INT64_MIN;
	v->most = most ? most : 1;
	table_init(&v->table);
	list_init(&v->order);
	return v;
}

static struct used *first_used(struct digest_verifier *v)
{
	return list_is_empty(&v->order) ? NULL : (struct used *)(void *)v->order.next;
}

static uint64_t hash_of(uint64_t number)
{
	return hash_mix(number, 0);
}

static void forget(struct digest_verifier *v, struct used *u)
{
	if (u->made_ns > v->forgotten_ns)
		v->forgotten_ns = u->made_ns;
	table_remove(&v->table, hash_of(u->number), u);
	list_remove(&u->order);
	mem_free(u);
}

void digest_verifier_free(struct digest_verifier *v)
{
	struct used *u;

	if (!v)
		return;
	while ((u = first_used(v)))
		forget(v, u);
	table_release(&v->table);
	explicit_bzero(v->key, sizeof v->key);
	mem_free(v);
}

/* ---- nonces ---- */

static bool seal(const struct digest_verifier *v, const uint8_t stamp[static STAMP_OCTETS],
                 struct slice realm, uint8_t out[static SEAL_OCTETS])
{
	uint8_t message[STAMP_OCTETS + MOST_REALM], sum[HASH_MOST_OCTETS];
	size_t n = realm.n < MOST_REALM ? realm.n : MOST_REALM;

	memcpy(message, stamp, STAMP_OCTETS);
	if (n)
		memcpy(message + STAMP_OCTETS, realm.p, n);
	if (!hash_mac(v->key, slice_of(message, STAMP_OCTETS + n), sum))
		return false;
	memcpy(out, sum, SEAL_OCTETS);
	return true;
}

static bool make_nonce(struct digest_verifier *v, struct slice realm, int64_t now_ns,
                       char out[static NONCE_TEXT])
{
	uint8_t octets[NONCE_OCTETS];
	uint64_t number = random_next(&v->random);

	memcpy(octets, &now_ns, 8);
	memcpy(octets + 8, &number, 8);
	if (!seal(v, octets, realm, octets + STAMP_OCTETS))
		return false;
	hash_hex(octets, NONCE_OCTETS, out);
	return true;
}

/* False: we made none such for this realm. */
static bool read_nonce(const struct digest_verifier *v, struct slice text, struct slice realm,
                       struct nonce *out)
{
	uint8_t octets[NONCE_OCTETS], right[SEAL_OCTETS];
	char again[NONCE_TEXT];

	if (text.n != NONCE_TEXT)
		return false;
	for (size_t i = 0; i < NONCE_OCTETS; i++) {
		uint8_t high = text.p[2 * i], low = text.p[2 * i + 1];
		octets[i] = (uint8_t)((high > '9' ? high - 'a' + 10 : high - '0') << 4 |
		                      ((low > '9' ? low - 'a' + 10 : low - '0') & 15));
	}
	hash_hex(octets, NONCE_OCTETS, again);
	if (!slice_eq(text, slice_of(again, NONCE_TEXT)) || !seal(v, octets, realm, right) ||
	    !hash_equal(slice_of(right, SEAL_OCTETS), slice_of(octets + STAMP_OCTETS, SEAL_OCTETS)))
		return false;
	memcpy(&out->made_ns, octets, 8);
	memcpy(&out->number, octets + 8, 8);
	return true;
}

bool digest_challenge(struct digest_verifier *v, struct slice realm, struct slice algorithm,
                      struct slice qop, bool stale, int64_t now_ns, struct text *out)
{
	struct digest_method how;
	char nonce[NONCE_TEXT];
	struct text escaped;

	if (!digest_method_of(algorithm, &how) || how.aka)
		return false;
	text_init(&escaped);
	digest_add_quoted(&escaped, realm);
	/* The seal is over what stands between the quotes: so it comes back. */
	bool ok = !escaped.failed &&
	          make_nonce(v, slice_of(escaped.p + 1, escaped.n - 2), now_ns, nonce);
	if (ok) {
		text_addf(out, "Digest realm=%.*s, nonce=\"%.*s\", algorithm=%.*s", (int)escaped.n,
		          escaped.p, NONCE_TEXT, nonce,
		          SLICE_ARG(algorithm.n ? algorithm : SLICE_LIT("MD5")));
		if (qop.n)
			text_addf(out, ", qop=\"%.*s\"", SLICE_ARG(qop));
		if (stale)
			text_add(out, SLICE_LIT(", stale=true"));
	}
	text_release(&escaped);
	return ok && !out->failed;
}

/* ---- their use ---- */

static bool is_number(const void *value, const void *key)
{
	const struct used *u = value;
	const uint64_t *number = key;

	return u->number == *number;
}

/* The first use of a nonce. False: out of memory. */
static bool note_first(struct digest_verifier *v, const struct nonce *n, uint64_t count)
{
	struct used *u = mem_alloc(sizeof *u);

	if (!u)
		return false;
	*u = (struct used){ .number = n->number, .made_ns = n->made_ns, .highest = count };
	if (!table_put(&v->table, hash_of(n->number), u)) {
		mem_free(u);
		return false;
	}
	list_append(&v->order, &u->order);
	if (v->table.count > v->most)
		forget(v, first_used(v));
	return true;
}

/* Those that are stale by now anyway. */
static void forget_old(struct digest_verifier *v, int64_t now_ns)
{
	struct used *u;

	while ((u = first_used(v)) && u->made_ns < now_ns - v->lifetime_ns)
		forget(v, u);
}

static bool read_count(struct slice nc, uint64_t *out)
{
	uint64_t n = 0;

	if (!nc.n || nc.n > 8)
		return false;
	for (size_t i = 0; i < nc.n; i++) {
		uint8_t c = ascii_lower(nc.p[i]);
		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
		n = n << 4 | (uint64_t)(c > '9' ? c - 'a' + 10 : c - '0');
	}
	*out = n;
	return n > 0;
}

/* Without qop there is no count, and nothing to tell a replay by (RFC 7616 5.5 gives such nonces their lifetime only). */
static enum digest_verdict use(struct digest_verifier *v, const struct nonce *n, uint64_t count)
{
	struct used *u = table_get(&v->table, hash_of(n->number), is_number, &n->number);

	if (!u && n->made_ns <= v->forgotten_ns)
		return DIGEST_STALE;
	if (!u)
		return note_first(v, n, count) ? DIGEST_OK : DIGEST_STALE;
	if (!count)
		return DIGEST_OK;
	if (count <= u->highest)
		return DIGEST_REPLAY;
	u->highest = count;
	return DIGEST_OK;
}

enum digest_verdict digest_verify(struct digest_verifier *v, struct slice header,
                                  const struct digest_request *request, int64_t now_ns)
{
	enum digest_verdict verdict = digest_check(header, request);
	struct digest_params p;
	uint64_t count = 0;
	struct nonce n;

	/* Stale is told to those only who know the password (RFC 7616 3.3). */
	if (verdict != DIGEST_OK)
		return verdict;
	digest_params_read(header, &p);
	if (p.value[PARAM_QOP].n && !read_count(p.value[PARAM_NC], &count))
		return DIGEST_BROKEN;
	if (!read_nonce(v, p.value[PARAM_NONCE], p.value[PARAM_REALM], &n))
		return DIGEST_STALE;
	forget_old(v, now_ns);
	if (n.made_ns < now_ns - v->lifetime_ns || n.made_ns > now_ns)
		return DIGEST_STALE;
	return use(v, &n, count);
}
