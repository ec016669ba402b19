#include "tests/helpers/voice_encoder.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/bitstream.h>
#include <spandsp/fast_convert.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/g726.h>
#include <spandsp/gsm0610.h>

static const struct voice_encoder voices[] = {
	{ "PCMU", 0, 8000, 8000, NULL },          { "PCMA", 8, 8000, 8000, NULL },
	{ "G722", 9, 8000, 16000, NULL },         { "GSM", 3, 8000, 8000, NULL },
	{ "G729", 18, 8000, 8000, NULL },         { "G726-16", 96, 8000, 8000, NULL },
	{ "G726-24", 96, 8000, 8000, NULL },      { "G726-32", 96, 8000, 8000, NULL },
	{ "G726-40", 96, 8000, 8000, NULL },      { "AAL2-G726-16", 96, 8000, 8000, NULL },
	{ "AAL2-G726-24", 96, 8000, 8000, NULL }, { "AAL2-G726-32", 96, 8000, 8000, NULL },
	{ "AAL2-G726-40", 96, 8000, 8000, NULL }, { "L16", 96, 16000, 16000, NULL },
	{ "opus", 96, 48000, 48000, NULL },
};

/* Its interface as its version 1.1.1 documents it; under GPL, so never linked. */
struct g729 {
	void *channel;
	void *(*open)(uint8_t vad);
	void (*close)(void *channel);
	void (*encode)(void *channel, const int16_t *samples, uint8_t *bits, uint8_t *octets);
};

static void *open_g729(void)
{
	void *library = dlopen("libbcg729.so.0", RTLD_NOW | RTLD_LOCAL);
	struct g729 *g = calloc(1, sizeof *g);
	void *symbols[3];

	if (library) {
		symbols[0] = dlsym(library, "initBcg729EncoderChannel");
		symbols[1] = dlsym(library, "closeBcg729EncoderChannel");
		symbols[2] = dlsym(library, "bcg729Encoder");
		memcpy(&g->open, &symbols[0], sizeof g->open);
		memcpy(&g->close, &symbols[1], sizeof g->close);
		memcpy(&g->encode, &symbols[2], sizeof g->encode);
		g->channel = g->open(0);
	}
	if (g->channel)
		return g;
	free(g);
	return NULL;
}

static bool is_g726(const struct voice_encoder *e)
{
	return strstr(e->name, "G726") != NULL;
}

static unsigned g726_bits(const struct voice_encoder *e)
{
	return (unsigned)atoi(strrchr(e->name, '-') + 1) / 8;
}

static void *open_state(const struct voice_encoder *e)
{
	int why;

	if (strcmp(e->name, "G722") == 0)
		return g722_encode_init(NULL, 64000, 0);
	if (strcmp(e->name, "GSM") == 0)
		return gsm0610_init(NULL, GSM0610_PACKING_VOIP);
	if (strcmp(e->name, "G729") == 0)
		return open_g729();
	if (strcmp(e->name, "opus") == 0)
		return opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &why);
	if (is_g726(e))
		return g726_init(NULL, (int)g726_bits(e) * 8000, G726_ENCODING_LINEAR,
		                 G726_PACKING_NONE);
	return NULL;
}

enum voice_status voice_encoder_open(struct voice_encoder *e, const char *name)
{
	for (size_t i = 0; i < sizeof voices / sizeof *voices; i++) {
		if (strcmp(voices[i].name, name) != 0)
			continue;
		*e = voices[i];
		e->state = open_state(e);
		return e->state || strcmp(name, "G729") != 0 ? VOICE_READY : VOICE_NOT_INSTALLED;
	}
	return VOICE_UNKNOWN;
}

/* The first code in the lowest bits of the first octet, what overflows at the bottom of the next. */
static size_t pack_rfc3551(const uint8_t *codes, size_t n, unsigned bits, uint8_t *out)
{
	memset(out, 0, n * bits / 8);
	for (size_t i = 0; i < n * bits; i++)
		if (codes[i / bits] >> (i % bits) & 1)
			out[i / 8] |= (uint8_t)(1u << (i % 8));
	return n * bits / 8;
}

/* The first code in the highest bits, its highest bit first. */
static size_t pack_aal2(const uint8_t *codes, size_t n, unsigned bits, uint8_t *out)
{
	memset(out, 0, n * bits / 8);
	for (size_t i = 0; i < n * bits; i++)
		if (codes[i / bits] >> (bits - 1 - i % bits) & 1)
			out[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	return n * bits / 8;
}

static size_t put_g726(struct voice_encoder *e, const int16_t *samples, uint8_t *out)
{
	uint8_t codes[160];
	size_t n = (size_t)g726_encode(e->state, codes, samples, 160);

	return e->name[0] == 'A' ? pack_aal2(codes, n, g726_bits(e), out)
	                         : pack_rfc3551(codes, n, g726_bits(e), out);
}

static size_t put_g729(struct g729 *g, const int16_t *samples, uint8_t *out)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		uint8_t octets = 0;
		g->encode(g->channel, samples + 80 * i, out + n, &octets);
		n += octets;
	}
	return n;
}

static size_t put_samples(const struct voice_encoder *e, const int16_t *samples, uint8_t *out)
{
	size_t n = e->rate / 50;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(e->name, "PCMU") == 0) {
			out[i] = linear_to_ulaw(samples[i]);
		} else if (strcmp(e->name, "PCMA") == 0) {
			out[i] = linear_to_alaw(samples[i]);
		} else {
			out[2 * i] = (uint8_t)((uint16_t)samples[i] >> 8);
			out[2 * i + 1] = (uint8_t)samples[i];
		}
	}
	return e->name[0] == 'L' ? 2 * n : n;
}

size_t voice_encoder_put(struct voice_encoder *e, const int16_t *samples,
                         uint8_t out[static VOICE_MAX_OCTETS])
{
	if (strcmp(e->name, "G722") == 0)
		return (size_t)g722_encode(e->state, out, samples, 320);
	if (strcmp(e->name, "GSM") == 0)
		return (size_t)gsm0610_encode(e->state, out, samples, 160);
	if (strcmp(e->name, "G729") == 0)
		return put_g729(e->state, samples, out);
	if (strcmp(e->name, "opus") == 0)
		return (size_t)opus_encode(e->state, samples, 960, out, VOICE_MAX_OCTETS);
	return is_g726(e) ? put_g726(e, samples, out) : put_samples(e, samples, out);
}

void voice_encoder_close(struct voice_encoder *e)
{
	struct g729 *g = e->state;

	if (strcmp(e->name, "G722") == 0)
		g722_encode_free(e->state);
	else if (strcmp(e->name, "GSM") == 0)
		gsm0610_free(e->state);
	else if (strcmp(e->name, "opus") == 0)
		opus_encoder_destroy(e->state);
	else if (is_g726(e))
		g726_free(e->state);
	else if (strcmp(e->name, "G729") == 0) {
		g->close(g->channel);
		free(g);
	}
}
