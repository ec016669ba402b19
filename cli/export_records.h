/* What the records say of a call's packets: a database and a call in, an export_job out. */
#ifndef CLI_EXPORT_RECORDS_H
#define CLI_EXPORT_RECORDS_H

#include "analyzer/export/export.h"
#include "cli/recorded.h"

/* A call beyond is refused. */
#define EXPORT_MAX_MESSAGES 1000000
#define EXPORT_MAX_STREAMS  100000

struct export_records {
	struct export_job job; /* borrows the arrays */
	struct recorded_files captures; /* all */
	struct recorded_capture *files; /* those needed; borrow their paths */
	struct export_message *messages;
	struct export_stream *streams, *tones;
	int64_t first_us, last_us; /* of all packets of the call */
};

/* `directory`: where captures lie now, NULL for where they lay. Without `media` no streams. False: err says what is missing. Release in any
 * case. */
bool export_records_load(struct export_records *e, struct records *r, int64_t call_id,
                         const char *directory, bool media, struct err *err);
/* The same of several calls at once; the bounds are of all together. */
bool export_records_load_calls(struct export_records *e, struct records *r, const int64_t *call_ids,
                               size_t count, const char *directory, bool media, struct err *err);
/* With these streams alone (copied), and the messages of these calls. */
bool export_records_load_some(struct export_records *e, struct records *r, const int64_t *call_ids,
                              size_t calls, const char *directory,
                              const struct export_stream *streams, size_t count, struct err *err);
/* The same of one call; call_id RECORD_NULL: and no messages. */
bool export_records_load_streams(struct export_records *e, struct records *r, int64_t call_id,
                                 const char *directory, const struct export_stream *streams,
                                 size_t count, struct err *err);
/* Digits that the records know are taken out of the packets. After a load that went well; once for each call. */
bool export_records_mask(struct export_records *e, struct records *r, int64_t call_id,
                         enum masking masking, struct err *err);
void export_records_release(struct export_records *e);

#endif
