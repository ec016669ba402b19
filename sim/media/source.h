/* What is sent: octets of payload, made once and shared by every stream that sends them. Regular ones are frames of one size at one distance;
 * others (out of captures) have a list of frames. They live as long as the machine, which makes at most SOURCES_MAX of them. */
#ifndef SIM_MEDIA_SOURCE_H
#define SIM_MEDIA_SOURCE_H

#include "base/err.h"
#include "base/slice.h"
#include "base/table.h"
#include "sim/media/encode.h"
#include "sim/media/files.h"

#define SOURCES_MAX       4096
#define SOURCES_MAX_BYTES (UINT64_C(1) << 30)

struct source_frame {
	uint32_t at, octets; /* in `bytes` */
	uint32_t timestamp; /* since the first one's, of RTP */
	int64_t time_ns; /* since the first one's */
	uint8_t first,
	        second; /* octets of the header: extension and CSRC bits; marker and payload type */
};

struct source {
	char *key;
	uint8_t *bytes;
	uint64_t octets;
	uint32_t count; /* frames, at least one */
	/* regular */
	uint32_t frame_octets, frame_ticks;
	int64_t frame_ns;
	/* irregular: NULL without */
	struct source_frame *frames;
	bool raw; /* no RTP: datagrams as they are (T.38 over UDPTL) */
	uint32_t clock_hz;
	int payload_type; /* -1: as SDP says */
	int pattern; /* 1..6: of SIPp's rtp check; 0: none */
};

struct sources {
	struct table table; /* by key */
	uint64_t octets;
	struct media_files files; /* what they are made of */
};

/* Sound to be encoded. */
enum sound_kind { SOUND_SILENCE, SOUND_TONE, SOUND_SPEECH, SOUND_FILE };
struct sound {
	enum sound_kind kind;
	double hz[2]; /* second 0: one tone */
	double level_dbm0; /* of all tones together; of speech its active level */
	int64_t duration_ns; /* 0: as long as it is; what has no length makes a loop of its own */
	struct slice path;
};

void sounds_init(struct sources *s, struct slice scenario_path);
void sounds_release(struct sources *s);

/* NULL: none of this key. */
const struct source *sounds_find(const struct sources *s, const char *key);
/* Takes it, also where it fails (it is freed then). False: err. */
bool sounds_keep(struct sources *s, const char *key, struct source *source, struct err *err);
void source_free(struct source *source); /* of one that is not kept; NULL allowed */

struct source_form { /* how it is to be packed */
	enum media_codec codec;
	uint32_t clock_hz;
	unsigned ptime_ms;
};

/* The source of this sound in this form, found or made. NULL: err. */
const struct source *source_of_sound(struct sources *s, const struct sound *sound,
                                     const struct source_form *form, struct err *err);

/* RTP out of a capture with its timing, or (raw) the datagrams that are none. NULL: err. */
const struct source *source_of_capture(struct sources *s, struct slice path, bool raw, bool video,
                                       struct err *err);

/* Of the capture's octets, kept by nobody: source_free(). NULL: err. */
struct source *stream_of_capture(struct slice file, bool raw, bool video, struct err *err);

struct raw_form { /* of one packet */
	uint32_t octets, ticks, ms, clock_hz;
};
/* A file's octets, the last packet filled up with `padding`. NULL: err. */
const struct source *source_of_raw(struct sources *s, struct slice path,
                                   const struct raw_form *form, uint8_t padding, struct err *err);
/* SIPp's patterns 1..6: packets of one octet over and over. NULL: err. */
const struct source *source_of_pattern(struct sources *s, int pattern, const struct raw_form *form,
                                       struct err *err);
uint8_t pattern_octet(int pattern);

/* 0 dBm0 is 3.14 dB below the loudest sine (G.711 table 5/6); peak of a sine of this level. */
double level_peak(double dbm0);

/* Mono samples at `rate`, mem_free() them; *count: as many as are asked for (a file: as many as there are). NULL: err. */
int16_t *sound_tone(const struct sound *sound, unsigned rate, size_t *count, struct err *err);
int16_t *sound_speech(const struct sound *sound, unsigned rate, size_t *count, struct err *err);
int16_t *sound_file(const struct sound *sound, struct slice file, unsigned rate, size_t *count,
                    struct err *err);

#endif
