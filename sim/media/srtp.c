#include "sim/media/srtp.h"

#include "base/mem.h"

#include <srtp2/srtp.h>
#include <threads.h>

#define WINDOW_PACKETS 1024
#define LONG_TAG       10 /* octets of HMAC_SHA1_80 */

struct sealing {
	srtp_t session;
	struct sdes_key key;
	bool ours;
};

/* The library's own tables are the process's, and stay until its end. That it works already, for the analyzer began it, is an error to it:
 * whether it works a session tells. */
static once_flag library_once = ONCE_FLAG_INIT;

static void begin_library(void)
{
	(void)srtp_init();
}

static bool is_gcm(enum sdes_suite suite)
{
	return suite == SDES_AEAD_AES_128_GCM || suite == SDES_AEAD_AES_256_GCM;
}

static bool is_null(enum sdes_suite suite)
{
	return suite == SDES_NULL_HMAC_SHA1_80 || suite == SDES_NULL_HMAC_SHA1_32;
}

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
	case SDES_NULL_HMAC_SHA1_80:
	case SDES_NULL_HMAC_SHA1_32: srtp_crypto_policy_set_null_cipher_hmac_sha1_80(p); break;
	case SDES_SUITES: break;
	}
}

/* RFC 4568 section 6.2.1, RFC 6188 section 4: the short tag is of RTP alone. */
static void set_suites(srtp_policy_t *p, enum sdes_suite suite)
{
	set_suite(&p->rtp, suite);
	set_suite(&p->rtcp, suite);
	if (is_gcm(suite))
		return;
	p->rtp.auth_tag_len = (int)sdes_tag_octets(suite);
	p->rtcp.auth_tag_len = LONG_TAG;
}

/* RFC 4568 section 6.3: what the line's session parameters take away. */
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

static bool open_session(struct sealing *s)
{
	uint8_t octets[SRTP_MAX_KEY_LEN] = { 0 };
	srtp_policy_t p;

	memset(&p, 0, sizeof p);
	memcpy(octets, s->key.key, s->key.key_n);
	set_suites(&p, s->key.suite);
	set_services(&p, &s->key);
	p.ssrc.type = s->ours ? ssrc_any_outbound : ssrc_any_inbound;
	p.key = octets;
	p.window_size = WINDOW_PACKETS;
	/* A packet may be echoed again, or played from a capture that holds it twice. */
	p.allow_repeat_tx = s->ours;
	bool ok = srtp_create(&s->session, &p) == srtp_err_status_ok;
	explicit_bzero(octets, sizeof octets);
	return ok;
}

struct sealing *sealing_new(const struct sdes_key *key, bool ours)
{
	struct sealing *s = ours && key->mki_n ? NULL : mem_zalloc(sizeof *s);

	if (!s)
		return NULL;
	call_once(&library_once, begin_library);
	s->key = *key;
	s->ours = ours;
	if (open_session(s))
		return s;
	s->session = NULL;
	sealing_free(s);
	return NULL;
}

void sealing_free(struct sealing *s)
{
	if (!s)
		return;
	if (s->session)
		srtp_dealloc(s->session);
	explicit_bzero(&s->key, sizeof s->key);
	mem_free(s);
}

const struct sdes_key *sealing_key(const struct sealing *s)
{
	return &s->key;
}

/* Theirs may have an MKI (RFC 3711 section 3.1, RFC 7714 section 8.1: behind the tag), which nothing protects and the library need not know. */
static bool take_mki_out(const struct sealing *s, uint8_t *packet, size_t *n, size_t behind)
{
	size_t mki_n = s->key.mki_n;

	if (*n < mki_n + behind)
		return false;
	memmove(packet + *n - behind - mki_n, packet + *n - behind, behind);
	*n -= mki_n;
	return true;
}

bool sealing_rtp(struct sealing *s, uint8_t *packet, size_t *n)
{
	bool tag_behind = !s->ours && !is_gcm(s->key.suite) && !s->key.unauthenticated;

	if (!s->ours && !take_mki_out(s, packet, n, tag_behind ? sdes_tag_octets(s->key.suite) : 0))
		return false;
	int length = (int)*n;
	srtp_err_status_t status = s->ours ? srtp_protect(s->session, packet, &length)
	                                   : srtp_unprotect(s->session, packet, &length);
	*n = (size_t)length;
	return status == srtp_err_status_ok;
}

bool sealing_rtcp(struct sealing *s, uint8_t *packet, size_t *n)
{
	if (!s->ours && !take_mki_out(s, packet, n, is_gcm(s->key.suite) ? 0 : LONG_TAG))
		return false;
	int length = (int)*n;
	srtp_err_status_t status = s->ours ? srtp_protect_rtcp(s->session, packet, &length)
	                                   : srtp_unprotect_rtcp(s->session, packet, &length);
	*n = (size_t)length;
	return status == srtp_err_status_ok;
}
