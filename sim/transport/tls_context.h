/* What TLS connections of one worker share; for tls.c, tls_context.c and tls_why.c, which alone see OpenSSL. */
#ifndef SIM_TRANSPORT_TLS_CONTEXT_H
#define SIM_TRANSPORT_TLS_CONTEXT_H

#include "sim/transport/tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

struct tls_context {
	SSL_CTX *client, *server; /* server: NULL where nobody listens */
	BIO_METHOD *socket;
	bool verify;
	char name[256]; /* to be verified of the target; "": its address */
	struct endpoint target;
	SSL_SESSION *session; /* the last one with the target, to be resumed; NULL: none */
};

struct tls {
	SSL *ssl;
	struct tls_context *context;
	char name[256]; /* verified; "" where we are the server */
	bool to_target, failed;
	/* Why it failed: */
	bool ended; /* the peer closed it in the middle */
	unsigned long code; /* OpenSSL's first error */
	int system; /* errno, where it is none of OpenSSL's */
	char detail[128]; /* of the certificate */
};

/* OpenSSL's verify callback: notes what is wrong in `detail`. */
int tls_on_verify(int ok, X509_STORE_CTX *store);
/* Reads and writes a socket, without SIGPIPE. NULL: no memory. */
BIO_METHOD *tls_socket_method(void);
/* OpenSSL's word for an error. */
const char *tls_reason(unsigned long code);

#endif
