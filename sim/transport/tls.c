#include "sim/transport/tls.h"

#include "base/mem.h"
#include "sim/transport/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

/* ---- the socket below ---- */

static int fd_of(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static int socket_write(BIO *bio, const char *octets, int n)
{
	ssize_t sent = send(fd_of(bio), octets, (size_t)n, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static int socket_read(BIO *bio, char *room, int n)
{
	ssize_t got = recv(fd_of(bio), room, (size_t)n, 0);

	BIO_clear_retry_flags(bio);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	if (got == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)got;
}

static long socket_control(BIO *bio, int what, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (what == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return what == BIO_CTRL_FLUSH; /* nothing is held back */
}

BIO_METHOD *tls_socket_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 127, "socket");

	if (method) {
		BIO_meth_set_write(method, socket_write);
		BIO_meth_set_read(method, socket_read);
		BIO_meth_set_ctrl(method, socket_control);
	}
	return method;
}

/* ---- a connection ---- */

static bool attach_socket(struct tls *tls, int fd)
{
	BIO *bio = BIO_new(tls->context->socket);

	if (!bio)
		return false;
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	return true;
}

/* RFC 6066 section 3: a name, no address, is told the server; either is verified (RFC 5922 section 7). */
static bool expect(struct tls *tls)
{
	struct ip_addr address;
	bool is_address = ip_addr_parse(slice_str(tls->name), &address);

	if (!is_address && SSL_set_tlsext_host_name(tls->ssl, tls->name) != 1)
		return false;
	if (!tls->context->verify)
		return true;
	if (is_address)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), tls->name) == 1;
	return SSL_set1_host(tls->ssl, tls->name) == 1;
}

static bool prepare_client(struct tls *tls, struct endpoint remote)
{
	struct tls_context *t = tls->context;

	tls->to_target = endpoint_eq(remote, t->target);
	if (tls->to_target && t->name[0])
		memcpy(tls->name, t->name, sizeof tls->name);
	else
		ip_addr_format(remote.addr, tls->name);
	if (!expect(tls))
		return false;
	SSL_set_connect_state(tls->ssl);
	if (tls->to_target && t->session)
		SSL_set_session(tls->ssl, t->session);
	return true;
}

struct tls *tls_new(struct tls_context *context, int fd, bool accepted, struct endpoint remote)
{
	struct tls *tls = mem_zalloc(sizeof *tls);

	if (!tls)
		return NULL;
	tls->context = context;
	tls->ssl = SSL_new(accepted ? context->server : context->client);
	if (tls->ssl && attach_socket(tls, fd)) {
		SSL_set_app_data(tls->ssl, tls);
		if (accepted)
			SSL_set_accept_state(tls->ssl);
		if (accepted || prepare_client(tls, remote))
			return tls;
	}
	ERR_clear_error();
	tls_free(tls);
	return NULL;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	mem_free(tls);
}

/* What OpenSSL's answer means; why it failed is kept. */
static enum tls_result result_of(struct tls *tls, int returned)
{
	int code = errno;

	switch (SSL_get_error(tls->ssl, returned)) {
	case SSL_ERROR_NONE: return TLS_DONE;
	case SSL_ERROR_WANT_READ: return TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE: return TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN: return TLS_CLOSED;
	default: break;
	}
	tls->failed = true;
	tls->code = ERR_get_error();
	tls->system = tls->code ? 0 : code;
	ERR_clear_error();
	if (ERR_GET_LIB(tls->code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(tls->code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		tls->ended = true; /* FIN without close_notify: many do that */
		return SSL_is_init_finished(tls->ssl) ? TLS_CLOSED : TLS_FAILED;
	}
	return TLS_FAILED;
}

enum tls_result tls_handshake(struct tls *tls)
{
	ERR_clear_error();
	return result_of(tls, SSL_do_handshake(tls->ssl));
}

enum tls_result tls_read(struct tls *tls, void *room, size_t size, size_t *n)
{
	ERR_clear_error();
	*n = 0;
	int returned = SSL_read_ex(tls->ssl, room, size, n);
	return returned == 1 ? TLS_DONE : result_of(tls, returned);
}

bool tls_pending(const struct tls *tls)
{
	return !tls->failed && SSL_has_pending(tls->ssl) == 1;
}

enum tls_result tls_write(struct tls *tls, struct slice octets, size_t *n)
{
	*n = 0;
	if (tls->failed)
		return TLS_FAILED;
	ERR_clear_error();
	int returned = SSL_write_ex(tls->ssl, octets.p, octets.n, n);
	return returned == 1 ? TLS_DONE : result_of(tls, returned);
}

void tls_bye(struct tls *tls)
{
	if (!tls->failed)
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

bool tls_resumed(const struct tls *tls)
{
	return SSL_session_reused(tls->ssl) == 1;
}
