#include "base/base64.h"

static int digit64(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t base64_decode(struct slice text, uint8_t *out, size_t most)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t got = 0;

	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		int digit = digit64(text.p[i]);
		if (digit < 0)
			return SIZE_MAX;
		bits = bits << 6 | (uint32_t)digit;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (got == most)
			return SIZE_MAX;
		out[got++] = (uint8_t)(bits >> held);
	}
	return got;
}

static const char digits[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(struct slice octets, char *out)
{
	char *p = out;

	for (size_t i = 0; i < octets.n; i += 3) {
		size_t n = octets.n - i;
		uint32_t bits = (uint32_t)octets.p[i] << 16;
		bits |= n > 1 ? (uint32_t)octets.p[i + 1] << 8 : 0;
		bits |= n > 2 ? octets.p[i + 2] : 0;
		*p++ = digits[bits >> 18];
		*p++ = digits[bits >> 12 & 63];
		*p++ = n > 1 ? digits[bits >> 6 & 63] : '=';
		*p++ = n > 2 ? digits[bits & 63] : '=';
	}
	return (size_t)(p - out);
}
