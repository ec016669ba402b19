/* A stream out of a capture, to be sent again with its timing: RTP with fresh numbers, or the datagrams as they are (T.38 over UDPTL). Of several
 * streams in the file the one with the most packets is meant. */
#include "base/mem.h"
#include "dissectors/packet.h"
#include "dissectors/rtp.h"
#include "sim/media/capture_file.h"
#include "sim/media/source.h"

#include <stdio.h>

#define MAX_FLOWS    32 /* further ones are not looked at */
#define MAX_DATAGRAM 1900
#define MAX_FRAMES   (1u << 24)

struct flow_seen {
	struct endpoint src, dst;
	uint32_t packets;
	uint64_t octets;
};

static bool datagram(const struct capture_frame *frame, struct packet_view *view)
{
	return packet_dissect(frame->link_type, frame->bytes, view) == PARSE_OK &&
	       view->transport == TRANSPORT_UDP && !view->truncated && view->payload.n > 0 &&
	       view->payload.n <= MAX_DATAGRAM;
}

static bool wanted(struct slice payload, bool raw)
{
	struct rtp_packet packet;
	bool rtp = rtp_parse(payload, &packet) == PARSE_OK && !rtp_is_rtcp(payload);

	return raw ? !rtp && payload.p[0] < 0x40 : rtp;
}

static bool same_flow(const struct flow_seen *f, const struct packet_view *v)
{
	return f->src.port == v->sport && f->dst.port == v->dport &&
	       ip_addr_eq(f->src.addr, v->src) && ip_addr_eq(f->dst.addr, v->dst);
}

static struct flow_seen choose(struct slice file, bool raw)
{
	struct flow_seen flows[MAX_FLOWS], best = { 0 };
	unsigned count = 0;
	struct capture_file f;
	struct capture_frame frame;
	struct packet_view v;

	for (bool more = capture_file_begin(&f, file); more && capture_file_next(&f, &frame);) {
		unsigned i = 0;
		if (!datagram(&frame, &v) || !wanted(v.payload, raw))
			continue;
		while (i < count && !same_flow(&flows[i], &v))
			i++;
		if (i == MAX_FLOWS)
			continue;
		if (i == count)
			flows[count++] =
			        (struct flow_seen){ { v.src, v.sport }, { v.dst, v.dport }, 0, 0 };
		flows[i].octets += v.payload.n;
		if (++flows[i].packets > best.packets)
			best = flows[i];
	}
	return best;
}

struct filling {
	struct source *source;
	uint32_t first_timestamp;
	int64_t first_ns;
};

static void add_frame(struct filling *f, int64_t time_ns, struct slice payload)
{
	struct source *s = f->source;
	struct source_frame *frame = &s->frames[s->count];
	size_t skip = s->raw ? 0 : 12;
	uint32_t timestamp = s->raw ? 0 : load_be32(payload.p + 4);

	if (!s->count) {
		f->first_ns = time_ns;
		f->first_timestamp = timestamp;
		if (!s->raw)
			s->payload_type = payload.p[1] & 0x7f;
	}
	*frame = (struct source_frame){ .at = (uint32_t)s->octets,
		                        .octets = (uint32_t)(payload.n - skip),
		                        .timestamp = timestamp - f->first_timestamp,
		                        .time_ns = time_ns - f->first_ns,
		                        .first = payload.p[0],
		                        .second = s->raw ? 0 : payload.p[1] };
	/* Times that go back in the file are as good as equal. */
	if (s->count && frame->time_ns < frame[-1].time_ns)
		frame->time_ns = frame[-1].time_ns;
	memcpy(s->bytes + s->octets, payload.p + skip, payload.n - skip);
	s->octets += payload.n - skip;
	s->count++;
}

static void fill_in(struct source *source, struct slice file, const struct flow_seen *flow)
{
	struct filling filling = { .source = source };
	struct capture_file f;
	struct capture_frame frame;
	struct packet_view v;

	capture_file_begin(&f, file);
	while (capture_file_next(&f, &frame) && source->count < flow->packets)
		if (datagram(&frame, &v) && same_flow(flow, &v) && wanted(v.payload, source->raw))
			add_frame(&filling, frame.time_ns, v.payload);
}

struct source *stream_of_capture(struct slice file, bool raw, bool video, struct err *err)
{
	struct flow_seen flow = choose(file, raw);
	struct source *source;

	if (!flow.packets || flow.packets > MAX_FRAMES || flow.octets > UINT32_MAX) {
		err_set(err, ERR_FORMAT, "has no %s that could be sent",
		        raw ? "UDPTL datagrams" : "RTP packets");
		return NULL;
	}
	source = mem_zalloc(sizeof *source);
	if (source) {
		source->raw = raw;
		source->payload_type = -1;
		source->clock_hz = video ? 90000 : 8000;
		source->bytes = mem_alloc(flow.octets);
		source->frames = mem_alloc(flow.packets * sizeof *source->frames);
	}
	if (!source || !source->bytes || !source->frames) {
		source_free(source);
		err_memory(err, "a capture to send");
		return NULL;
	}
	fill_in(source, file, &flow);
	return source;
}

const struct source *source_of_capture(struct sources *s, struct slice path, bool raw, bool video,
                                       struct err *err)
{
	const struct source *found;
	struct source *made;
	struct capture_file f;
	struct slice file;
	char key[512];

	snprintf(key, sizeof key, "capture %d %d %.*s", raw, video, SLICE_ARG(path));
	found = sounds_find(s, key);
	if (found)
		return found;
	if (!media_files_read(&s->files, path, &file, err))
		return NULL;
	if (!capture_file_begin(&f, file)) {
		err_set(err, ERR_FORMAT, "'%.*s' is no pcap or pcapng file", SLICE_ARG(path));
		return NULL;
	}
	made = stream_of_capture(file, raw, video, err);
	if (!made) {
		err_context(err, "'%.*s'", SLICE_ARG(path));
		return NULL;
	}
	return sounds_keep(s, key, made, err) ? made : NULL;
}
