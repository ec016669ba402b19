/* What the names in the `kpi` table mean: printed beside the numbers, so that nobody has to guess which of the definitions in use this is. */
#ifndef REPORTS_KPI_DEFINITIONS_H
#define REPORTS_KPI_DEFINITIONS_H

#include "base/slice.h"

enum kpi_kind {
	KPI_COUNT, /* `numerator` says of what; `denominator` is NULL */
	KPI_RATIO,
	KPI_TIMES, /* from `numerator` to `denominator`; NAME_MIN, _MEAN, _P50, _P90, _P95, _P99, _MAX */
};

struct kpi_definition {
	const char *name;
	enum kpi_kind kind;
	const char *title;
	const char *numerator, *denominator;
	const char *source; /* NULL: usage, without a standard */
};

#define KPI_DEFINITIONS 45
/* In the order of reading. */
extern const struct kpi_definition kpi_definitions[KPI_DEFINITIONS];

/* Of "ASR" or "PDD_P95"; NULL if there is none. */
const struct kpi_definition *kpi_definition_of(struct slice name);

#endif
