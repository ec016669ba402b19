/* Which even ports of a range are taken by calls of ours. They go round, so that a port rests as long as can be before another call has it:
 * late packets of one call should not reach the next. The odd port above each is its RTCP's (RFC 3550 section 11). */
#ifndef SIM_MEDIA_PORT_POOL_H
#define SIM_MEDIA_PORT_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct port_pool {
	uint16_t first; /* even */
	uint32_t count, used; /* pairs */
	uint32_t next;
	uint64_t *taken; /* a bit each */
};

/* Even ports with their odd neighbours inside of min..max; `part` of `parts` workers begins its rounds at its part. False: no memory. */
bool port_pool_init(struct port_pool *p, uint16_t min, uint16_t max, unsigned part, unsigned parts);
void port_pool_release(struct port_pool *p);

/* The next free one; 0: none. Where somebody else has it: ask for another before this one is given back. */
uint16_t port_pool_take(struct port_pool *p);
void port_pool_give(struct port_pool *p, uint16_t port);

#endif
