/* The SIP messages of captures that records were made of, read again: with the same reassembly as when they were analyzed, but without calls
 * and streams. */
#ifndef ANALYZER_SEARCH_SIP_MESSAGES_H
#define ANALYZER_SEARCH_SIP_MESSAGES_H

#include "analyzer/capture/recorded.h"

/* A message as its row in `messages` is known. Perhaps none yet: a datagram, or a part of a stream, that begins like one. */
struct sip_found {
	uint32_t file; /* index of those given */
	uint64_t frame; /* of its last octet */
	struct slice bytes; /* borrows until the callback returns */
};

/* False stops the reading; err, given through the context, is set then. */
typedef bool sip_found_fn(void *context, const struct sip_found *found);

/* In order of time. `progress`: a bar on stderr. False: err says what went wrong, also that a capture is not what it was. */
bool sip_messages_read(const struct recorded_capture *files, size_t count, bool progress,
                       sip_found_fn *take, void *context, struct err *err);

#endif
