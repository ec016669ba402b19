/* Injection files (-inf): lines of fields apart by ';'. First line: SEQUENTIAL, RANDOM or USER, with ,PRINTF=n,PRINTFOFFSET=n,PRINTFMULTIPLE=n for lines
 * that are made up. `#` lines are comments. Shared by all workers: reading takes no lock but where a scenario inserts or replaces. */
#ifndef SIM_SCENARIO_INJECTION_H
#define SIM_SCENARIO_INJECTION_H

#include "base/err.h"
#include "base/text.h"
#include "sim/config.h"

struct injection;

/* NULL with err: a file that cannot be read, has no first line as above, or has no lines. */
struct injection *injection_open(const struct injection_file_config *files, size_t count,
                                 uint64_t seed, struct err *err);
void injection_free(struct injection *i); /* NULL allowed */

size_t injection_files(const struct injection *i);
/* By path or its last part, as scenarios name it; SIZE_MAX: none. Absent: the first one. */
size_t injection_file(const struct injection *i, struct slice name);
/* The line a new call gets of this file: next, random, or the user's (user from 1; 0 as 1). */
uint64_t injection_line(struct injection *i, size_t file, unsigned user);
/* Appends the field as it stands (it may hold keywords: the caller looks). False: no such line or field; nothing is added. */
bool injection_field(struct injection *i, size_t file, uint64_t line, int field, struct text *out);
/* -infindex, <lookup>: the line whose indexed field is `key`; -1: none. Of several the one put last, and when that is replaced none. <index>
 * makes one later. */
int64_t injection_lookup(struct injection *i, size_t file, struct slice key);
bool injection_index(struct injection *i, size_t file, int field, struct err *err);
bool injection_insert(struct injection *i, size_t file, struct slice line);
bool injection_replace(struct injection *i, size_t file, uint64_t line, struct slice text);
/* Does any field hold a '['? Then it is a template. */
bool injection_has_keywords(const struct injection *i, size_t file);

#endif
