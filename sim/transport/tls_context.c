/* Certificates, keys, trust: read once, before the start, with what is wrong said about which file. */
#include "sim/transport/tls_context.h"
#include "base/mem.h"
#include "sim/transport/resolve.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#define TICKET_KEYS 80 /* octets: name, HMAC and AES key of session tickets */

const char *tls_reason(unsigned long code)
{
	const char *text;

	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	text = ERR_reason_error_string(code);
	return text ? text : "unknown reason";
}

static bool cannot_read(const char *what, const char *path, struct err *err)
{
	return err_set(err, ERR_IO, "cannot read the %s '%.200s': %s", what, path,
	               tls_reason(ERR_peek_error()));
}

/* ---- own certificate ---- */

/* A password is asked for: there is none, and nobody to ask. */
static int no_password(char *room, int size, int writing, void *encrypted)
{
	(void)room;
	(void)size;
	(void)writing;
	*(bool *)encrypted = true;
	return -1;
}

static bool load_key(SSL_CTX *ssl, const char *path, struct err *err)
{
	bool encrypted = false;

	SSL_CTX_set_default_passwd_cb(ssl, no_password);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, &encrypted);
	bool ok = SSL_CTX_use_PrivateKey_file(ssl, path, SSL_FILETYPE_PEM) == 1;
	SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
	if (encrypted)
		return err_set(err, ERR_USAGE,
		               "the key '%.200s' is encrypted with a password: give one without "
		               "(openssl pkey -in %.100s -out plain.pem)",
		               path, path);
	if (!ok && ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH)
		return err_set(err, ERR_USAGE,
		               "the key '%.200s' does not belong to the certificate", path);
	return ok || cannot_read("key", path, err);
}

static bool load_certificate(SSL_CTX *ssl, const struct tls_config *c, struct err *err)
{
	if (!c->certificate)
		return true;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, c->certificate) != 1)
		return cannot_read("certificate", c->certificate, err);
	return load_key(ssl, c->key ? c->key : c->certificate, err);
}

/* ---- whom to trust ---- */

static bool load_crl(SSL_CTX *ssl, const char *path, struct err *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!lookup || X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) < 1)
		return cannot_read("revocation list", path, err);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return true;
}

static bool load_trust(SSL_CTX *ssl, const struct tls_config *c, struct err *err)
{
	ERR_clear_error();
	if (c->ca ? SSL_CTX_load_verify_locations(ssl, c->ca, NULL) != 1
	          : SSL_CTX_set_default_verify_paths(ssl) != 1)
		return cannot_read("CA certificates", c->ca ? c->ca : "of the system", err);
	if (c->crl && !load_crl(ssl, c->crl, err))
		return false;
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, tls_on_verify);
	return true;
}

/* ---- versions ---- */

static bool set_versions(SSL_CTX *ssl, const char *version, struct err *err)
{
	int least = TLS1_2_VERSION, most = 0;

	if (version && strcmp(version, "1.2") == 0)
		most = TLS1_2_VERSION;
	else if (version && strcmp(version, "1.3") == 0)
		least = TLS1_3_VERSION;
	else if (version)
		return err_set(err, ERR_USAGE, "TLS '%.16s': there are 1.2 and 1.3", version);
	SSL_CTX_set_min_proto_version(ssl, least);
	SSL_CTX_set_max_proto_version(ssl, most);
	return true;
}

/* ---- resumption ---- */

/* Of the client's connections with the target: the last session is the one that is resumed. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls *tls = SSL_get_app_data(ssl);

	if (!tls->to_target)
		return 0;
	SSL_SESSION_free(tls->context->session);
	tls->context->session = session;
	return 1; /* the reference is ours */
}

