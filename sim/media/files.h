/* Files that scenarios name, read once and whole: what is sent out of them later borrows from here. */
#ifndef SIM_MEDIA_FILES_H
#define SIM_MEDIA_FILES_H

#include "base/err.h"
#include "base/slice.h"

#define FILES_MAX_BYTES (UINT64_C(512) << 20) /* all together */

struct media_file;

struct media_files {
	struct media_file *all; /* newest first: they are few */
	uint64_t octets;
	struct slice
	        folder; /* of the scenario, with its '/': names that are no whole paths are looked for there first, as SIPp does; may be empty */
};

/* `scenario`: its path; borrows. */
void media_files_init(struct media_files *f, struct slice scenario);
void media_files_release(struct media_files *f);
/* False: err names the file. *out lives as long as the files. */
bool media_files_read(struct media_files *f, struct slice path, struct slice *out, struct err *err);

#endif
