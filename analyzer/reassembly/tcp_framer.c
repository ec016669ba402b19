#include "analyzer/reassembly/tcp_framer.h"

#include "base/mem.h"
#include "dissectors/sip_frame.h"

enum { BUFFER_MIN = 2048 };

static void drop_buffer(struct tcp_framer *f)
{
	mem_free(f->bytes);
	f->bytes = NULL;
	f->n = f->capacity = 0;
}

void tcp_framer_reset(struct tcp_framer *f, bool aligned)
{
	drop_buffer(f);
	*f = (struct tcp_framer){ .aligned = aligned };
}

void tcp_framer_gap(struct tcp_framer *f)
{
	drop_buffer(f);
	f->aligned = false;
	f->after_gap = true;
}

/* Index behind the empty line that ends the headers, searching from `from`; SLICE_NPOS if there is none. */
static size_t headers_end(struct slice s, size_t from)
{
	for (;;) {
		size_t line = slice_find(slice_from(s, from), '\n');
		if (line == SLICE_NPOS)
			return SLICE_NPOS;
		from += line + 1;
		if (from < s.n && s.p[from] == '\n')
			return from + 1;
		if (from + 1 < s.n && s.p[from] == '\r' && s.p[from + 1] == '\n')
			return from + 2;
	}
}

/* What Content-Length or its short form says, 0 without one. Only a hint of when to ask sip_frame() again: that decides. */
static size_t body_hint(struct slice headers)
{
	struct slice line, name;
	uint64_t length = 0;

	while (slice_line(&headers, &line)) {
		struct slice value = line;
		if (!slice_split(&value, ':', &name))
			continue;
		name = slice_trim(name);
		if (slice_ieq_str(name, "content-length") || slice_ieq_str(name, "l"))
			slice_u64(slice_trim(value), SIP_FRAME_MAX, &length);
	}
	return (size_t)length;
}

/* After sip_frame() asked for more than the unfinished message `m`. Where nothing better is known, looking again each time it
 * has grown by a part of itself keeps the whole cost in proportion to its length. */
static void plan_retry(struct tcp_framer *f, struct slice m)
{
	size_t end = headers_end(m, 0);

	if (end != SLICE_NPOS) {
		size_t need = end + body_hint(slice_sub(m, 0, end));
		f->phase = FRAMER_BODY;
		f->retry_at = need > m.n ? need : m.n + m.n / 8 + 1;
		return;
	}
	f->phase = slice_find(m, '\n') == SLICE_NPOS ? FRAMER_START_LINE : FRAMER_HEADERS;
	f->retry_at = 2 * m.n + 1;
}

/* True when the octets from `old` on may have finished what was begun. */
static bool worth_a_look(const struct tcp_framer *f, size_t old)
{
	struct slice all = { f->bytes, f->n };

	if (f->n >= f->retry_at)
		return true;
	switch (f->phase) {
	case FRAMER_START_LINE: return slice_find(slice_from(all, old), '\n') != SLICE_NPOS;
	case FRAMER_HEADERS: return headers_end(all, old < 3 ? 0 : old - 3) != SLICE_NPOS;
	default: return false;
	}
}

static bool deliver(struct tcp_framer *f, struct slice bytes, struct packet_place first,
                    const struct tcp_sink *sink)
{
	struct tcp_message message = {
		bytes, f->after_gap, sink->time_ns, first, sink->done_at, 0
	};

	if (f->messages && !f->after_gap)
		message.stray_octets = f->junk;

	f->after_gap = false;
	f->junk = 0;
	f->messages++;
	return sink->message(sink->context, sink->view, &message);
}

/* No message starts here: on to the next line. TCP_PUSH_FOREIGN where there is reason to give the stream up. */
static enum tcp_push_status skip_junk(struct tcp_framer *f, struct slice rest, bool not_sip,
                                      size_t *skip)
{
	if (*skip == 0) {
		size_t line = slice_find(rest, '\n');
		*skip = line == SLICE_NPOS ? rest.n : line + 1;
	}
	f->junk += *skip;
	if (f->messages)
		return TCP_PUSH_OK;
	return (not_sip && f->aligned) || f->junk > TCP_STREAM_SNIFF ? TCP_PUSH_FOREIGN
	                                                             : TCP_PUSH_OK;
}

