/* `milliwatt check DB --expect FILE`: a file of assertions against the records. The file's language is in docs/expectations.md. */
#ifndef REPORTS_CHECK_CHECK_H
#define REPORTS_CHECK_CHECK_H

#include "base/yaml.h"
#include "reports/records/query.h"
#include "reports/verdicts.h"

/* Adds a verdict for each assertion of the mapping `expect`. False: the file is wrong (err names line and column), or the database cannot
 * be read. */
bool check_records(struct records *r, const struct yaml *file, const struct yaml_node *expect,
                   struct verdicts *out, struct err *err);

/* Reads the assertions without records: is the file right? */
bool check_expectations(const struct yaml *file, const struct yaml_node *expect, struct err *err);

#endif
