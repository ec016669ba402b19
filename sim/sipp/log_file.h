/* A file that grows while calls run: written by all workers, ended by a size or rotated by it. A full disk is no reason to stop calls: it
 * is told once, at the end. */
#ifndef SIM_SIPP_LOG_FILE_H
#define SIM_SIPP_LOG_FILE_H

#include "base/err.h"
#include "base/text.h"

#include <pthread.h>
#include <stdio.h>

#define LOG_MOST_RING 1000

struct log_setting {
	const char *path; /* borrows until log_file_open() returns */
	const char *title; /* begins every file; NULL: nothing */
	bool append;
	bool named; /* the path was chosen by the user: a rotated file has no other name and is begun anew */
	uint64_t max_bytes; /* 0: none; the message that crosses it is the last */
	uint64_t ring_bytes; /* 0: no rotation */
	unsigned ring_files; /* rotated ones that are kept; 0: all */
};

struct log_file {
	pthread_mutex_t lock;
	struct log_setting setting;
	struct text path;
	FILE *file; /* NULL until something is written, unless it was opened at once */
	uint64_t bytes, dropped;
	bool on; /* trace LOG on|off */
	bool over; /* max_bytes was reached */
	bool failed; /* could not be opened or written */
	int64_t begun_s; /* when the file was begun: part of a rotated one's name */
	unsigned same_second;
	char *ring[LOG_MOST_RING]; /* rotated files, oldest first */
	unsigned ring_count;
};

/* at_once: the file is there from the start; else from the first message on. */
bool log_file_open(struct log_file *l, const struct log_setting *setting, bool at_once,
                   struct err *err);
/* From any thread. Not of what is off, over or failed. */
void log_file_write(struct log_file *l, struct slice bytes);
void log_file_flush(struct log_file *l);
/* False: something could not be written; err names the file. */
bool log_file_close(struct log_file *l, struct err *err);

#endif
