#include "base/net.h"

#include <arpa/inet.h>

static const uint8_t *bytes_of(const struct ip_addr *a)
{
	return (const uint8_t *)a;
}

bool ip_addr_is_v4(struct ip_addr a)
{
	static const uint8_t prefix[4] = { 0, 0, 0xff, 0xff };
	return a.word[0] == 0 && memcmp(bytes_of(&a) + 8, prefix, 4) == 0;
}

bool ip_addr_is_any(struct ip_addr a)
{
	static const uint8_t zero[4];
	if (ip_addr_is_v4(a))
		return memcmp(bytes_of(&a) + 12, zero, 4) == 0;
	return a.word[0] == 0 && a.word[1] == 0;
}

bool ip_addr_parse(struct slice text, struct ip_addr *out)
{
	char buf[IP_ADDR_TEXT];
	uint8_t raw[16];

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = slice_sub(text, 1, text.n - 2);
	if (!text.n || text.n >= sizeof buf || slice_find(text, 0) != SLICE_NPOS)
		return false;
	slice_cstr(text, buf, sizeof buf);
	if (inet_pton(AF_INET, buf, raw) == 1)
		*out = ip_addr_v4(raw);
	else if (inet_pton(AF_INET6, buf, raw) == 1)
		*out = ip_addr_v6(raw);
	else
		return false;
	return true;
}

/* Messages are shown with two endpoints each, so this is worth counting digits first. */
static char *put_decimal(char *at, unsigned value)
{
	size_t n = 1u + (value >= 10) + (value >= 100) + (value >= 1000) + (value >= 10000);

	for (size_t i = n; i--; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + n;
}

static char *put_v4(char *at, const uint8_t octets[4])
{
	at = put_decimal(at, octets[0]);
	for (int i = 1; i < 4; i++) {
		*at++ = '.';
		at = put_decimal(at, octets[i]);
	}
	*at = '\0';
	return at;
}

size_t ip_addr_format(struct ip_addr a, char buf[static IP_ADDR_TEXT])
{
	if (ip_addr_is_v4(a))
		return (size_t)(put_v4(buf, bytes_of(&a) + 12) - buf);
	if (!inet_ntop(AF_INET6, bytes_of(&a), buf, IP_ADDR_TEXT))
		buf[0] = '\0';
	return strlen(buf);
}

size_t endpoint_format(struct endpoint e, char buf[static ENDPOINT_TEXT])
{
	char *at = buf;

	if (ip_addr_is_v4(e.addr)) {
		at = put_v4(at, bytes_of(&e.addr) + 12);
	} else {
		*at++ = '[';
		at += ip_addr_format(e.addr, at);
		*at++ = ']';
	}
	*at++ = ':';
	at = put_decimal(at, e.port);
	*at = '\0';
	return (size_t)(at - buf);
}
