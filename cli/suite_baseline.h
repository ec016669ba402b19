/* Databases of earlier nights: a folder of them, by the time they were made, of which the newest is what tonight is compared with, and the
 * others say how much nights differ anyway. Or one database that stays. */
#ifndef CLI_SUITE_BASELINE_H
#define CLI_SUITE_BASELINE_H

#include "base/err.h"
#include "reports/records/query.h"

#include <stddef.h>
#include <stdint.h>

#define SUITE_MAX_NIGHTS 64 /* that are read; older ones stay where they are */

struct suite_baselines {
	struct records *night[SUITE_MAX_NIGHTS]; /* the newest first */
	size_t count;
	bool folder;
};

/* A path that ends in .db is one database and has to be there; any other is a folder, and may be missing as long as no night was kept.
 * False: err. Release in any case. */
bool suite_baselines_open(struct suite_baselines *b, const char *path, struct err *err);
void suite_baselines_release(struct suite_baselines *b);

bool suite_baseline_is_file(const char *path);

/* A copy of the database becomes the newest of the folder (made where it is missing), whole or not at all; all but the newest `keep` that
 * were put there so are removed. */
bool suite_baseline_keep(const char *folder, const char *database, int64_t now_us, unsigned keep,
                         struct err *err);

#endif
