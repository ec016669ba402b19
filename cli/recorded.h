/* The captures that a database was made from, where they lie now. */
#ifndef CLI_RECORDED_H
#define CLI_RECORDED_H

#include "analyzer/capture/recorded.h"
#include "reports/records/query.h"

struct recorded_files {
	struct recorded_capture *files;
	int64_t *ids; /* captures.id of each, ascending */
	size_t count;
};

/* `directory`: they lie there now, under their old names; NULL: where they lay. False: err. Release in any case. */
bool recorded_files_load(struct recorded_files *f, struct records *r, const char *directory,
                         struct err *err);
void recorded_files_release(struct recorded_files *f);

/* False if there is none with this id. */
bool recorded_files_find(const struct recorded_files *f, int64_t id, uint32_t *index);

/* False: err says that it cannot be read, and how to say where it lies. */
bool recorded_file_is_there(const struct recorded_capture *r, struct err *err);

/* Are digits to be masked in what is made of the captures again? Where the records are, or as one wishes. */
enum masking { MASK_AS_RECORDED, MASK_ALWAYS, MASK_NEVER };
bool recorded_masking(struct records *r, enum masking wish, bool *masked, struct err *err);

#endif
