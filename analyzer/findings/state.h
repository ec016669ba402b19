/* What the files of this room share. */
#ifndef ANALYZER_FINDINGS_STATE_H
#define ANALYZER_FINDINGS_STATE_H

#include "analyzer/findings/findings.h"
#include "base/table.h"

#include <inttypes.h>

struct findings {
	struct analysis *analysis;
	const struct rules *rules;
	struct table groups; /* of struct group, by rule and cause */
	int64_t next_id;
	struct text scratch;
	/* The families' own state, see families.h; each is NULL until its _new(). */
	struct overload *overload;
	struct cut *cut;
	struct transport *transport;
	struct registration_faults *registration_faults;
	struct attack *attack;
};

#endif
