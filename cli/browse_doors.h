/* What the full-screen browser asks of the outside: captures written and read, the database opened again. */
#ifndef CLI_BROWSE_DOORS_H
#define CLI_BROWSE_DOORS_H

#include "cli/message_texts.h"
#include "reports/browse/browse.h"

struct screen;

struct browse_setup {
	const char *database; /* NULL: there is no file to open again */
	const char *captures; /* where they lie now; NULL: where they lay */
	bool all_texts; /* however large the captures are */
	/* While something takes long. NULL: not yet. */
	void (*busy)(void *context, const char *text);
	struct browse *browse;
	struct screen *screen;
	struct message_file *messages; /* once asked for */
	struct records *messages_of;
	struct message_texts none; /* instead of too much */
	char why[160];
};

/* Borrows `setup`. */
struct browse_doors browse_doors_of(struct browse_setup *setup);
void browse_setup_release(struct browse_setup *setup);

#endif
