/* TCP byte streams for SIP, RFC 9293: per direction, in order, each octet once, whatever is out of order or retransmitted. Streams
 * without handshake (capture started late, or an agent wrote only data) begin at the first octet seen. Bounded: directions, octets
 * held out of order per direction and in all; past a bound the gap is skipped and said so (`gap`).
 *
 * Only streams that may be SIP cost memory: after the first TCP_STREAM_SNIFF octets in order that do not look like SIP
 * (sip_frame() says PARSE_NOT_MINE, for instance TLS or HTTP) a direction is marked foreign and its data is dropped unseen. */
#ifndef ANALYZER_REASSEMBLY_TCP_STREAM_H
#define ANALYZER_REASSEMBLY_TCP_STREAM_H

#include "analyzer/reassembly/packet_place.h"
#include "dissectors/packet.h"

#define TCP_STREAM_MAX_DIRECTIONS 65536
#define TCP_STREAM_MAX_PENDING    (256u << 10) /* out-of-order octets per direction */
#define TCP_STREAM_MAX_BUFFER     (512u << 10) /* in-order octets waiting for the rest of a message */
#define TCP_STREAM_MAX_TOTAL      (64u << 20)
#define TCP_STREAM_IDLE_S         600 /* capture time */
#define TCP_STREAM_GAP_S          5 /* a hole older than this is given up */
#define TCP_STREAM_ACKED_GAP_S                                                                     \
	1 /* so is one of this age, if the other side acknowledged it: the capture lost it */
#define TCP_STREAM_SNIFF (64u << 10)
#define TCP_STREAM_WINDOW                                                                          \
	(1 << 20) /* a sequence number further off belongs to another connection */

struct tcp_streams;

struct tcp_message {
	struct slice bytes; /* one framed SIP message; borrows until the callback returns */
	bool after_gap; /* octets were lost in front of it */
	int64_t time_ns; /* when its last octet came in order; behind a hole given up: when it was captured */
	struct packet_place first; /* of the packets that have octets of it */
	struct packet_place last; /* the one that made it whole */
	size_t stray_octets; /* in front of it, behind another one, that are no message */
};

/* Called for each whole SIP message, in stream order, at the moment its last octet arrives in order. False stops the push (the
 * environment failed). `view` is the segment's; where a hole was given up without one, it has addresses and ports only. Do not
 * push from within. */
typedef bool tcp_message_fn(void *context, const struct packet_view *view,
                            const struct tcp_message *message);

struct tcp_streams *tcp_streams_new(tcp_message_fn *message,
                                    void *context); /* NULL: out of memory */
void tcp_streams_free(struct tcp_streams *t);

enum tcp_push_status { TCP_PUSH_OK, TCP_PUSH_FOREIGN, TCP_PUSH_NO_MEMORY, TCP_PUSH_STOPPED };

/* view->transport is TRANSPORT_TCP. FIN, RST and a new SYN end the direction's old stream. */
enum tcp_push_status tcp_streams_push(struct tcp_streams *t, int64_t time_ns,
                                      struct packet_place at, const struct packet_view *view);

/* At the capture's end: gives up all holes and delivers what was waiting behind them. */
enum tcp_push_status tcp_streams_finish(struct tcp_streams *t);

struct tcp_counts {
	uint64_t segments, retransmitted, out_of_order, gaps, messages;
	uint64_t
	        acked_gaps; /* of the gaps: what the other side has acknowledged, so that only the capture lacks it */
	uint64_t foreign; /* directions found to be no SIP */
	uint64_t evicted; /* directions that had to go for a bound, not for idleness */
	size_t directions; /* now */
};
struct tcp_counts tcp_streams_counts(const struct tcp_streams *t);

/* Invariants: bounds hold, list, table and sums agree, what is pending is sorted and lies ahead. */
bool tcp_streams_check(const struct tcp_streams *t);

#endif