/* Every worker accepts what another one gave out: the keys follow from the private key, which they have in common. */
static bool share_tickets(SSL_CTX *ssl)
{
	unsigned char *der = NULL, keys[2 * EVP_MAX_MD_SIZE];
	int n = i2d_PrivateKey(SSL_CTX_get0_privatekey(ssl), &der);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool ok = n > 0 && digest;

	for (unsigned char i = 0; ok && i < 2; i++)
		ok = EVP_DigestInit_ex(digest, EVP_sha512(), NULL) == 1 &&
		     EVP_DigestUpdate(digest, &i, 1) == 1 &&
		     EVP_DigestUpdate(digest, der, (size_t)n) == 1 &&
		     EVP_DigestFinal_ex(digest, keys + i * 64, NULL) == 1;
	ok = ok && SSL_CTX_set_tlsext_ticket_keys(ssl, keys, TICKET_KEYS) == 1;
	OPENSSL_cleanse(keys, sizeof keys);
	if (der)
		OPENSSL_clear_free(der, (size_t)n);
	EVP_MD_CTX_free(digest);
	return ok;
}

/* ---- contexts ---- */

static SSL_CTX *context_with(const struct tls_config *c, const SSL_METHOD *method, bool trust,
                             struct err *err)
{
	SSL_CTX *ssl = SSL_CTX_new(method);

	if (!ssl) {
		err_memory(err, "TLS");
		return NULL;
	}
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_read_ahead(ssl, 1);
	if (set_versions(ssl, c->version, err) && load_certificate(ssl, c, err) &&
	    (!trust || load_trust(ssl, c, err)))
		return ssl;
	SSL_CTX_free(ssl);
	return NULL;
}

static bool make_client(struct tls_context *t, const struct tls_config *c, struct err *err)
{
	t->client = context_with(c, TLS_client_method(), t->verify, err);
	if (!t->client)
		return false;
	SSL_CTX_set_session_cache_mode(t->client,
	                               SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->client, on_session);
	return true;
}

/* A client's certificate is asked for where it is said who signs them. */
static bool make_server(struct tls_context *t, const struct tls_config *c, struct err *err)
{
	static const unsigned char id[] = "milliwatt";

	if (!c->certificate)
		return err_set(
		        err, ERR_USAGE,
		        "who accepts connections needs a certificate and its key (--tls-cert, "
		        "--tls-key; of SIPp -tls_cert, -tls_key)");
	t->server = context_with(c, TLS_server_method(), t->verify && c->ca, err);
	if (!t->server)
		return false;
	SSL_CTX_set_session_cache_mode(t->server, SSL_SESS_CACHE_OFF); /* tickets need none */
	SSL_CTX_set_session_id_context(t->server, id, sizeof id - 1);
	SSL_CTX_set_num_tickets(t->server, 1);
	return share_tickets(t->server) || err_memory(err, "TLS");
}

static void set_name(struct tls_context *t, const struct sim_config *config)
{
	struct slice name = SLICE_NONE;
	uint16_t port = 0;

	if (config->tls.server_name)
		name = slice_str(config->tls.server_name);
	else if (config->target_text)
		host_parse(slice_str(config->target_text), &name, &port);
	slice_cstr(name, t->name, sizeof t->name);
	t->target = config->target;
}

struct tls_context *tls_context_new(const struct sim_config *config, bool server, struct err *err)
{
	struct tls_context *t = mem_zalloc(sizeof *t);

	if (!t) {
		err_memory(err, "TLS");
		return NULL;
	}
	t->verify = !config->tls.no_verify;
	set_name(t, config);
	t->socket = tls_socket_method();
	if (!t->socket)
		err_memory(err, "TLS");
	else if (make_client(t, &config->tls, err) &&
	         (!server || make_server(t, &config->tls, err)))
		return t;
	tls_context_free(t);
	return NULL;
}

void tls_context_free(struct tls_context *t)
{
	if (!t)
		return;
	SSL_SESSION_free(t->session);
	SSL_CTX_free(t->client);
	SSL_CTX_free(t->server);
	BIO_meth_free(t->socket);
	mem_free(t);
}
