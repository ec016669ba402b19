/* IPv4 and IPv6 reassembly, RFC 791 and RFC 8200 section 4.5. Hostile input: overlaps keep what came first (RFC 5722 would drop;
 * a duplicated fragment is harmless), the table and the octets it holds are bounded, the oldest goes first. */
#ifndef ANALYZER_REASSEMBLY_IP_DEFRAG_H
#define ANALYZER_REASSEMBLY_IP_DEFRAG_H

#include "analyzer/reassembly/packet_place.h"
#include "dissectors/packet.h"

struct ip_defrag;

#define IP_DEFRAG_MAX_DATAGRAMS 1024 /* being put together at once */
#define IP_DEFRAG_MAX_BYTES     (16u << 20) /* held at once */
#define IP_DEFRAG_TIMEOUT_S     30 /* capture time */
#define IP_DEFRAG_MAX_FINISHED  4096 /* keys remembered so that late copies are known */

struct ip_defrag *ip_defrag_new(void); /* NULL: out of memory */
void ip_defrag_free(struct ip_defrag *d);

enum ip_defrag_status {
	IP_DEFRAG_WAITING, /* kept; more fragments are needed */
	IP_DEFRAG_DONE, /* view is now a dissected UDP/TCP/... packet; its payload borrows from d until the next call */
	IP_DEFRAG_DROPPED, /* nonsense (beyond 65,535 octets, length 0 with more ...), or a copy after the whole was given */
	IP_DEFRAG_NO_MEMORY,
};

/* view->transport is TRANSPORT_FRAGMENT. A datagram is given once: a fragment duplicated after completion, within the timeout, does
 * not start a new one. */
enum ip_defrag_status ip_defrag_push(struct ip_defrag *d, int64_t time_ns, struct packet_place at,
                                     struct packet_view *view);

/* Of the datagram given last: where the first of its fragments to be captured stands. */
struct packet_place ip_defrag_first(const struct ip_defrag *d);

/* For reports and tests. */
struct ip_defrag_counts {
	uint64_t completed, timed_out, evicted, dropped, duplicates;
	size_t waiting; /* now */
};
struct ip_defrag_counts ip_defrag_counts(const struct ip_defrag *d);

/* Invariants: bounds hold, lists and table agree, each datagram's count is that of its blocks. */
bool ip_defrag_check(const struct ip_defrag *d);

#endif
