/* One direction of a TCP connection: where it is in its sequence, what came too early, and what becomes of a hole. Seen by
 * tcp_stream.c only, which keeps the table of them. */
#ifndef ANALYZER_REASSEMBLY_TCP_DIRECTION_H
#define ANALYZER_REASSEMBLY_TCP_DIRECTION_H

#include "analyzer/reassembly/tcp_framer.h"
#include "analyzer/reassembly/tcp_pending.h"
#include "base/timer.h"

struct tcp_key {
	struct ip_addr src, dst;
	uint32_t ports; /* source in the upper half */
	uint32_t zero; /* no padding: the key is hashed as memory */
};

enum tcp_direction_state {
	DIRECTION_NEW, /* no segment yet */
	DIRECTION_OPEN,
	DIRECTION_FOREIGN, /* no SIP: nothing is kept until a SYN */
	DIRECTION_ENDED, /* by FIN or RST: copies of what was there are still known as such */
};

/* Only one that is open holds octets. */
struct tcp_direction {
	struct timer
	        hole; /* first, so that the timer is the direction; armed while there is a hole */
	struct tcp_key key;
	uint64_t hash;
	int64_t last_ns;
	struct tcp_direction *older, *newer; /* by last use */
	uint32_t first_seq, next_seq;
	uint32_t fin_seq; /* where the stream ends, if fin */
	bool fin;
	enum tcp_direction_state state;
	struct tcp_framer framer;
	struct tcp_pending pending;
};

/* What all directions share. */
struct tcp_common {
	struct timers holes;
	size_t held; /* octets of all framers and pending pieces */
	tcp_message_fn *message;
	void *context;
	struct tcp_counts counts;
};

/* The segment that caused a step. */
struct tcp_step {
	struct tcp_common *t;
	int64_t now_ns;
	struct packet_place at; /* nowhere: none did, and all octets were kept before */
	const struct packet_view *view;
};

enum tcp_push_status tcp_direction_push(const struct tcp_step *s, struct tcp_direction *d);

/* Gives up, as long as the status is TCP_PUSH_OK, each hole in front whose next octets were captured so many seconds ago. */
enum tcp_push_status tcp_direction_give_up(const struct tcp_step *s, struct tcp_direction *d,
                                           int64_t seconds);

/* The same for holes that the other side's `ack` shows to be none. */
enum tcp_push_status tcp_direction_acked(const struct tcp_step *s, struct tcp_direction *d,
                                         uint32_t ack);

/* Sets the timer to when the hole in front is too old. False: out of memory. */
bool tcp_direction_watch(struct tcp_common *t, struct tcp_direction *d);

/* Forgets the octets; the place in the sequence stays. `aligned`: the next octet will be a stream's first. */
void tcp_direction_empty(struct tcp_common *t, struct tcp_direction *d, bool aligned);

size_t tcp_direction_held(const struct tcp_direction *d);
bool tcp_direction_check(const struct tcp_direction *d);

#endif
