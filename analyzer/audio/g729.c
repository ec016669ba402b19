/* G.729 and G.729A/B, RFC 3551 section 4.5.6: frames of 10 octets for 10 ms, at the end perhaps 2 octets of a silence descriptor.
 *
 * libbcg729 is under GPL, Milliwatt is not: it is loaded when a stream needs it and it is installed (Debian package libbcg729-0), never
 * linked, never required. What is declared here is its interface as its version 1.1.1 documents it. */
#include "analyzer/audio/decoder_method.h"
#include "base/mem.h"

#include <dlfcn.h>

#define LIBRARY       "libbcg729.so.0"
#define FRAME_OCTETS  10
#define SID_OCTETS    2
#define FRAME_SAMPLES 80

struct g729 {
	void *library, *channel;
	void (*close)(void *channel);
	void (*decode)(void *channel, const uint8_t *bits, uint8_t octets, uint8_t erased,
	               uint8_t is_sid, uint8_t is_rfc3389, int16_t *out);
};

static void frame(struct g729 *g, const uint8_t *bits, size_t octets, int16_t *out)
{
	g->decode(g->channel, bits, (uint8_t)octets, bits == NULL, octets == SID_OCTETS, 0, out);
}

static size_t decode(void *state, struct slice *payload, int16_t *out)
{
	size_t n = 0;

	while (payload->n >= SID_OCTETS && n + FRAME_SAMPLES <= DECODER_MAX_SAMPLES) {
		size_t octets = payload->n >= FRAME_OCTETS ? FRAME_OCTETS : SID_OCTETS;
		frame(state, payload->p, octets, out + n);
		/* After the descriptor nothing may follow. */
		*payload = octets == SID_OCTETS ? SLICE_NONE : slice_from(*payload, octets);
		n += FRAME_SAMPLES;
	}
	return n;
}

static void conceal(void *state, int16_t *out, size_t n)
{
	int16_t whole[FRAME_SAMPLES];

	for (size_t at = 0; at < n; at += FRAME_SAMPLES) {
		frame(state, NULL, 0, whole);
		memcpy(out + at, whole,
		       (n - at < FRAME_SAMPLES ? n - at : FRAME_SAMPLES) * sizeof *out);
	}
}

static void release(void *state)
{
	struct g729 *g = state;

	if (g->channel)
		g->close(g->channel);
	if (g->library)
		dlclose(g->library);
	mem_free(g);
}

/* POSIX has dlsym() give functions as void *; ISO C has no cast for that. */
static bool find(void *library, const char *name, void *function)
{
	void *symbol = dlsym(library, name);

	memcpy(function, &symbol, sizeof symbol);
	return symbol != NULL;
}

static bool load(struct g729 *g)
{
	void *(*open)(void);

	g->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!g->library || !find(g->library, "initBcg729DecoderChannel", &open) ||
	    !find(g->library, "closeBcg729DecoderChannel", &g->close) ||
	    !find(g->library, "bcg729Decoder", &g->decode))
		return false;
	g->channel = open();
	return g->channel != NULL;
}

bool decoder_open_g729(const struct decoder_format *format, struct decoder_part *out,
                       const char **why)
{
	static const struct decoder_method method = { .decode = decode,
		                                      .conceal = conceal,
		                                      .free = release };
	struct g729 *g = mem_zalloc(sizeof *g);

	(void)format;
	if (!g)
		return false;
	if (!load(g)) {
		release(g);
		*why = "G.729 is decoded by libbcg729 (Debian: libbcg729-0), which is not "
		       "installed";
		return false;
	}
	out->method = &method;
	out->state = g;
	out->rate = 8000;
	return true;
}
