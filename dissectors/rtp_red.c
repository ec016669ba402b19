#include "dissectors/rtp_red.h"

#define MORE 0x80u

enum parse_status rtp_red_parse(struct slice payload,
                                struct rtp_red_block out[static RTP_RED_MAX_BLOCKS],
                                unsigned *count)
{
	size_t lengths[RTP_RED_MAX_BLOCKS];
	struct cursor c = cursor_of(payload);
	unsigned n = 0;
	uint8_t first;

	*count = 0;
	while ((first = cursor_u8(&c)) & MORE) {
		if (n == RTP_RED_MAX_BLOCKS - 1)
			return PARSE_BAD;
		uint32_t high = cursor_u8(&c), low = cursor_be16(&c), rest = high << 16 | low;
		out[n].payload_type = first & 0x7f;
		out[n].offset = (uint16_t)(rest >> 10);
		lengths[n++] = rest & 0x3ff;
	}
	out[n].payload_type = first;
	out[n].offset = 0;
	for (unsigned i = 0; i < n; i++)
		out[i].payload = cursor_take(&c, lengths[i]);
	if (c.overrun)
		return PARSE_BAD;
	out[n++].payload = cursor_rest(&c);
	*count = n;
	return PARSE_OK;
}
