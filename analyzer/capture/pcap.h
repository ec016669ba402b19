/* What libpcap does for us: packet filters, a second reader (--reader=libpcap, also the oracle of our own readers in tests), and
 * (behind capture.h) writing. pcap.c is the only file that sees it. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_PCAP_H
#define ANALYZER_CAPTURE_PCAP_H

#include "analyzer/capture/reader.h"

/* --- filter: one BPF expression, compiled for each link type when its first packet comes ------------------------- */

#define CAPTURE_FILTER_LINK_TYPES                                                                  \
	32 /* programs kept; with more link types than that in a set, the oldest is compiled anew */

struct capture_filter;

enum filter_verdict {
	FILTER_PASS,
	FILTER_DROP,
	FILTER_UNFIT, /* the expression means nothing on this link type */
};

/* NULL and err (ERR_USAGE, in libpcap's words) if the expression means nothing on any common link type. */
struct capture_filter *capture_filter_new(const char *expression, struct err *err);
void capture_filter_free(struct capture_filter *f);
enum filter_verdict capture_filter_match(struct capture_filter *f, const struct packet *p);

/* --- reader ------------------------------------------------------------------------------------------------------ */

struct libpcap_reader {
	struct reader reader;
	struct libpcap_stream *stream;
	uint32_t link_type;
	bool seconds_wrap; /* see file_seconds() */
};

/* Reads what the input holds; nothing may have been taken from it. False and err where libpcap refuses the file. */
bool libpcap_reader_open(struct libpcap_reader *r, struct input *in, struct err *err);
void libpcap_reader_release(struct libpcap_reader *r);

/* libpcap tells no offsets (out->offset is -1) and no interfaces (0); an error of the file ends it as damaged. */
enum capture_status libpcap_reader_next(struct libpcap_reader *r, struct packet *out,
                                        struct err *err);

#endif
