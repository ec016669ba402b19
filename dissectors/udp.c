#include "dissectors/udp.h"

enum { UDP_HEADER = 8 };

/* |          Source Port          |        Destination Port       |
 * |            Length             |            Checksum           |
 */
enum parse_status udp_enter(struct layer *at, struct packet_view *view)
{
	const uint8_t *p = at->bytes.p;
	size_t there = at->bytes.n;

	if (there < UDP_HEADER)
		return PARSE_BAD;
	size_t length = load_be16(p + 4);
	if (length < UDP_HEADER && length != 0)
		return PARSE_BAD;
	/* Only behind an IP packet that was cut: else a length beyond the end is a lie. */
	view->payload_missing = view->truncated && length > there ? (uint32_t)(length - there) : 0;
	/* Compared with what is there, not with what IP says: a tail of IP that UDP does not count is not missed. */
	view->truncated = length == 0 || length > there;
	view->sport = load_be16(p);
	view->dport = load_be16(p + 2);
	view->transport = TRANSPORT_UDP;
	view->payload = slice_of(p + UDP_HEADER, (view->truncated ? there : length) - UDP_HEADER);
	at->kind = LAYER_END;
	return PARSE_OK;
}
