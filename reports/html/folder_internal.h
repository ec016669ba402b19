/* What the files share that care for a report's folder: folder.c (opening, claims), folder_write.c (files), folder_mark.c (what is ours).
 * Nobody else includes this. */
#ifndef REPORTS_HTML_FOLDER_INTERNAL_H
#define REPORTS_HTML_FOLDER_INTERNAL_H

#include "reports/html/folder.h"

/* Of letters, digits, '-', '_', '.', '/'; no part of it empty, "." or ".."; a last '/' allowed. */
bool folder_name_is_sound(struct slice name);

/* The folder that `name` is in, without following links; made where it is not there and `make`. *last: the rest of the name. -1: err. */
int folder_directory(struct html_folder *f, struct slice name, bool make, const char **last,
                     struct err *err);

/* Is something of this name there, a dangling link too? */
bool folder_has(int directory, const char *last);

/* Takes away the files that the mark names, and the folders that are empty then. False: err. */
bool folder_mark_clear(struct html_folder *f, struct err *err);
/* Begins a new mark in place of what is there. */
bool folder_mark_begin(struct html_folder *f, struct err *err);
/* A line of it: before the file is made, so that a run that is killed leaves nothing that the next one does not know. */
bool folder_mark_add(struct html_folder *f, const char *name, struct err *err);

#endif
