#include "sim/transport/resolve.h"

#include "sim/transport/lookup.h"

/* Where the port's colon stands, SLICE_NPOS: there is none. False: an opening bracket alone. */
static bool divide(struct slice text, struct slice *host, size_t *colon)
{
	*colon = SLICE_NPOS;
	if (text.n && text.p[0] == '[') {
		size_t end = slice_find(text, ']');
		if (end == SLICE_NPOS)
			return false;
		*host = slice_sub(text, 1, end - 1);
		if (end + 1 < text.n)
			*colon = end + 1;
		return true;
	}
	size_t at = slice_find(text, ':');
	if (at != SLICE_NPOS && slice_find(slice_from(text, at + 1), ':') == SLICE_NPOS)
		*colon = at;
	*host = slice_sub(text, 0, *colon);
	return true;
}

bool host_parse(struct slice text, struct slice *host, uint16_t *port)
{
	uint64_t value = 0;
	size_t colon;

	if (!divide(text, host, &colon))
		return false;
	if (colon != SLICE_NPOS) {
		if (text.p[colon] != ':' ||
		    !slice_u64(slice_from(text, colon + 1), UINT16_MAX, &value))
			return false;
		*port = (uint16_t)value;
	}
	return host->n && host->n <= HOST_MAX && slice_find(*host, 0) == SLICE_NPOS;
}

bool resolve_now(const char *text, uint16_t default_port, int family, struct endpoint *out,
                 struct err *err)
{
	char name[HOST_MAX + 1];
	struct slice host;
	const char *why = NULL;
	struct endpoint found = { .port = default_port };

	if (!host_parse(slice_str(text), &host, &found.port))
		return err_set(err, ERR_USAGE,
		               "'%.200s' is no address: host, host:port or [IPv6]:port", text);
	if (lookup_address(host, family, &found.addr, &why) == LOOKUP_NAME)
		why = lookup_name(slice_cstr(host, name, sizeof name), family, &found.addr);
	if (why)
		return err_set(err, ERR_USAGE, "cannot find '%.*s': %s", SLICE_ARG(host), why);
	*out = found;
	return true;
}
