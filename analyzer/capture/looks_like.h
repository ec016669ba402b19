/* What a file that is no pcap or pcapng seems to be, for an error that helps. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_LOOKS_LIKE_H
#define ANALYZER_CAPTURE_LOOKS_LIKE_H

#include "base/slice.h"

struct likeness {
	const char *what; /* "a text file"; NULL: nothing known */
	const char *advice; /* "convert it with ..."; NULL: none */
};

/* From the first octets of the (decompressed) file; the more the better. */
struct likeness looks_like(struct slice head);

#endif
