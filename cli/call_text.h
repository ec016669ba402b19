/* Which calls have a text in the headers of their messages? For `milliwatt calls --text`. */
#ifndef CLI_CALL_TEXT_H
#define CLI_CALL_TEXT_H

#include "base/text.h"
#include "reports/records/query.h"

/* A search that finds more is refused: it says too little. */
#define CALL_TEXT_MAX_HITS 1000000

/* Reads the captures of the database again (`directory`: where they lie now, NULL for where they lay) and appends the ids of the calls as
 * a JSON array, for `id IN (SELECT value FROM json_each(?1))`. False: err. */
bool call_text_ids(struct records *r, const char *text, const char *directory, struct text *ids,
                   struct err *err);

#endif
