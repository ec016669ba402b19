/* Sound to payloads, for what decodes them: encoders of spandsp, libopus and, where it is installed, libbcg729. G.726 is packed here, as
 * RFC 3551 4.5.4 and ITU-T I.366.2 Annex E draw it, and L16 and the numbers of samples are ours too. */
#ifndef TESTS_HELPERS_VOICE_ENCODER_H
#define TESTS_HELPERS_VOICE_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOICE_MAX_OCTETS 4000

struct voice_encoder {
	const char *name; /* of the rtpmap */
	unsigned payload_type, clock_hz, rate;
	void *state;
};

enum voice_status { VOICE_READY, VOICE_UNKNOWN, VOICE_NOT_INSTALLED };

enum voice_status voice_encoder_open(struct voice_encoder *e, const char *name);
/* 20 ms: rate / 50 samples. How many octets. */
size_t voice_encoder_put(struct voice_encoder *e, const int16_t *samples,
                         uint8_t out[static VOICE_MAX_OCTETS]);
void voice_encoder_close(struct voice_encoder *e);

#endif
