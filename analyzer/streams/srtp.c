#include "analyzer/streams/srtp.h"

#include "base/mem.h"

#include <srtp2/srtp.h>

/* Copies that come out of order by more are decrypted all the same, but slowly. */
#define WINDOW_PACKETS 1024
/* libsrtp2 guesses the rollover counter itself (RFC 3711 section 3.3.1): right as long as no more packets lie between. */
#define NEAR_PACKETS 0x4000

struct unprotect {
	struct unprotect_library *library;
	srtp_t session;
	struct sdes_key key;
	uint32_t ssrc;
	bool begun; /* a packet was authenticated */
	uint64_t last; /* index of the newest one */
};

/* ---- sessions ---- */

static void set_suite(srtp_crypto_policy_t *p, enum sdes_suite suite)
{
	switch (suite) {
	case SDES_AES_CM_128_HMAC_SHA1_80: srtp_crypto_policy_set_rtp_default(p); break;
	case SDES_AES_CM_128_HMAC_SHA1_32: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(p); break;
	case SDES_AES_192_CM_HMAC_SHA1_80: srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(p); break;
	case SDES_AES_192_CM_HMAC_SHA1_32: srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32(p); break;
	case SDES_AES_256_CM_HMAC_SHA1_80: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(p); break;
	case SDES_AES_256_CM_HMAC_SHA1_32: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(p); break;
	case SDES_AEAD_AES_128_GCM: srtp_crypto_policy_set_aes_gcm_128_16_auth(p); break;
	case SDES_AEAD_AES_256_GCM: srtp_crypto_policy_set_aes_gcm_256_16_auth(p); break;
	case SDES_NULL_HMAC_SHA1_80: srtp_crypto_policy_set_null_cipher_hmac_sha1_80(p); break;
	case SDES_NULL_HMAC_SHA1_32:
		srtp_crypto_policy_set_null_cipher_hmac_sha1_80(p);
		p->auth_tag_len = 4;
		break;
	case SDES_SUITES: break;
	}
}

static bool is_gcm(enum sdes_suite suite)
{
	return suite == SDES_AEAD_AES_128_GCM || suite == SDES_AEAD_AES_256_GCM;
}

static bool is_null(enum sdes_suite suite)
{
	return suite == SDES_NULL_HMAC_SHA1_80 || suite == SDES_NULL_HMAC_SHA1_32;
}

/* RFC 4568 section 6.2.1, RFC 6188 section 4: the short tag is of RTP alone. */
static enum sdes_suite suite_of_rtcp(enum sdes_suite suite)
{
	switch (suite) {
	case SDES_AES_CM_128_HMAC_SHA1_32: return SDES_AES_CM_128_HMAC_SHA1_80;
	case SDES_AES_192_CM_HMAC_SHA1_32: return SDES_AES_192_CM_HMAC_SHA1_80;
	case SDES_AES_256_CM_HMAC_SHA1_32: return SDES_AES_256_CM_HMAC_SHA1_80;
	case SDES_NULL_HMAC_SHA1_32: return SDES_NULL_HMAC_SHA1_80;
	default: return suite;
	}
}

static void set_services(srtp_policy_t *p, const struct sdes_key *key)
{
	unsigned rtp = sec_serv_conf_and_auth, rtcp = sec_serv_conf_and_auth;

	if (is_null(key->suite))
		rtp = rtcp = sec_serv_auth;
	if (key->clear_rtp)
		rtp &= ~(unsigned)sec_serv_conf;
	if (key->clear_rtcp)
		rtcp &= ~(unsigned)sec_serv_conf;
	if (key->unauthenticated && !is_gcm(key->suite)) {
		rtp &= ~(unsigned)sec_serv_auth;
		p->rtp.auth_tag_len = 0;
	}
	p->rtp.sec_serv = (srtp_sec_serv_t)rtp;
	p->rtcp.sec_serv = (srtp_sec_serv_t)rtcp;
}

static bool open_session(srtp_t *session, const struct sdes_key *key, uint32_t ssrc)
{
	uint8_t octets[SRTP_MAX_KEY_LEN] = { 0 };
	srtp_policy_t p;

	memset(&p, 0, sizeof p);
	memcpy(octets, key->key, key->key_n);
	set_suite(&p.rtp, key->suite);
	set_suite(&p.rtcp, suite_of_rtcp(key->suite));
	set_services(&p, key);
	p.ssrc = (srtp_ssrc_t){ ssrc_specific, ssrc };
	p.key = octets;
	p.window_size = WINDOW_PACKETS;
	bool ok = srtp_create(session, &p) == srtp_err_status_ok;
	explicit_bzero(octets, sizeof octets);
	return ok;
}

