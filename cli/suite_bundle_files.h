/* The files of a bundle that are written here, once its children are through. */
#ifndef CLI_SUITE_BUNDLE_FILES_H
#define CLI_SUITE_BUNDLE_FILES_H

#include "cli/suite_bundle.h"
#include "reports/records/query.h"

struct suite_bundle_there {
	bool slice, database, pages; /* that children made */
	bool records; /* ladders and rows of the calls were written */
};

/* call-17.txt, call-17.json, findings.txt: out of the slice where digits are masked, for only that has them taken out. */
bool suite_bundle_records(const struct suite_bundle *b, struct suite_bundle_there *there,
                          struct err *err);
/* verdicts.txt, verdicts.json, commands.txt, environment.txt, the logs. */
bool suite_bundle_texts(const struct suite_bundle *b, const struct verdicts *v, struct err *err);
bool suite_bundle_readme(const struct suite_bundle *b, const struct verdicts *v,
                         const struct suite_bundle_there *there, struct err *err);

/* One file of the folder. Releases the text. */
bool suite_bundle_write(const struct suite_bundle *b, const char *name, struct text *text,
                        struct err *err);
/* The number in calls.db of a call of the case; RECORD_NULL: it is not in it. */
bool suite_bundle_number(struct records *run, struct records *slice, int64_t id, int64_t *out,
                         struct err *err);

#endif
