/* The pcapng capture file (draft-ietf-opsawg-pcapng): blocks of one frame,
 *
 *   type(4) total length(4) body... total length(4)
 *
 * in sections, each begun by a Section Header that fixes the byte order and forgets the interfaces before it. Read are Section
 * Header, Interface Description (link type, snap length, if_tsresol, if_tsoffset) and the three packet blocks (Enhanced, Simple and
 * the obsolete Packet Block), and of Interface Statistics what was lost; every other block is stepped over. A packet block that frames well but is not to be understood (no such
 * interface, a captured length beyond the block) is counted as skipped, as is a block of unknown type; where the framing itself is
 * wrong, the file ends as damaged. */
#ifndef ANALYZER_CAPTURE_PCAPNG_FORMAT_H
#define ANALYZER_CAPTURE_PCAPNG_FORMAT_H

#include "analyzer/capture/reader.h"

#define PCAPNG_INTERFACES_MAX 65536 /* in one section; packets of any beyond are skipped */

/* How a timestamp's units become nanoseconds. */
enum pcapng_scale { PCAPNG_MULTIPLY, PCAPNG_DIVIDE, PCAPNG_BINARY };

struct pcapng_interface {
	uint64_t factor; /* ns per unit, or units per ns */
	int64_t offset_s; /* if_tsoffset */
	uint32_t snaplen;
	uint16_t link_type;
	uint8_t shift; /* PCAPNG_BINARY: 2^-shift seconds per unit */
	uint8_t scale;
	bool unusable; /* its description could not be read */
	uint64_t
	        dropped; /* as its newest statistics say: they count from the start of the capture */
};

struct pcapng_format {
	struct reader reader;
	bool big_endian;
	struct pcapng_interface *interfaces; /* of this section */
	uint32_t interface_count, interface_capacity;
	uint32_t interface_base; /* those of the sections before */
	uint64_t dropped; /* by the interfaces of the sections before */
	bool has_statistics;
	int64_t last_ns; /* what a Simple Packet, which has no time, is given: the time of the packet before it */
};

/* Whether the octets begin with a section header (block type and byte-order magic, as far as they are there). */
bool pcapng_format_recognise(struct slice head);

void pcapng_format_open(struct pcapng_format *f, struct input *in);
void pcapng_format_release(struct pcapng_format *f);

/* Packets that the interfaces, or the system behind them, say they lost; CAPTURE_DROPS_UNKNOWN if none says. */
uint64_t pcapng_format_dropped(const struct pcapng_format *f);

/* out->file is left alone. */
enum capture_status pcapng_format_next(struct pcapng_format *f, struct packet *out,
                                       struct err *err);

/* Nanoseconds since the epoch of a timestamp on that interface; saturates. */
int64_t pcapng_time(const struct pcapng_interface *i, uint64_t units);
/* Sets the scale from the octet of if_tsresol: 10^-v seconds, or 2^-v with the top bit set. */
void pcapng_resolution(struct pcapng_interface *i, uint8_t tsresol);

#endif
