#include "sim/transport/inbox.h"

#include "dissectors/sip_frame.h"

#define CAPACITY_MIN 2048u

void inbox_clear(struct inbox *b, struct pool *pool)
{
	pool_free(pool, b->bytes, b->capacity);
	b->bytes = NULL;
	b->n = b->capacity = b->need = 0;
}

static bool append(struct inbox *b, struct pool *pool, struct slice octets)
{
	size_t capacity = b->capacity ? b->capacity : CAPACITY_MIN;

	while (capacity < b->n + octets.n)
		capacity *= 4;
	if (capacity != b->capacity) {
		uint8_t *bytes = pool_alloc(pool, capacity);
		if (!bytes)
			return false;
		if (b->n)
			memcpy(bytes, b->bytes, b->n);
		pool_free(pool, b->bytes, b->capacity);
		b->bytes = bytes;
		b->capacity = (uint32_t)capacity;
	}
	memcpy(b->bytes + b->n, octets.p, octets.n);
	b->n += (uint32_t)octets.n;
	return true;
}

/* Takes the CRLFs at the front of what was just received, between two messages, and counts the pings in them. */
static struct slice take_pings(struct inbox *b, struct slice octets)
{
	while (octets.n && octets.p[0] == (b->crlf & 1 ? '\n' : '\r')) {
		octets = slice_from(octets, 1);
		if (++b->crlf < 4)
			continue;
		b->crlf = 0;
		if (b->pings < UINT16_MAX)
			b->pings++;
	}
	if (octets.n)
		b->crlf = 0;
	return octets;
}

/* No message starts here: on to the next line. */
static enum inbox_status skip_junk(struct inbox *b, struct slice rest, size_t *skip,
                                   enum parse_status found)
{
	if (*skip == 0) {
		size_t line = slice_find(rest, '\n');
		*skip = line == SLICE_NPOS ? rest.n : line + 1;
	}
	b->junk += (uint32_t)*skip;
	if ((found == PARSE_NOT_MINE && !b->any) || b->junk > INBOX_JUNK_MAX)
		return INBOX_NOT_SIP;
	return INBOX_OK;
}

static enum inbox_status deliver(struct inbox *b, struct slice message,
                                 const struct inbox_sink *sink)
{
	b->any = true;
	b->junk = 0;
	return sink->message(sink->context, message) ? INBOX_OK : INBOX_STOPPED;
}

/* Gives all whole messages in `in`; *used octets of it are done with. */
static enum inbox_status frame_all(struct inbox *b, struct slice in, const struct inbox_sink *sink,
                                   size_t *used, uint64_t *junk)
{
	enum inbox_status status = INBOX_OK;

	*used = 0;
	while (*used < in.n && status == INBOX_OK) {
		struct slice rest = slice_from(in, *used);
		size_t skip, length;
		enum parse_status found = sip_frame(rest, &skip, &length);
		*used += skip + length;
		if (found == PARSE_OK) {
			status = deliver(b, slice_sub(rest, skip, length), sink);
		} else if (found == PARSE_MORE) {
			rest = slice_from(rest, skip);
			b->need = (uint32_t)sip_frame_need(rest);
			return !b->need && rest.n > INBOX_HEAD_MAX ? INBOX_NOT_SIP : INBOX_OK;
		} else {
			*used -= skip;
			status = skip_junk(b, rest, &skip, found);
			*used += skip;
			*junk += skip;
		}
	}
	return status;
}

static enum inbox_status push_behind(struct inbox *b, struct pool *pool, struct slice octets,
                                     const struct inbox_sink *sink, uint64_t *junk)
{
	size_t used;

	if (!append(b, pool, octets))
		return INBOX_NO_MEMORY;
	/* Headers end with a line. */
	if (b->need ? b->n < b->need
	            : b->n <= INBOX_HEAD_MAX && slice_find(octets, '\n') == SLICE_NPOS)
		return INBOX_OK;
	b->need = 0;
	enum inbox_status status = frame_all(b, slice_of(b->bytes, b->n), sink, &used, junk);
	if (status != INBOX_OK)
		return status;
	b->n -= (uint32_t)used;
	if (b->n)
		memmove(b->bytes, b->bytes + used, b->n);
	else
		inbox_clear(b, pool);
	return INBOX_OK;
}

enum inbox_status inbox_push(struct inbox *b, struct pool *pool, struct slice octets,
                             const struct inbox_sink *sink, uint64_t *junk)
{
	size_t used;

	if (b->n)
		return push_behind(b, pool, octets, sink, junk);
	octets = take_pings(b, octets);
	enum inbox_status status = frame_all(b, octets, sink, &used, junk);
	if (status != INBOX_OK || used == octets.n)
		return status;
	return append(b, pool, slice_from(octets, used)) ? INBOX_OK : INBOX_NO_MEMORY;
}

bool inbox_check(const struct inbox *b)
{
	return b->n <= b->capacity && (b->capacity == 0) == (b->bytes == NULL) &&
	       (b->capacity == 0) == (b->n == 0) && b->crlf < 4 && (!b->need || b->n < b->need);
}
