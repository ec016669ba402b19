/* Endpoints and the media ends at them; see bind.h. */
#include "analyzer/streams/bind.h"
#include "analyzer/streams/table.h"

#define ENDS_LOOKED_AT 8 /* load tests let thousands of calls name one endpoint */

/* Of one place and four payload types, as most are. */
#define POOLED_END                                                                                 \
	(sizeof(struct media_end) + sizeof(struct end_place) + 4 * sizeof(struct end_format))

void ends_init(struct streams *s)
{
	pool_init(&s->endpoint_pool, sizeof(struct endpoint_node));
	pool_init(&s->end_pool, POOLED_END);
}

void ends_release_memory(struct streams *s)
{
	pool_release(&s->endpoint_pool);
	pool_release(&s->end_pool);
}

/* ---- endpoints ---- */

static bool same_endpoint(const void *value, const void *key)
{
	return endpoint_eq(((const struct endpoint_node *)value)->endpoint,
	                   *(const struct endpoint *)key);
}

struct endpoint_node *endpoint_find(const struct streams *s, struct endpoint endpoint)
{
	return table_get(&s->endpoints, endpoint_hash(endpoint), same_endpoint, &endpoint);
}

struct endpoint_node *endpoint_get(struct streams *s, struct endpoint endpoint)
{
	uint64_t hash = endpoint_hash(endpoint);
	struct endpoint_node *n = table_get(&s->endpoints, hash, same_endpoint, &endpoint);

	if (n)
		return n;
	n = pool_alloc(&s->endpoint_pool, sizeof *n);
	if (!n || !table_put(&s->endpoints, hash, n)) {
		pool_free(&s->endpoint_pool, n, sizeof *n);
		return NULL;
	}
	n->endpoint = endpoint;
	n->bound_count = 0;
	list_init(&n->ends);
	list_init(&n->rtcp_ends);
	list_init(&n->waiting);
	list_init(&n->bound);
	return n;
}

void endpoint_release(struct streams *s, struct endpoint_node *n)
{
	if (!n || !list_is_empty(&n->ends) || !list_is_empty(&n->rtcp_ends) ||
	    !list_is_empty(&n->waiting) || !list_is_empty(&n->bound))
		return;
	table_remove(&s->endpoints, endpoint_hash(n->endpoint), n);
	pool_free(&s->endpoint_pool, n, sizeof *n);
}

struct media_end *endpoint_end(const struct list_node *ends, bool also_retired)
{
	struct media_end *newest = NULL, *retired = NULL;
	unsigned looked = 0;

	for (const struct list_node *n = ends->prev; n != ends && looked < ENDS_LOOKED_AT;
	     n = n->prev, looked++) {
		struct media_end *end = ((const struct end_place *)(const void *)n)->end;
		if (end->retired) {
			retired = retired ? retired : end;
			continue;
		}
		if (end->media->end_ns == TIME_NONE)
			return end;
		if (!newest)
			newest = end;
	}
	return newest || !also_retired ? newest : retired;
}

/* ---- media ends ---- */

bool end_is_withdrawn(const struct sdp_session_media *m)
{
	return m->port == 0 || slice_ifind_str(m->protocol, "RTP/") == SLICE_NPOS;
}

bool end_is_usable(const struct sdp_session_media *m)
{
	if (end_is_withdrawn(m))
		return false;
	return (m->has_addr && !ip_addr_is_any(m->addr)) || m->candidate_count;
}

static uint64_t digest_of(int64_t dialog_id, enum party party, const struct sdp_session_media *m)
{
	uint64_t h = hash_mix((uint64_t)dialog_id,
	                      (uint64_t)party << 32 | (uint64_t)m->port << 16 | m->rtcp_port);

	h = hash_slice(m->protocol, hash_slice(m->type, h));
	h = hash_mix(h ^ m->addr.word[0], m->addr.word[1]);
	h = hash_mix(h, (uint64_t)m->has_addr << 1 | m->has_fingerprint);
	for (unsigned i = 0; i < m->crypto_count; i++)
		h = hash_slice(m->crypto[i].key_params, hash_slice(m->crypto[i].tag, h));
	for (unsigned i = 0; i < m->format_count; i++)
		h = hash_slice(
		        m->formats[i].encoding,
		        hash_mix(h ^ m->formats[i].clock_hz, (uint64_t)m->formats[i].channels << 8 |
		                                                     m->formats[i].payload_type));
	for (unsigned i = 0; i < m->candidate_count; i++)
		h = hash_mix(h, endpoint_hash(m->candidates[i]));
	return h;
}

