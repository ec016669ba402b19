/* `--rules FILE`. */
#include "analyzer/findings/rules.h"

bool rules_load(struct rules *r, const char *path, struct err *err)
{
	(void)r;
	return err_set(err, ERR_USAGE, "cannot read rules from '%s' yet", path);
}