/* Gives all whole messages in `in`, of which the first `old` octets were kept from before; *used octets of it are done with. */
static enum tcp_push_status frame_all(struct tcp_framer *f, struct slice in, size_t old,
                                      const struct tcp_sink *sink, size_t *used)
{
	struct packet_place first = packet_place_first(f->begun_at, sink->came_at);
	enum tcp_push_status status = TCP_PUSH_OK;

	*used = 0;
	while (*used < in.n && status == TCP_PUSH_OK) {
		struct slice rest = slice_from(in, *used);
		size_t skip = 0, length = 0;
		enum parse_status found = sip_frame(rest, &skip, &length);
		switch (found) {
		case PARSE_OK:
			if (!deliver(f, slice_sub(rest, skip, length),
			             *used + skip < old ? first : sink->came_at, sink))
				status = TCP_PUSH_STOPPED;
			*used += skip + length;
			break;
		case PARSE_MORE:
			*used += skip;
			plan_retry(f, slice_from(rest, skip));
			return TCP_PUSH_OK;
		default: status = skip_junk(f, rest, found == PARSE_NOT_MINE, &skip); *used += skip;
		}
	}
	return status;
}

static bool reserve(struct tcp_framer *f, size_t n)
{
	size_t capacity = f->capacity ? f->capacity : BUFFER_MIN;

	while (capacity < n)
		capacity *= 2;
	if (capacity == f->capacity)
		return true;
	uint8_t *bytes = mem_resize(f->bytes, capacity);
	if (!bytes)
		return false;
	f->bytes = bytes;
	f->capacity = capacity;
	return true;
}

static bool append(struct tcp_framer *f, struct slice octets)
{
	if (!reserve(f, f->n + octets.n))
		return false;
	memcpy(f->bytes + f->n, octets.p, octets.n);
	f->n += octets.n;
	return true;
}

static enum tcp_push_status push_direct(struct tcp_framer *f, struct slice octets,
                                        const struct tcp_sink *sink)
{
	size_t used;
	enum tcp_push_status status = frame_all(f, octets, 0, sink, &used);

	f->begun_at = sink->came_at;
	if (status != TCP_PUSH_OK || used == octets.n || append(f, slice_from(octets, used)))
		return status;
	tcp_framer_gap(f);
	return TCP_PUSH_NO_MEMORY;
}

static enum tcp_push_status push_buffered(struct tcp_framer *f, struct slice octets,
                                          const struct tcp_sink *sink)
{
	size_t old = f->n, used;

	if (!append(f, octets)) {
		tcp_framer_gap(f);
		return TCP_PUSH_NO_MEMORY;
	}
	if (!worth_a_look(f, old)) {
		f->begun_at = packet_place_first(f->begun_at, sink->came_at);
		return TCP_PUSH_OK;
	}
	enum tcp_push_status status = frame_all(f, slice_of(f->bytes, f->n), old, sink, &used);
	f->n -= used;
	f->begun_at = used >= old ? sink->came_at : packet_place_first(f->begun_at, sink->came_at);
	if (f->n)
		memmove(f->bytes, f->bytes + used, f->n);
	else
		drop_buffer(f);
	return status;
}

enum tcp_push_status tcp_framer_push(struct tcp_framer *f, struct slice octets,
                                     const struct tcp_sink *sink)
{
	enum tcp_push_status status =
	        f->n ? push_buffered(f, octets, sink) : push_direct(f, octets, sink);

	if (status != TCP_PUSH_OK)
		return status;
	/* A line without end, or a message beyond all bounds. */
	if (f->phase == FRAMER_START_LINE && f->n > TCP_STREAM_SNIFF && !f->messages)
		return TCP_PUSH_FOREIGN;
	if (f->n > TCP_STREAM_MAX_BUFFER)
		tcp_framer_gap(f);
	return TCP_PUSH_OK;
}

bool tcp_framer_check(const struct tcp_framer *f)
{
	return f->n <= f->capacity && f->n <= TCP_STREAM_MAX_BUFFER &&
	       (f->capacity == 0) == (f->bytes == NULL) && (f->capacity == 0) == (f->n == 0);
}
