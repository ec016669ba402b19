/* WAV: linear PCM, 16 bits, little-endian (RIFF, WAVE_FORMAT_PCM). */
#ifndef CLI_WAV_H
#define CLI_WAV_H

#include "cli/spool.h"

/* Samples of each channel that a file can hold: its lengths are 32 bits. */
int64_t wav_max_samples(unsigned channels);

/* The first `length` samples of every channel to the file, "-" is stdout. An existing file is overwritten; one that cannot be finished is
 * removed. False: err. */
bool wav_write(const char *path, struct spool *channels, unsigned count, unsigned rate,
               int64_t length, struct err *err);

#endif
