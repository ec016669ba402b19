/* The packets of one call, or of several, out of the captures that the records were made from: SIP messages with all their fragments and TCP
 * segments, its RTP streams, their RTCP in both directions. In time order across files, as captured otherwise.
 *
 * The captures are read twice: first to learn what carries the messages (datagrams in fragments, places in TCP streams) and that
 * the files are still those of the records, then to write. Nothing is written unless the first reading went well. */
#ifndef ANALYZER_EXPORT_EXPORT_H
#define ANALYZER_EXPORT_EXPORT_H

#include "analyzer/capture/recorded.h"
#include "base/net.h"

struct export_message {
	uint32_t file; /* index of export_job.files */
	uint64_t first_frame, frame; /* of the packets that carry it, in this file */
	int64_t time_us;
	struct endpoint src, dst;
	bool tcp;
	int64_t bytes;
	bool masked; /* its body may name digits */
};

struct export_stream {
	struct endpoint src, dst;
	uint32_t ssrc;
	int64_t first_us, last_us;
};

/* Borrows all it points to. */
struct export_job {
	const struct recorded_capture *files;
	size_t file_count;
	const struct export_message *messages;
	size_t message_count;
	const struct export_stream *streams;
	size_t stream_count;
	const char *
	        output; /* "-" is stdout; a file is overwritten, and removed when writing it fails. It must be none of the captures */
	/* Digits are taken out (mask.h): bodies of masked messages, events of these payload types (a bit each), tones in these streams in these
	 * times. */
	bool mask;
	bool mask_credentials; /* what a password could be worked out from (secrets.h) is taken out */
	uint64_t event_types[2];
	const struct export_stream *tones;
	size_t tone_count;
	bool pcapng; /* also chosen when the packets are of several link types */
	bool progress; /* a bar on stderr while reading */
};

struct export_result {
	uint64_t packets;
	enum capture_file_format format;
};

/* RTCP this much before a stream's first and behind its last packet is still its own, if it names its SSRC. */
#define EXPORT_RTCP_MARGIN_S 10
/* Copies of its last packets follow for so long. */
#define EXPORT_COPIES_MARGIN_S 1
/* Segments and fragments older than this belong to something else. */
#define EXPORT_PARTS_MARGIN_S 60

/* False: err says which capture is gone, has changed, or cannot be read or written. */
bool export_run(const struct export_job *job, struct export_result *result, struct err *err);

/* The same packets to a function, which returns false when the environment failed and err is set; job->output is only looked at. */
typedef bool export_take(void *context, const struct packet *packet);
bool export_each(const struct export_job *job, export_take *take, void *context, struct err *err);

#endif
