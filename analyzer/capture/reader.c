#include "analyzer/capture/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void reader_init(struct reader *r, struct input *input)
{
	*r = (struct reader){ .input = input, .damage_offset = -1 };
}

enum capture_status reader_damaged(struct reader *r, int64_t offset, const char *format, ...)
{
	char why[120];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	r->damage_offset = offset;
	snprintf(r->damage, sizeof r->damage, "%s at offset %" PRId64, why, offset);
	return CAPTURE_END;
}

enum capture_status reader_cut(struct reader *r, int64_t offset, const char *what, uint64_t need)
{
	const char *broken = input_broken(r->input);

	if (broken)
		return reader_damaged(r, offset, "%s; the last whole packet ends", broken);
	int64_t have = r->input->end_offset - offset;
	return reader_damaged(r, offset, "truncated: %" PRId64 " of %" PRIu64 " octets of the %s",
	                      have, need, what);
}

enum capture_status reader_end(struct reader *r)
{
	const char *broken = input_broken(r->input);

	if (broken)
		return reader_damaged(r, input_offset(r->input), "%s; the last whole packet ends",
		                      broken);
	return CAPTURE_END;
}
