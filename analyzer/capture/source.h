/* One file of a capture set: which format it has, its packets through the filter, its account (struct capture_info). It can be
 * closed and opened again, which starts it anew, as long as it is a regular file. Internal to analyzer/capture. */
#ifndef ANALYZER_CAPTURE_SOURCE_H
#define ANALYZER_CAPTURE_SOURCE_H

#include "analyzer/capture/pcap.h"
#include "analyzer/capture/pcap_format.h"
#include "analyzer/capture/pcapng_format.h"

enum source_format { SOURCE_PCAP, SOURCE_PCAPNG, SOURCE_LIBPCAP };

struct source {
	struct capture_info info; /* path borrows */
	uint32_t index; /* packet.file */
	enum capture_reader wanted; /* which reader */
	size_t buffer_bytes;
	bool is_regular;
	bool is_open, is_finished; /* never both */
	bool has_first; /* `first` was read but not yet given */
	struct packet first;
	char format_name[24];
	int64_t stored_done;
	struct input input;
	enum source_format format;
	union {
		struct reader reader; /* what all three begin with */
		struct pcap_format pcap;
		struct pcapng_format pcapng;
		struct libpcap_reader libpcap;
	} as;
};

void source_init(struct source *s, const char *path, uint32_t index, enum capture_reader wanted,
                 size_t buffer_bytes);

/* Opens the file and recognises its format; a source that is open stays so. False and err (naming the path) if it cannot be read
 * or is no capture. */
bool source_open(struct source *s, struct err *err);
/* The same from octets in memory, which are borrowed: for tests. */
bool source_open_memory(struct source *s, struct slice octets, struct err *err);
void source_close(struct source *s);

/* Reads the first packet, before the filter, and keeps it for source_next(): CAPTURE_PACKET with its time in *time_ns. */
enum capture_status source_peek(struct source *s, int64_t *time_ns, struct err *err);

/* The next packet that passes the filter (NULL: all); opens the source if need be. The packet borrows until the next call. */
enum capture_status source_next(struct source *s, struct capture_filter *filter, struct packet *out,
                                struct err *err);

/* Brings s->info up to date with what the format reader and the input count. */
void source_account(struct source *s);

/* Octets of the file, as stored, that were read so far; all of them once it is finished. */
int64_t source_done(const struct source *s);

void source_check(const struct source *s);

#endif
