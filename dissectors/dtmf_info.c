#include "dissectors/dtmf_info.h"

#include "dissectors/mime.h"
#include "dissectors/rtp_event.h"

/* A digit as itself, or an event number of RFC 4733 (10 *, 11 #, 12..15 A..D, 16 flash). 0 if it is neither. */
static char read_digit(struct slice text)
{
	uint64_t number;

	text = slice_trim(text);
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = slice_sub(text, 1, text.n - 2);
	if (slice_u64(text, 16, &number))
		return "0123456789*#ABCD!"[number];
	if (text.n != 1 || !text.p[0])
		return 0;
	char c = (char)text.p[0];
	if (c >= 'a' && c <= 'd')
		c = (char)(c - 'a' + 'A');
	return strchr("*#ABCD!", c) ? c : 0;
}

/* Milliseconds; some write a fraction, which is dropped. */
static void read_duration(struct slice text, struct dtmf_info *out)
{
	uint64_t ms;

	text = slice_trim(text);
	text = slice_sub(text, 0, slice_find(text, '.'));
	size_t digits = 0;
	while (digits < text.n && ascii_is_digit(text.p[digits]))
		digits++;
	text = slice_sub(text, 0, digits);
	if (!text.n)
		return;
	if (!slice_u64(text, DTMF_INFO_MAX_MS, &ms))
		ms = DTMF_INFO_MAX_MS;
	out->duration_ms = (unsigned)ms;
	out->has_duration = true;
}

/* `name = value` lines, or the name with a colon as some write it. */
static bool split_line(struct slice line, struct slice *name, struct slice *value)
{
	size_t at = slice_find(line, '=');

	if (at == SLICE_NPOS)
		at = slice_find(line, ':');
	if (at == SLICE_NPOS)
		return false;
	*name = slice_trim(slice_sub(line, 0, at));
	*value = slice_from(line, at + 1);
	return true;
}

/* The first digit line counts: `Signal=5`, or `d=5`; a line that is a digit alone counts where `bare` is set. */
static void read_lines(struct slice body, const char *key, bool bare, struct dtmf_info *out)
{
	struct slice line, name, value;

	while (slice_line(&body, &line)) {
		if (!split_line(line, &name, &value)) {
			if (bare && !out->digit)
				out->digit = read_digit(line);
		} else if (slice_ieq_str(name, key) && !out->digit) {
			out->digit = read_digit(value);
		} else if (slice_ieq_str(name, "Duration") && !out->has_duration) {
			read_duration(value, out);
		}
	}
}

static const struct dtmf_type {
	const char *type;
	const char *key;
	bool bare;
} types[] = {
	{ "application/dtmf-relay", "Signal", false },
	{ "application/dtmf", "d", true },
	{ "application/vnd.nortelnetworks.digits", "d", false },
};

/* RFC 4733 2.3 in a request: a report of the event, in units of 1/8 ms. */
static enum parse_status read_event(struct slice body, struct dtmf_info *out)
{
	struct rtp_event events[RTP_EVENT_MAX];
	unsigned count;

	if (rtp_event_parse(body, events, &count) != PARSE_OK)
		return PARSE_BAD;
	out->digit = rtp_event_digit(events[0].event);
	out->has_duration = events[0].duration > 0;
	if (out->has_duration)
		out->duration_ms = events[0].duration / 8u;
	return out->digit ? PARSE_OK : PARSE_BAD;
}

static enum parse_status read_type(struct slice type, struct slice body, struct dtmf_info *out)
{
	if (slice_ieq_str(type, "application/hook-flash")) {
		out->digit = '!';
		return PARSE_OK;
	}
	if (slice_ieq_str(type, "audio/telephone-event"))
		return read_event(body, out);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (!slice_ieq_str(type, types[i].type))
			continue;
		read_lines(body, types[i].key, types[i].bare, out);
		return out->digit ? PARSE_OK : PARSE_BAD;
	}
	return PARSE_NOT_MINE;
}

/* RFC 2046 5.1: the first part that is of such a type. */
static enum parse_status read_parts(struct slice content_type, struct slice body,
                                    struct dtmf_info *out)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct slice part = mime_part(content_type, body, types[i].type);
		if (part.p)
			return read_type(slice_str(types[i].type), part, out);
	}
	return PARSE_NOT_MINE;
}

enum parse_status dtmf_info_parse(struct slice content_type, struct slice body,
                                  struct dtmf_info *out)
{
	struct slice type = slice_trim(slice_sub(content_type, 0, slice_find(content_type, ';')));

	*out = (struct dtmf_info){ .duration_ms = DTMF_INFO_DEFAULT_MS };
	if (slice_istarts(type, "multipart/"))
		return read_parts(content_type, body, out);
	return read_type(type, body, out);
}
