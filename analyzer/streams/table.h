/* The flow table: every live stream by addresses, ports and SSRC, one look-up per packet; and the life of a stream in it. */
#ifndef ANALYZER_STREAMS_TABLE_H
#define ANALYZER_STREAMS_TABLE_H

#include "analyzer/streams/handshake.h"
#include "analyzer/streams/srtp.h"
#include "analyzer/streams/stream.h"
#include "base/pool.h"
#include "base/table.h"

#define RTCP_RECENT 256

/* A compound seen lately: the same one again within a second is a mirror port's copy. */
struct recent_rtcp {
	uint64_t hash;
	int64_t time_ns;
};

/* Streams stand densely, so that many of them need few pages and cache lines. Blocks are kept until the end, for the most streams there
 * ever were at once. */
#define STREAMS_PER_BLOCK 64
struct stream_block {
	struct stream_block *next;
	struct stream streams[STREAMS_PER_BLOCK];
	struct stream_cold cold[STREAMS_PER_BLOCK];
};

struct streams {
	struct analysis *a;
	struct stream_block *blocks;
	struct stream *unused; /* chained by cold->next_in_call */
	struct histogram_pool jitter_pages;
	size_t mark_octets; /* of all marks: see MARKS_ALL_MAX */
	size_t trace_octets; /* of all traces: see TRACES_MAX */
	struct table flows; /* struct stream */
	struct table endpoints; /* struct endpoint_node (bind.h) */
	struct pool endpoint_pool, end_pool; /* ends.c */
	struct list_node live, probation; /* by stream.order */
	struct streams_counts counts;
	struct recent_rtcp recent_rtcp[RTCP_RECENT];
	struct handshakes handshakes;
	uint64_t sdp_count;
	struct unprotect_library unprotect;
};

static inline uint64_t flow_hash(const struct flow_key *k)
{
	uint64_t numbers = (uint64_t)k->ssrc << 32 | (uint64_t)k->sport << 16 | k->dport;

	return hash_mix(hash_mix(k->src.word[0] ^ numbers, k->src.word[1]) ^ k->dst.word[0],
	                k->dst.word[1]);
}

static inline bool flow_key_eq(const struct flow_key *a, const struct flow_key *b)
{
	return ip_addr_eq(a->src, b->src) && ip_addr_eq(a->dst, b->dst) && a->sport == b->sport &&
	       a->dport == b->dport && a->ssrc == b->ssrc;
}

/* NULL if there is none. */
static inline struct stream *flow_find(const struct streams *s, uint64_t hash,
                                       const struct flow_key *key)
{
	const struct table *t = &s->flows;

	if (!t->capacity)
		return NULL;
	for (size_t i = hash & (t->capacity - 1); t->slots[i].value;
	     i = (i + 1) & (t->capacity - 1)) {
		struct stream *st = t->slots[i].value;
		if (t->slots[i].hash == hash && flow_key_eq(&st->key, key))
			return st;
	}
	return NULL;
}

/* A new stream, bound if an SDP knows it (accepted then), else on probation. NULL: the environment failed. */
struct stream *flow_open(struct streams *s, uint64_t hash, const struct flow_key *key,
                         int64_t time_ns, uint8_t dscp);

/* It is RTP: it gets its id and will have a row. */
bool flow_accept(struct streams *s, struct stream *st);

/* Ends and frees the stream; an accepted one is written. False: the environment failed (it is freed all the same). */
bool flow_close(struct streams *s, struct stream *st);

/* Frees without writing. */
void flow_free(struct streams *s, struct stream *st);

/* Gives the blocks back, when all streams are freed. */
void flow_release_memory(struct streams *s);

#endif
