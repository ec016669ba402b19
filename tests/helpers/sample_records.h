/* A small database with one of everything, for tests of what reads it:
 *   call 1  alice -> bob, answered, two dialogs' worth of normal traffic, two streams, a digit, RTCP
 *   call 2  alice -> carol, busy
 *   call 3  hostile texts everywhere: ESC, NUL, quotes, broken UTF-8; failed with 503
 *   a stream of no call, a transaction of no dialog, a damaged capture. */
#ifndef TESTS_HELPERS_SAMPLE_RECORDS_H
#define TESTS_HELPERS_SAMPLE_RECORDS_H

#include "reports/records/store.h"

#define SAMPLE_START_US INT64_C(1700000000000000)

/* NULL path: in memory. The store is not finished. NULL and err on failure. */
struct store *sample_create(const char *path, struct err *err);
/* All rows into a store; false and err on failure. */
bool sample_fill(struct store *s, struct err *err);
/* create, fill, kpi, finish. */
struct store *sample_store(const char *path, struct err *err);

struct record_call sample_call(int64_t id);
struct record_stream sample_stream(int64_t id);
struct record_message sample_message(int64_t id);

#endif
