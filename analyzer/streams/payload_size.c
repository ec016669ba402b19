#include "analyzer/streams/payload_size.h"

#include <string.h>

/* sid: octets of a silence description, which may stand last. */
static const struct frame {
	const char *name;
	uint8_t octets, ticks, sid;
} frames[] = {
	{ "PCMU", 1, 1, 0 },    { "PCMA", 1, 1, 0 },    { "G722", 1, 1, 0 },
	{ "G729", 10, 80, 2 },  { "GSM", 33, 160, 0 },  { "GSM-EFR", 31, 160, 0 },
	{ "iLBC", 50, 240, 0 }, { "G726-32", 1, 2, 0 }, { "G723", 24, 240, 4 },
};

static const struct frame *frame_of(const struct codec *codec)
{
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
		if (codec->clock_hz == 8000 && strcmp(frames[i].name, codec->name) == 0)
			return &frames[i];
	return NULL;
}

static bool fits_frames(const struct frame *f, size_t octets, uint32_t ticks)
{
	size_t rest = octets % f->octets, whole = octets / f->octets * f->ticks;

	if (rest && rest != f->sid)
		return false;
	whole += rest ? f->ticks : 0;
	return ticks == 0 || whole == ticks ||
	       (f->octets == 1 && (whole == 2u * (size_t)ticks || 2 * whole == ticks));
}

/* 24, 20 or 4 octets a frame, mixed as the sender likes. */
static bool fits_g723(size_t octets, uint32_t ticks)
{
	size_t count = ticks / 240;

	if (octets == 0 || octets % 4)
		return false;
	return count == 0 || (octets >= 4 * count && octets <= 24 * count);
}

static bool fits(const struct frame *f, size_t octets, uint32_t ticks)
{
	static const struct frame ilbc_20 = { "iLBC", 38, 160, 0 };

	if (strcmp(f->name, "G723") == 0)
		return fits_g723(octets, ticks);
	if (strcmp(f->name, "iLBC") == 0 && fits_frames(&ilbc_20, octets, ticks))
		return true;
	return fits_frames(f, octets, ticks);
}

enum size_verdict payload_size(const struct codec *codec, size_t octets, uint32_t ticks)
{
	const struct frame *f = frame_of(codec);

	if (!f)
		return SIZE_UNKNOWN;
	if (fits(f, octets, ticks))
		return SIZE_FITS;
	for (size_t tag = 4; tag <= 10; tag += 6)
		if (octets > tag && fits(f, octets - tag, ticks))
			return SIZE_UNKNOWN;
	return SIZE_IMPOSSIBLE;
}
