/* Addresses as keys: IPv4 is kept v4-mapped (::ffff:a.b.c.d), so one compare and one hash serve both families. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/hash.h"
#include "base/slice.h"

struct ip_addr {
	uint64_t word[2]; /* the sixteen octets in wire order, as memory */
};

struct endpoint {
	struct ip_addr addr;
	uint16_t port;
};

static inline struct ip_addr ip_addr_v6(const uint8_t bytes[16])
{
	struct ip_addr a;
	memcpy(&a, bytes, 16);
	return a;
}

static inline struct ip_addr ip_addr_v4(const uint8_t bytes[4])
{
	uint32_t quad;

	memcpy(&quad, bytes, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (struct ip_addr){ { 0, (uint64_t)quad << 32 | 0xffff0000u } };
#else
	return (struct ip_addr){ { 0, (uint64_t)0xffff << 32 | quad } };
#endif
}

static inline bool ip_addr_eq(struct ip_addr a, struct ip_addr b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

static inline bool endpoint_eq(struct endpoint a, struct endpoint b)
{
	return a.port == b.port && ip_addr_eq(a.addr, b.addr);
}

static inline uint64_t endpoint_hash(struct endpoint e)
{
	return hash_mix(hash_mix(e.addr.word[0], e.addr.word[1]), e.port);
}

bool ip_addr_is_v4(struct ip_addr a);
/* 0.0.0.0 or :: */
bool ip_addr_is_any(struct ip_addr a);
/* RFC 1918, RFC 6598, RFC 4193; loopback and link-local addresses are as little reachable from elsewhere. */
bool ip_addr_is_private(struct ip_addr a);
/* 127/8, ::1: one host, whichever of its addresses it uses (RFC 1122 3.2.1.3). */
bool ip_addr_is_loopback(struct ip_addr a);

/* Dotted quad or RFC 4291 text, whole slice, brackets around IPv6 allowed; false if it is a host name or nonsense. */
bool ip_addr_parse(struct slice text, struct ip_addr *out);

#define IP_ADDR_TEXT  46
#define ENDPOINT_TEXT (IP_ADDR_TEXT + 8)
/* "192.0.2.1" or RFC 5952 "2001:db8::1". Returns the length; buf is NUL-terminated. */
size_t ip_addr_format(struct ip_addr a, char buf[static IP_ADDR_TEXT]);
/* "192.0.2.1:5060" or "[2001:db8::1]:5060". */
size_t endpoint_format(struct endpoint e, char buf[static ENDPOINT_TEXT]);

#endif
