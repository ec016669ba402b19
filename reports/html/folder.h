/* The folder that a report is written into: files by name, each whole or not at all. */
#ifndef REPORTS_HTML_FOLDER_H
#define REPORTS_HTML_FOLDER_H

#include "base/err.h"
#include "base/text.h"

/* In a folder of ours; a folder that has other things and not this is not written into. */
#define HTML_FOLDER_MARK ".milliwatt-report"

struct html_folder {
	char *path;
	int fd;
	int64_t files, octets; /* written */
};

/* Makes the folder (and those above it), or empties one of ours. False: err says what is in the way. */
bool html_folder_open(struct html_folder *f, const char *path, struct err *err);
void html_folder_release(struct html_folder *f);

/* `name`: relative, of letters, digits, '-', '_', '.', '/' alone, never from a packet; folders in it are made. */
bool html_folder_write(struct html_folder *f, const char *name, const struct text *octets,
                       struct err *err);
/* style.css and report.js. */
bool html_folder_assets(struct html_folder *f, struct err *err);

#endif
