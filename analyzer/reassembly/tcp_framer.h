/* The octets of one TCP direction, in order, cut into SIP messages (dissectors/sip_frame.h). Whole messages are given straight
 * from the segment; only an unfinished one is kept. Behind a hole, or where a capture begins in mid-stream, it looks for the next
 * line that starts a message. */
#ifndef ANALYZER_REASSEMBLY_TCP_FRAMER_H
#define ANALYZER_REASSEMBLY_TCP_FRAMER_H

#include "analyzer/reassembly/tcp_stream.h"

/* What is known of the unfinished message: tells when looking again is worth it, or one octet a segment would cost the square of
 * the message's length. */
enum tcp_framer_phase {
	FRAMER_START_LINE, /* waits for the end of a line */
	FRAMER_HEADERS, /* waits for the empty line */
	FRAMER_BODY, /* waits for retry_at octets */
};

struct tcp_framer {
	uint8_t *bytes; /* the unfinished message */
	size_t n, capacity;
	struct packet_place begun_at; /* the first packet that has octets of it */
	size_t retry_at; /* with so many octets look again in any phase */
	size_t junk; /* octets skipped since the last message */
	uint64_t messages;
	enum tcp_framer_phase phase;
	bool aligned; /* the stream was seen from its first octet */
	bool after_gap;
};

/* Who gets the messages, and what they are told. */
struct tcp_sink {
	tcp_message_fn *message;
	void *context;
	const struct packet_view *view;
	int64_t time_ns;
	struct packet_place came_at,
	        done_at; /* the octets' packet; the one that put them in order */
};

/* Empties it, for a stream whose first octet comes next (`aligned`) or one already under way. */
void tcp_framer_reset(struct tcp_framer *f, bool aligned);

/* Octets were lost: what was begun can never be finished. */
void tcp_framer_gap(struct tcp_framer *f);

/* TCP_PUSH_FOREIGN: this is no SIP stream. TCP_PUSH_NO_MEMORY: what could not be kept counts as a gap. */
enum tcp_push_status tcp_framer_push(struct tcp_framer *f, struct slice octets,
                                     const struct tcp_sink *sink);

bool tcp_framer_check(const struct tcp_framer *f);

#endif
