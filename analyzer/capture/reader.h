/* What the block readers of both formats share: where they read, what they counted, and how a file ends badly. Internal to
 * analyzer/capture. */
#ifndef ANALYZER_CAPTURE_READER_H
#define ANALYZER_CAPTURE_READER_H

#include "analyzer/capture/capture.h"
#include "analyzer/capture/input.h"

/* A packet longer than this in a file is damage: jumbo frames, and what offloading network cards make of them, end at 256 KiB. */
#define READER_PACKET_MAX (1u << 20)

struct reader {
	struct input *input; /* borrows */
	uint64_t frame; /* of the last packet */
	uint64_t skipped; /* packets that cannot be read although the file goes on behind them */
	int64_t damage_offset; /* -1: none */
	char damage[160];
};

void reader_init(struct reader *r, struct input *input);

/* The file ends here as damaged; `format` says why, the offset is added. Gives CAPTURE_END. */
enum capture_status reader_damaged(struct reader *r, int64_t offset, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The end of the octets inside `what`, which begins at `offset` and needs `need` octets. */
enum capture_status reader_cut(struct reader *r, int64_t offset, const char *what, uint64_t need);

/* The end of the octets between two records: sound, unless the decompressor gave up. */
enum capture_status reader_end(struct reader *r);

#endif
