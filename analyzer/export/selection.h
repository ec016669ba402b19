/* Does a packet belong to the call? Filled during the first reading (selection_learn), asked during the second (selection_wants). */
#ifndef ANALYZER_EXPORT_SELECTION_H
#define ANALYZER_EXPORT_SELECTION_H

#include "analyzer/export/export.h"
#include "analyzer/export/hash_index.h"
#include "dissectors/packet.h"

/* A datagram in fragments. */
struct selected_datagram {
	struct ip_addr src, dst;
	uint32_t id;
	uint8_t protocol;
	int64_t time_ns;
	bool masked; /* of a masked message */
};

/* What the first reading says of a message. `spans`: it began in an earlier file, so its segments are known by their octets only. */
struct selected_segments {
	bool found; /* its last frame was there */
	bool spans;
	uint32_t lo, hi; /* sequence numbers, hi exclusive */
	int64_t until_ns; /* when its last segment came; 0 before that is known */
};

struct selection {
	const struct export_job *job;
	struct hash_index frames; /* of messages, by file and frame */
	struct hash_index connections; /* of TCP messages, by direction */
	struct hash_index streams; /* by addresses, ports and SSRC */
	struct hash_index pairs; /* streams by addresses, whichever way */
	struct hash_index datagrams;
	struct selected_segments *segments; /* one per message */
	struct selected_datagram *datagram; /* datagrams.count of them */
	size_t datagram_capacity;
	/* Of the packets that are the call's for sure. */
	uint32_t link_type;
	bool any, several_link_types;
};

/* False: out of memory, err set. selection_release() in any case. */
bool selection_init(struct selection *s, const struct export_job *job, struct err *err);
void selection_release(struct selection *s);

/* First reading, every packet. False: err says that the capture has changed, or memory is out. */
bool selection_learn(struct selection *s, const struct packet *packet, struct err *err);
/* Between the readings. False: a message's frame was not there. */
bool selection_settle(struct selection *s, struct err *err);
bool selection_wants(const struct selection *s, const struct packet *packet);
/* A message by UDP in one piece? */
bool selection_is_message(const struct selection *s, const struct packet *packet);
/* Is a masked message in it, or a part of one? */
bool selection_is_masked(const struct selection *s, const struct packet *packet,
                         const struct packet_view *view);

#endif
