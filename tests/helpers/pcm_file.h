/* Sound in memory, from a WAV file: what the audio test speaks and compares. */
#ifndef TESTS_HELPERS_PCM_FILE_H
#define TESTS_HELPERS_PCM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcm_file {
	int16_t *samples;
	size_t count;
	unsigned rate;
};

/* One channel (0, 1) of a PCM file of 16 bits; writers to a pipe leave lengths open, then the file's end is the end. False: said on stderr. */
bool pcm_file_read(struct pcm_file *p, const char *path, unsigned channel);
void pcm_file_release(struct pcm_file *p);

/* The same at another rate. */
bool pcm_file_resample(struct pcm_file *p, unsigned rate);

#endif
