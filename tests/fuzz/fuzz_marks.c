/* stream_marks.marks out of a database that others made: read to its end, in ascending order, the same twice, and within bounds. */
#include "reports/compare/marks.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What sums of two of them may be told apart by: reports/compare/marks.c lets nothing further away be read. */
#define FURTHEST (INT64_C(1) << 53)

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void judge(const struct mark_block *b, int64_t before)
{
	must(b->number > before && b->number <= FURTHEST);
	must(b->time_us == RECORD_NULL || (b->time_us <= FURTHEST && b->time_us >= -FURTHEST));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct marks_reader one, two;
	struct mark_block a, b;
	int64_t before = -1;
	size_t blocks = 0;

	marks_read(&one, slice_of(data, size));
	marks_read(&two, slice_of(data, size));
	while (marks_next(&one, &a)) {
		must(marks_next(&two, &b));
		must(a.number == b.number && a.came == b.came && a.time_us == b.time_us);
		judge(&a, before);
		before = a.number;
		must(++blocks <= size); /* an octet each, at least */
	}
	must(!marks_next(&one, &a) && !marks_next(&two, &b));
	must(one.broken == two.broken && (one.broken || !one.rest.n));
	return 0;
}
