#include "analyzer/streams/format.h"

#define STEREO_L16             10
#define RESERVED_COMFORT_NOISE 19

/* RTP clocks that SDP states wrongly now and then (G722/16000, opus/24000) are fixed by their payload formats: a name we know at another
 * rate keeps the rate of our table. */
struct payload_format format_of_sdp(uint8_t payload_type, struct slice encoding, uint32_t clock_hz,
                                    bool is_video)
{
	struct payload_format f = format_of_type(payload_type);

	if (!encoding.p || !encoding.n)
		return f;
	const struct codec *codec = codec_by_name(encoding, clock_hz);
	if (!codec) {
		codec = codec_by_name(encoding, 0);
		if (codec && codec->clock_hz)
			clock_hz = codec->clock_hz;
	}
	if (!clock_hz && codec)
		clock_hz = codec->clock_hz;
	f.known = true;
	f.codec = codec;
	f.clock_hz = clock_hz;
	f.role = codec ? codec->role : is_video ? PAYLOAD_ROLE_VIDEO : PAYLOAD_ROLE_AUDIO;
	slice_cstr(encoding, f.name, sizeof f.name);
	return f;
}

struct payload_format format_of_type(uint8_t payload_type)
{
	const struct codec *codec = codec_by_static_type(payload_type);
	struct payload_format f = { .payload_type = payload_type, .role = PAYLOAD_ROLE_AUDIO };

	if (!codec && payload_type == RESERVED_COMFORT_NOISE)
		codec = codec_by_name(SLICE_LIT("CN"), 0);
	if (codec) {
		f.known = true;
		f.codec = codec;
		f.role = codec->role;
		f.clock_hz = codec->clock_hz;
		f.channels = payload_type == STEREO_L16 ? 2 : 0;
	}
	return f;
}

bool format_same(const struct payload_format *a, const struct payload_format *b)
{
	return a->known == b->known && a->role == b->role && a->clock_hz == b->clock_hz &&
	       a->codec == b->codec;
}

struct slice format_name(const struct payload_format *f)
{
	if (f->codec)
		return slice_str(f->codec->name);
	return f->name[0] ? slice_str(f->name) : SLICE_NONE;
}
