/* `milliwatt check DB --expect FILE`: a file of assertions against the records. The file's language is in docs/expectations.md. */
#ifndef REPORTS_CHECK_CHECK_H
#define REPORTS_CHECK_CHECK_H

#include "base/yaml.h"
#include "reports/records/query.h"
#include "reports/verdicts.h"

struct check_options {
	/* Which calls have this text in a header of their messages? Appends their ids as a JSON array. The captures know, not the records.
	 * NULL: `header` cannot be judged here. */
	bool (*calls_with_header)(void *context, struct records *r, const char *text,
	                          struct text *ids, struct err *err);
	void *context;
};

/* Adds a verdict for each assertion of the mapping `expect` (or of a list of them). False: the file is wrong (err names line and column),
 * or the database cannot be read. */
bool check_records(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                   struct verdicts *out, struct err *err);
bool check_records_with(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                        const struct check_options *options, struct verdicts *out, struct err *err);

/* Reads the assertions without records: is the file right? */
bool check_expectations(const struct yaml *file, const struct yaml_node *expect, struct err *err);

/* A file to start from: what these records hold, with bounds somewhat beside it, and comments. False: err. */
bool check_template(struct records *r, struct text *out, struct err *err);

#endif
