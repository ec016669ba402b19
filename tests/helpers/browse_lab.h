/* The full-screen browser without a terminal: keys in, the picture as text out. Failures abort the test. */
#ifndef TESTS_HELPERS_BROWSE_LAB_H
#define TESTS_HELPERS_BROWSE_LAB_H

#include "reports/browse/browse.h"
#include "reports/records/store.h"

struct browse_lab {
	struct store *store;
	struct records *records;
	struct browse_doors doors;
	struct browse browse;
	struct text picture;
	unsigned rows, columns;
	const char *path; /* of browse_lab_open_file() */
	char saved[200]; /* what the door for saving was told */
	const char *refusal; /* it fails with this text; NULL: it works */
	bool texts_at_hand;
	struct message_texts texts;
};

/* The same records into a file. */
void browse_lab_write(const char *path);
/* Over that file, 24 x 80, which F5 reads again; saving and texts cannot be had. */
void browse_lab_open_file(struct browse_lab *lab, const char *path);
/* Over sample_records.h with findings and registrations; in UTF-8 with its line drawing unless `ascii`. */
void browse_lab_open(struct browse_lab *lab, unsigned rows, unsigned columns, bool ascii);
void browse_lab_close(struct browse_lab *lab);

/* Names of keys.c apart by blanks, each another key: "Down Enter F2". "type:TEXT" types it, up to the next blank. */
void browse_lab_keys(struct browse_lab *lab, const char *keys);
/* Draws; borrowed until the next drawing. */
const char *browse_lab_picture(struct browse_lab *lab);
/* One row of it, without its line end, into buf. */
const char *browse_lab_row(struct browse_lab *lab, unsigned row, char *buf, size_t size);

#endif
