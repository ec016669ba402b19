/* Captures to be sent again: classic pcap (micro- and nanoseconds, both byte orders) and pcapng, frame by frame out of memory. What is cut or
 * broken ends the file. */
#ifndef SIM_MEDIA_CAPTURE_FILE_H
#define SIM_MEDIA_CAPTURE_FILE_H

#include "base/slice.h"

#define CAPTURE_MAX_INTERFACES 32 /* of pcapng; frames of further ones are passed over */

struct capture_interface {
	uint32_t link_type;
	uint64_t units; /* of time, in a second */
};

struct capture_file {
	struct slice rest;
	bool swapped, next_generation;
	unsigned interface_count;
	struct capture_interface interfaces[CAPTURE_MAX_INTERFACES];
};

struct capture_frame {
	uint32_t link_type;
	int64_t time_ns;
	struct slice bytes; /* borrows */
};

/* False: it does not begin as a capture. */
bool capture_file_begin(struct capture_file *f, struct slice bytes);
bool capture_file_next(struct capture_file *f, struct capture_frame *out);

#endif
