/* Certificates for tests, made anew: P-256 keys, PEM files in a directory. Failure aborts the test program. */
#ifndef TESTS_HELPERS_CERTIFICATES_H
#define TESTS_HELPERS_CERTIFICATES_H

#include <stdbool.h>

struct certificate_plan {
	const char *file; /* makes FILE.pem and FILE.key */
	const char *common_name;
	const char
	        *names; /* subjectAltName as OpenSSL writes it: "DNS:a,IP:127.0.0.1"; NULL: none */
	const char *signer; /* the file of one made before; NULL: itself */
	int from_days, to_days; /* from now */
	const char *password; /* of the key; NULL: not encrypted */
	bool ca;
};

void certificate_make(const char *directory, const struct certificate_plan *plan);
/* Writes SIGNER.crl, in which FILE is revoked; NULL: none is. */
void certificate_revoke(const char *directory, const char *signer, const char *file);

#endif
