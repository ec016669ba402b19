#include "analyzer/reassembly/tcp_direction.h"

#include "base/clock.h"
#include "base/mem.h"

enum { PENDING_MAX_PIECES = 1024 }; /* bounds the walk along them, too */

size_t tcp_direction_held(const struct tcp_direction *d)
{
	return d->framer.capacity + d->pending.held;
}

/* Forgets the octets; the place in the sequence stays. */
void tcp_direction_empty(struct tcp_common *t, struct tcp_direction *d, bool aligned)
{
	t->held -= tcp_direction_held(d);
	tcp_framer_reset(&d->framer, aligned);
	tcp_pending_release(&d->pending);
	timers_cancel(&t->holes, &d->hole);
}

static enum tcp_push_status become_foreign(struct tcp_common *t, struct tcp_direction *d)
{
	tcp_direction_empty(t, d, false);
	d->state = DIRECTION_FOREIGN;
	t->counts.foreign++;
	return TCP_PUSH_FOREIGN;
}

/* When and where octets came, and which packet put them in order. */
struct arrival {
	int64_t time_ns;
	struct packet_place came_at, done_at;
};

/* Octets that are next in the sequence. */
static enum tcp_push_status in_order(const struct tcp_step *s, struct tcp_direction *d,
                                     struct slice octets, const struct arrival *by)
{
	struct tcp_common *t = s->t;
	struct tcp_sink sink = { t->message,  t->context,  s->view,
		                 by->time_ns, by->came_at, by->done_at };
	size_t held = d->framer.capacity;
	uint64_t messages = d->framer.messages;

	d->next_seq += (uint32_t)octets.n;
	enum tcp_push_status status = tcp_framer_push(&d->framer, octets, &sink);
	t->held += d->framer.capacity - held;
	t->counts.messages += d->framer.messages - messages;
	return status == TCP_PUSH_FOREIGN ? become_foreign(t, d) : status;
}

static struct tcp_piece *take_piece(struct tcp_common *t, struct tcp_direction *d)
{
	size_t held = d->pending.held;
	struct tcp_piece *piece = tcp_pending_take(&d->pending);

	t->held -= held - d->pending.held;
	return piece;
}

/* All pieces up to the next hole. `own_time`: at the time each was captured, not now. */
static enum tcp_push_status drain(const struct tcp_step *s, struct tcp_direction *d, bool own_time)
{
	enum tcp_push_status status = TCP_PUSH_OK;

	while (status == TCP_PUSH_OK && d->pending.first && d->pending.first->seq == d->next_seq) {
		struct tcp_piece *piece = take_piece(s->t, d);
		struct slice octets = { piece->bytes, piece->n };
		struct arrival by = { piece->time_ns, piece->at, piece->at };
		if (!own_time) {
			by.time_ns = s->now_ns;
			by.done_at = s->at;
		}
		status = in_order(s, d, octets, &by);
		mem_free(piece);
	}
	return status;
}

/* The hole in front of the first piece stays one. */
static enum tcp_push_status give_up_hole(const struct tcp_step *s, struct tcp_direction *d)
{
	s->t->held -= d->framer.capacity;
	tcp_framer_gap(&d->framer);
	s->t->counts.gaps++;
	d->next_seq = d->pending.first->seq;
	return drain(s, d, true);
}

static enum tcp_push_status give_up_all(const struct tcp_step *s, struct tcp_direction *d)
{
	enum tcp_push_status status = TCP_PUSH_OK;

	while (status == TCP_PUSH_OK && d->pending.first)
		status = give_up_hole(s, d);
	return status;
}

static int64_t after(int64_t time_ns, int64_t seconds)
{
	int64_t sum;

	return __builtin_add_overflow(time_ns, seconds * NS_PER_S, &sum) ? INT64_MAX : sum;
}

static bool hole_older(const struct tcp_step *s, const struct tcp_direction *d, int64_t seconds)
{
	return d->pending.first && after(d->pending.first->time_ns, seconds) <= s->now_ns;
}

