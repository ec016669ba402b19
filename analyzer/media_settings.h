/* How media is judged, as the user asked for it. */
#ifndef ANALYZER_MEDIA_SETTINGS_H
#define ANALYZER_MEDIA_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: as it comes. */
struct media_settings {
	bool listen; /* decode audio and measure what was said */
	bool mask_dtmf; /* digits are counted and timed, never named */
};

#endif
