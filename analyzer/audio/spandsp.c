/* The codecs and the concealment of spandsp 0.0.6; the only decoder that sees it. Its states are its own allocations. */
#include "analyzer/audio/decoder_method.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

#include <spandsp/telephony.h>

#include <spandsp/bitstream.h>
#include <spandsp/fast_convert.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/g726.h>
#include <spandsp/gsm0610.h>
#include <spandsp/plc.h>

/* At most `most` octets off the beginning of *payload, whole groups only; what is left then and no group is dropped. */
static struct slice take(struct slice *payload, size_t group, size_t most)
{
	size_t n = payload->n < most ? payload->n : most;
	struct slice taken = slice_sub(*payload, 0, n - n % group);

	*payload = taken.n ? slice_from(*payload, taken.n) : SLICE_NONE;
	return taken;
}

/* --- G.711 ----------------------------------------------------------------------------------------------------- */

static size_t decode_ulaw(void *state, struct slice *payload, int16_t *out)
{
	struct slice in = take(payload, 1, DECODER_MAX_SAMPLES);

	(void)state;
	for (size_t i = 0; i < in.n; i++)
		out[i] = ulaw_to_linear(in.p[i]);
	return in.n;
}

static size_t decode_alaw(void *state, struct slice *payload, int16_t *out)
{
	struct slice in = take(payload, 1, DECODER_MAX_SAMPLES);

	(void)state;
	for (size_t i = 0; i < in.n; i++)
		out[i] = alaw_to_linear(in.p[i]);
	return in.n;
}

static const struct decoder_method ulaw = { .decode = decode_ulaw, .interleaved = true };
static const struct decoder_method alaw = { .decode = decode_alaw, .interleaved = true };

/* --- G.722: two samples at 16 kHz per octet, with an RTP clock of 8 kHz (RFC 3551 section 4.5.2) --------------- */

static size_t decode_g722(void *state, struct slice *payload, int16_t *out)
{
	struct slice in = take(payload, 1, DECODER_MAX_SAMPLES / 2);

	return (size_t)g722_decode(state, out, in.p, (int)in.n);
}

static void free_g722(void *state)
{
	g722_decode_free(state);
}

static const struct decoder_method g722 = { .decode = decode_g722, .free = free_g722 };

/* --- G.726: 2 to 5 bits per sample ------------------------------------------------------------------------------ */

/* RFC 3551 section 4.5.4 has payloads of whole octets with whole samples. The library keeps bits that are left over for its next call,
 * so it only ever gets as many octets as hold whole samples. */
struct g726 {
	g726_state_t *codec;
	unsigned bits, group_octets;
};

static size_t decode_g726(void *state, struct slice *payload, int16_t *out)
{
	struct g726 *g = state;
	size_t most = (size_t)DECODER_MAX_SAMPLES * g->bits / 8;
	struct slice in = take(payload, g->group_octets, most - most % g->group_octets);

	return in.n ? (size_t)g726_decode(g->codec, out, in.p, (int)in.n) : 0;
}

static void free_g726(void *state)
{
	struct g726 *g = state;

	g726_free(g->codec);
	mem_free(g);
}

static const struct decoder_method g726 = { .decode = decode_g726, .free = free_g726 };

/* "G726-32", and "AAL2-G726-32", which fills octets from the other end. */
static bool open_g726(const char *name, struct decoder_part *out)
{
	bool aal2 = name[0] == 'A';
	unsigned rate_kbps = (unsigned)strtoul(strrchr(name, '-') + 1, NULL, 10);
	struct g726 *g = mem_zalloc(sizeof *g);

	if (!g)
		return false;
	g->bits = rate_kbps / 8;
	g->group_octets = g->bits % 2 ? g->bits : 1;
	g->codec = g726_init(NULL, (int)(rate_kbps * 1000), G726_ENCODING_LINEAR,
	                     aal2 ? G726_PACKING_LEFT : G726_PACKING_RIGHT);
	if (!g->codec) {
		mem_free(g);
		return false;
	}
	out->state = g;
	out->method = &g726;
	return true;
}

/* --- GSM 06.10: frames of 33 octets for 20 ms, RFC 3551 section 4.5.8 -------------------------------------------- */

#define GSM_OCTETS  33
#define GSM_SAMPLES 160

static size_t decode_gsm(void *state, struct slice *payload, int16_t *out)
{
	struct slice in = take(payload, GSM_OCTETS, DECODER_MAX_SAMPLES / GSM_SAMPLES * GSM_OCTETS);

	return in.n ? (size_t)gsm0610_decode(state, out, in.p, (int)in.n) : 0;
}

static void free_gsm(void *state)
{
	gsm0610_free(state);
}

static const struct decoder_method gsm = { .decode = decode_gsm, .free = free_gsm };

/* --- opening ---------------------------------------------------------------------------------------------------- */