enum tcp_push_status tcp_direction_give_up(const struct tcp_step *s, struct tcp_direction *d,
                                           int64_t seconds)
{
	enum tcp_push_status status = TCP_PUSH_OK;

	while (status == TCP_PUSH_OK && hole_older(s, d, seconds))
		status = give_up_hole(s, d);
	return status;
}

/* The other side has octets that we do not: they were lost on the way to the capture, and no one will send them again. */
static bool hole_acked(const struct tcp_direction *d, uint32_t ack)
{
	int32_t beyond = d->pending.first ? seq_ahead(ack, d->pending.first->seq) : -1;

	return beyond >= 0 && beyond <= TCP_STREAM_WINDOW;
}

enum tcp_push_status tcp_direction_acked(const struct tcp_step *s, struct tcp_direction *d,
                                         uint32_t ack)
{
	enum tcp_push_status status = TCP_PUSH_OK;

	while (status == TCP_PUSH_OK && hole_acked(d, ack) &&
	       hole_older(s, d, TCP_STREAM_ACKED_GAP_S)) {
		s->t->counts.acked_gaps++;
		status = give_up_hole(s, d);
	}
	return status;
}

bool tcp_direction_watch(struct tcp_common *t, struct tcp_direction *d)
{
	if (!d->pending.first) {
		timers_cancel(&t->holes, &d->hole);
		return true;
	}
	int64_t due = after(d->pending.first->time_ns, TCP_STREAM_GAP_S);
	return (d->hole.place && d->hole.due_ns == due) || timers_arm(&t->holes, &d->hole, due);
}

static enum tcp_push_status give_up_beyond_bounds(const struct tcp_step *s, struct tcp_direction *d)
{
	enum tcp_push_status status = TCP_PUSH_OK;

	while (status == TCP_PUSH_OK &&
	       (d->pending.held > TCP_STREAM_MAX_PENDING || d->pending.count > PENDING_MAX_PIECES))
		status = give_up_hole(s, d);
	return status;
}

/* From here on it is another stream: seen from its start, or from wherever the capture caught it. */
static void direction_restart(struct tcp_common *t, struct tcp_direction *d, uint32_t first_seq,
                              bool aligned)
{
	tcp_direction_empty(t, d, aligned);
	d->state = DIRECTION_OPEN;
	d->first_seq = d->next_seq = first_seq;
	d->fin = false;
}

static enum tcp_push_status out_of_order(const struct tcp_step *s, struct tcp_direction *d,
                                         uint32_t seq, struct slice octets)
{
	size_t held = d->pending.held;
	bool kept = tcp_pending_add(&d->pending, seq, octets, s->now_ns, s->at);

	s->t->held += d->pending.held - held;
	/* What fills the hole in front drains at once. */
	enum tcp_push_status status = drain(s, d, false);
	if (status == TCP_PUSH_OK)
		status = give_up_beyond_bounds(s, d);
	return kept ? status : TCP_PUSH_NO_MEMORY;
}

/* Data of an open direction, from `seq` on, close to what is expected next. */
static enum tcp_push_status segment_data(const struct tcp_step *s, struct tcp_direction *d,
                                         uint32_t seq, struct slice octets)
{
	int32_t ahead = seq_ahead(seq, d->next_seq);
	const struct tcp_piece *first = d->pending.first;

	if (ahead < 0) {
		size_t known = (size_t)-ahead;
		/* RFC 9293 3.8.4: one octet just behind is a keep-alive and means nothing. */
		s->t->counts.retransmitted += octets.n > 1 || known > 1;
		if (known >= octets.n)
			return TCP_PUSH_OK;
		octets = slice_from(octets, known);
		seq = d->next_seq;
	}
	s->t->counts.out_of_order += ahead > 0;
	/* Pieces that this reaches came first and win. */
	bool overlaps = first && seq_ahead(seq + (uint32_t)octets.n, first->seq) > 0;
	if (ahead > 0 || overlaps)
		return out_of_order(s, d, seq, octets);
	struct arrival by = { s->now_ns, s->at, s->at };
	enum tcp_push_status status = in_order(s, d, octets, &by);
	return status == TCP_PUSH_OK ? drain(s, d, false) : status;
}

