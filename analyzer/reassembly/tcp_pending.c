#include "analyzer/reassembly/tcp_pending.h"

#include "base/mem.h"

#include <assert.h>

static uint32_t piece_end(const struct tcp_piece *piece)
{
	return piece->seq + piece->n;
}

static size_t piece_size(const struct tcp_piece *piece)
{
	return sizeof *piece + piece->n;
}

void tcp_pending_release(struct tcp_pending *p)
{
	while (p->first)
		mem_free(tcp_pending_take(p));
}

struct tcp_piece *tcp_pending_take(struct tcp_pending *p)
{
	struct tcp_piece *piece = p->first;

	assert(piece);
	p->first = piece->next;
	if (!p->first)
		p->last = NULL;
	p->held -= piece_size(piece);
	p->count--;
	return piece;
}

/* Links a copy of `bytes` in at *link. */
static struct tcp_piece *insert(struct tcp_pending *p, struct tcp_piece **link, uint32_t seq,
                                struct slice bytes, int64_t time_ns, struct packet_place at)
{
	struct tcp_piece *piece = mem_alloc(sizeof *piece + bytes.n);

	if (!piece)
		return NULL;
	*piece = (struct tcp_piece){ *link, time_ns, at, seq, (uint32_t)bytes.n };
	memcpy(piece->bytes, bytes.p, bytes.n);
	if (!piece->next)
		p->last = piece;
	*link = piece;
	p->held += piece_size(piece);
	p->count++;
	return piece;
}

bool tcp_pending_add(struct tcp_pending *p, uint32_t seq, struct slice bytes, int64_t time_ns,
                     struct packet_place at)
{
	/* Behind all others, as most are, or somewhere on the way there. */
	bool behind = p->last && seq_ahead(seq, piece_end(p->last)) >= 0;
	struct tcp_piece **link = behind ? &p->last->next : &p->first;

	while (bytes.n) {
		struct tcp_piece *there = *link;
		if (there && seq_ahead(seq, piece_end(there)) >= 0) {
			link = &there->next;
			continue;
		}
		/* Now `there` is the first that reaches beyond seq. */
		int32_t room = there ? seq_ahead(there->seq, seq) : INT32_MAX;
		if (room <= 0) {
			size_t known = (size_t)seq_ahead(piece_end(there), seq);
			bytes = slice_from(bytes, known);
			seq = piece_end(there);
			continue;
		}
		struct slice part = slice_sub(bytes, 0, (size_t)room);
		struct tcp_piece *piece = insert(p, link, seq, part, time_ns, at);
		if (!piece)
			return false;
		bytes = slice_from(bytes, part.n);
		seq += (uint32_t)part.n;
		link = &piece->next;
	}
	return true;
}

bool tcp_pending_check(const struct tcp_pending *p)
{
	size_t held = 0, count = 0;
	const struct tcp_piece *last = NULL;

	for (const struct tcp_piece *piece = p->first; piece; last = piece, piece = piece->next) {
		if (!piece->n || (last && seq_ahead(piece->seq, piece_end(last)) < 0))
			return false;
		held += piece_size(piece);
		count++;
	}
	return held == p->held && count == p->count && last == p->last;
}