bool decoder_open_spandsp(const struct decoder_format *format, struct decoder_part *out,
                          const char **why)
{
	const char *name = format->name;

	(void)why;
	out->rate = format->clock_hz;
	if (strcmp(name, "PCMU") == 0 || strcmp(name, "PCMA") == 0) {
		out->method = name[3] == 'U' ? &ulaw : &alaw;
		return true;
	}
	out->rate = 8000;
	if (strcmp(name, "GSM") == 0) {
		out->state = gsm0610_init(NULL, GSM0610_PACKING_VOIP);
		out->method = out->state ? &gsm : NULL;
	} else if (strcmp(name, "G722") == 0) {
		out->rate = 16000;
		out->state = g722_decode_init(NULL, 64000, 0);
		out->method = out->state ? &g722 : NULL;
	} else {
		return open_g726(name, out);
	}
	return out->state != NULL;
}

/* --- concealment ------------------------------------------------------------------------------------------------ */

/* The library conceals at about 8 kHz. Above, it hears means of `factor` samples, and what it makes up is drawn out by as much: the upper
 * half of a lost packet's spectrum is missing, which 60 ms do not show. It turns its ring of samples with a memcpy() that overlaps, so
 * the samples are kept here and put there in order before it needs them. */
struct concealer {
	plc_state_t plc;
	unsigned factor;
	int16_t past[PLC_HISTORY_LEN]; /* at the low rate, newest last: heard or made up */
};

#define PIECE                                                                                      \
	240 /* samples at the low rate; the library writes a quarter of a pitch period (30) whatever it is asked for */
#define OVERLAP 32 /* blended at the low rate after a loss */

struct concealer *concealer_new(unsigned rate)
{
	struct concealer *c = mem_zalloc(sizeof *c);

	if (!c)
		return NULL;
	plc_init(&c->plc);
	c->factor = rate < 12000 ? 1 : (rate + 4000) / 8000;
	return c;
}

void concealer_free(struct concealer *c)
{
	mem_free(c);
}

static void remember(struct concealer *c, const int16_t *low, size_t n)
{
	if (n >= PLC_HISTORY_LEN) {
		memcpy(c->past, low + n - PLC_HISTORY_LEN, sizeof c->past);
		return;
	}
	memmove(c->past, c->past + n, (PLC_HISTORY_LEN - n) * sizeof *low);
	memcpy(c->past + PLC_HISTORY_LEN - n, low, n * sizeof *low);
}

static void make_up(struct concealer *c, int16_t *out, size_t n)
{
	int16_t low[PIECE];
	int factor = (int)c->factor, newest = c->past[PLC_HISTORY_LEN - 1];
	size_t count = (n + c->factor - 1) / c->factor;

	if (!c->plc.missing_samples) {
		memcpy(c->plc.history, c->past, sizeof c->past);
		c->plc.buf_ptr = 0;
	}
	plc_fillin(&c->plc, low, (int)count);
	for (size_t i = 0; i < n; i++) {
		size_t at = i / c->factor;
		int after = low[at], before = at ? low[at - 1] : newest;
		int part = (int)(i % c->factor) + 1;
		out[i] = (int16_t)(before + (after - before) * part / factor);
	}
	remember(c, low, count);
}

void concealer_fill(struct concealer *c, int16_t *out, size_t n)
{
	size_t piece = (size_t)PIECE * c->factor;

	for (size_t at = 0; at < n; at += piece)
		make_up(c, out + at, n - at < piece ? n - at : piece);
}

/* Out of what was made up into what is real. */
static void blend(struct concealer *c, int16_t *samples, size_t n)
{
	int16_t tail[OVERLAP * 24];
	size_t count = (size_t)OVERLAP * c->factor;

	if (count > n)
		count = n;
	make_up(c, tail, count);
	for (size_t i = 0; i < count; i++)
		samples[i] =
		        (int16_t)((tail[i] * (int)(count - i) + samples[i] * (int)i) / (int)count);
}

/* The first PIECE samples at the low rate, or as many as there are. */
static size_t lower(const struct concealer *c, const int16_t *samples, size_t n, int16_t *low)
{
	size_t count = 0;

	for (size_t at = 0; count < PIECE && at + c->factor <= n; at += c->factor) {
		int sum = 0;
		for (unsigned k = 0; k < c->factor; k++)
			sum += samples[at + k];
		low[count++] = (int16_t)(sum / (int)c->factor);
	}
	return count;
}

void concealer_heard(struct concealer *c, int16_t *samples, size_t n)
{
	int16_t low[PIECE];
	size_t count;

	if (c->plc.missing_samples && c->factor == 1)
		plc_rx(&c->plc, samples, (int)n);
	else if (c->plc.missing_samples)
		blend(c, samples, n);
	c->plc.missing_samples = 0;
	for (size_t at = 0; (count = lower(c, samples + at, n - at, low)) > 0;
	     at += count * c->factor)
		remember(c, low, count);
}