static bool far_off(const struct tcp_direction *d, uint32_t seq)
{
	int32_t ahead = seq_ahead(seq, d->next_seq);

	return ahead > TCP_STREAM_WINDOW || ahead < -TCP_STREAM_WINDOW;
}

/* RFC 9293 3.5: a SYN's number comes before the first octet's. A copy of the one that began this stream changes nothing. */
static enum tcp_push_status segment_syn(const struct tcp_step *s, struct tcp_direction *d)
{
	uint32_t first_seq = s->view->tcp.seq + 1;

	if ((d->state == DIRECTION_OPEN || d->state == DIRECTION_ENDED) &&
	    d->first_seq == first_seq)
		return TCP_PUSH_OK;
	enum tcp_push_status status = give_up_all(s, d);
	if (status == TCP_PUSH_FOREIGN)
		status = TCP_PUSH_OK;
	direction_restart(s->t, d, first_seq, true);
	return status;
}

/* A stream that is new without a SYN, or jumps, or goes on behind its end, is caught in its middle. */
static enum tcp_push_status catch_in_the_middle(const struct tcp_step *s, struct tcp_direction *d,
                                                uint32_t seq)
{
	bool fresh = d->state == DIRECTION_NEW;
	bool behind_end = d->state == DIRECTION_ENDED &&
	                  seq_ahead(seq + (uint32_t)s->view->payload.n, d->next_seq) > 0;
	enum tcp_push_status status = TCP_PUSH_OK;

	if (!fresh && !behind_end && !far_off(d, seq))
		return TCP_PUSH_OK;
	status = give_up_all(s, d);
	direction_restart(s->t, d, seq, false);
	return status == TCP_PUSH_FOREIGN ? TCP_PUSH_OK : status;
}

static void direction_end(struct tcp_common *t, struct tcp_direction *d)
{
	tcp_direction_empty(t, d, false);
	d->state = DIRECTION_ENDED;
}

static enum tcp_push_status segment_end(const struct tcp_step *s, struct tcp_direction *d,
                                        uint32_t end)
{
	const struct tcp_header *tcp = &s->view->tcp;

	if (tcp->fin && !d->fin && !far_off(d, end)) {
		d->fin = true;
		d->fin_seq = end;
	}
	if (tcp->rst && !far_off(d, end)) {
		enum tcp_push_status status = give_up_all(s, d);
		if (status != TCP_PUSH_OK)
			return status;
		direction_end(s->t, d);
	} else if (d->fin && seq_ahead(d->next_seq, d->fin_seq) >= 0) {
		direction_end(s->t, d);
	}
	return TCP_PUSH_OK;
}

enum tcp_push_status tcp_direction_push(const struct tcp_step *s, struct tcp_direction *d)
{
	const struct packet_view *view = s->view;
	uint32_t seq = view->tcp.seq + view->tcp.syn;
	enum tcp_push_status status = TCP_PUSH_OK;

	if (view->tcp.syn)
		status = segment_syn(s, d);
	if (status == TCP_PUSH_OK && d->state == DIRECTION_FOREIGN)
		return view->payload.n ? TCP_PUSH_FOREIGN : TCP_PUSH_OK;
	if (status == TCP_PUSH_OK && view->payload.n && !view->tcp.syn)
		status = catch_in_the_middle(s, d, seq);
	if (status == TCP_PUSH_OK && view->payload.n && d->state == DIRECTION_OPEN)
		status = segment_data(s, d, seq, view->payload);
	else if (view->payload.n && d->state == DIRECTION_ENDED)
		s->t->counts.retransmitted++;
	if (status == TCP_PUSH_OK && d->state == DIRECTION_OPEN)
		status = segment_end(s, d, seq + (uint32_t)view->payload.n);
	return status;
}

bool tcp_direction_check(const struct tcp_direction *d)
{
	if (d->state != DIRECTION_OPEN && tcp_direction_held(d))
		return false;
	if (d->pending.first && seq_ahead(d->pending.first->seq, d->next_seq) < 0)
		return false;
	return d->pending.held <= TCP_STREAM_MAX_PENDING &&
	       d->pending.count <= PENDING_MAX_PIECES && tcp_pending_check(&d->pending) &&
	       tcp_framer_check(&d->framer);
}
