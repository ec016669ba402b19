/* payload=sound:SCORE in a stream of G.711: sines and silence one after the other, over and over.
 *
 *     sound:440+480/2000,0/4000      both sines for 2 s, silence for 4 s
 *     sound:1100@-20/500,0/3000      at -20 dBov; -16 where none is said */
#include "tests/helpers/recipe_parts.h"

#include <math.h>

#define DEFAULT_DBOV (-16.0)

static double number(struct recipe *r, struct slice word)
{
	bool minus = word.n && word.p[0] == '-';
	int64_t thousandths = recipe_decimal(r, minus ? slice_from(word, 1) : word, 1000);

	return (double)(minus ? -thousandths : thousandths) / 1000;
}

/* "440+480@-20/2000" */
static void read_part(struct recipe *r, struct slice word, struct sound_part *out)
{
	struct slice pitch, ms = word, hz, level;

	slice_split(&ms, '/', &pitch);
	if (!ms.p || !ms.n) {
		recipe_fail(r, "'%.*s' needs its length in ms behind a /", SLICE_ARG(word));
		return;
	}
	level = pitch;
	slice_split(&level, '@', &pitch);
	out->amplitude = 32768 * sqrt(2) *
	                 pow(10, (level.p && level.n ? number(r, level) : DEFAULT_DBOV) / 20);
	out->samples = recipe_whole(r, ms, 3600000) * 8;
	for (unsigned i = 0; i < 2 && slice_split(&pitch, '+', &hz); i++)
		out->hz[i] = number(r, hz);
}

void recipe_sound_read(struct recipe *r, struct slice score, struct rtp_stream *s)
{
	struct slice word;

	if (!slice_eq_str(s->codec, "PCMU") && !slice_eq_str(s->codec, "PCMA"))
		recipe_fail(r, "sound: is for PCMU and PCMA");
	s->payload = FILL_SOUND;
	s->sound = recipe_alloc(r, SOUND_MAX_PARTS * sizeof *s->sound);
	while (slice_split(&score, ',', &word)) {
		if (s->sound_parts == SOUND_MAX_PARTS) {
			recipe_fail(r, "more than %d parts of sound", SOUND_MAX_PARTS);
			return;
		}
		read_part(r, word, &s->sound[s->sound_parts]);
		s->sound_samples += s->sound[s->sound_parts++].samples;
	}
	if (!s->sound_samples)
		recipe_fail(r, "a sound of no length");
}

static int sample_at(const struct rtp_stream *s, uint64_t at)
{
	unsigned part = 0;
	double x = 0;

	for (at %= s->sound_samples; at >= s->sound[part].samples; part++)
		at -= s->sound[part].samples;
	for (unsigned i = 0; i < 2; i++)
		x += sin(2 * M_PI * s->sound[part].hz[i] * (double)at / 8000);
	x *= s->sound[part].amplitude;
	return (int)lround(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

/* ITU-T G.711 table 2: 14 bits, eight segments of 16 steps. */
static uint8_t ulaw_of(int x)
{
	int magnitude = (x < 0 ? -x : x) / 4 + 33, segment = 0;

	if (magnitude > 8191)
		magnitude = 8191;
	while (magnitude >> (segment + 6))
		segment++;
	int code = segment << 4 | ((magnitude >> (segment + 1)) & 15);
	return (uint8_t)(~((x < 0 ? 0x80 : 0) | code));
}

/* Table 1: 13 bits, even bits inverted. */
static uint8_t alaw_of(int x)
{
	int magnitude = (x < 0 ? -x - 1 : x) / 8, segment = 0;

	while (magnitude >> (segment + 5))
		segment++;
	int code = segment ? segment << 4 | ((magnitude >> segment) & 15) : magnitude >> 1;
	return (uint8_t)(((x < 0 ? 0 : 0x80) | code) ^ 0x55);
}

void recipe_sound_fill(const struct rtp_stream *s, unsigned i, uint8_t *p)
{
	bool ulaw = slice_eq_str(s->codec, "PCMU");
	uint64_t from = (uint64_t)(i - 1) * s->octets;

	for (size_t k = 0; k < s->octets; k++) {
		int x = sample_at(s, from + k);
		p[k] = ulaw ? ulaw_of(x) : alaw_of(x);
	}
}
