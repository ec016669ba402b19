/* The classic capture file (draft-ietf-opsawg-pcap), all numbers in the byte order of the machine that wrote it:
 *
 *   file header   magic(4) major(2) minor(2) zone(4) accuracy(4) snaplen(4) link type(4)
 *   record        seconds(4) fraction(4) captured(4) original(4) octets...
 *
 * Magic a1b2c3d4: microseconds; a1b23c4d: nanoseconds; a1b2cd34: "modified" (Kuznetzov), whose record header has 8 octets more. */
#ifndef ANALYZER_CAPTURE_PCAP_FORMAT_H
#define ANALYZER_CAPTURE_PCAP_FORMAT_H

#include "analyzer/capture/reader.h"

struct pcap_format {
	struct reader reader;
	bool big_endian;
	bool lengths_swapped; /* versions before 2.3 and 543.0 wrote the original length first */
	bool lengths_doubtful; /* version 2.3 did either */
	bool nanoseconds;
	uint8_t record_header; /* 16, or 24 if modified */
	uint32_t fraction_ns; /* what one of `fraction` is worth */
	uint32_t link_type;
};

/* Whether the octets begin with one of the magics. */
bool pcap_format_recognise(struct slice head);

/* Reads the file header; a file that ends inside it has damage and no packets. False and err for another version, or the
 * environment. */
bool pcap_format_open(struct pcap_format *f, struct input *in, struct err *err);

/* out->file is left alone. */
enum capture_status pcap_format_next(struct pcap_format *f, struct packet *out, struct err *err);

#endif
