#include "dissectors/sdes.h"

#include "base/base64.h"

static const struct suite {
	const char *name;
	uint8_t key_n, tag_n;
} suites[SDES_SUITES] = {
	[SDES_AES_CM_128_HMAC_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80", 30, 10 },
	[SDES_AES_CM_128_HMAC_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32", 30, 4 },
	[SDES_AES_192_CM_HMAC_SHA1_80] = { "AES_192_CM_HMAC_SHA1_80", 38, 10 },
	[SDES_AES_192_CM_HMAC_SHA1_32] = { "AES_192_CM_HMAC_SHA1_32", 38, 4 },
	[SDES_AES_256_CM_HMAC_SHA1_80] = { "AES_256_CM_HMAC_SHA1_80", 46, 10 },
	[SDES_AES_256_CM_HMAC_SHA1_32] = { "AES_256_CM_HMAC_SHA1_32", 46, 4 },
	[SDES_AEAD_AES_128_GCM] = { "AEAD_AES_128_GCM", 28, 16 },
	[SDES_AEAD_AES_256_GCM] = { "AEAD_AES_256_GCM", 44, 16 },
	[SDES_NULL_HMAC_SHA1_80] = { "NULL_HMAC_SHA1_80", 30, 10 },
	[SDES_NULL_HMAC_SHA1_32] = { "NULL_HMAC_SHA1_32", 30, 4 },
};

/* Names of drafts of RFC 6188 that are still in use. */
static const struct {
	const char *name;
	enum sdes_suite suite;
} old_names[] = {
	{ "AES_CM_192_HMAC_SHA1_80", SDES_AES_192_CM_HMAC_SHA1_80 },
	{ "AES_CM_192_HMAC_SHA1_32", SDES_AES_192_CM_HMAC_SHA1_32 },
	{ "AES_CM_256_HMAC_SHA1_80", SDES_AES_256_CM_HMAC_SHA1_80 },
	{ "AES_CM_256_HMAC_SHA1_32", SDES_AES_256_CM_HMAC_SHA1_32 },
};

enum sdes_suite sdes_suite(struct slice name)
{
	for (int i = 0; i < SDES_SUITES; i++)
		if (slice_ieq_str(name, suites[i].name))
			return (enum sdes_suite)i;
	for (size_t i = 0; i < sizeof old_names / sizeof old_names[0]; i++)
		if (slice_ieq_str(name, old_names[i].name))
			return old_names[i].suite;
	return SDES_SUITES;
}

const char *sdes_suite_name(enum sdes_suite suite)
{
	return suite < SDES_SUITES ? suites[suite].name : "none";
}

unsigned sdes_tag_octets(enum sdes_suite suite)
{
	return suite < SDES_SUITES ? suites[suite].tag_n : 0;
}

/* ---- the key ---- */

/* What lies before the next separator, which is taken off too. */
static struct slice next_part(struct slice *rest, uint8_t separator)
{
	size_t at = slice_find(*rest, separator);
	size_t n = at == SLICE_NPOS ? rest->n : at;
	struct slice part = slice_sub(*rest, 0, n);

	*rest = slice_from(*rest, n + 1);
	return part;
}

/* "2^20" and "1:4" behind the key: the lifetime has no colon, and is the sender's business. */
static bool read_rest(struct slice rest, struct sdes_key *key)
{
	uint64_t octets;

	while (rest.n) {
		struct slice part = next_part(&rest, '|');
		size_t colon = slice_find(part, ':');
		if (colon == SLICE_NPOS)
			continue;
		if (!slice_u64(slice_from(part, colon + 1), SDES_MKI_MAX, &octets) || !octets)
			return false;
		key->mki_n = (uint8_t)octets;
	}
	return true;
}

static bool read_key(struct slice param, struct sdes_key *key)
{
	if (!slice_istarts(param, "inline:"))
		return false;
	param = slice_from(param, 7);
	key->key_n = suites[key->suite].key_n;
	return base64_decode(next_part(&param, '|'), key->key, key->key_n) == key->key_n &&
	       read_rest(param, key);
}

/* ---- the line ---- */

/* RFC 4568 section 6.3. WSH and FEC_ORDER change nothing for who only reads. False: packets cannot be read by the master key alone. */
static bool read_session(struct slice params, struct sdes_key *key)
{
	while (params.n) {
		struct slice word = slice_trim(next_part(&params, ' '));
		if (slice_ieq_str(word, "UNENCRYPTED_SRTP"))
			key->clear_rtp = true;
		else if (slice_ieq_str(word, "UNENCRYPTED_SRTCP"))
			key->clear_rtcp = true;
		else if (slice_ieq_str(word, "UNAUTHENTICATED_SRTP"))
			key->unauthenticated = true;
		else if (slice_istarts(word, "KDR=") && !slice_ieq_str(word, "KDR=0"))
			return false;
	}
	return true;
}

unsigned sdes_keys(const struct sdp_crypto *c, struct sdes_key *out, unsigned max)
{
	struct sdes_key line = { .suite = sdes_suite(c->suite) };
	struct slice params = c->key_params;
	uint64_t tag = 0;
	unsigned n = 0;

	if (line.suite == SDES_SUITES || !slice_u64(c->tag, 999999999, &tag) ||
	    !read_session(c->session_params, &line))
		return 0;
	line.tag = (uint32_t)tag;
	while (params.n && n < max) {
		struct slice param = next_part(&params, ';');
		out[n] = line;
		n += read_key(param, &out[n]);
	}
	return n;
}
