/* Captures as lists of packets in memory, and what the analyzer makes of such a list as text: for property tests. */
#ifndef TESTS_HELPERS_PACKETS_H
#define TESTS_HELPERS_PACKETS_H

#include "analyzer/pipeline.h"
#include "base/text.h"

struct packet_list {
	struct packet *packets; /* data owned by the list */
	size_t count;
};

/* Every capture file of fixtures/, in name order, or those whose path contains `part`; *count of them. Free with packets_free_paths. */
char **packets_fixture_paths(const char *part, size_t *count);
void packets_free_paths(char **paths, size_t count);

/* Reads a capture whole; false if it cannot be opened. */
bool packets_read(const char *path, struct packet_list *list);
void packets_release(struct packet_list *list);

/* Analyzes packets [from, to) with all times shifted, and dumps the records (dialogs and streams stages). False and err when the
 * environment failed. */
bool packets_analyze(const struct packet_list *list, size_t from, size_t to, int64_t shift_ns,
                     struct text *out, struct err *err);

/* The same through analyze_run() over files. */
bool packets_analyze_files(const char *const *paths, size_t count, enum capture_reader reader,
                           struct text *out, struct err *err);

#endif
