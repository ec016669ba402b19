#include "analyzer/streams/handshake.h"

#include "base/hash.h"

/* The same in either direction; never 0, which is nobody. */
static uint64_t pair_of(struct endpoint a, struct endpoint b)
{
	return (endpoint_hash(a) ^ endpoint_hash(b)) | 1;
}

static uint64_t place_of(uint64_t pair)
{
	return pair >> 1 & (HANDSHAKES_MAX - 1);
}

void handshake_note(struct handshakes *h, struct endpoint a, struct endpoint b)
{
	uint64_t pair = pair_of(a, b);

	h->pairs[place_of(pair)] = pair;
	h->any = true;
}

bool handshake_seen(const struct handshakes *h, struct endpoint a, struct endpoint b)
{
	if (!h->any)
		return false;
	uint64_t pair = pair_of(a, b);
	return h->pairs[place_of(pair)] == pair;
}
