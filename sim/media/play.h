/* "wav:FILE", "tone:1000", "speech", "silence", "FILE.wav", each with ",codec=PCMU,ptime=20,loops=3,pt=8,level=-10,ms=500": what MEDIA_PLAY and
 * --media take. */
#ifndef SIM_MEDIA_PLAY_H
#define SIM_MEDIA_PLAY_H

#include "sim/media/source.h"

struct media_call;

struct play {
	struct sound sound;
	enum media_codec codec; /* CODEC_NONE: as SDP says */
	uint32_t clock_hz; /* "L16/16000"; 0: as SDP says, or the codec's */
	unsigned ptime_ms; /* 0: as SDP says, or 20 */
	int loops; /* -1: no end */
	int payload_type; /* -1: as SDP says */
};

/* False: err says what is wrong with it. Borrows. */
bool play_parse(struct slice argument, struct play *out, struct err *err);
/* It plays in the call's audio from now on. */
bool play_act(struct media_call *c, struct slice argument, struct err *err);

#endif
