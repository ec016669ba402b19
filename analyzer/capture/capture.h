/* Packets out of capture files: one file, several, a directory, or stdin; plain, gzip or zstd (by content, not by name); pcap and pcapng. Several files are merged in time order. Files by the same open are one capture set.
 *
 *   input.c   octets of a file, decompressed by input_gzip.c (zlib) or input_zstd.c (libzstd)
 *   pcap_format.c, pcapng_format.c   our block readers (reader.c: what they share)
 *   source.c   one file of a set: format, packets through the filter, account; looks_like.c names what is no capture
 *   pcap.c    the only file that sees libpcap: filter, --reader=libpcap
 *   writer.c   pcap and pcapng out
 *   file_list.c, merge.c   paths and directories to files; many files in time order
 *   progress.c   the bar on stderr
 *
 * A damaged or truncated file is traffic, not an error: everything readable before is given, then the file ends with
 * info.damaged_bytes > 0 and info.damage saying what and at which offset. A compressed file ends like that too: every
 * octet that its decompressor can give before the damage is used (of zstd: every whole block, up to 128 KiB each). */
#ifndef ANALYZER_CAPTURE_CAPTURE_H
#define ANALYZER_CAPTURE_CAPTURE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"

struct packet {
	int64_t time_ns; /* since the epoch; a pcapng Simple Packet has none and takes that of the packet before it */
	struct slice data; /* captured octets; borrows until the next capture_next() */
	uint32_t original_length; /* on the wire */
	uint32_t link_type; /* LINKTYPE_ */
	uint32_t file; /* index of the input file in this set */
	uint32_t interface; /* pcapng interface number over all sections of the file, 0 for pcap */
	uint64_t
	        frame; /* 1, 2, ... within its file, counted before any filter, as other tools number frames */
	int64_t offset; /* of the packet's record in the (decompressed) file; -1 from --reader=libpcap */
};

struct capture_info {
	const char *path; /* as given or found; "-" for stdin */
	const char *
	        format; /* "pcap", "pcap-ns", "pcapng", with " (gzip)" or the like behind when compressed; "unknown (gzip)" when
			     * not even the first octets could be decompressed */
	int64_t bytes; /* octets of the file as stored; of what was read for stdin */
	uint64_t packets; /* given out so far (after the filter) */
	int64_t first_ns, last_ns; /* least and greatest packet time, TIME_NONE before the first */
	int64_t damaged_bytes; /* octets from the damage to the end of the file; 0 if sound */
	char damage[160]; /* "record length 4194304 at offset 5340 is beyond ..." */
	uint64_t truncated_packets; /* captured shorter than on the wire */
	/* Blocks of a kind or interface that cannot be read, and packets of a link type on which the filter means nothing; packets that
	 * the filter drops are not included. */
	uint64_t skipped_packets;
	/* Packets that the capturing machine lost, as the file itself says (pcapng interface statistics). */
	uint64_t dropped_packets;
};

#define CAPTURE_DROPS_UNKNOWN UINT64_MAX

enum capture_reader { CAPTURE_READER_NATIVE, CAPTURE_READER_LIBPCAP };

struct capture_options {
	enum capture_reader reader;
	const char *filter; /* BPF expression, NULL for none */
};

struct capture;

/* Opens every path (a directory stands for the capture files in it, not recursive, in name order; files there that are no capture
 * are passed over with a note on stderr). Keeps at most a handful of descriptors open: files are opened when the merge reaches
 * them. NULL and err: a named file that cannot be read or is no capture (the message says what it looks like), a bad filter. */
struct capture *capture_open(const char *const *paths, size_t count,
                             const struct capture_options *options, struct err *err);

enum capture_status { CAPTURE_PACKET, CAPTURE_END, CAPTURE_FAILED };

/* The next packet in time order; packets of one file keep their order, equal times go by file index. CAPTURE_FAILED only for the
 * environment (read error, memory). */
enum capture_status capture_next(struct capture *c, struct packet *out, struct err *err);

size_t capture_file_count(const struct capture *c);
const struct capture_info *capture_file(const struct capture *c, size_t index);

/* Octets read so far and in all (0 if unknown, as for stdin): for the progress bar. */
void capture_progress(const struct capture *c, int64_t *done, int64_t *total);

void capture_close(struct capture *c);

/* Writing, readable by every packet tool. Captured octets beyond 262144 are cut off; times outside 1970 to 2106 become the nearest
 * that a pcap file can say. pcapng takes packets of any link types, pcap only those of `link_type`. */
enum capture_file_format { CAPTURE_FILE_PCAP_US, CAPTURE_FILE_PCAP_NS, CAPTURE_FILE_PCAPNG };
struct capture_writer;
/* "-" is stdout. An existing file is overwritten. */
struct capture_writer *capture_writer_open(const char *path, enum capture_file_format format,
                                           uint32_t link_type, struct err *err);
bool capture_writer_put(struct capture_writer *w, const struct packet *p, struct err *err);
bool capture_writer_close(struct capture_writer *w,
                          struct err *err); /* flushes; frees w in any case */

/* A bar on stderr when it is a terminal, nothing otherwise; redraws at most ten times a second. */
struct progress {
	bool enabled;
	bool drawn; /* there is something to clear */
	int64_t start_us, last_draw_us;
	unsigned calls;
};
void progress_init(struct progress *p, bool wanted);
void progress_update(struct progress *p, const struct capture *c, uint64_t packets);
void progress_done(struct progress *p);

#endif
