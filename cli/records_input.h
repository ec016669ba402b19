/* A database, or a capture in place of one: that is analyzed into memory first. For commands that only read records. */
#ifndef CLI_RECORDS_INPUT_H
#define CLI_RECORDS_INPUT_H

#include "cli/analyzer_options.h"
#include "reports/records/query.h"

struct records_input {
	struct records *records;
	struct store *store; /* of a capture; NULL: `records` is a database */
};

/* `path`: a database, a capture, a directory of captures, or "-" for a capture on standard input. `choice`: how a capture is analyzed (its
 * paths, database, command, version and `damaged` are set here); options that were given are an error where `path` is a database. Progress
 * goes to stderr if `choice->run.progress`. False: err; nothing is to be closed then. */
bool records_input_open(struct records_input *in, const char *path,
                        const struct analyzer_choice *choice, struct err *err);
void records_input_close(struct records_input *in);

#endif