/* The connection address first, then the candidates that differ from it. */
static unsigned endpoints_of(const struct sdp_session_media *m,
                             struct endpoint out[static 1 + SDP_MAX_CANDIDATES])
{
	unsigned n = 0;

	if (m->has_addr && !ip_addr_is_any(m->addr))
		out[n++] = (struct endpoint){ m->addr, m->port };
	for (unsigned i = 0; i < m->candidate_count; i++) {
		bool twice = m->candidates[i].port == 0;
		for (unsigned k = 0; k < n && !twice; k++)
			twice = endpoint_eq(out[k], m->candidates[i]);
		if (!twice)
			out[n++] = m->candidates[i];
	}
	return n;
}

/* RFC 4867 section 8.1: crc, robust-sorting and interleaving need it, and imply it. */
static bool is_octet_aligned(struct slice fmtp)
{
	static const char *const said[] = { "octet-align=1", "crc=1", "robust-sorting=1",
		                            "interleaving=" };

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (fmtp.n && slice_ifind_str(fmtp, said[i]) != SLICE_NPOS)
			return true;
	return false;
}

static void keep_format(struct end_format *to, const struct sdp_format *f)
{
	struct slice name = slice_sub(f->encoding, 0, sizeof to->name);

	to->payload_type = f->payload_type;
	to->clock_hz = f->clock_hz;
	to->channels = f->channels;
	to->octet_aligned = is_octet_aligned(f->fmtp);
	to->name_n = (uint8_t)name.n;
	if (name.n)
		memcpy(to->name, name.p, name.n);
}

static size_t end_size(unsigned place_count, unsigned format_count, unsigned key_count)
{
	return sizeof(struct media_end) + place_count * sizeof(struct end_place) +
	       format_count * sizeof(struct end_format) + key_count * sizeof(struct sdes_key);
}

static unsigned keys_of(const struct sdp_session_media *m, struct sdes_key out[static END_MAX_KEYS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->crypto_count; i++)
		n += sdes_keys(&m->crypto[i], out + n, END_MAX_KEYS - n);
	return n;
}

static void keep_security(struct media_end *end, const struct sdp_session_media *m)
{
	end->savp = slice_ifind_str(m->protocol, "SAVP") != SLICE_NPOS;
	end->sdes = m->crypto_count > 0;
	end->dtls = m->has_fingerprint;
	end->encrypted = end->savp || end->sdes || end->dtls;
}

static struct media_end *end_new(struct streams *s, unsigned place_count,
                                 const struct sdp_session_media *m)
{
	struct sdes_key keys[END_MAX_KEYS];
	unsigned key_count = keys_of(m, keys);
	size_t size = end_size(place_count, m->format_count, key_count);
	struct media_end *end = pool_alloc(&s->end_pool, size);

	if (!end)
		return NULL;
	memset(end, 0, size);
	end->places = (struct end_place *)(void *)(end + 1);
	end->formats = (struct end_format *)(void *)(end->places + place_count);
	end->place_count = place_count;
	end->keys = (struct sdes_key *)(void *)(end->formats + m->format_count);
	end->format_count = m->format_count;
	end->key_count = key_count;
	end->is_video = slice_ieq_str(m->type, "video");
	keep_security(end, m);
	if (key_count) {
		memcpy(end->keys, keys, key_count * sizeof *keys);
		explicit_bzero(keys, sizeof keys);
	}
	for (unsigned i = 0; i < m->format_count; i++)
		keep_format(&end->formats[i], &m->formats[i]);
	return end;
}

static void place_leave(struct streams *s, struct end_place *p)
{
	if (!p->at)
		return;
	list_remove(&p->node);
	endpoint_release(s, p->at);
	p->at = NULL;
}

static void end_free(struct streams *s, struct media_end *end)
{
	place_leave(s, &end->rtcp);
	for (unsigned i = 0; i < end->place_count; i++)
		place_leave(s, &end->places[i]);
	size_t size = end_size(end->place_count, end->format_count, end->key_count);
	unprotect_free(end->rtcp_session);
	if (end->key_count)
		explicit_bzero(end->keys, end->key_count * sizeof *end->keys);
	pool_free(&s->end_pool, end, size);
}

