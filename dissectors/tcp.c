#include "dissectors/tcp.h"

enum {
	TCP_HEADER = 20,
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* |          Source Port          |       Destination Port        |
 * |                        Sequence Number                        |
 * |                    Acknowledgment Number                      |
 * | Offset| Rsrvd |     Flags     |            Window             |
 * |           Checksum            |         Urgent Pointer        |
 */
enum parse_status tcp_enter(struct layer *at, struct packet_view *view)
{
	const uint8_t *p = at->bytes.p;

	if (at->bytes.n < TCP_HEADER)
		return PARSE_BAD;
	size_t header = 4u * (p[12] >> 4);
	if (header < TCP_HEADER || header > at->bytes.n)
		return PARSE_BAD;
	uint8_t flags = p[13];
	view->sport = load_be16(p);
	view->dport = load_be16(p + 2);
	view->tcp = (struct tcp_header){
		.seq = load_be32(p + 4),
		.ack = load_be32(p + 8),
		.syn = flags & TCP_SYN,
		.fin = flags & TCP_FIN,
		.rst = flags & TCP_RST,
		.ack_set = flags & TCP_ACK,
	};
	view->transport = TRANSPORT_TCP;
	view->payload = slice_from(at->bytes, header);
	at->kind = LAYER_END;
	return PARSE_OK;
}
