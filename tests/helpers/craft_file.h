/* Capture files written without libpcap, so that a fault shared with the reader under test cannot hide: classic pcap (microseconds,
 * nanoseconds, either byte order) and pcapng (several sections, several interfaces, nanoseconds). */
#ifndef TESTS_HELPERS_CRAFT_FILE_H
#define TESTS_HELPERS_CRAFT_FILE_H

#include "base/err.h"
#include "base/slice.h"

#include <stdio.h>

enum craft_format { CRAFT_PCAP_US, CRAFT_PCAP_NS, CRAFT_PCAPNG };

struct craft_file {
	FILE *f;
	char *buffer; /* stdio's */
	enum craft_format format;
	bool big_endian;
	uint32_t snaplen;
	unsigned interfaces; /* of this section */
	uint64_t packets, bytes; /* written so far */
};

/* snaplen 0: 262144. For pcapng, the section header and interface 0 with this link type are written. */
bool craft_file_open(struct craft_file *file, const char *path, enum craft_format format,
                     bool big_endian, uint32_t link_type, uint32_t snaplen, struct err *err);

/* pcapng only: one more interface in this section; its number. */
unsigned craft_file_interface(struct craft_file *file, uint32_t link_type);

/* pcapng only: a new section, where interfaces are numbered from 0 again. */
void craft_file_section(struct craft_file *file);

/* Cut at snaplen; `interface` is ignored by classic pcap. */
void craft_file_packet(struct craft_file *file, unsigned interface, int64_t time_ns,
                       struct slice frame);

/* pcapng only: interface 0 of this section lost so many packets, says an interface statistics block. */
void craft_file_dropped(struct craft_file *file, uint64_t packets);

/* Flushes and closes; false and err if any write failed. */
bool craft_file_close(struct craft_file *file, struct err *err);

#endif
