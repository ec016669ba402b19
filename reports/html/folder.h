/* The folder that a report is written into: files by name, under which they are made at once. What cannot be written whole is taken away again;
 * a run that is killed may leave a part of its last file, which the mark names. What is there and was not written by a report is never touched:
 * the mark lists what was. Links are not followed inside. */
#ifndef REPORTS_HTML_FOLDER_H
#define REPORTS_HTML_FOLDER_H

#include "base/err.h"
#include "base/text.h"

/* In a folder of ours; a folder that has other things and not this is not written into. */
#define HTML_FOLDER_MARK ".milliwatt-report"
#define HTML_NAME_MAX    200 /* octets of a name */

struct html_folder {
	char *path;
	int fd, mark; /* -1: none */
	int directory; /* the last one that was written into, -1: none yet */
	char directory_name[HTML_NAME_MAX + 1];
	int64_t files, octets; /* written */
};

/* Makes the folder (and those above it), or takes the files of the report before out of one of ours. False: err says what is in the way.
 * Release in any case. */
bool html_folder_open(struct html_folder *f, const char *path, struct err *err);
void html_folder_release(struct html_folder *f);

/* `name`: relative, of letters, digits, '-', '_', '.', '/' alone, never from a packet; folders in it are made. False: err; a file of that
 * name that is not of a report is in the way too. */
bool html_folder_write(struct html_folder *f, const char *name, const struct text *octets,
                       struct err *err);
/* Is something of this name there? */
bool html_folder_has(struct html_folder *f, const char *name);
/* Somebody else writes `name`, at `path` (which is reset first): it counts as a file of the report, and is taken away with it. */
bool html_folder_claim(struct html_folder *f, const char *name, struct text *path, struct err *err);
/* The same of all files in the folder `name`, which is made; whatever is in it already is in the way. */
bool html_folder_claim_folder(struct html_folder *f, const char *name, struct err *err);
/* Counts what was written into claimed places by now: one file, or all that are in a folder (then its name ends in '/'). False: err. */
bool html_folder_count(struct html_folder *f, const char *name, struct err *err);

/* style.css and report.js. */
bool html_folder_assets(struct html_folder *f, struct err *err);

#endif
