/* L16: samples as they are, in network order, RFC 3551 section 4.5.11. */
#include "analyzer/audio/decoder_method.h"
#include "base/cursor.h"

static size_t decode(void *state, struct slice *payload, int16_t *out)
{
	size_t n = payload->n / 2;

	(void)state;
	/* Of 1 to 8 channels all but 7 divide the maximum: 7 lose their place in payloads of over 5760 samples, which are hostile. */
	if (n > DECODER_MAX_SAMPLES)
		n = DECODER_MAX_SAMPLES;
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)load_be16(payload->p + 2 * i);
	*payload = slice_from(*payload, 2 * n);
	return n;
}

bool decoder_open_linear(const struct decoder_format *format, struct decoder_part *out,
                         const char **why)
{
	static const struct decoder_method method = { .decode = decode, .interleaved = true };

	(void)why;
	out->method = &method;
	out->rate = format->clock_hz;
	return true;
}
