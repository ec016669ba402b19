#include "base/net.h"

#include <arpa/inet.h>

static const uint8_t *bytes_of(const struct ip_addr *a)
{
	return (const uint8_t *)a;
}

bool ip_addr_is_v4(struct ip_addr a)
{
	static const uint8_t prefix[4] = { 0, 0, 0xff, 0xff };
	return a.word[0] == 0 && memcmp(&a.word[1], prefix, 4) == 0;
}

bool ip_addr_is_any(struct ip_addr a)
{
	static const uint8_t zero[4];
	if (ip_addr_is_v4(a))
		return memcmp(bytes_of(&a) + 12, zero, 4) == 0;
	return a.word[0] == 0 && a.word[1] == 0;
}

bool ip_addr_is_private(struct ip_addr a)
{
	const uint8_t *b = bytes_of(&a);

	if (!ip_addr_is_v4(a))
		return (b[0] & 0xfe) == 0xfc;
	return b[12] == 10 || (b[12] == 172 && b[13] >> 4 == 1) || (b[12] == 192 && b[13] == 168) ||
	       (b[12] == 100 && b[13] >> 6 == 1) || b[12] == 127 || (b[12] == 169 && b[13] == 254);
}

bool ip_addr_is_loopback(struct ip_addr a)
{
	static const uint8_t one[16] = { [15] = 1 };
	const uint8_t *b = bytes_of(&a);

	return ip_addr_is_v4(a) ? b[12] == 127 : memcmp(b, one, sizeof one) == 0;
}

/* 0 to 255 in decimal, without leading zeros; the digits read, 0 if there is none or too much. */
static size_t read_octet(struct slice text, uint8_t *out)
{
	unsigned value = 0;
	size_t n = 0;

	while (n < text.n && ascii_is_digit(text.p[n])) {
		if (n && !value)
			return 0;
		value = value * 10 + (unsigned)(text.p[n++] - '0');
		if (value > 255)
			return 0;
	}
	*out = (uint8_t)value;
	return n;
}

/* What inet_pton() takes for a dotted quad, and nothing else. */
static bool parse_v4(struct slice text, uint8_t octets[4])
{
	for (int i = 0; i < 4; i++) {
		if (i) {
			if (!text.n || text.p[0] != '.')
				return false;
			text = slice_from(text, 1);
		}
		size_t n = read_octet(text, &octets[i]);
		if (!n)
			return false;
		text = slice_from(text, n);
	}
	return !text.n;
}

bool ip_addr_parse(struct slice text, struct ip_addr *out)
{
	char buf[IP_ADDR_TEXT];
	uint8_t raw[16];

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = slice_sub(text, 1, text.n - 2);
	if (parse_v4(text, raw)) {
		*out = ip_addr_v4(raw);
		return true;
	}
	if (!text.n || text.n >= sizeof buf || slice_find(text, ':') == SLICE_NPOS ||
	    slice_find(text, 0) != SLICE_NPOS)
		return false;
	if (inet_pton(AF_INET6, slice_cstr(text, buf, sizeof buf), raw) != 1)
		return false;
	*out = ip_addr_v6(raw);
	return true;
}

/* Every octet in decimal and a full stop behind it: four octets are copied, `n` of them count. */
#define DIGIT(n) (char)('0' + (n))
#define OCTET(n)                                                                                   \
	{                                                                                          \
		{ (n) > 99  ? DIGIT((n) / 100)                                                     \
		  : (n) > 9 ? DIGIT((n) / 10 % 10)                                                 \
			    : DIGIT((n) % 10),                                                     \
		  (n) > 99  ? DIGIT((n) / 10 % 10)                                                 \
		  : (n) > 9 ? DIGIT((n) % 10)                                                      \
			    : '.',                                                                 \
		  (n) > 99 ? DIGIT((n) % 10) : '.', '.' },                                         \
		        2 + ((n) > 9) + ((n) > 99)                                                 \
	}
#define OCTETS_4(n)  OCTET(n), OCTET((n) + 1), OCTET((n) + 2), OCTET((n) + 3)
#define OCTETS_16(n) OCTETS_4(n), OCTETS_4((n) + 4), OCTETS_4((n) + 8), OCTETS_4((n) + 12)
#define OCTETS_64(n) OCTETS_16(n), OCTETS_16((n) + 16), OCTETS_16((n) + 32), OCTETS_16((n) + 48)
static const struct octet_text {
	char text[4];
	uint8_t n;
} octet_texts[256] = { OCTETS_64(0), OCTETS_64(64), OCTETS_64(128), OCTETS_64(192) };

/* Up to 16 octets, the last of them a full stop. */
static inline size_t put_v4(char *buf, const uint8_t octets[4])
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		const struct octet_text *o = &octet_texts[octets[i]];
		memcpy(buf + n, o->text, sizeof o->text);
		n += o->n;
	}
	return n;
}

static inline size_t put_port(char *buf, uint16_t port)
{
	unsigned value = port;
	size_t n = 1u + (value > 9) + (value > 99) + (value > 999) + (value > 9999);

	for (size_t i = n; i-- > 0; value /= 10)
		buf[i] = (char)('0' + value % 10);
	return n;
}

size_t ip_addr_format(struct ip_addr a, char buf[static IP_ADDR_TEXT])
{
	if (ip_addr_is_v4(a)) {
		size_t n = put_v4(buf, bytes_of(&a) + 12) - 1;
		buf[n] = '\0';
		return n;
	}
	if (!inet_ntop(AF_INET6, bytes_of(&a), buf, IP_ADDR_TEXT))
		buf[0] = '\0';
	return strlen(buf);
}

size_t endpoint_format(struct endpoint e, char buf[static ENDPOINT_TEXT])
{
	size_t n = 0;

	if (ip_addr_is_v4(e.addr)) {
		n = put_v4(buf, bytes_of(&e.addr) + 12);
		buf[n - 1] = ':';
	} else {
		buf[n++] = '[';
		n += ip_addr_format(e.addr, buf + n);
		buf[n++] = ']';
		buf[n++] = ':';
	}
	n += put_port(buf + n, e.port);
	buf[n] = '\0';
	return n;
}
