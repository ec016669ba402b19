/* SIPp's rtp_stream, rtp_echo and play_pcap_*: their little languages, and doing what they say. */
#ifndef SIM_MEDIA_RTP_STREAM_H
#define SIM_MEDIA_RTP_STREAM_H

#include "base/err.h"
#include "base/slice.h"

enum stream_verb { STREAM_FILE, STREAM_PATTERN, STREAM_PAUSE, STREAM_RESUME };

/* "FILE[,loops[,payload type[,name/rate]]]", "apattern,1..6[,payload type[,name/rate]]" (vpattern: video), "pause", "resume", and those of one kind:
 * pauseapattern, resumeapattern, pausevpattern, resumevpattern. */
struct stream_order {
	enum stream_verb verb;
	bool audio, video; /* what it is about */
	struct slice path;
	int pattern, loops, payload_type; /* -1: not said */
	struct slice name; /* of the codec; absent */
	uint32_t clock_hz; /* 0: not said */
};

bool stream_order_parse(struct slice argument, struct stream_order *out, struct err *err);

struct media_call;
bool stream_act(struct media_call *c, struct slice argument, struct err *err);
/* startaudio, updateaudio, stopaudio, and video; ",payload type,name" may follow. */
bool stream_echo_act(struct media_call *c, struct slice argument, struct err *err);

#endif
