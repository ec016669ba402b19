#include "sim/auth/digest_response.h"

#define MOST_ESCAPES 16
#define MOST_PARTS   (4 * MOST_ESCAPES)

/* What is hashed: texts with a colon in between. */
struct message {
	struct slice parts[MOST_PARTS];
	unsigned count;
};

struct sum {
	char hex[2 * HASH_MOST_OCTETS];
	size_t n;
};

static void colon(struct message *m)
{
	if (m->count)
		m->parts[m->count++] = SLICE_LIT(":");
}

static void plain(struct message *m, struct slice s)
{
	colon(m);
	m->parts[m->count++] = s;
}

static void escaped(struct message *m, struct slice s)
{
	colon(m);
	m->count += digest_unescaped(s, m->parts + m->count, MOST_ESCAPES);
}

static bool sum_up(enum hash_algorithm a, const struct message *m, struct sum *out)
{
	uint8_t octets[HASH_MOST_OCTETS];

	if (!hash_sum(a, m->parts, m->count, octets))
		return false;
	hash_hex(octets, hash_sum_octets(a), out->hex);
	out->n = 2 * hash_sum_octets(a);
	return true;
}

static struct slice text_of(const struct sum *s)
{
	return slice_of(s->hex, s->n);
}

/* RFC 7616 3.4.2. What the session's A1 holds is the hexadecimal text (RFC 2617, erratum 1649). */
static bool secret(const struct digest_input *in, struct sum *out)
{
	struct message m = { .count = 0 };

	if (in->username_escaped)
		escaped(&m, in->username);
	else
		plain(&m, in->username);
	escaped(&m, in->realm);
	plain(&m, in->password);
	struct sum first;
	if (!in->how.session)
		return sum_up(in->how.hash, &m, out);
	if (!sum_up(in->how.hash, &m, &first))
		return false;
	m.count = 0;
	plain(&m, text_of(&first));
	escaped(&m, in->nonce);
	plain(&m, in->cnonce);
	return sum_up(in->how.hash, &m, out);
}

/* RFC 7616 3.4.3 */
static bool request(const struct digest_input *in, struct sum *out)
{
	struct message m = { .count = 0 }, body = { .count = 0 };
	struct sum of_body;

	plain(&m, in->method);
	plain(&m, in->uri);
	if (slice_ieq_str(in->qop, "auth-int")) {
		plain(&body, in->body);
		if (!sum_up(in->how.hash, &body, &of_body))
			return false;
		plain(&m, text_of(&of_body));
	}
	return sum_up(in->how.hash, &m, out);
}

bool digest_response(const struct digest_input *in, char out[static 2 * HASH_MOST_OCTETS],
                     size_t *n)
{
	struct message m = { .count = 0 };
	struct sum a1, a2, all;

	if (!secret(in, &a1) || !request(in, &a2))
		return false;
	plain(&m, text_of(&a1));
	escaped(&m, in->nonce);
	if (in->qop.n) {
		plain(&m, in->nc);
		plain(&m, in->cnonce);
		plain(&m, in->qop);
	}
	plain(&m, text_of(&a2));
	if (!sum_up(in->how.hash, &m, &all))
		return false;
	memcpy(out, all.hex, all.n);
	*n = all.n;
	return true;
}
