/* A capture file as the records know it, to be read again. */
#ifndef ANALYZER_CAPTURE_RECORDED_H
#define ANALYZER_CAPTURE_RECORDED_H

#include "analyzer/capture/capture.h"

/* Times and octets are RECORD_NULL where they are not known. Borrows the path: a file, where it lies now. */
struct recorded_capture {
	const char *path;
	int64_t bytes;
	int64_t first_us, last_us;
};

/* Before reading: false, and err says why, if it is gone, no regular file, or not as long as it was. */
bool recorded_capture_check(const struct recorded_capture *r, struct err *err);

/* After reading all of it without a filter: false, and err says so, if its packets are of another time. */
bool recorded_capture_check_times(const struct recorded_capture *r, const struct capture_info *info,
                                  struct err *err);

/* All of them, merged in time order; packet.file is the index. NULL and err. */
struct capture *recorded_captures_open(const struct recorded_capture *files, size_t count,
                                       struct err *err);

#endif
