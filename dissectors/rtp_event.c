#include "dissectors/rtp_event.h"

#define EVENT_OCTETS 4u

bool rtp_event_zero_prefix(struct slice payload)
{
	static const uint8_t zeros[EVENT_OCTETS];

	return payload.n > EVENT_OCTETS && memcmp(payload.p, zeros, EVENT_OCTETS) == 0;
}

static struct rtp_event take_event(struct cursor *c)
{
	struct rtp_event e = { .event = cursor_u8(c) };
	uint8_t flags = cursor_u8(c);

	e.end = (flags & 0x80) != 0;
	e.reserved = (flags & 0x40) != 0;
	e.volume = flags & 0x3f;
	e.duration = cursor_be16(c);
	return e;
}

enum parse_status rtp_event_parse(struct slice payload, struct rtp_event out[static RTP_EVENT_MAX],
                                  unsigned *count)
{
	*count = 0;
	if (payload.n == 0 || payload.n % EVENT_OCTETS != 0)
		return PARSE_BAD;
	if (rtp_event_zero_prefix(payload))
		payload = slice_from(payload, EVENT_OCTETS);

	struct cursor c = cursor_of(payload);
	while (cursor_left(&c) && *count < RTP_EVENT_MAX)
		out[(*count)++] = take_event(&c);
	return PARSE_OK;
}

char rtp_event_digit(uint8_t event)
{
	static const char digits[] = "0123456789*#ABCD!";

	return event < sizeof digits - 1 ? digits[event] : '\0';
}
