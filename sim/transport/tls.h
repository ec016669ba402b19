/* TLS under a connection: tls.c, tls_context.c and tls_why.c are the only files here that see OpenSSL. One context per worker, used by its thread alone. Nothing blocks:
 * what would wait says for what.
 *
 * Verification is on unless the configuration says no_verify: the chain (ca, crl, or the system's), and the name of the host that was asked for
 * (server_name, else the target's host; RFC 5922 section 7). Sessions are resumed where the peer allows it, so a connection per call does not
 * verify and sign anew each time. */
#ifndef SIM_TRANSPORT_TLS_H
#define SIM_TRANSPORT_TLS_H

#include "sim/config.h"

struct tls_context;
struct tls; /* one connection's */

enum tls_result {
	TLS_DONE,
	TLS_WANTS_READ, /* come again when the socket is readable */
	TLS_WANTS_WRITE,
	TLS_CLOSED, /* by the peer */
	TLS_FAILED, /* tls_why() */
};

/* A server needs certificate and key; both are read here. NULL: err says what is wrong with which file. */
struct tls_context *tls_context_new(const struct sim_config *config, bool server, struct err *err);
void tls_context_free(struct tls_context *context); /* NULL allowed */

/* `accepted`: we are the server. Else the name of the configuration is verified where `remote` is its target, the address of any other.
 * NULL: no memory. The descriptor stays the caller's. */
struct tls *tls_new(struct tls_context *context, int fd, bool accepted, struct endpoint remote);
void tls_free(struct tls *tls); /* NULL allowed */

enum tls_result tls_handshake(struct tls *tls);
enum tls_result tls_read(struct tls *tls, void *room, size_t size, size_t *n);
bool tls_pending(const struct tls *tls); /* octets were received that are not read yet */
enum tls_result tls_write(struct tls *tls, struct slice octets, size_t *n);
/* Says goodbye (close_notify), where that can be said at once. */
void tls_bye(struct tls *tls);

#define TLS_WHY 400
/* Why it failed, for people: what is wrong with the certificate of `peer`, and what can be done. */
bool tls_resumed(const struct tls *tls); /* the session of a connection before */
void tls_why(const struct tls *tls, const char *peer, char why[static TLS_WHY]);

#endif
