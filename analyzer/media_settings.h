/* How media is judged, as the user asked for it. */
#ifndef ANALYZER_MEDIA_SETTINGS_H
#define ANALYZER_MEDIA_SETTINGS_H

#include "analyzer/score/receiver.h"

/* All zero: as it comes. */
struct media_settings {
	struct buffer_setting buffer; /* the receiver's jitter buffer behind `late` */
	bool has_delay;
	double delay_ms; /* if has_delay: of the network one way, where nothing was measured */
	bool listen; /* decode audio and measure what was said */
	bool marks; /* keep which packets came, and when every 32nd did (streams/marks.h) */
	bool apart; /* legs whose media carry the same are not one call for that (joining/carried.h): where all calls play the same */
	bool mask_dtmf; /* digits are counted and timed, never named */
};

#endif
