/* Why TLS failed, in words that say what to do. */
#include "sim/transport/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* ---- what the certificate says ---- */

static void add(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%s", text);
}

/* Names from a certificate are the peer's: what is not printable is a dot. */
static void add_name(char *out, size_t size, const unsigned char *p, int length)
{
	char name[64];
	size_t n = 0;

	for (; n < (size_t)length && n + 1 < sizeof name; n++)
		name[n] = p[n] > ' ' && p[n] < 0x7f && p[n] != '\'' ? (char)p[n] : '.';
	name[n] = '\0';
	add(out, size, out[0] ? ", '" : "'");
	add(out, size, name);
	add(out, size, "'");
}

static void add_alternative(char *out, size_t size, const GENERAL_NAME *name)
{
	char text[IP_ADDR_TEXT];
	struct ip_addr address;

	if (name->type == GEN_DNS || name->type == GEN_URI) {
		add_name(out, size, ASN1_STRING_get0_data(name->d.ia5),
		         ASN1_STRING_length(name->d.ia5));
	} else if (name->type == GEN_IPADD) {
		const unsigned char *octets = ASN1_STRING_get0_data(name->d.iPAddress);
		if (ASN1_STRING_length(name->d.iPAddress) == 4)
			address = ip_addr_v4(octets);
		else if (ASN1_STRING_length(name->d.iPAddress) == 16)
			address = ip_addr_v6(octets);
		else
			return;
		ip_addr_format(address, text);
		add_name(out, size, (const unsigned char *)text, (int)strlen(text));
	}
}

static void add_common_name(char *out, size_t size, const X509 *certificate)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0)
		return;
	const ASN1_STRING *name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	add_name(out, size, ASN1_STRING_get0_data(name), ASN1_STRING_length(name));
}

static void names_of(X509 *certificate, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_alternative(out, size, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	if (!out[0])
		add_common_name(out, size, certificate);
}

static void date_of(const ASN1_TIME *when, char *out, size_t size)
{
	struct tm t;

	out[0] = '\0';
	if (ASN1_TIME_to_tm(when, &t) == 1)
		snprintf(out, size, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

int tls_on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *tls = ssl ? SSL_get_app_data(ssl) : NULL;
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (ok || !tls || !certificate)
		return ok;
	switch (X509_STORE_CTX_get_error(store)) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		names_of(certificate, tls->detail, sizeof tls->detail);
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		date_of(X509_get0_notAfter(certificate), tls->detail, sizeof tls->detail);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		date_of(X509_get0_notBefore(certificate), tls->detail, sizeof tls->detail);
		break;
	default: break;
	}
	return 0;
}

/* ---- the words ---- */

static void certificate_why(const struct tls *tls, const char *peer, long code, char *why)
{
	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(why, TLS_WHY,
		         "the certificate of %s is not valid for '%.64s', but for %s: use "
		         "--tls-name "
		         "or --insecure",
		         peer, tls->name, tls->detail[0] ? tls->detail : "nobody");
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(why, TLS_WHY, "the certificate of %s expired on %s", peer, tls->detail);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(why, TLS_WHY, "the certificate of %s is not valid before %s", peer,
		         tls->detail);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		snprintf(why, TLS_WHY,
		         "the certificate of %s is signed by %s: use --tls-ca or --insecure", peer,
		         code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
		                 ? "itself"
		                 : "somebody who is not trusted here");
		break;
	case X509_V_ERR_CERT_REVOKED:
		snprintf(why, TLS_WHY, "the certificate of %s is revoked", peer);
		break;
	default:
		snprintf(why, TLS_WHY, "the certificate of %s is not valid: %s", peer,
		         X509_verify_cert_error_string(code));
	}
}

/* Alerts of the peer are 1000 and their number (RFC 8446 section 6). */
static bool is_alert(int reason)
{
	return reason >= SSL_AD_REASON_OFFSET;
}

static void handshake_why(const struct tls *tls, const char *peer, char *why)
{
	int reason = ERR_GET_LIB(tls->code) == ERR_LIB_SSL ? ERR_GET_REASON(tls->code) : 0;

	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		snprintf(why, TLS_WHY, "%s speaks no TLS: is it plain TCP there?", peer);
		break;
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNSUPPORTED_PROTOCOL:
		snprintf(why, TLS_WHY, "%s speaks no version of TLS that is allowed here", peer);
		break;
	default:
		snprintf(why, TLS_WHY, "TLS with %s failed: %s%s", peer,
		         is_alert(reason) ? "it says " : "",
		         tls->code ? tls_reason(tls->code) : strerror(tls->system));
	}
}

void tls_why(const struct tls *tls, const char *peer, char why[static TLS_WHY])
{
	long certificate = SSL_get_verify_result(tls->ssl);

	if (tls->ended)
		snprintf(why, TLS_WHY, "%s closed the connection%s", peer,
		         SSL_is_init_finished(tls->ssl) ? "" : " in the TLS handshake");
	else if (certificate != X509_V_OK && tls->context->verify)
		certificate_why(tls, peer, certificate, why);
	else
		handshake_why(tls, peer, why);
}
