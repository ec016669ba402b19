/* Which codec is whose; see decoder.h. */
#include "analyzer/audio/decoder_method.h"
#include "base/mem.h"

#include <assert.h>

#define MAX_CHANNELS 8
#define MIN_RATE     4000
#define MAX_RATE     192000

struct decoder {
	struct decoder_part part;
	unsigned channels; /* of what part gives */
	struct concealer *concealer; /* NULL: the codec's own */
};

static const struct {
	const char *name;
	decoder_open *open;
} openers[] = {
	{ "PCMU", decoder_open_spandsp },
	{ "PCMA", decoder_open_spandsp },
	{ "G722", decoder_open_spandsp },
	{ "G726-40", decoder_open_spandsp },
	{ "G726-32", decoder_open_spandsp },
	{ "G726-24", decoder_open_spandsp },
	{ "G726-16", decoder_open_spandsp },
	{ "AAL2-G726-40", decoder_open_spandsp },
	{ "AAL2-G726-32", decoder_open_spandsp },
	{ "AAL2-G726-24", decoder_open_spandsp },
	{ "AAL2-G726-16", decoder_open_spandsp },
	{ "GSM", decoder_open_spandsp },
	{ "L16", decoder_open_linear },
	{ "opus", decoder_open_opus },
	{ "G729", decoder_open_g729 },
};

static decoder_open *opener_of(const struct decoder_format *f, const char **why)
{
	if (!f->name) {
		*why = "nothing says what its payload type means";
		return NULL;
	}
	for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
		if (strcmp(openers[i].name, f->name) == 0)
			return openers[i].open;
	*why = strcmp(f->name, "iLBC") == 0
	               ? "no iLBC decoder: spandsp 0.0.6 has none, and Debian 12 packages no other"
	               : "no decoder for this codec";
	return NULL;
}

static bool open_part(struct decoder *d, const struct decoder_format *f, const char **why)
{
	decoder_open *open = opener_of(f, why);

	if (!open)
		return false;
	d->channels = f->channels ? f->channels : 1;
	if (d->channels > MAX_CHANNELS || f->clock_hz < MIN_RATE || f->clock_hz > MAX_RATE) {
		*why = "its clock or its number of channels makes no sense";
		return false;
	}
	if (!open(f, &d->part, why))
		return false;
	if (!d->part.method->interleaved)
		d->channels = 1;
	if (d->part.method->conceal)
		return true;
	d->concealer = concealer_new(d->part.rate);
	return d->concealer != NULL;
}

struct decoder *decoder_new(const struct decoder_format *format, const char **why)
{
	struct decoder *d = mem_zalloc(sizeof *d);

	*why = NULL;
	if (d && open_part(d, format, why))
		return d;
	decoder_free(d);
	return NULL;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	if (d->part.method && d->part.method->free)
		d->part.method->free(d->part.state);
	concealer_free(d->concealer);
	mem_free(d);
}

unsigned decoder_rate(const struct decoder *d)
{
	return d->part.rate;
}

/* The mean of all channels; a last sample without its others is left out. */
static size_t fold(int16_t *samples, size_t n, unsigned channels)
{
	size_t frames = n / channels;

	for (size_t i = 0; i < frames; i++) {
		int sum = 0;
		for (unsigned c = 0; c < channels; c++)
			sum += samples[i * channels + c];
		samples[i] = (int16_t)(sum / (int)channels);
	}
	return frames;
}

size_t decoder_decode(struct decoder *d, struct slice *payload,
                      int16_t out[static DECODER_MAX_SAMPLES])
{
	size_t n = payload->n ? d->part.method->decode(d->part.state, payload, out) : 0;

	assert(n <= DECODER_MAX_SAMPLES);
	if (d->channels > 1)
		n = fold(out, n, d->channels);
	if (d->concealer && n)
		concealer_heard(d->concealer, out, n);
	return n;
}

void decoder_conceal(struct decoder *d, int16_t *out, size_t n)
{
	assert(n <= DECODER_MAX_SAMPLES);
	if (d->part.method->conceal)
		d->part.method->conceal(d->part.state, out, n);
	else
		concealer_fill(d->concealer, out, n);
}
