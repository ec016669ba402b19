/* Sound into octets: what the simulator can say in a payload. encode.c is the only file of sim/ that sees spandsp. */
#ifndef SIM_MEDIA_ENCODE_H
#define SIM_MEDIA_ENCODE_H

#include "base/slice.h"

enum media_codec {
	CODEC_NONE, /* something that we pass on, but cannot make */
	CODEC_PCMU,
	CODEC_PCMA,
	CODEC_G722,
	CODEC_GSM,
	CODEC_G726_16,
	CODEC_G726_24,
	CODEC_G726_32,
	CODEC_G726_40,
	CODEC_L16,
};

/* By its name in SDP, case as it comes: "PCMU", "G726-32". CODEC_NONE: not one of ours. */
enum media_codec codec_of(struct slice name);
const char *codec_name(enum media_codec codec);
/* Samples a second that are encoded; of L16 its RTP clock. G.722: 16000, though its clock says 8000 (RFC 3551 section 4.5.2). */
unsigned codec_rate(enum media_codec codec, unsigned clock_hz);
unsigned codec_clock(enum media_codec codec); /* of RTP; L16: 44100, the static one's */
int codec_payload_type(enum media_codec codec); /* of RFC 3551; -1: dynamic */
/* Octets of so many samples; 0: a number that makes no whole octets or frames. */
size_t codec_octets(enum media_codec codec, size_t samples);

int16_t codec_ulaw_sample(uint8_t octet);
int16_t codec_alaw_sample(uint8_t octet);

struct encoder;
/* NULL: no memory. */
struct encoder *encoder_new(enum media_codec codec);
void encoder_free(struct encoder *e); /* NULL allowed */
/* `samples` at codec_rate(), as many as codec_octets() takes; `out` has room for that many octets. The state goes on from call to call. */
void encoder_encode(struct encoder *e, const int16_t *samples, size_t n, uint8_t *out);

#endif
