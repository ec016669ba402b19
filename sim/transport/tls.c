#include "sim/transport/tls.h"

/* Nothing here speaks TLS yet, so no context can be made, and nothing else is ever called. */
struct tls_context *tls_context_new(const struct sim_config *config, bool server, struct err *err)
{
	(void)config;
	(void)server;
	err_set(err, ERR_USAGE, "TLS is not built in");
	return NULL;
}

void tls_context_free(struct tls_context *context)
{
	(void)context;
}

struct tls *tls_new(struct tls_context *context, int fd, bool accepted)
{
	(void)context;
	(void)fd;
	(void)accepted;
	return NULL;
}

void tls_free(struct tls *tls)
{
	(void)tls;
}

enum tls_result tls_handshake(struct tls *tls)
{
	(void)tls;
	return TLS_FAILED;
}

enum tls_result tls_read(struct tls *tls, void *room, size_t size, size_t *n)
{
	(void)tls;
	(void)room;
	(void)size;
	*n = 0;
	return TLS_FAILED;
}

enum tls_result tls_write(struct tls *tls, struct slice octets, size_t *n)
{
	(void)tls;
	(void)octets;
	*n = 0;
	return TLS_FAILED;
}

void tls_bye(struct tls *tls)
{
	(void)tls;
}

void tls_why(const struct tls *tls, const char *peer, char why[static TLS_WHY])
{
	(void)tls;
	(void)peer;
	why[0] = '\0';
}
