#include "reports/compare/marks.h"

/* Nothing real is far away; sums of what is read stay far from overflow. */
#define FURTHEST (INT64_C(1) << 53)

void marks_read(struct marks_reader *r, struct slice octets)
{
	*r = (struct marks_reader){ .rest = octets, .number = -1 };
}

static uint8_t take_octet(struct marks_reader *r)
{
	if (!r->rest.n) {
		r->broken = true;
		return 0;
	}
	uint8_t octet = r->rest.p[0];
	r->rest = slice_from(r->rest, 1);
	return octet;
}

static uint64_t take(struct marks_reader *r)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint8_t octet = take_octet(r);
		value |= (uint64_t)(octet & 0x7f) << shift;
		if (!(octet & 0x80))
			return value;
	}
	r->broken = true;
	return 0;
}

static int64_t bounded(struct marks_reader *r, int64_t value)
{
	r->broken |= value > FURTHEST || value < -FURTHEST;
	return r->broken ? 0 : value;
}

static uint32_t take_missing(struct marks_reader *r)
{
	uint32_t missing = 0;

	for (unsigned i = 0; i < 4; i++)
		missing |= (uint32_t)take_octet(r) << 8 * i;
	return missing;
}

static int64_t take_time(struct marks_reader *r)
{
	uint64_t z = take(r);
	int64_t odd = (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
	int64_t step = bounded(r, r->step_us + bounded(r, odd));

	r->step_us = r->any ? step : 0;
	r->last_us = bounded(r, r->last_us + step);
	r->any = true;
	return r->last_us;
}

bool marks_next(struct marks_reader *r, struct mark_block *out)
{
	if (!r->rest.n || r->broken)
		return false;
	uint64_t head = take(r);
	r->number = bounded(r, r->number + 1 + bounded(r, (int64_t)(head >> 2)));
	out->number = r->number;
	out->came = head & 1 ? ~take_missing(r) : UINT32_MAX;
	out->time_us = head & 2 ? take_time(r) : RECORD_NULL;
	return !r->broken;
}