static bool place_enter(struct streams *s, struct end_place *p, struct media_end *end,
                        struct endpoint endpoint, bool rtcp)
{
	p->end = end;
	p->at = endpoint_get(s, endpoint);
	if (!p->at)
		return false;
	list_append(rtcp ? &p->at->rtcp_ends : &p->at->ends, &p->node);
	return true;
}

static bool enter_all(struct streams *s, struct media_end *end, const struct sdp_session_media *m,
                      const struct endpoint *endpoints)
{
	for (unsigned i = 0; i < end->place_count; i++)
		if (!place_enter(s, &end->places[i], end, endpoints[i], false))
			return false;
	if (!m->has_addr || !m->rtcp_port || m->rtcp_port == m->port)
		return true;
	return place_enter(s, &end->rtcp, end, (struct endpoint){ m->addr, m->rtcp_port }, true);
}

static void move_newest(struct call_media *media, struct media_end *end, struct media_end **link)
{
	*link = end->next;
	end->next = media->ends;
	media->ends = end;
	for (unsigned i = 0; i < end->place_count; i++)
		list_move_last(&end->places[i].at->ends, &end->places[i].node);
	if (end->rtcp.at)
		list_move_last(&end->rtcp.at->rtcp_ends, &end->rtcp.node);
}

static void forget_oldest(struct streams *s, struct call_media *media)
{
	struct media_end **link = &media->ends;

	while ((*link)->next)
		link = &(*link)->next;
	end_free(s, *link);
	*link = NULL;
	media->end_count--;
}

/* Offers are repeated often: in 183 and 200, in retransmissions, by session timers. */
static struct media_end *find_same(struct call_media *media, uint64_t digest)
{
	for (struct media_end **link = &media->ends; *link; link = &(*link)->next) {
		struct media_end *end = *link;
		if (end->digest == digest) {
			end->retired = false;
			move_newest(media, end, link);
			return end;
		}
	}
	return NULL;
}

struct media_end *end_add(struct streams *s, struct call_media *media, int64_t dialog_id,
                          enum party party, const struct sdp_session_media *m)
{
	struct endpoint endpoints[1 + SDP_MAX_CANDIDATES];
	uint64_t digest = digest_of(dialog_id, party, m);
	struct media_end *end = find_same(media, digest);

	if (end)
		return end;
	end = end_new(s, endpoints_of(m, endpoints), m);
	if (!end)
		return NULL;
	end->media = media;
	end->dialog_id = dialog_id;
	end->party = party;
	end->digest = digest;
	if (!enter_all(s, end, m, endpoints)) {
		end_free(s, end);
		return NULL;
	}
	if (media->end_count == STREAMS_MAX_ENDS_PER_CALL)
		forget_oldest(s, media);
	end->next = media->ends;
	media->ends = end;
	media->end_count++;
	return end;
}

static bool end_has_endpoint(const struct media_end *end, const struct sdp_session_media *m)
{
	bool any_address = !m->has_addr || ip_addr_is_any(m->addr);

	for (unsigned i = 0; i < end->place_count && m->port; i++) {
		struct endpoint e = end->places[i].at->endpoint;
		if (e.port == m->port && (any_address || ip_addr_eq(e.addr, m->addr)))
			return true;
	}
	return false;
}

void ends_retire(struct call_media *media, int64_t dialog_id, enum party party, unsigned line,
                 const struct sdp_session_media *m)
{
	for (struct media_end *end = media->ends; end; end = end->next)
		if (end->party == party && ((end->dialog_id == dialog_id && end->line == line) ||
		                            end_has_endpoint(end, m)))
			end->retired = true;
}

void ends_free_at(struct streams *s, struct endpoint_node *n)
{
	bool empty = list_is_empty(&n->ends);
	struct end_place *p =
	        (struct end_place *)(void *)(empty ? n->rtcp_ends.next : n->ends.next);

	if (!empty || !list_is_empty(&n->rtcp_ends))
		end_free(s, p->end);
}

void ends_release(struct streams *s, struct call_media *media)
{
	while (media->ends) {
		struct media_end *end = media->ends;
		media->ends = end->next;
		end_free(s, end);
	}
	media->end_count = 0;
}
