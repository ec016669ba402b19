#include "tests/helpers/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "certificates: %s failed\n", what);
	abort();
}

static FILE *open_in(const char *directory, const char *file, const char *ending, const char *mode)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%s", directory, file, ending);
	f = fopen(path, mode);
	must(f != NULL, path);
	return f;
}

static X509 *read_certificate(const char *directory, const char *file)
{
	FILE *f = open_in(directory, file, "pem", "re");
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);

	fclose(f);
	must(x != NULL, file);
	return x;
}

static EVP_PKEY *read_key(const char *directory, const char *file)
{
	FILE *f = open_in(directory, file, "key", "re");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	fclose(f);
	must(key != NULL, file);
	return key;
}

static void write_files(const char *directory, const struct certificate_plan *p, X509 *x,
                        EVP_PKEY *key)
{
	FILE *f = open_in(directory, p->file, "pem", "we");

	must(PEM_write_X509(f, x) == 1 && fclose(f) == 0, "writing a certificate");
	f = open_in(directory, p->file, "key", "we");
	must(PEM_write_PrivateKey(f, key, p->password ? EVP_aes_128_cbc() : NULL,
	                          (const unsigned char *)p->password,
	                          p->password ? (int)strlen(p->password) : 0, NULL, NULL) == 1 &&
	             fclose(f) == 0,
	     "writing a key");
}

static void extend(X509 *x, X509 *issuer, int what, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, what, value);
	must(e && X509_add_ext(x, e, -1) == 1, value);
	X509_EXTENSION_free(e);
}

static void fill(X509 *x, const struct certificate_plan *p, EVP_PKEY *key)
{
	uint32_t serial;

	must(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1, "a serial number");
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)serial);
	X509_time_adj_ex(X509_getm_notBefore(x), p->from_days, 0, NULL);
	X509_time_adj_ex(X509_getm_notAfter(x), p->to_days, 0, NULL);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
	                           (const unsigned char *)p->common_name, -1, -1, 0);
}

void certificate_make(const char *directory, const struct certificate_plan *p)
{
	X509 *x = X509_new(), *issuer = p->signer ? read_certificate(directory, p->signer) : x;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *signer = p->signer ? read_key(directory, p->signer) : key;

	must(x && key, "a certificate");
	fill(x, p, key);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	extend(x, issuer, NID_basic_constraints, p->ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (p->names)
		extend(x, issuer, NID_subject_alt_name, p->names);
	must(X509_sign(x, signer, EVP_sha256()) > 0, "signing");
	write_files(directory, p, x, key);
	if (p->signer) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(x);
	EVP_PKEY_free(key);
}

static void add_revoked(X509_CRL *crl, const char *directory, const char *file)
{
	X509 *x = read_certificate(directory, file);
	X509_REVOKED *revoked = X509_REVOKED_new();

	must(revoked && X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(x)) == 1 &&
	             X509_REVOKED_set_revocationDate(revoked, X509_getm_notBefore(x)) == 1 &&
	             X509_CRL_add0_revoked(crl, revoked) == 1,
	     "revoking");
	X509_free(x);
}

void certificate_revoke(const char *directory, const char *signer, const char *file)
{
	X509_CRL *crl = X509_CRL_new();
	X509 *issuer = read_certificate(directory, signer);
	EVP_PKEY *key = read_key(directory, signer);
	ASN1_TIME *from = ASN1_TIME_new(), *to = ASN1_TIME_new();
	FILE *f = open_in(directory, signer, "crl", "we");

	must(crl && from && to, "a revocation list");
	X509_time_adj_ex(from, -1, 0, NULL);
	X509_time_adj_ex(to, 1, 0, NULL);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	if (file)
		add_revoked(crl, directory, file);
	must(X509_CRL_sign(crl, key, EVP_sha256()) > 0 && PEM_write_X509_CRL(f, crl) == 1 &&
	             fclose(f) == 0,
	     "writing a revocation list");
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	X509_free(issuer);
	EVP_PKEY_free(key);
}
