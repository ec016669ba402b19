#include "tests/helpers/pcm_file.h"

#include "analyzer/audio/resample.h"
#include "base/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool broken(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	return false;
}

static uint8_t *read_all(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	size_t room = 1u << 20, got;
	uint8_t *p = NULL;

	*n = 0;
	if (!f)
		return NULL;
	do {
		room *= 2;
		p = realloc(p, room);
		got = fread(p + *n, 1, room - *n, f);
		*n += got;
	} while (*n == room);
	fclose(f);
	return p;
}

static bool take_samples(struct pcm_file *p, struct slice data, unsigned channel, unsigned channels)
{
	p->count = data.n / (2 * channels);
	p->samples = malloc((p->count + 1) * sizeof *p->samples);
	for (size_t i = 0; i < p->count; i++)
		p->samples[i] = (int16_t)load_le16(data.p + 2 * (i * channels + channel));
	return true;
}

static bool parse(struct pcm_file *p, struct slice file, unsigned channel)
{
	unsigned channels = 0;

	if (file.n < 12 || memcmp(file.p, "RIFF", 4) != 0 || memcmp(file.p + 8, "WAVE", 4) != 0)
		return false;
	for (file = slice_from(file, 12); file.n >= 8;) {
		uint32_t size = load_le32(file.p + 4);
		struct slice body = slice_sub(file, 8, size);
		if (memcmp(file.p, "fmt ", 4) == 0 && body.n >= 16) {
			if (load_le16(body.p) != 1 || load_le16(body.p + 14) != 16)
				return false;
			channels = load_le16(body.p + 2);
			p->rate = load_le32(body.p + 4);
		}
		if (memcmp(file.p, "data", 4) == 0)
			return channel < channels && take_samples(p, body, channel, channels);
		file = slice_from(file, 8 + (size_t)size + size % 2);
	}
	return false;
}

bool pcm_file_read(struct pcm_file *p, const char *path, unsigned channel)
{
	size_t n;
	uint8_t *octets = read_all(path, &n);

	*p = (struct pcm_file){ 0 };
	if (!octets)
		return broken(path, "cannot be read");
	bool ok = parse(p, slice_of(octets, n), channel);
	free(octets);
	return ok || broken(path, "no WAV file of 16 bits with this channel");
}

void pcm_file_release(struct pcm_file *p)
{
	free(p->samples);
	p->samples = NULL;
}

bool pcm_file_resample(struct pcm_file *p, unsigned rate)
{
	static struct resample r;
	const int16_t *in = p->samples;
	size_t left = p->count,
	       room = (size_t)((double)p->count * rate / p->rate) + 2 * RESAMPLE_MAX;
	int16_t *out = malloc(room * sizeof *out);
	size_t n = 0;

	if (!resample_set_rates(&r, p->rate, rate))
		return false;
	while (left)
		n += resample_push(&r, &in, &left, out + n);
	resample_release(&r);
	free(p->samples);
	*p = (struct pcm_file){ out, n, rate };
	return true;
}
