/* Text in the headers of SIP messages, which the records do not keep: the captures are read again, with the same reassembly as when they were
 * analyzed, but without calls and streams. */
#ifndef ANALYZER_SEARCH_HEADER_TEXT_H
#define ANALYZER_SEARCH_HEADER_TEXT_H

#include "analyzer/capture/recorded.h"

/* A message as its row in `messages` is known: its file (index of those given), frame and Call-ID, absent if it has none. */
struct header_hit {
	uint32_t file;
	uint64_t frame;
	struct slice call_id; /* borrows until the callback returns */
};

/* False stops the search; err, given through the context, is set then. */
typedef bool header_hit_fn(void *context, const struct header_hit *hit);

/* `text` is looked for in the start line and the header lines as they stand, without regard to ASCII case. False: err says what went
 * wrong. */
bool header_text_search(const struct recorded_capture *files, size_t count, const char *text,
                        header_hit_fn *hit, void *context, struct err *err);

#endif
