#include "sim/media/wav.h"

#include "base/cursor.h"
#include "base/mem.h"
#include "sim/media/encode.h"

#define EXTENSIBLE 0xfffe /* the format is in the first two octets of a GUID */
#define MAX_RATE   192000

bool wav_is(struct slice file)
{
	return file.n >= 12 && memcmp(file.p, "RIFF", 4) == 0 && memcmp(file.p + 8, "WAVE", 4) == 0;
}

static bool read_format(struct slice chunk, struct wav *out)
{
	unsigned format;

	if (chunk.n < 16)
		return false;
	format = load_le16(chunk.p);
	out->channels = load_le16(chunk.p + 2);
	out->rate = load_le32(chunk.p + 4);
	out->bits = load_le16(chunk.p + 14);
	if (format == EXTENSIBLE && chunk.n >= 26)
		format = load_le16(chunk.p + 24);
	out->format = (enum wav_format)format;
	return true;
}

static bool readable(const struct wav *w)
{
	if (w->channels < 1 || w->channels > 32 || w->rate < 1000 || w->rate > MAX_RATE)
		return false;
	switch (w->format) {
	case WAV_PCM: return w->bits == 8 || w->bits == 16 || w->bits == 24 || w->bits == 32;
	case WAV_FLOAT: return w->bits == 32;
	case WAV_ALAW:
	case WAV_ULAW: return w->bits == 8;
	}
	return false;
}

bool wav_parse(struct slice file, struct wav *out, struct err *err)
{
	bool format = false;
	size_t at = 12;

	*out = (struct wav){ 0 };
	if (!wav_is(file))
		return err_set(err, ERR_FORMAT, "is no WAV file");
	while (file.n - at >= 8) {
		uint32_t n = load_le32(file.p + at + 4);
		struct slice chunk = slice_sub(file, at + 8, n);
		if (memcmp(file.p + at, "fmt ", 4) == 0)
			format = read_format(chunk, out);
		else if (memcmp(file.p + at, "data", 4) == 0 && !out->data.p)
			out->data = chunk;
		if (file.n - at - 8 <= n)
			break;
		at += 8 + (size_t)n + (n & 1);
		if (at > file.n)
			break;
	}
	if (!format || !out->data.p)
		return err_set(err, ERR_FORMAT, "is a WAV file without %s",
		               format ? "sound" : "format");
	if (!readable(out))
		return err_set(
		        err, ERR_FORMAT,
		        "is a WAV file of format %u, %u channels, %u Hz, %u bits, which is not "
		        "read: PCM, A-law, mu-law and float are",
		        (unsigned)out->format, out->channels, out->rate, out->bits);
	return true;
}

static int sample_of(const struct wav *w, const uint8_t *p)
{
	float f;

	switch (w->format) {
	case WAV_ALAW: return codec_alaw_sample(*p);
	case WAV_ULAW: return codec_ulaw_sample(*p);
	case WAV_FLOAT:
		memcpy(&f, p, sizeof f);
		return f >= 1 ? 32767 : f > -1 ? (int)(f * 32767) : f <= -1 ? -32768 : 0;
	default: break;
	}
	/* The upper 16 bits; 8 bits are without sign. */
	if (w->bits == 8)
		return (p[0] - 128) * 256;
	return (int16_t)load_le16(p + w->bits / 8 - 2);
}

int16_t *wav_samples(const struct wav *w, size_t *count)
{
	size_t width = w->bits / 8, frame = width * w->channels;
	int16_t *samples;

	*count = w->data.n / frame;
	samples = mem_alloc((*count + 1) * sizeof *samples);
	for (size_t i = 0; samples && i < *count; i++) {
		int sum = 0;
		for (unsigned c = 0; c < w->channels; c++)
			sum += sample_of(w, w->data.p + i * frame + c * width);
		samples[i] = (int16_t)(sum / (int)w->channels);
	}
	return samples;
}
