#include "base/net.h"

#include <arpa/inet.h>

static const uint8_t *bytes_of(const struct ip_addr *a)
{
	return (const uint8_t *)a;
}

bool ip_addr_is_v4(struct ip_addr a)
{
	static const uint8_t prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	return memcmp(bytes_of(&a), prefix, 12) == 0;
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

static size_t put_decimal(char *buf, unsigned value)
{
	char digits[5];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	for (size_t i = 0; i < n; i++)
		buf[i] = digits[n - 1 - i];
	return n;
}

size_t ip_addr_format(struct ip_addr a, char buf[static IP_ADDR_TEXT])
{
	size_t n = 0;

	if (!ip_addr_is_v4(a)) {
		if (!inet_ntop(AF_INET6, bytes_of(&a), buf, IP_ADDR_TEXT))
			buf[0] = '\0';
		return strlen(buf);
	}
	for (int i = 12; i < 16; i++) {
		n += put_decimal(buf + n, bytes_of(&a)[i]);
		buf[n++] = '.';
	}
	buf[--n] = '\0';
	return n;
}

size_t endpoint_format(struct endpoint e, char buf[static ENDPOINT_TEXT])
{
	size_t n = 0;

	if (ip_addr_is_v4(e.addr)) {
		n = ip_addr_format(e.addr, buf);
	} else {
		buf[n++] = '[';
		n += ip_addr_format(e.addr, buf + n);
		buf[n++] = ']';
	}
	buf[n++] = ':';
	n += put_decimal(buf + n, e.port);
	buf[n] = '\0';
	return n;
}
