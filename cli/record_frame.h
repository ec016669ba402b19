/* Packets as they were tapped, as frames that a capture file has: IPv4 or IPv6, UDP, or TCP with the sequence numbers of a connection that is
 * opened before its first octet. Link type RAW. The tap knows no acknowledgements and no ends of connections: there are none. */
#ifndef CLI_RECORD_FRAME_H
#define CLI_RECORD_FRAME_H

#include "base/list.h"
#include "base/table.h"
#include "sim/transport/tap.h"

/* More connections at once: the one idle for longest is forgotten, and opened again should it speak. */
#define RECORD_MOST_CONNECTIONS 65536u
#define RECORD_SEGMENT          1400u
#define RECORD_MOST_DATAGRAM    65507u

struct record_frames {
	struct table connections;
	struct list_node by_use; /* of connections, idle for longest first */
	uint16_t ip_id;
	uint8_t buffer[40 + 20 + RECORD_MOST_DATAGRAM + 8];
};

/* False: what was to be done with the frame failed; or no memory, and err is set. */
typedef bool record_take(void *context, int64_t time_ns, struct slice frame);

void record_frames_init(struct record_frames *f);
void record_frames_release(struct record_frames *f);
/* Calls `take` for each frame: one of UDP, one or more of TCP. A datagram longer than IP can carry is cut. False: take failed, or no memory
 * (*memory is set). */
bool record_frames_packet(struct record_frames *f, const struct tap_packet *packet,
                          record_take *take, void *context, bool *memory);

#endif