static bool begin_library(struct unprotect_library *l)
{
	static const struct sdes_key none = { .suite = SDES_AES_CM_128_HMAC_SHA1_80, .key_n = 30 };
	srtp_t session;

	if (l->tried)
		return l->there;
	l->tried = true;
	/* A second time in one process it fails, for what it has is there already: whether it works a session tells. */
	(void)srtp_init();
	l->there = open_session(&session, &none, 0);
	if (l->there)
		l->session = session;
	return l->there;
}

void unprotect_end(struct unprotect_library *l)
{
	if (l->session)
		srtp_dealloc(l->session);
	l->session = NULL;
}

struct unprotect *unprotect_new(struct unprotect_library *l, const struct sdes_key *key,
                                uint32_t ssrc)
{
	struct unprotect *u = begin_library(l) ? mem_zalloc(sizeof *u) : NULL;

	if (!u)
		return NULL;
	u->library = l;
	u->key = *key;
	u->ssrc = ssrc;
	if (!open_session(&u->session, key, ssrc)) {
		u->session = NULL;
		unprotect_free(u);
		return NULL;
	}
	return u;
}

void unprotect_free(struct unprotect *u)
{
	if (!u)
		return;
	if (u->session)
		srtp_dealloc(u->session);
	explicit_bzero(&u->key, sizeof u->key);
	mem_free(u);
}

const struct sdes_key *unprotect_key(const struct unprotect *u)
{
	return &u->key;
}

uint32_t unprotect_ssrc(const struct unprotect *u)
{
	return u->ssrc;
}

/* Forgets which packets came. */
static bool begin_again(struct unprotect *u)
{
	srtp_t session;

	if (!open_session(&session, &u->key, u->ssrc))
		return false;
	srtp_dealloc(u->session);
	u->session = session;
	u->begun = false;
	return true;
}

/* ---- packets ---- */

/* Without its MKI (RFC 3711 section 3.1, RFC 7714 section 8.1: behind the tag), which nothing protects: whose key it is, trying tells. */
static bool copy_without_mki(struct unprotect *u, struct slice packet, size_t behind, int *n)
{
	uint8_t *clear = u->library->clear;
	size_t mki_n = u->key.mki_n;

	if (packet.n > UNPROTECT_MAX || packet.n < 8 + mki_n + behind)
		return false;
	size_t before = packet.n - mki_n - behind;
	memcpy(clear, packet.p, before);
	memcpy(clear + before, packet.p + before + mki_n, behind);
	*n = (int)(before + behind);
	return true;
}

static size_t tag_behind_mki(enum sdes_suite suite, bool authenticated)
{
	return is_gcm(suite) || !authenticated ? 0 : sdes_tag_octets(suite);
}

static bool was_seen(srtp_err_status_t status)
{
	return status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old;
}

static srtp_err_status_t try_rtp(struct unprotect *u, struct slice packet, uint64_t index, int *n)
{
	size_t behind = tag_behind_mki(u->key.suite, !u->key.unauthenticated);

	if (!copy_without_mki(u, packet, behind, n))
		return srtp_err_status_bad_param;
	if (!u->begun)
		srtp_set_stream_roc(u->session, u->ssrc, (uint32_t)(index >> 16));
	return srtp_unprotect(u->session, u->library->clear, n);
}

static bool is_near(const struct unprotect *u, uint64_t index)
{
	uint64_t distance = index > u->last ? index - u->last : u->last - index;

	return !u->begun || distance < NEAR_PACKETS;
}

bool unprotect_rtp(struct unprotect *u, struct slice packet, uint64_t index, struct slice *clear)
{
	int n;

	if (!is_near(u, index) && !begin_again(u))
		return false;
	srtp_err_status_t status = try_rtp(u, packet, index, &n);
	if (was_seen(status) && begin_again(u))
		status = try_rtp(u, packet, index, &n);
	if (status != srtp_err_status_ok)
		return false;
	if (!u->begun || index > u->last)
		u->last = index;
	u->begun = true;
	*clear = slice_of(u->library->clear, (size_t)n);
	return true;
}

static srtp_err_status_t try_rtcp(struct unprotect *u, struct slice packet, int *n)
{
	size_t behind = tag_behind_mki(suite_of_rtcp(u->key.suite), true);

	if (!copy_without_mki(u, packet, behind, n))
		return srtp_err_status_bad_param;
	return srtp_unprotect_rtcp(u->session, u->library->clear, n);
}

bool unprotect_rtcp(struct unprotect *u, struct slice packet, struct slice *clear)
{
	int n;
	srtp_err_status_t status = try_rtcp(u, packet, &n);

	if (was_seen(status) && begin_again(u))
		status = try_rtcp(u, packet, &n);
	*clear = status == srtp_err_status_ok ? slice_of(u->library->clear, (size_t)n) : SLICE_NONE;
	return status == srtp_err_status_ok;
}
