/* The encoders of spandsp 0.0.6, and L16 (RFC 3551 section 4.5.11). Their states are the library's own allocations. */
#include "sim/media/encode.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/bitstream.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/g726.h>
#include <spandsp/gsm0610.h>

#define GSM_SAMPLES 160
#define GSM_OCTETS  33

static const struct codec {
	const char *name;
	unsigned clock_hz, rate;
	int payload_type;
	unsigned bits; /* per sample; 0: frames */
} codecs[] = {
	[CODEC_NONE] = { "none", 8000, 8000, -1, 0 },
	[CODEC_PCMU] = { "PCMU", 8000, 8000, 0, 8 },
	[CODEC_PCMA] = { "PCMA", 8000, 8000, 8, 8 },
	[CODEC_G722] = { "G722", 8000, 16000, 9, 4 },
	[CODEC_GSM] = { "GSM", 8000, 8000, 3, 0 },
	[CODEC_G726_16] = { "G726-16", 8000, 8000, -1, 2 },
	[CODEC_G726_24] = { "G726-24", 8000, 8000, -1, 3 },
	[CODEC_G726_32] = { "G726-32", 8000, 8000, -1, 4 },
	[CODEC_G726_40] = { "G726-40", 8000, 8000, -1, 5 },
	[CODEC_L16] = { "L16", 44100, 44100, 11, 16 },
};

enum media_codec codec_of(struct slice name)
{
	for (enum media_codec c = CODEC_PCMU; c <= CODEC_L16; c++)
		if (slice_ieq_str(name, codecs[c].name))
			return c;
	return CODEC_NONE;
}

const char *codec_name(enum media_codec codec)
{
	return codecs[codec].name;
}

unsigned codec_rate(enum media_codec codec, unsigned clock_hz)
{
	return codec == CODEC_L16 && clock_hz ? clock_hz : codecs[codec].rate;
}

unsigned codec_clock(enum media_codec codec)
{
	return codecs[codec].clock_hz;
}

int codec_payload_type(enum media_codec codec)
{
	return codecs[codec].payload_type;
}

size_t codec_octets(enum media_codec codec, size_t samples)
{
	size_t bits = samples * codecs[codec].bits;

	if (codec == CODEC_GSM)
		return samples % GSM_SAMPLES ? 0 : samples / GSM_SAMPLES * GSM_OCTETS;
	return bits % 8 ? 0 : bits / 8;
}

int16_t codec_ulaw_sample(uint8_t octet)
{
	return ulaw_to_linear(octet);
}

int16_t codec_alaw_sample(uint8_t octet)
{
	return alaw_to_linear(octet);
}

struct encoder {
	enum media_codec codec;
	union {
		g722_encode_state_t *g722;
		g726_state_t *g726;
		gsm0610_state_t *gsm;
		void *any;
	} state;
};

static bool open_state(struct encoder *e)
{
	switch (e->codec) {
	case CODEC_G722:
		e->state.g722 = g722_encode_init(NULL, 64000, 0);
		return e->state.any != NULL;
	case CODEC_GSM:
		e->state.gsm = gsm0610_init(NULL, GSM0610_PACKING_VOIP);
		return e->state.any != NULL;
	case CODEC_G726_16:
	case CODEC_G726_24:
	case CODEC_G726_32:
	case CODEC_G726_40:
		e->state.g726 = g726_init(NULL, (int)(codecs[e->codec].bits * 8000),
		                          G726_ENCODING_LINEAR, G726_PACKING_RIGHT);
		return e->state.any != NULL;
	default: return true;
	}
}

struct encoder *encoder_new(enum media_codec codec)
{
	struct encoder *e = mem_zalloc(sizeof *e);

	if (!e)
		return NULL;
	e->codec = codec;
	if (!open_state(e)) {
		mem_free(e);
		return NULL;
	}
	return e;
}

void encoder_free(struct encoder *e)
{
	if (!e)
		return;
	if (e->codec == CODEC_G722)
		g722_encode_free(e->state.g722);
	else if (e->codec == CODEC_GSM)
		gsm0610_free(e->state.gsm);
	else if (e->state.any)
		g726_free(e->state.g726);
	mem_free(e);
}

void encoder_encode(struct encoder *e, const int16_t *samples, size_t n, uint8_t *out)
{
	switch (e->codec) {
	case CODEC_PCMU:
		for (size_t i = 0; i < n; i++)
			out[i] = linear_to_ulaw(samples[i]);
		break;
	case CODEC_PCMA:
		for (size_t i = 0; i < n; i++)
			out[i] = linear_to_alaw(samples[i]);
		break;
	case CODEC_L16:
		for (size_t i = 0; i < n; i++) {
			out[2 * i] = (uint8_t)((uint16_t)samples[i] >> 8);
			out[2 * i + 1] = (uint8_t)samples[i];
		}
		break;
	case CODEC_G722: g722_encode(e->state.g722, out, samples, (int)n); break;
	case CODEC_GSM: gsm0610_encode(e->state.gsm, out, samples, (int)n); break;
	case CODEC_NONE: break;
	default: g726_encode(e->state.g726, out, samples, (int)n);
	}
}
